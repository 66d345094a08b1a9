"""Recipient lists: which mailboxes and aliases accepted domains have, one by one or from a file."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from gatepost.config import ObjectKind, RecipientEdit, RecipientsChanged
from gatepost.connectors import AcceptedDomain, Entries, compared
from gatepost.errors import ConfigRefused, NotFound
from gatepost.mail import Address, BadAddress, parse_mailbox

from .asked import whose
from .desk import Answer, Call
from .recipient_files import read_list, write_list

_MOST_LISTED = 5_000


async def list_recipients(
    call: Call,
    *,
    domain: str | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int = 100,
    organization: str | None = None,
) -> Answer:
    """Those whose address, or whose target, holds the text, by address; of one accepted domain or of all.

    `after` is the address that the last listing ended with, its `next`.
    """
    domains = _domains(call, domain, organization)
    book = call.desk.config.current().directory.address_book
    lists = [(it, book.of(it.domain_name)) for it in domains]
    limit = max(1, min(limit, _MOST_LISTED))
    wanted = (search or "").strip().lower()
    rows = await asyncio.to_thread(_found, lists, wanted, (after or "").lower(), limit + 1)
    return Answer(
        value={
            "recipients": rows[:limit],
            "total": sum(len(entries) for _, entries in lists),
            "next": rows[limit - 1]["Address"] if len(rows) > limit else None,
        }
    )


async def show_recipient(call: Call, *, address: str, organization: str | None = None) -> Answer:
    """One that is listed; raises NotFound."""
    found = _entry(call, address, organization)
    if found is None:
        raise NotFound(f"No recipient list names '{address}'. Remedy: list it: gatepost recipient add {address}.")
    return Answer(value=found)


async def add_recipients(
    call: Call,
    *,
    recipients: Sequence[Mapping[str, Any]],
    new: bool = False,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """List addresses, each with `Address` and, for an alias, `Targets`.

    One that is listed already gets these targets, unless they are said to be `new`: then it is refused.
    """
    put: dict[str, Sequence[str]] = {}
    problems: list[str] = []
    for number, given in enumerate(recipients, 1):
        known = {key.lower(): value for key, value in given.items()} if isinstance(given, Mapping) else {}
        address, targets = known.get("address"), known.get("targets") or []
        if isinstance(targets, str):
            targets = [targets]
        if not isinstance(address, str) or not isinstance(targets, Sequence):
            problems.append(
                f"recipients number {number}: has no Address. Remedy: write Address, and Targets as a list."
            )
        else:
            put[address] = targets
            if new and _entry(call, address, organization) is not None:
                problems.append(f"recipient '{address}': is listed already. Remedy: choose another address.")
    if problems:
        raise ConfigRefused(problems)
    return await _change(call, RecipientEdit(put=put, organization=whose(call, organization)), what_if=what_if)


async def remove_recipients(
    call: Call, *, addresses: Sequence[str], organization: str | None = None, what_if: bool = False
) -> Answer:
    """Take addresses out of their lists. One that is in none is refused, and then none is taken out."""
    if isinstance(addresses, str):
        addresses = [addresses]
    return await _change(
        call, RecipientEdit(drop=tuple(addresses), organization=whose(call, organization)), what_if=what_if
    )


async def import_recipients(
    call: Call,
    *,
    text: str,
    domain: str | None = None,
    replace: bool = False,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Add what a file lists, CSV or one address a line; with `replace` the lists of the domains are exactly that.

    `domain` is completed where an address has none, and is the one whose list is replaced; without it, those are the
    domains that the file names.
    """
    only = _domains(call, domain, organization)[0].domain_name if domain else None
    put = await asyncio.to_thread(read_list, text, domain=(only or "").removeprefix("*.") or None)
    directory = call.desk.config.current().directory
    whole: set[str] = set()
    if replace:
        named = {address.rpartition("@")[2].lower() for address in put}
        found = [directory.accepted_domain(it) for it in named]
        whole = {it.domain_name for it in found if it is not None} if only is None else {only}
    edit = RecipientEdit(put=put, whole=whole, organization=whose(call, organization))
    return await _change(call, edit, what_if=what_if)


async def export_recipients(call: Call, *, domain: str | None = None, organization: str | None = None) -> Answer:
    """The lists as a file that `import` reads."""
    book = call.desk.config.current().directory.address_book
    lists = [book.of(it.domain_name) for it in _domains(call, domain, organization)]
    return Answer(value={"text": await asyncio.to_thread(write_list, lists)})


async def _change(call: Call, edit: RecipientEdit, *, what_if: bool) -> Answer:
    caller = call.caller
    changed: RecipientsChanged = await asyncio.to_thread(
        call.desk.config.change_recipients,
        edit,
        who=caller.who,
        origin=caller.origin,
        address=caller.address,
        what_if=what_if,
    )
    told = [
        {
            "DomainName": it.domain.domain_name,
            "Organization": it.domain.organization,
            "added": len(it.added),
            "changed": len(it.changed),
            "removed": len(it.removed),
            "total": len(it.after),
        }
        for it in changed.changes
    ]
    sums = {name: sum(it[name] for it in told) for name in ("added", "changed", "removed")}  # type: ignore[misc]
    return Answer(value={**sums, "domains": told}, warnings=changed.warnings)


def _domains(call: Call, domain: str | None, organization: str | None) -> list[AcceptedDomain]:
    """The named accepted domain, or all; raises NotFound."""
    world, own = call.desk.config.world, whose(call, organization)
    records = [world.find(ObjectKind.DOMAIN, domain, own)] if domain else world.of(ObjectKind.DOMAIN, own)
    return [record.model for record in records if isinstance(record.model, AcceptedDomain)]


def _entry(call: Call, written: str, organization: str | None) -> dict[str, Any] | None:
    """The entry of an address as somebody writes it."""
    directory = call.desk.config.current().directory
    try:
        address = parse_mailbox(written.strip())
    except BadAddress:
        return None
    accepted = directory.accepted_domain(address.domain)
    if accepted is None or whose(call, organization) not in (None, accepted.organization):
        return None
    key = compared(address, plus=False)
    targets = directory.address_book.of(accepted.domain_name).get(key)
    return None if targets is None else _shown(key, accepted, targets)


def _found(
    lists: Iterable[tuple[AcceptedDomain, Entries]], wanted: str, after: str, limit: int
) -> list[dict[str, Any]]:
    """In a thread: a list may hold 100,000 addresses."""
    keys = [
        (key, domain, targets)
        for domain, entries in lists
        for key, targets in entries.items()
        if key > after and (not wanted or wanted in key or any(wanted in str(it).lower() for it in targets))
    ]
    keys.sort(key=lambda it: it[0])
    return [_shown(key, domain, targets) for key, domain, targets in islice(keys, limit)]


def _shown(key: str, domain: AcceptedDomain, targets: tuple[Address, ...]) -> dict[str, Any]:
    return {
        "Address": key,
        "RecipientType": "Alias" if targets else "Mailbox",
        "Targets": [str(it) for it in targets],
        "DomainName": domain.domain_name,
        "Organization": domain.organization,
    }
