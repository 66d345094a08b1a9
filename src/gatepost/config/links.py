"""Objects that name connectors: what is named must be there, and a new name is followed.

FallbackConnectors and InboundConnectors of an outbound connector, and InboundConnectors of a transport rule with its
exception, hold names within the organization. A list counts for its own object alone: of the connectors named in it the
own lists do not matter, so that two may stand in for each other and nothing can go round in circles.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from .property import ObjectKind
from .reading import Draft
from .world import Record, key_of


class Link(NamedTuple):
    """A property of the owners that names objects of a kind."""

    owner: ObjectKind
    name: str
    field: str
    kind: ObjectKind


LINKS = (
    Link(ObjectKind.OUTBOUND, "FallbackConnectors", "fallback_connectors", ObjectKind.OUTBOUND),
    Link(ObjectKind.OUTBOUND, "InboundConnectors", "inbound_connectors", ObjectKind.INBOUND),
    Link(ObjectKind.RULE, "InboundConnectors", "inbound_connectors", ObjectKind.INBOUND),
    Link(ObjectKind.RULE, "ExceptIfInboundConnectors", "except_if_inbound_connectors", ObjectKind.INBOUND),
)


def follow_rename(draft: Draft, old: Record, name: str) -> None:
    """Whoever names the record gets its new name."""
    for record, link in list(_linked(draft, old.kind, old.organization)):
        names = getattr(record.model, link.field)
        if old.name.lower() not in map(str.lower, names):
            continue
        renamed = tuple(name if one.lower() == old.name.lower() else one for one in names)
        before = draft.world.by_guid(record.guid) or record
        model: Any = before.model
        draft.put(replace(before, changed=draft.now, model=replace(model, **{link.field: renamed})), old=before)


def check_links(draft: Draft) -> None:
    """Say what is wrong with the names, of those that were changed now; and refuse to remove what is named."""
    removed = [before for before, after in draft.changed() if before is not None and after is None]
    touched = {after.guid for _, after in draft.changed() if after is not None}
    for record, link in list(_linked(draft)):
        names: tuple[str, ...] = getattr(record.model, link.field)
        for name in names:
            found = draft.world.get(key_of(link.kind, record.organization, name))
            if found is None:
                _missing(draft, record, link, name, removed)
            elif record.guid in touched:
                _odd(draft, record, link, found)
        if record.guid in touched and len({name.lower() for name in names}) < len(names):
            draft.problems.append(
                f"{record.label}: {link.name} names a connector twice. Remedy: name each once, in their order."
            )
        if record.guid in touched and not draft.problems:
            _as_written(draft, record, link)


def _linked(
    draft: Draft, kind: ObjectKind | None = None, organization: str | None = None
) -> Iterator[tuple[Record, Link]]:
    """Objects that name something (of a kind)."""
    for owner in dict.fromkeys(link.owner for link in LINKS):
        for record in draft.world.of(owner, organization):
            for link in LINKS:
                if link.owner is owner and kind in (None, link.kind) and getattr(record.model, link.field):
                    yield draft.world.by_guid(record.guid) or record, link


def _missing(draft: Draft, record: Record, link: Link, name: str, removed: list[Record]) -> None:
    for gone in removed:
        if gone.key == key_of(link.kind, record.organization, name):
            draft.problems.append(
                f"{gone.label}: is named in {link.name} of {record.label}. Remedy: take it out there first."
            )
            return
    known = [f"'{it.name}'" for it in draft.world.of(link.kind, record.organization) if it.guid != record.guid]
    remedy = f"name one of: {', '.join(known[:10])}" if known else f"add the {link.kind} first"
    draft.problems.append(
        f"{record.label}: {link.name} value '{name}' is no {link.kind} of organization '{record.organization}'. "
        f"Remedy: {remedy}."
    )


def _odd(draft: Draft, record: Record, link: Link, found: Record) -> None:
    if found.guid == record.guid:
        draft.problems.append(f"{record.label}: {link.name} names itself. Remedy: name other connectors.")
    elif not getattr(found.model, "enabled", True):
        draft.warnings.append(
            f"{record.label}: {link.name} value '{found.name}' is disabled, so it is passed over. Remedy: enable it."
        )


def _as_written(draft: Draft, record: Record, link: Link) -> None:
    """Names are kept as the objects write themselves, upper and lower case."""
    current = draft.world.by_guid(record.guid) or record
    model: Any = current.model
    names = getattr(model, link.field)
    found = [draft.world.get(key_of(link.kind, record.organization, name)) for name in names]
    exact = tuple(it.name for it in found if it is not None)
    if exact != names and len(exact) == len(names):
        draft.put(replace(current, model=replace(model, **{link.field: exact})), old=current)
