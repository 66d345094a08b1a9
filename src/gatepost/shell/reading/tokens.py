"""The smallest pieces of a script, and the reader that steps over them.

PowerShell has two lexings (about_Parsing): in a command's arguments `a-b`, `*.contoso.com` and `10.0.0.0/8` are
words; in an expression they are sums, errors and divisions. The same character means different things, so nothing
can be cut into tokens beforehand: the parser, which knows where it stands, asks for the piece it expects.

Single signs are repeated possessively (`++`) and groups end a pattern, so that none takes more than linear time.
"""

import re
from abc import ABC, abstractmethod

from gatepost.errors import ScriptRefused
from gatepost.mail import visible

from ..tree import Literal, Place, Statement, Variable
from .absent import unexpected
from .numbers import NUMBER, number_value
from .places import Source

NESTING = 64  # brackets within brackets; each costs the parser some eight frames of Python's thousand

# What web pages and word processors make of quotes and dashes counts as these, as in PowerShell.
SINGLE_QUOTES = "'‘’‚‛"
DOUBLE_QUOTES = '"“”„'
QUOTES = SINGLE_QUOTES + DOUBLE_QUOTES
DASHES = "-–—―"  # first in a character class, where its first sign would make a range
END = "\0"  # stands behind the last character; a script never contains it
_SPACES = " \t\v\f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_INVISIBLE = "\xad\u200b\u200c\u200d\u2060\ufeff"

# Spaces, a continued line, a comment to the end of its line, a comment between <# and #>.
_GAP = "|".join((rf"[{_SPACES}]++", r"`(?:\r\n?|\n)", rf"#[^\r\n{END}]*+", r"<#(?s:.*?)#>"))
_SKIP_SPACES = re.compile(rf"(?:{_GAP})*")
_SKIP_LINES = re.compile(rf"(?:{_GAP}|[\r\n]++)*")
_SKIP_BREAKS = re.compile(rf"(?:{_GAP}|[\r\n;]++)*")
_LOOSE_BACKTICK = re.compile(rf"`[{_SPACES}]++(?=[\r\n{END}])")

WORD_ENDS = rf"{_SPACES}\r\n{{}}(),;&|<>{_INVISIBLE}{END}"  # inside a character class
PLAIN_WORD = re.compile(rf"[^{WORD_ENDS}`${QUOTES}]++")
KEYWORD = re.compile(rf"[A-Za-z]++(?=[{WORD_ENDS}])")
PARAMETER = re.compile(rf"[{DASHES}]([^\W\d][^{WORD_ENDS}`${QUOTES}:.\[=]*+)")
NAME = re.compile(r"[^\W\d]\w*+")
_VARIABLE = re.compile(rf"\$(?:\{{([^`{{}}{END}]*+(?:`[^{END}][^`{{}}{END}]*+)*)\}}|((?:\w++:(?!:)(?=[\w?]))?[\w?]++))")
_SCOPES = frozenset({"script", "global", "local", "private", "variable"})


