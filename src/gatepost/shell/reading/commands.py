"""Commands with their arguments, and pipelines of them.

Among arguments nearly everything is a word: `contoso.com,*.fabrikam.com`, `user@contoso.com`, `C:\\Temp\\list.csv`.
Only `$`, `@`, quotes and opening brackets begin something else, and `-Name` names a parameter.
"""

import re

from gatepost.errors import ScriptRefused
from gatepost.mail import visible

from ..tree import (
    Assignment,
    Cast,
    Command,
    Expandable,
    Expression,
    Group,
    Index,
    ListOf,
    Literal,
    Member,
    Named,
    Pipeline,
    Place,
    Splat,
    Variable,
)
from .absent import STATEMENTS, unexpected
from .expressions import ExpressionReader
from .numbers import read_number
from .tokens import DASHES, END, KEYWORD, PARAMETER, QUOTES

# keywords.py reads what these begin.
OWN_WORDS = frozenset({"if", "foreach", "while", "do", "for", "try", "break", "continue", "return", "exit", "throw"})
_STOPS = "\r\n;|)}&" + END  # what ends a command
_ASSIGNS = re.compile(rf"=(?!=)|[{DASHES}*/%+]=")
_SPLAT = re.compile(r"@(?:(?:script|global|local|private):)?([^\W\d]\w*+)", re.IGNORECASE)
_ASSIGNED_WORD = re.compile(r"([^\W\d]\w*+)[ \t]*+[-+*/]?=(?!=)")
_TO_NULL = re.compile(r"([*1-6]?)>>?[ \t]*+\$null(?![\w?:.\[])", re.IGNORECASE)
_REDIRECTS = re.compile(r"[*1-6]?>|<")
_STREAMS = {
    "2": ("error",),
    "3": ("warning",),
    "4": ("verbose",),
    "5": (),  # there is no debug stream, so silencing it needs nothing
    "6": ("host",),
    "*": ("error", "warning", "verbose", "host"),
}
_COMMAND_BEGINS = re.compile(rf"[{DASHES}\w?%.\\/~*`]")
_MEMBER_BEGINS = re.compile(r"\.[\w'\"‘’‚‛“”„$(]|\[|::")


