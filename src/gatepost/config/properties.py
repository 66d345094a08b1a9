"""The one table of properties per object kind, under Exchange's names.

It drives checking, JSON (in the order of Exchange's own records), the flags of the CLI, cmdlets and
documentation.
What only Gatepost has stands last and is marked `ours`. Identity, GUID and times are added by `show`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gatepost.connectors import (
    GRAPH_ENDPOINT,
    LOGIN_AUTHORITY,
    AcceptedDomain,
    Algorithm,
    AuthenticationMethod,
    BareLineFeeds,
    ConnectorSource,
    ConnectorType,
    DomainSigning,
    DomainType,
    InboundConnector,
    LimitPreset,
    Organization,
    OutboundConnector,
    ProtocolLoggingLevel,
    RewriteSenders,
    Slot,
    SmartHostOrder,
    SmtpUser,
    TlsSettings,
    TlsVersion,
    Transport,
    TransportRule,
    WhenLimited,
    WithoutKey,
)
from gatepost.mail import Language

from . import kinds
from .access import AccessToken, RoleGroup
from .kind import Kind
from .notes import DeviceNote


class ObjectKind(StrEnum):
    """What the store keeps; the value is the word in sentences."""

    ORGANIZATION = "organization"
    DOMAIN = "accepted domain"
    INBOUND = "inbound connector"
    OUTBOUND = "outbound connector"
    USER = "user"
    TOKEN = "token"  # noqa: S105  the word, not one of them
    DEVICE = "device"
    SIGNING = "DKIM signing configuration"
    RULE = "transport rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property. `field` is the model's name; `fixed` cannot change after creation.

    `on_disk` names a file or folder of the server, which is not for those who manage one organization alone.
    """

    name: str
    field: str
    kind: Kind
    default: Any
    help: str
    applies: str = "both"
    ours: bool = False
    fixed: bool = False
    on_disk: bool = False

    @property
    def flag(self) -> str:
        """The flag of the CLI; a secret is given by a file, never on the command line."""
        bare = self.field.removesuffix("_secret").rstrip("_").replace("_", "-")
        return f"--{bare}{'-file' if self.kind.secret else ''}"


def _row(name: str, field: str, kind: Kind, default: Any, sentence: str, **more: Any) -> Property:
    return Property(name=name, field=field, kind=kind, default=default, help=sentence, **more)


_ENABLED = _row("Enabled", "enabled", kinds.BOOLEAN, True, "Whether it counts.")
_COMMENT = _row("Comment", "comment", kinds.TEXT, "", "Free text (the admin centre's description).")
_DISPLAY = _row("AdminDisplayName", "admin_display_name", kinds.TEXT, "", "Free text, kept and shown.")
_SOURCE = _row(
    "ConnectorSource",
    "connector_source",
    kinds.choice(ConnectorSource),
    ConnectorSource.DEFAULT,
    "Who made it: Default, HybridWizard, Migrated or AdminUI.",
)
_TYPE = kinds.choice(ConnectorType)
_LOGGING = _row(
    "ProtocolLoggingLevel",
    "protocol_logging_level",
    kinds.choice(ProtocolLoggingLevel),
    ProtocolLoggingLevel.NONE,
    "Verbose writes what is said in its sessions into the protocol log, without messages and passwords: for a while, "
    "to see what goes wrong.",
    ours=True,
)
_STORED = "For Exchange's scripts: stored; nothing here depends on it yet."

