"""From facts to spans: what each is told as, what is never said, and ids that any restart finds again."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.journal import FACTS
from gatepost.spool import number_of
from gatepost.spool.ids import first_id_at, written
from gatepost.tracing import Span, span_of, trace_of

NOON = 1_790_000_000.0
ID, REPORT = written(first_id_at(NOON)), written(first_id_at(NOON + 5))
ACCEPTED = {
    "id": ID,
    "client": "192.0.2.9",
    "connector": "Printers",
    "sender": "printer@contoso.com",
    "recipients": ["guest@fabrikam.com", "anna@fabrikam.com"],
    "octets": 900,
    "message_id": "<1@contoso.com>",
    "tls": None,
}
ATTEMPTED = {
    "id": ID,
    "destination": "connector:Sink",
    "host": "mx.fabrikam.com",
    "port": 25,
    "way": "Sink",
    "tls": "TLSv1.3",
    "cipher": "TLS_AES_256_GCM_SHA384",
    "began": datetime.fromtimestamp(NOON + 1, UTC),
    "seconds": 0.5,
    "delivered": 2,
    "deferred": 0,
    "failed": 0,
    "reply": "250 2.0.0 saved for guest@fabrikam.com",
    "cause": None,
    "reason": None,
}
REFUSED = ATTEMPTED | {
    "delivered": 1,
    "failed": 1,
    "reply": "550 5.1.1 guest@fabrikam.com is unknown",
    "cause": "unknown-recipient",
    "reason": "RCPT: guest@fabrikam.com is unknown",
}
SENT = {
    "gatepost.id": ID,
    "gatepost.destination": "connector:Sink",
    "server.address": "mx.fabrikam.com",
    "server.port": 25,
    "gatepost.way": "Sink",
    "gatepost.tls": "TLSv1.3",
    "gatepost.cipher": "TLS_AES_256_GCM_SHA384",
    "gatepost.delivered": 2,
    "gatepost.deferred": 0,
    "gatepost.failed": 0,
    "gatepost.reply": "250 2.0.0",
}
TRACE, FIRST = trace_of(ID, "relay.contoso.com")


def told(name: str, facts: dict[str, Any], *, at: float = NOON + 2, addresses: bool = False) -> Span | None:
    return span_of(name, facts, at=at, relay="relay.contoso.com", addresses=addresses)


def span(name: str, facts: dict[str, Any], *, at: float = NOON + 2, addresses: bool = False) -> Span:
    found = told(name, facts, at=at, addresses=addresses)
    assert found is not None
    return found


def test_an_accepted_message_begins_its_trace() -> None:
    assert span("accepted", ACCEPTED) == Span(
        name="accept",
        kind="server",
        trace_id=TRACE,
        span_id=FIRST,
        parent=None,
        start=NOON,  # when the message began to come, as its queue id says
        end=NOON + 2,
        attributes={
            "gatepost.id": ID,
            "client.address": "192.0.2.9",
            "gatepost.connector": "Printers",
            "gatepost.octets": 900,
            "gatepost.recipient_count": 2,
        },
    )


def test_an_attempt_stands_under_the_acceptance() -> None:
    found = span("attempted", ATTEMPTED)
    assert (found.name, found.kind, found.trace_id, found.parent) == ("deliver", "client", TRACE, FIRST)
    assert (found.start, found.end, found.trouble) == (NOON + 1, NOON + 2, None)
    assert found.attributes == SENT


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [({"deferred": 1, "cause": "rate-limit"}, "rate-limit"), ({"failed": 1, "cause": "size"}, "size")],
)
def test_an_attempt_that_left_somebody_without_counts_as_failed(changes: dict[str, Any], trouble: str) -> None:
    assert span("attempted", ATTEMPTED | changes).trouble == trouble


def test_a_report_begins_a_trace_of_its_own_about_the_other() -> None:
    found = span("reported", {"id": REPORT, "on": ID, "kind": "failed"}, at=NOON + 6)
    assert (found.name, found.kind, found.parent, found.about) == ("report", "internal", None, (TRACE, FIRST))
    assert (found.trace_id, found.span_id) == trace_of(REPORT, "relay.contoso.com")
    assert (found.start, found.end) == (NOON + 5, NOON + 6)
    assert found.attributes == {"gatepost.id": REPORT, "gatepost.report": "failed"}


@pytest.mark.parametrize("fact", sorted(FACTS.keys() - {"accepted", "attempted", "reported", "digest_stored"}))
def test_other_facts_are_not_told(fact: str) -> None:
    assert told(fact, {}) is None


@pytest.mark.parametrize(
    ("fact", "facts"),
    [
        ("accepted", ACCEPTED),
        ("attempted", ATTEMPTED),
        ("attempted", REFUSED),
        ("attempted", REFUSED | {"reply": "550 guest@fabrikam.com"}),
        ("attempted", REFUSED | {"reply": "550 5.1.1guest@fabrikam.com"}),
        ("digest_stored", {"id": REPORT, "to": "anna@contoso.com", "recipients": 3}),
    ],
)
def test_no_address_is_said_unless_it_is_wanted(fact: str, facts: dict[str, Any]) -> None:
    assert "@" not in repr(span(fact, facts))


def test_addresses_are_said_where_they_are_wanted() -> None:
    accepted = span("accepted", ACCEPTED, addresses=True).attributes
    assert accepted["gatepost.sender"] == "printer@contoso.com"
    assert accepted["gatepost.recipients"] == ["guest@fabrikam.com", "anna@fabrikam.com"]
    attempted = span("attempted", REFUSED, addresses=True).attributes
    assert attempted["gatepost.reply"] == "550 5.1.1 guest@fabrikam.com is unknown"
    assert attempted["gatepost.reason"] == "RCPT: guest@fabrikam.com is unknown"


def test_an_id_that_ran_ahead_of_the_clock_ends_no_span_before_it_begins() -> None:
    found = span("accepted", ACCEPTED, at=NOON - 1)
    assert found.start == found.end == NOON - 1


@given(st.integers(0, 2**39).map(lambda it: written(it << 20)), st.integers(0, 2**39).map(lambda it: written(it << 20)))
def test_traces_of_two_messages_or_two_relays_differ(one: str, other: str) -> None:
    assert number_of(one) is not None
    assert (trace_of(one, "a.example") == trace_of(other, "a.example")) is (one == other)
    assert trace_of(one, "a.example") != trace_of(one, "b.example")


def test_attempts_of_one_message_differ_by_where_and_when() -> None:
    later = {"began": datetime.fromtimestamp(NOON + 1.000001, UTC)}
    ids = {span("attempted", ATTEMPTED | it).span_id for it in ({}, later, {"destination": "mx:fabrikam.com"})}
    assert len(ids) == 3
    assert FIRST not in ids


def test_ids_stay_as_they_are_from_one_version_to_the_next() -> None:
    assert (f"{TRACE:032x}", f"{FIRST:016x}") == ("e73210441b9a4ad09da7fd3513e217c9", "563880e36390d170")


def test_what_is_refused_is_a_trace_of_one_span_only_where_somebody_wants_it() -> None:
    refused = {
        "id": ID, "client": "192.0.2.9", "hello": "scanner", "connector": None, "sender": "printer@contoso.com",
        "recipient": "guest@fabrikam.com", "reply": "550 5.7.64 TenantAttribution; Relay Access Denied",
        "reasons": ["No connector lists 192.0.2.9."], "remedies": ["List it."],
    }  # fmt: skip
    assert span_of("recipient_refused", refused, at=NOON, relay="relay", addresses=True) is None
    told = span_of("recipient_refused", refused, at=NOON, relay="relay", addresses=False, refusals=True)
    assert told is not None
    assert (told.name, told.trouble, told.parent, told.start, told.end) == ("refuse", "550 5.7.64", None, NOON, NOON)
    assert told.attributes == {
        "gatepost.id": ID,
        "client.address": "192.0.2.9",
        "gatepost.reply": "550 5.7.64",
        "gatepost.refused": "recipient",
    }
    whole = span_of("recipient_refused", refused, at=NOON, relay="relay", addresses=True, refusals=True)
    assert whole is not None and whole.attributes["gatepost.reasons"] == ["No connector lists 192.0.2.9."]
    assert whole.attributes["gatepost.recipient"] == "guest@fabrikam.com"
