"""The one table of properties per object kind, under Exchange's names.

It drives checking, JSON (in the order of Exchange's own records), the flags of the CLI, cmdlets and
documentation.
What only Gatepost has stands last and is marked `ours`. Identity, GUID and times are added by `show`.
"""

from typing import Any

from gatepost.connectors import (
    AcceptedDomain,
    Algorithm,
    ConnectorType,
    DomainSigning,
    DomainType,
    InboundConnector,
    Organization,
    OutboundConnector,
    Slot,
    SmtpUser,
    Transport,
    TransportRule,
    WithoutKey,
)
from gatepost.mail import Language

from . import kinds
from .access import AccessToken, RoleGroup
from .connector_properties import INBOUND, OUTBOUND
from .notes import DeviceNote
from .property import ENABLED, ObjectKind, Property, row
from .rule_properties import RULE

DOMAIN: tuple[Property, ...] = (
    row("DomainName", "domain_name", kinds.DOMAIN, None, "The domain; may begin with '*.'.", fixed=True),
    row("DomainType", "domain_type", kinds.choice(DomainType), DomainType.AUTHORITATIVE,
        "Authoritative, InternalRelay or ExternalRelay."),
    row("MatchSubDomains", "match_sub_domains", kinds.BOOLEAN, False, "Accept mail for subdomains, too."),
    row("Default", "default", kinds.BOOLEAN, False, "The organization's default domain."),
    row("AddressBookEnabled", "address_book_enabled", kinds.BOOLEAN, False,
        "Refuse recipients that are not in the domain's recipient list with 550 5.4.1; Authoritative only."),
    row("Maildir", "maildir", kinds.OPTIONAL_TEXT, None,
        "Folder pattern with {domain} and {local}; recipients are delivered there.", ours=True, on_disk=True),
    row("Lmtp", "lmtp", kinds.LMTP_SERVER, None,
        "Mailbox server to deliver to by LMTP: host:port, or unix:/path of its socket.", ours=True, on_disk=True),
    row("PlusAddressing", "plus_addressing", kinds.BOOLEAN, True,
        "Whether anna+anything@ is anna@.", ours=True),
    row("CatchAll", "catch_all", kinds.ADDRESS, None,
        "Address that gets the mail of recipients who are not in the list; Authoritative only.", ours=True),
)  # fmt: skip

ORGANIZATION: tuple[Property, ...] = (
    row("RejectDirectSend", "reject_direct_send", kinds.BOOLEAN, False,
        "Refuse mail that claims an own domain and comes through no connector."),
    row("Postmaster", "postmaster", kinds.ADDRESS, None,
        "Sender of test messages, and in the From of delivery reports. Default: postmaster@ the relay's hostname.",
        ours=True),
    row("NotificationLanguage", "notification_language", kinds.choice(Language), Language.ENGLISH,
        "Language of reports to senders and digests to owners: en, zh-Hans or zh-Hant; English stands below.",
        ours=True),
    row("CertificateAuthorities", "certificate_authorities", kinds.PEMS, (),
        "CAs (PEM) trusted for this organization's inbound connectors besides the public ones.", ours=True),
    row("BlockedIPAddresses", "blocked_ip_addresses", kinds.BLOCKED_NETWORKS, (),
        "Addresses and networks from which nothing is taken, whatever connectors say.", ours=True),
    row("AuthenticationResults", "authentication_results", kinds.BOOLEAN, False,
        "Check mail of strangers and partners (SPF, DKIM, DMARC, ARC), and write what came of it into its "
        "Authentication-Results field and the trace. Nothing is refused for it.", ours=True),
    row("ArcSealingDomain", "arc_sealing_domain", kinds.OPTIONAL_DOMAIN, None,
        "Accepted domain with whose DKIM key mail of strangers is sealed (ARC) when it is passed on; includes their "
        "check. Default: none is sealed.", ours=True),
    row("TlsReports", "tls_reports", kinds.BOOLEAN, False,
        "Send a report on yesterday's TLS sessions to each recipient domain that asks for one (RFC 8460), from the "
        "Postmaster.", ours=True),
    row("DeviceLearningSinceUTC", "device_learning_since_utc", kinds.MOMENT, None,
        "Since when unknown devices that are refused are listed as learned; set by device learning.", ours=True),
    row("DeviceLearningUntilUTC", "device_learning_until_utc", kinds.MOMENT, None,
        "Until when they are.", ours=True),
    row("Sandbox", "sandbox", kinds.BOOLEAN, False,
        "Take mail and keep it; send nothing, not even reports.", ours=True),
    row("SandboxDays", "sandbox_days", kinds.filled(1, 3_650, otherwise=14), 14,
        "Days for which mail in the sandbox is kept.", ours=True),
)  # fmt: skip

