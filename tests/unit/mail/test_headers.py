"""The header block: found at any cut, filtered without touching another byte."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import HeaderBlock, HeaderTooLong
from gatepost.mail.headers import MAX_HEADER

MESSAGE = (
    b"Received: from a\r\n\tby b; Tue\r\n"
    b"Subject: one\r\n two\r\n"
    b"X-Gatepost-Trace: id=planted\r\n"
    b"X-MS-Exchange-Organization-SCL: -1\r\n"
    b"received: lower\r\n"
    b"\r\n"
    b"Received: in the body\r\n"
)


def test_fields_are_found_with_their_folds() -> None:
    block = HeaderBlock(MESSAGE)
    assert [field.name for field in block][:2] == ["received", "subject"]
    assert block.first("subject") == b"one two"
    assert block.count("received") == 2


def test_filtering_leaves_every_other_byte() -> None:
    kept = HeaderBlock(MESSAGE).without(frozenset({"x-gatepost-trace"}), ("x-ms-exchange-organization-",))
    assert kept == b"Received: from a\r\n\tby b; Tue\r\nSubject: one\r\n two\r\nreceived: lower\r\n"


def test_the_end_is_the_empty_line() -> None:
    end = HeaderBlock.end_of(MESSAGE)
    assert MESSAGE[end:].startswith(b"\r\nReceived: in the body")


def test_a_message_that_begins_with_an_empty_line_has_no_header() -> None:
    assert HeaderBlock.end_of(b"\r\nbody") == 0
    assert HeaderBlock(b"\r\nbody").fields == ()


def test_an_endless_header_is_refused_not_cut() -> None:
    with pytest.raises(HeaderTooLong):
        HeaderBlock.end_of(b"X: y\r\n" * (MAX_HEADER // 6 + 2))


@pytest.mark.parametrize("line", [b"no colon\r\n", b": no name\r\n", b"b\xe4d: x\r\n"])
def test_a_line_that_is_no_field_ends_the_block(line: bytes) -> None:
    block = HeaderBlock(b"A: 1\r\n" + line + b"B: 2\r\n\r\n")
    assert [field.name for field in block][:1] == ["a"]
    assert "b" not in [field.name for field in block]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_loss(message: bytes) -> None:
    block = HeaderBlock(message)
    assert b"".join(field.raw for field in block) == message[: block.body_start]


_LINES = st.lists(
    st.sampled_from([b"A: 1\r\n", b" fold\r\n", b"\tx: y\r\n", b"b :\r\n", b"\r\n", b"no field\r\n", b"c:d"]),
    max_size=8,
)
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*")


@given(_LINES)
def test_the_fast_reading_agrees_with_the_obvious_one(lines: list[bytes]) -> None:
    message, obvious, position = b"".join(lines), [], 0
    while found := _FIELD.match(message, position):
        obvious.append((found.group(1).decode().lower(), found.group()))
        position = found.end()
    block = HeaderBlock(message)
    assert [(field.name, field.raw) for field in block] == obvious
    assert block.body_start == position


def test_a_quarter_megabyte_of_folds_is_read_in_one_go() -> None:
    message = b"A: 1\r\n" + b" fold\r\n" * 32_000 + b"\r\n"
    assert HeaderBlock(message).body_start == len(message) - 2
