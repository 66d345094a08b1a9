"""The relays under test: Debian's Postfix and Gatepost, each with its own folders on loopback."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import builds
from accounting import Usage, usage
from identities import Identities

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"


class CannotRunError(Exception):
    """This relay cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a relay works: its folder, the port it listens on, where everything goes, its certificates."""

    folder: Path
    port: int
    sink: int
    identities: Identities
    by_certificate: bool = False  # only a client certificate opens the relay, not the address


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", seconds: float = 20.0) -> float:
    """Wait until the process greets with 220; return how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if process.poll() is not None:
            raise CannotRunError(f"it ended with status {process.returncode} before it greeted")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as client:
                if client.recv(4) == b"220 ":
                    client.sendall(b"QUIT\r\n")
                    client.recv(200)
                    return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.02)
    raise CannotRunError(f"nothing greets on port {port} after {seconds:.0f} s")


class Relay(ABC):
    """A relay that takes mail on `scene.port` and hands all of it to `scene.sink`."""

    name: str

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.process: subprocess.Popen[bytes] | None = None
        self.log = scene.folder / "relay.log"

    @abstractmethod
    def prepare(self) -> None:
        """Write the configuration."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program to run, in the foreground."""

    def configure(self) -> None:  # noqa: B027 - only a relay that is configured while it runs needs it
        """What must be told to the running relay before it relays."""

    def environment(self) -> dict[str, str]:
        """The environment it runs in."""
        return dict(os.environ)

    def start(self) -> float:
        """Run it; return the seconds until it greets."""
        self.scene.folder.mkdir(parents=True, exist_ok=True)
        self.prepare()
        ready = self.launch()
        self.configure()
        return ready

    def launch(self, seconds: float = 20.0) -> float:
        """Start the process, its output in the log; return the seconds until it greets."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        try:
            return wait_for_port(self.scene.port, self.process, seconds)
        except CannotRunError as reason:
            last = self.log.read_text(errors="replace").strip().splitlines()[-1:]
            raise CannotRunError(" ".join([str(reason), *last])) from None

    def usage(self) -> Usage:
        """Processor time and memory of the whole relay."""
        return usage(self.pid)

    @property
    def pid(self) -> int:
        """The first process of the relay."""
        assert self.process is not None
        return self.process.pid

    def stop(self) -> None:
        """End it in good order, or by force after ten seconds."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {root}/usr/lib/postfix/sbin
command_directory = {root}/usr/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {folder}/etc
mail_owner = {owner}
setgid_group = {group}
default_privs = nobody
# the wrapper's library path must reach the daemons
import_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ LANG=C
export_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ LANG
maillog_file = {log}
maillog_file_prefixes = {folder}
myhostname = postfix.bench.test
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = {networks}
smtpd_relay_restrictions = {restrictions}, reject
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtp_host_lookup = native
relayhost = [127.0.0.1]:{sink}
# every limit that would slow it below what the machine can do
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
default_process_limit = 100
default_destination_concurrency_limit = 20
initial_destination_concurrency = 20
smtp_connection_cache_destinations = [127.0.0.1]:{sink}
in_flow_delay = 0
message_size_limit = 157286400
mailbox_size_limit = 0
# TLS: a certificate is asked for; sessions are not resumed, as ours are not
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_CAfile = {ca}
smtpd_tls_ask_ccert = {tls_ask}
tls_ssl_options = NO_TICKET
smtpd_tls_loglevel = 0
smtp_tls_security_level = none
"""

MASTER_CF = """\
{port}    inet  n       -       n       -       -       smtpd
pickup    unix  n       -       n       60      1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
tlsmgr    unix  -       -       n       1000?   1       tlsmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
proxywrite unix -       -       n       -       1       proxymap
smtp      unix  -       -       n       -       -       smtp
relay     unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
anvil     unix  -       -       n       -       1       anvil
scache    unix  -       -       n       -       1       scache
postlog   unix-dgram n  -       n       -       1       postlogd
"""

# What `postfix set-permissions` would make: (folder, belongs to the mail owner, group, mode).
QUEUE_FOLDERS = (
    *(
        (name, True, False, 0o700)
        for name in ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"]
    ),
    *((name, True, False, 0o700) for name in ["saved", "trace", "private"]),
    ("maildrop", True, True, 0o730),
    ("public", True, True, 0o710),
    ("pid", False, False, 0o755),
)


class Postfix(Relay):
    """Debian's Postfix, unpacked under .tools, with its own configuration, queue and data folders.

    Its master must be root, since it starts its daemons as other users; a user and a group that every Debian
    has stand in for `postfix` and `postdrop`, so none is added.
    """

    name = "Postfix"
    owner, group = "daemon", "mail"

    def prepare(self) -> None:
        if os.getuid() != 0:
            raise CannotRunError("Postfix's master must be started as root; run the bench as root to measure it")
        if not (TOOLS / "bin" / "postfix-master").exists():
            raise CannotRunError("Postfix is not in .tools; run: make bench")
        scene = self.scene
        for name in ("etc", "queue", "data"):
            (scene.folder / name).mkdir()
        shutil.chown(scene.folder / "data", self.owner)
        for name, owned, grouped, mode in QUEUE_FOLDERS:
            path = scene.folder / "queue" / name
            path.mkdir()
            shutil.chown(path, self.owner if owned else "root", self.group if grouped else "root")
            path.chmod(mode)
        main = MAIN_CF.format(
            folder=scene.folder, root=TOOLS / "root", owner=self.owner, group=self.group, log=self.log,
            networks="192.0.2.0/24" if scene.by_certificate else "127.0.0.0/8",
            restrictions="permit_tls_all_clientcerts" if scene.by_certificate else "permit_mynetworks",
            tls="may" if scene.by_certificate else "none", tls_ask="yes" if scene.by_certificate else "no",
            sink=scene.sink, certificate=scene.identities.server.certificate, key=scene.identities.server.key,
            ca=scene.identities.authority,
        )  # fmt: skip
        (scene.folder / "etc" / "main.cf").write_text(main)
        (scene.folder / "etc" / "master.cf").write_text(MASTER_CF.format(port=f"127.0.0.1:{scene.port}"))

    def command(self) -> list[str]:
        return [str(TOOLS / "bin" / "postfix-master"), "-c", str(self.scene.folder / "etc"), "-d"]

    def stop(self) -> None:
        """The master ends its daemons itself, when it leads its process group."""
        group = self.process.pid if self.process else 0
        super().stop()
        if group:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


GATEPOST_TOML = """\
hostname = "gatepost.bench.test"
data_dir = "{folder}/state"
resolvers = ["127.0.0.1:9"]  # nobody answers there: nothing here may ask the world

