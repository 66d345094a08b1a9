"""Accepted domains and the organizations that own them.

Whatever changes something takes `what_if`: the answer is the one that would come, and nothing is stored; and, where it
has an object before it, `seen`: the WhenChangedUTC of the state that is meant.
"""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind

from .desk import Answer, Call
from .objects import change_of, listed, told
from .objects import remove as removed
from .sandbox import on_sandbox
from .shown import shown

_DOMAIN, _ORGANIZATION = ObjectKind.DOMAIN, ObjectKind.ORGANIZATION


async def list_domains(call: Call, *, organization: str | None = None) -> Answer:
    return Answer(value=[shown(it) for it in listed(call, _DOMAIN, organization)])


async def show_domain(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    return Answer(value=shown(call.desk.config.world.find(_DOMAIN, identity, organization)))


async def add_domain(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any] | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Accept mail for a domain."""
    edit = Edit(action="add", kind=_DOMAIN, name=name, organization=organization, properties=properties or {})
    return told(await call.change([edit], what_if=what_if))


async def set_domain(
    call: Call,
    *,
    identity: str,
    properties: Mapping[str, Any],
    organization: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    old = call.desk.config.world.find(_DOMAIN, identity, organization)
    return told(await call.change([change_of(old, properties, seen=seen)], what_if=what_if), old)


async def remove_domain(
    call: Call, *, identity: str, organization: str | None = None, seen: str | None = None, what_if: bool = False
) -> Answer:
    """Refused while a connector names it in AssociatedAcceptedDomains."""
    old = call.desk.config.world.find(_DOMAIN, identity, organization)
    return await removed(call, old, seen=seen, what_if=what_if)


async def list_organizations(call: Call, *, organization: str | None = None) -> Answer:
    """Every organization, or only the named one."""
    world = call.desk.config.world
    if organization:
        return Answer(value=[shown(world.find(_ORGANIZATION, organization))])
    return Answer(value=[shown(record) for record in world.of(_ORGANIZATION)])


async def add_organization(
    call: Call, *, name: str, properties: Mapping[str, Any] | None = None, what_if: bool = False
) -> Answer:
    edit = Edit(action="add", kind=_ORGANIZATION, name=name, properties=properties or {})
    return told(await call.change([edit], what_if=what_if))


async def set_organization(
    call: Call,
    *,
    properties: Mapping[str, Any],
    identity: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Change an organization; without `identity` the only one."""
    world = call.desk.config.world
    old = world.find(_ORGANIZATION, world.organization(identity))
    edit = Edit(action="set", kind=_ORGANIZATION, name=old.name, properties=properties, seen=seen)
    answer = told(await call.change([edit], what_if=what_if), old)
    return Answer(value=answer.value, warnings=(*answer.warnings, *await on_sandbox(call, old, answer.value)))


async def remove_organization(call: Call, *, identity: str, seen: str | None = None, what_if: bool = False) -> Answer:
    """Refused while it holds anything, and for the last one."""
    old = call.desk.config.world.find(_ORGANIZATION, identity)
    edit = Edit(action="remove", kind=_ORGANIZATION, name=old.name, seen=seen)
    await call.change([edit], what_if=what_if)
    return Answer(value={"removed": old.name, "Guid": old.guid})
