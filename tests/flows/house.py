"""A whole relay for the length of a block: real sockets on loopback, real files, and a sink as its smart host.

The relay runs in a thread with a loop of its own, the kind that serves in production, so that tests are plain
conversations: connect, say, listen. Nothing sleeps; what is waited for is a fact, a message or a reply, in time.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import uvloop
from sink import Delivery, Sink
from sink import running as sinking

from gatepost.app import Relay, running
from gatepost.config import Edit, ObjectKind, Settings, load_settings
from gatepost.journal import Journal, Level
from gatepost.manage import Caller

PATIENCE = 20.0  # seconds that anything may take before a test fails
OURS, THEIRS = "contoso.com", "fabrikam.com"
PRINTER = f"printer@{OURS}"
GUEST = f"guest@{THEIRS}"
HELLO = b"Subject: hello\r\n\r\nHello\r\n"


# --- configuration in few words -------------------------------------------------------------------


def domain(name: str = OURS, **properties: Any) -> Edit:
    return Edit(action="add", kind=ObjectKind.DOMAIN, name=name, properties={"DomainName": name, **properties})


def inbound(name: str, **properties: Any) -> Edit:
    """An inbound connector of our own devices, unless it says otherwise."""
    known = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], **properties}
    return Edit(action="add", kind=ObjectKind.INBOUND, name=name, properties=known)


def by_address(name: str = "SMTP Relay (Non-TLS)", *addresses: str, **properties: Any) -> Edit:
    """The article's first connector."""
    return inbound(name, SenderIPAddresses=list(addresses or ("127.0.0.1",)), **properties)


def by_certificate(name: str = "SMTP Relay (TLS)", **properties: Any) -> Edit:
    """The article's second connector."""
    known = {"RequireTls": True, "TlsSenderCertificateName": "relay.contoso.com", **properties}
    return inbound(name, **known)


def change(kind: ObjectKind, name: str, **properties: Any) -> Edit:
    return Edit(action="set", kind=kind, name=name, properties=properties)


def user(name: str, password: str, **properties: Any) -> Edit:
    return Edit(action="add", kind=ObjectKind.USER, name=name, properties={"Password": password, **properties})


def organization(**properties: Any) -> Edit:
    return change(ObjectKind.ORGANIZATION, "Default", **properties)


# --- the house ------------------------------------------------------------------------------------


class Facts:
    """What the journal was told, for waiting on it from another thread."""

    def __init__(self) -> None:
        self._told: list[tuple[str, dict[str, Any]]] = []
        self._news = threading.Condition()

    def write(self, name: str, _: Level, facts: dict[str, Any]) -> None:
        with self._news:
            self._told.append((name, facts))
            self._news.notify_all()

    def all(self, name: str) -> list[dict[str, Any]]:
        with self._news:
            return [facts for told, facts in self._told if told == name]

    def wait_for(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Until a fact was told so many times."""
        with self._news:
            found = self._news.wait_for(lambda: sum(told == name for told, _ in self._told) >= count, PATIENCE)
            assert found, f"{name} was not told {count} times, but {self._told}"
        return self.all(name)


class House:
    """A relay that is running, its sink, and the facts it told."""

    def __init__(self, loop: asyncio.AbstractEventLoop, relay: Relay, sink: Sink, facts: Facts) -> None:
        self._loop = loop
        self.relay = relay
        self.sink = sink
        self.facts = facts
        self.ports = [port for _, port in relay.addresses]

    @property
    def port(self) -> int:
        return self.ports[0]

    def run(self, work: Any) -> Any:
        """Wait for a coroutine in the relay's own loop."""
        running_: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return running_.result(PATIENCE)

    def call(self, function: Any, *arguments: Any) -> Any:
        """Call something in the relay's own thread."""

        async def now() -> Any:
            return function(*arguments)

        return self.run(now())

    def change(self, *edits: Edit) -> None:
        """Store a change, as every face does."""
        self.relay.config.change(edits, who="tests", origin="tests")

    def mail(self, count: int = 1) -> list[Delivery]:
        """What the sink has, once it has so many messages."""
        self.run(self.sink.wait_for(count))
        return self.sink.deliveries

    def trace(self, id_: str) -> dict[str, Any]:
        """The whole story of a message, as `gatepost trace show` prints it."""
        answer = self.run(self.relay.desk.call("trace.show", {"id": id_}, caller=Caller.owner("tests")))
        value: dict[str, Any] = answer.value
        return value

    def delivered_story(self, id_: str) -> dict[str, Any]:
        """The story once the journal has told of the delivery."""
        with self.facts._news:
            found = self.facts._news.wait_for(
                lambda: any(n == "delivered" and f.get("id") == id_ for n, f in self.facts._told), PATIENCE
            )
        assert found, f"{id_} was not delivered: {self.facts._told}"
        return self.trace(id_)

    def connect(self, listener: int = 0, **more: Any) -> "Client":
        return Client(self.ports[listener], **more)


@contextmanager
def house(
    folder: Path,
    *edits: Edit,
    listeners: Sequence[Mapping[str, Any]] = ({},),
    settings: str = "",
    sink: Sink | None = None,
    tune: Callable[[Settings], Settings] = lambda settings: settings,
) -> Iterator[House]:
    """Run a relay. `listeners` are tables of gatepost.toml, `settings` its other lines; `tune` may leave its bounds."""
    file = folder / "gatepost.toml"
    file.write_text(_toml(listeners, settings))
    facts = Facts()
    ready: Future[House] = Future()
    stop = asyncio.Event()

    async def serve() -> None:
        try:
            async with (
                sinking(sink or Sink()) as reached,
                running(tune(load_settings(file, {})), Journal(facts.write, quietest=Level.DEBUG)) as relay,
            ):
                to_sink = Edit(
                    action="add",
                    kind=ObjectKind.OUTBOUND,
                    name="Sink",
                    properties={"RecipientDomains": ["*"], "SmartHosts": [f"127.0.0.1:{reached.port}"]},
                )
                relay.config.change([*edits, to_sink], who="tests", origin="tests")
                ready.set_result(House(asyncio.get_running_loop(), relay, reached, facts))
                await stop.wait()
        except BaseException as trouble:
            if ready.done():
                raise
            ready.set_exception(trouble)

    thread = threading.Thread(target=lambda: uvloop.run(serve()), name="relay")
    thread.start()
    try:
        made = ready.result(PATIENCE)
        try:
            yield made
        finally:
            made.call(stop.set)
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the relay does not stop"


def _toml(listeners: Sequence[Mapping[str, Any]], settings: str) -> str:
    named = "hostname" in settings
    lines = [*([] if named else ['hostname = "relay.contoso.com"']), 'data_dir = "data"', *settings.splitlines()]
    if "[admin]" not in settings:
        lines += ["[admin]", "port = 0"]
    for listener in listeners:
        lines.append("[[listener]]")
        for key, value in {"port": 0, **listener}.items():
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value) if isinstance(value, int) else f'"{value}"'


