"""The only place where a reply's code is read as the fate of a recipient. (What it says of the way: finding.py.)"""

from gatepost.mail import Cause, Deferred, Delivered, Failed, Outcome, Reply

from .their_limits import limit_of

MAX_REASON = 500  # characters kept of what a remote host says

# Stages at which the host speaks of the session, not of this message: its troubles are the destination's.
SESSION_STAGES = frozenset({"CONNECT", "EHLO", "HELO", "LHLO", "STARTTLS", "TLS", "AUTH"})

END_STAGES = frozenset({"END", "BDAT"})


def judge(reply: Reply, host: str, stage: str) -> Outcome:
    """Read one reply as the fate of a recipient. `stage` names the command it answers (`smtp.Sent`)."""
    code = reply.code
    if stage in END_STAGES and 200 <= code < 300:
        return Delivered(host, reply)
    reason = f"{stage}: {one_line(reply.text) or f'code {code}'}"
    if code == 421:  # the host is closing: nothing more can be done there now
        return Deferred(host, reason, reply, host_trouble=True)
    if (limit := limit_of(reply)) is not None:  # wait, whatever the code: no message is returned for being one of many
        words = f"{reason} (their limit: {limit.name})"
        return Deferred(host, words, reply, host_trouble=stage in SESSION_STAGES, cause=Cause.RATE_LIMIT)
    if stage in SESSION_STAGES:
        # RFC 7504: 521 and 556 say that this host (or domain) never takes mail. Any other refusal of a whole
        # session is as likely about us (reputation, credentials) as about the mail, and it may be mended.
        if code in (521, 556):
            return Failed(host, reason, reply)
        return Deferred(host, reason, reply, host_trouble=True)
    if code == 432:  # Exchange Online's "too many at once" of one mailbox (4.3.2): fewer connections, please
        return Deferred(host, reason, reply, host_trouble=True)
    match code // 100:
        case 4:
            return Deferred(host, reason, reply)
        case 5 if stage == "RCPT" and code == 552 and reply.subject_detail in (None, "5.3"):
            # RFC 5321 §4.5.3.1.10: 552 for "too many recipients" is to be treated as 452.
            return Deferred(host, reason, reply)
        case 5:
            return Failed(host, reason, reply)
        case _:
            return Deferred(host, f"{stage}: unexpected code {code}", reply)


def host_failed(host: str, reason: str, reply: Reply | None = None, *, lasting: bool = False) -> Deferred:
    """The fate when the host could not be used at all: not reached, hung up, TLS not as agreed.

    `lasting`: until somebody mends it, asking again is no use.
    """
    return Deferred(host, one_line(reason), reply, host_trouble=True, lasting=lasting)


def one_line(text: str) -> str:
    """Foreign text as one printable line, capped at MAX_REASON characters."""
    if len(text) <= MAX_REASON and text.isprintable():
        return text
    clean = "".join(c if c.isprintable() else " " for c in text[: 2 * MAX_REASON])
    clean = " ".join(clean.split())
    return clean if len(clean) <= MAX_REASON else clean[: MAX_REASON - 1] + "…"
