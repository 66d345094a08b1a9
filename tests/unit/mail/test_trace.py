"""Received lines and trace marks as we write them, and hostile names without harm."""

from datetime import UTC, datetime

import pytest

from gatepost.mail import (
    HeaderBlock,
    ReceivedFacts,
    TraceMark,
    parse_trace_line,
    received_line,
    trace_line,
)

NOON = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("hello", ["a b", "a\r\nX: y", "(evil)", "a;b", "", "\0", "x" * 1000, "[192.0.2.1]", "ü"])
def test_what_a_client_calls_itself_cannot_break_out(hello: str) -> None:
    facts = ReceivedFacts(
        hello=hello, client="192.0.2.1", by="r.test", protocol="SMTP", queue_id="1", at=NOON.timestamp()
    )
    assert [field.raw for field in HeaderBlock(received_line(facts))] == [received_line(facts)]


@pytest.mark.parametrize("connector", [None, "", "SMTP Relay (TLS)", 'a "quoted\\" name', "名前", "a\r\nb\tc"])
def test_a_trace_mark_is_read_back(connector: str | None) -> None:
    mark = TraceMark(queue_id="0123456789abcdef", relay="relay.contoso.com", connector=connector)
    (field,) = HeaderBlock(trace_line(mark))
    read = parse_trace_line(field.value.decode())
    assert read is not None and (read.queue_id, read.relay) == (mark.queue_id, mark.relay)
    clean = None if connector is None else "".join(c if c.isprintable() else "?" for c in connector)
    assert read.connector == clean


@pytest.mark.parametrize("value", ["", "id=x; relay=y", "id=0123456789abcdef", "id=0123456789abcdef; relay=a b"])
def test_what_is_no_trace_mark_is_none(value: str) -> None:
    assert parse_trace_line(value) is None
