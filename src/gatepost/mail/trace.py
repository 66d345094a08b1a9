"""What a hop writes into a message and what can be read back from it.

We add one Received line (RFC 5321 §4.4) and one `X-Gatepost-Trace` line: queue id, relay and connector, by which a
received copy is joined to its trace.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

TRACE_HEADER = "X-Gatepost-Trace"

# What a stranger must not be able to plant: our own trace line, and the headers that Exchange treats as trust.
FORGEABLE = frozenset({TRACE_HEADER.lower()})
FORGEABLE_PREFIXES = ("x-gatepost-", "x-ms-exchange-organization-", "x-ms-exchange-crosspremises-")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFacts:
    """All that a Received line tells. `protocol` is RFC 3848's word (ESMTP, ESMTPS, ESMTPSA, UTF8SMTPS …)."""

    hello: str
    client: str
    by: str
    protocol: str
    queue_id: str
    at: datetime
    recipient: str | None = None
    tls_version: str | None = None
    cipher: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceMark:
    """The content of an X-Gatepost-Trace line."""

    queue_id: str
    relay: str
    connector: str | None


def received_line(facts: ReceivedFacts) -> bytes:
    """One Received field, folded, CRLF at the end. The recipient is named only when there is exactly one."""
    address = f"[IPv6:{facts.client}]" if ":" in facts.client else f"[{facts.client}]"
    tls = f"\r\n\t(version={facts.tls_version} cipher={facts.cipher})" if facts.tls_version else ""
    for_ = f"\r\n\tfor <{facts.recipient}>" if facts.recipient else ""
    return (
        f"Received: from {_token(facts.hello)} ({address})\r\n\tby {facts.by} with {facts.protocol}{tls}"
        f" id {facts.queue_id}{for_};\r\n\t{_stamp(facts.at.replace(microsecond=0))}\r\n"
    ).encode()


@lru_cache(maxsize=8)
def _stamp(second: datetime) -> str:
    """The date of RFC 5322; thousands of messages share a second."""
    return format_datetime(second)


def trace_line(mark: TraceMark) -> bytes:
    """`X-Gatepost-Trace: id=…; relay=…; connector="…"`. Connector names are the operator's own words, quoted."""
    connector = f'; connector="{_quoted(mark.connector)}"' if mark.connector is not None else ""
    return f"{TRACE_HEADER}: id={mark.queue_id}; relay={mark.relay}{connector}\r\n".encode()


_TRACE = re.compile(r'id=([0-9a-f]{16,32}); relay=([^;\s]+)(?:; connector="((?:[^"\\]|\\.)*)")?')


def parse_trace_line(value: str) -> TraceMark | None:
    """Read back what `trace_line` wrote, or None."""
    found = _TRACE.fullmatch(value.strip())
    if found is None:
        return None
    queue_id, relay, connector = found.groups()
    return TraceMark(
        queue_id=queue_id,
        relay=relay,
        connector=None if connector is None else re.sub(r"\\(.)", r"\1", connector),
    )


_NO_TOKEN = re.compile(r"[^A-Za-z0-9.:_\[\]-]")


def _token(hello: str) -> str:
    """What the client called itself, reduced to what may stand in a header."""
    return _NO_TOKEN.sub("?", hello)[:255] or "unknown"


@lru_cache(maxsize=256)  # connector names
def _quoted(text: str) -> str:
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean.replace("\\", "\\\\").replace('"', '\\"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One Received line as read, whoever wrote it. Absent parts are empty; `at` is None when no date can be read."""

    from_: str
    by: str
    with_: str
    id: str
    for_: str
    at: datetime | None
    tls: bool


# A clause word stands alone: `by` in "mail.by" and `id` in "mx.id" are country domains. `tls` is Exim's.
_CLAUSE = re.compile(r"(?:^|(?<=\s))(from|by|with|id|for|via|tls)\s+", re.I)
_PAREN = re.compile(r"\\.|[()]")
_PLACE = re.compile(r"\x00(\d+)\x00")
# Postfix, Microsoft and Gmail, Exim. A client's own name must not pass for one of them, hence the anchors.
_TLS_COMMENT = re.compile(r"using TLSv1|(?:.*\s)?version=(?:TLS|SSL)|TLS1(?:\.\d)?(?::|$)")
_TLS_PROTOCOLS = ("SMTPS", "SMTPSA", "LMTPS", "LMTPSA", "HTTPS")  # RFC 3848, RFC 6531, and Exchange's own


def parse_received(value: str) -> Hop:
    """Read one Received value: clauses outside comments, the date behind the last semicolon. No raising."""
    text = " ".join(value.replace("\0", " ").split())[:4096]
    bare, comments = _without_comments(text)
    head, semicolon, date = bare.rpartition(";")
    if not semicolon:
        head, date = bare, ""
    parts = _CLAUSE.split(head)
    clauses: dict[str, str] = {}
    for word, content in zip(parts[1::2], parts[2::2], strict=False):
        clauses.setdefault(word.lower(), content)
    source = clauses.get("from", "")
    who = _words(source)
    if who and (place := _PLACE.search(source)) is not None:
        who = f"{who} ({comments[int(place.group(1))]})"
    protocol = _words(clauses.get("with", ""))
    return Hop(
        from_=who,
        by=_first(clauses.get("by", "")),
        with_=protocol,
        id=_first(clauses.get("id", "")),
        for_=_first(clauses.get("for", "")).strip("<>,"),
        at=_date(_words(date)),
        tls=protocol.partition(" ")[0].upper().endswith(_TLS_PROTOCOLS)
        or any(_TLS_COMMENT.match(comment) for comment in comments),
    )


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Put a numbered mark in the place of each outermost comment; an unclosed one reaches to the end."""
    bare: list[str] = []
    comments: list[str] = []
    depth, position, opened = 0, 0, 0
    for found in _PAREN.finditer(text):
        match found.group():
            case "(":
                if depth == 0:
                    bare.append(text[position : found.start()])
                    opened = found.end()
                depth += 1
            case ")" if depth == 1:
                bare.append(f" \0{len(comments)}\0 ")
                comments.append(text[opened : found.start()])
                depth, position = 0, found.end()
            case ")" if depth > 1:
                depth -= 1
            case _:
                pass  # a quoted pair, or a parenthesis that closes nothing
    if depth == 0:
        bare.append(text[position:])
    else:
        comments.append(text[opened:])
    return "".join(bare), comments


def _words(clause: str) -> str:
    return " ".join(_PLACE.sub(" ", clause).split())


def _first(clause: str) -> str:
    return _words(clause).partition(" ")[0]


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
