"""Whether an outcome speaks of the way or of the message: the one place that decides when the next way is tried.

A way that nobody can use is passed over; a message that nobody would take is not carried from door to door. Replies
are those of Exchange Online, of Google's relay, Amazon SES and Postfix.
"""

import re
from dataclasses import dataclass

from gatepost.mail import Deferred, Delivered, Failed, Outcome, Reply

from .judge import SESSION_STAGES, one_line
from .their_limits import Counts, TheirLimit, limit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why a way cannot be used now.

    `lasting`: somebody has to mend something first. `pause`: seconds for which the host wants to be left alone.
    """

    reason: str
    lasting: bool = False
    pause: float | None = None


# Enhanced codes (without the class digit) by which a host refuses us, whatever the message: who we are, or what we do
# not prove. 7.64, 7.54 relaying; 7.57, 7.3, 7.30, 7.139 signing in; 7.60 sending as; 7.7xx tenants and connectors.
_AS_CLIENT = frozenset({"7.64", "7.54", "7.57", "7.3", "7.8", "7.9", "7.30", "7.60", "7.139", "7.25", "7.51"})
_AS_CLIENT |= {"7.708", "7.711", "7.750", "7.68", "7.367"}
_BANNED = range(606, 650)  # 5.7.606-649: the address we come from is banned
_THROTTLED = range(500, 700)  # 4.7.500-699: come back later
_SIGN_IN = frozenset({530, 534, 535, 538})  # RFC 4954 §6, given to MAIL or RCPT

_WORDS_OF_REFUSAL = re.compile(
    r"relay(ing)?\b.{0,30}\b(denied|not (allowed|permitted)|prohibited)|unable to relay|not permitted to relay"
    r"|client host .{0,80}(blocked|rejected)|STARTTLS (is required|command first)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:retry|try again|come back|wait)\b\D{0,20}(\d{1,5}) ?(s|sec|seconds?|m|min|minutes?|h|hours?)\b", re.IGNORECASE
)
_LONGEST_ASKED = 86_400.0


def finding_of(outcome: Outcome, stage: str) -> Finding | None:
    """What the outcome says of the way, or None: it is the message's own fate.

    `stage` names the command that was answered (`smtp.Sent`); it is empty where no session came about.
    """
    if isinstance(outcome, Delivered):
        return None
    reply = outcome.reply
    if not stage:
        return _without_session(outcome)
    if reply is None or not outcome.host:
        return None
    reason = f"{stage}: {one_line(str(reply))}"
    if reply.code == 421:
        return Finding(reason=reason, pause=asked_pause(reply))
    return _refused(reply, reason, stage)


def asked_pause(reply: Reply) -> float | None:
    """For how many seconds the host asks to be left alone, where its text says so ("try again in 5 minutes")."""
    found = _ASKED.search(reply.text)
    if found is None:
        return None
    seconds = int(found[1]) * {"s": 1.0, "m": 60.0, "h": 3_600.0}[found[2][0].lower()]
    return min(seconds, _LONGEST_ASKED) or None


def _without_session(outcome: Deferred | Failed) -> Finding | None:
    reply = outcome.reply if outcome.host else None  # one of our own says nothing of the host
    reason = outcome.reason
    stage = reason.partition(":")[0]
    if reply is not None and stage in SESSION_STAGES:
        reason = f"{stage}: {one_line(str(reply))}"
    if isinstance(outcome, Failed):
        # 521 and 556 of a host: it takes no mail. Said by ourselves (null MX, no such domain) it is the recipient's.
        return Finding(reason=reason, lasting=True) if outcome.host else None
    limit = None if reply is None else limit_of(reply)
    if reply is not None and limit is not None:
        return _limited(reply, reason, limit)
    pause = None if reply is None else asked_pause(reply)
    refused = reply is not None and reply.code >= 500
    return Finding(reason=reason, lasting=outcome.lasting or refused, pause=pause)


def _refused(reply: Reply, reason: str, stage: str) -> Finding | None:
    """A reply to MAIL, RCPT, DATA or the message itself."""
    code, detail, text = reply.code, reply.subject_detail or "", reply.text
    number = int(detail.partition(".")[2]) if detail.startswith("7.") else 0
    if (limit := limit_of(reply)) is not None:
        return None if limit.counts is Counts.RECIPIENT else _limited(reply, reason, limit)
    if code == 432 or (code < 500 and number in _THROTTLED):
        return Finding(reason=reason, pause=asked_pause(reply))
    if code in _SIGN_IN or (code >= 500 and (detail in _AS_CLIENT or number in _BANNED)):
        return Finding(reason=reason, lasting=True)
    if stage in ("MAIL", "RCPT") and _WORDS_OF_REFUSAL.search(text):
        return Finding(reason=reason, lasting=True)
    return None


def _limited(reply: Reply, reason: str, limit: TheirLimit) -> Finding:
    return Finding(reason=f"{reason} (their limit: {limit.name})", pause=asked_pause(reply) or limit.pause)
