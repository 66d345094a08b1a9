"""Who is reached: whether an accepted domain has the recipient, and which addresses an alias or catch-all leads to.

The words are those of Exchange: a domain whose address book is enabled refuses whom its recipient list does not name
(directory based edge blocking). RFC 5321 §4.5.1 excepts the postmaster.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gatepost.mail import Address, parse_mailbox, reply

from .address_book import compared
from .decision import Decision
from .directory import Directory
from .model import AcceptedDomain, DomainType
from .words import clean, listing, of_organization, shell

MOST_REACHED = 1_000  # addresses that one recipient may lead to


class Standing(StrEnum):
    """What an accepted domain says of one of its addresses."""

    OUTSIDE = "outside"  # of no accepted domain
    TAKEN = "taken"  # the domain keeps no list, or not of everybody
    MAILBOX = "mailbox"
    ALIAS = "alias"
    CATCH_ALL = "catch-all"
    POSTMASTER = "postmaster"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where one step leads: `targets` of an alias or of the catch-all, else none. `key` is the compared form."""

    standing: Standing
    key: str
    targets: tuple[Address, ...] = ()


def reach(recipient: Address, directory: Directory) -> Reached:
    """One step: what the recipient's domain says of it."""
    accepted = directory.accepted_domain(recipient.domain)
    if accepted is None:
        return Reached(standing=Standing.OUTSIDE, key=compared(recipient, plus=False))
    return _reach(recipient, accepted, directory)


def _reach(recipient: Address, accepted: AcceptedDomain, directory: Directory) -> Reached:
    key = compared(recipient, plus=accepted.plus_addressing)
    targets = directory.address_book.of(accepted.domain_name).get(key)
    if targets is not None:
        return Reached(standing=Standing.ALIAS if targets else Standing.MAILBOX, key=key, targets=targets)
    if accepted.domain_type is not DomainType.AUTHORITATIVE:
        return Reached(standing=Standing.TAKEN, key=key)
    if accepted.catch_all is not None:
        return Reached(standing=Standing.CATCH_ALL, key=key, targets=(parse_mailbox(accepted.catch_all),))
    if not accepted.address_book_enabled:
        return Reached(standing=Standing.TAKEN, key=key)
    postmaster = key.startswith("postmaster@")
    return Reached(standing=Standing.POSTMASTER if postmaster else Standing.UNKNOWN, key=key)


def expand(recipient: Address, directory: Directory) -> tuple[Address, ...]:
    """The addresses that mail for the recipient goes to in the end: itself, where nothing leads on from it.

    An alias that names itself keeps a copy. A circle, which `config` refuses on the way in, leads nowhere, and never to
    nobody: then the recipient is its own end.
    """
    ends: dict[str, Address] = {}
    seen: set[str] = set()
    steps = [recipient]
    while steps and len(ends) < MOST_REACHED:
        address = steps.pop()
        here = reach(address, directory)
        if here.key in seen:
            continue
        seen.add(here.key)
        onward = [it for it in here.targets if reach(it, directory).key != here.key]
        if len(onward) < len(here.targets) or not here.targets:
            ends.setdefault(here.key, address)
        steps.extend(reversed(onward))
    return tuple(ends.values()) or (recipient,)


def circle(starts: Iterable[Address], directory: Directory) -> tuple[str, ...]:
    """The first circle that aliases and catch-alls lead round in from any of these; empty when there is none."""
    done: set[str] = set()
    for start in starts:
        path: list[str] = []
        ways: list[list[Address]] = [[start]]
        while ways:
            if not ways[-1]:
                ways.pop()
                if path:
                    done.add(path.pop())
                continue
            here = reach(ways[-1].pop(), directory)
            if path and here.key == path[-1]:
                continue  # it keeps a copy for itself
            if here.key in path:
                return (*path[path.index(here.key) :], here.key)
            if here.key not in done:
                path.append(here.key)
                ways.append(list(here.targets))
    return ()


def placed(decision: Decision, recipient: Address, directory: Directory) -> Decision:
    """A positive decision, once more with regard to the recipient list of the domain: refused, led on, or as it was."""
    accepted = directory.accepted_domain(recipient.domain)
    if accepted is None or not (
        accepted.address_book_enabled or accepted.catch_all or directory.address_book.of(accepted.domain_name)
    ):
        return decision
    key = compared(recipient, plus=accepted.plus_addressing)
    if directory.address_book.of(accepted.domain_name).get(key) == ():
        return decision  # a listed mailbox: nearly all mail, so that nothing more is made of it
    here = _reach(recipient, accepted, directory)
    if here.standing is Standing.UNKNOWN:
        return _unknown(decision, recipient, accepted, directory)
    shown = clean(str(recipient))
    match here.standing:
        case Standing.ALIAS:
            words = f"{shown} is an alias of {listing([clean(str(it)) for it in here.targets], 10)}."
        case Standing.CATCH_ALL:
            words = (
                f"{shown} is not in the recipient list of {accepted.domain_name}, whose catch-all "
                f"{accepted.catch_all} gets its mail."
            )
        case Standing.POSTMASTER:
            words = f"{shown} is reached at every domain, listed or not."
        case _:
            return decision
    return Decision(
        result=decision.result,
        organization=decision.organization,
        connector=decision.connector,
        reply=decision.reply,
        reasons=(*decision.reasons, words),
        remedies=decision.remedies,
        leads_to=expand(recipient, directory) if here.targets else (),
    )


def _unknown(decision: Decision, recipient: Address, accepted: AcceptedDomain, directory: Directory) -> Decision:
    name, which = accepted.domain_name, of_organization(directory, accepted.organization)
    shown = clean(str(recipient))
    return Decision(
        result="reject",
        organization=decision.organization,
        connector=decision.connector,
        reply=reply.RECIPIENT_UNKNOWN,
        reasons=(*decision.reasons, f"{shown} is not in the recipient list of {name}, which takes no others."),
        remedies=(
            f"If there is such a recipient, list it: gatepost recipient add {shell(str(recipient))}{which}",
            "If others than those listed are to be taken: "
            f"gatepost domain set {shell(name)} --address-book-enabled false{which}",
        ),
    )
