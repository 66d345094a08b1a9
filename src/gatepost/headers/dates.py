"""Dates of every form that mail shows: RFC 5322, its obsolete forms, ISO, Go, ctime, and American ones.

Where no zone is told, UTC is meant, as Microsoft's analyser has it; fractions count down to the millisecond.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, in UTC. `zoned` is false where the text named no zone and UTC was assumed."""

    at: datetime
    zoned: bool


_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905  a row
}
# RFC 5322 §4.3's, and those that servers write although they may not; hours east.
_ZONES = {
    **dict.fromkeys(("ut", "utc", "gmt", "z", "wet"), 0.0),
    "edt": -4.0,
    "est": -5.0,
    "cdt": -5.0,
    "cst": -6.0,
    "mdt": -6.0,
    "mst": -7.0,
    "pdt": -7.0,
    "pst": -8.0,
    "bst": 1.0,
    "cet": 1.0,
    "west": 1.0,
    "cest": 2.0,
    "eet": 2.0,
    "eest": 3.0,
    "msk": 3.0,
    "hkt": 8.0,
    "jst": 9.0,
}

# The common form in one match; the date's other orders and ctime where that fails.
_RFC5322 = re.compile(
    r"\s*(?:[A-Za-z]{3},\s*)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{2}):(\d{2}):(\d{2})\s+([+-])(\d{2})([0-5]\d)"
    r"(?=[\s;(]|$)"
)
_DAY_MONTH_YEAR = re.compile(r"(?<![\d.:])(\d{1,2})[ -]\s*([A-Za-z]{3})[a-z]{0,6}\.?,?[ -]\s*(\d{2,4})(?![\d:.])")
_MONTH_NAME_FIRST = re.compile(r"\b([A-Za-z]{3})[a-z]{0,6}\.?[ ]+(\d{1,2}),?[ ]+(\d{4})(?![\d:.])")
_YEAR_MONTH_DAY = re.compile(r"(?<![\d.])(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_MONTH_DAY_YEAR = re.compile(r"(?<![\d.])(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?!\d)")
_CTIME = re.compile(r"\b([A-Za-z]{3})[a-z]{0,6}\s+(\d{1,2})\s+(\d{1,2}:\d{2}:\d{2}[^()]{0,20}?)\s+(\d{4})(?!\d)")
_TIME = re.compile(r"[\sT]*(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,](\d{1,9}))?\d*\s*([AaPp][Mm]\b)?")
_ZONE = re.compile(r"\s*(?:(?:GMT|UTC)(?=[+-]))?(?:([+-])(\d{1,2}):?(\d{2})?(?!\d)|\(?([A-Za-z]{1,4})\b)")


def read_date(text: str) -> Moment | None:
    """The first date in a text, or None."""
    return _read(text[:_LONGEST])


@lru_cache(maxsize=512)  # neighbouring hops often tell the same second
def _read(text: str) -> Moment | None:
    found = _RFC5322.match(text)
    if found is not None:
        day, month, year, hour, minute, second, sign, east, minutes = found.groups()
        offset = timedelta(hours=int(east), minutes=int(minutes))
        number = _MONTHS.get(month.lower(), 0)
        clock = (int(hour), int(minute), int(second), 0)
        return _moment((int(year), number, int(day)), clock, -offset if sign == "-" else offset)
    for form in (_day_month_year, _month_name_first, _year_month_day, _ctime, _month_day_year):
        if (moment := form(text)) is not None:
            return moment
    return None


def _day_month_year(text: str) -> Moment | None:
    for found in _DAY_MONTH_YEAR.finditer(text):
        if (month := _MONTHS.get(found[2].lower())) is not None:
            return _with_time((_year(found[3]), month, int(found[1])), text[found.end() :])
    return None


def _month_name_first(text: str) -> Moment | None:
    """`Feb 15 2002`, as in the examples of RFC 8601."""
    for found in _MONTH_NAME_FIRST.finditer(text):
        if (month := _MONTHS.get(found[1].lower())) is not None:
            return _with_time((int(found[3]), month, int(found[2])), text[found.end() :])
    return None


def _year_month_day(text: str) -> Moment | None:
    found = _YEAR_MONTH_DAY.search(text)
    return None if found is None else _with_time((int(found[1]), int(found[2]), int(found[3])), text[found.end() :])


def _month_day_year(text: str) -> Moment | None:
    found = _MONTH_DAY_YEAR.search(text)
    if found is None:
        return None
    month, day, year = map(int, found.groups())
    if month > 12:  # nobody has a thirteenth month: the other order is meant
        month, day = day, month
    return _with_time((year, month, day), text[found.end() :])


def _ctime(text: str) -> Moment | None:
    for found in _CTIME.finditer(text):
        if (month := _MONTHS.get(found[1].lower())) is not None:
            return _with_time((int(found[4]), month, int(found[2])), found[3] + text[found.end() :])
    return None


def _year(digits: str) -> int:
    """RFC 5322 §4.3: two digits below 50 are this century's, and three are counted from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _with_time(day: tuple[int, int, int], rest: str) -> Moment | None:
    """A day with the time and zone that follow it; midnight where no time does."""
    found = _TIME.match(rest)
    if found is None:
        return _moment(day, (0, 0, 0, 0), _zone(rest))
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        hour = hour % 12 + (12 if found[5].lower() == "pm" else 0)
    milliseconds = int((found[4] or "0").ljust(3, "0")[:3])
    return _moment(day, (hour, minute, second, milliseconds), _zone(rest[found.end() :]))


def _zone(rest: str) -> timedelta | None:
    """How far east of UTC, or None where no zone is told that anybody knows."""
    found = _ZONE.match(rest)
    if found is None:
        return None
    if found[1]:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return -offset if found[1] == "-" else offset
    hours = _ZONES.get(found[4].lower())
    return None if hours is None else timedelta(hours=hours)


def _moment(day: tuple[int, int, int], clock: tuple[int, int, int, int], offset: timedelta | None) -> Moment | None:
    hour, minute, second, milliseconds = clock
    leap = second == 60  # a leap second is counted as the next one
    try:
        at = datetime(*day, hour, minute, second - leap, milliseconds * 1000, tzinfo=UTC)
        if leap:
            at += timedelta(seconds=1)
        return Moment(at - offset if offset else at, offset is not None)
    except (ValueError, OverflowError):
        return None