INBOUND: tuple[Property, ...] = (
    _ENABLED,
    # Exchange takes Partner when the type is omitted (§2.3, inferred there from its behaviour).
    _row("ConnectorType", "connector_type", _TYPE, ConnectorType.PARTNER,
         "OnPremises for your own senders, Partner for another organization's server.", fixed=True),
    _SOURCE,
    _COMMENT,
    _row("SenderIPAddresses", "sender_ip_addresses", kinds.NETWORKS, (),
         "Addresses and networks (IPv4, IPv6) of the senders."),
    _row("SenderDomains", "sender_domains", kinds.SENDER_DOMAINS, (),
         "Sender domains: '*', 'contoso.com', '*.contoso.com'."),
    _row("TrustedOrganizations", "trusted_organizations", kinds.TEXTS, (), "Kept for Exchange; no effect."),
    _row("ClientHostNames", "client_host_names", kinds.TEXTS, (), "Kept for Exchange; no effect."),
    _row("AssociatedAcceptedDomains", "associated_accepted_domains", kinds.DOMAINS, (),
         "Accepted domains to which the connector is narrowed."),
    # Exchange's reference says $true, its admin centre writes $false for IP connectors (§2.3, §13.4); the
    # article's first script omits it and must take plain mail. So: false for OnPremises, true for Partner.
    _row("RequireTls", "require_tls", kinds.BOOLEAN, None,
         "Whether mail must come over TLS. Default: false for OnPremises, true for Partner."),
    _row("RestrictDomainsToIPAddresses", "restrict_domains_to_ip_addresses", kinds.BOOLEAN, False,
         "Refuse mail from SenderDomains that comes from any other address.", applies="Partner"),
    _row("RestrictDomainsToCertificate", "restrict_domains_to_certificate", kinds.BOOLEAN, False,
         "Refuse mail from SenderDomains that comes without the certificate.", applies="Partner"),
    _row("CloudServicesMailEnabled", "cloud_services_mail_enabled", kinds.BOOLEAN, False,
         "Retain internal Exchange headers.", applies="OnPremises"),
    _row("TreatMessagesAsInternal", "treat_messages_as_internal", kinds.BOOLEAN, False,
         "Treat mail from own domains as internal: stored; nothing here depends on it yet.", applies="OnPremises"),
    _row("TlsSenderCertificateName", "tls_sender_certificate_name", kinds.CERTIFICATE_NAME, None,
         "Name on the sender's certificate: 'relay.contoso.com' or '*.contoso.com'."),
    _row("EFTestMode", "ef_test_mode", kinds.BOOLEAN, False, _STORED),
    _row("ScanAndDropRecipients", "scan_and_drop_recipients", kinds.TEXTS, (), _STORED),
    _row("EFSkipLastIP", "ef_skip_last_ip", kinds.BOOLEAN, False, _STORED),
    _row("EFSkipIPs", "ef_skip_ips", kinds.TEXTS, (), _STORED),
    _row("EFSkipMailGateway", "ef_skip_mail_gateway", kinds.TEXTS, (), _STORED),
    _row("EFUsers", "ef_users", kinds.TEXTS, (), _STORED),
    _DISPLAY,
    _row("BareLineFeeds", "bare_line_feeds", kinds.choice(BareLineFeeds), BareLineFeeds.REJECT,
         "Lines ended by a lone CR or LF: Reject, or Normalize for old devices.", ours=True),
    _row("MaxMessageSize", "max_message_size", kinds.SIZE, None,
         "Largest message in octets. Default: the listener's limit.", ours=True),
    _row("InternalRecipientsOnly", "internal_recipients_only", kinds.BOOLEAN, False,
         "Take mail for accepted domains only.", ours=True),
    _row("MaxMessagesPerMinute", "max_messages_per_minute", kinds.count(1, 1_000_000), None,
         "Messages a minute; more are told to try later. Default: no limit.", ours=True),
    _row("RepairHeaders", "repair_headers", kinds.BOOLEAN, True,
         "Add Date, Message-ID and From where they are missing, and fold header lines over 998 octets.",
         applies="OnPremises", ours=True),
    _row("RewriteSenders", "rewrite_senders", kinds.choice(RewriteSenders), RewriteSenders.NONE,
         "Senders that SenderRewriteAddress takes the place of, in MAIL FROM and From: None, NotAccepted (those of no "
         "accepted domain) or All.", applies="OnPremises", ours=True),
    _row("SenderRewriteAddress", "sender_rewrite_address", kinds.MAILBOX, None,
         "Address, in an accepted domain, that RewriteSenders writes; who is replaced stands in Reply-To.",
         applies="OnPremises", ours=True),
    _row("MinimumTlsVersion", "minimum_tls_version", kinds.choice(TlsVersion), TlsVersion.V1_2,
         "The oldest TLS that SenderIPAddresses may use: below TLSv1.2 old cipher suites, too. For devices that cannot "
         "do better, each listed by itself.", applies="OnPremises", ours=True),
    _row("MaxConnections", "max_connections", kinds.count(1, 1_000_000), None,
         "Sessions at once, counted from their first MAIL; more are told to come back. Default: no limit.", ours=True),
    _row("MaxRecipientsPerMessage", "max_recipients_per_message", kinds.count(1, 1_000_000), None,
         "Recipients of one message; those beyond are told to be sent to in another. Default: the listener's limit.",
         ours=True),
    _LOGGING,
    _row("Owner", "owner", kinds.MAILBOX, None,
         "Mail address of whoever answers for its devices: told, in digests, of their mail that failed or is late.",
         ours=True),
    _row("Blocked", "blocked", kinds.BOOLEAN, False,
         "Refuse everything with 5.7.711 until unblocked.", ours=True),
)  # fmt: skip

