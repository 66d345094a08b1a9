"""The traffic in numbers: by hour for a chart, by day for each connector. Counted as it happens, for at a million
messages nobody wants to wait until they are counted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from gatepost.mail import Deferred, Delivered

from .devices import Visit
from .message import Settlement
from .store import CENSUS, Connection

HOUR: Final = 3600
DAY: Final = 86_400
KEPT_DAYS: Final = 8  # a week, and the day that has begun
CONNECTOR: Final = "connector:"  # how a destination names the connector that it goes through

_ACCEPTED, _DELIVERED, _DEFERRED, _FAILED, _REFUSED = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What happened in one hour, which began at `at`. Messages accepted; results for recipients, a deferral at each
    attempt; refusals."""

    at: float
    accepted: int = 0
    delivered: int = 0
    deferred: int = 0
    failed: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much a connector is used, in messages; `today` is the day in UTC."""

    outbound: bool
    organization: str
    connector: str
    last_used: float
    today: int
    week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """A connector that had the name `before`, and has another one `now`."""

    outbound: bool
    organization: str
    before: str
    now: str


class Traffic:
    """Numbers since they were last written down. `hours` by (hour, organization), `uses` by (outbound, organization,
    connector, day): messages and the last time."""

    __slots__ = ("hours", "uses")

    def __init__(self) -> None:
        self.hours: dict[tuple[int, str], list[int]] = {}
        self.uses: dict[tuple[int, str, str, int], list[float]] = {}

    def met(self, visit: Visit) -> None:
        """Count what came of a visit."""
        if visit.accepted:
            self._count(visit.at, visit.concerns)[_ACCEPTED] += 1
            for owner, name in visit.connectors:
                self._use(0, owner, name, visit.at)
        elif visit.refusal is not None:
            self._count(visit.at, visit.concerns)[_REFUSED] += 1

    def renamed(self, renamed: Renaming) -> None:
        """Count for the new name what was counted for the old one."""
        old = (int(renamed.outbound), renamed.organization, renamed.before)
        for key in [it for it in self.uses if it[:3] == old]:
            messages, last = self.uses.pop(key)
            used = self.uses.setdefault((*key[:2], renamed.now, key[3]), [0, 0.0])
            used[0] += messages
            used[1] = max(used[1], last)

    def settled(self, settlement: Settlement) -> None:
        """Count the results of an attempt."""
        claim = settlement.claim
        counted = self._count(settlement.at, claim.organization)
        delivered = False
        for one in settlement.results:
            kind = type(one.outcome)
            if kind is Delivered:
                delivered = True
                counted[_DELIVERED] += 1
            else:
                counted[_DEFERRED if kind is Deferred else _FAILED] += 1
        if delivered and (name := _connector_of(settlement)):
            self._use(1, claim.organization or "", name, settlement.at)

    def _count(self, at: float, organization: str | None) -> list[int]:
        key = (int(at // HOUR), organization or "")
        found = self.hours.get(key)
        if found is None:
            found = self.hours[key] = [0, 0, 0, 0, 0]
        return found

    def _use(self, outbound: int, organization: str, connector: str, at: float) -> None:
        used = self.uses.setdefault((outbound, organization, connector, int(at // DAY)), [0, 0.0])
        used[0] += 1
        used[1] = max(used[1], at)


def _connector_of(settlement: Settlement) -> str:
    """The outbound connector that carried it, by its name; empty: none. What the attempt says of its way comes before
    what the queue calls the destination, which is the first of several ways."""
    destination = settlement.claim.destination
    way = settlement.story.get("way") or (destination.startswith(CONNECTOR) and destination.removeprefix(CONNECTOR))
    if not isinstance(way, str):
        return ""
    return way.partition("/")[2] if "/" in way else way  # with its organization, where the name alone would not do


def write_traffic(connection: Connection, gathered: Traffic) -> None:
    """Add what was counted to the tables."""
    connection.executemany(CENSUS["add_traffic"], [(*key, *counts) for key, counts in gathered.hours.items()])
    uses = [(*key, int(messages), last) for key, (messages, last) in gathered.uses.items()]
    connection.executemany(CENSUS["add_usage"], uses)


def carry_usage(connection: Connection, renamed: Renaming) -> None:
    """Count what was carried under the name before for the name that the connector has now."""
    connection.execute(CENSUS["carry_usage"], asdict(renamed))
    connection.execute(CENSUS["drop_usage"], asdict(renamed))


def forget_traffic(connection: Connection, *, now: float) -> None:
    """Drop what no chart shows any more."""
    before = int(now // DAY) - KEPT_DAYS
    connection.execute(CENSUS["forget_traffic"], {"before": before * DAY // HOUR})
    connection.execute(CENSUS["forget_usage"], {"before": before})


def read_hour(row: tuple[Any, ...]) -> Hour:
    return Hour(
        at=row[0] * float(HOUR), accepted=row[1], delivered=row[2], deferred=row[3], failed=row[4], refused=row[5]
    )


def read_use(row: tuple[Any, ...]) -> Use:
    return Use(
        outbound=bool(row[0]), organization=row[1], connector=row[2], last_used=row[3], today=row[4], week=row[5]
    )


def hours_of(traffic: Mapping[tuple[int, str], list[int]], *, since: int, organization: str | None) -> list[Hour]:
    """The hours from `since`, summed up as the tables do."""
    sums: dict[int, list[int]] = {}
    for (hour, owner), counts in traffic.items():
        if hour >= since and organization in (None, owner):
            sums[hour] = [a + b for a, b in zip(sums.get(hour, [0] * 5), counts, strict=True)]
    return [read_hour((hour, *sums[hour])) for hour in sorted(sums)]
