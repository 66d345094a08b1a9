"""The delivery status notification: RFC 3464 in an RFC 6522 multipart/report, by RFC 3461 §6 and RFC 6533.

The first part says in plain words what happened, why, and what to do next, in the organization's language and below it
in English, for whoever helps the reader; the second says it for machines, in no language; the third returns the
message, or its header. Nothing foreign enters unescaped.
"""

import re
from base64 import encodebytes
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from enum import StrEnum
from typing import assert_never

from .address import Address
from .cause_words import remedy, why
from .diagnosis import cause_of
from .headers import HeaderBlock
from .language import Language
from .outcome import Deferred, Delivered, Failed, Outcome
from .reply import Reply
from .report_words import moment, words

MAX_RETURNED = 50_000  # octets of the original that a report gives back (RET=FULL); beyond it the header only
MAX_HEADER_RETURNED = 32_768
MAX_DIAGNOSTIC = 600  # characters: a field stays within the 998 octets of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecipient:
    """One recipient of a report and what became of it.

    `orcpt` is as on the wire. `relayed`: a Delivered went to a host that cannot report further (RFC 3461
    §6.2.7). `retry_until` is when we give up on a Deferred.
    """

    address: Address
    outcome: Outcome
    orcpt: str | None = None
    relayed: bool = False
    retry_until: datetime | None = None


class Action(StrEnum):
    """RFC 3464 §2.3.3, as far as a relay uses it."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"


def write_report(
    recipients: Sequence[ReportedRecipient],
    original: bytes,
    *,
    to: Address,
    hostname: str,
    queue_id: str,
    arrival: datetime,
    now: datetime,
    boundary: str,
    message_id: str,
    postmaster: str | None = None,
    envid: str | None = None,
    full: bool = False,
    language: Language = Language.ENGLISH,
) -> bytes:
    """One report to the sender `to` about some recipients, ready for the spool (CRLF lines).

    `original` is the message or at least its beginning with the header; `full` says that it is whole and may
    be returned whole (RET=FULL). `boundary` is random; `message_id` has its brackets; `postmaster` is the
    canonical ASCII address it comes from, None: postmaster of `hostname`. The result
    holds 8-bit octets only where an address or the original does.
    """
    action = _leading([_action(r) for r in recipients])
    where = (hostname, queue_id, arrival)
    text = in_language(lambda one: _human(recipients, original, one, where), language)
    wide = not (to.is_ascii and all(r.address.is_ascii for r in recipients))
    kind = "message/global-delivery-status" if wide else "message/delivery-status"
    status = "".join(_status_fields(recipients, hostname, arrival, envid))
    returned_kind, returned = _returned(original, full=full, boundary=boundary)
    head = (
        f"From: Mail Delivery System <{postmaster or f'postmaster@{hostname}'}>\r\n"
        f"To: <{to}>\r\n"
        f"Subject: {encoded(words(f'subject_{action}', language))}\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n'
        f"Content-Language: {spoken(language)}\r\n"
        "\r\n"
    )
    parts = (
        f"--{boundary}\r\n".encode() + text_part(text) + b"\r\n",
        _part(kind, status.encode("utf-8", "replace"), boundary),
        _part(returned_kind, returned, boundary),
    )
    return head.encode("utf-8", "replace") + b"".join(parts) + f"--{boundary}--\r\n".encode()


def _part(kind: str, content: bytes, boundary: str) -> bytes:
    encoding = "7bit" if content.isascii() else "8bit"
    head = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _action(recipient: ReportedRecipient) -> Action:
    match recipient.outcome:
        case Failed():
            return Action.FAILED
        case Deferred():
            return Action.DELAYED
        case Delivered():
            return Action.RELAYED if recipient.relayed else Action.DELIVERED
        case _:
            assert_never(recipient.outcome)


def _leading(actions: Sequence[Action]) -> Action:
    """The worst news names the report."""
    return next(a for a in Action if a in actions)


def _human(
    recipients: Sequence[ReportedRecipient],
    original: bytes,
    language: Language,
    where: tuple[str, str, datetime],
) -> Iterator[str]:
    hostname, queue_id, arrival = where
    subject = subject_of(original)
    quoted = words("about_subject", language, subject=subject) if subject else ""
    yield words("greeting", language, host=hostname)
    yield words("about", language, arrival=moment(arrival, language), subject=quoted)
    yield ""
    for recipient in recipients:
        outcome = recipient.outcome
        yield words(_action(recipient), language, address=f"<{recipient.address}>")
        if isinstance(outcome, Deferred | Failed):
            yield words("cause", language, why=why(cause_of(outcome), language))
            yield words("next", language, advice=_advice(recipient, outcome, language))
            yield words("details", language, reason=clean(outcome.reason))
            if outcome.reply is not None and outcome.host:
                yield words("said", language, host=clean(outcome.host), reply=clean(_spoken(outcome.reply)))
        yield ""
    yield words("reference", language, queue_id=queue_id, host=hostname)


def _advice(recipient: ReportedRecipient, outcome: Deferred | Failed, language: Language) -> str:
    if isinstance(outcome, Failed):
        return remedy(cause_of(outcome), language)
    until = recipient.retry_until
    time = "" if until is None else words("until", language, time=moment(until, language))
    return words("patience", language, until=time)


def _status_fields(
    recipients: Sequence[ReportedRecipient], hostname: str, arrival: datetime, envid: str | None
) -> list[str]:
    fields = [f"Reporting-MTA: dns; {hostname}\r\n"]
    if envid:
        fields.append(f"Original-Envelope-Id: {_plain(_unxtext(envid))}\r\n")
    fields.append(f"Arrival-Date: {format_datetime(arrival)}\r\n")
    for recipient in recipients:
        outcome = recipient.outcome
        fields.append("\r\n")
        if recipient.orcpt and ";" in recipient.orcpt:
            kind, _, address = recipient.orcpt.partition(";")
            fields.append(f"Original-Recipient: {_plain(kind)}; {_plain(_unxtext(address))}\r\n")
        kind = "rfc822" if recipient.address.is_ascii else "utf-8"
        fields.append(f"Final-Recipient: {kind}; {clean(str(recipient.address))}\r\n")
        fields.append(f"Action: {_action(recipient)}\r\n")
        fields.append(f"Status: {_status(outcome)}\r\n")
        if outcome.reply is not None and outcome.host:
            fields.append(f"Remote-MTA: dns; {_plain(outcome.host)}\r\n")
            fields.append(f"Diagnostic-Code: smtp; {_plain(_spoken(outcome.reply))}\r\n")
        elif isinstance(outcome, Deferred | Failed):
            fields.append(f"Diagnostic-Code: x-gatepost; {_plain(outcome.reason)}\r\n")
        if recipient.retry_until is not None and isinstance(outcome, Deferred):
            fields.append(f"Will-Retry-Until: {format_datetime(recipient.retry_until)}\r\n")
    return fields


def _status(outcome: Outcome) -> str:
    """The enhanced status (RFC 3463); its class always agrees with the action."""
    match outcome:
        case Delivered():
            family = "2"
        case Deferred():
            family = "4"
        case Failed():
            family = "5"
        case _:
            assert_never(outcome)
    detail = outcome.reply.subject_detail if outcome.reply is not None else None
    if detail is None or not re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", detail, re.ASCII):
        detail = "0.0"
    return f"{family}.{detail}"


def _spoken(reply: Reply) -> str:
    enhanced = f" {reply.enhanced}" if reply.enhanced else ""
    return f"{reply.code}{enhanced} {reply.text}"


def clean(text: str) -> str:
    """Foreign text as one line that cannot end a field: what is not printable becomes a space."""
    out = "".join(c if " " <= c <= "~" or c.isprintable() else " " for c in text[:MAX_DIAGNOSTIC])
    return " ".join(out.encode("utf-8", "replace").decode("utf-8").split())


def _plain(text: str) -> str:
    """The same in ASCII, for fields that machines read."""
    return clean(text).encode("ascii", "replace").decode()


def _unxtext(text: str) -> str:
    """Undo RFC 3461 §4 xtext; what it hides is cleaned by the caller."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found.group(1), 16)), text)


