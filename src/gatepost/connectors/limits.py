"""Limits by client or connector, as values and bounded maps; `now` is any clock in seconds."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from .networks import network_of

ClientKey = tuple[int, int]


def client_key(client: IPv4Address | IPv6Address) -> ClientKey:
    """Whom a limit counts as one: an IPv4 address, or a /64 of IPv6, which is one household or one host."""
    client = network_of(client)
    if isinstance(client, IPv4Address):
        return (4, int(client))
    return (6, int(client) >> 64)


@lru_cache(maxsize=4096)
def device_of(client: str) -> str:
    """What operators see as one device, by the same measure, as text; raises ValueError for what is no address.

    >>> device_of("192.0.2.9"), device_of("2001:db8::5"), device_of("2001:db8::/64")
    ('192.0.2.9', '2001:db8::/64', '2001:db8::/64')
    """
    address = ip_address(client.removesuffix("/64") if ":" in client else client)
    if isinstance(network_of(address), IPv4Address):
        return str(network_of(address))
    return str(ip_network((int(address), 64), strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Not now: try again in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A token bucket: `rate` tokens a second flow in, at most `burst` are kept. It starts full."""

    rate: float
    burst: float
    missing: float = 0.0  # tokens below full, as of `at`
    at: float = 0.0

    @classmethod
    def per_minute(cls, messages: int) -> "Bucket":
        """So many a minute, which may also come at once."""
        return cls(rate=messages / 60, burst=float(messages))

    def take(self, now: float, amount: float = 1.0) -> "Bucket | Wait":
        """The bucket after taking, or how long to wait for the amount (infinitely if it never fits)."""
        missing = max(0.0, self.missing - max(0.0, now - self.at) * self.rate) + amount
        if missing > self.burst + 1e-9:
            over = missing - self.burst
            return Wait(seconds=over / self.rate if self.rate > 0 and amount <= self.burst else float("inf"))
        return Bucket(rate=self.rate, burst=self.burst, missing=missing, at=max(now, self.at))

    def full(self, now: float) -> bool:
        """Whether nothing would be lost by forgetting it."""
        return self.missing <= max(0.0, now - self.at) * self.rate


class Rates:
    """One bucket a key, made when first needed. Holds at most `room` keys, whatever strangers do.

    When there is no room, full buckets are forgotten; if none is full, the key that has waited longest goes.
    """

    def __init__(self, bucket: Bucket, *, room: int = 65_536) -> None:
        self._new = bucket
        self._room = room
        self._buckets: dict[Hashable, Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: Hashable, now: float) -> float:
        """0.0 when the key may go on (and a token is gone), else the seconds to wait."""
        bucket = self._buckets.pop(key, self._new)
        taken = bucket.take(now)
        if isinstance(taken, Wait):
            self._keep(key, bucket, now)  # as it was: refusals cost the key nothing more
            return taken.seconds
        self._keep(key, taken, now)
        return 0.0

    def _keep(self, key: Hashable, bucket: Bucket, now: float) -> None:
        if len(self._buckets) >= self._room:
            self._buckets = {k: b for k, b in self._buckets.items() if not b.full(now)}
            while len(self._buckets) >= self._room:
                del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = bucket


class Counters:
    """How many (connections, say) a key has open. Every `enter` that was answered True needs one `leave`.

    `limit` is for keys that bring none of their own.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: dict[Hashable, int] = {}

    def enter(self, key: Hashable, *, limit: int | None = None) -> bool:
        """Count one more, unless the key has reached its limit."""
        count = self._open.get(key, 0)
        if count >= (self.limit if limit is None else limit):
            return False
        self._open[key] = count + 1
        return True

    def leave(self, key: Hashable) -> None:
        """Count one less; a key with none is forgotten."""
        count = self._open.get(key, 0) - 1
        if count > 0:
            self._open[key] = count
        else:
            self._open.pop(key, None)

    def count(self, key: Hashable) -> int:
        return self._open.get(key, 0)
