"""SMTP users: who may submit with AUTH. Passwords come in and never go out."""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind, utc

from .desk import Answer, Call
from .shown import shown

_USER = ObjectKind.USER


async def list_users(call: Call, *, organization: str | None = None) -> Answer:
    world = call.desk.config.world
    if organization:
        organization = world.organization(organization)
    return Answer(value=[shown(record) for record in world.of(_USER, organization)])


async def add_user(
    call: Call,
    *,
    name: str,
    password: str,
    properties: Mapping[str, Any] | None = None,
    organization: str | None = None,
) -> Answer:
    given = {**(properties or {}), "Password": password}
    changed = await call.change(
        [Edit(action="add", kind=_USER, name=name, organization=organization, properties=given)]
    )
    record = next(after for before, after in changed.pairs if before is None and after is not None)
    return Answer(value=shown(record), warnings=changed.warnings)


async def set_user(call: Call, *, identity: str, properties: Mapping[str, Any]) -> Answer:
    old = call.desk.config.world.find(_USER, identity)
    changed = await call.change([Edit(action="set", kind=_USER, name=old.guid, properties=properties)])
    return Answer(value=shown(call.desk.config.world.find(_USER, old.guid)), warnings=changed.warnings)


async def set_password(call: Call, *, identity: str, password: str) -> Answer:
    return await set_user(call, identity=identity, properties={"Password": password})


async def remove_user(call: Call, *, identity: str) -> Answer:
    old = call.desk.config.world.find(_USER, identity)
    await call.change([Edit(action="remove", kind=_USER, name=old.guid)])
    return Answer(value={"removed": old.name, "Organization": old.organization, "Guid": old.guid})


async def audit(call: Call, *, limit: int = 100, before_id: int | None = None) -> Answer:
    """Who changed what, newest first."""
    entries = call.desk.config.audit(limit=max(1, min(limit, 1000)), before_id=before_id)
    return Answer(value=[{**entry, "at": utc(entry["at"])} for entry in entries])
