"""From an outcome to its cause: the one table in which enhanced status, code and words of a reply are read as a cause.

It decides nothing about mail (routing.judge and routing.finding do); it only says what the matter is. Sources: the
registry of enhanced status codes (RFC 3463, 5248, 7372, 7505, 8689), and Exchange Online's and Google's own numbers.
"""

import re

from .cause import Cause
from .outcome import Deferred, Failed
from .reply import Reply

# What this relay says itself: there is no host, and each number has one meaning.
_OURS = {
    "1.2": Cause.UNKNOWN_DOMAIN,
    "1.10": Cause.UNKNOWN_DOMAIN,
    "2.2": Cause.MAILBOX_FULL,
    "3.0": Cause.LOCAL,
    "3.4": Cause.SIZE,
    "4.3": Cause.NETWORK,
    "4.4": Cause.NETWORK,
    "4.6": Cause.LOOP,
    "4.7": Cause.EXPIRED,
    "7.5": Cause.LOCAL,
    "7.10": Cause.TLS,
    "7.30": Cause.TLS,
}
_RETURNED = (554, "3.0")

# Subject and detail of a host's enhanced status. Where 4xx and 5xx mean different things, the first digit is in front.
_THEIRS = {
    "1.0": Cause.UNKNOWN_RECIPIENT,
    "1.1": Cause.UNKNOWN_RECIPIENT,
    "1.2": Cause.UNKNOWN_DOMAIN,
    "1.3": Cause.UNKNOWN_RECIPIENT,
    "1.6": Cause.UNKNOWN_RECIPIENT,
    "1.7": Cause.POLICY,
    "1.8": Cause.POLICY,
    "1.10": Cause.UNKNOWN_RECIPIENT,  # Exchange; a null MX (RFC 7505) comes as 556
    "2.0": Cause.UNKNOWN_RECIPIENT,
    "2.1": Cause.UNKNOWN_RECIPIENT,
    "2.2": Cause.MAILBOX_FULL,
    "2.3": Cause.SIZE,
    "2.252": Cause.POLICY,  # Exchange Online: may not send as the author
    "3.1": Cause.MAILBOX_FULL,  # the mail system's disk, not one mailbox: the remedy is the same
    "3.2": Cause.RATE_LIMIT,
    "3.4": Cause.SIZE,
    "4.0": Cause.NETWORK,
    "4.1": Cause.NETWORK,
    "5.4.1": Cause.UNKNOWN_RECIPIENT,  # Exchange Online: the recipient is not in its directory
    "4.2": Cause.NETWORK,
    "4.3": Cause.NETWORK,
    "4.4": Cause.NETWORK,
    "4.5": Cause.RATE_LIMIT,
    "4.6": Cause.LOOP,
    "4.7": Cause.EXPIRED,
    "4.14": Cause.LOOP,
    "4.300": Cause.EXPIRED,
    "4.316": Cause.EXPIRED,
    "5.3": Cause.RATE_LIMIT,
    "7.3": Cause.SIGN_IN,
    "7.4": Cause.TLS,
    "7.8": Cause.SIGN_IN,
    "7.9": Cause.SIGN_IN,
    "7.10": Cause.TLS,
    "7.11": Cause.TLS,
    "7.14": Cause.SIGN_IN,
    "7.28": Cause.RATE_LIMIT,
    "7.30": Cause.SIGN_IN,  # Exchange Online: basic authentication; as REQUIRETLS (RFC 8689) its text says TLS
    "7.51": Cause.RELAY_DENIED,
    "7.54": Cause.RELAY_DENIED,
    "7.57": Cause.SIGN_IN,
    "7.64": Cause.RELAY_DENIED,
    "7.68": Cause.RELAY_DENIED,
    "7.139": Cause.SIGN_IN,
    "7.232": Cause.RATE_LIMIT,
    "7.233": Cause.RATE_LIMIT,
    "7.236": Cause.RATE_LIMIT,
    "7.367": Cause.RELAY_DENIED,
    "7.705": Cause.RATE_LIMIT,
    "7.711": Cause.RELAY_DENIED,
    "7.750": Cause.RELAY_DENIED,
}
_SUBJECTS = {"6": Cause.FORMAT, "7": Cause.POLICY}
_THROTTLED = range(500, 700)  # 4.7.500-699 of Exchange Online: come back later

