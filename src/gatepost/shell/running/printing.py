"""The end of every pipeline: output that nobody took is printed, like objects together in one table."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from gatepost.mail import printable

from ..values.convert import to_text
from ..values.kinds import NOTHING, Credential, HashEntries, PSObject, TypeValue, is_net, type_name_of
from ..values.members import get_property, properties_of
from ..values.moments import LONG, format_moment
from ..world import Host
from .formatting import MOST_COLUMNS, Column, Formatted, listing, table
from .variables import Variables

_ROWS = 5_000  # after so many a table begins anew, so that an endless one is seen before it ends
_NESTED = 4


class Printer:
    """Collects objects that belong into one table and writes it when another kind of output comes, or the end."""

    def __init__(self, host: Host, variables: Variables, put: Callable[[str], None] | None = None) -> None:
        self._host = host
        self._put = put or (lambda text: host.write("output", text))
        self._variables = variables
        self._waiting: list[Any] = []
        self._shape: tuple[str, ...] | None = None
        self._blank = False  # the last line written was empty

    def start(self) -> None:
        """A new run begins."""
        self._waiting, self._shape, self._blank = [], None, False

    def feed(self, item: Any, depth: int = 0) -> None:
        """One object of the output."""
        if isinstance(item, list) and depth < _NESTED:
            for one in item:
                self.feed(one, depth + 1)
            return
        if item is None or item is NOTHING:
            return
        shape = _shape(item)
        if shape is None:
            self.flush()
            self._write(_alone(item))
            return
        if shape != self._shape or len(self._waiting) >= _ROWS:
            self.flush()
            self._shape = shape
        self._waiting.append(item)

    def flush(self) -> None:
        """Writes what waits."""
        waiting, shape = self._waiting, self._shape
        self._waiting, self._shape = [], None
        if waiting and shape is not None:
            self._write(_shown(waiting, shape, self._host.width(), self.most_items()))

    def text_of(self, items: Iterable[Any]) -> str:
        """The same as text."""
        written: list[str] = []
        other = Printer(self._host, self._variables, put=written.append)
        for item in items:
            other.feed(item)
        other.flush()
        return "".join(written)

    def most_items(self) -> int:
        """How many items of an array are shown ($FormatEnumerationLimit)."""
        limit = self._variables.get("FormatEnumerationLimit")
        return limit if isinstance(limit, int) else 4

    def _write(self, lines: Sequence[str]) -> None:
        kept = lines[1:] if lines and lines[0] == "" and self._blank else lines
        if kept:
            self._blank = kept[-1] == ""
            self._put("".join(f"{line}\n" for line in kept))


def _shape(item: Any) -> tuple[str, ...] | None:
    """What objects must share to stand in one table; None for what is printed by itself."""
    if isinstance(item, HashEntries):
        return ("hashtable",)
    if isinstance(item, PSObject):
        if item.text is not None and not item.columns:
            return None
        return (item.type_name, *(item.columns or item.names()))
    if isinstance(item, Credential | TypeValue) or is_net(item):
        return (type_name_of(item), *properties_of(item))
    return None


def _alone(item: Any) -> list[str]:
    if isinstance(item, Formatted):
        return list(item.lines)
    if isinstance(item, datetime):
        return ["", format_moment(item, LONG), ""]
    return printable(to_text(item)).split("\n")


def _shown(items: Sequence[Any], shape: tuple[str, ...], width: int, most: int) -> list[str]:
    if shape == ("hashtable",):
        rows = [(key, held) for one in items for key, held in one.items()]
        return table(
            [Column(title="Name", right=False), Column(title="Value", right=False)], rows, width=width, most=most
        )
    names = shape[1:]
    if not names:
        return [printable(to_text(item)) for item in items]
    if len(names) <= MOST_COLUMNS or (isinstance(items[0], PSObject) and items[0].columns):
        rows = [tuple(get_property(item, name) for name in names) for item in items]
        return table([Column(title=name) for name in names], rows, width=width, most=most)
    return lists(items, lambda item: properties_of(item), width=width, most=most)


def lists(
    items: Iterable[Any],
    chosen: Callable[[Any], dict[str, Any]],
    *,
    width: int,
    most: int,
    patterns: Sequence[str] = (),
) -> list[str]:
    """Objects one after the other as lists."""
    lines = [""]
    for item in items:
        held = chosen(item)
        kept = [*patterns, *[""] * len(held)]
        columns = [Column(title=title, pattern=pattern) for title, pattern in zip(held, kept, strict=False)]
        lines.extend(listing(columns, list(held.values()), width=width, most=most))
    return lines
