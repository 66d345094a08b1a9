"""What objects of every kind have in common: how they are listed, changed and removed, and how one came out of that."""

from collections.abc import Iterable, Mapping
from typing import Any

from gatepost.config import Changed, Edit, ObjectKind, Record

from .asked import whose
from .desk import Answer, Call
from .shown import shown


def listed(call: Call, kind: ObjectKind, organization: str | None) -> Iterable[Record]:
    """The objects of a kind, by organization and name: of one organization, or of all."""
    return call.desk.config.world.of(kind, whose(call, organization))


def change_of(old: Record, properties: Mapping[str, Any], *, seen: str | None = None) -> Edit:
    """The edit that changes exactly this one, of those that belong to an organization or to all of them."""
    return Edit(
        action="set", kind=old.kind, name=old.guid, organization=old.organization, properties=properties, seen=seen
    )


def came_out(changed: Changed, old: Record | None = None) -> Record:
    """The object that was added; or `old` as it is now, which is as it was where the change changed nothing."""
    if old is None:
        return next(after for before, after in changed.pairs if before is None and after is not None)
    return next((after for _, after in changed.pairs if after is not None and after.guid == old.guid), old)


def told(changed: Changed, old: Record | None = None) -> Answer:
    """The object as it came out, and what is to be said of it."""
    return Answer(value=shown(came_out(changed, old)), warnings=changed.warnings)


async def remove(call: Call, old: Record, *, seen: str | None, what_if: bool) -> Answer:
    """Remove exactly this one, of those that belong to an organization or to all of them."""
    edit = Edit(action="remove", kind=old.kind, name=old.guid, organization=old.organization, seen=seen)
    await call.change([edit], what_if=what_if)
    return Answer(value={"removed": old.name, "Organization": old.organization or None, "Guid": old.guid})
