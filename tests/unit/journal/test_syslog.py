"""Facts as syslog messages: the format by examples, and real servers of each kind, one of them dead."""

import contextlib
import json
import queue
import socket
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from gatepost.journal import Journal, Level, LogTerms
from gatepost.journal.rfc5424 import Origin, syslog_message
from gatepost.journal.syslog_server import SyslogServer

_AT = datetime(2026, 7, 23, 22, 55, 13, 120_000, tzinfo=UTC)
_ORIGIN = Origin(hostname="relay.contoso.com", process=42)
_HEAD = "1 2026-07-23T22:55:13.120Z relay.contoso.com gatepost 42"


@pytest.mark.parametrize(
    ("name", "level", "facts", "message"),
    [
        pytest.param(
            "started", Level.INFO, {}, f'<22>{_HEAD} started - {{"level":"info","fact":"started"}}', id="bare"
        ),
        pytest.param(
            "accepted",
            Level.INFO,
            {"id": "0a", "connector": "Printers", "octets": 9},
            f'<22>{_HEAD} accepted [gatepost@32473 id="0a" connector="Printers"] '
            '{"level":"info","fact":"accepted","id":"0a","connector":"Printers","octets":9}',
            id="structured data",
        ),
        pytest.param(
            "trouble",
            Level.ERROR,
            {"connector": 'a"b\\c]d', "client": None},
            f'<19>{_HEAD} trouble [gatepost@32473 connector="a\\"b\\\\c\\]d"] '
            '{"level":"error","fact":"trouble","connector":"a\\"b\\\\c]d","client":null}',
            id="escaped",
        ),
    ],
)
def test_a_fact_is_one_message(name: str, level: Level, facts: dict[str, Any], message: str) -> None:
    assert syslog_message(_ORIGIN, name, level, facts, _AT).decode() == message


@given(st.text(), st.text())
def test_no_text_ends_a_message_or_its_element(connector: str, hello: str) -> None:
    facts = {"connector": connector, "hello": hello}
    message = syslog_message(_ORIGIN, "accepted", Level.INFO, facts, _AT).decode()
    assert not any(ord(char) < 32 for char in message)
    data = message.partition(" accepted ")[2]
    if data.startswith("["):
        at, escaped = 1, False
        while escaped or data[at] != "]":
            escaped = data[at] == "\\" and not escaped
            at += 1
        data = data[at + 1 :]
    assert json.loads(data.lstrip("-").strip())["connector"] == connector


def test_a_name_is_no_more_than_a_word() -> None:
    origin = Origin(hostname="relay\r\n<0>1 forged", process=1, facility="local7")
    assert syslog_message(origin, "started", Level.INFO, {}, _AT).startswith(
        b"<190>1 2026-07-23T22:55:13.120Z relay<0>1forged "
    )


def _told(server: str, listening: socket.socket) -> list[str]:
    """What a journal of two facts says to the server."""
    journal = Journal.open(LogTerms(syslog=server, file=Path("/dev/null")))
    journal.fact("started", hostname="ü")
    journal.fact("welcome", link="a key that crosses no network")
    journal.fact("stopped")
    journal.close()
    if listening.type == socket.SOCK_DGRAM:
        return [listening.recv(9000).decode() for _ in range(2)]
    connection, _ = listening.accept()
    octets = b"".join(iter(lambda: connection.recv(9000), b""))
    connection.close()
    messages = []
    while octets:
        length, _, octets = octets.partition(b" ")
        messages.append(octets[: int(length)].decode())
        octets = octets[int(length) :]
    return messages


@pytest.mark.parametrize("kind", ["udp", "tcp", "unix"])
def test_a_server_gets_every_fact_without_the_key_of_the_house(tmp_path: Path, kind: str) -> None:
    family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as listening:
        listening.settimeout(10)
        listening.bind(str(tmp_path / "log") if kind == "unix" else ("127.0.0.1", 0))
        if kind == "tcp":
            listening.listen()
        place = str(tmp_path / "log") if kind == "unix" else f"127.0.0.1:{listening.getsockname()[1]}"
        first, second = _told(f"{kind}:{place}", listening)
    assert " started - " in first and '"hostname":"ü"' in first
    assert " stopped - " in second


