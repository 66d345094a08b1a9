"""Trouble of our own: no disk, no folder, a programming error. The client is told to come back, and nothing is lost."""

import sqlite3
from pathlib import Path

import pytest
from house import GUEST, PRINTER, Client, House, by_address, domain, house

from gatepost.inbound.intake import Intake
from gatepost.mail import Reply

pytestmark = pytest.mark.flow
EDITS = (domain(), by_address())
LARGE = b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 4_200


def folder_of(relay: House) -> Path:
    return relay.relay.desk.settings.data_dir / "bodies"


def test_a_full_disk_is_452_before_the_message_is_sent(tmp_path: Path) -> None:
    limits = f"[limits]\nmin_free_space = {1 << 50}"
    with house(tmp_path, *EDITS, settings=limits) as relay, relay.connect() as client:
        client.say("EHLO x")
        assert client.say(f"MAIL FROM:<{PRINTER}>").startswith("452 4.3.1 ")
        relay.relay.spool.min_free_octets = 0


def test_a_large_body_that_cannot_be_written_is_refused_and_the_session_goes_on(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        folder = folder_of(relay)
        away = folder.rename(folder.with_name("away"))
        client.envelope()
        assert client.message(LARGE)[:4] in ("451 ", "452 ")
        away.rename(folder)
        client.deliver(LARGE)
        assert relay.mail()[0].content.endswith(LARGE.partition(b"\r\n\r\n")[2])
        assert relay.facts.all("trouble")


def test_a_large_body_that_cannot_be_sealed_is_answered(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        client.envelope()
        client.say("DATA")
        client.send(LARGE)
        folder = folder_of(relay)
        with relay.connect() as other:  # whose reply shows that the octets before it were read
            other.say("EHLO y")
        assert list(folder.glob("*.partial"))
        for partial in folder.glob("*.partial"):
            partial.unlink()
        client.send(b".\r\n")
        assert client.reply()[0][:4] in ("451 ", "452 ")
        client.deliver(LARGE)
        relay.mail()


def test_a_database_that_is_locked_is_waited_for_or_answered_451(tmp_path: Path) -> None:
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        client.deliver()
        relay.mail()
        database = next(relay.relay.desk.settings.data_dir.glob("queue.db"))
        other = sqlite3.connect(database, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            client.envelope()
            client.say("DATA")
            client.send(b"Subject: x\r\n\r\nHello\r\n.\r\n")
            other.execute("COMMIT")
        finally:
            other.close()
        said = client.reply()[0]
        assert said.startswith(("250 2.6.0 ", "451 ")), said
        if said.startswith("451 "):
            client.deliver()
        relay.mail(2)


@pytest.mark.parametrize("large", [False, True])
def test_an_error_in_the_middle_of_a_body_never_makes_half_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    def broken(_: Intake, __: bytes) -> Reply | None:
        raise ZeroDivisionError

    content = LARGE if large else b"Subject: x\r\n\r\nHello\r\n"
    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        with monkeypatch.context() as patched:
            patched.setattr(Intake, "write", broken)
            client.envelope()
            assert client.message(content).startswith("451 4.3.0 ")
        assert relay.facts.all("trouble")[0]["where"] == "BodyChunk"
        client.deliver(content)
        assert len(relay.mail()) == 1
        assert relay.run(relay.relay.spool.counts()).waiting == 0


def test_ipv6_clients_are_known_by_their_address(tmp_path: Path) -> None:
    edits = (domain(), by_address("Six", "::1"))
    with house(tmp_path, *edits, listeners=[{"address": "::1"}]) as relay:
        with Client(relay.port, host="::1", source="::1") as client:
            assert client.say("EHLO x").startswith("250 ")
            id_ = client.deliver()
        assert b"Received: from x ([IPv6:::1])\r\n" in relay.mail()[0].content
        assert relay.trace(id_)["connector"] == "Six"


def test_mapped_addresses_from_a_proxy_are_the_ipv4_addresses_that_they_are(tmp_path: Path) -> None:
    edits = (domain(), by_address("Four", "192.0.2.9"))
    with (
        house(tmp_path, *edits, listeners=[{"proxies": ["127.0.0.1"]}]) as relay,
        Client(relay.port, greeted=False) as client,
    ):
        client.send(b"PROXY TCP6 ::ffff:192.0.2.9 ::ffff:192.0.2.1 1000 25\r\n")
        assert client.reply()[0].startswith("220 ")
        client.say("EHLO x")
        assert client.envelope(PRINTER, GUEST).startswith("250 ")


@pytest.mark.parametrize(
    ("broken", "command"), [("attribute", f"MAIL FROM:<{PRINTER}>"), ("at_rcpt", f"RCPT TO:<{GUEST}>")]
)
def test_an_error_while_judging_is_exchanges_451_and_relays_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, command: str
) -> None:
    def trouble(*_: object) -> None:
        raise ZeroDivisionError

    with house(tmp_path, *EDITS) as relay, relay.connect() as client:
        client.say("EHLO x")
        with monkeypatch.context() as patched:
            patched.setattr(f"gatepost.inbound.reception.{broken}", trouble)
            if broken == "at_rcpt":
                client.say(f"MAIL FROM:<{PRINTER}>")
            assert client.say(command) == "451 4.4.3 Temporary server error. Please try again later ATTR55.1"
        client.say("RSET")
        client.deliver()
        assert len(relay.mail()) == 1
