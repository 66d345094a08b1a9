"""Organizations, accepted domains and connectors: Exchange's properties under their snake_case names.

Values are canonical (lower-case A-labels, `ipaddress` networks); `config.validate` made them so on the way
in. Defaults are Exchange's, except where a comment says otherwise.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from gatepost.mail import Address, Language

Network = IPv4Network | IPv6Network


class ConnectorType(StrEnum):
    ON_PREMISES = "OnPremises"
    PARTNER = "Partner"


class ConnectorSource(StrEnum):
    DEFAULT = "Default"
    HYBRID_WIZARD = "HybridWizard"
    MIGRATED = "Migrated"
    ADMIN_UI = "AdminUI"


class DomainType(StrEnum):
    AUTHORITATIVE = "Authoritative"
    INTERNAL_RELAY = "InternalRelay"
    EXTERNAL_RELAY = "ExternalRelay"


class BareLineFeeds(StrEnum):
    REJECT = "Reject"
    NORMALIZE = "Normalize"


class ProtocolLoggingLevel(StrEnum):
    """Whether the protocol log has what is said in a connector's sessions (on Exchange Server's connectors)."""

    NONE = "None"
    VERBOSE = "Verbose"


class RewriteSenders(StrEnum):
    """Which senders of a connector's mail are written anew: none, those of no accepted domain, or all."""

    NONE = "None"
    NOT_ACCEPTED = "NotAccepted"
    ALL = "All"


class TlsVersion(StrEnum):
    """The oldest TLS that a connector's devices may use (ours). The order of the words is the order of age."""

    V1_0 = "TLSv1.0"
    V1_1 = "TLSv1.1"
    V1_2 = "TLSv1.2"


class TlsSettings(StrEnum):
    """How an outbound connector uses TLS. `None` (the property's empty value) means opportunistic."""

    NONE = "None"  # ours: never TLS
    OPPORTUNISTIC = "Opportunistic"  # ours: Exchange's $null
    ENCRYPTION_ONLY = "EncryptionOnly"
    CERTIFICATE_VALIDATION = "CertificateValidation"
    DOMAIN_VALIDATION = "DomainValidation"


class SmartHostOrder(StrEnum):
    """Whether smart hosts share the load, or the first is used while it answers (ours)."""

    IN_ORDER = "InOrder"
    SHUFFLED = "Shuffled"


class LimitPreset(StrEnum):
    """Whose limits an outbound connector keeps (ours); the numbers are `routing.PRESETS`."""

    NONE = "None"
    MICROSOFT_365 = "Microsoft365"
    GOOGLE = "Google"
    AMAZON_SES = "AmazonSES"
    GENERIC = "Generic"


class WhenLimited(StrEnum):
    """What becomes of mail beyond an outbound connector's limits (ours)."""

    WAIT = "Wait"
    NEXT_WAY = "NextWay"


class AuthenticationMethod(StrEnum):
    """How an outbound connector signs in at its smart host (ours)."""

    PASSWORD = "Password"  # noqa: S105  AUTH PLAIN or LOGIN
    XOAUTH2 = "XOAUTH2"  # with a token that an application gets from Microsoft Entra


class Transport(StrEnum):
    """By what an outbound connector hands mail over (ours)."""

    SMTP = "Smtp"
    GRAPH = "MicrosoftGraph"


