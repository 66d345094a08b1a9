"""Numbers as PowerShell writes them: `25`, `0x19`, `1.5`, `1e3`, `10MB`, `5l`, `2.5d` (about_Numeric_Literals)."""

import re

# A number ends where a name cannot go on: `10.0.0.1`, `2001:db8::1` and `3com` are no numbers.
NUMBER = re.compile(
    r"""
    (?: 0[xX] (?P<hex>[0-9a-fA-F]++)
      | 0[bB] (?P<bits>[01]++)
      | (?P<decimal> (?: [0-9]++ (?:\.(?!\.)[0-9]*+)? | \.[0-9]++ ) (?:[eE][+-]?[0-9]++)? )
    )
    (?P<suffix>[lLdD])?
    (?P<times>[kKmMgGtTpP][bB])?
    (?! \w | \.[0-9] | :[\w:] )
    """,
    re.VERBOSE,
)
_TIMES = {"": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40, "pb": 1 << 50}
_DIGITS = 28  # as many as a .NET decimal keeps exactly
_HEX_DIGITS = 16


def read_number(text: str) -> int | float | None:
    """The value of a text that is a number from end to end, with or without a sign; None for every other text."""
    negative = text[:1] == "-"
    found = NUMBER.fullmatch(text[1:] if text[:1] in ("-", "+") else text)
    value = number_value(found) if found else None
    return -value if value is not None and negative else value


def number_value(found: re.Match[str]) -> int | float | None:
    """What a match of NUMBER says; None when it is larger than any number here can be."""
    times = _TIMES[(found["times"] or "").lower()]
    if found["hex"] is not None:
        return _whole(found["hex"], 16, times)
    if found["bits"] is not None:
        return _whole(found["bits"], 2, times)
    text, suffix = found["decimal"], (found["suffix"] or "").lower()
    if text.isdigit() and len(text) <= _DIGITS:
        return int(text) * times
    value = float(text) * times
    if value == float("inf"):
        return None
    return round(value) if suffix == "l" else value


def _whole(digits: str, base: int, times: int) -> int | None:
    """Hexadecimal and binary literals are bit patterns: 0xFFFFFFFF is -1, as in PowerShell."""
    full = {16: _HEX_DIGITS, 2: _HEX_DIGITS * 4}[base]
    if len(digits.lstrip("0")) > full:
        return None
    value = int(digits, base)
    for share in (2, 1):
        width = full // share
        if len(digits) == width and value >> (64 // share - 1):
            return (value - (1 << 64 // share)) * times
    return value * times
