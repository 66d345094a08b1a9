"""What a refusal means: the tables asked in turn, then the bare code; sharpened by what is known of the session."""

import re
from dataclasses import replace

from gatepost.mail import Reply
from gatepost.mail import reply as say

from .advice import Advice
from .circumstances import Circumstances
from .endpoints import endpoint_refusal
from .refusals_limits import LIMITS
from .refusals_relay import RELAY
from .refusals_signin import SIGN_IN

ROWS = (*RELAY, *LIMITS, *SIGN_IN)
NOWHERE = Circumstances()

_NAMES_SHOWN = 3  # of a certificate, in a sentence

_STATUS = re.compile(r"\s*([245])\.([0-9]{1,3}\.[0-9]{1,3})\b")
# Attribution: what the server saw of the client decides, so the advice tells it.
_BY_CLIENT = ("5.7.64", "5.7.51", "5.7.68", "5.7.54", "5.7.1", "5.4.1")

# By reply code, where neither status nor words say anything.
_BY_CODE = {
    421: Advice("The server ends the session and wants to be tried later.", "Try again in a few minutes."),
    432: Advice("The mailbox has too many sessions open.", "Use at most three at a time."),
    450: Advice("The server refuses for now.", "Try again in a few minutes."),
    451: Advice("The server refuses for now.", "Try again in a few minutes."),
    452: Advice("The server lacks room, or there are too many recipients.", "Try again later, or send to fewer."),
    454: Advice("TLS or authentication is not available now.", "Look at the server's certificate, then try again."),
    500: Advice("The server did not understand the command.", "Check that this is an SMTP server."),
    501: Advice("The server did not like an argument.", "Check the addresses."),
    502: Advice("The server does not know this command.", "Check that this is a full SMTP server."),
    503: Advice("The server says a command came out of order.", "Look at the transcript."),
    504: Advice("The server does not know this way of signing in.", "Use PLAIN or LOGIN."),
    530: Advice(
        "The server wants TLS or a sign-in first.", "Use --tls starttls, and sign in if this is a submission endpoint."
    ),
    534: Advice("The server wants another way of signing in.", "Use an app password, or OAuth."),
    535: Advice("The sign-in failed.", "Check user name and password."),
    538: Advice("The server wants TLS before the sign-in.", "Use --tls starttls."),
    550: Advice("The server refuses the recipient or the sender.", "Read the reply's own words."),
    552: Advice("The message is larger than the server takes.", "Send a smaller one."),
    553: Advice("The server does not take this address.", "Check how it is written."),
    554: Advice("The server refuses.", "Read the reply's own words."),
    555: Advice("The server does not know a parameter of MAIL or RCPT.", "Look at the transcript."),
    556: Advice("The recipient's domain takes no mail (null MX).", "Check the address."),
}

# Our own reply, before the server has seen anything of the message.
_NEVER_SENT = Advice(
    "The message holds a NUL octet, which SMTP cannot carry, so it was not sent.",
    "Encode it, or send the file with --attach, which does.",
)


def advice_for(reply: Reply, seen: Circumstances = NOWHERE) -> Advice | None:
    """What a refusal means; None for a positive reply and for what nobody knows."""
    if reply.positive:
        return None
    if reply == say.UNSENDABLE:
        return _NEVER_SENT
    statuses, text = _statuses(reply), reply.text.lower()
    known = endpoint_refusal(reply.code, statuses, seen)
    if known is None:
        known = next((row.advice for row in ROWS if row.covers(reply.code, statuses, text)), None)
    if known is None:
        return _BY_CODE.get(reply.code)
    facts = _facts(seen) if statuses & set(_BY_CLIENT) else ()
    return replace(known, facts=facts) if facts else known


def _statuses(reply: Reply) -> frozenset[str]:
    """The enhanced status, in each class that the code and the text speak of."""
    if reply.enhanced is not None:
        return frozenset({reply.enhanced})
    found = _STATUS.match(reply.text)
    return frozenset() if found is None else frozenset({f"{found[1]}.{found[2]}", f"{reply.code // 100}.{found[2]}"})


def _facts(seen: Circumstances) -> tuple[str, ...]:
    """What the server had to judge this client by, as far as it is known."""
    facts: list[str] = []
    if seen.seen_as:
        facts.append(f"The server saw this client as {seen.seen_as}.")
    if seen.certificate and not seen.encrypted:
        facts.append("Our certificate was not shown, because the session had no TLS.")
    elif seen.certificate and not seen.certificate_asked:
        facts.append("Our certificate was not shown, because the server did not ask for one.")
    elif seen.certificate:
        names = ", ".join(seen.certificate_names[:_NAMES_SHOWN])
        facts.append(f"Our certificate for {names} was shown." if names else "Our certificate was shown.")
    elif seen.certificate_asked:
        facts.append("The server asked for a certificate, and we had none to show.")
    if seen.null_sender:
        facts.append("The sender is null (<>): only a connector by certificate relays that.")
    elif seen.sender_domain:
        facts.append(f"The sender's domain is {seen.sender_domain}.")
    return tuple(facts)