OUTBOUND: tuple[Property, ...] = (
    _ENABLED,
    _row("UseMXRecord", "use_mx_record", kinds.BOOLEAN, None,
         "Deliver by the recipient domain's MX. Default: true, or false where SmartHosts are "
         "given."),
    _COMMENT,
    _row("ConnectorType", "connector_type", _TYPE, ConnectorType.PARTNER,
         "OnPremises for your own servers, Partner for others."),
    _SOURCE,
    _row("RecipientDomains", "recipient_domains", kinds.DOMAIN_PATTERNS, (),
         "Recipient domains: '*', 'contoso.com', '*.contoso.com'."),
    _row("SmartHosts", "smart_hosts", kinds.SMART_HOSTS, (),
         "Hosts to deliver to: name, address, host:port, [v6]:port."),
    _row("TlsDomain", "tls_domain", kinds.CERTIFICATE_NAME, None,
         "Name that the host's certificate must carry; with TlsSettings DomainValidation."),
    _row("TlsSettings", "tls_settings", kinds.choice(TlsSettings, empty="Opportunistic"),
         TlsSettings.OPPORTUNISTIC,
         "None, Opportunistic, EncryptionOnly, CertificateValidation or DomainValidation."),
    _row("IsTransportRuleScoped", "is_transport_rule_scoped", kinds.BOOLEAN, False,
         "Only used by transport rules; never chosen for a domain."),
    _row("RouteAllMessagesViaOnPremises", "route_all_messages_via_on_premises", kinds.BOOLEAN, False,
         "Kept for Exchange; no effect.", applies="OnPremises"),
    _row("CloudServicesMailEnabled", "cloud_services_mail_enabled", kinds.BOOLEAN, False,
         "Kept for Exchange; no effect.", applies="OnPremises"),
    _row("AllAcceptedDomains", "all_accepted_domains", kinds.BOOLEAN, False,
         "Use it for every accepted domain of the organization."),
    _row("SenderRewritingEnabled", "sender_rewriting_enabled", kinds.BOOLEAN, False,
         "Kept for Exchange; no effect.", applies="OnPremises"),
    _row("MtaStsMode", "mta_sts_mode", kinds.choice(("Opportunistic", "None")), "Opportunistic",
         "MTA-STS policies of recipient domains: Opportunistic holds to them, None does not."),
    _row("SmtpDaneMode", "smtp_dane_mode", kinds.choice(("Opportunistic", "Mandatory", "None")),
         "Opportunistic",
         "DANE: Opportunistic holds to TLSA records where there are any, Mandatory sends nothing without, "
         "None does not look."),
    _row("TestMode", "test_mode", kinds.BOOLEAN, False, "Only used by validation; never chosen for mail."),
    _row("ValidationRecipients", "validation_recipients", kinds.ADDRESSES, (),
         "Recipients of the last validation."),
    _row("IsValidated", "is_validated", kinds.BOOLEAN, False, "Whether the last validation succeeded."),
    _row("LastValidationTimestamp", "last_validation_timestamp", kinds.OPTIONAL_TEXT, None,
         "When it was validated."),
    _DISPLAY,
    _row("ClientCertificatePfx", "client_certificate_pfx", kinds.FILE, None,
         "PFX file on the server whose certificate is presented to the host.", ours=True, on_disk=True),
    _row("ClientCertificatePassword", "client_certificate_password_secret", kinds.SECRET, None,
         "Password of the PFX file; write-only.", ours=True),
    _row("UserName", "user_name", kinds.OPTIONAL_TEXT, None,
         "User for AUTH at the host, over verified TLS only; with OAuth the mailbox that sends.", ours=True),
    _row("Password", "password_secret", kinds.SECRET, None,
         "Password for AUTH at the host; write-only.", ours=True),
    _row("CertificateAuthorities", "certificate_authorities", kinds.PEMS, (),
         "CAs (PEM) trusted for the host besides the system's.", ours=True),
    _row("Transport", "transport", kinds.choice(Transport), Transport.SMTP,
         "By what mail is handed over: Smtp, or MicrosoftGraph (sendMail, as the mailbox in UserName).", ours=True),
    _row("AuthenticationMethod", "authentication_method", kinds.choice(AuthenticationMethod),
         AuthenticationMethod.PASSWORD,
         "How to sign in at the host: Password, or XOAUTH2 with a token of the application.", ours=True),
    _row("OAuthTenant", "oauth_tenant", kinds.IDENTIFIER, None,
         "Microsoft Entra tenant: its GUID or a domain of it.", ours=True),
    _row("OAuthClientId", "oauth_client_id", kinds.IDENTIFIER, None,
         "Application (client) ID of the app registration.", ours=True),
    _row("OAuthClientSecret", "oauth_client_secret_secret", kinds.SECRET, None,
         "Client secret of the application; write-only.", ours=True),
    _row("OAuthCertificatePfx", "oauth_certificate_pfx", kinds.FILE, None,
         "PFX file on the server with which the application signs in instead of a client secret.",
         ours=True, on_disk=True),
    _row("OAuthCertificatePassword", "oauth_certificate_password_secret", kinds.SECRET, None,
         "Password of that PFX file; write-only.", ours=True),
    _row("OAuthAuthority", "oauth_authority", kinds.origin_kind(LOGIN_AUTHORITY), LOGIN_AUTHORITY,
         "Where tokens come from; national clouds have their own.", ours=True),
    _row("GraphEndpoint", "graph_endpoint", kinds.origin_kind(GRAPH_ENDPOINT), GRAPH_ENDPOINT,
         "Where Microsoft Graph is; national clouds have their own.", ours=True),
    _row("FallbackConnectors", "fallback_connectors", kinds.NAMES, (),
         "Outbound connectors to use instead, in this order, while this one cannot be used.", ours=True),
    _row("SenderDomains", "sender_domains", kinds.DOMAIN_PATTERNS, (),
         "Sender domains that it is for: '*', 'contoso.com', '*.contoso.com'. Default: every sender.", ours=True),
    _row("InboundConnectors", "inbound_connectors", kinds.NAMES, (),
         "Inbound connectors whose mail it is for. Default: however mail came in.", ours=True),
    _row("SmartHostOrder", "smart_host_order", kinds.choice(SmartHostOrder), SmartHostOrder.IN_ORDER,
         "InOrder: the first smart host while it answers. Shuffled: they share the load.", ours=True),
    _row("SourceIPAddress", "source_ip_address", kinds.OWN_ADDRESS, None,
         "Address of this server from which the host is connected to. Default: the system's choice.", ours=True),
    _row("LimitPreset", "limit_preset", kinds.choice(LimitPreset), LimitPreset.NONE,
         "Whose limits to keep: None, Microsoft365, Google, AmazonSES or Generic.", ours=True),
    _row("MaxMessagesPerMinute", "max_messages_per_minute", kinds.count(1, 1_000_000), None,
         "Messages sent within a minute; more wait. Default: the preset's.", ours=True),
    _row("MaxConnections", "max_connections", kinds.count(1, 1_000), None,
         "Connections open at once. Default: the preset's.", ours=True),
    _row("MaxSessionMinutes", "max_session_minutes", kinds.count(1, 1_440), None,
         "Minutes for which a connection is used. Default: the preset's.", ours=True),
    _row("MaxRecipientsPerDay", "max_recipients_per_day", kinds.count(1, 1_000_000_000), None,
         "Recipients within 24 hours; more wait. Default: the preset's.", ours=True),
    _row("WhenLimited", "when_limited", kinds.choice(WhenLimited), WhenLimited.WAIT,
         "Mail beyond the limits: Wait, or NextWay to go by FallbackConnectors.", ours=True),
    _LOGGING,
)  # fmt: skip

