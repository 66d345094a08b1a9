"""Microsoft Graph's sendMail as a way: which messages may take it, and what its answers mean. Pure.

Graph has no envelope: it sends to whom To, Cc and Bcc name, from the mailbox that it is told. So a message may go that
way only if its header names nobody else than its envelope; who stands in the envelope alone is added as Bcc.
"""

from dataclasses import replace

from gatepost.mail import (
    Address,
    BadAddressees,
    Cause,
    Deferred,
    Delivered,
    Envelope,
    Failed,
    HeaderBlock,
    Outcome,
    Reply,
    TlsWish,
    read_addressees,
)
from gatepost.mail import reply as say

from .judge import host_failed, one_line

# Graph takes requests of up to 4 MB, and the message travels in base64: 3 octets in 4.
MOST_FOR_GRAPH = 4 * 1024 * 1024 // 4 * 3

_NAMING = ("to", "cc", "bcc")
_SENT = Reply(250, "0.0", "Accepted by Microsoft Graph")
_DENIED = Reply(554, "2.252", "SendAsDenied; the mailbox may not send as the author of the message")
_REFUSED = Reply(554, "6.0", "Microsoft Graph refuses the message")

# What Graph says of a message in 403 or 400: the message's own fate. Everything else of 401, 403 and 404 is about the
# application or the mailbox, which an administrator can mend while the mail waits.
_OF_THE_MESSAGE = {"ErrorSendAsDenied": _DENIED, "ErrorMessageSizeExceeded": say.GRAPH_TOO_BIG}
_PASSING = frozenset(
    {
        "ApplicationThrottled",
        "ErrorExceededMessageLimit",
        "ErrorInternalServerTransientError",
        "ErrorMailboxStoreUnavailable",
        "ErrorQuotaExceeded",
        "ErrorServerBusy",
        "ErrorTooManyObjectsOpened",
        "MailboxConcurrency",
    }
)


def refused_by_graph(header: HeaderBlock, envelope: Envelope, octets: int) -> tuple[Reply, str] | None:
    """Why this message cannot go by Graph, as a reply and in words; None when it can."""
    if octets > MOST_FOR_GRAPH:
        words = f"it has {octets} octets, and with its encoding Graph takes {MOST_FOR_GRAPH}; send it by SMTP"
        return say.GRAPH_TOO_BIG, words
    if envelope.tls is TlsWish.REQUIRED:
        return say.NEEDS_REQUIRETLS, "its sender asked for REQUIRETLS, a promise that Graph has no word for"
    if envelope.sender is None:
        return say.GRAPH_NO_SENDER, "its sender is empty: Graph would send it as the mailbox, and answers would come"
    try:
        named = _named(header)
    except BadAddressees as wrong:
        return say.GRAPH_OTHER_RECIPIENTS, f"its header {wrong}"
    meant = {_folded(it.address) for it in envelope.recipients}
    others = [str(it) for it in named if _folded(it) not in meant]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        words = f"its header names {one_line(', '.join(others[:3]))}{more}, who is not a recipient here"
        return say.GRAPH_OTHER_RECIPIENTS, f"{words}: Graph would send to them, too"
    if not all(it.address.is_ascii for it in envelope.recipients):
        return say.GRAPH_ADDRESS, "a recipient's address has letters beyond ASCII"
    return None


def with_blind_copies(content: bytes, header: HeaderBlock, envelope: Envelope) -> bytes:
    """The message, with a Bcc of those recipients whom its header does not name. `refused_by_graph` has let it pass."""
    named = {_folded(it) for name in ("to", "cc") for it in _of(header, name)}
    blind = [str(it.address) for it in envelope.recipients if _folded(it.address) not in named]
    kept = header.without(frozenset({"bcc"}))
    bcc = f"Bcc: {f',{_FOLD} '.join(blind)}\r\n".encode() if blind else b""
    return bcc + kept + content[header.body_start :]


_FOLD = "\r\n"


def judge_graph(status: int, code: str, words: str, host: str) -> Outcome:
    """Read one answer of sendMail: HTTP status, Graph's error code, its message."""
    if status in (200, 202):
        return Delivered(host, _SENT)
    said = one_line(f"Graph: {status} {code} {words}".rstrip())
    own = say.GRAPH_TOO_BIG if status == 413 else _OF_THE_MESSAGE.get(code)
    if own is not None:
        return Failed(host, said, own)
    if status == 400 and code not in _PASSING:
        return Failed(host, said, _REFUSED)
    if status in (401, 403, 404):
        return replace(host_failed(host, f"{said}. {_REMEDIES[status]}"), cause=Cause.SIGN_IN)
    return Deferred(host, said, host_trouble=True)


_REMEDIES = {
    401: "Remedy: `gatepost m365 check` shows if the token is for Microsoft Graph.",
    403: "Remedy: grant the application Mail.Send for this mailbox; `gatepost m365 check` shows what its token allows.",
    404: "Remedy: check UserName: the mailbox must exist in Exchange Online.",
}


def _named(header: HeaderBlock) -> list[Address]:
    return [it for name in _NAMING for it in _of(header, name)]


def _of(header: HeaderBlock, name: str) -> list[Address]:
    try:
        return [it for field in header if field.name == name for it in read_addressees(field.value)]
    except BadAddressees as wrong:
        raise BadAddressees(f"has a {name.title()} that {wrong}") from None


def _folded(address: Address) -> tuple[str, str]:
    """Exchange tells no upper from lower case, in local parts either."""
    return address.local.lower(), address.domain
