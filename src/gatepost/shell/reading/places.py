"""Where something stands in a script, and how a person is shown it: the line, and a caret under the column."""

import re
import unicodedata
from bisect import bisect_right

from gatepost.errors import ScriptRefused
from gatepost.mail import UNSEEN

from ..tree import Place

LINE_END = re.compile(r"\r\n?|\n")  # and nothing else: a form feed or U+2028 does not end a line in PowerShell
_WINDOW = 110  # columns of a source line that are shown around a caret


class ScriptUnfinished(ScriptRefused):
    """The script ends too early."""  # whoever types it in may go on with another line


class Source:
    """A script's text and where its lines begin. An offset counts characters from 0; a place counts from 1."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(end.end() for end in LINE_END.finditer(text))]

    def place(self, offset: int) -> Place:
        row = bisect_right(self._starts, offset)
        return Place(line=row, column=offset - self._starts[row - 1] + 1)

    def line(self, number: int) -> str:
        """One line without its end."""
        start = self._starts[number - 1]
        end = LINE_END.search(self.text, start)
        return self.text[start : end.start()] if end else self.text[start:]

    def refused(self, offset: int, detail: str) -> ScriptRefused:
        """The error to raise about what stands at this offset."""
        return self.refused_at(self.place(offset), detail)

    def refused_at(self, place: Place, detail: str) -> ScriptRefused:
        """The same about a node of the tree."""
        return ScriptRefused(detail, line=place.line, column=place.column, source=self.line(place.line))

    def unfinished(self, offset: int, detail: str) -> ScriptUnfinished:
        """The error to raise when the text ends before what began at this offset does."""
        place = self.place(offset)
        return ScriptUnfinished(detail, line=place.line, column=place.column, source=self.line(place.line))


def caret(refused: ScriptRefused) -> str:
    """Three lines for a terminal: where and what, the source, and `^` under the column.

    Long lines are cut around the column, control characters are shown as pictures, and wide characters count twice.
    """
    if not refused.line:
        return refused.detail
    at = refused.column - 1
    first = max(0, at - _WINDOW // 2)
    before = "".join(map(_shown, refused.source[first:at]))
    after = "".join(map(_shown, refused.source[at : first + _WINDOW]))
    lead = "…" if first else ""
    tail = "…" if len(refused.source) > first + _WINDOW else ""
    where = f"line {refused.line}, column {refused.column}: {refused.detail}"
    return f"{where}\n{lead}{before}{after}{tail}\n{' ' * width_of(lead + before)}^"


def _shown(sign: str) -> str:
    """One character as a terminal may safely print it."""
    if sign == "\t":
        return "    "
    if sign < " ":
        return chr(0x2400 + ord(sign))  # the picture of the control character
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in UNSEEN else sign


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)
