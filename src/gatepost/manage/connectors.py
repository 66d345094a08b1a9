"""Inbound and outbound connectors: list, show, add, set, remove, enable, disable.

Whatever changes something takes `what_if`: the answer is the one that would come, and nothing is stored.
"""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind

from .desk import Answer, Call
from .shown import shown


def _kind(outbound: bool) -> ObjectKind:
    return ObjectKind.OUTBOUND if outbound else ObjectKind.INBOUND


async def list_connectors(call: Call, *, outbound: bool = False, organization: str | None = None) -> Answer:
    """Every connector, by organization and name."""
    world = call.desk.config.world
    if organization:
        organization = world.organization(organization)
    return Answer(value=[shown(record) for record in world.of(_kind(outbound), organization)])


async def show(call: Call, *, identity: str, outbound: bool = False, organization: str | None = None) -> Answer:
    """One connector by name or GUID."""
    return Answer(value=shown(call.desk.config.world.find(_kind(outbound), identity, organization)))


async def add(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any],
    outbound: bool = False,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Make a connector; what is not given takes its default."""
    kind = _kind(outbound)
    edit = Edit(action="add", kind=kind, name=name, organization=organization, properties=properties)
    return await _changed(call, edit, what_if=what_if)


async def change(
    call: Call,
    *,
    identity: str,
    properties: Mapping[str, Any],
    outbound: bool = False,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Change the given properties; lists also by `{"Add": […], "Remove": […]}`."""
    kind = _kind(outbound)
    edit = Edit(action="set", kind=kind, name=identity, organization=organization, properties=properties)
    return await _changed(call, edit, what_if=what_if)


async def enable(
    call: Call, *, identity: str, outbound: bool = False, organization: str | None = None, what_if: bool = False
) -> Answer:
    return await change(
        call,
        identity=identity,
        properties={"Enabled": True},
        outbound=outbound,
        organization=organization,
        what_if=what_if,
    )


async def disable(
    call: Call, *, identity: str, outbound: bool = False, organization: str | None = None, what_if: bool = False
) -> Answer:
    """A disabled connector is kept and does not count."""
    return await change(
        call,
        identity=identity,
        properties={"Enabled": False},
        outbound=outbound,
        organization=organization,
        what_if=what_if,
    )


async def remove(
    call: Call, *, identity: str, outbound: bool = False, organization: str | None = None, what_if: bool = False
) -> Answer:
    """Remove exactly the named one; an unknown identity is an error, never "all"."""
    record = call.desk.config.world.find(_kind(outbound), identity, organization)
    edit = Edit(action="remove", kind=record.kind, name=record.guid, organization=record.organization)
    await call.change([edit], what_if=what_if)
    return Answer(value={"removed": record.name, "Organization": record.organization, "Guid": record.guid})


async def _changed(call: Call, edit: Edit, *, what_if: bool) -> Answer:
    changed = await call.change([edit], what_if=what_if)
    name = next((after for _, after in changed.pairs if after and after.kind is edit.kind), None)
    record = name or call.desk.config.world.find(edit.kind, edit.name, edit.organization)
    return Answer(value=shown(record), warnings=changed.warnings)
