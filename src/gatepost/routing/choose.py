"""The choice of a route: a recipient, an organization, a sender and an inbound connector in, a Route out.

The mailboxes (Maildir or LMTP) of an authoritative accepted domain come first; then the outbound connectors of one
organization, in the order that outlets.py tells; else the MX. Hash lookups only.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from gatepost.mail import Address

from .by_domain import ByDomain
from .outlets import Outlet, Outlets, Question
from .route import LmtpRoute, MailboxRoute, MxRoute, Route, SmartHostRoute, Way
from .ways import OutboundConnectorLike, way_of


class AcceptedDomainLike(Protocol):
    """What the table reads of an accepted domain; `connectors.AcceptedDomain` has it all."""

    @property
    def organization(self) -> str: ...
    @property
    def domain_name(self) -> str: ...
    @property
    def domain_type(self) -> str: ...
    @property
    def match_sub_domains(self) -> bool: ...
    @property
    def maildir(self) -> str | None: ...
    @property
    def lmtp(self) -> str | None: ...
    @property
    def plus_addressing(self) -> bool: ...


class RouteTable:
    """All that `choose` looks at, hashed. Built once a snapshot and never changed afterwards."""

    __slots__ = ("_caps", "_mailboxes", "_outlets", "_owners", "_ways")

    def __init__(self) -> None:
        self._owners: ByDomain[str] = ByDomain()
        self._mailboxes: ByDomain[MailboxRoute | LmtpRoute] = ByDomain()
        self._outlets: dict[str, Outlets] = {}
        self._caps: dict[str, int] = {}
        self._ways: dict[tuple[str, str], Way | str] = {}

    @classmethod
    def build(
        cls, connectors: Iterable[OutboundConnectorLike] = (), domains: Iterable[AcceptedDomainLike] = ()
    ) -> "RouteTable":
        """Read the snapshot's outbound connectors and accepted domains.

        Disabled, test-mode and transport-rule-scoped connectors are never chosen, nor are connectors that name
        neither MX nor a smart host; scoped ones may be further ways of others.
        """
        table = cls()
        for domain in domains:
            patterns = [domain.domain_name]
            if domain.match_sub_domains and not domain.domain_name.startswith("*"):
                patterns.append(f"*.{domain.domain_name}")
            for pattern in patterns:
                table._owners.add(pattern, domain.organization)
                if (mailboxes := _mailboxes_of(domain)) is not None:
                    table._mailboxes.add(pattern, mailboxes)
        connectors = sorted(connectors, key=lambda c: c.name.lower())
        # A plain name is a lane of its own as long as nobody else has it, and nobody else's can be written like it.
        names = Counter(name for _, name in {(c.organization, c.name.lower()) for c in connectors})
        ways = table._ways
        for connector in connectors:
            plain = names[connector.name.lower()] == 1 and "/" not in connector.name
            idle = _idle(connector)
            made = way_of(connector, organization=None if plain else connector.organization) if idle is None else idle
            ways.setdefault((connector.organization, connector.name.lower()), made)
        for connector in connectors:
            table._add(connector)
        return table

    def _add(self, connector: OutboundConnectorLike) -> None:
        organization = connector.organization
        outlets = self._outlets.setdefault(organization, Outlets())
        way = self._ways[organization, connector.name.lower()]
        if isinstance(way, str):
            outlets.idle[connector.name] = way
            return
        if connector.is_transport_rule_scoped:
            outlets.idle[connector.name] = "it is scoped to transport rules and never chosen for a domain"
            return
        further: list[Way] = []
        left_out: list[str] = []
        for name in connector.fallback_connectors:
            other = self._ways.get((organization, name.lower()), "it does not exist")
            if isinstance(other, str):
                left_out.append(f"'{name}': {other}")
            else:
                further.append(other)
        outlets.add(
            Outlet(
                way=way,
                further=tuple(further),
                recipient_domains=connector.recipient_domains,
                all_accepted_domains=connector.all_accepted_domains,
                sender_domains=connector.sender_domains,
                inbound_connectors=connector.inbound_connectors,
                left_out=tuple(left_out),
                route=None if way.by_mx else SmartHostRoute(way=way, further=tuple(further)),
            )
        )
        if way.limits.connections is not None:
            self._caps[SmartHostRoute(way=way).destination] = way.limits.connections

    def owner(self, domain: str) -> str | None:
        """The organization that has accepted this domain."""
        return self._owners.find(domain)

    def way(self, organization: str, connector: str) -> Way | None:
        """The way of an outbound connector, by its name; None where no mail goes by it at all."""
        found = self._ways.get((organization, connector.lower()))
        return None if isinstance(found, str) else found

    def most_connections(self, destination: str) -> int | None:
        """How many connections the connector of a destination may have at once, where it says so."""
        return self._caps.get(destination)


def _idle(connector: OutboundConnectorLike) -> str | None:
    """Why no mail goes by a connector at all, as a clause."""
    if not connector.enabled:
        return "it is disabled"
    if connector.test_mode:
        return "it is in test mode"
    if not (connector.use_mx_record or connector.smart_hosts or connector.transport == "MicrosoftGraph"):
        return "it names neither MX nor a smart host"
    return None


def choose(
    recipient: Address,
    organization: str | None,
    table: RouteTable,
    *,
    sender: Address | None = None,
    connector: str | None = None,
) -> Route:
    """Where the recipient's mail goes next.

    `organization` is the message's; None (incoming mail) means the one that owns the recipient's domain. `sender` None
    is the null sender; `connector` is the inbound connector through which the message came.
    """
    domain = recipient.domain
    mailboxes = table._mailboxes.find(domain)
    if isinstance(mailboxes, MailboxRoute) and mailboxes.domain != domain:  # a subdomain is a lane of its own
        return MailboxRoute(domain=domain, folder=mailboxes.folder, plus=mailboxes.plus)
    if mailboxes is not None:
        return mailboxes
    owner = table._owners.find(domain)
    outlets = table._outlets.get(organization or owner or "")
    if outlets is None:
        return MxRoute(domain=domain)
    if outlets.narrowed:
        outlet = outlets.find(_question(recipient, organization, owner, (sender, connector)))
    else:
        outlet = outlets.by_recipient(domain, accepted=owner is not None and owner == (organization or owner))
    if outlet is None:
        return MxRoute(domain=domain)
    return outlet.route or MxRoute(domain=domain, way=outlet.way, further=outlet.further)


def _mailboxes_of(domain: AcceptedDomainLike) -> MailboxRoute | LmtpRoute | None:
    """Where the domain's own mailboxes are, if they are ours to fill."""
    if domain.domain_type != "Authoritative":
        return None
    if domain.lmtp:
        return LmtpRoute(server=domain.lmtp)
    if domain.maildir:
        return MailboxRoute(domain=domain.domain_name, folder=domain.maildir, plus=domain.plus_addressing)
    return None


