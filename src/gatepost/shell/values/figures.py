"""Numbers as text, in .NET's words (standard and custom numeric format strings, culture en-US)."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

MAX_PRECISION = 99
_STANDARD = re.compile(r"([CDEFGNPRXcdefgnprx])(\d{0,3})")
_CUSTOM = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|[^0#.,%'\"\\]+|[0#.,%]+", re.DOTALL)


def settled(value: int | float) -> int | float:
    """A result as PowerShell keeps it: whole numbers beyond 64 bits become doubles."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return value


def number_text(value: int | float) -> str:
    """A number as .NET prints it: `0.1`, `1E+15`, `∞`."""
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    power = int(exponent)
    if -5 < power < 15:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return f"{mantissa}E{'+' if power >= 0 else '-'}{abs(power):02d}"


def format_number(value: int | float, pattern: str) -> str:
    """A number by a format string such as `N2`, `D4`, `X`, `P0`, `#,##0.00`. ValueError if the string means nothing."""
    if not pattern or (isinstance(value, float) and not math.isfinite(value)):
        return number_text(value)
    standard = _STANDARD.fullmatch(pattern)
    if not standard:
        if len(pattern) == 1 and pattern.isalpha():
            raise ValueError(pattern)
        return _by_picture(value, pattern)
    letter, digits = standard.group(1), int(standard.group(2)) if standard.group(2) else None
    if digits is not None and digits > MAX_PRECISION:
        raise ValueError(pattern)
    return _standard(value, letter, digits)


def _standard(value: int | float, letter: str, digits: int | None) -> str:
    places = 2 if digits is None else digits
    match letter.upper():
        case "N":
            return f"{_rounded(value, places):,f}"
        case "F":
            return f"{_rounded(value, places):f}"
        case "P":
            return f"{_rounded(Decimal(repr(value)) * 100, places):,f}%"
        case "C":
            amount = f"${abs(_rounded(value, places)):,f}"
            return f"-{amount}" if value < 0 else amount
        case "E":
            mantissa, _, exponent = f"{value:.{6 if digits is None else digits}e}".partition("e")
            return f"{mantissa}{letter}{exponent[0]}{int(exponent[1:]):03d}"
        case "D" | "X" if not isinstance(value, int):
            raise ValueError(letter)
        case "D":
            return f"{'-' if value < 0 else ''}{abs(int(value)):0{digits or 1}d}"
        case "X":
            whole = int(value)
            if whole < 0:
                whole += 2**32 if whole >= -(2**31) else 2**64
            text = f"{whole:0{digits or 1}X}"
            return text if letter == "X" else text.lower()
        case _:  # G, R
            return number_text(value) if not digits else number_text(float(f"{value:.{digits}g}"))


def _rounded(value: int | float | Decimal, places: int) -> Decimal:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    step = Decimal(1).scaleb(-places)
    if exact.adjusted() + places > 27:  # more digits than a Decimal rounds by default: nothing left to round
        return exact
    return exact.quantize(step, rounding=ROUND_HALF_UP)


def _by_picture(value: int | float, pattern: str) -> str:
    """A custom format: `0` a digit, `#` a digit if there is one, `,` groups, `%` per cent, the rest as it stands."""
    parts = pattern.split(";")
    if len(parts) > 1 and value < 0:
        return _by_picture(-value, parts[1] or parts[0])
    if len(parts) > 2 and value == 0:
        pattern = parts[2]
    else:
        pattern = parts[0]
    pieces = _CUSTOM.findall(pattern)
    picture = "".join(piece for piece in pieces if piece[0] in "0#.,%")
    if not set(picture) & set("0#"):
        return "".join(_literal(piece) for piece in pieces)
    whole_picture, _, fraction_picture = picture.replace("%", "").partition(".")
    fraction_picture = fraction_picture.replace(",", "")
    exact = Decimal(repr(value)) * (100 if "%" in picture else 1)
    number = _rounded(exact, len(fraction_picture))
    whole, _, fraction = f"{abs(number):f}".partition(".")
    least = whole_picture.replace(",", "").lstrip("#").count("0")
    whole = whole.lstrip("0").rjust(least, "0")
    if "," in whole_picture and whole:
        whole = f"{int(whole):,}".rjust(len(whole), "0") if whole.strip("0") else whole
    needed = len(fraction_picture.rstrip("#"))
    fraction = fraction.rstrip("0").ljust(needed, "0") if len(fraction) > needed else fraction.ljust(needed, "0")
    body = f"{'-' if number < 0 else ''}{whole}{'.' if fraction else ''}{fraction}{'%' if '%' in picture else ''}"
    written, found = "", False
    for piece in pieces:
        if piece[0] in "0#.,%":
            written, found = written + ("" if found else body), True
        else:
            written += _literal(piece)
    return written


def _literal(piece: str) -> str:
    if piece[0] in "'\"":
        return piece[1:-1]
    return piece[1:] if piece[0] == "\\" else piece