_CODES = {
    421: Cause.NETWORK,
    432: Cause.RATE_LIMIT,
    450: Cause.RATE_LIMIT,
    452: Cause.RATE_LIMIT,
    454: Cause.SIGN_IN,
    521: Cause.UNKNOWN_DOMAIN,
    530: Cause.SIGN_IN,
    534: Cause.SIGN_IN,
    535: Cause.SIGN_IN,
    538: Cause.TLS,
    551: Cause.UNKNOWN_RECIPIENT,
    552: Cause.SIZE,
    553: Cause.UNKNOWN_RECIPIENT,
    554: Cause.POLICY,
    556: Cause.UNKNOWN_DOMAIN,
}

# Statuses that say hardly more than yes or no: there the words know better, the first that is found.
_VAGUE = frozenset({None, "0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1", "7.0", "7.1", "7.30"})
_WORDS = tuple(
    (cause, re.compile("|".join(patterns), re.IGNORECASE))
    for cause, patterns in (
        (
            Cause.RELAY_DENIED,
            (r"relay(ing)?\b.{0,30}\b(denied|not (allowed|permitted)|prohibited)", r"unable to relay"),
        ),
        (Cause.TLS, (r"\bSTARTTLS\b", r"\bREQUIRETLS\b", r"\bTLS .{0,30}(required|not available)")),
        (Cause.SIGN_IN, (r"authentication is not|not authenticated|authentication required|credentials", r"log ?in\b")),
        (
            Cause.RATE_LIMIT,
            (
                r"gr[ea]y-? ?list",
                r"try again later",
                r"too many",
                r"\brate\b|throttl|slow down|\bbusy\b",
                r"daily .{0,20}(limit|quota)",
            ),
        ),
        (
            Cause.MAILBOX_FULL,
            (
                r"(mailbox|quota|storage|inbox).{0,40}(full|exceeded|allocation)",
                r"exceeded storage",
                r"(over|out of) ?quota",
            ),
        ),
        (Cause.SIZE, (r"too (large|big|long)", r"exceeds .{0,40}size", r"size (limit|exceeds)")),
        (
            Cause.POLICY,
            (
                r"spam|virus|malware|banned|policy|reputation",
                r"bl(ac|o)ck ?-?list|\bblocked\b|\bRBL\b",
                r"\b(SPF|DKIM|DMARC)\b",
            ),
        ),
        (
            Cause.UNKNOWN_RECIPIENT,
            (
                r"(user|recipient|mailbox|address|account).{0,40}(unknown|not (found|exist)|invalid|unavailable)",
                r"account.{0,40}disabled",
                r"does(n't| not) exist",
                r"(unknown|no such|invalid) (user|recipient|mailbox|address|person)",
            ),
        ),
        (Cause.LOOP, (r"\bloop",)),
    )
)


def cause_of(outcome: Deferred | Failed) -> Cause:
    """Why the recipient has not got the message, as far as anybody said.

    >>> str(cause_of(Failed("mx.fabrikam.com", "RCPT: no", Reply(550, "1.1", "no such user"))))
    'unknown-recipient'
    """
    reply = outcome.reply
    if outcome.cause is not None:
        return outcome.cause
    if reply is None:
        return Cause.NETWORK if outcome.host else Cause.OTHER
    if not outcome.host:
        return _of_ours(reply)
    return _of_theirs(reply, outcome.reason.partition(":")[0])


def _of_ours(reply: Reply) -> Cause:
    if (reply.code, reply.subject_detail) == _RETURNED:
        return Cause.RETURNED
    detail = reply.subject_detail or ""
    return _OURS.get(detail) or (Cause.FORMAT if detail.startswith("6.") else Cause.OTHER)


def _of_theirs(reply: Reply, stage: str) -> Cause:
    detail, code = reply.subject_detail, reply.code
    if code in (521, 556):
        return Cause.UNKNOWN_DOMAIN
    if detail in _VAGUE:
        said = next((cause for cause, words in _WORDS if words.search(reply.text)), None)
        if said is not None:
            return said
    known = _THEIRS.get(f"{code // 100}.{detail}") or _THEIRS.get(detail or "")
    if known is not None:
        return known
    subject, _, number = (detail or "").partition(".")
    if subject == "7" and code < 500 and number.isdecimal() and int(number) in _THROTTLED:
        return Cause.RATE_LIMIT
    if subject in _SUBJECTS:
        return _SUBJECTS[subject]
    if stage == "RCPT" and code in (550, 552):
        return Cause.UNKNOWN_RECIPIENT if code == 550 else Cause.MAILBOX_FULL  # RFC 5321 §4.2.3: storage allocation
    return _CODES.get(code, Cause.OTHER)
