"""A value itself, and what is reached through it: properties, methods, elements."""

import re
from abc import abstractmethod

from gatepost.mail import visible

from ..tree import (
    ArrayOf,
    Call,
    Expression,
    Group,
    HashTable,
    Index,
    Literal,
    Member,
    ScriptBlock,
    Statement,
    TypeName,
)
from .absent import unexpected
from .numbers import NUMBER
from .strings import StringReader
from .tokens import END, NAME, QUOTES

REACHED = 100  # properties, calls and elements one after another: $a.b.c()[0]…
_ARGUMENTS = r"\[[\w.+,\s]*+(?:\[[\w.+,\s]*+\][\w.+,\s]*+)*\]"  # of a generic type, and the [] of an array
_TYPE = re.compile(rf"\[\s*+([^\W\d][\w.+]*+(?:`[0-9]++)?(?:\s*+{_ARGUMENTS})?)\s*+\]")
_KEY = re.compile(r"\w++")
_ENTRY = re.compile(r"\w+[ \t]*=(?!=)")


class OperandReader(StringReader):
    """Reads values with what is reached through them."""

    @abstractmethod
    def expression(self, *, commas: bool = True) -> Expression: ...

    @abstractmethod
    def statement(self) -> Statement: ...

    @abstractmethod
    def pipeline(self) -> Statement: ...

    def operand(self) -> Expression:
        """One value; directly behind it may stand `.Name`, `::Name`, `.Name( … )` and `[ … ]`."""
        sign, follows = self.text[self.at], self.text[self.at + 1 : self.at + 2]
        value: Expression | None
        if sign == "$":
            value = self.sub_expression() if follows == "(" else self.variable()
        elif sign in QUOTES:
            value = self.quoted()
        elif sign == "(":
            value = self._group()
        elif sign == "@" and follows and follows in "({" + QUOTES:
            value = self._at_sign(follows)
        elif sign == "{":
            value = self._script_block()
        else:
            value = self.number()
            if value is None:
                raise self._missing()
        return self.reached_from(value)

    def number_begins(self) -> bool:
        return NUMBER.match(self.text, self.at) is not None

    def type_name(self) -> TypeName:
        """`[System.Net.Mail.SmtpClient]`, `[string[]]`."""
        found = _TYPE.match(self.text, self.at)
        if found is None:
            raise self.misplaced()
        place = self.place()
        self.at = found.end()
        return TypeName(place=place, name="".join(found[1].split()))

    # --- what is reached through a value ---

    def reached_from(self, value: Expression) -> Expression:
        """The value, or what properties, calls and indexes directly behind it lead to."""
        count = 0
        while True:
            sign, follows = self.text[self.at], self.text[self.at + 1 : self.at + 2]
            if sign == "." and follows != ".":
                self.at += 1
                value = self._member(value, static=False)
            elif sign == ":" and follows == ":":
                if not isinstance(value, TypeName):
                    raise self.misplaced()
                self.at += 2
                value = self._member(value, static=True)
            elif sign == "[":
                value = self._element(value)
            else:
                return value
            count += 1
            if count > REACHED:
                raise self.refused(
                    f"More than {REACHED} properties and indexes follow one another. Remedy: use variables between."
                )

    def _member(self, target: Expression, *, static: bool) -> Expression:
        start, sign = self.at, self.text[self.at]
        name: str | Expression
        if found := NAME.match(self.text, self.at):
            name = found[0]
            self.at = found.end()
        elif sign in QUOTES:
            text = self.quoted()
            name = str(text.value) if isinstance(text, Literal) else text
        elif sign == "$":
            name = self.sub_expression() if self.text[self.at + 1] == "(" else self.variable()
        elif sign == "(":
            name = self._group()
        else:
            raise self._ended_or(start, "The name of a property is missing here. Remedy: write it behind the dot.")
        if self.text[self.at] != "(":
            return Member(place=target.place, target=target, name=name, static=static)
        if not isinstance(name, str):
            raise self.refused(
                "A method's name cannot be computed here. Remedy: write the name itself behind the dot.", at=start
            )
        return Call(place=target.place, target=target, name=name, arguments=self._arguments(), static=static)

    def _arguments(self) -> tuple[Expression, ...]:
        start = self.at
        self.enter()
        self.at += 1
        found: list[Expression] = []
        if self.skip_lines() != ")":
            found.append(self.expression(commas=False))
            while self.skip_lines() == ",":
                self.at += 1
                self.skip_lines()
                found.append(self.expression(commas=False))
        self.close(")", start)
        return tuple(found)

    def _element(self, target: Expression) -> Index:
        start = self.at
        self.enter()
        self.at += 1
        self.skip_lines()
        index = self.expression()
        self.skip_lines()
        self.close("]", start)
        return Index(place=target.place, target=target, index=index)

    # --- values in brackets ---

    def close(self, closer: str, opened: int) -> None:
        """Passes the closing bracket that must come next; `opened` is where its opening one stands."""
        if self.text[self.at] != closer:
            raise self.not_closed(closer, opened)
        self.at += 1
        self.leave()

    def not_closed(self, closer: str, opened: int) -> Exception:
        """The error about a bracket after which something else comes than the one that closes it."""
        sign, place = self.text[self.at], self.source.place(opened)
        if sign == END:
            return self.unclosed(closer, opened)
        if sign not in ")}]{$" + QUOTES:
            return self.misplaced()
        return self.refused(
            f"The bracket of line {place.line}, column {place.column} is not closed before this {sign}. "
            f"Remedy: write its {closer} where it ends, or the operator or comma that joins the value to it."
        )

    def unclosed(self, closer: str, opened: int) -> Exception:
        return self.source.unfinished(
            opened, f"The bracket that opens here is never closed. Remedy: write its {closer} where it ends."
        )

    def _group(self) -> Group:
        place, start = self.place(), self.at
        self.enter()
        self.at += 1
        if self.skip_lines() == ")":
            raise self.refused("Nothing stands in these parentheses. Remedy: write @() for an empty array.", at=start)
        inner = self.pipeline()
        self.skip_lines()
        self.close(")", start)
        return Group(place=place, inner=inner)

    def _at_sign(self, follows: str) -> Expression:
        if follows in QUOTES:
            return self.here_string()
        place, start = self.place(), self.at
        self.enter()
        self.at += 2
        if follows == "(":
            body = self.statements(")", start)
            self.leave()
            return ArrayOf(place=place, body=body)
        return HashTable(place=place, pairs=self._pairs(start))

    def _script_block(self) -> ScriptBlock:
        place, start = self.place(), self.at
        self.enter()
        self.at += 1
        body = self.statements("}", start)
        self.leave()
        return ScriptBlock(place=place, body=body)

    def _pairs(self, opened: int) -> tuple[tuple[Expression, Statement], ...]:
        pairs: list[tuple[Expression, Statement]] = []
        seen: set[str] = set()
        while self.skip_breaks() != "}":
            if self.text[self.at] == END:
                raise self.unclosed("}", opened)
            start = self.at
            key = self._key()
            if isinstance(key, Literal):
                if str(key.value).casefold() in seen:
                    raise self.refused(
                        f"The key '{visible(str(key.value), 40)}' stands in this hashtable twice. "
                        "Remedy: delete one of the two entries.",
                        at=start,
                    )
                seen.add(str(key.value).casefold())
            if self.skip_spaces() != "=":
                raise self._ended_or(
                    start, "A = must follow the key of a hashtable's entry. Remedy: write Key = value; "
                    "put a key with other signs than letters and digits into quotes.", opened=opened,
                )  # fmt: skip
            self.at += 1
            if self.skip_lines() == END:
                raise self.unclosed("}", opened)
            pairs.append((key, self.statement()))
            if self.skip_spaces() not in "\r\n;}":
                raise self._ended_or(self.at, unexpected(self.text, self.at), opened=opened)
        self.close("}", opened)
        return tuple(pairs)

    def _key(self) -> Expression:
        found = _KEY.match(self.text, self.at)
        if found is None or self.number_begins():
            return self.operand()
        place = self.place()
        self.at = found.end()
        return Literal(place=place, value=found[0], bare=True)

    def _missing(self) -> Exception:
        """What to say when no value stands where one is expected."""
        before = self.text[max(0, self.at - 200) : self.at].rstrip()
        if before.endswith(",") and _ENTRY.match(self.text, self.at):
            return self.refused(
                "The entries of a hashtable are separated by ; or a new line, not by a comma. "
                "Remedy: replace the comma before this."
            )
        return self.misplaced()

    def _ended_or(self, at: int, detail: str, *, opened: int | None = None) -> Exception:
        """The error `detail`, or, when the script has ended, that it has."""
        if self.text[self.at] != END:
            return self.refused(detail, at=at)
        return self.source.unfinished(at if opened is None else opened, detail)
