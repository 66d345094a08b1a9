"""Refusals as the trace keeps them: who asked, what was said, why, and what would help."""

from typing import Any

from gatepost.connectors import Facts
from gatepost.spool import Refusal

_TOLD = ("verb", "reasons", "remedies")


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
