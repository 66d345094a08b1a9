"""What old devices send wrong is made right on the way, and the trace says each thing that was changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import GUEST, PRINTER, House, by_address, change, domain, house

from gatepost.config import ObjectKind
from gatepost.errors import ConfigRefused

pytestmark = pytest.mark.flow
CONNECTOR = "SMTP Relay (Non-TLS)"
ROOT = "root@printer.local"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("fix_ups")
    with house(folder, domain(), by_address()) as made:
        yield made


@pytest.fixture(autouse=True)
def _fresh(relay: House) -> None:
    relay.sink.deliveries.clear()
    relay.change(
        change(
            ObjectKind.INBOUND, CONNECTOR,
            RewriteSenders="None", SenderRewriteAddress=None, RepairHeaders=True, BareLineFeeds="Reject",
        )
    )  # fmt: skip


def sent(relay: House, content: bytes, *, sender: str = PRINTER) -> tuple[str, bytes, list[str]]:
    """MAIL as it left, the message, and what the trace says was changed."""
    with relay.connect() as device:
        device.say("EHLO printer")
        id_ = device.deliver(content, sender=sender)
    [arrived] = relay.mail()
    return arrived.mail, arrived.content, relay.trace(id_)["events"][0].get("changes", [])


def test_what_is_missing_is_added_and_told(relay: House) -> None:
    _, content, changes = sent(relay, b"Subject: Scan \xe4\r\n\r\nHello\r\n")
    assert b"\r\nSubject: Scan \xe4\r\n" in content, "octets beyond ASCII stay as they came"
    assert f"\r\nFrom: <{PRINTER}>\r\n".encode() in content
    assert changes == [
        "Date was missing and has been added.",
        "Message-ID was missing and has been added.",
        f"From was missing and has been added: {PRINTER}, as in MAIL FROM.",
    ]


def test_a_connector_can_leave_headers_as_they_are(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, CONNECTOR, RepairHeaders=False))
    _, content, changes = sent(relay, b"Subject: x\r\n\r\nHello\r\n")
    assert content.endswith(b"\r\nSubject: x\r\n\r\nHello\r\n")
    assert b"\r\nDate:" not in content
    assert changes == []


def test_a_long_header_line_is_folded(relay: House) -> None:
    _, content, changes = sent(relay, b"Subject: " + b"word " * 500 + b"\r\n\r\nHello\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert "Header lines over 998 octets have been folded." in changes


def test_bare_newlines_that_were_normalized_are_told(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, CONNECTOR, BareLineFeeds="Normalize"))
    _, content, changes = sent(relay, b"Subject: old\nX: y\r\n\nHello\rWorld\n\r\n")
    assert content.endswith(b"\r\n\r\nHello\r\nWorld\r\n\r\n")
    assert "Lines that ended with a lone CR or LF now end with CRLF." in changes


def test_bare_newlines_in_chunks_are_normalized_across_their_borders(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, CONNECTOR, BareLineFeeds="Normalize"))
    with relay.connect() as device:
        device.say("EHLO printer", f"MAIL FROM:<{PRINTER}>", f"RCPT TO:<{GUEST}>")
        for piece in (b"Subject: x\r", b"\n", b"\r", b"Hello\r", b"\r\n.", b"\n"):
            device.send(b"BDAT %d\r\n" % len(piece) + piece)
            assert device.reply()[-1].startswith("250 ")
        device.send(b"BDAT 0 LAST\r\n")
        assert device.reply()[-1].startswith("250 2.6.0 ")
    [arrived] = relay.mail()
    assert arrived.content.endswith(b"\r\n\r\nHello\r\n\r\n.\r\n")


def test_a_sender_of_no_accepted_domain_is_refused_until_the_connector_writes_another(relay: House) -> None:
    with relay.connect() as device:
        device.say("EHLO printer")
        assert device.envelope(ROOT).startswith("550 5.7.64 ")
    relay.change(
        change(ObjectKind.INBOUND, CONNECTOR, RewriteSenders="NotAccepted", SenderRewriteAddress="scans@contoso.com")
    )
    mail, content, changes = sent(relay, b"From: Scanner <root@printer.local>\r\n\r\nHello\r\n", sender=ROOT)
    assert mail.startswith("MAIL FROM:<scans@contoso.com>")
    assert b"\r\nFrom: Scanner <scans@contoso.com>\r\n" in content
    assert b"\r\nReply-To: <root@printer.local>\r\n" in content
    assert changes[:3] == [
        f"MAIL FROM said {ROOT}; it now says scans@contoso.com.",
        f"From said {ROOT}; it now says scans@contoso.com.",
        f"Reply-To has been added: {ROOT}.",
    ]


def test_the_null_sender_and_accepted_senders_stay(relay: House) -> None:
    relay.change(
        change(ObjectKind.INBOUND, CONNECTOR, RewriteSenders="NotAccepted", SenderRewriteAddress="scans@contoso.com")
    )
    mail, content, changes = sent(relay, b"Date: x\r\nMessage-ID: y\r\nFrom: a@contoso.com\r\n\r\nHello\r\n")
    assert mail.startswith(f"MAIL FROM:<{PRINTER}>")
    assert b"\r\nFrom: a@contoso.com\r\n" in content
    assert changes == []
    with relay.connect() as device:
        device.say("EHLO printer")
        assert device.envelope("").startswith("550 "), "by its address alone nobody may send reports"


def test_a_stranger_gains_nothing_from_a_connector_that_writes_senders(relay: House) -> None:
    relay.change(change(ObjectKind.INBOUND, CONNECTOR, RewriteSenders="All", SenderRewriteAddress="scans@contoso.com"))
    with relay.connect(source="127.0.0.9") as stranger:
        stranger.say("EHLO stranger")
        assert stranger.envelope(ROOT).startswith("550 5.7.64 ")
        stranger.say("RSET")
        stranger.deliver(b"From: x@elsewhere.example\r\n\r\nHello\r\n", PRINTER, sender="x@elsewhere.example")
    [arrived] = relay.mail()
    assert arrived.mail.startswith("MAIL FROM:<x@elsewhere.example>")
    assert b"\r\nFrom: x@elsewhere.example\r\n" in arrived.content


def test_the_address_that_is_written_must_be_the_organizations_own(relay: House) -> None:
    with pytest.raises(ConfigRefused, match="lies in no accepted domain"):
        relay.change(
            change(ObjectKind.INBOUND, CONNECTOR, RewriteSenders="All", SenderRewriteAddress="a@elsewhere.example")
        )
    with pytest.raises(ConfigRefused, match="SenderRewriteAddress is missing"):
        relay.change(change(ObjectKind.INBOUND, CONNECTOR, RewriteSenders="All"))
