"""Guessing is slowed down: a few attempts are free, then each costs a wait that doubles.

An attempt counts before it is looked at, so that a thousand at once are no way around; one that succeeds is forgiven.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from gatepost.connectors import client_key

_FREE = 5
_FIRST_WAIT = 60.0
_QUIET = 900.0  # seconds after the last wait, when all is forgotten
_ROOM = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """What one key has tried: how often, and when it may try again."""

    count: int
    until: float


class Attempts:
    """One tally a key, at most 10,000 of them whatever strangers do. `longest` is the longest wait in seconds; the
    attempt after `free` of them waits first."""

    def __init__(self, *, longest: float, free: int = _FREE) -> None:
        self._longest, self._free = longest, free
        self._tallies: dict[Hashable, _Tally] = {}

    def __len__(self) -> int:
        return len(self._tallies)

    def wait(self, key: Hashable, now: float) -> float:
        """Seconds until this key may try again; 0.0 when it may now."""
        tally = self._tallies.get(key)
        return max(0.0, tally.until - now) if tally is not None else 0.0

    def count(self, key: Hashable, now: float) -> None:
        """Take note of one attempt, as if it had failed."""
        tally = self._tallies.pop(key, None)
        count = 1 if tally is None or now - tally.until > _QUIET else tally.count + 1
        wait = min(self._longest, _FIRST_WAIT * 2.0 ** min(count - self._free, 30)) if count >= self._free else 0.0
        if len(self._tallies) >= _ROOM:
            self._tallies = {it: kept for it, kept in self._tallies.items() if now - kept.until <= _QUIET}
        if len(self._tallies) >= _ROOM:
            del self._tallies[next(iter(self._tallies))]  # the one that has tried nothing for longest
        self._tallies[key] = _Tally(count=count, until=now + wait)

    def forgive(self, key: Hashable, now: float) -> None:
        """The attempt that was counted last was a good one; the failures before it stay."""
        tally = self._tallies.pop(key, None)
        if tally is not None and tally.count > 1:
            self._tallies[key] = _Tally(count=tally.count - 1, until=now)

    def forget(self, key: Hashable) -> None:
        """All is well with this key."""
        self._tallies.pop(key, None)


def attempt(keys: Iterable[tuple[Attempts, Hashable]], now: float) -> float:
    """0.0 when the attempt may be made (and is counted under each key), else the seconds to wait."""
    keys = tuple(keys)
    wait = max(attempts.wait(key, now) for attempts, key in keys)
    if wait == 0.0:
        for attempts, key in keys:
            attempts.count(key, now)
    return wait


def place(address: str | None) -> Hashable:
    """Whom attempts are counted for: an IPv4 address, a /64 of IPv6; whatever is no address counts as one."""
    try:
        return client_key(ip_address(address or ""))
    except ValueError:
        return None