LOGIN_AUTHORITY = "https://login.microsoftonline.com"
GRAPH_ENDPOINT = "https://graph.microsoft.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One tenant. `certificate_authorities` are PEM texts of CAs it adds for its own connectors (ours)."""

    name: str
    reject_direct_send: bool = False
    certificate_authorities: tuple[str, ...] = ()
    postmaster: str | None = None
    notification_language: Language = Language.ENGLISH  # (ours) of reports and digests
    blocked_ip_addresses: tuple[Network, ...] = ()  # (ours) clients from which it wants nothing
    device_learning_since_utc: float | None = None  # (ours) seconds since 1970, as the next
    device_learning_until_utc: float | None = None  # (ours) strangers seen in between are listed as learned
    sandbox: bool = False  # (ours) its mail is taken and not sent; decided for each message as it comes
    sandbox_days: int = 14  # (ours) how long that is kept
    authentication_results: bool = False  # (ours) strangers' mail is checked, and what came of it is written into it
    tls_reports: bool = False  # (ours) yesterday's sessions are told to the domains that ask for it (RFC 8460)
    arc_sealing_domain: str | None = None  # (ours) whose key seals mail of strangers that is passed on

    @property
    def examines_strangers(self) -> bool:
        """Whether SPF, DKIM, DMARC and ARC of strangers' mail are looked at: a seal tells what was found, too."""
        return self.authentication_results or self.arc_sealing_domain is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedDomain:
    """A domain the organization receives mail for. `domain_name` may begin with `*.`.

    Its mailboxes (ours) are Maildirs, `maildir` being a folder pattern with `{domain}` and `{local}`, or behind the
    LMTP server `lmtp`: canonical `host:port`, `[v6]:port` or `unix:/path`. Which recipients there are is kept apart
    (`AddressBook`): `address_book_enabled` refuses all others, unless `catch_all` (an address) takes them.
    """

    name: str
    organization: str
    domain_name: str
    domain_type: DomainType = DomainType.AUTHORITATIVE
    match_sub_domains: bool = False
    default: bool = False
    address_book_enabled: bool = False  # Exchange's default is true for Authoritative, where the directory is filled
    maildir: str | None = None
    lmtp: str | None = None
    plus_addressing: bool = True  # as in Exchange Online
    catch_all: str | None = None
    guid: str = ""
    when_created_utc: str = ""
    when_changed_utc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundConnector:
    """Who may hand us mail (New-InboundConnector). Properties marked (ours) go beyond Exchange."""

    name: str
    organization: str
    enabled: bool = True
    connector_type: ConnectorType = ConnectorType.PARTNER
    connector_source: ConnectorSource = ConnectorSource.DEFAULT
    comment: str = ""
    sender_ip_addresses: tuple[Network, ...] = ()
    sender_domains: tuple[str, ...] = ()  # canonical patterns: "*", "contoso.com", "*.contoso.com"
    trusted_organizations: tuple[str, ...] = ()
    client_host_names: tuple[str, ...] = ()
    associated_accepted_domains: tuple[str, ...] = ()
    require_tls: bool = False
    restrict_domains_to_ip_addresses: bool = False
    restrict_domains_to_certificate: bool = False
    cloud_services_mail_enabled: bool = False
    treat_messages_as_internal: bool = False
    tls_sender_certificate_name: str | None = None
    ef_test_mode: bool = False
    scan_and_drop_recipients: tuple[str, ...] = ()
    ef_skip_last_ip: bool = False
    ef_skip_ips: tuple[str, ...] = ()
    ef_skip_mail_gateway: tuple[str, ...] = ()
    ef_users: tuple[str, ...] = ()
    admin_display_name: str = ""
    guid: str = ""
    when_created_utc: str = ""
    when_changed_utc: str = ""
    bare_line_feeds: BareLineFeeds = BareLineFeeds.REJECT  # (ours)
    max_message_size: int | None = None  # (ours) octets; None: the listener's limit
    internal_recipients_only: bool = False  # (ours)
    max_messages_per_minute: int | None = None  # (ours)
    repair_headers: bool = True  # (ours) add Date, Message-ID and From, fold lines that are too long
    rewrite_senders: RewriteSenders = RewriteSenders.NONE  # (ours)
    sender_rewrite_address: Address | None = None  # (ours) of an accepted domain
    minimum_tls_version: TlsVersion = TlsVersion.V1_2  # (ours) below it for the listed addresses alone
    max_connections: int | None = None  # (ours) sessions at once
    max_recipients_per_message: int | None = None  # (ours)
    protocol_logging_level: ProtocolLoggingLevel = ProtocolLoggingLevel.NONE  # (ours)
    owner: Address | None = None  # (ours) told of mail that failed
    blocked: bool = False  # (ours) Get-BlockedConnector: answers 5.7.711 until unblocked

    @property
    def sender_rewriting(self) -> bool:
        """Whether any sender is written anew."""
        return self.rewrite_senders is not RewriteSenders.NONE and self.sender_rewrite_address is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundConnector:
    """How mail leaves (New-OutboundConnector). Secrets are names into `config.secrets`, never values."""

    name: str
    organization: str
    enabled: bool = True
    use_mx_record: bool = True
    comment: str = ""
    connector_type: ConnectorType = ConnectorType.PARTNER
    connector_source: ConnectorSource = ConnectorSource.DEFAULT
    recipient_domains: tuple[str, ...] = ()
    smart_hosts: tuple[str, ...] = ()  # canonical "host:port", "[v6]:port"
    tls_domain: str | None = None
    tls_settings: TlsSettings = TlsSettings.OPPORTUNISTIC
    is_transport_rule_scoped: bool = False
    route_all_messages_via_on_premises: bool = False
    cloud_services_mail_enabled: bool = False
    all_accepted_domains: bool = False
    sender_rewriting_enabled: bool = False
    mta_sts_mode: str = "Opportunistic"
    smtp_dane_mode: str = "Opportunistic"
    test_mode: bool = False
    validation_recipients: tuple[str, ...] = ()
    is_validated: bool = False
    last_validation_timestamp: str | None = None
    admin_display_name: str = ""
    guid: str = ""
    when_created_utc: str = ""
    when_changed_utc: str = ""
    client_certificate_pfx: str | None = None  # (ours) path of a PFX presented to the smart host
    client_certificate_password_secret: str | None = None  # (ours) secret name
    user_name: str | None = None  # (ours) AUTH PLAIN/LOGIN at the smart host, only over verified TLS
    password_secret: str | None = None  # (ours)
    certificate_authorities: tuple[str, ...] = ()  # (ours) PEM texts trusted besides the system's
    fallback_connectors: tuple[str, ...] = ()  # (ours) names of outbound connectors, in order
    sender_domains: tuple[str, ...] = ()  # (ours) canonical patterns; empty: mail of any sender
    inbound_connectors: tuple[str, ...] = ()  # (ours) names; empty: however the mail came in
    smart_host_order: SmartHostOrder = SmartHostOrder.IN_ORDER  # (ours)
    source_ip_address: str | None = None  # (ours) the address we connect from
    limit_preset: LimitPreset = LimitPreset.NONE  # (ours)
    max_messages_per_minute: int | None = None  # (ours) this and the next three: None is the preset's
    max_connections: int | None = None  # (ours)
    max_session_minutes: int | None = None  # (ours)
    max_recipients_per_day: int | None = None  # (ours)
    when_limited: WhenLimited = WhenLimited.WAIT  # (ours)
    transport: Transport = Transport.SMTP  # (ours), as all below
    authentication_method: AuthenticationMethod = AuthenticationMethod.PASSWORD
    oauth_tenant: str | None = None
    oauth_client_id: str | None = None
    oauth_client_secret_secret: str | None = None  # the secret's name, for the property OAuthClientSecret
    oauth_certificate_pfx: str | None = None  # path of a PFX that the application signs in with, instead of a secret
    oauth_certificate_password_secret: str | None = None
    oauth_authority: str = LOGIN_AUTHORITY
    graph_endpoint: str = GRAPH_ENDPOINT
    protocol_logging_level: ProtocolLoggingLevel = ProtocolLoggingLevel.NONE

    @property
    def uses_oauth(self) -> bool:
        """Whether it needs a token: for Graph always, for SMTP where it signs in so."""
        return self.transport is Transport.GRAPH or self.authentication_method is AuthenticationMethod.XOAUTH2


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpUser:
    """Someone who may submit with AUTH, and with a role group operate (ours). For the hash see `config.secrets`."""

    name: str
    organization: str
    password_hash: str = field(repr=False)
    enabled: bool = True
    allowed_senders: tuple[str, ...] = ()  # addresses or `*@domain`; empty: any accepted domain of the organization
    smtp_client_authentication_disabled: bool = False
    role_groups: tuple[str, ...] = ()  # of `config.RoleGroup`; nothing here depends on them
    all_organizations: bool = False  # where the role groups hold

    @property
    def may_submit(self) -> bool:
        """Whether AUTH is open to it."""
        return self.enabled and not self.smtp_client_authentication_disabled
