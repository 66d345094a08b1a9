"""From an outbound connector to the way that it describes: its hosts read, its limits added up."""

from typing import Protocol

from .allowance import PRESETS, Limits
from .route import Application, DaneMode, HostPort, TlsPolicy, Way


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
    def sender_domains(self) -> tuple[str, ...]: ...
    @property
    def inbound_connectors(self) -> tuple[str, ...]: ...
    @property
    def fallback_connectors(self) -> tuple[str, ...]: ...
    @property
    def smart_hosts(self) -> tuple[str, ...]: ...
    @property
    def smart_host_order(self) -> str: ...
    @property
    def source_ip_address(self) -> str | None: ...
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
    def smtp_dane_mode(self) -> str: ...
    @property
    def mta_sts_mode(self) -> str: ...
    @property
    def limit_preset(self) -> str: ...
    @property
    def max_messages_per_minute(self) -> int | None: ...
    @property
    def max_connections(self) -> int | None: ...
    @property
    def max_session_minutes(self) -> int | None: ...
    @property
    def max_recipients_per_day(self) -> int | None: ...
    @property
    def when_limited(self) -> str: ...
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
    @property
    def protocol_logging_level(self) -> str: ...


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


def way_of(connector: OutboundConnectorLike, *, organization: str | None = None) -> Way:
    """The connector's terms as a Way, smart hosts read; `organization` where its name alone would not do."""
    return Way(
        connector=connector.name,
        organization=organization,
        smart_hosts=() if connector.use_mx_record else tuple(map(host_port, connector.smart_hosts)),
        tls=_POLICIES[str(connector.tls_settings)],
        tls_domain=connector.tls_domain,
        client_certificate_pfx=connector.client_certificate_pfx,
        client_certificate_password_secret=connector.client_certificate_password_secret,
        user_name=connector.user_name,
        password_secret=connector.password_secret,
        certificate_authorities=connector.certificate_authorities,
        dane=DaneMode(connector.smtp_dane_mode),
        mta_sts=connector.mta_sts_mode != "None",
        shuffled=connector.smart_host_order == "Shuffled",
        source=connector.source_ip_address,
        limits=limits_of(connector),
        passes_on=connector.when_limited == "NextWay",
        application=application_of(connector),
        graph=connector.graph_endpoint if connector.transport == _GRAPH else None,
        logged=connector.protocol_logging_level == "Verbose",
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


def limits_of(connector: OutboundConnectorLike) -> Limits:
    """The preset's limits, each replaced where the connector says its own."""
    preset = PRESETS[str(connector.limit_preset)]

    def most(own: int | None, usual: int | None) -> int | None:
        return usual if own is None else own

    return Limits(
        messages_per_minute=most(connector.max_messages_per_minute, preset.messages_per_minute),
        connections=most(connector.max_connections, preset.connections),
        session_minutes=most(connector.max_session_minutes, preset.session_minutes),
        recipients_per_day=most(connector.max_recipients_per_day, preset.recipients_per_day),
    )


def host_port(text: str) -> HostPort:
    """Read the canonical `host:port` or `[v6]:port`; a missing port is 25."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        host, port = host.removeprefix("IPv6:"), port.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    return HostPort(host=host, port=int(port or 25))
