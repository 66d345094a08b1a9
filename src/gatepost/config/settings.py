"""The start-up settings: one table that drives reading, checking and docs/reference/settings.md.

What operators change while the relay runs (organizations, domains, connectors, users) is not here; see
store.py.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Any

from gatepost.mail import Address
from gatepost.routing import HostPort

from . import values
from .values import Reader

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """One address that takes SMTP. `pfx_password` is a secret; `key` defaults to the certificate's own file."""

    address: str = "127.0.0.1"
    port: int = 2525
    tls: str = "none"
    certificate: Path | None = None
    key: Path | None = None
    pfx: Path | None = None
    pfx_password: str | None = field(default=None, repr=False)
    submission: bool = False
    require_auth: bool = False
    proxies: tuple[Network, ...] = ()
    xclient: tuple[Network, ...] = ()

    @property
    def name(self) -> str:
        """How this listener is called in logs, traces and `Facts.listener`."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """Sizes in octets, times in seconds, `min_data_rate` in octets a second."""

    max_connections: int
    max_connections_per_client: int
    max_message_size: int
    max_recipients: int
    command_timeout: int
    data_timeout: int
    min_data_rate: int
    max_received: int
    min_free_space: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How long and how often delivery is tried."""

    expire_after_hours: int
    warn_after_hours: int
    retry_minutes: tuple[int, ...]
    digest_minutes: int
    allow_private_mx: bool
    max_connections_per_destination: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSettings:
    """How long the story of a finished message is kept."""

    keep_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """How facts are written, and where: `file` in place of standard error, `syslog` besides."""

    format: str | None = None
    level: str = "info"
    file: Path | None = None
    syslog: str | None = None
    syslog_authorities: Path | None = None
    facility: str = "mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolLogSettings:
    """Which sessions the protocol log has besides those of connectors, and how much of it is kept (octets)."""

    without_connector: bool = False
    keep_days: int = 30
    max_file_size: int = 10_485_760
    max_folder_size: int = 262_144_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    """Where spans go, if anywhere, and what they say. `headers` often hold a key."""

    endpoint: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    service_name: str = "gatepost"
    sample_ratio: float = 1.0
    addresses: bool = False
    refusals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupSettings:
    """The folder whose files are sent; None: there is none."""

    folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Who is told of what somebody should look at. `webhooks` often have their password in their path."""

    mail: tuple[Address, ...] = ()
    webhooks: tuple[str, ...] = field(default=(), repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    webhook_authorities: Path | None = None
    allow_private_webhooks: bool = False
    queue_minutes: int = 60
    disk_free: int = 1_073_741_824
    look_seconds: int = 60
    quiet_minutes: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSettings:
    """Where REST, the welcome page and the health pages listen: HTTPS with a certificate, else plain HTTP.

    `names` are those it may be asked by besides the hostname; `trusted_proxies` tell whom they ask for.
    """

    address: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    names: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()

    @property
    def exposed(self) -> bool:
        """Whether passwords and tokens would cross a network in the clear."""
        return self.certificate is None and not ip_address(self.address).is_loopback

    def url(self, hostname: str) -> str:
        """How a browser reaches it; `hostname` stands for "every address"."""
        address = ip_address(self.address)
        host = hostname if address.is_unspecified else f"[{address}]" if address.version == 6 else str(address)
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is known before the first socket opens. `source` names the file it came from, if any."""

    hostname: str
    data_dir: Path
    resolvers: tuple[HostPort, ...]
    trust_resolvers: bool | None
    database: str
    listeners: tuple[ListenerSettings, ...]
    limits: LimitSettings
    delivery: DeliverySettings
    trace: TraceSettings
    admin: AdminSettings
    pickup: PickupSettings = PickupSettings()
    log: LogSettings = LogSettings()
    protocol_log: ProtocolLogSettings = ProtocolLogSettings()
    alerts: AlertSettings = AlertSettings()
    tracing: TracingSettings = TracingSettings()
    source: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key. `section` is "" for the top of the file; `path` values are relative to the file's own
    folder. `hidden`: a part of the value may be a password, so it is never told as it stands."""

    section: str
    key: str
    default: Any
    read: Reader
    sentence: str
    path: bool = False
    secret: bool = False
    hidden: bool = False

    @property
    def name(self) -> str:
        """`hostname`, `listener.port`, `limits.max_recipients`."""
        return f"{self.section}.{self.key}" if self.section else self.key

    @property
    def variable(self) -> str:
        """The environment variable; a secret's file is `…_FILE`."""
        return "GATEPOST_" + self.name.replace(".", "_").upper()


def _top(key: str, default: Any, read: Reader, sentence: str, **more: Any) -> Setting:
    return Setting(section="", key=key, default=default, read=read, sentence=sentence, **more)


