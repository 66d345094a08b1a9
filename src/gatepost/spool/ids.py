"""Queue ids: 16 hex digits in lower case, time-ordered, never given twice.

An id is milliseconds since 2020, shifted by 20 bits, plus a sequence in steps of PLACES; the low bits number
the recipients of the message. It grows even when the clock steps back.
"""

from .store import PLACES

EPOCH = 1577836800  # 2020-01-01T00:00:00Z
_HEX = frozenset("0123456789abcdefABCDEF")
_TOP = 1 << 63
LAST_ID = _TOP - 1


def first_id_at(at: float) -> int:
    """The lowest id that a message of that moment (seconds since 1970) can have."""
    return min(max(int((at - EPOCH) * 1000), 0) << 20, _TOP - PLACES)


def moment_of(number: int) -> float:
    """When an id was given, in seconds since 1970.

    >>> moment_of(first_id_at(1_790_000_000.5))
    1790000000.5
    """
    return (number >> 20) / 1000 + EPOCH


def written(number: int) -> str:
    return f"{number:016x}"


def number_of(text: str) -> int | None:
    """The number behind an id as people give it, in either case, or None if it cannot be one."""
    if not 1 <= len(text) <= 16 or not _HEX.issuperset(text):
        return None
    number = int(text, 16)
    return number if number < _TOP and not number % PLACES else None


def trace_place(cursor: str | None) -> tuple[int, int]:
    """The message and the recipient behind which the trace goes on; before the newest without a cursor, or with
    one that is none."""
    if cursor is None or not 1 <= len(cursor) <= 16 or not _HEX.issuperset(cursor):
        return LAST_ID, LAST_ID
    place = int(cursor, 16)
    return (place - place % PLACES, place) if place < _TOP else (LAST_ID, LAST_ID)


class Ids:
    """The source of ids; starts behind the last one that was ever stored."""

    __slots__ = ("_last",)

    def __init__(self, last: int = 0) -> None:
        self._last = last - last % PLACES

    def next(self, now: float) -> int:
        fresh = (int((now - EPOCH) * 1000)) << 20
        last = self._last + PLACES
        self._last = number = fresh if fresh > last else last
        return number
