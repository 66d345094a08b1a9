"""Lines that are too long: encoded anew so that what is read stays the same, and left alone where it would not."""

from email import message_from_bytes, policy
from email.message import Message
from functools import partial
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import PIECE, Survey, encode_parts, has_long_line, survey_parts

LONG = b"word " * 400 + b"=end.\r\n"


def pieces(message: bytes) -> list[bytes]:
    return list(iter(partial(BytesIO(message).readline, PIECE), b""))


def encoded(message: bytes) -> tuple[bytes, Survey]:
    found = survey_parts(pieces(message))
    return b"".join(encode_parts(pieces(message), found)), found


def leaves(message: bytes) -> list[bytes]:
    """What a reader makes of each part. The last CRLF before a boundary is not the part's."""
    parsed: Message = message_from_bytes(message, policy=policy.compat32)
    parts = [part.get_payload(decode=True) for part in parsed.walk() if not part.is_multipart()]
    return [part for part in parts if isinstance(part, bytes)]


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    inside = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    head = b'From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/%b; boundary="b"\r\n\r\n' % kind
    return head + b"preamble\r\n" + inside + b"--b--\r\nepilogue\r\n"


HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"

CHANGED = [
    (b"Subject: x\r\n\r\n" + LONG, {0: "quoted-printable"}),
    (b"Subject: x\r\nContent-Type: text/plain\r\n\r\n.\r\nFrom x \r\n" + LONG, {0: "quoted-printable"}),
    (b"MIME-Version: 1.0\r\n" + HTML + "<p>Grüße</p>\r\n".encode() * 3 + LONG, {0: "quoted-printable"}),
    (b"MIME-Version: 1.0\r\n" + HTML + "你好".encode() * 400 + b"\r\n", {0: "base64"}),
    (b"Content-Type: application/json\r\n\r\n" + b'{"a": 1}' * 300 + b"\r\n", {0: "base64"}),
    (b"Subject: x\r\n\r\n" + b"x" * (3 * PIECE + 7) + b"\r\n", {0: "quoted-printable"}),
    (b"Subject: x\r\n\r\n" + b"x" * (PIECE - 1) + b"\r\nend\r\n", {0: "quoted-printable"}),
    (mixed(b"\r\nshort", HTML + LONG[:-2], b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA"),
     {1: "quoted-printable"}),
    (mixed(b"Content-Type: application/xml\r\n\r\n" + LONG[:-2], HTML + LONG), {0: "base64", 1: "quoted-printable"}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "parts"), CHANGED)
def test_parts_with_long_lines_are_encoded_and_read_the_same(message: bytes, parts: dict[int, str]) -> None:
    made, found = encoded(message)
    assert found == Survey(parts=parts, left=False, signed=False)
    assert not has_long_line(made)
    assert made.count(b"\r\n") == made.count(b"\n") == made.count(b"\r")
    assert leaves(made) == leaves(message)
    assert message_from_bytes(made)["MIME-Version"] == "1.0"
    assert encoded(made) == (made, Survey(parts={}, left=False, signed=False))


LEFT = [
    mixed(b"\r\n" + LONG, b"Content-Type: application/pkcs7-signature\r\n\r\nx", kind=b"signed"),
    mixed(b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n" + LONG),
    mixed(b"\r\n" + LONG, kind=b"digest"),
    b"Content-Transfer-Encoding: base64\r\n\r\n" + LONG,
    b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n" + LONG,
    b"Content-Type: nonsense\r\n\r\n" + LONG,
    b"Content-Type: multipart/mixed\r\n\r\n" + LONG,
    b"Content-Type: application/pkcs7-mime\r\n\r\n" + LONG,
    b"Subject: no charset\r\n\r\n\xe4" + LONG,
    mixed(b"\r\nshort").replace(b"epilogue", LONG),
]


@pytest.mark.parametrize("message", LEFT)
def test_what_would_not_keep_its_meaning_stays_byte_for_byte(message: bytes) -> None:
    assert encoded(message) == (message, Survey(parts={}, left=True, signed=False))


def test_a_signed_message_stays_byte_for_byte() -> None:
    message = b"DKIM-Signature: v=1; a=b\r\nSubject: x\r\n\r\n" + LONG
    assert encoded(message) == (message, Survey(parts={}, left=True, signed=True))


def test_a_part_that_can_be_encoded_is_where_another_cannot() -> None:
    made, found = encoded(mixed(HTML + LONG, b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n" + LONG))
    assert found == Survey(parts={0: "quoted-printable"}, left=True, signed=False)
    assert made.count(b"quoted-printable") == 1


PART = st.tuples(
    st.sampled_from([b"\r\n", HTML, b"Content-Type: text/plain\r\n\r\n", b"Content-Type: application/x\r\n\r\n"]),
    st.lists(st.sampled_from([b"short", LONG[:-2], b"", b"--", b"--bb", b" ", b".", b"=3D", b"tab\t"]), max_size=5),
)


@given(st.lists(PART, max_size=3), st.booleans())
def test_whatever_the_parts_what_is_read_stays_the_same(parts: list[tuple[bytes, list[bytes]]], nested: bool) -> None:
    message = mixed(*(head + b"\r\n".join(lines) for head, lines in parts))
    if nested:
        inner = message.removeprefix(b"From: a@b\r\nMIME-Version: 1.0\r\n").replace(b'"b"', b'"in"')
        message = mixed(inner.replace(b"--b\r\n", b"--in\r\n").replace(b"--b--", b"--in--"), b"\r\nlast")
    made, found = encoded(message)
    assert leaves(made) == leaves(message)
    assert not has_long_line(made)
    assert not found.left


@given(st.binary(max_size=4000))
def test_no_message_is_too_odd(message: bytes) -> None:
    made, found = encoded(message)
    assert found.parts or made == message
