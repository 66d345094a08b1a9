"""What strangers cannot do: take every place, stay for ever, fill the memory or the disk."""

import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import GUEST, OURS, PATIENCE, PRINTER, Client, House, by_address, domain, house
from papers import SERVER

from gatepost.inbound import listener, session

pytestmark = pytest.mark.flow
EDITS = (domain(), by_address())


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep of the deadlines comes ten times a second."""
    monkeypatch.setattr(listener, "_SWEEP_SECONDS", 0.1)


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[House]:
    """A relay that waits one second for anything."""
    with house(tmp_path, *EDITS, settings="[limits]\ncommand_timeout = 1\ndata_timeout = 1") as made:
        yield made


def bodies(relay: House) -> list[str]:
    return [path.name for path in (relay.relay.desk.settings.data_dir / "bodies").iterdir()]


# --- places ---------------------------------------------------------------------------------------


def test_one_client_takes_only_its_own_places_and_gives_them_back(tmp_path: Path) -> None:
    with house(tmp_path, settings="[limits]\nmax_connections_per_client = 3") as relay:
        first = [relay.connect() for _ in range(3)]
        with relay.connect() as one_too_many:
            assert one_too_many.greeting[0].startswith("421 4.7.0 ")
            assert one_too_many.reply() == []
        with relay.connect(source="127.0.0.2") as neighbour:
            assert neighbour.greeting[0].startswith("220 ")
        assert relay.facts.wait_for("session_refused")[0]["client"] == "127.0.0.1"
        for client in first:
            client.close()
        relay.facts.wait_for("session_ended", 5)
        with relay.connect() as again:
            assert again.greeting[0].startswith("220 ")


def test_all_places_together_are_limited(tmp_path: Path) -> None:
    with house(tmp_path, settings="[limits]\nmax_connections = 2") as relay:
        clients = [relay.connect(source=f"127.0.0.{n}") for n in (1, 2, 3)]
        assert [client.greeting[0][:9] for client in clients] == ["220 relay", "220 relay", "421 4.3.2"]
        for client in clients:
            client.close()


def test_behind_a_proxy_every_client_is_counted_by_itself(tmp_path: Path) -> None:
    limits = "[limits]\nmax_connections_per_client = 2"
    with house(tmp_path, listeners=[{"proxies": ["127.0.0.1"]}], settings=limits) as relay:
        heard = []
        clients = []
        for last in (1, 2, 3, 3, 3, 4):
            client = Client(relay.port, greeted=False)
            client.send(f"PROXY TCP6 2001:db8::{last} ::1 1000 25\r\n".encode() if last == 3 else b"")
            if last != 3:
                client.send(f"PROXY TCP4 192.0.2.{last} 192.0.2.99 1000 25\r\n".encode())
            heard.append(client.reply()[0][:9])
            clients.append(client)
        assert heard == ["220 relay", "220 relay", "220 relay", "220 relay", "421 4.7.0", "220 relay"]
        for client in clients:
            client.close()
        relay.facts.wait_for("session_ended", 6)
        with Client(relay.port, greeted=False) as again:
            again.send(b"PROXY TCP6 2001:db8::ffff ::1 1000 25\r\n")
            assert again.reply()[0].startswith("220 ")


# --- time -----------------------------------------------------------------------------------------


def drip(client: Client, octets: bytes) -> list[str]:
    """One octet every twentieth of a second, until the server says something."""
    for octet in octets:
        client.send(bytes([octet]))
        if select.select([client.socket], [], [], 0.05)[0]:
            break
    return client.reply()


def test_a_command_has_one_deadline_however_it_drips(hasty: House) -> None:
    with hasty.connect() as client:
        client.say("EHLO x")
        assert drip(client, b"N" * 100)[0].startswith("421 4.4.2 ")
        assert client.reply() == []


def test_a_silent_client_is_told_to_go(hasty: House) -> None:
    with hasty.connect() as client:
        assert client.reply()[0].startswith("421 4.4.2 ")


def test_a_body_that_stops_is_given_up_and_leaves_nothing(hasty: House) -> None:
    with hasty.connect() as client:
        client.say("EHLO x")
        client.envelope()
        client.say("DATA")
        client.send(b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n")
        assert client.reply()[0].startswith("421 4.4.2 ")
    assert hasty.run(hasty.relay.spool.counts()).waiting == 0


def test_a_body_that_moves_may_take_longer_than_a_command(hasty: House) -> None:
    with hasty.connect() as client:
        client.say("EHLO x")
        client.envelope()
        client.say("DATA")
        assert drip(client, b"Subject: slowly\r\n\r\nHello\r\n.\r\n")[0].startswith("250 2.6.0 ")
    hasty.mail()


def test_a_body_below_the_minimum_rate_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_BODY_GRACE_SECONDS", 0.5)
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        client.envelope()
        client.say("DATA")
        assert drip(client, b"Subject: " + b"x" * 100)[0].startswith("421 4.4.2 ")


@pytest.mark.parametrize("door", ["starttls", "implicit", "proxy"])
def test_a_handshake_that_never_comes_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    monkeypatch.setattr(session, "_HANDSHAKE_SECONDS", 0.3)
    offer = {"proxies": ["127.0.0.1"]} if door == "proxy" else {"tls": door, **SERVER.files(tmp_path)}
    with house(tmp_path, listeners=[offer]) as relay:
        with Client(relay.port, greeted=door == "starttls") as client:
            if door == "starttls":
                client.say("EHLO x", "STARTTLS")
            assert all(line.startswith("421 ") for line in client.reply())
        relay.facts.wait_for("session_ended")


def test_a_client_that_never_reads_is_not_read_and_then_cut_off(hasty: House) -> None:
    with hasty.connect() as client:
        client.say("EHLO x", f"MAIL FROM:<{PRINTER}>")
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.socket.settimeout(0.5)
        pushed, lines = 0, f"RCPT TO:<{GUEST}>\r\n".encode() * 2000
        with pytest.raises((TimeoutError, ConnectionError)):
            while pushed < 200_000_000:
                pushed += client.socket.send(lines)
        assert pushed < 60_000_000
        waiting = select.poll()
        waiting.register(client.socket, 0)  # errors and hang-ups only
        assert waiting.poll(PATIENCE * 1000)
    hasty.facts.wait_for("session_ended")


# --- sizes ----------------------------------------------------------------------------------------


def test_too_big_is_said_at_mail_or_after_the_rest_was_read(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS, settings="[limits]\nmax_message_size = 1000000") as relay, relay.connect() as client:
        client.say("EHLO x")
        assert client.say(f"MAIL FROM:<{PRINTER}> SIZE=1000001").startswith("552 5.3.4 ")
        client.envelope()
        assert client.message(b"Subject: x\r\n\r\n" + b"x\r\n" * 400_000).startswith("552 5.3.4 ")
        assert bodies(relay) == []  # at once, not when the session ends
        client.envelope()
        client.send(b"BDAT 1000001 LAST\r\n" + b"x" * 1_000_001)
        assert client.reply()[0].startswith("552 5.3.4 ")
        assert bodies(relay) == []
        client.deliver()
        relay.mail()


def test_the_recipient_that_is_too_many_is_asked_to_wait(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS, settings="[limits]\nmax_recipients = 100") as relay, relay.connect() as client:
        client.say("EHLO x")
        names = [f"guest{n}@fabrikam.com" for n in range(100)]
        assert client.envelope(PRINTER, *names).startswith("250 ")
        assert client.say(f"RCPT TO:<{GUEST}>").startswith("452 4.5.3 ")
        client.message()
        assert sum(len(one.rcpt) for one in relay.mail()) == 100


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        client.envelope()
        assert client.message(b"X-Line: x\r\n" * 30_000).startswith("552 5.3.4 ")
        client.deliver()
        relay.mail()


def test_a_loop_is_refused(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        client.envelope()
        assert client.message(b"Received: from a by b; c\r\n" * 50 + b"\r\nx\r\n").startswith("554 5.4.6 ")
    [refused] = relay.facts.wait_for("message_refused")
    assert refused["sender"] == PRINTER


# --- patience -------------------------------------------------------------------------------------


def test_ten_thousand_lines_of_garbage_end_in_421(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.send(b"\r\n".join(b"garbage %d" % n for n in range(10_000)) + b"\r\n")
        said = list(iter(client.reply, []))
        assert said[-1][0].startswith("421 4.7.0 ")
        assert len(said) == 10


def test_probing_for_recipients_ends_in_421(tmp_path: Path) -> None:
    with house(tmp_path, domain(), settings="[limits]\nmax_recipients = 100") as relay, relay.connect() as client:
        client.say("EHLO x", "MAIL FROM:<a@elsewhere.example>")
        client.send(b"".join(b"RCPT TO:<guest%d@fabrikam.com>\r\n" % n for n in range(150)))
        said = list(iter(client.reply, []))
        assert [one[0][:3] for one in said] == ["550"] * 100 + ["421"]


def test_a_connection_lost_in_the_middle_of_data_leaves_nothing(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay:
        with relay.connect() as client:
            client.say("EHLO x")
            client.envelope()
            client.say("DATA")
            client.send(b"Subject: x\r\n\r\n" + b"x" * 70 * 10_000)
        relay.facts.wait_for("session_ended")
        assert bodies(relay) == []
        assert relay.run(relay.relay.spool.counts()).waiting == 0
        assert relay.facts.all("accepted") == []


def test_a_connection_lost_after_the_dot_keeps_the_message(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay:
        with relay.connect() as client:
            client.say("EHLO x")
            client.envelope()
            client.say("DATA")
            client.send(b"Subject: x\r\n\r\nHello\r\n.\r\n")
        relay.facts.wait_for("accepted")
        relay.mail()


def test_mail_pipelined_while_an_answer_is_worked_out_comes_in_order(tmp_path: Path) -> None:
    """More than the socket's share arrives while the first message is being stored."""
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        content = b"Subject: x\r\n\r\n" + b"x" * 300_000
        one = b"MAIL FROM:<%s>\r\nRCPT TO:<anna@%s>\r\nBDAT %d LAST\r\n" % (
            PRINTER.encode(), OURS.encode(), len(content)
        )  # fmt: skip
        client.send((one + content) * 5 + b"QUIT\r\n")
        said = [reply[0][:9] for reply in iter(client.reply, [])]
        assert said == ["250 2.1.0", "250 2.1.5", "250 2.6.0"] * 5 + ["221 2.0.0"]
