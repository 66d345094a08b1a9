"""May they? Verdicts at MAIL and at RCPT, each a reply with its reasons and remedies.

The rule that makes this no open relay: "relay" is said only to an authenticated user of an organization, or
to a connector that `attribute` found (row by row in the tests). Recipients in
accepted domains are "incoming" for everybody, unless their organization says otherwise (`partners`).
"""

from functools import partial

from gatepost.mail import Address, Reply, domain_matches, reply

from .attribution import Origin
from .blocked import refusal_of_blocked
from .decision import Decision
from .directory import Directory
from .facts import Facts
from .misses import near_misses
from .model import SmtpUser
from .partners import incoming
from .recipients import placed
from .rewriting import rewritten_sender
from .words import accept_domain, clean, command, of_organization, quoted, shell


def at_mail(facts: Facts, sender: Address | None, origin: Origin, directory: Directory) -> Reply | None:
    """The refusal of a sender, or None to go on."""
    refusal = refusal_at_mail(facts, sender, origin, directory)
    return None if refusal is None else refusal.reply


def refusal_at_mail(facts: Facts, sender: Address | None, origin: Origin, directory: Directory) -> Decision | None:
    """`at_mail` with its reasons, for the log."""
    if directory.blocked:
        blocked = refusal_of_blocked(facts.client, origin.organization, directory)
        if blocked is not None:
            return blocked
    if facts.user is not None:
        return _user_refusal(facts.user, sender, origin, directory)
    connector = origin.connector
    if connector is not None and connector.blocked:
        return Decision(
            result="reject",
            organization=origin.organization,
            connector=connector.name,
            reply=reply.CONNECTOR_BLOCKED,
            reasons=(*origin.reasons, f"Connector {quoted(connector.name)} is blocked."),
            remedies=(
                "Find out what the sending host was made to send, stop it, then unblock: "
                + command(directory, connector, "blocked", ["false"]),
            ),
        )
    return None


def at_rcpt(facts: Facts, sender: Address | None, recipient: Address, origin: Origin, directory: Directory) -> Decision:
    """The verdict on one recipient of a sender that `attribute` has placed.

    Who may not send here learns nothing of who is reached here: the recipient list is asked last.
    """
    decision = _may_send(facts, sender, recipient, origin, directory)
    return placed(decision, recipient, directory) if decision.accepted else decision


def _may_send(
    facts: Facts, sender: Address | None, recipient: Address, origin: Origin, directory: Directory
) -> Decision:
    """Whether mail of this sender may go to the recipient's domain."""
    refusal = refusal_at_mail(facts, sender, origin, directory)
    if refusal is not None:
        return refusal
    accepted = directory.accepted_domain(recipient.domain)
    connector = origin.connector
    if connector is None and origin.by != "user":
        if accepted is None:
            return _relay_denied(facts, sender, recipient, directory)
        return incoming(facts, sender, accepted, directory)

    written = rewritten_sender(sender, connector, directory)
    internal = accepted is not None and accepted.organization == origin.organization
    if internal:
        reason = f"The recipient's domain {recipient.domain} is the organization's own."
    else:
        if connector is not None and connector.internal_recipients_only:
            return Decision(
                result="reject",
                organization=origin.organization,
                connector=connector.name,
                reply=reply.INTERNAL_ONLY,
                reasons=(
                    *origin.reasons,
                    f"Connector {quoted(connector.name)} may send to accepted domains of "
                    f"{origin.organization} only, and {recipient.domain} is none.",
                ),
                remedies=(
                    "If the device may write to the outside: "
                    + command(directory, connector, "internal-recipients-only", ["false"]),
                ),
            )
        if accepted is not None:
            # Another organization's domain: its own terms hold, or one tenant could speak for another.
            theirs = incoming(facts, written or sender, accepted, directory)
            if theirs.result != "incoming":
                return theirs
        reason = f"The recipient's domain {recipient.domain} is external, and the client may relay."
    return Decision(
        result="relay",
        organization=origin.organization,
        connector=None if connector is None else connector.name,
        reply=reply.RECIPIENT_OK,
        reasons=(*origin.reasons, reason, *_written(sender, written)),
        remedies=(),
    )


def _written(sender: Address | None, written: Address | None) -> tuple[str, ...]:
    return () if written is None else (f"The sender {clean(str(sender))} becomes {written}.",)


def _relay_denied(facts: Facts, sender: Address | None, recipient: Address, directory: Directory) -> Decision:
    return Decision(
        result="reject",
        organization=None,
        connector=None,
        reply=reply.RELAY_DENIED,
        reasons=(
            f"The recipient's domain {recipient.domain} is not an accepted domain, so only a connector "
            "may relay to it.",
        ),
        remedies=(),
        near_misses=partial(near_misses, facts, sender, directory),
    )


def _user_refusal(name: str, sender: Address | None, origin: Origin, directory: Directory) -> Decision | None:
    user = directory.user(name)
    if user is None or not user.may_submit or origin.by != "user":
        known = None if user is None else user.organization
        which = f"{shell(clean(name))}{of_organization(directory, known)}"
        remedy = f"Add the user: gatepost user add {which}" if user is None else _open(user, which)
        return _refused(reply.AUTH_REQUIRED, origin, origin.reasons, remedy)
    if sender is None:
        reason = f"User {quoted(name)} used the null sender, which belongs to no accepted domain."
        return _refused(
            reply.SENDER_NOT_ALLOWED,
            origin,
            (*origin.reasons, reason),
            "Send from one of the user's own addresses.",
        )
    if directory.organization_of(sender.domain) != user.organization:
        reason = f"The sender domain {sender.domain} is not an accepted domain of {user.organization}."
        remedy = "Send from an accepted domain, or accept it: " + accept_domain(
            directory, sender.domain, user.organization
        )
        return _refused(reply.SENDER_NOT_ALLOWED, origin, (*origin.reasons, reason), remedy)
    if user.allowed_senders and not may_send_as(user, sender):
        reason = f"User {quoted(name)} may not send as {clean(str(sender))}."
        which = f"{shell(user.name)}{of_organization(directory, user.organization)}"
        remedy = (
            "Send from one of its allowed senders, or add this one: "
            f"gatepost user set {which} --add-allowed-senders {shell(str(sender))}"
        )
        return _refused(reply.SENDER_NOT_ALLOWED, origin, (*origin.reasons, reason), remedy)
    return None


def _open(user: SmtpUser, which: str) -> str:
    """How to let a known user submit."""
    flag = "smtp-client-authentication-disabled false" if user.enabled else "enabled true"
    return f"Let the user submit: gatepost user set {which} --{flag}"


def may_send_as(user: SmtpUser, sender: Address) -> bool:
    """Addresses compare without case, as in Exchange; `*@domain` takes the domain patterns of connectors."""
    for allowed in user.allowed_senders:
        local, _, domain = allowed.rpartition("@")
        if local in ("", "*"):
            if domain_matches(domain.lower(), sender.domain):
                return True
        elif local.lower() == sender.local.lower() and domain.lower() == sender.domain:
            return True
    return False


def _refused(answer: Reply, origin: Origin, reasons: tuple[str, ...], remedy: str) -> Decision:
    return Decision(
        result="reject",
        organization=origin.organization,
        connector=None,
        reply=answer,
        reasons=reasons,
        remedies=(remedy,),
    )