class CommandReader(ExpressionReader):
    """Reads pipelines: an expression or a command, and commands behind it."""

    def pipeline(self) -> Pipeline | Assignment:
        """A pipeline, or an assignment of what a statement puts out."""
        place = self.place()
        stages: list[Command | Expression] = []
        if self.begins_expression():
            first = self.expression()
            if self.skip_spaces() == "=" or _ASSIGNS.match(self.text, self.at):
                return self._assignment(place, first)
            stages.append(first)
            stages += self._redirected_expression()
        else:
            stages += self._command(first=True)
        while self._pipe_follows():
            if self.begins_expression():
                raise self.refused(
                    "Only the first part of a pipeline may be a value; what stands behind a | must be a command. "
                    "Remedy: for each object write ForEach-Object { … }."
                )
            stages += self._command(first=False)
        return Pipeline(place=place, stages=tuple(stages))

    def _pipe_follows(self) -> bool:
        """Passes the | that continues a pipeline, which may begin the next line, too."""
        at = self.at
        if self.skip_spaces() in "\r\n":
            at = self.after_lines()
        else:
            at = self.at
        if self.text[at] != "|" or self.text[at + 1] == "|":
            return False
        self.at = at + 1
        if self.skip_lines() == END:
            raise self.source.unfinished(at, "No command stands behind this |. Remedy: write it, or delete the |.")
        return True

    # --- assignments ---

    def _assignment(self, place: Place, target: Expression) -> Assignment:
        start = self.at
        found = _ASSIGNS.match(self.text, start)
        cast: Cast | None = None
        if isinstance(target, Cast):
            cast, target = target, target.operand
        if found is None or not isinstance(target, Variable | Member | Index):
            raise self._not_assignable(target, comparing=found is None)
        operator = "-=" if found[0][0] in DASHES else found[0]
        self.at = found.end()
        self.enter()  # $a = $b = $c = … is as deep as it is long
        self.skip_lines()
        value = self.statement()
        self.leave()
        if cast is not None:
            group = Group(place=value.place, inner=value)
            converted = Cast(place=cast.place, type_name=cast.type_name, operand=group)
            value = Pipeline(place=cast.place, stages=(converted,))
        return Assignment(place=place, target=target, operator=operator, value=value)

    def _not_assignable(self, target: Expression, *, comparing: bool) -> ScriptRefused:
        if isinstance(target, ListOf) and not comparing:
            return self.refused(
                "Several variables cannot be assigned at once here. Remedy: assign them one after another."
            )
        return self.misplaced()

    # --- commands ---

    def _command(self, *, first: bool) -> list[Command | Expression]:
        """A command with its arguments; and Out-Null behind it, if its output goes to $null."""
        place = self.place()
        name = self._command_name(first=first)
        arguments: list[Expression | Named | Splat] = []
        silent: list[str] = []
        dropped: Place | None = None
        named = True
        while True:
            sign = self.skip_spaces()
            if sign in _STOPS:
                break
            if _REDIRECTS.match(self.text, self.at):
                here = self.place()
                streams = self._redirection()
                dropped = here if "output" in streams else dropped
                silent += [stream for stream in streams if stream != "output" and stream not in silent]
            elif sign in DASHES and named and (parameter := PARAMETER.match(self.text, self.at)):
                arguments.append(self._named(parameter))
            elif sign in DASHES and named and self._two_dashes():
                named = False
            elif splat := _SPLAT.match(self.text, self.at):
                arguments.append(Splat(place=self.place(), variable=splat[1]))
                self.at = splat.end()
            else:
                arguments.append(self._argument())
        command = Command(place=place, name=name, arguments=tuple(arguments), silent=tuple(silent))
        return [command] if dropped is None else [command, _out_null(dropped)]

    def _command_name(self, *, first: bool) -> str:
        start = self.at
        keyword = KEYWORD.match(self.text, start)
        if keyword and first and keyword[0].lower() in OWN_WORDS | STATEMENTS.keys():
            raise self.refused(
                f"'{keyword[0]}' begins a statement, and only a command or a value can stand here. "
                f"Remedy: write $( {keyword[0]} … ) to use what a statement puts out, or begin a new line."
            )
        if not _COMMAND_BEGINS.match(self.text, start) or _dot_sources(self.text, start):
            raise self.misplaced()
        if assigned := _ASSIGNED_WORD.match(self.text, start):
            word = visible(assigned[1], 40)
            raise self.refused(
                f"'{word}' is no variable. Remedy: write ${word} = … to assign a value; a hashtable begins with @{{."
            )
        name = self.word()
        if self.text[start].isdigit():
            raise self.refused(unexpected(self.text, start), at=start)
        if isinstance(name, Expandable):
            raise self.refused(
                "A command's name cannot be put together from variables here. Remedy: write the name itself.", at=start
            )
        return "".join("-" if sign in DASHES else sign for sign in str(name.value))

    def _named(self, parameter: re.Match[str]) -> Named:
        place = self.place()
        self.at = parameter.end()
        name = parameter[1]
        if self.text[self.at] == "=":
            raise self.refused(
                f"A parameter and its value are not joined by =. Remedy: write -{visible(name, 40)} and the value "
                "with a space between."
            )
        if self.text[self.at] != ":":
            return Named(place=place, name=name)
        self.at += 1
        if self.skip_spaces() in _STOPS:
            raise self._no_value(f"-{visible(name, 40)}:")
        return Named(place=place, name=name, value=self._argument())

    def _two_dashes(self) -> bool:
        """Passes `--`: what follows are values, even if they begin with a dash."""
        if self.text.startswith("--%", self.at):
            raise self.refused(
                "'--%' is for programs, and none are run here. Remedy: delete it, and quote the arguments."
            )
        found = self.text[self.at + 1] in DASHES and not self.word_goes_on(self.at + 2)
        if found:
            self.at += 2
        return found

    def _argument(self) -> Expression:
        """One argument: a value, or several with commas between them."""
        first = self._item()
        if self.skip_spaces() != ",":
            return first
        items = [first]
        while self.skip_spaces() == ",":
            self.at += 1
            if self.skip_lines() in _STOPS:
                raise self._no_value("the last comma")
            items.append(self._item())
        return ListOf(place=first.place, items=tuple(items))

    def _item(self) -> Expression:
        start, sign = self.at, self.text[self.at]
        if sign in QUOTES or sign in "({":
            return self.operand()
        if sign == "@":
            if self.text[start + 1] not in "({" + QUOTES:
                raise self.misplaced()
            return self.operand()
        if sign == "$":
            if self.text[start + 1] == "(":
                return self.operand()
            self.variable()
            behind = self.at
            self.at = start
            if not self.word_goes_on(behind) or _MEMBER_BEGINS.match(self.text, behind):
                return self.operand()
        word = self.word()
        if self.at == start:
            raise self.misplaced()
        written = self.text[start : self.at]
        if isinstance(word, Literal) and word.value == written and (number := read_number(written)) is not None:
            return Literal(place=word.place, value=number, bare=True, written=written)
        return word

    def _no_value(self, before: str) -> ScriptRefused:
        detail = f"A value is missing behind {before}. Remedy: write it there."
        if self.text[self.at] == END:
            return self.source.unfinished(self.at, detail)
        return self.refused(detail)

    # --- redirections ---

    def _redirection(self) -> tuple[str, ...]:
        """The streams that `2>$null` and the like silence; nothing else may be redirected."""
        found = _TO_NULL.match(self.text, self.at)
        if found is None:
            raise self.misplaced()
        self.at = found.end()
        return ("output",) * (found[1] in ("", "1", "*")) + _STREAMS.get(found[1], ())

    def _redirected_expression(self) -> list[Command | Expression]:
        place = self.place()
        if not _REDIRECTS.match(self.text, self.at):
            return []
        if self._redirection() != ("output",):
            raise self.source.refused_at(
                place,
                "Only a command's errors and warnings can be sent to $null, not a value's. Remedy: use try and catch.",
            )
        return [_out_null(place)]


def _out_null(place: Place) -> Command:
    return Command(place=place, name="Out-Null", arguments=())


def _dot_sources(text: str, at: int) -> bool:
    return text[at] == "." and text[at + 1] in " \t'\"$("
