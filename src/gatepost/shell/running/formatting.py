"""Objects as a person reads them: tables and lists as PowerShell prints them (about_Format.ps1xml, without the xml).

A table begins and ends with an empty line; numbers stand to the right, what does not fit ends in `…`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gatepost.mail import printable

from ..reading.places import width_of
from ..values.convert import object_text, to_text
from ..values.kinds import NOTHING, Block, HashEntries, PSObject
from ..values.moments import SHORT, format_moment
from ..values.text_operators import format_value

MOST_COLUMNS = 4  # an object with more properties is shown as a list
_NARROWEST = 5  # columns of the screen that a shrunken column keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table, or one line of a list. `width` 0: as wide as its values; `right` None: by its values."""

    title: str
    pattern: str = ""
    width: int = 0
    right: bool | None = None


class Formatted:
    """Lines that Format-Table or Format-List has made: they are printed as they are."""

    __slots__ = ("lines",)

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def cell(value: Any, *, pattern: str = "", most: int = 4) -> str:
    """A value in a cell. Of an array at most `most` items are shown; -1: all."""
    if value is None or value is NOTHING:
        return ""
    if pattern:
        text = format_value(value, pattern.removeprefix("{0:").removesuffix("}"))
    elif isinstance(value, datetime):
        text = format_moment(value, SHORT)
    elif isinstance(value, list):
        text = _enumerated([_inner(item) for item in value[: most if most >= 0 else None]], len(value))
    elif isinstance(value, HashEntries):
        pairs = [f"[{_inner(key)}, {_inner(held)}]" for key, held in list(value.items())[: most if most >= 0 else None]]
        text = _enumerated(pairs, len(value))
    else:
        text = _inner(value)
    return printable(text)


def _inner(value: Any) -> str:
    if isinstance(value, datetime):
        return format_moment(value, SHORT)
    if isinstance(value, PSObject):
        return object_text(value)
    if isinstance(value, Block):
        return value.text
    return "System.Object[]" if isinstance(value, list) else to_text(value)


def _enumerated(shown: Sequence[str], count: int) -> str:
    return f"{{{', '.join(shown)}{'…' if count > len(shown) else ''}}}"


# --- tables --------------------------------------------------------------------------------------------------


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    *,
    width: int,
    most: int = 4,
    wrap: bool = False,
    titles: bool = True,
) -> list[str]:
    """A table's lines. `rows` hold values in the columns' order."""
    texts = [
        [cell(value, pattern=column.pattern, most=most) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    if not wrap:
        texts = [[_one_line(text) for text in row] for row in texts]
    sided = [replace(column, right=_right(column, rows, at)) for at, column in enumerate(columns)]
    widths = _fitted([_wanted(column, texts, at, titles) for at, column in enumerate(sided)], width)
    kept = sided[: len(widths)]
    lines = [""]
    if titles:
        heads = [_cut(column.title, wide) for column, wide in zip(kept, widths, strict=True)]
        lines.append(_line(kept, heads, widths))
        lines.append(_line(kept, ["-" * width_of(head) for head in heads], widths))
    for row in texts:
        cells = row[: len(widths)]
        if wrap:
            lines.extend(_wrapped(kept, cells, widths))
        else:
            lines.append(_line(kept, [_cut(text, wide) for text, wide in zip(cells, widths, strict=True)], widths))
    return [*lines, ""]


def _right(column: Column, rows: Sequence[Sequence[Any]], at: int) -> bool:
    if column.right is not None:
        return column.right
    first = next((row[at] for row in rows if row[at] is not None), None)
    return isinstance(first, int | float) and not isinstance(first, bool)


def _wanted(column: Column, texts: Sequence[Sequence[str]], at: int, titles: bool) -> int:
    if column.width:
        return column.width
    longest = max((width_of(part) for row in texts for part in row[at].split("\n")), default=0)
    return max(longest, width_of(column.title) if titles else 0, 1)


def _fitted(widths: list[int], room: int) -> list[int]:
    """Widths that fit: the widest columns give way first; what has no room at all is left out at the end."""
    widths = list(widths)
    while len(widths) > 1 and len(widths) * (_NARROWEST + 1) - 1 > room:
        widths.pop()
    while (excess := sum(widths) + len(widths) - 1 - room) > 0:
        widest = max(widths)
        if widest <= _NARROWEST:
            break
        second = max((wide for wide in widths if wide < widest), default=_NARROWEST)
        at = widths.index(widest)
        widths[at] = max(widest - excess, min(second, widest - 1), _NARROWEST)
    return widths


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()) if "\n" in text else text


def _cut(text: str, wide: int) -> str:
    if width_of(text) <= wide:
        return text
    kept, used = "", 0
    for sign in text:
        used += width_of(sign)
        if used > wide - 1:
            break
        kept += sign
    return f"{kept}…"


def _line(columns: Sequence[Column], texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for column, text, wide in zip(columns, texts, widths, strict=True):
        space = " " * (wide - width_of(text))
        padded.append(space + text if column.right else text + space)
    return " ".join(padded).rstrip()


def _wrapped(columns: Sequence[Column], texts: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [_folded(text, wide) for text, wide in zip(texts, widths, strict=True)]
    height = max(map(len, parts), default=1)
    filled = [[*part, *[""] * (height - len(part))] for part in parts]
    return [_line(columns, [part[at] for part in filled], widths) for at in range(height)]


def _folded(text: str, wide: int) -> list[str]:
    """Text in lines of a width, broken at spaces where there are some."""
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line
        while width_of(rest) > wide:
            head = _cut(rest, wide + 1)[:-1] or rest[0]
            space = head.rfind(" ")
            if space > wide // 2:
                head = head[:space]
            lines.append(head)
            rest = rest[len(head) :].removeprefix(" ")
        lines.append(rest)
    return lines


# --- lists ---------------------------------------------------------------------------------------------------


def listing(columns: Sequence[Column], values: Sequence[Any], *, width: int, most: int = 4) -> list[str]:
    """One object as `Name : value` lines, followed by an empty one."""
    title = max((width_of(column.title) for column in columns), default=0)
    lines = []
    for column, value in zip(columns, values, strict=True):
        head = f"{column.title}{' ' * (title - width_of(column.title))} : "
        text = cell(value, pattern=column.pattern, most=most)
        first, *rest = _folded(text, max(width - title - 3, 20))
        lines.append((head + first).rstrip() if first else head.rstrip() + " ")
        lines.extend(" " * (title + 3) + part for part in rest)
    return [*[line.rstrip() for line in lines], ""]
