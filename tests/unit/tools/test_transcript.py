"""Transcripts show the conversation, and neither secrets nor the message nor control characters."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.mail import parse_mailbox
from gatepost.tools import BadLetter, Letter, Side, Transcript, compose, on_the_wire, plain


def still() -> Transcript:
    return Transcript(lambda: 0.0)


def shown(transcript: Transcript) -> list[str]:
    signs = {Side.CLIENT: "C", Side.SERVER: "S", Side.NOTE: "*"}
    return [f"{signs[said.side]}: {said.text}" for said in transcript.lines]


def test_both_directions_and_the_size_of_the_message() -> None:
    it = still()
    it.note("Connected")
    it.received(b"220 hello\r\n")
    it.sent(b"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n")
    it.received(b"250 ok\r\n250 ok\r\n35")
    it.received(b"4 go\r\n")
    it.sent(b"Subject: secret plan\r\n\r\n")
    it.sent(b"354 is in the body\r\n.\r\n")
    it.received(b"250 done\r\n")
    it.sent(b"QUIT\r\n")
    assert shown(it) == [
        "*: Connected",
        "S: 220 hello",
        "C: MAIL FROM:<a@b.test>",
        "C: RCPT TO:<c@d.test>",
        "C: DATA",
        "S: 250 ok",
        "S: 250 ok",
        "S: 354 go",
        "C: (the message, 47 octets)",
        "S: 250 done",
        "C: QUIT",
    ]


def test_chunks_are_told_by_their_size() -> None:
    it = still()
    it.sent(b"BDAT 10 LAST\r\n01234")
    it.sent(b"56789QUIT\r\n")
    it.received(b"250 ok\r\n")
    assert shown(it) == ["C: BDAT 10 LAST", "C: QUIT", "C: (the message, 10 octets)", "S: 250 ok"]


def test_what_auth_carries_is_masked() -> None:
    it = still()
    it.sent(b"AUTH PLAIN AGEAc2VjcmV0\r\n")
    it.received(b"334 \r\n")
    it.sent(b"c2VjcmV0\r\n")
    it.received(b"235 ok\r\n")
    it.sent(b"MAIL FROM:<>\r\n")
    assert shown(it) == ["C: AUTH PLAIN ****", "S: 334 ", "C: ****", "S: 235 ok", "C: MAIL FROM:<>"]


def test_a_flood_is_cut_short() -> None:
    it = still()
    it.received(b"250-x\r\n" * 5000 + b"y" * 100_000)
    assert len(it.lines) == 500


@given(st.text(max_size=600))
@settings(deadline=None)
def test_what_is_shown_is_printable_and_short(text: str) -> None:
    assert plain(text).isprintable() and len(plain(text)) <= 513


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\nb", b"a\r\nb\r\n"),
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\rb\n\n", b"a\r\nb\r\n\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_a_file_gets_the_wires_line_ends(content: bytes, wire: bytes) -> None:
    assert on_the_wire(content) == wire


def letter(**more: object) -> Letter:
    plain_one: dict[str, object] = {
        "sender": parse_mailbox("a@contoso.com"),
        "recipients": (parse_mailbox("b@contoso.com"), parse_mailbox("c@fabrikam.com")),
        "subject": "Grüße 你好",
        "body": "One\n.\nTwo €\n",
        "at": datetime(2026, 7, 1, 12, tzinfo=UTC),
        "message_id": "<1@contoso.com>",
    }
    return Letter(**{**plain_one, **more})  # type: ignore[arg-type]


def test_a_composed_message_has_what_mail_should_have() -> None:
    text = compose(letter())
    assert text.startswith(b"From: a@contoso.com\r\nTo: b@contoso.com, c@fabrikam.com\r\nSubject: =?utf-8?")
    assert b"Date: Wed, 01 Jul 2026 12:00:00 +0000\r\n" in text and b"Message-ID: <1@contoso.com>\r\n" in text
    assert text.count(b"\n") == text.count(b"\r\n") == text.count(b"\r")


def test_a_null_sender_and_an_international_one_can_write() -> None:
    assert compose(letter(sender=None)).startswith(b"From: MAILER-DAEMON\r\n")
    assert "büro@contoso.com".encode() in compose(letter(sender=parse_mailbox("büro@contoso.com")))


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.test", "a\nb", "a\rb"])
def test_a_subject_cannot_add_headers(subject: str) -> None:
    with pytest.raises(BadLetter, match="cannot be composed"):
        compose(letter(subject=subject))
