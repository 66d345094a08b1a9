"""The operators that make texts: `-join`, `-split`, `-replace` and `-f`."""

import re
from datetime import datetime
from typing import Any

from gatepost.mail import visible

from ..failures import CommandFailed, failed
from ..limits import Meter
from .convert import to_list, to_text, to_whole
from .figures import format_number
from .kinds import plain, type_name_of
from .moments import format_moment
from .patterns import expression, replaced


def join(items: Any, glue: str, meter: Meter) -> str:
    """`-join`."""
    texts = [to_text(item) for item in to_list(items)]
    meter.size(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


def split(value: Any, rule: Any, *, exact: bool = False) -> list[str]:
    """`-split`: at a pattern, or at white space. `'pattern', 2` gives at most two parts."""
    texts = [to_text(item) for item in to_list(value)]
    if rule is None:
        return [part for text in texts for part in text.split()]
    parts = to_list(rule)
    pattern = expression(to_text(parts[0]) if parts else "", exact=exact)
    most = max(to_whole(parts[1]), 0) if len(parts) > 1 else 0
    found: list[str] = []
    for text in texts:
        if most == 1:
            found.append(text)
        else:
            found.extend(part for part in pattern.split(text, most - 1 if most else 0) if part is not None)
    return found


def replace(value: Any, rule: Any, meter: Meter, *, exact: bool = False) -> Any:
    """`-replace 'pattern', 'text'`; without a text what matches is removed. Arrays item by item."""
    parts = to_list(rule)
    if len(parts) > 2:
        raise failed(
            f"The -replace operator takes a pattern and a replacement, not {len(parts)} values. "
            "Remedy: write $text -replace 'pattern', 'replacement'."
        )
    pattern = expression(to_text(parts[0]) if parts else "", exact=exact)
    text = to_text(parts[1]) if len(parts) > 1 else ""

    def one(item: Any) -> str:
        result = replaced(to_text(item), pattern, text)
        meter.size(len(result))
        return result

    return [one(item) for item in value] if isinstance(value, list) else one(value)


_FIELD = re.compile(r"\{\{|\}\}|\{(\d{1,4})(?:,\s*(-?\d{1,5}))?(?::((?:[^{}]|\{\{|\}\})*))?\}|[{}]")


def filled(template: Any, values: Any, meter: Meter) -> str:
    """`-f`: `'{0,-20} {1:N2}' -f $name, $size` (composite formatting)."""
    held = values if isinstance(values, list) else [plain(values)]
    text = to_text(template)

    def one(field: re.Match[str]) -> str:
        if field.group() in ("{{", "}}"):
            return field.group()[0]
        if field.group(1) is None:
            raise _misformed(text)
        number = int(field.group(1))
        if number >= len(held):
            raise failed(
                f"Error formatting a string: it asks for {{{number}}}, and the number of values is {len(held)}. "
                "Remedy: count from {0}, and put all values behind -f, separated by commas.",
                type_name="System.FormatException",
                error_id="FormatError",
            )
        written = format_value(held[number], field.group(3) or "")
        width = int(field.group(2) or 0)
        meter.size(abs(width))
        return written.ljust(-width) if width < 0 else written.rjust(width)

    result = _FIELD.sub(one, text)
    meter.size(len(result))
    return result


def _misformed(text: str) -> CommandFailed:
    return failed(
        f"Error formatting a string: '{visible(text)}' has a brace that belongs to no field such as {{0}}. "
        "Remedy: double a brace that is meant literally: {{ or }}.",
        type_name="System.FormatException",
        error_id="FormatError",
    )


def format_value(value: Any, pattern: str) -> str:
    """One value by a format string; one that does not fit the value's type is an error, as in .NET."""
    try:
        if isinstance(value, datetime):
            return format_moment(value, pattern)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return format_number(value, pattern)
    except ValueError:
        raise failed(
            f"Error formatting a string: '{visible(pattern)}' is no format for {type_name_of(value)}. "
            "Remedy: use N2, D4, X or P0 for numbers, yyyy-MM-dd HH:mm for dates.",
            type_name="System.FormatException",
            error_id="FormatError",
        ) from None
    return to_text(value)
