"""Signatures: those of RFC 8463 octet for octet, and any message verified by dkimpy."""

import base64
import re
from collections.abc import Sequence
from functools import cache

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.mail import HeaderBlock
from gatepost.signing import PrivateKey, RelaxedBody, Signatory, record_of, relaxed_field, signatures
from gatepost.signing.signature import sign_octets, signed_fields

AT = 1_790_000_000


@cache
def keys() -> tuple[PrivateKey, PrivateKey]:
    return Ed25519PrivateKey.generate(), generate_private_key(public_exponent=65537, key_size=2048)


def signed(message: bytes, *, selectors: Sequence[str] = ("ed", "rsa")) -> bytes:
    block = HeaderBlock(message)
    body = RelaxedBody()
    body.feed(message[block.body_start :].removeprefix(b"\r\n"))
    who = [Signatory(domain="contoso.com", selector=s, key=k) for s, k in zip(selectors, keys(), strict=True)]
    return signatures(block, body.finish(), who, at=AT) + message


def verified(message: bytes, number: int) -> bool:
    """Whether dkimpy, which is told our records, finds the signature of that number good."""
    records = {b"ed._domainkey.contoso.com.": keys()[0], b"rsa._domainkey.contoso.com.": keys()[1]}
    verifier = dkim.DKIM(message)
    try:
        good: bool = verifier.verify(idx=number, dnsfunc=lambda name, timeout=5: record_of(records[name]).encode())
    except dkim.ValidationError:  # the body is another
        return False
    return good


MESSAGES = [
    b"From: a@contoso.com\r\n\r\n",
    b"From: a@contoso.com\r\nSubject: x\r\n\r\nbody \t \r\n\r\n\r\n",
    b"Received: from x\r\n\tby y; z\r\nFrom:a@contoso.com\r\nSUBJECT:  a\r\n\tb  \r\nTo: b@x\r\n c@y\r\n\r\n.dots\r\n",
    b"From: a@contoso.com\r\nDate: \xe4\xf6\r\nX: \xff\r\n\r\n\xe4\xff\x00 8 bit\r\n",
    b"From: a@contoso.com\r\nResent-From: c@contoso.com\r\nResent-From: d@contoso.com\r\n\r\nx\r\n",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_both_signatures_of_a_message_verify(message: bytes) -> None:
    assert verified(signed(message), 0)
    assert verified(signed(message), 1)


FIELD = st.tuples(
    st.sampled_from([b"Subject", b"to", b"CC", b"X-Device", b"List-Id", b"References", b"Date", b"Comments"]),
    st.lists(st.sampled_from([b"word", b"=?utf-8?q?=E4?=", b" ", b"\t ", b"\r\n ", b"\r\n\t", b"\xc3\xa4", b";:,<>@"])),
).map(lambda it: it[0] + b": x" + b"".join(it[1]) + b"x\r\n")


@settings(max_examples=60, deadline=None)  # an RSA key takes its time on a busy machine
@given(
    st.lists(FIELD, max_size=8),
    st.lists(st.sampled_from([b"text", b" ", b"\t", b"\r\n", b"\r\n\r\n", b"\xe4", b"."]), max_size=20),
)
def test_whatever_the_message_its_signatures_verify(fields: list[bytes], body: list[bytes]) -> None:
    message = b"".join([b"From: a@contoso.com\r\n", *fields, b"\r\n", *body, b"\r\n"])
    assert verified(signed(message), 0)
    assert verified(signed(message), 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"From: a@", b"From: b@"),
        (b"Subject: x", b"Subject: y"),
        (b"body", b"tody"),
        (b"\r\n\r\nbody", b"\r\nReply-To: thief@fabrikam.com\r\n\r\nbody"),
        (b"Subject: x", b"Subject: y\r\nSubject: x"),
        (b"\r\n\r\nbody", b"\r\nContent-Type: text/html\r\n\r\nbody"),
    ],
)
def test_what_readers_see_cannot_be_changed_or_added(old: bytes, new: bytes) -> None:
    message = signed(b"From: a@contoso.com\r\nSubject: x\r\n\r\nbody\r\n")
    head, found, rest = message.partition(b"From: a@")
    changed = head + (found + rest).replace(old, new)
    assert changed != message
    assert not verified(changed, 0)
    assert not verified(changed, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: x", b"Subject:   x  "),
        (b"body\r\n", b"body  \r\n\r\n"),
        (b"From: a@", b"Received: from a relay\r\nX-Spam: no\r\nSender: list@fabrikam.com\r\nFrom: a@"),
    ],
)
def test_what_relays_do_on_the_way_breaks_nothing(old: bytes, new: bytes) -> None:
    message = signed(b"From: a@contoso.com\r\nSubject: x\r\n\r\nbody\r\n")
    head, found, rest = message.partition(b"From: a@")
    assert verified(head + (found + rest).replace(old, new), 1)


def test_no_line_is_long_and_no_part_of_the_body_is_left_out() -> None:
    many = b"".join(b"Resent-To: %d@x\r\n" % number for number in range(100))
    fields = signed(b"From: a@contoso.com\r\n" + many + b"\r\n").partition(b"From:")[0]
    assert max(map(len, fields.split(b"\r\n"))) <= 78
    assert not re.search(rb"[;\s]l=", fields)
    assert b"t=%d;" % AT in fields


def test_ed25519_signs_as_the_example_of_rfc_8463_does() -> None:
    """Appendix A: the same key, message and fields give the same octets."""
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))
    assert record_of(key) == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    message = (
        b"From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
        b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
        b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
    )
    body = RelaxedBody()
    body.feed(b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n")
    body_hash = base64.b64encode(body.finish()).decode()
    assert body_hash == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    names = "from:to:subject:date:message-id:from:subject:date"
    field = (
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
        " d=football.example.com; i=@football.example.com;\r\n"
        " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
        " subject : date : message-id : from : subject : date;\r\n"
        f" bh={body_hash};\r\n b=\r\n"
    )
    octets = signed_fields(HeaderBlock(message), names.split(":")) + relaxed_field(field.encode()).removesuffix(b"\r\n")
    assert (
        base64.b64encode(sign_octets(key, octets)).decode()
        == "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    )
