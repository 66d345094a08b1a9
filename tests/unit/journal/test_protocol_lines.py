"""The protocol log's format: rows that stay rows whatever a stranger says, and excerpts that tell of one message."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.journal import ProtocolEvent, ProtocolLine, endpoint
from gatepost.journal.protocol_lines import Direction, excerpt, header, read, sending, written

_NOON = 1_784_808_000.125


def _line(event: ProtocolEvent, data: str = "", context: str = "", number: int = 0) -> ProtocolLine:
    return ProtocolLine(
        at=_NOON,
        connector="Printers",
        session="08D8F7C3A1B2C3D4",
        number=number,
        local="192.0.2.1:25",
        remote="[2001:db8::9]:40000",
        event=event,
        data=data,
        context=context,
    )


def test_a_row_is_written_as_exchange_writes_it() -> None:
    row = written([_line(ProtocolEvent.HEARD, 'MAIL FROM:<"a,b"@contoso.com>', number=4)])
    assert row == (
        b"2026-07-23T12:00:00.125Z,Printers,08D8F7C3A1B2C3D4,4,192.0.2.1:25,[2001:db8::9]:40000,<,"
        b'"MAIL FROM:<""a,b""@contoso.com>",\r\n'
    )


@given(st.text(), st.text(), st.sampled_from(ProtocolEvent))
def test_what_a_stranger_says_stays_in_its_field(data: str, context: str, event: ProtocolEvent) -> None:
    octets = written([_line(event, data, context)] * 2)
    assert octets.count(b"\n") == 2
    first, second = read(octets)
    assert first == second
    assert first.data.isprintable() and first.context.isprintable()
    if data.isprintable() and len(data) < 1000:
        assert first.data == data


def test_half_a_row_and_a_header_are_passed_over() -> None:
    whole = written([_line(ProtocolEvent.SAID, "250 OK")])
    assert [it.data for it in read(header(Direction.RECEIVE, "1", _NOON) + whole + whole[:40])] == ["250 OK"]
    assert next(csv.reader([whole.decode()]))[6] == ">"


_BEGINNING = [_line(ProtocolEvent.CONNECTED), _line(ProtocolEvent.HEARD, "EHLO a")]


def _transaction(queue_id: str) -> list[ProtocolLine]:
    return [
        _line(ProtocolEvent.HEARD, "mail from:<a@contoso.com>"),
        _line(ProtocolEvent.SAID, f"250 2.6.0 {queue_id} Queued"),
    ]


def _sent(queue_id: str) -> list[ProtocolLine]:
    return [
        _line(ProtocolEvent.NOTE, context=sending(queue_id)),
        _line(ProtocolEvent.SAID, "MAIL FROM:<a@contoso.com>"),
    ]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        pytest.param(_BEGINNING, _BEGINNING, id="no message"),
        pytest.param([*_BEGINNING, *_transaction("aa")], [*_BEGINNING, *_transaction("aa")], id="one"),
        pytest.param(
            [*_BEGINNING, *_transaction("bb"), *_transaction("aa"), *_transaction("cc")],
            [*_BEGINNING, *_transaction("aa")],
            id="others around it",
        ),
        pytest.param([*_BEGINNING, *_sent("bb"), *_sent("aa")], [*_BEGINNING, *_sent("aa")], id="sent"),
    ],
)
def test_an_excerpt_has_the_beginning_and_the_messages_own_transaction(
    lines: list[ProtocolLine], shown: list[ProtocolLine]
) -> None:
    assert excerpt(lines, "aa") == shown


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("192.0.2.1", 25), "192.0.2.1:25"),
        (("2001:db8::1", 25, 0, 0), "[2001:db8::1]:25"),
        ("/run/lmtp", "/run/lmtp"),
        (None, ""),
    ],
)
def test_an_endpoint_is_an_address_and_a_port(address: tuple[object, ...] | str | None, text: str) -> None:
    assert endpoint(address) == text
