"""The delivery status notification: RFC 3464 in an RFC 6522 multipart/report, by RFC 3461 §6 and RFC 6533.

The first part says in plain words what happened, why, and what to do next; the second says it for machines;
the third returns the message, or its header. Nothing foreign enters unescaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import assert_never

from .address import Address
from .headers import HeaderBlock
from .outcome import Deferred, Delivered, Failed, Outcome
from .reply import Reply

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


# One column a language; further languages are further dictionaries with the same keys.
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "subject_failed": "Undeliverable: your message was not delivered",
        "subject_delayed": "Delayed: your message has not been delivered yet",
        "subject_delivered": "Delivered: your message has arrived",
        "subject_relayed": "Relayed: your message was passed on",
        "greeting": "This is an automatic message from the mail relay {host}.",
        "about": "It is about your message of {arrival}{subject}.",
        "about_subject": " with the subject “{subject}”",
        "failed": "It could not be delivered to {address}.",
        "delayed": "It has not been delivered to {address} yet.",
        "delivered": "It was delivered to {address}.",
        "relayed": "It was passed on to the next server for {address}; it will not report what follows.",
        "cause": "Cause: {reason}",
        "said": "{host} said: {reply}",
        "next": "What to do: {advice}",
        "reference": "For your administrator: queue id {queue_id} on {host}.",
        "advice_delayed": "nothing; the relay keeps trying{until}. You will hear again only if it gives up.",
        "until": " until {time}",
        "advice_address": "check the address for typing errors, and ask the recipient for the right one.",
        "advice_domain": "check the part of the address behind the @ for typing errors.",
        "advice_no_mail": "this domain takes no mail at all; reach the recipient in another way.",
        "advice_full": "ask the recipient to make room in the mailbox, then send the message again.",
        "advice_size": "send a smaller message, or share the attachments in another way.",
        "advice_policy": "the receiving side refused by its own rules; show this report to your "
        "administrator, who can talk to the recipient's.",
        "advice_loop": "show this report to your administrator: mail for this address runs in a circle.",
        "advice_expired": "the receiving server could not be reached in time; send the message again later, "
        "or tell your administrator.",
        "advice_utf8": "the receiving side does not take addresses with such letters; ask for another.",
        "advice_other": "show this report to your administrator.",
    }
}

_ADVICE = (  # the beginning of an enhanced status -> what to do; the first match counts
    ("5.1.10", "advice_no_mail"),
    ("5.1.2", "advice_domain"),
    ("5.1.", "advice_address"),
    ("5.4.1", "advice_address"),
    ("5.2.2", "advice_full"),
    ("5.2.3", "advice_size"),
    ("5.3.4", "advice_size"),
    ("5.4.6", "advice_loop"),
    ("5.4.7", "advice_expired"),
    ("5.6.7", "advice_utf8"),
    ("5.7.", "advice_policy"),
)


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
    language: str = "en",
) -> bytes:
    """One report to the sender `to` about some recipients, ready for the spool (CRLF lines).

    `original` is the message or at least its beginning with the header; `full` says that it is whole and may
    be returned whole (RET=FULL). `boundary` is random; `message_id` has its brackets; `postmaster` is the
    canonical ASCII address it comes from, None: postmaster of `hostname`. The result
    holds 8-bit octets only where an address, a foreign text or the original does.
    """
    words = TEXTS.get(language, TEXTS["en"])
    action = _leading([_action(r) for r in recipients])
    human = "\r\n".join(_human(recipients, original, words, (hostname, queue_id, arrival))) + "\r\n"
    wide = not (to.is_ascii and all(r.address.is_ascii for r in recipients))
    kind = "message/global-delivery-status" if wide else "message/delivery-status"
    status = "".join(_status_fields(recipients, hostname, arrival, envid))
    returned_kind, returned = _returned(original, full=full, boundary=boundary)
    head = (
        f"From: Mail Delivery System <{postmaster or f'postmaster@{hostname}'}>\r\n"
        f"To: <{to}>\r\n"
        f"Subject: {words[f'subject_{action}']}\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n'
        f"Content-Language: {language}\r\n"
        "\r\n"
    )
    parts = (
        _part("text/plain; charset=utf-8", human.encode("utf-8", "replace"), boundary),
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
    words: dict[str, str],
    where: tuple[str, str, datetime],
) -> list[str]:
    hostname, queue_id, arrival = where
    subject = _subject(original)
    quoted = words["about_subject"].format(subject=subject) if subject else ""
    lines = [
        words["greeting"].format(host=hostname),
        words["about"].format(arrival=format_datetime(arrival), subject=quoted),
        "",
    ]
    for recipient in recipients:
        outcome, action = recipient.outcome, _action(recipient)
        lines.append(words[action].format(address=f"<{recipient.address}>"))
        if isinstance(outcome, Deferred | Failed):
            lines.append(words["cause"].format(reason=clean(outcome.reason)))
            if outcome.reply is not None and outcome.host:
                said = clean(_spoken(outcome.reply))
                lines.append(words["said"].format(host=clean(outcome.host), reply=said))
            lines.append(words["next"].format(advice=_advice(recipient, words)))
        lines.append("")
    lines.append(words["reference"].format(queue_id=queue_id, host=hostname))
    return [piece for line in lines for piece in _fold(line)]


def _advice(recipient: ReportedRecipient, words: dict[str, str]) -> str:
    if isinstance(recipient.outcome, Deferred):
        until = recipient.retry_until
        time = "" if until is None else words["until"].format(time=format_datetime(until))
        return words["advice_delayed"].format(until=time)
    status = _status(recipient.outcome)
    return words[next((key for start, key in _ADVICE if status.startswith(start)), "advice_other")]


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


def _subject(original: bytes) -> str:
    """The subject as it stands, shortened; an encoded one is left out rather than shown as gibberish."""
    value = HeaderBlock(original[:MAX_HEADER_RETURNED]).first("subject") or b""
    text = clean(value[:200].decode("utf-8", "replace"))
    return "" if "=?" in text else text


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
