"""Lines that real servers write: Gatepost hands a message to Postfix, Exim and OpenSMTPD, and each to the sink.

What the analyser makes of their Received lines is tested here, on theirs and not on ours. The servers are Debian's,
see debian.py; where one of them does not start, its test fails and shows what it said.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from debian import EXIM, OPENSMTPD, ROOT, free_port, running
from house import GUEST, PRINTER, House, by_address, domain, house
from papers import SERVER

from gatepost.config import Edit, ObjectKind
from gatepost.headers import Analysis, Own, analyse

pytestmark = [pytest.mark.flow, pytest.mark.peer]
OUR_HOST = "relay.contoso.com"

# --- how each is told to take everything and hand it to the sink ------------------------------------------

POSTFIX_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {folder}/etc
mail_owner = postfix
setgid_group = postdrop
import_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ LANG=C
export_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ LANG
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = postfix.fabrikam.com
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
relayhost = [127.0.0.1]:{sink}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_received_header = yes
"""
POSTFIX_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
retry     unix  -       -       n       -       -       error
error     unix  -       -       n       -       -       error
postlog   unix-dgram n  -       n       -       1       postlogd
"""
POSTFIX_QUEUE = [
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "saved",
    "trace",
    "private",
    "maildrop",
    "public",
    "pid",
]

EXIM_CONF = """\
keep_environment = LD_LIBRARY_PATH
primary_hostname = exim.fabrikam.com
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
acl_smtp_rcpt = accept
acl_smtp_data = accept
host_lookup =
begin routers
onwards:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = smarthost
begin transports
smarthost:
  driver = smtp
  port = {sink}
  allow_localhost
  hosts_try_dane =
begin retry
* * F,1h,1m
"""

# In the clear: every STARTTLS tried with Debian 12's OpenSMTPD 6.8 failed ("missing private key" with an RSA key, "EVP
# lib" with an EC key), perhaps because its key process does not fit OpenSSL 3; the cause was not found.
OPENSMTPD_CONF = """\
listen on 127.0.0.1 port {port} hostname opensmtpd.fabrikam.com
action "onwards" relay host smtp://127.0.0.1:{sink}
match from any for any action "onwards"
"""


@contextmanager
def postfix(folder: Path, sink: int) -> Iterator[int]:
    port = free_port()
    for name in ("etc", "data", *(f"queue/{it}" for it in POSTFIX_QUEUE)):
        (folder / name).mkdir(mode=0o700, parents=True)
    facts = {"folder": folder, "root": ROOT, "sink": sink, "port": port, **SERVER.files(folder)}
    (folder / "etc" / "main.cf").write_text(POSTFIX_MAIN.format(**facts))
    (folder / "etc" / "master.cf").write_text(POSTFIX_MASTER.format(**facts))
    with running(folder, [ROOT / "usr/lib/postfix/sbin/master", "-c", folder / "etc", "-d"], port=port):
        yield port


@contextmanager
def exim(folder: Path, sink: int) -> Iterator[int]:
    port = free_port()
    (folder / "spool").mkdir()
    settings = folder / "exim.conf"
    settings.write_text(EXIM_CONF.format(folder=folder, sink=sink, port=port, **SERVER.files(folder)))
    settings.chmod(0o644)
    shown = [(EXIM / "usr/sbin/exim4", "/usr/sbin/exim4")]  # where it looks for itself
    with running(folder, ["/usr/sbin/exim4", "-C", settings, "-bdf"], port=port, shown=shown):
        yield port


@contextmanager
def opensmtpd(folder: Path, sink: int) -> Iterator[int]:
    port, spool = free_port(), folder / "spool"
    for name, mode in (("", 0o711), ("offline", 0o770), ("run", 0o755), ("var/run", 0o755)):
        (spool / name).mkdir(parents=True)
        (spool / name).chmod(mode)
    for name in ("purge", "temporary", "queue", "incoming", "corrupt"):
        (spool / name).mkdir(mode=0o700)
    settings = folder / "smtpd.conf"
    settings.write_text(OPENSMTPD_CONF.format(sink=sink, port=port))
    shown = [
        (spool, "/var/spool/smtpd"),
        (spool, "/var/lib/opensmtpd/empty"),
        (OPENSMTPD / "usr/sbin/smtpctl", "/usr/sbin/smtpctl"),
        (OPENSMTPD / "usr/libexec/opensmtpd", "/usr/libexec/opensmtpd"),
    ]
    command: list[str | Path] = [OPENSMTPD / "usr/sbin/smtpd", "-d", "-v", "-f", settings]
    with running(folder, command, port=port, shown=shown, root=spool):
        yield port


Hop = Callable[[Path, int], AbstractContextManager[int]]
OVER_TLS = ("Postfix", "Exim")
HOPS: dict[str, Hop] = {"Postfix": postfix, "Exim": exim, "OpenSMTPD": opensmtpd}


# --- the way through each ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("relay"), domain(), by_address("Devices")) as made:
        yield made


@pytest.fixture(scope="module", params=HOPS)
def hop(
    request: pytest.FixtureRequest, relay: House, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """One real server that takes everything from us and gives it to the sink; its maker's name, and its port."""
    name: str = request.param
    with HOPS[name](tmp_path_factory.mktemp(name.lower()), relay.sink.port) as port:
        yield name, port


