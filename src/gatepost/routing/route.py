"""Where a recipient's mail goes next, as a value. `RouteTable.build` makes them from outbound connectors."""

from dataclasses import dataclass
from enum import StrEnum

from .allowance import NO_LIMITS, Limits


class TlsPolicy(StrEnum):
    """What TLS must be before anything is sent (Exchange's TlsSettings, plus never)."""

    NEVER = "none"
    OPPORTUNISTIC = "opportunistic"
    ENCRYPT = "EncryptionOnly"
    VERIFY_CHAIN = "CertificateValidation"
    VERIFY_DOMAIN = "DomainValidation"


class DaneMode(StrEnum):
    """Whether DANE counts: never, where the domain has it, or nothing without it (Exchange's SmtpDaneMode)."""

    NONE = "None"
    OPPORTUNISTIC = "Opportunistic"
    MANDATORY = "Mandatory"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPort:
    """A host name or address literal (no brackets) and a port."""

    host: str
    port: int = 25

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What gets tokens at Microsoft Entra: an app registration, and by what it proves itself.

    `resource` is what its tokens are for, `https://outlook.office365.com` or Graph. Secrets are names, read only when a
    token is due; `certificate_pfx` is a path.
    """

    tenant: str
    client_id: str
    authority: str
    resource: str
    client_secret_secret: str | None = None
    certificate_pfx: str | None = None
    certificate_password_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One outbound connector's way out: where to, and on which terms. Secrets are read only at dialling.

    `organization` stands only where the connector's name alone would not tell whose it is.
    """

    connector: str
    organization: str | None = None
    smart_hosts: tuple[HostPort, ...] = ()  # empty: the recipient domain's MX
    tls: TlsPolicy = TlsPolicy.OPPORTUNISTIC
    tls_domain: str | None = None
    client_certificate_pfx: str | None = None
    client_certificate_password_secret: str | None = None
    user_name: str | None = None
    password_secret: str | None = None
    certificate_authorities: tuple[str, ...] = ()
    application: Application | None = None  # signs in with its tokens instead of a password
    graph: str | None = None  # Microsoft Graph is spoken there, and no SMTP
    shuffled: bool = False  # whether the smart hosts share the load, or the first is used while it answers
    source: str | None = None  # the address we connect from
    limits: Limits = NO_LIMITS
    logged: bool = False  # what is said there is written into the protocol log
    passes_on: bool = False  # a message beyond the limits goes by the next way; else it waits
    dane: DaneMode = DaneMode.OPPORTUNISTIC
    mta_sts: bool = True

    @property
    def by_mx(self) -> bool:
        """Whether mail goes to the MX of each recipient's domain; else to hosts that the connector names."""
        return not self.smart_hosts and self.graph is None

    @property
    def name(self) -> str:
        """`CONNECTOR`, or `ORGANIZATION/CONNECTOR`, where a slash in ORGANIZATION is written %2F."""
        if self.organization is None:
            return self.connector
        return f"{self.organization.replace('%', '%25').replace('/', '%2F')}/{self.connector}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartHostRoute:
    """To a configured host, or to Microsoft Graph.

    One destination (queue lane) a connector: `connector:` and the name of its way.

    `further` are the ways to take, in this order, when the way before cannot be used.
    """

    way: Way
    further: tuple[Way, ...] = ()

    @property
    def destination(self) -> str:
        return f"connector:{self.way.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MxRoute:
    """To the MX of the domain, under a connector's terms or the defaults.

    One destination a domain and terms, `mx:DOMAIN` or `mx:DOMAIN/` and the name of the way: a host that does not meet
    one connector's terms is left alone on those only. `further` are the ways to take when this one cannot be used.
    """

    domain: str
    way: Way | None = None
    further: tuple[Way, ...] = ()

    @property
    def destination(self) -> str:
        return f"mx:{self.domain}" if self.way is None else f"mx:{self.domain}/{self.way.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRoute:
    """Into a local Maildir; `folder` is the pattern with `{domain}` and `{local}`.

    `plus`: what follows a `+` in the local part names no other mailbox.
    """

    domain: str
    folder: str
    plus: bool = False

    @property
    def destination(self) -> str:
        return f"mailbox:{self.domain}"


UNIX = "unix:"  # in front of the path of a socket


@dataclass(frozen=True, slots=True, kw_only=True)
class LmtpRoute:
    """To a mailbox server by LMTP (RFC 2033). `server` is canonical: `host:port`, `[v6]:port` or `unix:/path`.

    One destination a server, whichever domains it keeps: a dead one holds up its own mail only.
    """

    server: str

    @property
    def destination(self) -> str:
        return f"lmtp:{self.server}"

    @property
    def socket(self) -> str | None:
        """The path of the server's socket, if it is reached by one."""
        return self.server.removeprefix(UNIX) if self.server.startswith(UNIX) else None


Route = SmartHostRoute | MxRoute | MailboxRoute | LmtpRoute