class Reader(ABC):
    """A script and how far it has been read. `at` is the offset of the next character."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text + END
        self.at = 0
        self._depth = 0

    @abstractmethod
    def statements(self, closer: str, opened: int) -> tuple[Statement, ...]:
        """Everything up to the closing bracket, which is passed. `opened`: where its opening bracket stands."""

    # --- where we are, and what to say about it ---

    def place(self) -> Place:
        return self.source.place(self.at)

    def refused(self, detail: str, *, at: int | None = None) -> ScriptRefused:
        """The error to raise, about what stands here or elsewhere."""
        return self.source.refused(self.at if at is None else at, detail)

    def misplaced(self) -> ScriptRefused:
        """The error about something that cannot stand here; or that the script has ended."""
        if self.text[self.at] == END:
            return self.source.unfinished(
                self.at, "The script ends before its last statement does. Remedy: complete that statement."
            )
        return self.refused(unexpected(self.text, self.at))

    def enter(self) -> None:
        """One more bracket is open; `leave` follows when it is closed. An error ends the reading altogether."""
        self._depth += 1
        if self._depth > NESTING:
            raise self.refused(
                f"Brackets and texts stand in one another more than {NESTING} deep. "
                "Remedy: give inner parts names with $name = … and use these."
            )

    def leave(self) -> None:
        self._depth -= 1

    # --- what lies between tokens ---

    def skip_spaces(self) -> str:
        """Steps over spaces, comments and continued lines; the answer is the character that comes next."""
        return self._skip(_SKIP_SPACES)

    def skip_lines(self) -> str:
        """The same, and over ends of lines."""
        return self._skip(_SKIP_LINES)

    def skip_breaks(self) -> str:
        """The same, and over semicolons."""
        return self._skip(_SKIP_BREAKS)

    def after_lines(self) -> int:
        """Where `skip_lines` would lead, without going there."""
        found = _SKIP_LINES.match(self.text, self.at)
        return found.end() if found else self.at

    def _skip(self, gap: re.Pattern[str]) -> str:
        found = gap.match(self.text, self.at)
        if found:
            self.at = found.end()
        sign = self.text[self.at]
        if sign in "<`" or sign in _INVISIBLE:
            self._check_gap(sign)
        return sign

    def _check_gap(self, sign: str) -> None:
        """Says what went wrong with a gap that ends in a character no token begins with."""
        if sign == "<" and self.text.startswith("<#", self.at):
            raise self.source.unfinished(self.at, "A comment begins here and never ends. Remedy: close it with #>.")
        if sign == "`" and self.text[self.at + 1] == END:
            raise self.source.unfinished(self.at, "A backtick continues a line that does not come. Remedy: delete it.")
        if sign == "`" and _LOOSE_BACKTICK.match(self.text, self.at):
            raise self.refused(
                "A backtick continues a line only as its very last character, and spaces follow this one. "
                "Remedy: delete the spaces behind it."
            )
        if sign in _INVISIBLE:
            raise self.refused(
                f"An invisible character (U+{ord(sign):04X}) stands here, as web pages leave it in copied text. "
                "Remedy: delete it, or type the line anew."
            )

    # --- tokens that are the same in both lexings ---

    def variable(self) -> Variable:
        """`$name`, `${a name}`, `$script:name`.

        A script has one scope here, so the names of scopes are dropped; drives such as `$env:` are refused.
        """
        place, start = self.place(), self.at
        found = _VARIABLE.match(self.text, start)
        if found is None:
            raise self._no_variable(start)
        self.at = found.end()
        name = found[2] if found[1] is None else re.sub(r"`(.)", r"\1", found[1], flags=re.DOTALL)
        if self.text[self.at] == ":" and self.text[self.at + 1] != ":" and found[1] is None:
            raise self.refused(f"'${name}:' names no variable. Remedy: write ${{{name}}} and then the colon.", at=start)
        scope, colon, rest = name.partition(":")
        if colon and scope.lower() in _SCOPES and rest:
            return Variable(place=place, name=rest)
        if colon:
            raise self._drive(scope, rest, start)
        if not name:
            raise self.refused("A variable without a name. Remedy: write its name between the braces.", at=start)
        if found[2] and "?" in name and name != "?":  # "Remove $name?" is meant otherwise than PowerShell takes it
            raise self.refused(
                "A ? directly behind a variable belongs to its name. "
                f"Remedy: write ${{{visible(name.rstrip('?'), 40)}}} and then the question mark.",
                at=start,
            )
        return Variable(place=place, name=name)

    def number(self) -> Literal | None:
        """A number that begins here, in the way of expressions; None if there is none."""
        found = NUMBER.match(self.text, self.at)
        if found is None:
            return None
        value = number_value(found)
        if value is None:
            raise self.refused(f"The number {visible(found[0], 30)} is too large. Remedy: write a smaller one.")
        place = self.place()
        self.at = found.end()
        return Literal(place=place, value=value)

    def _no_variable(self, start: int) -> ScriptRefused:
        follows = self.text[start + 1]
        if follows == "{":
            return self.source.unfinished(start, "The name after ${ never ends. Remedy: close it with }.")
        if follows in "$^":
            return self.refused(
                f"'${follows}' stands for the line before, which is not kept here. "
                "Remedy: give the value a name; for the sign itself write `$ or use single quotes.",
                at=start,
            )
        return self.refused("A $ without a name. Remedy: write the variable's name, or '$' for the sign.", at=start)

    def _drive(self, scope: str, rest: str, start: int) -> ScriptRefused:
        if scope.lower() == "env":
            why = "The environment cannot be read here. Remedy: give the script a parameter for it: param($Name)."
        elif scope.lower() == "using":
            why = "Nothing runs elsewhere here, so $using: has no meaning. Remedy: write the variable without it."
        else:
            why = (
                f"'${visible(scope, 40)}:' would be a drive, and there are none here. "
                f"Remedy: write ${{{visible(scope, 40)}}}: for the variable and then a colon."
            )
        return self.refused(why, at=start)
