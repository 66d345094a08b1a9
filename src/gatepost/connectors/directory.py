"""Everything attribution looks up, indexed once for a snapshot and never changed afterwards.

Build it again for every change: sessions that hold the old one go on with it until their next MAIL.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from .address_book import AddressBook
from .model import (
    AcceptedDomain,
    ConnectorType,
    InboundConnector,
    Network,
    Organization,
    ProtocolLoggingLevel,
    SmtpUser,
    TlsVersion,
)
from .names import NameIndex
from .networks import Client, NeighbourIndex, NetworkIndex
from .patterns import PatternIndex

if TYPE_CHECKING:
    from .attribution import Origin

REMEMBERED = 4096  # origins kept for clients that come again; then the memory starts afresh


def age(connector: InboundConnector) -> tuple[str, str, str]:
    """The last tie-break of §3.6: the oldest first, then by name. Without a date it counts as the newest."""
    return (connector.when_created_utc or "~", connector.name, connector.organization)


class Directory:
    """An immutable index over organizations, accepted domains, inbound connectors and users.

    `origins` is the only thing that changes: a bounded memory of answers that follow from the index alone, so
    it is correct for as long as the directory lives.
    """

    __slots__ = (
        "_accepted",
        "_disabled",
        "_old_tls",
        "_users",
        "address_book",
        "addresses",
        "blocked",
        "certificates",
        "every_address",
        "every_certificate",
        "inbound",
        "logs_protocol",
        "neighbours",
        "organizations",
        "origins",
        "partners",
        "rewriters",
        "wants_client_certificate",
    )

    def __init__(
        self,
        *,
        organizations: Iterable[Organization],
        accepted_domains: Iterable[AcceptedDomain],
        inbound: Iterable[InboundConnector],
        users: Iterable[SmtpUser],
        address_book: AddressBook,
    ) -> None:
        self.address_book = address_book
        self.organizations: Mapping[str, Organization] = MappingProxyType({o.name: o for o in organizations})
        self.blocked = NetworkIndex(
            (network, it.name) for it in self.organizations.values() for network in it.blocked_ip_addresses
        )
        self._accepted = PatternIndex(_accepted_patterns(accepted_domains))
        self._users = {user.name: user for user in users}
        self.inbound = tuple(sorted(inbound, key=age))

        enabled = [c for c in self.inbound if c.enabled]
        on_premises = [c for c in enabled if c.connector_type is ConnectorType.ON_PREMISES]
        by_organization: dict[str, list[tuple[Network, InboundConnector]]] = {}
        for connector in on_premises:
            by_organization.setdefault(connector.organization, []).extend(_networks([connector]))
        # one index an organization: only the owner of the MAIL FROM domain is asked (§3.3 A.3)
        self.addresses = {name: NetworkIndex(entries) for name, entries in by_organization.items()}
        self.certificates = NameIndex(_certificate_names(on_premises))
        self._old_tls = NetworkIndex(
            _networks(c for c in on_premises if c.minimum_tls_version < TlsVersion.V1_2 and not c.blocked)
        )

        scopes: dict[str, list[tuple[str, InboundConnector]]] = {}
        for connector in enabled:
            if connector.connector_type is ConnectorType.PARTNER:
                patterns = ((pattern, connector) for pattern in dict.fromkeys(connector.sender_domains))
                scopes.setdefault(connector.organization, []).extend(patterns)
        self.partners = {name: PatternIndex(entries) for name, entries in scopes.items()}

        # those that take a sender of no accepted domain, because they write another in its place
        self.rewriters = NetworkIndex(_networks(c for c in on_premises if c.sender_rewriting))

        # for words about near misses: the disabled ones too, and whoever's address the client nearly has
        originating = [c for c in self.inbound if c.connector_type is ConnectorType.ON_PREMISES]
        self.every_address = NetworkIndex(_networks(originating))
        self.every_certificate = NameIndex(_certificate_names(originating))
        self.neighbours = NeighbourIndex(_networks(originating))
        self._disabled: dict[str, list[InboundConnector]] = {}
        for connector in originating:
            if not connector.enabled and connector.tls_sender_certificate_name is not None:
                self._disabled.setdefault(connector.organization, []).append(connector)

        self.wants_client_certificate = any(c.tls_sender_certificate_name is not None for c in enabled)
        self.logs_protocol = any(c.protocol_logging_level is ProtocolLoggingLevel.VERBOSE for c in enabled)
        self.origins: dict[object, Origin] = {}

    @classmethod
    def build(
        cls,
        *,
        organizations: Iterable[Organization],
        accepted_domains: Iterable[AcceptedDomain],
        inbound: Iterable[InboundConnector],
        users: Iterable[SmtpUser] = (),
        address_book: AddressBook | None = None,
    ) -> "Directory":
        """Index one snapshot. The objects are taken as `config.validate` made them: canonical."""
        return cls(
            organizations=organizations,
            accepted_domains=accepted_domains,
            inbound=inbound,
            users=users,
            address_book=address_book or AddressBook(),
        )

    def accepted_domain(self, domain: str) -> AcceptedDomain | None:
        """What a domain falls under, by name, MatchSubDomains or `*.`: the most specific accepted domain."""
        return self._accepted.first(domain)

    def organization_of(self, domain: str) -> str | None:
        """The organization that receives mail for a domain, or None."""
        accepted = self._accepted.first(domain)
        return None if accepted is None else accepted.organization

    def disabled_by_certificate(self, organization: str) -> Sequence[InboundConnector]:
        """An organization's connectors by certificate that do not count now: nobody is asked for a certificate
        for their sake, so that what a client shows cannot lead to them."""
        return self._disabled.get(organization, ())

    def blocking(self, client: Client) -> Sequence[str]:
        """The organizations that want nothing from this client."""
        if not self.blocked:
            return ()
        return tuple(dict.fromkeys(owner for _, owner in self.blocked.lookup(client)))

    def naming(self, client: Client) -> list[InboundConnector]:
        """The OnPremises connectors that list the client's address, enabled or not: the narrowest network first."""
        return [connector for _, connector in self.every_address.lookup(client)]

    def minimum_tls(self, client: Client) -> TlsVersion:
        """The oldest TLS that the client may use; asked at every handshake, before anything else is known of it."""
        if not self._old_tls:
            return TlsVersion.V1_2
        return min((c.minimum_tls_version for c in self.allowing_old_tls(client)), default=TlsVersion.V1_2)

    def allowing_old_tls(self, client: Client) -> list[InboundConnector]:
        """The connectors by whose word the client may use old TLS, unless their organization has blocked it."""
        found = [connector for _, connector in self._old_tls.lookup(client)]
        if found and (blocking := self.blocking(client)):
            found = [connector for connector in found if connector.organization not in blocking]
        return found

    def user(self, name: str) -> SmtpUser | None:
        """The SMTP user of that name, enabled or not."""
        return self._users.get(name)

    def remember(self, key: object, origin: "Origin") -> None:
        """Keep an answer. Only clients that a connector names get here, so strangers cannot flush it."""
        if len(self.origins) >= REMEMBERED:
            self.origins.clear()
        self.origins[key] = origin


def _accepted_patterns(domains: Iterable[AcceptedDomain]) -> Iterable[tuple[str, AcceptedDomain]]:
    # Two organizations cannot hold one domain (`config.validate`); if they do, the older record decides.
    ordered = sorted(domains, key=lambda d: (d.when_created_utc or "~", d.organization, d.name))
    for domain in ordered:
        if domain.domain_name in ("", "*"):
            continue  # everything would be ours: an open relay by one star
        yield domain.domain_name, domain
        if domain.match_sub_domains and not domain.domain_name.startswith("*."):
            yield f"*.{domain.domain_name}", domain


def _networks(connectors: Iterable[InboundConnector]) -> Iterable[tuple[Network, InboundConnector]]:
    for connector in connectors:
        for network in dict.fromkeys(connector.sender_ip_addresses):
            yield network, connector


def _certificate_names(connectors: Iterable[InboundConnector]) -> Iterable[tuple[str, InboundConnector]]:
    for connector in connectors:
        if connector.tls_sender_certificate_name is not None:
            yield connector.tls_sender_certificate_name, connector
