"""What the transport rules make of a message that is taken: who gets it instead or as well, and who is held.

Asked once, when the message is there. What was decided is kept with it: a rule that changes later changes nothing here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gatepost.connectors import Decision, Directory, MessageFacts, RuleBook, expand
from gatepost.mail import Address, Envelope, Notify, Recipient, original_recipient
from gatepost.spool import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """The envelope as it goes on, with the decision behind each recipient, whether it is held, and sentences for the
    trace."""

    envelope: Envelope
    decisions: Sequence[Decision]
    holds: tuple[Hold | None, ...]
    sentences: tuple[str, ...]


def ruled(
    envelope: Envelope,
    decisions: Sequence[Decision],
    written: Sequence[Address],
    *,
    message: MessageFacts,
    book: RuleBook,
    directory: Directory,
) -> Ruled:
    """Ask the rules about each recipient; `written` is whom the sender wrote to, where an alias led on from there.

    Who gets redirected mail is told of it what the sender wants told (RFC 3461 §5.2.7); a copy is nobody's business, so
    nothing is ever reported of it.
    """
    concerning = {owner: book.concerning(owner, message) for owner in {it.organization for it in decisions}}
    if not any(rules or book.is_sandbox(owner) for owner, rules in concerning.items()):  # as it is with most mail
        return Ruled(envelope=envelope, decisions=decisions, holds=(), sentences=())
    reached: dict[Address, tuple[Recipient, Decision, Hold | None]] = {}
    copies: dict[Address, tuple[Recipient, Decision, Hold | None]] = {}
    sentences: dict[str, None] = {}
    for recipient, decision, asked in zip(envelope.recipients, decisions, written, strict=True):
        owner = decision.organization
        found = book.treatment(owner, (asked, recipient.address), concerning[owner])
        if found is None:
            reached.setdefault(recipient.address, (recipient, decision, None))
            continue
        sentences |= dict.fromkeys(found.reasons)
        hold = Hold(rule=found.held_by, sandbox=found.sandbox) if found.held else None
        for address in _ends(found.redirected, directory) or (recipient.address,):
            reached.setdefault(address, (_passed_on(recipient, address), decision, hold))
        kept = Hold(sandbox=True) if book.is_sandbox(owner) else None
        for address in _ends(found.copies, directory):
            copies.setdefault(address, (Recipient(address=address, notify=(Notify.NEVER,)), decision, kept))
    rows = [*reached.values(), *(it for address, it in copies.items() if address not in reached)]
    holds = tuple(hold for _, _, hold in rows)
    return Ruled(
        envelope=replace(envelope, recipients=tuple(recipient for recipient, _, _ in rows)),
        decisions=[decision for _, decision, _ in rows],
        holds=holds if any(holds) else (),
        sentences=tuple(sentences),
    )


def _ends(targets: Sequence[Address], directory: Directory) -> tuple[Address, ...]:
    """Whom the targets of a rule reach in the end: they may be aliases of ours."""
    return tuple(dict.fromkeys(end for target in targets for end in expand(target, directory)))


def _passed_on(recipient: Recipient, address: Address) -> Recipient:
    """The same recipient under the address that gets the mail now; a report still names the first one."""
    if address == recipient.address:
        return recipient
    return replace(recipient, address=address, orcpt=recipient.orcpt or original_recipient(recipient.address))
