"""The process around the relay: how it starts, how it refuses to, how it stops, and how much memory it takes."""

import asyncio
import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from house import GUEST, PRINTER, Client, queue_id
from papers import INTERMEDIATE, SERVER, issue
from process import QUIET, TOML, gatepost, serving
from sink import Sink
from sink import running as sinking

pytestmark = pytest.mark.flow


@contextmanager
def sink_in_a_thread() -> Iterator[int]:
    """A server that takes everything; its port."""
    ready = threading.Event()
    found: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        async with sinking(Sink()) as sink:
            stop = asyncio.Event()
            found.append((sink.port, asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    port, loop, stop = found[0]
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)


def configure(folder: Path, smart_host: int) -> None:
    """One accepted domain, devices on loopback, and one way out."""
    devices = {"Name": "Devices", "ConnectorType": "OnPremises", "SenderDomains": ["*"]}
    document = {
        "AcceptedDomain": [{"DomainName": "contoso.com"}],
        "InboundConnector": [{**devices, "SenderIPAddresses": ["127.0.0.1"]}],
        "OutboundConnector": [
            {"Name": "Up", "RecipientDomains": ["*"], "SmartHosts": [f"127.0.0.1:{smart_host}"]},
        ],
    }
    done = gatepost(folder, "apply", "-", stdin=json.dumps(document))
    assert done.returncode == 0, done.stderr


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_sigterm_tells_the_idle_ones_keeps_the_mail_and_ends_well(tmp_path: Path) -> None:
    nobody = unused_port()
    with serving(tmp_path) as relay:
        configure(tmp_path, nobody)
        idle, busy = Client(relay.port), Client(relay.port)
        busy.say("EHLO x")
        busy.envelope()
        id_ = queue_id(busy.message())
        busy.envelope()
        busy.say("DATA")
        busy.send(b"Subject: half a message\r\n\r\n")
        relay.signal(signal.SIGTERM)
        assert idle.reply() == ["421 4.3.2 Service shutting down, try again later"]
        assert busy.reply() == ["421 4.3.2 Service shutting down, try again later"]
        assert idle.reply() == busy.reply() == []
        relay.wait_for("stopping")
        relay.wait_for("stopped")
        assert relay.wait() == 0
        idle.close()
        busy.close()
    with sink_in_a_thread() as port, serving(tmp_path) as relay:
        shown = json.loads(gatepost(tmp_path, "queue", "show", id_, "--json").stdout)
        assert shown["id"] == id_
        moved = gatepost(tmp_path, "connector", "set", "--outbound", "Up", "--smart-hosts", f"127.0.0.1:{port}")
        assert moved.returncode == 0, moved.stderr
        retried = gatepost(tmp_path, "queue", "retry", id_)
        assert retried.returncode == 0, retried.stderr
        assert relay.wait_for("delivered")["id"] == id_


def test_ctrl_c_ends_as_well_as_sigterm(tmp_path: Path) -> None:
    with serving(tmp_path) as relay:
        relay.signal(signal.SIGINT)
        assert relay.wait() == 0


def test_sighup_looks_at_the_certificates_now(tmp_path: Path) -> None:
    files = SERVER.files(tmp_path)
    lines = "".join(f'{key} = "{value}"\n' for key, value in files.items())
    with serving(tmp_path, TOML + lines) as relay:
        issue(by=INTERMEDIATE).files(tmp_path)
        relay.signal(signal.SIGHUP)
        assert "server.pem" in relay.wait_for("certificate_loaded")["source"]
        with Client(relay.port) as client:
            client.secure()


def test_a_wrong_file_is_one_sentence_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "gatepost.toml").write_text(
        'hostname = "not a name"\nnonsense = 1\n[limits]\nmax_recipients = 3\n'
        '[[listener]]\nport = "smtp"\ntls = "ssl"\n'
    )
    done = gatepost(tmp_path, "serve")
    assert done.returncode == 78
    for word in ("hostname", "nonsense", "max_recipients", "port", "tls"):
        assert any(word in line for line in done.stderr.splitlines()), (word, done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("which", ["listener", "second listener", "admin"])
def test_an_address_in_use_is_named(tmp_path: Path, which: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        toml = {
            "listener": f"{QUIET}[admin]\nport = 0\n[[listener]]\nport = {port}\n",
            "second listener": f"{TOML}[[listener]]\nport = {port}\n",
            "admin": f"{QUIET}[admin]\nport = {port}\n[[listener]]\nport = 0\n",
        }[which]
        (tmp_path / "gatepost.toml").write_text(toml)
        done = gatepost(tmp_path, "serve")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert str(port) in done.stderr
    assert "in use" in done.stderr


def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path):
        done = gatepost(tmp_path, "serve")
        assert done.returncode == 1
        assert "Another Gatepost is using this data directory." in done.stderr
        assert "Traceback" not in done.stderr


def test_a_large_message_does_not_pass_through_the_memory(tmp_path: Path) -> None:
    """40 MB in, stored, out again: the process stays small."""
    with sink_in_a_thread() as port, serving(tmp_path) as relay:
        configure(tmp_path, port)
        with Client(relay.port) as client:
            client.say("EHLO x")
            client.deliver(b"Subject: small\r\n\r\nHello\r\n")
            relay.wait_for("delivered")
            before = relay.resident()
            client.say(f"MAIL FROM:<{PRINTER}>", f"RCPT TO:<{GUEST}>", "DATA")
            lines = (b"x" * 76 + b"\r\n") * 1000
            client.send(b"Subject: large\r\n\r\n")
            for _ in range(40_000_000 // len(lines)):
                client.send(lines)
            client.send(b".\r\n")
            assert client.reply()[0].startswith("250 2.6.0 ")
            relay.wait_for("delivered")
        assert relay.resident() - before < 20_000_000
