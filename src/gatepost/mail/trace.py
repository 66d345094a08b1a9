"""What a hop writes into a message and what can be read back from it.

We add one Received line (RFC 5321 §4.4) and one `X-Gatepost-Trace` line: queue id, relay and connector, by which a
received copy is joined to its trace.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from .value import value

TRACE_HEADER = "X-Gatepost-Trace"

# What a stranger must not be able to plant: our own trace line, and the headers that Exchange treats as trust.
FORGEABLE = frozenset({TRACE_HEADER.lower()})
FORGEABLE_PREFIXES = ("x-gatepost-", "x-ms-exchange-organization-", "x-ms-exchange-crosspremises-")


@value
class ReceivedFacts:
    """All that a Received line tells. `protocol` is RFC 3848's word (ESMTP, ESMTPS, ESMTPSA, UTF8SMTPS …)."""

    hello: str
    client: str
    by: str
    protocol: str
    queue_id: str
    at: float  # seconds since 1970
    recipient: str | None = None
    tls_version: str | None = None
    cipher: str | None = None


@value
class TraceMark:
    """The content of an X-Gatepost-Trace line. `relayed`: the client was one of its organization's own senders."""

    queue_id: str
    relay: str
    connector: str | None
    relayed: bool = False


def received_line(facts: ReceivedFacts) -> bytes:
    """One Received field, folded, CRLF at the end. The recipient is named only when there is exactly one."""
    address = f"[IPv6:{facts.client}]" if ":" in facts.client else f"[{facts.client}]"
    tls = f"\r\n\t(version={facts.tls_version} cipher={facts.cipher})" if facts.tls_version else ""
    for_ = f"\r\n\tfor <{facts.recipient}>" if facts.recipient else ""
    return (
        f"Received: from {_token(facts.hello)} ({address})\r\n\tby {facts.by} with {facts.protocol}{tls}"
        f" id {facts.queue_id}{for_};\r\n\t{_stamp(int(facts.at))}\r\n"
    ).encode()


@lru_cache(maxsize=8)
def _stamp(second: int) -> str:
    """The date of RFC 5322; thousands of messages share a second."""
    return format_datetime(datetime.fromtimestamp(second, UTC))


def trace_line(mark: TraceMark) -> bytes:
    """`X-Gatepost-Trace: id=…; relay=…; connector="…"; relayed=yes`; connector names are operators' words, quoted."""
    connector = f'; connector="{_quoted(mark.connector)}"' if mark.connector is not None else ""
    relayed = "; relayed=yes" if mark.relayed else ""
    return f"{TRACE_HEADER}: id={mark.queue_id}; relay={mark.relay}{connector}{relayed}\r\n".encode()


_TRACE = re.compile(r'id=([0-9a-f]{16,32}); relay=([^;\s]+)(?:; connector="((?:[^"\\]|\\.)*)")?(; relayed=yes)?')


def parse_trace_line(value: str) -> TraceMark | None:
    """Read back what `trace_line` wrote, or None."""
    found = _TRACE.fullmatch(value.strip())
    if found is None:
        return None
    queue_id, relay, connector, relayed = found.groups()
    return TraceMark(
        queue_id=queue_id,
        relay=relay,
        connector=None if connector is None else re.sub(r"\\(.)", r"\1", connector),
        relayed=relayed is not None,
    )


_NO_TOKEN = re.compile(r"[^A-Za-z0-9.:_\[\]-]")


def _token(hello: str) -> str:
    """What the client called itself, reduced to what may stand in a header."""
    return _NO_TOKEN.sub("?", hello)[:255] or "unknown"


@lru_cache(maxsize=256)  # connector names
def _quoted(text: str) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean.replace("\\", "\\\\").replace('"', '\\"')
