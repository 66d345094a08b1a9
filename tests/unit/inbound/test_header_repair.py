"""What is made right in a device's header, and that nothing else is touched."""

from collections.abc import Callable

import pytest

from gatepost.inbound.header_repair import added_fields, folded, rewritten_authors
from gatepost.mail import Address, BadAuthors, HeaderBlock, parse_mailbox, read_authors

SCANS = Address("scans", "contoso.com")


def foreign(author: Address | None) -> Address | None:
    """RewriteSenders NotAccepted, in short."""
    return None if author is not None and author.domain == "contoso.com" else SCANS


def every(author: Address | None) -> Address | None:
    return None if author == SCANS else SCANS


def rewritten(header: bytes, rewrites: Callable[[Address | None], Address | None] = foreign) -> tuple[bytes, list[str]]:
    block = HeaderBlock(header + b"\r\n")
    field = block.first("from")
    made, authors, told = rewritten_authors(block, None if field is None else read_authors(field), rewrites)
    if told:
        assert authors == (SCANS,)
    return made, told


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (b"root@printer.local", b"scans@contoso.com"),
        (b"root@printer.local (Cron Daemon)", b"scans@contoso.com (Cron Daemon)"),
        (b'"Scanner, 2nd floor" <root@localhost>', b'"Scanner, 2nd floor" <scans@contoso.com>'),
        (b"=?utf-8?q?Dr=C3=BCcker?= <root@localhost>", b"=?utf-8?q?Dr=C3=BCcker?= <scans@contoso.com>"),
        (b"Dr\xfccker <root@localhost>", b"Dr\xfccker <scans@contoso.com>"),
        (b"root@localhost <root@localhost>", b"root@localhost <scans@contoso.com>"),
        (b"Root@LOCALHOST", b"<scans@contoso.com>"),
        (b"a@x.example, b@y.example", b"<scans@contoso.com>"),
        (b"Scanner", b"<scans@contoso.com>"),
    ],
)
def test_the_address_changes_and_the_name_stays(said: bytes, says: bytes) -> None:
    header, told = rewritten(b"Subject: x\r\nFrom: " + said + b"\r\nTo: a@b\r\n")
    assert header.startswith(b"Subject: x\r\nFrom: " + says + b"\r\nTo: a@b\r\n")
    assert told[0].startswith("From said ")
    try:
        assert read_authors(says) == (SCANS,)
    except BadAuthors:
        pytest.fail("the new From is ambiguous")


def test_whom_the_connector_leaves_alone_stays_byte_for_byte() -> None:
    header = b'From:   \t"X"\r\n <printer@contoso.com>\r\n'
    assert rewritten(header) == (header, [])
    assert rewritten(b"Subject: no author\r\n") == (b"Subject: no author\r\n", [])


def test_who_is_replaced_can_be_answered() -> None:
    header, told = rewritten(b"From: a@x.example, b@contoso.com\r\nSender: a@x.example\r\n")
    assert header == b"From: <scans@contoso.com>\r\nReply-To: <a@x.example>\r\n"
    assert told == [
        "From said a@x.example; it now says scans@contoso.com.",
        "The Sender field is gone; it said a@x.example.",
        "Reply-To has been added: a@x.example.",
    ]


def test_a_reply_to_of_the_device_is_kept() -> None:
    header, told = rewritten(b"From: a@x.example\r\nReply-To: help@contoso.com\r\nSender: b@contoso.com\r\n")
    assert header == b"From: scans@contoso.com\r\nReply-To: help@contoso.com\r\nSender: b@contoso.com\r\n"
    assert "Reply-To stays as the device has set it." in told


def test_an_author_without_an_address_is_told_and_not_answered() -> None:
    header, told = rewritten(b"From: \x07 Scanner\r\n")
    assert header == b"From: <scans@contoso.com>\r\n"
    assert told == ["From said no address that can be read: ? Scanner; it now says scans@contoso.com."]


def test_all_means_accepted_addresses_too() -> None:
    assert rewritten(b"From: a@contoso.com\r\n", every)[0].startswith(b"From: scans@contoso.com\r\n")
    assert rewritten(b"From: scans@contoso.com\r\n", every)[1] == []


def test_a_broken_signature_is_told() -> None:
    assert any("signature" in it for it in rewritten(b"From: a@x.example\r\nDKIM-Signature: v=1\r\n")[1])


def test_only_what_is_missing_is_added() -> None:
    sender = parse_mailbox("printer@contoso.com")
    fields, told = added_fields(HeaderBlock(b"Subject: x\r\n\r\n"), at=0.0, message_id="<1@relay>", sender=sender)
    assert fields == (
        b"Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <1@relay>\r\nFrom: <printer@contoso.com>\r\n"
    )
    assert len(told) == 3
    whole = HeaderBlock(b"Date: x\r\nMESSAGE-ID: y\r\nFrom: nobody\r\n\r\n")
    assert added_fields(whole, at=0.0, message_id="<1@relay>", sender=sender) == (b"", [])
    null = added_fields(HeaderBlock(b"Date: x\r\nMessage-ID: y\r\n\r\n"), at=0.0, message_id="", sender=None)
    assert null == (b"", []), "nobody is made up"


def test_a_signed_header_is_not_folded_and_that_is_told() -> None:
    long = b"References: " + b"<1@a.example> " * 100 + b"\r\n"
    header, told = folded(HeaderBlock(long + b"\r\n"))
    assert header != long
    assert told == ["Header lines over 998 octets have been folded."]
    signed = long + b"DKIM-Signature: v=1\r\n"
    header, told = folded(HeaderBlock(signed + b"\r\n"))
    assert header == signed
    assert "signed" in told[0]