def _in(section: str, key: str, default: Any, read: Reader, sentence: str, **more: Any) -> Setting:
    return Setting(section=section, key=key, default=default, read=read, sentence=sentence, **more)


_PORT = values.number(0, 65535)
_MINUTES = values.number(1, 7 * 24 * 60)
_NETWORKS = values.several(values.network)

SETTINGS: tuple[Setting, ...] = (
    _top("hostname", None, values.host_name,
         "Our name in the banner, EHLO and Received lines. Default: the machine's host name."),
    _top("data_dir", "gatepost-data", values.text,
         "Folder of the queue, the trace, the configuration, keys and the admin socket.", path=True),
    _top("resolvers", (), values.several(values.host_port(53)),
         "DNS servers as `address` or `address:port`. Default: the system's."),
    _top("trust_resolvers", None, values.boolean,
         "Whether DNSSEC's word counts as the DNS servers give it, because they validate and the way to them is safe. "
         "Default: true where all of them are on this machine."),
    _top("database", "sqlite", values.text, "Storage engine. Only `sqlite` is available yet."),
    _in("listener", "address", "127.0.0.1", values.address, "IP address to listen on."),
    _in("listener", "port", 2525, _PORT, "TCP port; 0 lets the system choose one."),
    _in("listener", "tls", None, values.choice("none", "starttls", "implicit"),
        "TLS offered: `none`, `starttls` or `implicit`. Default: `starttls` where a certificate "
        "is configured, else `none`."),
    _in("listener", "certificate", None, values.text,
        "PEM file with the server certificate and its chain. Where no `[[listener]]` is described, the one on "
        "127.0.0.1 shows a certificate that the relay makes itself, to try TLS with.", path=True),
    _in("listener", "key", None, values.text,
        "PEM file with the private key. Default: the certificate's own file.", path=True),
    _in("listener", "pfx", None, values.text,
        "PFX (PKCS #12) file with certificate, chain and key, in place of `certificate` and "
        "`key`.", path=True),
    _in("listener", "pfx_password", None, values.text, "Password of the PFX file.", secret=True),
    _in("listener", "submission", False, values.boolean, "Offer AUTH PLAIN and LOGIN, over TLS only."),
    _in("listener", "require_auth", False, values.boolean,
        "Refuse mail from clients that have not authenticated."),
    _in("listener", "proxies", (), _NETWORKS,
        "Networks whose connections must begin with a PROXY v1 or v2 header."),
    _in("listener", "xclient", (), _NETWORKS, "Networks that may use XCLIENT."),
    _in("limits", "max_connections", 20_000, values.number(1, 1_000_000), "Connections at one time."),
    _in("limits", "max_connections_per_client", 100, values.number(1, 1_000_000),
        "Connections at one time from one IPv4 address or IPv6 /64."),
    _in("limits", "max_message_size", 157_286_400, values.octets,
        "Largest message in octets. A connector may set its own."),
    _in("limits", "max_recipients", 1000, values.number(100, 100_000),
        "Recipients of one message (RFC 5321 §4.5.3.1.8: at least 100)."),
    _in("limits", "command_timeout", 300, values.number(1, 3600),
        "Seconds to wait for a command (RFC 5321 §4.5.3.2.7: 5 minutes)."),
    _in("limits", "data_timeout", 600, values.number(1, 7200),
        "Seconds to wait for the next octets of a message."),
    _in("limits", "min_data_rate", 500, values.number(0, 100000000),
        "Slowest tolerated message, octets a second; 0 tolerates any."),
    _in("limits", "max_received", 50, values.number(5, 1000),
        "Received lines beyond which a message is a loop."),
    _in("limits", "min_free_space", 268_435_456, values.octets,
        "Free octets on the disk of `data_dir` below which mail is answered 452."),
    _in("delivery", "expire_after_hours", 48, values.number(1, 24 * 30),
        "Age at which undelivered mail is returned to its sender."),
    _in("delivery", "warn_after_hours", 4, values.number(0, 24 * 30),
        "Age at which the sender is told of the delay, once; 0 never tells."),
    _in("delivery", "retry_minutes", (1, 5, 15, 30, 60, 120, 240), values.several(_MINUTES),
        "Minutes between attempts; the last one repeats."),
    _in("delivery", "digest_minutes", 60, values.number(1, 7 * 24 * 60),
        "Minutes between two digests to one owner of devices; the first comes at once."),
    _in("delivery", "allow_private_mx", False, values.boolean,
        "Deliver to MX hosts on loopback and private addresses; for laboratories."),
    _in("delivery", "max_connections_per_destination", 20, values.number(1, 1000),
        "Connections at one time to one destination."),
    _in("trace", "keep_days", 30, values.number(1, 3660),
        "Days that the story of a finished message is kept."),
    _in("log", "format", None, values.choice("json", "text", "rfc5424"),
        "How facts are written: `json`, `text` or `rfc5424`. Default: text on a terminal, else JSON."),
    _in("log", "level", "info", values.choice("debug", "info", "warning", "error"),
        "The quietest facts that are written; all are counted."),
    _in("log", "file", None, values.text,
        "File to write them to, in place of standard error; it may be moved away while Gatepost runs.", path=True),
    _in("log", "syslog", None, values.syslog_server,
        "Syslog server that gets them besides, in RFC 5424: `unix:/dev/log`, `udp:host:514`, `tcp:host:601` or "
        "`tls:host:6514`."),
    _in("log", "syslog_authorities", None, values.text,
        "PEM file of the CAs whose certificates count at a syslog server by TLS. Default: the system's.", path=True),
    _in("log", "facility", "mail",
        values.choice("user", "mail", "daemon", *(f"local{number}" for number in range(8))),
        "Facility of the syslog messages."),
    _in("protocol_log", "without_connector", False, values.boolean,
        "Log what is said in sessions, too, that no connector names."),
    _in("protocol_log", "keep_days", 30, values.number(1, 3660), "Days that the protocol log is kept."),
    _in("protocol_log", "max_file_size", 10_485_760, values.octets,
        "Octets of one of its files; then the next is begun."),
    _in("protocol_log", "max_folder_size", 262_144_000, values.octets,
        "Octets of its files for each direction; then the oldest go."),
    _in("tracing", "endpoint", None, values.collector,
        "OpenTelemetry collector that gets traces, by OTLP over HTTP: `http://127.0.0.1:4318`. Default: none."),
    _in("tracing", "headers", None, values.text,
        "What it is sent besides, a `Name: value` on each line of the file.", secret=True),
    _in("tracing", "service_name", "gatepost", values.text, "What this relay is called in traces."),
    _in("tracing", "sample_ratio", 1.0, values.fraction, "The share of messages that are traced, from 0 to 1."),
    _in("tracing", "addresses", False, values.boolean,
        "Whether traces say senders, recipients and the words of other hosts, which often hold them."),
    _in("tracing", "refusals", False, values.boolean,
        "Whether mail that is refused is traced, too; strangers can make any number of such traces."),
    _in("pickup", "folder", None, values.text,
        "Folder whose `.eml` files are sent, as mail from 127.0.0.1. Default: none.", path=True),
    _in("alerts", "mail", (), values.several(values.mailbox), "Mail addresses that are told of alerts."),
    _in("alerts", "webhooks", (), values.several(values.webhook),
        "HTTPS addresses that alerts are posted to, as JSON with a `text` that Slack and Teams show.", hidden=True),
    _in("alerts", "webhook_secret", None, values.text,
        "Key of the HMAC-SHA256 in X-Gatepost-Signature, by which a receiver knows who posts.", secret=True),
    _in("alerts", "webhook_authorities", None, values.text,
        "PEM file of CAs that count for webhooks besides the system's.", path=True),
    _in("alerts", "allow_private_webhooks", False, values.boolean,
        "Post to webhooks at loopback and private addresses, too."),
    _in("alerts", "queue_minutes", 60, values.number(0, 30 * 24 * 60),
        "Minutes that mail may wait before that is an alert; 0 never."),
    _in("alerts", "disk_free", 1_073_741_824, values.octets,
        "Free octets on the disk of `data_dir` below which that is an alert, before mail is refused "
        "(`min_free_space`); 0 never."),
    _in("alerts", "look_seconds", 60, values.number(1, 3600), "Seconds between two looks at what may be an alert."),
    _in("alerts", "quiet_minutes", 10, values.number(0, 24 * 60),
        "Minutes for which an alert must not be seen any more until it is resolved."),
    _in("admin", "address", "127.0.0.1", values.address, "IP address of REST, the welcome page and the health pages."),
    _in("admin", "port", 8025, _PORT, "TCP port of the same; 0 lets the system choose one."),
    _in("admin", "certificate", None, values.text,
        "PEM file with the certificate and chain of the admin listener, which then speaks HTTPS. A renewed one "
        "counts after a restart.", path=True),
    _in("admin", "key", None, values.text,
        "PEM file with its private key. Default: the certificate's own file.", path=True),
    _in("admin", "names", (), values.several(values.host_name),
        "Further names that the admin listener may be asked by, such as a proxy's."),
    _in("admin", "trusted_proxies", (), _NETWORKS,
        "Networks of proxies before the admin listener, whose X-Forwarded-For and X-Forwarded-Proto are believed."),
)  # fmt: skip

SECTIONS = tuple(dict.fromkeys(setting.section for setting in SETTINGS))


def settings_in(section: str) -> tuple[Setting, ...]:
    return tuple(setting for setting in SETTINGS if setting.section == section)
