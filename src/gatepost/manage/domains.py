"""Accepted domains and the organizations that own them."""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind

from .desk import Answer, Call
from .shown import shown

_DOMAIN, _ORGANIZATION = ObjectKind.DOMAIN, ObjectKind.ORGANIZATION


async def list_domains(call: Call, *, organization: str | None = None) -> Answer:
    world = call.desk.config.world
    if organization:
        organization = world.organization(organization)
    return Answer(value=[shown(record) for record in world.of(_DOMAIN, organization)])


async def show_domain(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    return Answer(value=shown(call.desk.config.world.find(_DOMAIN, identity, organization)))


async def add_domain(
    call: Call, *, name: str, properties: Mapping[str, Any] | None = None, organization: str | None = None
) -> Answer:
    """Accept mail for a domain."""
    edit = Edit(action="add", kind=_DOMAIN, name=name, organization=organization, properties=properties or {})
    changed = await call.change([edit])
    record = next(after for before, after in changed.pairs if before is None and after is not None)
    return Answer(value=shown(record), warnings=changed.warnings)


async def set_domain(
    call: Call, *, identity: str, properties: Mapping[str, Any], organization: str | None = None
) -> Answer:
    old = call.desk.config.world.find(_DOMAIN, identity, organization)
    edit = Edit(action="set", kind=_DOMAIN, name=old.guid, organization=old.organization, properties=properties)
    changed = await call.change([edit])
    record = call.desk.config.world.find(_DOMAIN, old.guid, old.organization)
    return Answer(value=shown(record), warnings=changed.warnings)


async def remove_domain(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    """Refused while a connector names it in AssociatedAcceptedDomains."""
    old = call.desk.config.world.find(_DOMAIN, identity, organization)
    await call.change([Edit(action="remove", kind=_DOMAIN, name=old.guid, organization=old.organization)])
    return Answer(value={"removed": old.name, "Organization": old.organization, "Guid": old.guid})


async def list_organizations(call: Call) -> Answer:
    return Answer(value=[shown(record) for record in call.desk.config.world.of(_ORGANIZATION)])


async def add_organization(call: Call, *, name: str, properties: Mapping[str, Any] | None = None) -> Answer:
    changed = await call.change([Edit(action="add", kind=_ORGANIZATION, name=name, properties=properties or {})])
    record = next(after for before, after in changed.pairs if before is None and after is not None)
    return Answer(value=shown(record), warnings=changed.warnings)


async def set_organization(call: Call, *, properties: Mapping[str, Any], identity: str | None = None) -> Answer:
    """Change an organization; without `identity` the only one."""
    name = call.desk.config.world.organization(identity)
    changed = await call.change([Edit(action="set", kind=_ORGANIZATION, name=name, properties=properties)])
    return Answer(value=shown(call.desk.config.world.find(_ORGANIZATION, name)), warnings=changed.warnings)


async def remove_organization(call: Call, *, identity: str) -> Answer:
    """Refused while it holds anything, and for the last one."""
    old = call.desk.config.world.find(_ORGANIZATION, identity)
    await call.change([Edit(action="remove", kind=_ORGANIZATION, name=old.name)])
    return Answer(value={"removed": old.name, "Guid": old.guid})
