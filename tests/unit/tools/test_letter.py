"""The letter: everything that a mail program's user can put into one, and nothing that breaks its header."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.mail import parse_mailbox
from gatepost.tools import BadLetter, Enclosure, Letter, compose

A, B, C = (parse_mailbox(f"{name}@contoso.com") for name in "abc")


def letter(**more: object) -> Letter:
    plain: dict[str, object] = {
        "sender": A,
        "recipients": (B,),
        "subject": "Scan",
        "body": "Hello\n",
        "at": datetime(2026, 7, 1, 12, tzinfo=UTC),
        "message_id": "<1@contoso.com>",
    }
    return Letter(**{**plain, **more})  # type: ignore[arg-type]


def read(**more: object) -> EmailMessage:
    message = email.message_from_bytes(compose(letter(**more)), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_copies_and_answers_have_headers_of_their_own() -> None:
    message = read(cc=(C,), reply_to=(A, B))
    assert (message["Cc"], message["Reply-To"]) == ("c@contoso.com", "a@contoso.com, b@contoso.com")
    assert "Cc" not in read()


def test_people_are_called_by_their_names() -> None:
    message = read(names={A: "Scanner, 2nd floor", B: "张三"})
    assert message["From"].addresses[0].display_name == "Scanner, 2nd floor"
    assert message["To"].addresses[0].display_name == "张三"
    assert compose(letter(names={B: "张三"})).isascii()


def test_a_letter_to_nobody_but_blind_copies_has_no_to_line() -> None:
    assert "To" not in read(recipients=())


def test_a_body_can_be_html() -> None:
    message = read(body="<p>Grüße</p>\n", html=True)
    assert message.get_content_type() == "text/html"
    assert message.get_content().strip() == "<p>Grüße</p>"


def test_any_letter_between_ascii_addresses_travels_in_seven_bits() -> None:
    assert compose(letter(body="Grüße €\n", subject="你好")).isascii()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("scan.pdf", "application/pdf"), ("日本.txt", "text/plain"), ("x", "application/octet-stream")],
)
def test_files_are_enclosed_as_they_are(name: str, kind: str) -> None:
    [part] = read(enclosures=(Enclosure(name=name, content=b"\x00\r\n.\n\xff"),)).iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == (name, kind)
    assert part.get_payload(decode=True) == b"\x00\r\n.\n\xff"


def test_headers_may_be_added_and_our_own_replaced() -> None:
    message = read(headers=(("X-Priority", "1"), ("message-id", "<2@contoso.com>"), ("From", "c@contoso.com")))
    assert message["X-Priority"] == "1"
    assert message.get_all("Message-ID") == ["<2@contoso.com>"]
    assert message.get_all("From") == ["c@contoso.com"]  # what the envelope says is another thing


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": (("X-A", "1\r\nBcc: x@y.test"),)},
        {"headers": (("X-A: 1\r\nBcc", "x@y.test"),)},
        {"headers": (("Bad name", "1"),)},
        {"headers": (("Subject", "one"), ("subject", "another"))},
        {"headers": (("Content-Type", "text/plain"),)},
        {"names": {A: "x\r\nBcc: y@z.test"}},
        {"body": "\ud800"},
    ],
)
def test_a_letter_that_would_break_its_header_is_not_written(wrong: dict[str, object]) -> None:
    with pytest.raises(BadLetter):
        compose(letter(**wrong))


@settings(deadline=None)
@given(subject=st.text(), name=st.text(), body=st.text(), file=st.text())
def test_a_letter_is_written_whole_or_refused_in_words(subject: str, name: str, body: str, file: str) -> None:
    enclosure = Enclosure(name=file, content=b"x")
    try:
        octets = compose(letter(subject=subject, names={B: name}, body=body, enclosures=(enclosure,)))
    except BadLetter:
        return
    assert octets.count(b"\n") == octets.count(b"\r\n") == octets.count(b"\r")
    header = octets.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0].lower() for line in header.split(b"\r\n") if not line.startswith((b" ", b"\t"))}
    known = {b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"}
    assert names <= known | {b"content-transfer-encoding", b"content-disposition"}
