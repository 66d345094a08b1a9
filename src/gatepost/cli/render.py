"""Writing answers down: tables for people, exactly one JSON value for scripts, sentences on standard error.

What a stranger may have written (subjects, addresses, replies) is made harmless before a terminal sees it.
"""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

_LONGEST_SUBJECT = 60
_FOLDED = 20
# Cc and Cf hold the control characters, ANSI's ESC and the bidirectional overrides; Zl and Zp break lines.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(value: Any) -> str:
    """Text for a terminal: one line, and every character that could act upon it written as an escape."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if unicodedata.category(char) in _HARMFUL else char for char in text)


def _escape(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def console(*, error: bool = False) -> Console:
    """Wide when nobody watches, so that a pipe gets whole lines."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else 200
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def json_out(value: Any) -> None:
    """One JSON value and a newline; a file name that is no text is written with its octets escaped."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except TypeError:
        text = json.dumps(value, indent=2)
    print(text)


def sentences(lines: Iterable[str], *, style: str) -> None:
    """Sentences on standard error, one a line."""
    out = console(error=True)
    for line in lines:
        out.print(Text(clean(line), style=style), soft_wrap=True)


def cell(value: Any) -> str:
    """A value in a table: lists joined, true and false as words, nothing for nothing."""
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(clean(it) for it in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{clean(key)}={cell(it)}" for key, it in value.items())
    return clean(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str) -> None:
    """Rows under titles (`columns`: key to title); the sentence `empty` where there are none.

    Where the terminal is too narrow for columns, each row is a block of lines.
    """
    out = console()
    if not rows:
        out.print(Text(empty, style="dim"))
        return
    if _needed(rows, columns) > out.width:
        for number, row in enumerate(rows):
            if number:
                out.print()
            pairs({title: clipped(key, row.get(key)) for key, title in columns.items()})
        return
    made = Table(box=None, header_style="bold", pad_edge=False)
    for title in columns.values():
        made.add_column(title, overflow="fold")
    for row in rows:
        made.add_row(*(Text(clipped(key, row.get(key))) for key in columns))
    out.print(made)


def clipped(key: str, value: Any) -> str:
    """A cell; subjects, which strangers make as long as they like, are cut."""
    text = cell(value)
    return text[: _LONGEST_SUBJECT - 1] + "…" if key == "subject" and len(text) > _LONGEST_SUBJECT else text


def _needed(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> int:
    """The width below which a table is no longer read with pleasure: long cells may fold, short ones should not."""
    widths = [
        min(_FOLDED, max([len(title), *(len(clipped(key, row.get(key))) for row in rows)]))
        for key, title in columns.items()
    ]
    return sum(widths) + 2 * (len(widths) - 1)


def pairs(value: Mapping[str, Any]) -> None:
    """One object, a property a line, as Format-List does."""
    out = console()
    width = max((len(clean(key)) for key in value), default=0)
    for key, it in value.items():
        line = Text(clean(key).ljust(width), style="bold")
        line.append(f" : {cell(it)}", style="not bold")
        out.print(line, soft_wrap=True)


def line(text: str, *, style: str = "") -> None:
    """One line on standard output."""
    console().print(Text(clean(text), style=style), soft_wrap=True)


def done(words: str, key: str = "Name") -> Callable[[Any], None]:
    """Prints what was done to the object of an answer, which has its name under the key."""
    return lambda it: line(f"{words} '{it[key]}'.", style="green")
