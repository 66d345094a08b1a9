"""Verdicts that are kept for a while: the same certificate is shown again with every connection.

A verdict holds until the next date in its certificates, and for an hour at most. It is asked for with the
whole chain, compared octet by octet, so no other certificate can ever be taken for it.
"""

from collections.abc import Hashable, Iterable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from cryptography import x509

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_FRESH = timedelta(hours=1)
# Strangers can fill the second shelf only, and their chains may have 100 kB each.
_FAVOURABLE, _UNFAVOURABLE = 1024, 64


class Shelf(Generic[K, V]):
    """A bounded memory; the oldest entry makes room."""

    __slots__ = ("_shelves",)

    def __init__(self) -> None:
        self._shelves: tuple[dict[K, tuple[datetime, datetime, V]], ...] = ({}, {})

    def find(self, key: K, now: datetime) -> V | None:
        """What was kept under the key, if it still holds; a clock that went back makes it void."""
        for shelf in self._shelves:
            entry = shelf.get(key)
            if entry is not None and entry[0] <= now < entry[1]:
                return entry[2]
        return None

    def keep(self, key: K, verdict: V, *, dated: Iterable[x509.Certificate], now: datetime, favourable: bool) -> None:
        """Keep a verdict that depends on the dates of these certificates."""
        ends = now + _FRESH
        for one in dated:
            for date in (one.not_valid_before_utc, one.not_valid_after_utc):
                if now <= date < ends:
                    # Valid up to and including the last second, which has no fraction in a certificate.
                    ends = max(date, now + timedelta(microseconds=1))
        shelf, limit = self._shelves[not favourable], _FAVOURABLE if favourable else _UNFAVOURABLE
        if key not in shelf and len(shelf) >= limit:
            del shelf[next(iter(shelf))]
        shelf[key] = (now, ends, verdict)

    def __len__(self) -> int:
        return sum(len(shelf) for shelf in self._shelves)
