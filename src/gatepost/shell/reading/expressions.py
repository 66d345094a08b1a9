"""Values and how operators join them.

The ladder of PowerShell's grammar: operators between values (precedence.py), commas, operators before a value and
casts, then the value itself with what is reached through it (operands.py). Long chains are read in loops, so only
brackets make the reader go deeper.
"""

import re

from gatepost.errors import ScriptRefused

from ..tree import Binary, Cast, Expression, Index, ListOf, Literal, Member, Place, Unary, Variable
from .absent import OPERATORS
from .operands import OperandReader
from .precedence import SIGNS, UNARY_WORDS, WORDS, Rank
from .tokens import DASHES, NESTING, QUOTES

CHAIN = 100  # operators of one expression; as many levels may its tree have for the evaluator
_WORD = re.compile(rf"[{DASHES}]([A-Za-z]++)(?!\w)")
_SIGN = re.compile(rf"\.\.|\*(?![=>])|[{DASHES}+/%](?!=)")
_BEFORE = re.compile(rf"\+\+|[{DASHES}]{{2}}|[{DASHES}!,+]")
_BEHIND = re.compile(rf"\+\+|[{DASHES}]{{2}}")
_NEGATIVE = re.compile(rf"[{DASHES}]\.?[0-9]")


class ExpressionReader(OperandReader):
    """Reads whole expressions."""

    def expression(self, *, commas: bool = True) -> Expression:
        """An expression. Without `commas` it ends at one, as a method's argument does."""
        values = [self._listing(commas)]
        waiting: list[tuple[str, Rank]] = []
        count = 0
        while (found := self._operator()) is not None:
            count += 1
            if count > CHAIN:
                raise self.refused(
                    f"More than {CHAIN} operators stand in one expression. Remedy: divide it among several statements."
                )
            while waiting and waiting[-1][1] >= found[1]:
                _join(values, waiting)
            waiting.append(found)
            values.append(self._listing(commas))
        while waiting:
            _join(values, waiting)
        return values[0]

    def begins_expression(self) -> bool:
        """Does a pipeline's stage that begins here begin with a value, and not with a command's name?"""
        sign = self.text[self.at]
        return sign in QUOTES or sign in DASHES or sign in "$({[@!,+" or self.number_begins()

    def _operator(self) -> tuple[str, Rank] | None:
        """The operator between two values that comes next, or None; behind it the line may end."""
        sign = self.skip_spaces()
        if sign in DASHES and (word := _WORD.match(self.text, self.at)):
            found = WORDS.get(word[1].lower())
            if found is None:
                raise self._no_operator(word[1])
            self.at = word.end()
        elif signs := _SIGN.match(self.text, self.at):
            symbol = "-" if signs[0] in DASHES else signs[0]
            found = symbol, SIGNS[symbol]
            self.at = signs.end()
        else:
            return None
        self.skip_lines()
        return found

    def _no_operator(self, word: str) -> ScriptRefused:
        if word.lower() in OPERATORS:
            return self.refused(OPERATORS[word.lower()])
        if word.lower() in UNARY_WORDS:
            return self.refused(
                f"'-{word}' stands before a value, not between two. Remedy: write -and or -or before it."
            )
        return self.misplaced()

    def _listing(self, commas: bool) -> Expression:
        """A value, or several with commas between them."""
        first = self._unary()
        if not commas or self.skip_spaces() != ",":
            return first
        items = [first]
        while self.skip_spaces() == ",":
            self.at += 1
            if self.skip_lines() in ")}];":
                raise self.refused("A value is missing behind the last comma. Remedy: write it, or delete the comma.")
            items.append(self._unary())
        return ListOf(place=first.place, items=tuple(items))

    def _unary(self) -> Expression:
        """A value with the operators and casts before it and the `++` behind it."""
        before: list[tuple[str, Place]] = []
        while True:
            sign = self.text[self.at]
            place = self.place()
            if sign == "[":
                kind = self.type_name()
                if not self._operand_follows():
                    value: Expression = self.reached_from(kind)
                    break
                before.append((f"[{kind.name}", place))
            elif (symbol := self._symbol_before(sign)) is not None:
                before.append((symbol, place))
                self.skip_lines()
            else:
                value = self._value(sign)
                break
            if len(before) > NESTING:
                raise self.refused(
                    f"More than {NESTING} operators stand before one value. Remedy: delete those that have no effect."
                )
            self.skip_spaces()
        for symbol, place in reversed(before):
            value = self._applied(symbol, place, value)
        return value

    def _value(self, sign: str) -> Expression:
        if sign in DASHES:  # the minus of a number
            place = self.place()
            self.at += 1
            number = self.number()
            if number is None:
                raise self.misplaced()
            assert not isinstance(number.value, str)
            return self.reached_from(Literal(place=place, value=-number.value))
        value = self.operand()
        behind = _BEHIND.match(self.text, self.at)
        if behind and isinstance(value, Variable | Member | Index):
            self.at = behind.end()
            return Unary(place=value.place, operator=_plain(behind[0]), operand=value, behind=True)
        return value

    def _symbol_before(self, sign: str) -> str | None:
        """The operator before a value that is written here, passed; None if there is none."""
        if sign in DASHES:
            if _NEGATIVE.match(self.text, self.at):
                return None
            if word := _WORD.match(self.text, self.at):
                name = word[1].lower()
                if name not in UNARY_WORDS:
                    raise self.refused(OPERATORS[name]) if name in OPERATORS else self.misplaced()
                self.at = word.end()
                return UNARY_WORDS[name]
        found = _BEFORE.match(self.text, self.at)
        if found is None or self.text.startswith("!=", self.at):
            return None
        self.at = found.end()
        return "-not" if found[0] == "!" else _plain(found[0])

    def _operand_follows(self) -> bool:
        """Is the type just read a cast? It is when a value follows it on the same line."""
        if self.text[self.at] in ".:":  # what is reached from the type itself; a dot may also begin a number
            return False
        sign = self.skip_spaces()
        if sign in DASHES and (word := _WORD.match(self.text, self.at)):
            return word[1].lower() in UNARY_WORDS
        return sign in QUOTES or sign in "$([@{!+" or sign in DASHES or self.number_begins()

    def _applied(self, symbol: str, place: Place, value: Expression) -> Expression:
        if symbol.startswith("["):
            return Cast(place=place, type_name=symbol[1:], operand=value)
        if symbol == ",":
            return ListOf(place=place, items=(value,))
        if symbol in ("++", "--") and not isinstance(value, Variable | Member | Index):
            raise self.source.refused_at(
                place, f"'{symbol}' can change only a variable. Remedy: write the sum, as in $count + 1."
            )
        return Unary(place=place, operator=symbol, operand=value)


def _join(values: list[Expression], waiting: list[tuple[str, Rank]]) -> None:
    """Makes one of the last two values."""
    right, left = values.pop(), values.pop()
    values.append(Binary(place=left.place, operator=waiting.pop()[0], left=left, right=right))


def _plain(symbol: str) -> str:
    """The operator with plain dashes."""
    return "-" * len(symbol) if symbol[0] in DASHES else symbol
