"""The way a message took: order, delays, and which hops are a Gatepost's."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.mail import ReceivedFacts, TraceMark, received_line, trace_line
from gatepost.tools import read_hops

NOON = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)


def gatepost(relay: str, queue_id: str, seconds: int, connector: str | None = None) -> bytes:
    facts = ReceivedFacts(
        hello="client.test",
        client="192.0.2.1",
        by=relay,
        protocol="ESMTPS",
        queue_id=queue_id,
        at=NOON + timedelta(seconds=seconds),
        tls_version="TLSv1.3",
        cipher="X",
    )
    return received_line(facts) + trace_line(TraceMark(queue_id=queue_id, relay=relay, connector=connector))


FIRST, SECOND = "a" * 16, "b" * 16
STRANGER = b"Received: from a by b.test with SMTP id 7; Wed, 1 Jul 2026 12:00:05 +0000\r\n"
LETTER = b"Subject: x\r\n\r\nReceived: from the body\r\n"


def test_hops_come_oldest_first_with_delays_and_marks() -> None:
    message = (
        gatepost("cloud.test", SECOND, 8, "SMTP Relay (TLS)") + STRANGER + gatepost("local.test", FIRST, 0) + LETTER
    )
    path = read_hops(message)
    assert [stop.hop.by for stop in path.stops] == ["local.test", "b.test", "cloud.test"]
    assert [stop.number for stop in path.stops] == [1, 2, 3]
    assert [stop.delay for stop in path.stops] == [None, 5.0, 3.0]
    assert [stop.hop.tls for stop in path.stops] == [True, False, True]
    assert path.total == 8.0
    first, middle, last = (stop.mark for stop in path.stops)
    assert first is not None and first.connector is None
    assert middle is None
    assert last is not None and last.connector == "SMTP Relay (TLS)"


def test_a_mark_above_its_received_line_is_found_too() -> None:
    received, _, trace = gatepost("r.test", FIRST, 0, "x").partition(b"X-Gatepost-Trace")
    (stop,) = read_hops(b"X-Gatepost-Trace" + trace + received + LETTER).stops
    assert stop.mark is not None and stop.mark.queue_id == FIRST


def test_a_mark_with_a_strangers_queue_id_belongs_to_nobody() -> None:
    mark = trace_line(TraceMark(queue_id=SECOND, relay="evil.test", connector="x"))
    assert [stop.mark for stop in read_hops(STRANGER + mark + LETTER).stops] == [None]


def test_clocks_that_differ_give_negative_delays() -> None:
    path = read_hops(gatepost("b.test", SECOND, 0) + gatepost("a.test", FIRST, 60) + LETTER)
    assert [stop.delay for stop in path.stops] == [None, -60.0]


def test_a_hop_without_a_date_does_not_spoil_the_others() -> None:
    undated = b"Received: from a by b.test with SMTP; some day\r\n"
    path = read_hops(gatepost("b.test", SECOND, 9) + undated + gatepost("a.test", FIRST, 0) + LETTER)
    assert [stop.delay for stop in path.stops] == [None, None, 9.0]


def test_a_file_with_unix_line_ends_is_read() -> None:
    message = (gatepost("r.test", FIRST, 0, "x") + LETTER).replace(b"\r\n", b"\n")
    (stop,) = read_hops(message).stops
    assert stop.mark is not None


def test_a_thousand_hops_are_cut_short() -> None:
    assert len(read_hops(STRANGER * 1000 + LETTER).stops) == 100


@given(st.binary(max_size=500))
@settings(deadline=None)
def test_reading_never_raises(message: bytes) -> None:
    read_hops(b"Received: " + message)