def _question(
    recipient: Address, organization: str | None, owner: str | None, came: tuple[Address | None, str | None]
) -> Question:
    sender, connector = came
    return Question(
        domain=recipient.domain,
        accepted=bool(owner) and owner == (organization or owner),
        sender_domain=None if sender is None else sender.domain,
        connector=connector,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A route and why. `passed` says of each connector that does not take the message why not; `left_out` of each
    fallback connector of the chosen one that is none."""

    route: Route
    passed: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def explain_choice(
    recipient: Address,
    organization: str | None,
    table: RouteTable,
    *,
    sender: Address | None = None,
    connector: str | None = None,
) -> Choice:
    """What `choose` answers, with the reasons."""
    route = choose(recipient, organization, table, sender=sender, connector=connector)
    owner = table._owners.find(recipient.domain)
    outlets = table._outlets.get(organization or owner or "")
    if outlets is None:
        return Choice(route=route)
    asked = _question(recipient, organization, owner, (sender, connector))
    chosen = None if isinstance(route, MailboxRoute | LmtpRoute) else outlets.find(asked)
    passed = []
    for outlet in outlets.all:
        if outlet is chosen:
            continue
        local = isinstance(route, MailboxRoute | LmtpRoute)
        why = "the recipient has a mailbox here" if local else outlets.why_not(outlet, asked, chosen)
        passed.append((outlet.way.connector, why))
    passed += outlets.idle.items()
    return Choice(
        route=route,
        passed=tuple(sorted(passed, key=lambda it: it[0].lower())),
        left_out=() if chosen is None else chosen.left_out,
    )
