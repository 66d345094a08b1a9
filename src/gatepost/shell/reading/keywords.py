"""Statements; most begin with a word of the language, as `if`, `foreach` and `return` do (about_Language_Keywords)."""

import re
from collections.abc import Callable

from gatepost.errors import ScriptRefused
from gatepost.mail import visible

from ..tree import Catch, ForEach, If, Leave, Loop, Statement, Try
from .absent import OPERATORS, STATEMENTS
from .commands import CommandReader
from .precedence import UNARY_WORDS
from .tokens import END, KEYWORD, PARAMETER

_ENDS = "\r\n;)}" + END
_CLOSERS = {"(": ")", "{": "}"}
_LABEL = re.compile(r":[^\W\d]\w*")
_FOREACH = "Remedy: write foreach ($item in $list) { … }."


class StatementReader(CommandReader):
    """Reads statements, and blocks of them."""

    def statements(self, closer: str, opened: int) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while (sign := self.skip_breaks()) != closer:
            if sign == END:
                raise self.unclosed(closer, opened)
            if sign in ")}]":
                raise self._stray(sign, closer, opened)
            one = self.statement()
            found.append(one)
            # Behind the } of a block anything may follow; other statements need a line end or a semicolon.
            if self.skip_spaces() not in _ENDS and not isinstance(one, If | ForEach | Loop | Try):
                raise self.misplaced()
        if closer != END:
            self.at += 1
        return tuple(found)

    def _stray(self, sign: str, closer: str, opened: int) -> Exception:
        if closer != END:
            return self.not_closed(closer, opened)
        return self.refused(f"This {sign} closes nothing. Remedy: delete it, or look for the bracket that is missing.")

    def statement(self) -> Statement:
        word = KEYWORD.match(self.text, self.at)
        if word is None:
            if parameter := PARAMETER.match(self.text, self.at):
                self._check_first_word(parameter[1])
            if _LABEL.match(self.text, self.at):
                raise self.refused("Loops cannot be named here. Remedy: use a variable that says when to stop.")
            return self.pipeline()
        name = word[0].lower()
        readers: dict[str, Callable[[int], Statement]] = {
            "if": self._if,
            "foreach": self._foreach,
            "while": self._while,
            "do": self._do,
            "for": self._for,
            "try": self._try,
        }
        if name in readers:
            start, self.at = self.at, word.end()
            return readers[name](start)
        if name in ("break", "continue", "return", "exit", "throw"):
            return self._leave(word)
        if name in STATEMENTS:
            raise self.refused(STATEMENTS[name].format(word[0]))
        return self.pipeline()

    def _check_first_word(self, word: str) -> None:
        """A line that begins with a parameter has lost its command."""
        if word.lower() not in UNARY_WORDS.keys() | OPERATORS.keys():
            raise self.refused(
                f"A statement begins with '-{visible(word, 40)}'. Remedy: if this is a parameter of the command above, "
                "end that line with a backtick."
            )

    # --- their parts ---

    def _open(self, bracket: str, behind: str) -> int:
        """Passes an opening bracket; the answer is where it stands."""
        if self.skip_lines() != bracket:
            form = f"{behind} {bracket} … {_CLOSERS[bracket]}"
            raise self._lacking(self.at, f"A {bracket} must follow {behind}. Remedy: write {form}.")
        start = self.at
        self.enter()
        self.at += 1
        return start

    def _condition(self, behind: str) -> Statement:
        start = self._open("(", behind)
        self.skip_lines()
        condition = self.pipeline()
        self.skip_lines()
        self.close(")", start)
        return condition

    def _block(self, behind: str) -> tuple[Statement, ...]:
        start = self._open("{", behind)
        body = self.statements("}", start)
        self.leave()
        return body

    def _next_word(self, *words: str) -> str | None:
        """Passes one of the words that may continue a statement, on this line or a later one."""
        found = KEYWORD.match(self.text, self.after_lines())
        if found is None or found[0].lower() not in words:
            return None
        self.at = found.end()
        return found[0].lower()

    def _lacking(self, at: int, detail: str) -> ScriptRefused:
        """The error about something missing; more text may bring it when the script has ended here."""
        self.skip_lines()
        return self.source.unfinished(at, detail) if self.text[self.at] == END else self.refused(detail, at=at)

    # --- conditions and loops ---

    def _if(self, start: int) -> If:
        place = self.source.place(start)
        clauses = [(self._condition("if"), self._block("the condition"))]
        while word := self._next_word("elseif", "else"):
            if word == "else":
                if self._next_word("if"):
                    raise self.refused("An if behind an else is written with it. Remedy: write elseif in one word.")
                return If(place=place, clauses=tuple(clauses), otherwise=self._block("else"))
            clauses.append((self._condition("elseif"), self._block("the condition")))
        return If(place=place, clauses=tuple(clauses))

    def _foreach(self, start: int) -> ForEach:
        opened = self._open("(", "foreach")
        if self.skip_lines() != "$":
            raise self._lacking(self.at, f"A foreach begins with the variable for each item. {_FOREACH}")
        variable = self.variable()
        if self._next_word("in") is None:
            self.skip_lines()
            raise self._lacking(self.at, f"The word in must follow the variable of a foreach. {_FOREACH}")
        self.skip_lines()
        source = self.pipeline()
        self.skip_lines()
        self.close(")", opened)
        body = self._block("foreach ( … )")
        return ForEach(place=self.source.place(start), variable=variable.name, source=source, body=body)

    def _while(self, start: int) -> Loop:
        condition = self._condition("while")
        return Loop(place=self.source.place(start), condition=condition, body=self._block("the condition"))

    def _do(self, start: int) -> Loop:
        body = self._block("do")
        word = self._next_word("while", "until")
        if word is None:
            detail = "A while or until must follow the block of this do. Remedy: write do { … } while ( … )."
            raise self._lacking(start, detail)
        condition = self._condition(word)
        return Loop(place=self.source.place(start), condition=condition, body=body, late=True, until=word == "until")

    def _for(self, start: int) -> Loop:
        opened = self._open("(", "for")
        parts: list[Statement | None] = []
        for closer in (";", ";", ")"):
            parts.append(None if self.skip_lines() in ";)" else self.pipeline())
            if self.skip_lines() == closer == ";":
                self.at += 1
        self.close(")", opened)
        before, condition, after = parts
        body = self._block("for ( … )")
        return Loop(place=self.source.place(start), condition=condition, body=body, before=before, after=after)

    # --- errors and ends ---

    def _try(self, start: int) -> Try:
        place = self.source.place(start)
        body = self._block("try")
        catches: list[Catch] = []
        while self._next_word("catch"):
            catches.append(self._catch())
        last = self._block("finally") if self._next_word("finally") else None
        if not catches and last is None:
            detail = "A catch or finally must follow the block of this try. Remedy: write try { … } catch { … }."
            raise self._lacking(start, detail)
        return Try(place=place, body=body, catches=tuple(catches), finally_=last)

    def _catch(self) -> Catch:
        place = self.source.place(self.at - len("catch"))
        types: list[str] = []
        while self.skip_lines() == "[":
            types.append(self.type_name().name)
            if self.skip_lines() == ",":
                self.at += 1
        return Catch(place=place, types=tuple(types), body=self._block("catch"))

    def _leave(self, word: re.Match[str]) -> Leave:
        place, keyword = self.place(), word[0].lower()
        self.at = word.end()
        if self.skip_spaces() in _ENDS:
            return Leave(place=place, keyword=keyword)
        if keyword in ("break", "continue"):
            raise self.refused(
                f"Nothing can follow {keyword}: loops have no names here. "
                "Remedy: leave the inner loop, and let a variable tell the outer one to end."
            )
        return Leave(place=place, keyword=keyword, value=self.pipeline())