[[listener]]
address = "127.0.0.1"
port = {port}
tls = "{tls}"
{certificate}
[limits]
max_connections = 20000
max_connections_per_client = 20000

[admin]
address = "127.0.0.1"
port = {admin}
"""


class Gatepost(Relay):
    """The relay of this project, as a user starts it, told its connectors by one document."""

    name = "Gatepost"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.admin = free_port()  # of the admin centre

    def prepare(self) -> None:
        scene = self.scene
        certificate = ""
        if scene.by_certificate:
            server = scene.identities.server
            certificate = f'certificate = "{server.certificate}"\nkey = "{server.key}"\n'
        text = GATEPOST_TOML.format(
            folder=scene.folder, port=scene.port, admin=self.admin, certificate=certificate,
            tls="starttls" if scene.by_certificate else "none",
        )  # fmt: skip
        (scene.folder / "gatepost.toml").write_text(text)

    def command(self) -> list[str]:
        return self._gatepost("serve")

    def _gatepost(self, *words: str) -> list[str]:
        return [builds.chosen().program, "-m", "gatepost", "--config", str(self.scene.folder / "gatepost.toml"), *words]

    def environment(self) -> dict[str, str]:
        return builds.environment()

    def say(self, *words: str) -> None:
        """Give one command to the running relay."""
        done = subprocess.run(
            self._gatepost(*words), capture_output=True, text=True, timeout=60, check=False, env=self.environment(),
        )  # fmt: skip
        if done.returncode:
            raise CannotRunError(f"gatepost {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")

    def configure(self) -> None:
        scene = self.scene
        connector: dict[str, object] = {"ConnectorType": "OnPremises", "SenderDomains": ["*"]}
        document: dict[str, object] = {
            "AcceptedDomain": [{"DomainName": "contoso.test"}],
            "OutboundConnector": [
                {
                    "Name": "Upstream",
                    "RecipientDomains": ["*"],
                    "UseMXRecord": False,
                    "SmartHosts": [f"127.0.0.1:{scene.sink}"],
                },
            ],
        }
        if scene.by_certificate:
            authority = scene.identities.authority.read_text()
            document["Organization"] = [{"Name": "Default", "CertificateAuthorities": [authority]}]
            connector |= {
                "Name": "By certificate",
                "RequireTls": True,
                "TlsSenderCertificateName": "relay.contoso.test",
            }
        else:
            connector |= {"Name": "By address", "SenderIPAddresses": ["127.0.0.1"]}
        document["InboundConnector"] = [connector]
        file = scene.folder / "objects.json"
        file.write_text(json.dumps(document))
        self.say("apply", str(file))