# --- a client that says what it is told -----------------------------------------------------------


class Client:
    """A socket on which every octet is the test's own. Passes for the other end of a dialog."""

    def __init__(self, port: int, *, source: str = "127.0.0.1", host: str = "127.0.0.1", greeted: bool = True) -> None:
        self.socket: socket.socket = socket.create_connection((host, port), PATIENCE, (source, 0))
        self._heard = b""
        self.greeting: list[str] = self.reply() if greeted else []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> list[str]:
        """The next whole reply; empty when the server has hung up."""
        lines: list[str] = []
        while True:
            while b"\r\n" not in self._heard:
                try:
                    piece = self.socket.recv(65536)
                except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                    piece = b""
                if not piece:
                    return lines
                self._heard += piece
            line, _, self._heard = self._heard.partition(b"\r\n")
            lines.append(line.decode())
            if line[3:4] != b"-":
                return lines

    def say(self, *lines: str) -> str:
        """Send each line in a write of its own; the last line of the last reply."""
        said = ""
        for line in lines:
            self.send(line.encode() + b"\r\n")
            said = (self.reply() or ["closed"])[-1]
        return said

    def start_tls(self, context: ssl.SSLContext | None = None) -> None:
        self.socket = (context or trusting()).wrap_socket(self.socket, server_hostname="relay.contoso.com")

    def secure(self, context: ssl.SSLContext | None = None) -> Self:
        """EHLO, STARTTLS, handshake, EHLO."""
        assert self.say("EHLO device.contoso.com", "STARTTLS").startswith("220 ")
        self.start_tls(context)
        assert self.say("EHLO device.contoso.com").startswith("250 ")
        return self

    def envelope(self, sender: str = PRINTER, *recipients: str) -> str:
        """MAIL and RCPTs; the answer to the last one."""
        said = self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients or (GUEST,):
            said = self.say(f"RCPT TO:<{recipient}>")
        return said

    def message(self, content: bytes = HELLO) -> str:
        """DATA, the content with its dots stuffed, and the answer; the queue id where it was taken."""
        assert self.say("DATA").startswith("354 ")
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        self.send((b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n")
        return (self.reply() or ["closed"])[-1]

    def deliver(
        self, content: bytes = b"Subject: hello\r\n\r\nHello\r\n", *recipients: str, sender: str = PRINTER
    ) -> str:
        """A whole transaction that must be taken; its queue id."""
        said = self.envelope(sender, *recipients)
        assert said.startswith("250 "), said
        return queue_id(self.message(content))


def queue_id(reply: str) -> str:
    assert reply.startswith("250 2.6.0 "), reply
    return reply.split()[2]


def trusting(**more: Any) -> ssl.SSLContext:
    """A context that looks at nothing; `certificate` and `key` name files to present."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if more:
        context.load_cert_chain(more["certificate"], more["key"])
    return context
