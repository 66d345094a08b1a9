"""What is written down about a message that is taken: the terms of its header, its story, and the lanes it goes to."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gatepost.connectors import (
    ConnectorType,
    Decision,
    Directory,
    Facts,
    InboundConnector,
    Origin,
    rewritten_sender,
)
from gatepost.mail import Address, Envelope, Recipient, original_recipient
from gatepost.routing import RouteTable, choose

from .intake import HeaderTerms
from .refusing import shown


def header_terms(origin: Origin, *, max_received: int, sender: Address | None, directory: Directory) -> HeaderTerms:
    """What the header of this caller's messages may keep, and what is made right in it. `sender` as it leaves."""
    connector = origin.connector
    own = connector if connector is not None and connector.connector_type is ConnectorType.ON_PREMISES else None
    return HeaderTerms(
        max_received=max_received,
        trusted_trace=own is not None and origin.by == "certificate",
        promote=connector is not None and connector.cloud_services_mail_enabled,
        repair=own.repair_headers if own is not None else origin.by == "user",
        sender=sender,
        rewrites=_rewrites(own, directory) if own is not None and own.sender_rewriting else None,
    )


def _rewrites(connector: InboundConnector, directory: Directory) -> Callable[[Address | None], Address | None]:
    """Authors are judged as the sender is. One that names no address belongs to no accepted domain either."""

    def rewrites(author: Address | None) -> Address | None:
        return (
            rewritten_sender(author, connector, directory) if author is not None else connector.sender_rewrite_address
        )

    return rewrites


def expanded(
    envelope: Envelope, decisions: Sequence[Decision]
) -> tuple[Envelope, Sequence[Decision], Sequence[Address]]:
    """The envelope with whom aliases and catch-alls lead to, each once; the decision on each, and whom the sender wrote
    to.

    Each is told what the sender wants to hear, and under which address it was written to (RFC 3461 §5.2.7).
    """
    if not any(decision.leads_to for decision in decisions):
        return envelope, decisions, [recipient.address for recipient in envelope.recipients]
    reached: dict[Address, tuple[Recipient, Decision, Address]] = {}
    for recipient, decision in zip(envelope.recipients, decisions, strict=True):
        for address in decision.leads_to:
            orcpt = recipient.orcpt or original_recipient(recipient.address)
            led = replace(recipient, address=address, orcpt=orcpt)
            reached.setdefault(address, (led, decision, recipient.address))
        if not decision.leads_to:
            reached.setdefault(recipient.address, (recipient, decision, recipient.address))
    recipients, kept, written = zip(*reached.values(), strict=True)
    return replace(envelope, recipients=recipients), kept, written


def _expansions(asked: Sequence[str], decisions: Sequence[Decision]) -> list[str]:
    """A sentence for each recipient that led to others."""
    return [
        f"{recipient} leads to {', '.join(map(str, decision.leads_to))}."
        for recipient, decision in zip(asked, decisions, strict=True)
        if decision.leads_to
    ]


def story_of(
    facts: Facts,
    origin: Origin,
    decisions: Sequence[Decision],
    *,
    asked: Sequence[str],
    protocol: str,
    findings: Sequence[str],
    changes: Sequence[str],
    testimony: Sequence[str],
    rules: Sequence[str] = (),
) -> dict[str, Any]:
    """How the message came in and why it was taken, for the trace. `asked` are the recipients that the client named,
    each with its decision."""
    story: dict[str, Any] = {
        "listener": facts.listener,
        "hello": facts.hello,
        "protocol": protocol,
        "by": origin.by,
        "reasons": list(decisions[0].reasons if decisions else origin.reasons),
        "results": [decision.result for decision in decisions],
    }
    if changes:
        story["changes"] = list(changes)
    if expansions := _expansions(asked, decisions):
        story["expansions"] = expansions
    if rules:
        story["rules"] = list(rules)
    if findings:
        story["findings"] = list(findings)
    if testimony:
        story["authentication"] = list(testimony)
    if facts.tls_version is not None:
        story["tls"] = f"{facts.tls_version} {facts.cipher}"
    return story | shown(facts)


def lanes_of(
    envelope: Envelope, decisions: Sequence[Decision], routes: RouteTable, *, connector: str | None
) -> tuple[str, ...]:
    """Each recipient's destination, in the envelope's order; `connector` is the inbound one, by name."""
    return tuple(
        choose(
            recipient.address, decision.organization, routes, sender=envelope.sender, connector=connector
        ).destination
        for recipient, decision in zip(envelope.recipients, decisions, strict=True)
    )
