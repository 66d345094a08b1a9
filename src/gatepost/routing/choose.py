"""The choice of a route: a recipient and an organization in, a Route out. Hash lookups only.

Order (exchange-connectors §9.1): a local mailbox of an authoritative accepted domain; then, among the
outbound connectors of one organization, exact recipient domain, all accepted domains, longest wildcard, `*`;
else the MX.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from gatepost.mail import Address

from .route import Application, GraphRoute, HostPort, MailboxRoute, MxRoute, Route, SmartHostRoute, TlsPolicy, Way


class OutboundConnectorLike(Protocol):
    """What the table reads of an outbound connector; `connectors.OutboundConnector` has it all."""

    @property
    def name(self) -> str: ...
    @property
    def organization(self) -> str: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def test_mode(self) -> bool: ...
    @property
    def is_transport_rule_scoped(self) -> bool: ...
    @property
    def use_mx_record(self) -> bool: ...
    @property
    def recipient_domains(self) -> tuple[str, ...]: ...
    @property
    def all_accepted_domains(self) -> bool: ...
    @property
    def smart_hosts(self) -> tuple[str, ...]: ...
    @property
    def tls_settings(self) -> str: ...
    @property
    def tls_domain(self) -> str | None: ...
    @property
    def client_certificate_pfx(self) -> str | None: ...
    @property
    def client_certificate_password_secret(self) -> str | None: ...
    @property
    def user_name(self) -> str | None: ...
    @property
    def password_secret(self) -> str | None: ...
    @property
    def certificate_authorities(self) -> tuple[str, ...]: ...
    @property
    def transport(self) -> str: ...
    @property
    def uses_oauth(self) -> bool: ...
    @property
    def oauth_tenant(self) -> str | None: ...
    @property
    def oauth_client_id(self) -> str | None: ...
    @property
    def oauth_client_secret_secret(self) -> str | None: ...
    @property
    def oauth_certificate_pfx(self) -> str | None: ...
    @property
    def oauth_certificate_password_secret(self) -> str | None: ...
    @property
    def oauth_authority(self) -> str: ...
    @property
    def graph_endpoint(self) -> str: ...


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


_POLICIES = {
    "None": TlsPolicy.NEVER,
    "Opportunistic": TlsPolicy.OPPORTUNISTIC,
    "EncryptionOnly": TlsPolicy.ENCRYPT,
    "CertificateValidation": TlsPolicy.VERIFY_CHAIN,
    "DomainValidation": TlsPolicy.VERIFY_DOMAIN,
}

_GRAPH = "MicrosoftGraph"
_EXCHANGE_ONLINE = "https://outlook.office365.com"
# Exchange Online in national clouds, by the authority of the same cloud.
_EXCHANGE = {
    "https://login.microsoftonline.us": "https://outlook.office365.us",
    "https://login.partner.microsoftonline.cn": "https://partner.outlook.cn",
    "https://login.chinacloudapi.cn": "https://partner.outlook.cn",
}


T = TypeVar("T")


class ByDomain(Generic[T]):
    """Domain patterns to things, asked from the most specific to the least. The first of equals stays.

    >>> table = ByDomain[str]()
    >>> table.add("*.contoso.com", "wide")
    >>> table.above("eu.contoso.com"), table.above("contoso.com"), table.above("fabrikam.com")
    ('wide', 'wide', None)
    """

    __slots__ = ("_below", "_everything", "_exact")

    def __init__(self) -> None:
        self._exact: dict[str, T] = {}
        self._below: dict[str, T] = {}
        self._everything: T | None = None

    def add(self, pattern: str, thing: T) -> None:
        """File under `contoso.com`, `*.contoso.com` (itself and below) or `*`."""
        if pattern == "*":
            self._everything = thing if self._everything is None else self._everything
        elif pattern.startswith("*."):
            self._below.setdefault(pattern[2:], thing)
        else:
            self._exact.setdefault(pattern, thing)

    def exact(self, domain: str) -> T | None:
        return self._exact.get(domain)

    def above(self, domain: str) -> T | None:
        """What a wildcard says of the domain, the longest first."""
        below = self._below
        if below:
            name = domain
            while True:
                if (found := below.get(name)) is not None:
                    return found
                _, dot, name = name.partition(".")
                if not dot:
                    break
        return self._everything

    def find(self, domain: str) -> T | None:
        found = self._exact.get(domain)
        return self.above(domain) if found is None else found


class _Outlets:
    """The outbound connectors of one organization."""

    __slots__ = ("accepted", "domains")

    def __init__(self) -> None:
        self.domains: ByDomain[Route | Way] = ByDomain()
        self.accepted: Route | Way | None = None


class RouteTable:
    """All that `choose` looks at, hashed. Built once a snapshot and never changed afterwards."""

    __slots__ = ("_mailboxes", "_outlets", "_owners")

    def __init__(self) -> None:
        self._owners: ByDomain[str] = ByDomain()
        self._mailboxes: ByDomain[str] = ByDomain()
        self._outlets: dict[str, _Outlets] = {}

    @classmethod
    def build(
        cls, connectors: Iterable[OutboundConnectorLike] = (), domains: Iterable[AcceptedDomainLike] = ()
    ) -> "RouteTable":
        """Read the snapshot's outbound connectors and accepted domains.

        Disabled, test-mode and transport-rule-scoped connectors do not count, nor do connectors that name
        neither MX nor a smart host. Of two that claim the same domain the first by name wins.
        """
        table = cls()
        for domain in domains:
            patterns = [domain.domain_name]
            if domain.match_sub_domains and not domain.domain_name.startswith("*"):
                patterns.append(f"*.{domain.domain_name}")
            for pattern in patterns:
                table._owners.add(pattern, domain.organization)
                if domain.maildir and domain.domain_type == "Authoritative":
                    table._mailboxes.add(pattern, domain.maildir)
        connectors = sorted(connectors, key=lambda c: c.name.lower())
        # A plain name is a lane of its own as long as nobody else has it, and nobody else's can be written like it.
        names = Counter(name for _, name in {(c.organization, c.name.lower()) for c in connectors})
        for connector in connectors:
            if not connector.enabled or connector.test_mode or connector.is_transport_rule_scoped:
                continue
            if not (connector.use_mx_record or connector.smart_hosts or connector.transport == _GRAPH):
                continue
            outlets = table._outlets.setdefault(connector.organization, _Outlets())
            plain = names[connector.name.lower()] == 1 and "/" not in connector.name
            way = way_of(connector, organization=None if plain else connector.organization)
            outlet: Route | Way = way
            if way.graph is not None:
                outlet = GraphRoute(way=way)
            elif way.smart_hosts:
                outlet = SmartHostRoute(way=way)
            for pattern in connector.recipient_domains:
                outlets.domains.add(pattern, outlet)
            if connector.all_accepted_domains and outlets.accepted is None:
                outlets.accepted = outlet
        return table

    def owner(self, domain: str) -> str | None:
        """The organization that has accepted this domain."""
        return self._owners.find(domain)


def choose(recipient: Address, organization: str | None, table: RouteTable) -> Route:
    """Where the recipient's mail goes next.

    `organization` is the message's; None (incoming mail) means the one that owns the recipient's domain.
    """
    domain = recipient.domain
    folder = table._mailboxes.find(domain)
    if folder is not None:
        return MailboxRoute(domain=domain, folder=folder)
    owner = table._owners.find(domain)
    outlets = table._outlets.get(organization or owner or "")
    if outlets is None:
        return MxRoute(domain=domain)
    outlet = outlets.domains.exact(domain)
    if outlet is None and outlets.accepted is not None and owner == (organization or owner) and owner:
        outlet = outlets.accepted
    if outlet is None:
        outlet = outlets.domains.above(domain)
    if isinstance(outlet, Way) or outlet is None:
        return MxRoute(domain=domain, way=outlet)
    return outlet


def way_of(connector: OutboundConnectorLike, *, organization: str | None = None) -> Way:
    """The connector's terms as a Way, smart hosts read; `organization` where its name alone would not do."""
    return Way(
        connector=connector.name,
        organization=organization,
        smart_hosts=() if connector.use_mx_record else tuple(map(_host_port, connector.smart_hosts)),
        tls=_POLICIES[str(connector.tls_settings)],
        tls_domain=connector.tls_domain,
        client_certificate_pfx=connector.client_certificate_pfx,
        client_certificate_password_secret=connector.client_certificate_password_secret,
        user_name=connector.user_name,
        password_secret=connector.password_secret,
        certificate_authorities=connector.certificate_authorities,
        application=application_of(connector),
        graph=connector.graph_endpoint if connector.transport == _GRAPH else None,
    )


def application_of(connector: OutboundConnectorLike) -> Application | None:
    """The application whose tokens the connector signs in with; None where it needs none."""
    if not connector.uses_oauth or connector.oauth_tenant is None or connector.oauth_client_id is None:
        return None
    to_graph = connector.transport == _GRAPH
    return Application(
        tenant=connector.oauth_tenant,
        client_id=connector.oauth_client_id,
        authority=connector.oauth_authority,
        resource=connector.graph_endpoint if to_graph else _EXCHANGE.get(connector.oauth_authority, _EXCHANGE_ONLINE),
        client_secret_secret=connector.oauth_client_secret_secret,
        certificate_pfx=connector.oauth_certificate_pfx,
        certificate_password_secret=connector.oauth_certificate_password_secret,
    )


def _host_port(text: str) -> HostPort:
    """Read the canonical `host:port` or `[v6]:port`; a missing port is 25."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        host, port = host.removeprefix("IPv6:"), port.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    return HostPort(host=host, port=int(port or 25))
