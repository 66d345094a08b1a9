"""What is known of the ways: which can be used, how much has gone by each, and who hears when that changes.

Kept in memory: after a restart every way is given the benefit of the doubt, and costs one message a look. Only what has
gone within the day is remembered (the spool does), for a limit that a restart would lift is none.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gatepost.routing import NO_LIMITS, Allowance, Breaker, Finding, MxRoute, SmartHostRoute, Standing, Way

from .session import OutboundSession
from .terms import Journal

CROWDED = 2.0  # seconds after which a way with all its connections in use is looked at again
MOST_BREAKERS = 10_000  # of MX ways there is one a domain, and strangers choose domains


class Leg:
    """One way alone, as a route: a smart host's for any recipient, an MX's for those of one domain.

    `key` names it as a destination, `name` as people do. Made once for many messages.
    """

    __slots__ = ("key", "name", "route", "way")

    def __init__(self, route: SmartHostRoute | MxRoute) -> None:
        self.route = replace(route, further=()) if route.further else route
        self.way = route.way
        self.key = route.destination
        self.name = self.key if route.way is None else route.way.name


@dataclass(frozen=True, slots=True, kw_only=True)
class WayStanding:
    """How a way stands, for operators. `leg` is its name as a destination; times are seconds since 1970."""

    leg: str
    way: str
    standing: Standing
    reason: str = ""
    since: float | None = None
    asked_again_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """A limit is reached until then; `crowded`: it is that of connections, and what passes may be soon."""

    until: float
    reason: str
    crowded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WayUse:
    """How much goes by a way that has limits: connections now, messages of a minute, recipients of 24 hours."""

    connections: int
    messages: int
    recipients: int


class Ways:
    """The state of all ways. Decides nothing: `routing.Breaker` and `routing.Allowance` do."""

    def __init__(self, *, journal: Journal, clock: Callable[[], float], dice: random.Random) -> None:
        self._journal, self._clock, self._dice = journal, clock, dice
        self._breakers: dict[str, tuple[Way | None, Breaker]] = {}
        self._words: dict[str, tuple[Breaker, str]] = {}  # of `why_not`, which every message in between asks for
        self._allowances: dict[str, Allowance] = {}
        self._busy: dict[str, int] = {}  # attempts on their way, each with a connection
        self._kept: dict[str, list[OutboundSession]] = {}  # connections that wait for their next message

    # --- whether a way can be used ------------------------------------------------------------------------

    def admits(self, leg: Leg) -> bool:
        return leg.key not in self._breakers or self._breaker(leg).admits(self._clock())

    def why_not(self, leg: Leg) -> str:
        """Why the way is passed over, as a clause."""
        breaker = self._breaker(leg)
        known = self._words.get(leg.key)
        if known is not None and known[0] is breaker:
            return known[1]
        until = datetime.fromtimestamp(breaker.probe_at, UTC).strftime("%H:%M:%S")
        when = "a message is asking now" if breaker.probing else f"asked again at {until} UTC"
        words = f"left alone ({when}): {breaker.reason}"
        self._words[leg.key] = (breaker, words)
        return words

    def asked(self, leg: Leg) -> None:
        """A message goes this way now."""
        if leg.key in self._breakers:
            self._keep(leg, self._breaker(leg).asked())

    def unanswered(self, leg: Leg) -> None:
        self._keep(leg, self._breaker(leg).unanswered())

    def worked(self, leg: Leg) -> None:
        if leg.key not in self._breakers:
            return
        before = self._breaker(leg)
        after = before.worked(self._clock())
        self._keep(leg, after)
        if before.opened_at is not None and after.opened_at is None:
            seconds = round(self._clock() - before.opened_at)
            self._journal.fact("way_closed", way=leg.name, leg=leg.key, seconds=seconds)

    def failed(self, leg: Leg, finding: Finding) -> None:
        before = self._breaker(leg)
        after = before.failed(finding, self._clock(), jitter=self._dice.random())
        self._keep(leg, after)
        if before.opened_at is None and after.opened_at is not None:
            again = datetime.fromtimestamp(after.probe_at, UTC)
            self._journal.fact(
                "way_opened",
                way=leg.name,
                leg=leg.key,
                reason=finding.reason,
                lasting=finding.lasting,
                asked_again_at=again,
            )

    def wake(self) -> None:
        """An operator wants to know now: every way that is left alone is asked by the next message."""
        self._breakers = {leg: (way, breaker.woken()) for leg, (way, breaker) in self._breakers.items()}

    def standings(self) -> list[WayStanding]:
        """The ways that are not simply closed, by name."""
        found = [
            WayStanding(
                leg=leg,
                way=leg if way is None else way.name,
                standing=breaker.standing,
                reason=breaker.reason,
                since=breaker.opened_at,
                asked_again_at=breaker.probe_at,
            )
            for leg, (way, breaker) in self._breakers.items()
            if breaker.opened_at is not None
        ]
        return sorted(found, key=lambda it: it.leg)

    def _breaker(self, leg: Leg) -> Breaker:
        known = self._breakers.get(leg.key)
        # A way whose terms were changed is a new one: somebody may just have mended it.
        return known[1] if known is not None and (known[0] is leg.way or known[0] == leg.way) else Breaker()

    def _keep(self, leg: Leg, breaker: Breaker) -> None:
        """A way that is as good as new takes no room."""
        if breaker == Breaker():
            self._breakers.pop(leg.key, None)
            self._words.pop(leg.key, None)
            return
        self._breakers[leg.key] = (leg.way, breaker)
        if len(self._breakers) > MOST_BREAKERS:
            oldest = next(iter(self._breakers))
            del self._breakers[oldest]
            self._words.pop(oldest, None)

    # --- how much may go ----------------------------------------------------------------------------------

    def remember(self, hours: Mapping[str, Mapping[int, int]]) -> None:
        """What went by the ways before a restart: recipients by name and hour since 1970."""
        self._allowances.update({way: Allowance(counts) for way, counts in hours.items()})

    def limited(self, way: Way | None, *, recipients: int) -> Limited | None:
        """What a message has to wait for; None: it may go."""
        if way is None or way.limits == NO_LIMITS:
            return None
        now, most = self._clock(), way.limits.connections
        if most is not None and self._connections(way.name) >= most:
            return Limited(until=now + CROWDED, reason=f"all {most} connections are in use", crowded=True)
        wait = self._allowance(way).wait(way.limits, now, recipients=recipients)
        return None if wait is None else Limited(until=wait[0], reason=wait[1])

    def begin(self, way: Way | None, session: OutboundSession | None, *, recipients: int) -> None:
        """A message goes by the way, on a kept connection or a new one."""
        if way is None:
            return
        self._busy[way.name] = self._busy.get(way.name, 0) + 1
        if session is not None and session in (kept := self._kept.get(way.name, [])):
            kept.remove(session)
        if way.limits.messages_per_minute is not None or way.limits.recipients_per_day is not None:
            self._allowance(way).take(self._clock(), recipients=recipients)

    def end(self, way: Way | None, session: OutboundSession | None, *, refused: int) -> None:
        """It has gone, but for so many recipients; `session` is the connection that is kept."""
        if way is None:
            return
        self._busy[way.name] -= 1
        if not self._busy[way.name]:
            del self._busy[way.name]
        if session is not None:
            self._kept.setdefault(way.name, []).append(session)
        if refused and way.limits.recipients_per_day is not None:
            self._allowance(way).give_back(self._clock(), recipients=refused)

    def in_use(self, way: Way | None) -> bool:
        """Whether the way has a connection that works."""
        return way is not None and bool(self._open(way.name))

    def use(self, way: Way) -> WayUse:
        """How much goes by a way."""
        now = self._clock()
        counted = self._allowances.get(way.name)
        return WayUse(
            connections=self._connections(way.name),
            messages=0 if counted is None else counted.last_minute(now),
            recipients=0 if counted is None else counted.today(now),
        )

    def _allowance(self, way: Way) -> Allowance:
        found = self._allowances.get(way.name)
        if found is None:
            found = self._allowances[way.name] = Allowance()
        return found

    def _connections(self, name: str) -> int:
        return self._busy.get(name, 0) + len(self._open(name))

    def _open(self, name: str) -> list[OutboundSession]:
        kept = self._kept.get(name)
        if kept is None:
            return []
        kept[:] = [session for session in kept if not session.closed]
        if not kept:
            del self._kept[name]
        return kept
