"""Whoever connects to the admin listener and then takes its time is let go, and nobody else."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from house import PATIENCE, House, house

from gatepost.web import serving

pytestmark = pytest.mark.flow

HEAD = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A relay whose admin listener waits a moment only."""
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.3)
    with house(tmp_path) as server:
        yield server


def caller(server: House) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.relay.admin.port), timeout=PATIENCE)


def heard(connection: socket.socket) -> bytes:
    """Everything until the other side is gone."""
    octets = b""
    try:
        while block := connection.recv(65536):
            octets += block
    except ConnectionResetError:
        pass
    return octets


@pytest.mark.parametrize(
    "said", [b"", b"GET", HEAD, HEAD + b"X: " + b"y" * 1000], ids=["nothing", "word", "line", "long"]
)
def test_half_a_head_is_not_waited_for(hasty: House, said: bytes) -> None:
    with caller(hasty) as slow:
        slow.sendall(said)
        assert heard(slow) == b""


def test_a_second_head_is_not_waited_for_either(hasty: House) -> None:
    with caller(hasty) as slow:
        slow.sendall(HEAD + b"\r\n" + HEAD)
        assert heard(slow).startswith(b"HTTP/1.1 200 ")


def test_a_body_that_nobody_wants_is_not_waited_for(hasty: House) -> None:
    with caller(hasty) as slow:
        slow.sendall(b"POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        assert heard(slow).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_is_read_may_take_longer_than_a_head(hasty: House) -> None:
    body = b'{"name": "anna", "password": "x"}'
    with caller(hasty) as patient, caller(hasty) as slow:
        length = str(len(body)).encode()
        patient.sendall(
            b"POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: " + length + b"\r\n\r\n"
        )
        slow.sendall(HEAD)
        assert heard(slow) == b""  # who came later is gone
        patient.sendall(body)
        assert heard(patient).startswith(b"HTTP/1.1 401 ")


def test_a_request_of_two_lengths_is_the_last_of_its_connection(hasty: House) -> None:
    with caller(hasty) as smuggler:
        smuggler.sendall(
            b"POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n0\r\n\r\n" + HEAD + b"\r\n"
        )
        answers = heard(smuggler)
        assert answers.startswith(b"HTTP/1.1 400 ") and answers.count(b"HTTP/1.1 ") == 1
        assert b"Remedy" not in answers and b"send one of the two" in answers


def test_no_more_connections_are_kept_than_leave_room_for_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 3)
    with house(tmp_path) as server:
        several = [caller(server) for _ in range(3)]
        with caller(server) as one_more:
            assert heard(one_more) == b""
        several.pop().close()
        for one in several:
            one.sendall(HEAD + b"Connection: close\r\n\r\n")
            assert heard(one).startswith(b"HTTP/1.1 200 ")
            one.close()
        with caller(server) as again:
            again.sendall(HEAD + b"Connection: close\r\n\r\n")
            assert heard(again).startswith(b"HTTP/1.1 200 ")


SLOW = (
    b"POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)


def test_slow_bodies_of_one_address_keep_nobody_else_out(tmp_path: Path) -> None:
    with house(tmp_path) as server, ExitStack() as open_ones:
        for _ in range(serving.MOST_CONNECTIONS):
            one = open_ones.enter_context(caller(server))
            one.sendall(SLOW)
        place = ("127.0.0.1", server.relay.admin.port)
        with socket.create_connection(place, timeout=PATIENCE, source_address=("127.0.0.2", 0)) as other:
            other.sendall(HEAD + b"Connection: close\r\n\r\n")
            assert heard(other).startswith(b"HTTP/1.1 200 ")


def signing_in(server: House, client: str, name: str) -> bytes:
    """What a wrong sign-in is answered, that a proxy passes on for a client."""
    body = b'{"name": "' + name.encode() + b'", "password": "wrong"}'
    with caller(server) as proxy:
        proxy.sendall(
            b"POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nX-Forwarded-For: 10.9.9.9, " + client.encode() + b"\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        return heard(proxy)


def test_a_listed_proxy_is_believed_who_asks_and_nobody_else_is(tmp_path: Path) -> None:
    listed = 'trusted_proxies = ["127.0.0.1"]'
    with house(tmp_path, settings=f"[admin]\nport = 0\n{listed}") as server:
        for number in range(30):
            assert signing_in(server, "203.0.113.5", f"name{number}").startswith(b"HTTP/1.1 401 ")
        assert signing_in(server, "203.0.113.5", "anna").startswith(b"HTTP/1.1 429 ")
        assert signing_in(server, "203.0.113.6", "anna").startswith(b"HTTP/1.1 401 ")
    (other := tmp_path / "unlisted").mkdir()
    with house(other) as server:
        for number in range(30):
            signing_in(server, f"203.0.113.{number}", f"name{number}")
        assert signing_in(server, "203.0.113.99", "anna").startswith(b"HTTP/1.1 429 ")
