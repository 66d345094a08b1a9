"""The protocol log through real sockets: what connectors ask for, and nothing that is nobody's business."""

import base64
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, by_address, change, domain, house, user
from papers import issue

from gatepost.config import ObjectKind
from gatepost.errors import NotFound
from gatepost.manage import Caller

pytestmark = pytest.mark.flow
PASSWORD = "correct-horse-battery"
HEADER = "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("protocol-log")
    listeners = [{}, {"submission": True, **issue().files(folder)}]
    edits = [
        domain(),
        by_address("Printers", "127.0.0.1", ProtocolLoggingLevel="Verbose"),
        by_address("Scanners", "127.0.0.2"),
        user("anna", PASSWORD),
    ]
    with house(folder, *edits, listeners=listeners, settings="[protocol_log]\nwithout_connector = true") as running:
        running.change(change(ObjectKind.OUTBOUND, "Sink", ProtocolLoggingLevel="Verbose"))
        yield running


def _asked(relay: House, verb: str, **arguments: Any) -> Any:
    return relay.run(relay.relay.desk.call(verb, arguments, caller=Caller.owner("tests"))).value


def _said(session: dict[str, Any]) -> list[str]:
    return [f"{line['event']} {line['data'] or line['context']}".rstrip() for line in session["lines"]]


def _files(relay: House) -> list[Path]:
    _asked(relay, "protocol-log.find")  # writes what waits
    folder = relay.relay.desk.settings.data_dir / "log" / "protocol"
    return sorted(folder.rglob("*.log"))


def test_a_message_is_heard_coming_and_going_without_its_text(relay: House) -> None:
    with relay.connect() as client:
        client.say("EHLO printer.contoso.com")
        first = client.deliver(b"Subject: another\r\n\r\nAnother\r\n")
        id_ = client.deliver(b"Subject: hello\r\n\r\nA secret of the house\r\n")
        client.say("QUIT")
    relay.delivered_story(first)
    relay.delivered_story(id_)
    came, went = _asked(relay, "trace.protocol", id=id_)
    assert (came["direction"], came["connector"]) == ("receive", "Printers")
    assert (went["direction"], went["connector"]) == ("send", "Sink")
    said = _said(came)
    assert said[0] == "+" and said[1].startswith("> 220 ")
    assert said[2] == "< EHLO printer.contoso.com" and said[3].startswith("> 250-")
    start = said.index("< MAIL FROM:<printer@contoso.com>")
    assert [line[:6] for line in said[start : start + 6]] == [
        "< MAIL",
        "> 250 ",
        "< RCPT",
        "> 250 ",
        "< DATA",
        "> 354 ",
    ]
    assert said[start + 6].startswith("< (the message, ")
    assert said[start + 7 : start + 9] == [f"> 250 2.6.0 {id_} Queued mail for delivery", "< QUIT"]
    said = _said(went)
    start = said.index(f"* sending message {id_}")
    assert said[start + 1].startswith("> MAIL FROM:<printer@contoso.com>")
    assert said[start + 2].startswith("> RCPT TO:<guest@fabrikam.com>")
    assert first not in f"{came} {went}", "another message of the same sessions is not told of"
    assert all(b"secret of the house" not in file.read_bytes() for file in _files(relay))


def test_the_files_are_exchanges(relay: House) -> None:
    with relay.connect() as client:
        client.say("EHLO device.contoso.com")
        client.deliver()
    receive, send = _files(relay)
    assert receive.name.startswith("RECV") and send.name.startswith("SEND")
    lines = receive.read_bytes().decode().split("\r\n")
    assert lines[0] == "#Software: Gatepost" and lines[2] == "#Log-type: SMTP Receive Protocol Log"
    assert lines[4] == HEADER
    rows = [row for row in csv.reader(lines[5:]) if row]
    assert {len(row) for row in rows} == {9}
    assert {row[6] for row in rows} <= set("+-<>*")
    session = [row for row in rows if row[2] == rows[0][2]]
    assert [row[3] for row in session] == [str(number) for number in range(len(session))]


def test_passwords_are_never_written(relay: House) -> None:
    name, word = (base64.b64encode(it.encode()).decode() for it in ("anna", PASSWORD))
    plain = base64.b64encode(f"\0anna\0{PASSWORD}".encode()).decode()
    for lines in (
        ["AUTH LOGIN", name, word],
        [f"AUTH PLAIN {plain}"],
        [plain, f"auth  plain {plain}", f"NOOP\t{word}"],
    ):
        with relay.connect(1) as client:
            client.secure()
            client.say(*lines)
            client.say("QUIT")
    written = b"".join(file.read_bytes() for file in _files(relay)).decode()
    assert plain not in written and word not in written and name not in written and PASSWORD not in written
    assert "AUTH PLAIN ****" in written and ",<,****," in written
    assert "TLS established" in written


def test_only_who_asks_for_it_is_logged(relay: House) -> None:
    with relay.connect(source="127.0.0.2") as client:
        client.say("EHLO scanner.contoso.com")
        id_ = client.deliver()
        client.say("QUIT")
    relay.delivered_story(id_)
    assert [it["direction"] for it in _asked(relay, "trace.protocol", id=id_)] == ["send"]
    assert _asked(relay, "protocol-log.find", text="scanner.contoso.com") == []


def test_a_stranger_is_found_by_what_was_said(relay: House) -> None:
    with relay.connect(source="127.0.0.3") as client:
        client.say("EHLO stranger.example", "MAIL FROM:<a@fabrikam.com>", "RCPT TO:<b@fabrikam.com>")
        client.say("QUIT")
    (found,) = _asked(relay, "protocol-log.find", text="stranger.EXAMPLE", host="127.0.0.3")
    assert found["connector"] is None
    said = _said(_asked(relay, "protocol-log.show", session=found["session"].lower()))
    assert any(line.startswith("> 550 5.7.") for line in said)
    assert _asked(relay, "protocol-log.find", text="stranger.example", connector="Printers") == []
    with pytest.raises(NotFound, match=r"Remedy: look it up"):
        _asked(relay, "protocol-log.show", session="0000000000000000")