DOMAIN: tuple[Property, ...] = (
    _row("DomainName", "domain_name", kinds.DOMAIN, None, "The domain; may begin with '*.'.", fixed=True),
    _row("DomainType", "domain_type", kinds.choice(DomainType), DomainType.AUTHORITATIVE,
         "Authoritative, InternalRelay or ExternalRelay."),
    _row("MatchSubDomains", "match_sub_domains", kinds.BOOLEAN, False, "Accept mail for subdomains, too."),
    _row("Default", "default", kinds.BOOLEAN, False, "The organization's default domain."),
    _row("AddressBookEnabled", "address_book_enabled", kinds.BOOLEAN, False,
         "Refuse recipients that are not in the domain's recipient list with 550 5.4.1; Authoritative only."),
    _row("Maildir", "maildir", kinds.OPTIONAL_TEXT, None,
         "Folder pattern with {domain} and {local}; recipients are delivered there.", ours=True, on_disk=True),
    _row("Lmtp", "lmtp", kinds.LMTP_SERVER, None,
         "Mailbox server to deliver to by LMTP: host:port, or unix:/path of its socket.", ours=True, on_disk=True),
    _row("PlusAddressing", "plus_addressing", kinds.BOOLEAN, True,
         "Whether anna+anything@ is anna@.", ours=True),
    _row("CatchAll", "catch_all", kinds.ADDRESS, None,
         "Address that gets the mail of recipients who are not in the list; Authoritative only.", ours=True),
)  # fmt: skip

