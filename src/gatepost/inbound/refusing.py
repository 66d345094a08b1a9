"""Refusals as the trace keeps them: who asked, what was said, why, and what would help."""

from typing import Any

from gatepost.connectors import Directory, Facts
from gatepost.mail import Reply
from gatepost.mail import reply as replies
from gatepost.spool import Refusal

_TOLD = ("verb", "recipients", "reasons", "remedies")

# Why a message was refused at its body, and what would help: the log's words, never the client's.
_ADVICE: dict[Reply, tuple[str, str]] = {
    replies.BARE_NEWLINE: (
        "A line of the message ends with a lone CR or LF.",
        "Have the client end lines with CRLF (curl: --crlf), or set the connector's BareLineFeeds to Normalize.",
    ),
    replies.NUL_IN_MESSAGE: (
        "The message holds a NUL octet.",
        "Have the client encode binary content (base64), or send it with BODY=BINARYMIME and BDAT.",
    ),
    replies.TOO_BIG: (
        "The message is bigger than allowed.",
        "Send a smaller message, or raise the connector's MaxMessageSize or limits.max_message_size.",
    ),
    replies.HEADER_TOO_LONG: (
        "The header of the message is longer than 256 KiB.",
        "Find out what the client adds to it; a header this long is nearly always a mistake.",
    ),
    replies.BAD_FROM: (
        "The message has more than one From field, or one that mail programs understand differently: a group, an "
        "address hidden in an encoded word, several authors without a Sender field.",
        "Have the client write exactly one From field with one plain address.",
    ),
    replies.LOOP: (
        "The message has passed so many servers that it is going round.",
        "Look at its Received lines for the two servers that hand it to each other, and route it away at one of them.",
    ),
}


def advice_on(reply: Reply) -> dict[str, list[str]]:
    """Reason and remedy for a message that is refused with this reply, where there is more to say than it says."""
    known = next((words for told, words in _ADVICE.items() if told.text == reply.text), None)
    return {} if known is None else {"reasons": [known[0]], "remedies": [known[1]]}


def concerned(sender: str, directory: Directory) -> str | None:
    """The organization whose operators shall see a refusal that no decision puts down to anybody.

    It is the one that the sender claims to belong to, or the only one: the device that is not allowed yet is theirs.
    """
    claimed = directory.organization_of(sender.rpartition("@")[2])
    if claimed is None and len(directory.organizations) == 1:
        return next(iter(directory.organizations))
    return claimed


def refusal_of(facts: Facts, what: str, *, at: float, reply: str, why: dict[str, Any]) -> Refusal:
    """A refusal for the trace, from the facts of its session and those the log is given in `why` (with an id)."""
    story = {"what": what, "listener": facts.listener, **shown(facts)}
    return Refusal(
        id=why["id"],
        at=at,
        client=str(facts.client),
        reply=reply,
        hello=facts.hello,
        sender=why.get("sender", ""),
        recipient=why.get("recipient", ""),
        organization=why.get("organization"),
        connector=why.get("connector"),
        tls=None if facts.tls_version is None else f"{facts.tls_version} {facts.cipher}",
        story=story | {key: why[key] for key in _TOLD if key in why},
    )


def shown(facts: Facts) -> dict[str, Any]:
    """What a client has proved, or tried to prove, about itself."""
    story: dict[str, Any] = {}
    if facts.certificate is not None:
        story["certificate"] = {
            "names": list(facts.certificate.names),
            "subject": facts.certificate.subject,
            "issuer": facts.certificate.issuer,
            "problem": facts.certificate.problem,
        }
    if facts.user is not None:
        story["user"] = facts.user
    return story
