"""Inbound and outbound connectors: list, show, add, set, remove, enable, disable.

Whatever changes something takes `what_if`: the answer is the one that would come, and nothing is stored.
"""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind

from .commands import commands_of
from .desk import Answer, Call
from .objects import change_of, listed, told
from .objects import remove as removed
from .shown import shown


def _kind(outbound: bool) -> ObjectKind:
    return ObjectKind.OUTBOUND if outbound else ObjectKind.INBOUND


async def list_connectors(call: Call, *, outbound: bool = False, organization: str | None = None) -> Answer:
    """Every connector, by organization and name."""
    return Answer(value=[shown(it) for it in listed(call, _kind(outbound), organization)])


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
    return told(await call.change([edit], what_if=what_if))


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
    old = call.desk.config.world.find(_kind(outbound), identity, organization)
    return told(await call.change([change_of(old, properties, seen=seen)], what_if=what_if), old)


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
    old = call.desk.config.world.find(_kind(outbound), identity, organization)
    return await removed(call, old, seen=seen, what_if=what_if)
