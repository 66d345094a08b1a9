"""From a fact to a span. Pure: the moment and the relay's name come in from outside.

Nothing is remembered between two facts. Ids follow from the queue id, so an attempt after a restart belongs to the
trace that the acceptance began two days ago, and the decision which traces are kept comes out the same every time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from gatepost.spool import moment_of, number_of

Attribute = str | int | list[str]

# What each fact says in a span, under OpenTelemetry's names where it has some.
_WORDS = {
    "id": "gatepost.id",
    "client": "client.address",
    "connector": "gatepost.connector",
    "octets": "gatepost.octets",
    "tls": "gatepost.tls",
    "cipher": "gatepost.cipher",
    "host": "server.address",
    "port": "server.port",
    "destination": "gatepost.destination",
    "way": "gatepost.way",
    "delivered": "gatepost.delivered",
    "deferred": "gatepost.deferred",
    "failed": "gatepost.failed",
    "cause": "gatepost.cause",
    "kind": "gatepost.report",
}
# What people's addresses stand in, or may: a host that refuses somebody often says whom.
_WITH_ADDRESSES = {
    "sender": "gatepost.sender",
    "recipients": "gatepost.recipients",
    "reply": "gatepost.reply",
    "reason": "gatepost.reason",
    "recipient": "gatepost.recipient",
    "reasons": "gatepost.reasons",
    "hello": "gatepost.hello",
}
_CODES = re.compile(r"\d{3}(?: \d\.\d{1,3}\.\d{1,3})?(?= |$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span. `kind` is `server`, `client` or `internal`; times are seconds since 1970.

    `parent` is a span of the same trace, `about` the first span of another; `trouble` is why it counts as failed.
    """

    name: str
    kind: str
    trace_id: int
    span_id: int
    parent: int | None
    start: float
    end: float
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    trouble: str | None = None
    about: tuple[int, int] | None = None


def trace_of(id_: str, relay: str) -> tuple[int, int]:
    """The trace of a message, and its first span. Two relays may give the same queue id, so the name counts, too."""
    return _number(16, relay, id_), _number(8, relay, id_)


def span_of(
    name: str, facts: Mapping[str, Any], *, at: float, relay: str, addresses: bool, refusals: bool = False
) -> Span | None:
    """The span that a fact is told as, or None for a fact that is not about mail. `at` is the moment of it.

    `refusals`: what was refused is told, too.
    """
    if name in _REFUSALS:
        return _refusal(name, facts, at=at, relay=relay, addresses=addresses) if refusals else None
    begins = _BEGINNINGS.get(name)
    if begins is None and name != "attempted":
        return None
    id_ = str(facts["id"])
    trace_id, first = trace_of(id_, relay)
    attributes = _attributes(facts, addresses=addresses)
    if begins is None:
        began: datetime = facts["began"]
        return Span(
            name="deliver",
            kind="client",
            trace_id=trace_id,
            span_id=_number(8, relay, id_, str(facts["destination"]), began.isoformat()),
            parent=first,
            start=min(began.timestamp(), at),
            end=at,
            attributes=attributes,
            trouble=None if not facts["deferred"] + facts["failed"] else str(facts["cause"]),
        )
    title, kind = begins
    on = facts.get("on")
    number = number_of(id_)
    return Span(
        name=title,
        kind=kind,
        trace_id=trace_id,
        span_id=first,
        parent=None,
        start=at if number is None else min(moment_of(number), at),  # ids run ahead of the clock in a burst
        end=at,
        attributes=attributes,
        about=None if on is None else trace_of(str(on), relay),
    )


# The facts that a message begins with: the name of the first span of its trace, and its kind.
_BEGINNINGS = {
    "accepted": ("accept", "server"),
    "reported": ("report", "internal"),
    "digest_stored": ("digest", "internal"),
}


# Refusals at MAIL, at RCPT and after the message: why, in a word.
_REFUSALS = {"sender_refused": "sender", "recipient_refused": "recipient", "message_refused": "message"}


def _refusal(name: str, facts: Mapping[str, Any], *, at: float, relay: str, addresses: bool) -> Span:
    """A trace of one span: a refusal has an id, as the message trace shows it, and nothing comes after it."""
    id_, reply = str(facts["id"]), str(facts.get("reply") or "")
    trace_id, first = trace_of(id_, relay)
    codes = _CODES.match(reply)
    return Span(
        name="refuse",
        kind="server",
        trace_id=trace_id,
        span_id=first,
        parent=None,
        start=at,
        end=at,
        attributes={**_attributes(facts, addresses=addresses), "gatepost.refused": _REFUSALS[name]},
        trouble=reply if addresses else "refused" if codes is None else codes[0],
    )


def _attributes(facts: Mapping[str, Any], *, addresses: bool) -> dict[str, Attribute]:
    """What is said, without what is not known."""
    said = {word: facts.get(key) for key, word in _WORDS.items()}
    if addresses:
        said |= {word: facts.get(key) for key, word in _WITH_ADDRESSES.items()}
    elif (codes := _CODES.match(str(facts.get("reply") or ""))) is not None:
        said[_WITH_ADDRESSES["reply"]] = codes[0]
    found = {word: value for word, value in said.items() if value not in (None, "", [])}
    if isinstance(recipients := facts.get("recipients"), list):
        found["gatepost.recipient_count"] = len(recipients)
    return found


def _number(octets: int, *words: str) -> int:
    """A number that looks random, as trace ids have to, and is the same every time."""
    return int.from_bytes(blake2b("\n".join(words).encode(), digest_size=octets, person=b"gatepost").digest())