ORGANIZATION: tuple[Property, ...] = (
    _row("RejectDirectSend", "reject_direct_send", kinds.BOOLEAN, False,
         "Refuse mail that claims an own domain and comes through no connector."),
    _row("Postmaster", "postmaster", kinds.ADDRESS, None,
         "Sender of test messages, and in the From of delivery reports. Default: postmaster@ the relay's hostname.",
         ours=True),
    _row("NotificationLanguage", "notification_language", kinds.choice(Language), Language.ENGLISH,
         "Language of reports to senders and digests to owners: en, zh-Hans or zh-Hant; English stands below.",
         ours=True),
    _row("CertificateAuthorities", "certificate_authorities", kinds.PEMS, (),
         "CAs (PEM) trusted for this organization's inbound connectors besides the public ones.", ours=True),
    _row("BlockedIPAddresses", "blocked_ip_addresses", kinds.BLOCKED_NETWORKS, (),
         "Addresses and networks from which nothing is taken, whatever connectors say.", ours=True),
    _row("AuthenticationResults", "authentication_results", kinds.BOOLEAN, False,
         "Check mail of strangers and partners (SPF, DKIM, DMARC, ARC), and write what came of it into its "
         "Authentication-Results field and the trace. Nothing is refused for it.", ours=True),
    _row("ArcSealingDomain", "arc_sealing_domain", kinds.OPTIONAL_DOMAIN, None,
         "Accepted domain with whose DKIM key mail of strangers is sealed (ARC) when it is passed on; includes their "
         "check. Default: none is sealed.", ours=True),
    _row("TlsReports", "tls_reports", kinds.BOOLEAN, False,
         "Send a report on yesterday's TLS sessions to each recipient domain that asks for one (RFC 8460), from the "
         "Postmaster.", ours=True),
    _row("DeviceLearningSinceUTC", "device_learning_since_utc", kinds.MOMENT, None,
         "Since when unknown devices that are refused are listed as learned; set by device learning.", ours=True),
    _row("DeviceLearningUntilUTC", "device_learning_until_utc", kinds.MOMENT, None,
         "Until when they are.", ours=True),
    _row("Sandbox", "sandbox", kinds.BOOLEAN, False,
         "Take mail and keep it; send nothing, not even reports.", ours=True),
    _row("SandboxDays", "sandbox_days", kinds.filled(1, 3_650, otherwise=14), 14,
         "Days for which mail in the sandbox is kept.", ours=True),
)  # fmt: skip

USER: tuple[Property, ...] = (
    _ENABLED,
    _row("AllowedSenders", "allowed_senders", kinds.SENDERS, (),
         "Addresses or '*@domain' it may send as. Default: any accepted domain of the "
         "organization."),
    _row("SmtpClientAuthenticationDisabled", "smtp_client_authentication_disabled", kinds.BOOLEAN, False,
         "Refuse AUTH to this user: it operates Gatepost and submits no mail."),
    _row("RoleGroups", "role_groups", kinds.ROLE_GROUPS, (),
         "What it may do in its organization: 'Organization Management', 'View-Only Organization Management'. "
         "Default: nothing; it only submits mail."),
    _row("AllOrganizations", "all_organizations", kinds.BOOLEAN, False,
         "Whether its role groups hold in every organization of the server.", ours=True),
    _row("Password", "password_hash", kinds.PASSWORD, None, "The password; write-only."),
)  # fmt: skip

