"""Inbound and outbound connectors: list, show, add, set, remove, enable, disable.

Whatever changes something takes `what_if`: the answer is the one that would come, and nothing is stored.
"""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind

from .commands import commands_of
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
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Change the given properties; lists also by `{"Add": […], "Remove": […]}`.

    `seen` is the WhenChangedUTC of the state that the change is meant for; what was changed since is not overwritten.
    """
    kind = _kind(outbound)
    edit = Edit(action="set", kind=kind, name=identity, organization=organization, properties=properties, seen=seen)
    return await _changed(call, edit, what_if=what_if)


async def commands(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any],
    outbound: bool = False,
    organization: str | None = None,
) -> Answer:
    """How the other faces would make this connector: `PowerShell`, `Cli`, and `Json` for REST. Nothing is checked."""
    several = len(list(call.desk.config.world.of(ObjectKind.ORGANIZATION))) > 1
    place = call.desk.config.world.organization(organization) if several and organization else None
    return Answer(value=commands_of(_kind(outbound), name, properties, organization=place))


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
    call: Call,
    *,
    identity: str,
    outbound: bool = False,
    organization: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Remove exactly the named one; an unknown identity is an error, never "all"."""
    record = call.desk.config.world.find(_kind(outbound), identity, organization)
    edit = Edit(action="remove", kind=record.kind, name=record.guid, organization=record.organization, seen=seen)
    await call.change([edit], what_if=what_if)
    return Answer(value={"removed": record.name, "Organization": record.organization, "Guid": record.guid})


async def _changed(call: Call, edit: Edit, *, what_if: bool) -> Answer:
    changed = await call.change([edit], what_if=what_if)
    name = next((after for _, after in changed.pairs if after and after.kind is edit.kind), None)
    record = name or call.desk.config.world.find(edit.kind, edit.name, edit.organization)
    return Answer(value=shown(record), warnings=changed.warnings)