USER: tuple[Property, ...] = (
    ENABLED,
    row("AllowedSenders", "allowed_senders", kinds.SENDERS, (),
        "Addresses or '*@domain' it may send as. Default: any accepted domain of the "
        "organization."),
    row("SmtpClientAuthenticationDisabled", "smtp_client_authentication_disabled", kinds.BOOLEAN, False,
        "Refuse AUTH to this user: it operates Gatepost and submits no mail."),
    row("RoleGroups", "role_groups", kinds.ROLE_GROUPS, (),
        "What it may do in its organization: 'Organization Management', 'View-Only Organization Management'. "
        "Default: nothing; it only submits mail."),
    row("AllOrganizations", "all_organizations", kinds.BOOLEAN, False,
        "Whether its role groups hold in every organization of the server.", ours=True),
    row("Password", "password_hash", kinds.PASSWORD, None, "The password; write-only."),
)  # fmt: skip

TOKEN: tuple[Property, ...] = (
    ENABLED,
    row("RoleGroup", "role_group", kinds.ROLE_GROUP, RoleGroup.VIEW_ONLY,
        "What it may do: 'Organization Management' or 'View-Only Organization Management'."),
    row("ExpiresUTC", "expires_utc", kinds.MOMENT, None, "When it stops being good; not set: never."),
    row("Secret", "secret_hash", kinds.TOKEN_SECRET, None, "What proves it; shown once, when it is made."),
)  # fmt: skip

# What operators say of a device. Who has connected is the spool's to know; only this is decided, and so audited.
DEVICE: tuple[Property, ...] = (
    row("Owner", "owner", kinds.TEXT, "",
        "Whom to ask about it. A mail address, or a name with one in <>, is told, in digests, of its mail that failed "
        "or is late, instead of the connector's Owner.", ours=True),
    row("Note", "note", kinds.TEXT, "", "Free text: where it stands, what it is for.", ours=True),
    row("RetireByUTC", "retire_by_utc", kinds.MOMENT, None,
        "When it is to be out of service; operators are reminded from a month before.", ours=True),
)  # fmt: skip

SIGNING: tuple[Property, ...] = (
    row("Enabled", "enabled", kinds.BOOLEAN, False, "Whether mail of the domain is signed."),
    row("KeySize", "key_size", kinds.KEY_SIZE, 2048, "Bits of the RSA keys that are made: 2048, 3072 or 4096."),
    row("Algorithms", "algorithms", kinds.ALGORITHMS, (Algorithm.RSA,),
        "RsaSha256, Ed25519Sha256, or both; each has a record of its own.", ours=True),
    row("Selector1", "selector1", kinds.SELECTOR, "selector1", "Name of the first selector.", ours=True),
    row("Selector2", "selector2", kinds.SELECTOR, "selector2", "Name of the second selector.", ours=True),
    row("SigningSelector", "signing_selector", kinds.choice(Slot), Slot.FIRST,
        "Which of the two signs; changed by rotation.", ours=True),
    row("RotationBegunUTC", "rotation_begun_utc", kinds.MOMENT, None,
        "When the other selector's key was made that is waiting to be published; set by rotation.", ours=True),
    row("RotatedUTC", "rotated_utc", kinds.MOMENT, None,
        "When the selector that signs took over; set by rotation.", ours=True),
    row("WithoutKey", "without_key", kinds.choice(WithoutKey), WithoutKey.DEFER,
        "What becomes of mail while its key is missing: Defer, or SendUnsigned.", ours=True),
    row("Selector1Key", "selector1_key_secret", kinds.RSA_KEY, None,
        "RSA private key of the first selector, in PEM; write-only.", ours=True),
    row("Selector2Key", "selector2_key_secret", kinds.RSA_KEY, None,
        "RSA private key of the second selector, in PEM; write-only.", ours=True),
    row("Selector1Ed25519Key", "selector1_ed25519_key_secret", kinds.ED25519_KEY, None,
        "Ed25519 private key of the first selector, in PEM; write-only.", ours=True),
    row("Selector2Ed25519Key", "selector2_ed25519_key_secret", kinds.ED25519_KEY, None,
        "Ed25519 private key of the second selector, in PEM; write-only.", ours=True),
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