def newest(relay: House, count: int) -> Analysis:
    """What the analyser says of the next message at the sink."""
    content = relay.mail(count + 1)[count].content
    return analyse(content, Own(hosts=frozenset({OUR_HOST}), addresses=("127.0.0.1",)), now=datetime.now(UTC))


def test_through_us_and_on_over_tls_where_it_is_offered(relay: House, hop: tuple[str, int]) -> None:
    name, port = hop
    domain = f"{name.lower()}.example"
    onwards = {
        "RecipientDomains": [domain],
        "SmartHosts": [f"127.0.0.1:{port}"],
        "UseMXRecord": False,
        **({"TlsSettings": "EncryptionOnly"} if name in OVER_TLS else {}),
    }
    relay.change(Edit(action="add", kind=ObjectKind.OUTBOUND, name=name, properties=onwards))
    count = len(relay.sink.deliveries)
    with relay.connect() as device:
        device.say("EHLO device.contoso.com")
        queue_id = device.deliver(b"Subject: on\r\nMessage-ID: <on@contoso.com>\r\n\r\nx\r\n", f"anna@{domain}")
    way = newest(relay, count)
    ours, theirs = way.hops
    assert (ours.received.host, ours.ours, ours.received.id) == (OUR_HOST, True, queue_id)
    assert (str(theirs.received.product), theirs.received.host) == (name, f"{name.lower()}.fabrikam.com")
    assert theirs.received.hello == OUR_HOST and theirs.received.address == "127.0.0.1"
    if name in OVER_TLS:
        assert theirs.received.tls.version == "TLSv1.3" and theirs.received.tls.cipher
    assert theirs.received.tls.used == (name in OVER_TLS)
    assert theirs.received.for_ in ("", f"anna@{domain}") and theirs.received.id
    assert theirs.received.moment is not None and theirs.received.moment.zoned
    assert theirs.delay is not None and way.total is not None and way.total >= 0
    assert (way.verdict.relay, way.verdict.connector, way.verdict.queue_id) == (OUR_HOST, "Devices", queue_id)
    assert way.verdict.certain
    assert not [it for it in way.findings if it.severity in ("error", "warning")], way.findings


def test_in_the_clear_it_is_not_taken_for_tls(relay: House, hop: tuple[str, int]) -> None:
    name, port = hop
    count = len(relay.sink.deliveries)
    with smtplib.SMTP("127.0.0.1", port, local_hostname="printer.contoso.com") as device:
        device.sendmail(PRINTER, [GUEST], b"Subject: clear\r\nMessage-ID: <clear@contoso.com>\r\n\r\nx\r\n")
    [theirs] = newest(relay, count).hops
    assert (str(theirs.received.product), theirs.received.tls.used) == (name, False)
    assert theirs.received.hello == "printer.contoso.com" and theirs.received.moment is not None
