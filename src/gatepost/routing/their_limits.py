"""Limits of theirs: the replies by which a provider says that enough has been sent, each with what it counts.

A limit reached means wait, whatever the code: providers say it with 5xx, too, and a message is not returned for being
one of many. Only replies whose words or numbers are known to mean it count. A block for what was sent (550 5.7.28
"unusual rate of unsolicited mail", 5.7.708, 5.1.8) and a right that is lacking (5.2.252 SendAsDenied) are no limits.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from gatepost.mail import Reply

HOUR = 3_600.0  # seconds; a day is counted over 24 hours, so a little is free again after each


class Counts(StrEnum):
    """Whose mail a limit counts, and so whose has to wait."""

    WAY = "way"  # all that goes by this account, tenant or address
    SENDER = "sender"  # one sender of several that share the way
    RECIPIENT = "recipient"  # what one mailbox gets: no other way would change it


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirLimit:
    """One limit: `name` says what is counted; `pause` are seconds until asking again is worth it, None for soon."""

    name: str
    counts: Counts = Counts.WAY
    pause: float | None = None


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_TENANT = TheirLimit(name="messages of the tenant, which is held off until Microsoft lets it go", pause=HOUR)
_TENANT_DAY = TheirLimit(name="external recipients of the tenant in 24 hours", pause=HOUR)
_MAILBOX_DAY = TheirLimit(name="messages or recipients of the mailbox in 24 hours", pause=HOUR)
_USER_DAY = TheirLimit(name="recipients of the sender in 24 hours", counts=Counts.SENDER)
_ACCOUNT_DAY = TheirLimit(name="messages of the account in 24 hours", pause=HOUR)
_ACCOUNT_RATE = TheirLimit(name="messages of the account at a time")
_MAILBOX_GETS = TheirLimit(name="messages that the recipient may get in an hour", counts=Counts.RECIPIENT)

# Enhanced status without its class, words, and the limit that they mean; the first row that fits. None fits anything.
#
# Microsoft: "Email non-delivery reports and SMTP errors in Exchange Online" (learn.microsoft.com), "Continuous error
# throttling", the Exchange Team's blog on TERRL. Google: "Gmail SMTP errors and codes", "SMTP relay service error
# messages" (support.google.com/a). Amazon: "Errors related to the sending quotas" (docs.aws.amazon.com/ses). The rest
# as the hosts say it.
_ROWS: tuple[tuple[str | None, re.Pattern[str] | None, TheirLimit], ...] = (
    ("7.705", None, _TENANT),
    ("7.232", None, _TENANT_DAY),
    ("7.233", None, _TENANT_DAY),
    ("7.236", None, TheirLimit(name="external recipients of the onmicrosoft.com domain in 24 hours", pause=HOUR)),
    ("1.90", None, _MAILBOX_DAY),
    (None, _words(r"submission ?quota ?exceeded"), _MAILBOX_DAY),  # 554 5.2.0 of the store, 5.2.2 of Microsoft's list
    (
        None,
        _words(r"sender throttled due to continuous"),  # 5.2.251-255; 5.2.252 alone is SendAsDenied
        TheirLimit(name="errors of the sender one after the other", counts=Counts.SENDER),
    ),
    ("2.121", None, _MAILBOX_GETS),
    ("2.122", None, _MAILBOX_GETS),
    ("2.1", _words(r"receiving (e?mail )?(too quickly|at a rate)"), _MAILBOX_GETS),
    (None, _words(r"thread limit exceeded"), TheirLimit(name="connections of the mailbox at a time")),
    (None, _words(r"daily SMTP relay (sending )?limit exceeded for customer"), _ACCOUNT_DAY),
    (None, _words(r"daily SMTP relay (sending )?limit"), _USER_DAY),  # counted by envelope sender
    (None, _words(r"peak SMTP relay limit"), TheirLimit(name="messages of the customer in ten minutes")),
    (None, _words(r"daily (user )?(sending|message) (limit|quota)"), _ACCOUNT_DAY),
    ("4.5", None, _ACCOUNT_RATE),  # RFC 3463: mail system congestion; Google says it with the words above
    (None, _words(r"maximum sending rate exceeded"), _ACCOUNT_RATE),
    (None, _words(r"(daily|24-hour) (sending|relay|message) (limit|quota)"), _ACCOUNT_DAY),  # of GoDaddy and others
    (
        None,
        _words(r"exceeded the max(imum)? (defers and failures|e-?mails) per hour"),  # cPanel's Exim
        TheirLimit(name="messages of the domain in an hour", pause=HOUR),
    ),
)


def limit_of(reply: Reply) -> TheirLimit | None:
    """The limit that a reply (4xx or 5xx) speaks of, or None: it speaks of something else.

    >>> limit_of(Reply(550, "4.5", "Daily user sending limit exceeded.")).name
    'messages of the account in 24 hours'
    """
    if reply.code < 400:
        return None
    detail, text = reply.subject_detail, reply.text
    for status, words, limit in _ROWS:
        if (status is None or status == detail) and (words is None or words.search(text)):
            return limit
    return None
