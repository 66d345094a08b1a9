"""Users: who may submit with AUTH, and who may operate; and the audit of what they did.

Passwords come in and never go out.
"""

from collections.abc import Mapping
from typing import Any

from gatepost.config import Changed, Edit, ObjectKind, utc
from gatepost.connectors import SmtpUser
from gatepost.errors import ConfigRefused

from .asked import whose
from .desk import Answer, Call
from .objects import change_of, listed, told
from .objects import remove as removed
from .shown import shown
from .signing_in import too_short

_USER = ObjectKind.USER


async def list_users(call: Call, *, organization: str | None = None) -> Answer:
    return Answer(value=[shown(it) for it in listed(call, _USER, organization)])


async def show_user(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    return Answer(value=shown(call.desk.config.world.find(_USER, identity, organization)))


async def add_user(
    call: Call,
    *,
    name: str,
    password: str,
    properties: Mapping[str, Any] | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Make a user; without RoleGroups it submits mail and operates nothing."""
    given = {**(properties or {}), "Password": password}
    edit = Edit(action="add", kind=_USER, name=name, organization=organization, properties=given)
    return told(await _change(call, edit, what_if=what_if))


async def set_user(
    call: Call,
    *,
    identity: str,
    properties: Mapping[str, Any],
    organization: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    old = call.desk.config.world.find(_USER, identity, organization)
    return told(await _change(call, change_of(old, properties, seen=seen), what_if=what_if), old)


async def set_password(
    call: Call, *, identity: str, password: str, organization: str | None = None, what_if: bool = False
) -> Answer:
    """Give a user a new password; its sessions end."""
    properties = {"Password": password}
    return await set_user(call, identity=identity, properties=properties, organization=organization, what_if=what_if)


async def remove_user(
    call: Call, *, identity: str, organization: str | None = None, seen: str | None = None, what_if: bool = False
) -> Answer:
    old = call.desk.config.world.find(_USER, identity, organization)
    return await removed(call, old, seen=seen, what_if=what_if)


async def _change(call: Call, edit: Edit, *, what_if: bool) -> Changed:
    """Store the edit; a new password of somebody who operates is looked at, because only its hash is kept."""
    password = next((value for name, value in edit.properties.items() if name.lower() == "password"), None)
    if isinstance(password, str):
        foreseen = (await call.change([edit], what_if=True)).pairs
        for model in (after.model for _, after in foreseen if after is not None):
            if isinstance(model, SmtpUser) and model.role_groups and (problems := too_short(model.name, password)):
                raise ConfigRefused(problems)
    return await call.change([edit], what_if=what_if)


async def audit(
    call: Call, *, limit: int = 100, before_id: int | None = None, organization: str | None = None
) -> Answer:
    """Who changed what, from where, newest first; of one organization or of all."""
    entries = call.desk.config.audit(
        limit=max(1, min(limit, 1000)), before_id=before_id, organization=whose(call, organization)
    )
    return Answer(value=[{**entry, "at": utc(entry["at"])} for entry in entries])
