"""The digest: one message to the owner of devices about all of their mail that failed, or is long delayed.

It is no report of RFC 3464, for its reader did not send the mail; but like one it comes from the null sender and says
that a machine wrote it (RFC 3834), so that nothing answers it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime

from .address import Address
from .cause import Cause
from .cause_words import remedy, why
from .headers import HeaderBlock
from .language import Language
from .report import MAX_HEADER_RETURNED, clean, encoded, in_language, spoken, text_part
from .report_words import moment, words
from .value import value

MOST_LISTED = 100


@value
class DigestEntry:
    """One recipient that has not got its message. `sender` is empty for the null sender; `said` is why, in detail."""

    at: datetime
    failed: bool
    recipient: str
    sender: str
    subject: str
    cause: Cause
    said: str
    queue_id: str
    device: str
    connector: str | None


def write_digest(
    entries: Sequence[DigestEntry],
    *,
    failed: int,
    delayed: int,
    to: Address,
    hostname: str,
    now: datetime,
    message_id: str,
    postmaster: str | None = None,
    language: Language = Language.ENGLISH,
) -> bytes:
    """The digest of these entries, oldest first, with CRLF lines.

    `failed` and `delayed` are how many there are in all: beyond MOST_LISTED they are only counted.
    """
    listed = entries[:MOST_LISTED]
    counts = {"failed": str(failed), "delayed": str(delayed)}
    text = in_language(lambda one: _lines(listed, one, hostname, more=failed + delayed - len(listed)), language)
    head = (
        f"From: Mail Delivery System <{postmaster or f'postmaster@{hostname}'}>\r\n"
        f"To: <{to}>\r\n"
        f"Subject: {encoded(words('digest_subject', language, **counts))}\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        f"Content-Language: {spoken(language)}\r\n"
    )
    return head.encode("utf-8", "replace") + text_part(text)


def write_alert(
    written: Callable[[Language], Sequence[str]],
    *,
    to: Address,
    hostname: str,
    now: datetime,
    message_id: str,
    language: Language = Language.ENGLISH,
) -> bytes:
    """An alert to an administrator; `written` gives its lines in a language, of which the first is the subject, too."""
    head = (
        f"From: Gatepost <postmaster@{hostname}>\r\n"
        f"To: <{to}>\r\n"
        f"Subject: {encoded(clean(written(language)[0])[:120])}\r\n"
        f"Date: {format_datetime(now)}\r\n"
        f"Message-ID: {message_id}\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        f"Content-Language: {spoken(language)}\r\n"
    )
    text = in_language(lambda one: map(clean, written(one)), language)
    return head.encode("utf-8", "replace") + text_part(text)


def _lines(entries: Sequence[DigestEntry], language: Language, hostname: str, *, more: int) -> Iterator[str]:
    yield words("greeting", language, host=hostname)
    yield words("digest_about", language)
    for it in entries:
        device = clean(it.device) or "–"
        yield ""
        yield words("failed" if it.failed else "delayed", language, address=f"<{clean(it.recipient)}>")
        yield words("digest_message", language, sender=f"<{clean(it.sender)}>", subject=clean(it.subject) or "–")
        if it.connector is None:
            yield words("digest_device", language, device=device)
        else:
            yield words("digest_device_through", language, device=device, connector=clean(it.connector))
        yield words("cause", language, why=why(it.cause, language))
        yield words("next", language, advice=remedy(it.cause, language))
        yield words("details", language, reason=clean(it.said))
        yield words("digest_trace", language, time=moment(it.at, language), queue_id=it.queue_id)
    if more > 0:
        yield ""
        yield words("digest_more", language, count=str(more))


def about_mail_itself(header: bytes) -> bool:
    """Whether a message from the null sender is a machine's report on mail, of which nobody is told (RFC 3834 §2).

    A printer that leaves its sender empty writes no Auto-Submitted, so its owner is told.
    """
    block = HeaderBlock(header[:MAX_HEADER_RETURNED])
    submitted = (block.first("auto-submitted") or b"no").strip().lower()
    kind = (block.first("content-type") or b"").strip().lower()
    return not submitted.startswith(b"no") or kind.startswith((b"multipart/report", b"message/"))
