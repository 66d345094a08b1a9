"""Text patterns of transport rules: Exchange's regular expressions, searched for in time that is linear in the text.

A rule is asked about what strangers write, so a pattern must not be one that some text makes slow. Python's `re` goes
back and tries again; here all the ways through a pattern are walked at once, sign by sign, so that a sign of the text
costs the same wherever it stands, at most as much as the pattern has places. There is nothing to go back to, and hence
no group that remembers and no look-ahead.

    abc . [a-z] [^0-9] \\d \\D \\w \\W \\s \\S \\.   a sign; upper and lower case are the same
    ab|cd  (ab)  x*  x+  x?  x{2}  x{2,}  x{2,5}
    ^ $                 the beginning and the end, each like one more sign that every text has there
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 128  # characters of a pattern, as on Exchange
MOST_SIGNS = 200  # signs of a pattern, once its repetitions are written out
_REMEMBERED = 2_000  # steps; then the memory starts afresh

Test = Callable[[str], bool]

_BEGIN, _END = "^^", "$$"  # what is read before and behind every text; no sign of it is two characters long
_REPEATED = re.compile(r"\{(\d{1,3})(?:(,)(\d{1,3})?)?\}")
_CLASSES: dict[str, Test] = {
    "d": str.isdecimal,
    "D": lambda sign: _inside(sign) and not sign.isdecimal(),
    "w": str.isalnum,
    "W": lambda sign: _inside(sign) and not sign.isalnum(),
    "s": str.isspace,
    "S": lambda sign: _inside(sign) and not sign.isspace(),
}


class BadPattern(ValueError):
    """A pattern that cannot be read; the argument says why, and ends a sentence."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a pattern (McNaughton and Yamada, 1960): whether it may be empty, and the places, as bits, at which it
    begins and ends."""

    empty: bool
    first: int
    last: int


_NOTHING = _Part(empty=True, first=0, last=0)


class TextPattern:
    """One pattern, read once; `found_in` may be asked as often as one likes. Raises BadPattern."""

    __slots__ = ("_first", "_follow", "_last", "_steps", "_tests")

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise BadPattern(f"is {len(text)} characters long, and at most {LONGEST} are read")
        reader = _Reader(text)
        whole = reader.whole()
        if whole.empty:
            raise BadPattern("is found in every text, even in none")
        self._tests, self._follow = reader.tests, reader.follow
        self._first, self._last = whole.first, whole.last
        self._steps: dict[tuple[int, str], int] = {}

    def found_in(self, text: str) -> bool:
        """Whether the pattern stands anywhere in a text.

        >>> TextPattern("invoice-[0-9]{4}$").found_in("Your Invoice-2027")
        True
        """
        steps, last, state = self._steps, self._last, 0
        for sign in (_BEGIN, *text.casefold(), _END):
            known = steps.get((state, sign))
            state = self._step(state, sign) if known is None else known
            if state & last:
                return True
        return False

    def _step(self, state: int, sign: str) -> int:
        """The places that are reached with the next sign; a match may begin at each."""
        candidates = self._first
        for place in _places(state):
            candidates |= self._follow[place]
        after = sum(1 << place for place in _places(candidates) if self._tests[place](sign))
        if len(self._steps) >= _REMEMBERED:
            self._steps.clear()
        self._steps[state, sign] = after
        return after


@lru_cache(maxsize=1024)
def pattern_of(text: str) -> TextPattern:
    """The pattern of a text, the same one for the same text."""
    return TextPattern(text)


class _Reader:
    """Reads a pattern from left to right; `tests` and `follow` have one entry for each place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.tests: list[Test] = []
        self.follow: list[int] = []

    def whole(self) -> _Part:
        part = self._alternatives()
        if self._at < len(self._text):
            raise BadPattern("closes a parenthesis that was not opened")
        return part

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _alternatives(self) -> _Part:
        part = self._sequence()
        while self._next() == "|":
            self._at += 1
            other = self._sequence()
            part = _Part(part.empty or other.empty, part.first | other.first, part.last | other.last)
        return part

    def _sequence(self) -> _Part:
        part = _NOTHING
        while self._next() not in ("", "|", ")"):
            part = self._then(part, self._repeated())
        return part

    def _then(self, one: _Part, two: _Part) -> _Part:
        for place in _places(one.last):
            self.follow[place] |= two.first
        first = one.first | two.first if one.empty else one.first
        last = one.last | two.last if two.empty else two.last
        return _Part(one.empty and two.empty, first, last)

    def _repeated(self) -> _Part:
        begins = self._at
        part = self._sign()
        ends = self._at
        least, most = self._times()
        if self._text[begins] in "^$" and self._at > ends:
            raise BadPattern(f"repeats {self._text[begins]}")
        again = self._next() in ("*", "+", "?") or _REPEATED.match(self._text, self._at)
        if again and self._at > ends:
            raise BadPattern("has two signs of repetition side by side")
        goes_on = self._at
        made = part if least else _Part(True, part.first, part.last)
        for number in range(1, max(least, most or 0)):  # the same piece once more, with places of its own
            self._at = begins
            part = self._sign()
            made = self._then(made, part if number < least else _Part(True, part.first, part.last))
        self._at = goes_on
        if most is None:
            for place in _places(part.last):
                self.follow[place] |= part.first
        return _NOTHING if most == 0 else made

    def _times(self) -> tuple[int, int | None]:
        """How often the piece before stands there, at least and at most; None: as often as it may."""
        sign = self._next()
        if sign in ("*", "+", "?"):
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        found = _REPEATED.match(self._text, self._at)
        if found is None:
            return 1, 1
        self._at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if most is not None and most < least:
            raise BadPattern(f"repeats {found[0]}, which is more at least than at most")
        return least, most

    def _sign(self) -> _Part:
        sign = self._next()
        self._at += 1
        match sign:
            case "(":
                if self._next() == "?":
                    raise BadPattern("has a group that begins with (?, which is not read here")
                before = len(self.tests)
                part = self._alternatives()
                if self._next() != ")":
                    raise BadPattern("opens a parenthesis that is not closed")
                if len(self.tests) == before:
                    raise BadPattern("has parentheses with nothing in them")
                self._at += 1
                return part
            case "[":
                return self._place(self._members())
            case "\\":
                return self._place(self._escaped())
            case "*" | "+" | "?":
                raise BadPattern(f"has {sign} with nothing before it")
            case "^":
                return self._place(_BEGIN.__eq__)
            case "$":
                return self._place(_END.__eq__)
            case ".":
                return self._place(_inside)
            case _:
                part = _NOTHING
                for folded in sign.casefold():  # of a few letters it is two: ss
                    part = self._then(part, self._place(folded.__eq__))
                return part

    def _escaped(self) -> Test:
        sign = self._next()
        self._at += 1
        if not sign:
            raise BadPattern("ends with a backslash")
        known = _CLASSES.get(sign)
        if known is None and sign.isalnum():
            raise BadPattern(f"has \\{sign}, which is not read here")
        return sign.__eq__ if known is None else known

    def _members(self) -> Test:
        """A class in brackets, with ranges and \\d, \\w, \\s; `[^…]` is all that is not in it."""
        negated = self._next() == "^"
        self._at += negated
        tests: list[Test] = []
        begins = self._at
        while (sign := self._next()) != "]" or self._at == begins:
            if not sign:
                raise BadPattern("opens a bracket that is not closed")
            self._at += 1
            if sign == "\\":
                tests.append(self._escaped())
            elif self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in ("", "]"):
                end = self._text[self._at + 1]
                self._at += 2
                if end < sign:
                    raise BadPattern(f"has the range {sign}-{end}, which runs backwards")
                tests.append(_between(sign, end))
            else:
                tests.append(_between(sign, sign))
        self._at += 1
        return lambda one: _inside(one) and any(test(one) for test in tests) is not negated

    def _place(self, test: Test) -> _Part:
        number = len(self.tests)
        if number >= MOST_SIGNS:
            raise BadPattern(f"has more than {MOST_SIGNS} signs, once its repetitions are written out")
        self.tests.append(test)
        self.follow.append(0)
        return _Part(False, 1 << number, 1 << number)


def _inside(sign: str) -> bool:
    return len(sign) == 1


def _between(first: str, last: str) -> Test:
    """Whether a sign of a text, whose case is folded, is of a range as it is or as a capital."""
    return lambda sign: any(len(one) == 1 and first <= one <= last for one in (sign, sign.upper()))


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
