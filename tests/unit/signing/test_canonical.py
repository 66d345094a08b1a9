"""The relaxed form, against the examples of RFC 6376 and against dkimpy."""

import hashlib

import pytest
from dkim.canonicalization import Relaxed, Simple  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from gatepost.mail import HeaderBlock
from gatepost.signing import RelaxedBody, relaxed_field
from gatepost.signing.canonical import SimpleBody

PIECES = st.lists(
    st.sampled_from([b"a", b"\xe4\xff", b".", b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b"\r\n \t\r\n", b"x y\t z\r\n"])
)


def digest(*pieces: bytes) -> bytes:
    body = RelaxedBody()
    for piece in pieces:
        body.feed(piece)
    return body.finish()


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (b"A: X\r\n", b"a:X\r\n"),  # RFC 6376 §3.4.5
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
        (b"Subject:\r\n", b"subject:\r\n"),
        (b"Subject: \r\n \r\n\t\r\n x\r\n", b"subject:x\r\n"),
        (b"X-Bytes:\t\xe4 \xff\r\n", b"x-bytes:\xe4 \xff\r\n"),
    ],
)
def test_a_field_is_one_line_with_its_blanks_squeezed(raw: bytes, canonical: bytes) -> None:
    assert relaxed_field(raw) == canonical


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b" \t\r\n\r\n", b""),
        (b" ", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # RFC 6376 §3.4.5
        (b"no end", b"no end\r\n"),
        (b"a\r\n\r\n\r\nb\r\n", b"a\r\n\r\n\r\nb\r\n"),
        (b"binary\n\nlines\r\n", b"binary\n\nlines\r\n"),
        (b"a \r b\r\n", b"a \r b\r\n"),
        (b"ends in a lone\r", b"ends in a lone\r\r\n"),
    ],
)
def test_a_body_is_hashed_in_its_relaxed_form(body: bytes, canonical: bytes) -> None:
    wanted = hashlib.sha256(canonical).digest()
    assert digest(body) == wanted
    assert digest(*(body[at : at + 1] for at in range(len(body)))) == wanted


@given(PIECES)
@example([b"a", b" ", b"\r\n", b"\r\n", b" ", b"\r\n"])
def test_a_body_is_what_dkimpy_takes_it_for_in_whatever_pieces_it_comes(pieces: list[bytes]) -> None:
    whole = b"".join(pieces) + b"\r\n"  # as SMTP ends it
    assert digest(*pieces, b"\r\n") == digest(whole) == hashlib.sha256(Relaxed.canonicalize_body(whole)).digest()


@given(PIECES, st.integers(0, 40))
@example([], 1)
@example([b"a\r"], 40)
def test_the_simple_form_and_the_first_octets_of_a_body_are_what_dkimpy_takes_them_for(
    pieces: list[bytes], most: int
) -> None:
    whole = b"".join(pieces) + b"\r\n"
    for form, canonical in ((RelaxedBody, Relaxed), (SimpleBody, Simple)):
        body = form([] if most is None else [most, 0])
        for piece in (*pieces, b"\r\n"):
            body.feed(piece)
        wanted = canonical.canonicalize_body(whole)
        assert body.finish() == hashlib.sha256(wanted).digest()
        assert body.octets == len(wanted)
        asked = {0, most} if most is not None else set()
        assert body.beginnings == {it: hashlib.sha256(wanted[:it]).digest() for it in asked if it <= len(wanted)}


def test_a_great_many_empty_lines_cost_no_memory() -> None:
    body, many = RelaxedBody(), 10_000
    for _ in range(many):
        body.feed(b"\r\n" * 10)
    body.feed(b"x")
    assert body.finish() == hashlib.sha256(b"\r\n" * many * 10 + b"x\r\n").digest()


@given(
    st.sampled_from([b"Subject", b"FROM", b"x-y"]),
    st.lists(st.sampled_from([b"word", b"\xc3\xa4", b" ", b"\t", b"\r\n ", b"\r\n\t", b":"])),
)
def test_a_field_is_what_dkimpy_takes_it_for(name: bytes, pieces: list[bytes]) -> None:
    raw = name + b":" + b"".join(pieces) + b"\r\n"
    assert [field.raw for field in HeaderBlock(raw)] == [raw]
    ((key, value),) = Relaxed.canonicalize_headers([(name, raw.partition(b":")[2])])
    assert relaxed_field(raw) == key + b":" + value
