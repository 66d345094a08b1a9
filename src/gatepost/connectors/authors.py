"""What the author in a message's header lets one doubt: words for the trace, never a verdict.

Exchange decides by MAIL FROM alone since 2023 ("the P2 From header no longer counts"), and so
do we: a refusal by From would stop mail that passes there. But readers see From and not MAIL FROM, so a header that
tells another story than the envelope is told to whoever looks.
"""

from collections.abc import Sequence

from gatepost.mail import Address

from .attribution import Origin, sender_allowed
from .directory import Directory
from .facts import Facts
from .policy import may_send_as
from .words import clean, listing, quoted


def author_findings(
    authors: Sequence[Address] | None, sender: Address | None, *, facts: Facts, origin: Origin, directory: Directory
) -> tuple[str, ...]:
    """Sentences about the addresses of the From field; None stands for a message without that field."""
    if authors is None:
        return ("The message has no From field.",)
    if not authors:
        return ("The From field names no address that can be read.",)
    findings: dict[str, None] = {}
    if len(authors) > 1:
        findings[f"The From field names {len(authors)} authors: {listing([clean(str(it)) for it in authors])}."] = None
    for author in authors:
        if author == sender:
            continue
        if doubt := _doubt(author, sender, facts=facts, origin=origin, directory=directory):
            findings[f"The From field says {clean(str(author))}: {doubt}"] = None
    return tuple(findings)


def _doubt(
    author: Address, sender: Address | None, *, facts: Facts, origin: Origin, directory: Directory
) -> str | None:
    user = None if facts.user is None else directory.user(facts.user)
    if user is not None and user.allowed_senders and not may_send_as(user, author):
        return f"user {quoted(user.name)} may not send as this author."
    domain = author.domain
    if sender is not None and domain == sender.domain:
        return None  # what was judged at MAIL holds for this domain too
    owner = directory.organization_of(domain)
    if origin.by is None:
        return f"{domain} is an accepted domain, and the client may not send from it." if owner is not None else None
    if owner != origin.organization:
        return f"{domain} is not an accepted domain of {origin.organization}."
    connector = origin.connector
    if connector is not None and not sender_allowed(connector, domain):
        listed = listing(connector.sender_domains)
        return f"the SenderDomains of connector {quoted(connector.name)} ({listed}) do not cover {domain}."
    return None