TOKEN: tuple[Property, ...] = (
    _ENABLED,
    _row("RoleGroup", "role_group", kinds.ROLE_GROUP, RoleGroup.VIEW_ONLY,
         "What it may do: 'Organization Management' or 'View-Only Organization Management'."),
    _row("ExpiresUTC", "expires_utc", kinds.MOMENT, None, "When it stops being good; not set: never."),
    _row("Secret", "secret_hash", kinds.TOKEN_SECRET, None, "What proves it; shown once, when it is made."),
)  # fmt: skip

# What operators say of a device. Who has connected is the spool's to know; only this is decided, and so audited.
DEVICE: tuple[Property, ...] = (
    _row("Owner", "owner", kinds.TEXT, "",
         "Whom to ask about it. A mail address, or a name with one in <>, is told, in digests, of its mail that failed "
         "or is late, instead of the connector's Owner.", ours=True),
    _row("Note", "note", kinds.TEXT, "", "Free text: where it stands, what it is for.", ours=True),
    _row("RetireByUTC", "retire_by_utc", kinds.MOMENT, None,
         "When it is to be out of service; operators are reminded from a month before.", ours=True),
)  # fmt: skip

SIGNING: tuple[Property, ...] = (
    _row("Enabled", "enabled", kinds.BOOLEAN, False, "Whether mail of the domain is signed."),
    _row("KeySize", "key_size", kinds.KEY_SIZE, 2048, "Bits of the RSA keys that are made: 2048, 3072 or 4096."),
    _row("Algorithms", "algorithms", kinds.ALGORITHMS, (Algorithm.RSA,),
         "RsaSha256, Ed25519Sha256, or both; each has a record of its own.", ours=True),
    _row("Selector1", "selector1", kinds.SELECTOR, "selector1", "Name of the first selector.", ours=True),
    _row("Selector2", "selector2", kinds.SELECTOR, "selector2", "Name of the second selector.", ours=True),
    _row("SigningSelector", "signing_selector", kinds.choice(Slot), Slot.FIRST,
         "Which of the two signs; changed by rotation.", ours=True),
    _row("RotationBegunUTC", "rotation_begun_utc", kinds.MOMENT, None,
         "When the other selector's key was made that is waiting to be published; set by rotation.", ours=True),
    _row("RotatedUTC", "rotated_utc", kinds.MOMENT, None,
         "When the selector that signs took over; set by rotation.", ours=True),
    _row("WithoutKey", "without_key", kinds.choice(WithoutKey), WithoutKey.DEFER,
         "What becomes of mail while its key is missing: Defer, or SendUnsigned.", ours=True),
    _row("Selector1Key", "selector1_key_secret", kinds.RSA_KEY, None,
         "RSA private key of the first selector, in PEM; write-only.", ours=True),
    _row("Selector2Key", "selector2_key_secret", kinds.RSA_KEY, None,
         "RSA private key of the second selector, in PEM; write-only.", ours=True),
    _row("Selector1Ed25519Key", "selector1_ed25519_key_secret", kinds.ED25519_KEY, None,
         "Ed25519 private key of the first selector, in PEM; write-only.", ours=True),
    _row("Selector2Ed25519Key", "selector2_ed25519_key_secret", kinds.ED25519_KEY, None,
         "Ed25519 private key of the second selector, in PEM; write-only.", ours=True),
)  # fmt: skip

_CONDITIONS: tuple[Property, ...] = (
    _row("InboundConnectors", "inbound_connectors", kinds.NAMES, (),
         "Inbound connectors whose mail it is for. Default: however mail came in.", ours=True),
    _row("SenderIpRanges", "sender_ip_ranges", kinds.NETWORKS, (),
         "Addresses and networks of the devices whose mail it is for."),
    _row("From", "from_", kinds.ADDRESSES, (), "Sender addresses (of the envelope) that it is for."),
    _row("SenderDomainIs", "sender_domain_is", kinds.DOMAIN_PATTERNS, (),
         "Sender domains that it is for: 'contoso.com', '*.contoso.com'."),
    _row("SentTo", "sent_to", kinds.ADDRESSES, (), "Recipients that it is for."),
    _row("RecipientDomainIs", "recipient_domain_is", kinds.DOMAIN_PATTERNS, (),
         "Recipient domains that it is for: 'contoso.com', '*.contoso.com'."),
    _row("SubjectContainsWords", "subject_contains_words", kinds.TEXTS, (),
         "Words or phrases of which the subject has one."),
    _row("SubjectMatchesPatterns", "subject_matches_patterns", kinds.PATTERNS, (),
         "Text patterns of which one stands in the subject."),
    _row("HeaderContainsMessageHeader", "header_contains_message_header", kinds.HEADER_NAME, None,
         "The header field, such as X-Mailer, that has words of HeaderContainsWords."),
    _row("HeaderContainsWords", "header_contains_words", kinds.TEXTS, (),
         "Words or phrases of which that header field has one."),
    _row("HeaderMatchesMessageHeader", "header_matches_message_header", kinds.HEADER_NAME, None,
         "The header field that HeaderMatchesPatterns is about."),
    _row("HeaderMatchesPatterns", "header_matches_patterns", kinds.PATTERNS, (),
         "Text patterns of which one stands in that header field."),
    _row("MessageSizeOver", "message_size_over", kinds.SIZE, None,
         "Only messages that are larger than so many octets."),
)  # fmt: skip


