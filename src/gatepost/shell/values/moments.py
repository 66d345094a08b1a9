"""Dates, times and spans as text, in .NET's words (standard and custom date and time format strings, culture en-US)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

_STANDARD = {
    "d": "M/d/yyyy",
    "D": "dddd, MMMM d, yyyy",
    "f": "dddd, MMMM d, yyyy h:mm tt",
    "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt",
    "m": "MMMM d",
    "M": "MMMM d",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "h:mm tt",
    "T": "h:mm:ss tt",
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "y": "MMMM yyyy",
    "Y": "MMMM yyyy",
}
LONG = "F"  # what Get-Date prints
SHORT = "G"  # a date in a table, and what ToString gives
INVARIANT = "MM/dd/yyyy HH:mm:ss"  # a date inside a string

_PIECE = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)|%?(d+|f+|F+|H+|h+|K|M+|m+|s+|t+|y+|z+)|(.)", re.DOTALL)


def format_moment(moment: datetime, pattern: str = SHORT) -> str:
    """A date as text. An unknown single letter is a ValueError, as in .NET."""
    if pattern == "":
        pattern = SHORT
    if pattern == "U":
        return format_moment(moment.astimezone(UTC), "F")
    if len(pattern) == 1:
        if pattern not in _STANDARD:
            raise ValueError(pattern)
        if pattern in "rR" and moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
        pattern = _STANDARD[pattern]
    found = []
    for piece in _PIECE.finditer(pattern):
        quoted, double, escaped, letters, other = piece.groups()
        found.append(_written(moment, letters) if letters else quoted or double or escaped or other or "")
    return "".join(found)


def _written(moment: datetime, letters: str) -> str:
    count, letter = len(letters), letters[0]
    if letter == "d" and count > 2:
        day = _DAYS[moment.weekday()]
        return day[:3] if count == 3 else day
    if letter == "M" and count > 2:
        month = _MONTHS[moment.month - 1]
        return month[:3] if count == 3 else month
    if letter in "fF":
        fraction = f"{moment.microsecond:06d}0"[: min(count, 7)]
        return fraction.rstrip("0") if letter == "F" else fraction
    if letter == "t":
        half = "AM" if moment.hour < 12 else "PM"
        return half[:1] if count == 1 else half
    if letter == "y":
        return f"{moment.year % 100:0{count}d}" if count <= 2 else f"{moment.year:0{count}d}"
    if letter in "zK":
        return _offset(moment, letters)
    number = _NUMBERS[letter](moment)
    return str(number) if count == 1 else f"{number:02d}"


_NUMBERS: dict[str, Callable[[datetime], int]] = {
    "d": lambda moment: moment.day,
    "M": lambda moment: moment.month,
    "H": lambda moment: moment.hour,
    "h": lambda moment: moment.hour % 12 or 12,
    "m": lambda moment: moment.minute,
    "s": lambda moment: moment.second,
}


def _offset(moment: datetime, letters: str) -> str:
    away = moment.utcoffset()
    if letters == "K" and (away is None or moment.tzinfo is UTC):
        return "" if away is None else "Z"
    minutes = int((away or timedelta()).total_seconds() // 60)
    sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
    if letters == "z":
        return f"{sign}{hours}"
    return f"{sign}{hours:02d}" if letters == "zz" else f"{sign}{hours:02d}:{rest:02d}"


_DATES = ("%m/%d/%Y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%m-%d")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I %p")
_ZONE = re.compile(r"\s*(Z|GMT|UTC|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+", re.IGNORECASE)


def read_moment(text: str) -> datetime:
    """A date from text, en-US: ISO 8601, `1/31/2026 5:04 PM`, `31 Jan 2026`. Without a zone it has none.

    ValueError if it is no date. A month is never guessed from a number above 12.
    """
    text = " ".join(text.split())
    if not text or len(text) > 64 or not text.isascii():
        raise ValueError(text)
    if text[0].isdigit() and len(text) >= 10 and text[4:5] == "-":
        iso = re.sub(r"(\.\d{6})\d+", r"\1", text).upper()  # .NET writes seven digits, Python reads six
        try:
            return datetime.fromisoformat(iso)
        except ValueError:
            pass
    zone = _ZONE.search(text)
    if zone and ":" in text[: zone.start()]:
        rest, offset = text[: zone.start()], zone.group(1).upper()
        numeric = "+0000" if offset in ("Z", "GMT", "UTC") else offset.replace(":", "")
        return datetime.strptime(f"{_any_form(rest).isoformat()}{numeric}", _isoformat(rest))
    return _any_form(text)


def _isoformat(text: str) -> str:
    return "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z"


def _any_form(text: str) -> datetime:
    text = _WEEKDAY.sub("", text)
    for date in _DATES:
        for time in _TIMES:
            try:
                return datetime.strptime(text, date + time)
            except ValueError:
                continue
    raise ValueError(text)


_SPAN = re.compile(r"(-)?(?:(\d{1,8})\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?|(-)?(\d{1,8})")


def read_span(text: str) -> timedelta:
    """`1.02:03:04.5`, `02:30`, `3` (days); ValueError if it is no span."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    minus, days, hours, minutes, seconds, fraction, minus_days, whole = found.groups()
    if whole:
        return timedelta(days=int(whole)) * (-1 if minus_days else 1)
    if int(hours) > 23:
        raise ValueError(text)
    span = timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    span += timedelta(microseconds=int((fraction or "0").ljust(7, "0")[:6]))
    return -span if minus else span


def format_span(span: timedelta) -> str:
    """`00:05:00`, `1.02:03:04`, `-00:00:01.5000000`."""
    sign, span = ("-", -span) if span < timedelta() else ("", span)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{span.days}." if span.days else ""
    fraction = f".{span.microseconds:06d}0" if span.microseconds else ""
    return f"{sign}{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"
