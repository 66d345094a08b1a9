"""Why a recipient has not got its message: a small closed set, which people can be told about and machines can count.

A new cause is worth it only where somebody would do something else about it.
"""

from enum import StrEnum


class Cause(StrEnum):
    """One cause; the value is the word in the trace, in REST and in metrics."""

    UNKNOWN_RECIPIENT = "unknown-recipient"
    UNKNOWN_DOMAIN = "unknown-domain"  # it does not exist, or takes no mail
    MAILBOX_FULL = "mailbox-full"
    POLICY = "policy"  # spam, reputation, SPF, DKIM, DMARC, rules of theirs
    SIGN_IN = "sign-in"  # ours, at the next host
    TLS = "tls"
    NETWORK = "network"  # not reached, DNS included
    SIZE = "size"
    RATE_LIMIT = "rate-limit"  # too much or too early: throttling, greylisting, quotas
    RELAY_DENIED = "relay-denied"  # the next host does not carry our mail on
    FORMAT = "format"  # the next host cannot take a message of this form
    LOOP = "loop"
    EXPIRED = "expired"
    RETURNED = "returned"  # an operator of ours gave it up
    LOCAL = "local"  # this relay could not do its own part
    OTHER = "other"