def _exceptions(conditions: Iterable[Property]) -> Iterator[Property]:
    """Each condition once more, as what keeps the rule away."""
    for it in conditions:
        yield replace(
            it,
            name=f"ExceptIf{it.name}",
            field=f"except_if_{it.field.rstrip('_')}",
            help=f"The rule is not for mail that {it.name} would be for with this value.",
        )


RULE: tuple[Property, ...] = (
    _ENABLED,
    _row("Priority", "priority", kinds.filled(0, 1_000_000, otherwise=0), 0,
         "Its place among the rules: 0 comes first."),
    *_CONDITIONS,
    *_exceptions(_CONDITIONS),
    _row("Hold", "hold", kinds.BOOLEAN, False, "Hold the mail in the queue until somebody decides.", ours=True),
    _row("Sandbox", "sandbox", kinds.BOOLEAN, False,
         "Keep the mail to look at, and never send it by itself; after the organization's SandboxDays it is dropped.",
         ours=True),
    _row("RedirectMessageTo", "redirect_message_to", kinds.ADDRESSES, (),
         "Who gets the mail instead of its recipients."),
    _row("BlindCopyTo", "blind_copy_to", kinds.ADDRESSES, (), "Who gets the mail as well, untold."),
    _row("StopRuleProcessing", "stop_rule_processing", kinds.BOOLEAN, False,
         "Ask no further rules about mail that this one is for."),
    _row("ExpiryDate", "expiry_date", kinds.MOMENT, None, "Until when the rule counts; not set: for good."),
    _row("Comments", "comments", kinds.TEXT, "", "Free text: why it is there, who wanted it."),
)  # fmt: skip

PROPERTIES: dict[ObjectKind, tuple[Property, ...]] = {
    ObjectKind.ORGANIZATION: ORGANIZATION,
    ObjectKind.DOMAIN: DOMAIN,
    ObjectKind.INBOUND: INBOUND,
    ObjectKind.OUTBOUND: OUTBOUND,
    ObjectKind.USER: USER,
    ObjectKind.TOKEN: TOKEN,
    ObjectKind.DEVICE: DEVICE,
    ObjectKind.SIGNING: SIGNING,
    ObjectKind.RULE: RULE,
}

MODELS: dict[ObjectKind, type[Any]] = {
    ObjectKind.ORGANIZATION: Organization,
    ObjectKind.DOMAIN: AcceptedDomain,
    ObjectKind.INBOUND: InboundConnector,
    ObjectKind.OUTBOUND: OutboundConnector,
    ObjectKind.USER: SmtpUser,
    ObjectKind.TOKEN: AccessToken,
    ObjectKind.DEVICE: DeviceNote,
    ObjectKind.SIGNING: DomainSigning,
    ObjectKind.RULE: TransportRule,
}


def property_named(kind: ObjectKind, name: str) -> Property | None:
    """The property of that name, upper and lower case alike."""
    return _BY_NAME[kind].get(name.lower())


def default_of(item: Property, values: dict[str, Any]) -> Any:
    """The default where nothing was given; two of them depend on the other values (by field) of the same object."""
    if item.field == "require_tls":
        return values.get("connector_type", ConnectorType.PARTNER) is ConnectorType.PARTNER
    if item.field == "use_mx_record":
        return not values.get("smart_hosts") and values.get("transport") is not Transport.GRAPH
    return item.default


_BY_NAME = {kind: {item.name.lower(): item for item in items} for kind, items in PROPERTIES.items()}
