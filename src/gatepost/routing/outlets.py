"""The outbound connectors of one organization, and which of them takes a message.

The order, most specific first (Exchange's, and ours):

1. the recipient's domain: named itself, then an accepted domain (AllAcceptedDomains), then the longest wildcard,
   then `*`;
2. among connectors that stand alike there: the one that names the inbound connector the message came through;
3. then the one that names the sender's domain, then its longest wildcard, then `*`, then one that names no sender;
4. of equals the first by name.

A connector that names senders or inbound connectors takes nothing else, however well the recipient fits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatepost.mail import domain_matches

from .by_domain import ByDomain
from .route import SmartHostRoute, Way

Rank = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is known of a message when a route is chosen. Domains are canonical.

    `accepted`: the recipient's domain is an accepted one of the organization. `sender_domain` is None for the null
    sender, `connector` the inbound connector's name or None.
    """

    domain: str
    accepted: bool = False
    sender_domain: str | None = None
    connector: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A connector that may be chosen: its way, the further ways behind it, and the messages that it is for.

    `left_out` says of fallback connectors why they are none: "'Old' is disabled".
    """

    way: Way
    further: tuple[Way, ...] = ()
    recipient_domains: tuple[str, ...] = ()
    all_accepted_domains: bool = False
    sender_domains: tuple[str, ...] = ()
    inbound_connectors: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    route: SmartHostRoute | None = None  # made once; a route by MX is another for each recipient domain

    def rank(self, asked: Question) -> tuple[int, int] | None:
        """How well sender and inbound connector fit: more is better; None: it is not for this message."""
        named = 0
        if self.inbound_connectors:
            if asked.connector is None or asked.connector.lower() not in map(str.lower, self.inbound_connectors):
                return None
            named = 1
        if not self.sender_domains:
            return named, 0
        fits = [_fit(pattern, asked.sender_domain) for pattern in self.sender_domains]
        best = max(fits)
        return (named, best) if best else None

    def covers(self, asked: Question) -> int:
        """How well the recipient's domain fits: more is better, 0 is not at all."""
        fits = [_fit(pattern, asked.domain) for pattern in self.recipient_domains]
        if self.all_accepted_domains and asked.accepted:
            fits.append(_EXACT - 1)
        return max(fits, default=0)


_EXACT = 1_000  # longer than any wildcard, which is as good as it is long


def _fit(pattern: str, domain: str | None) -> int:
    """How narrowly a pattern names a domain; 0: it does not."""
    if pattern == "*":
        return 1
    if domain is None or not domain_matches(pattern, domain):
        return 0
    return len(pattern) if pattern.startswith("*.") else _EXACT


class Outlets:
    """The outlets of one organization, hashed by recipient domain. `idle` says of the others why they are none."""

    __slots__ = ("_accepted", "_domains", "_narrowed", "all", "idle")

    def __init__(self) -> None:
        self._domains: ByDomain[list[Outlet]] = ByDomain()
        self._accepted: list[Outlet] = []
        self._narrowed = False  # whether any of them looks at more than the recipient
        self.all: list[Outlet] = []
        self.idle: dict[str, str] = {}

    def add(self, outlet: Outlet) -> None:
        """In the order of their names."""
        self.all.append(outlet)
        self._narrowed = self._narrowed or bool(outlet.sender_domains or outlet.inbound_connectors)
        for pattern in dict.fromkeys(outlet.recipient_domains):
            self._domains.setdefault(pattern, []).append(outlet)
        if outlet.all_accepted_domains:
            self._accepted.append(outlet)

    def by_recipient(self, domain: str, *, accepted: bool) -> Outlet | None:
        """The outlet for a recipient's domain, where `narrowed` says that nothing else counts: the usual case, fast."""
        found = self._domains.exact(domain)
        if found is None and accepted and self._accepted:
            found = self._accepted
        if found is None:
            found = self._domains.above(domain)
        return None if found is None else found[0]

    @property
    def narrowed(self) -> bool:
        """Whether it matters who sent a message and how it came."""
        return self._narrowed

    def find(self, asked: Question) -> Outlet | None:
        """The outlet that takes the message."""
        for alike in self._steps(asked):
            if (found := _best(alike, asked)) is not None:
                return found
        return None

    def _steps(self, asked: Question) -> Iterator[Sequence[Outlet]]:
        """Outlets that fit the recipient's domain alike, the best first."""
        exact = self._domains.exact(asked.domain)
        if exact:
            yield exact
        if asked.accepted and self._accepted:
            yield self._accepted
        yield from self._domains.all_above(asked.domain)

    def why_not(self, outlet: Outlet, asked: Question, chosen: Outlet | None) -> str:
        """Why this outlet is not the chosen one, as a clause."""
        if not outlet.covers(asked):
            return f"no recipient domain of it covers {asked.domain}"
        if outlet.rank(asked) is None:
            return _unfit(outlet, asked)
        assert chosen is not None
        name = chosen.way.connector
        if outlet.covers(asked) < chosen.covers(asked):
            return f"'{name}' names the recipient's domain more exactly"
        if outlet.rank(asked) != chosen.rank(asked):
            return f"'{name}' names the inbound connector or the sender's domain more exactly"
        return f"'{name}' fits as well and comes first by name"


def _best(alike: Sequence[Outlet], asked: Question) -> Outlet | None:
    found, best = None, None
    for outlet in alike:
        rank = outlet.rank(asked)
        if rank is not None and (best is None or rank > best):
            found, best = outlet, rank
    return found


def _unfit(outlet: Outlet, asked: Question) -> str:
    named = ", ".join(f"'{name}'" for name in outlet.inbound_connectors)
    if named and (asked.connector is None or asked.connector.lower() not in map(str.lower, outlet.inbound_connectors)):
        came = f"through '{asked.connector}'" if asked.connector else "through no connector"
        return f"it takes mail from {named}, and this came {came}"
    sender = asked.sender_domain or "the null sender"
    return f"it takes mail of {', '.join(outlet.sender_domains)}, and the sender is {sender}"