def subject_of(original: bytes) -> str:
    """The subject as it stands, shortened; an encoded one is left out rather than shown as gibberish."""
    value = HeaderBlock(original[:MAX_HEADER_RETURNED]).first("subject") or b""
    text = clean(value[:200].decode("utf-8", "replace"))
    return "" if "=?" in text else text


def in_language(write: Callable[[Language], Iterable[str]], language: Language) -> str:
    """A text with CRLF lines in the language, and where that is another below it in English."""
    lines = list(write(language))
    if language is not Language.ENGLISH:
        lines += ["", "-- English --", "", *write(Language.ENGLISH)]
    return "".join(f"{piece}\r\n" for line in lines for piece in _fold(line))


def spoken(language: Language) -> str:
    """The value of Content-Language."""
    return language.value if language is Language.ENGLISH else f"{language.value}, {Language.ENGLISH.value}"


def encoded(text: str) -> str:
    """A text of ours for a header field: as it stands, or in encoded words (RFC 2047)."""
    return text if text.isascii() else Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def text_part(text: str) -> bytes:
    """Header and octets of a part of text: base64 beyond ASCII, so that every server on the way can take it."""
    content = text.encode("utf-8", "replace")
    encoding = "7bit"
    if not content.isascii():
        encoding, content = "base64", encodebytes(content).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + content


def _fold(line: str, width: int = 76) -> list[str]:
    """The line in pieces of at most `width` characters where words allow, and never beyond 900 octets."""
    pieces, current = [], ""
    for word in line.split(" "):
        for part in (word[i : i + 200] for i in range(0, len(word), 200)) if len(word) > 200 else (word,):
            if current and len(current) + 1 + len(part) > width:
                pieces.append(current)
                current = part
            else:
                current = f"{current} {part}" if current else part
    return [*pieces, current]


def _returned(original: bytes, *, full: bool, boundary: str) -> tuple[str, bytes]:
    """The third part: the whole message if it may be and fits, else its header, cut and mended."""
    mark = b"--" + boundary.encode()
    if full and len(original) <= MAX_RETURNED and _tidy(original) and mark not in original:
        return "message/rfc822", original
    block = HeaderBlock(original)
    header = original[: min(block.body_start, MAX_HEADER_RETURNED)]
    if len(header) == MAX_HEADER_RETURNED:
        header = header[: header.rfind(b"\r\n") + 2]
    lines = header.split(b"\r\n")
    mended = [re.sub(rb"[\r\n\0]", b"?", line)[:990] for line in lines if not line.startswith(mark)]
    return "text/rfc822-headers", b"\r\n".join(mended)


def _tidy(message: bytes) -> bool:
    """Whether a message may travel inside another: CRLF lines of at most 998 octets, no NUL."""
    if b"\0" in message or not message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n"):
        return False
    return all(len(line) <= 998 for line in message.split(b"\r\n"))
