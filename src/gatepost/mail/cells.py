"""Cells of CSV that spreadsheets show and do not calculate (decision 0017).

A subject or a greeting that begins with `=` is a formula to Excel, which may fetch what a stranger wants, or run it. An
apostrophe before it makes it text; whoever reads our files takes it away again.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_HARMLESS = re.compile(r"[=+\-@]|[+-]?\d+(?:[.,]\d+)*")  # a sign alone is none, and a number is what it says


def as_cell(text: str) -> str:
    """A text as it stands in a cell.

    >>> as_cell("=HYPERLINK(0)"), as_cell("-7"), as_cell("Invoice")
    ("'=HYPERLINK(0)", '-7', 'Invoice')
    """
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


def from_cell(cell: str) -> str:
    """The text that `as_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