class Collector:
    """A syslog server that speaks TLS: each connection gives one message, and is closed."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authorities = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authorities))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(10)
        self.port = self._listening.getsockname()[1]
        self.got: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._listening, contextlib.suppress(TimeoutError):
            while True:
                plain, _ = self._listening.accept()
                try:
                    with self._context.wrap_socket(plain, server_side=True) as connection:
                        message = connection.recv(9000).partition(b" ")[2].decode()
                except OSError as trouble:  # the relay did not like our certificate
                    message = type(trouble).__name__
                self.got.put(message)

    def journal(self, name: str, log: Path) -> Journal:
        terms = LogTerms(syslog=f"tls:{name}:{self.port}", syslog_authorities=self.authorities, file=log)
        return Journal.open(terms)


def test_a_server_by_tls_gets_every_fact_over_connections_that_it_closes(tmp_path: Path) -> None:
    collector = Collector(tmp_path)
    journal = collector.journal("localhost", tmp_path / "log")
    for name in ("started", "stopping", "stopped"):
        journal.fact(name)
        assert f" {name} - " in collector.got.get(timeout=10)
    journal.close()


def test_a_server_whose_certificate_has_another_name_or_another_ca_gets_nothing(tmp_path: Path) -> None:
    collector, log = Collector(tmp_path), tmp_path / "log"
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    for name, authorities, why in (
        ("127.0.0.1", collector.authorities, "The certificate of 127.0.0.1 does not count: IP address mismatch"),
        ("localhost", other, "The certificate of localhost does not count: "),
        ("localhost", tmp_path / "none.pem", "none.pem holds no CAs: No such file or directory"),
    ):
        collector.authorities = authorities
        journal = collector.journal(name, log)
        while why not in log.read_text():
            journal.fact("stopping")
        journal.close()
    assert " stopping " not in "".join(collector.got.queue)


def test_a_dead_server_holds_nothing_up_and_what_it_lost_is_told(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    log = tmp_path / "gatepost.log"
    journal = Journal.open(LogTerms(syslog=f"tcp:127.0.0.1:{port}", file=log))
    assert journal._syslog is not None
    for _ in range(15_000):
        journal._syslog.send(b"one of many")
    while b'"fact":"syslog_unreachable"' not in log.read_bytes():
        journal.fact("stopping")
    assert journal._syslog.lost >= 4_000
    with socket.create_server(("127.0.0.1", port)) as back:
        back.settimeout(20)
        connection, _ = back.accept()
        with connection:
            reading = threading.Thread(target=lambda: list(iter(lambda: connection.recv(65536), b"")))
            reading.start()
            while b'"fact":"syslog_recovered"' not in log.read_bytes():
                journal.fact("stopped")
            journal.close()
            reading.join()
    recovered = next(json.loads(line) for line in log.read_bytes().splitlines() if b"syslog_recovered" in line)
    assert recovered["lost"] >= 4_000


def test_a_log_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "gatepost.log"
    journal = Journal.open(LogTerms(format="rfc5424", file=log, hostname="relay"))
    journal.fact("started")
    log.rename(tmp_path / "old.log")
    journal.fact("stopped")
    assert b" relay gatepost " in (tmp_path / "old.log").read_bytes()
    assert b" stopped - " in log.read_bytes() and b" started " not in log.read_bytes()


def test_a_datagram_is_cut_between_characters() -> None:
    assert SyslogServer.at("udp:[2001:db8::1]:514") == SyslogServer(kind="udp", host="2001:db8::1", port=514)
    assert SyslogServer.at("udp:a:1").framed("ü".encode() * 9000).decode() == "ü" * 4096
