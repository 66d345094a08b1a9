"""Access tokens: how programs sign in. The server makes the secret, shows it once, and keeps its hash.

A token belongs to one organization, or to none and so holds in all. Whoever asks for one organization sees its own
tokens alone.
"""

import re
from collections.abc import Mapping
from typing import Any

from gatepost.config import Edit, ObjectKind, Record, utc
from gatepost.errors import ConfigRefused

from .desk import Answer, Call
from .objects import came_out, change_of, listed
from .objects import remove as removed
from .roles import for_all_of_them
from .shown import shown
from .signing_in import access_token, new_secret

_TOKEN = ObjectKind.TOKEN
_DEFAULT_LIFE = "90d"
_AHEAD = re.compile(r"(\d{1,5})\s*([hdw])")
_SECONDS = {"h": 3600.0, "d": 86_400.0, "w": 604_800.0}


async def list_tokens(call: Call, *, organization: str | None = None) -> Answer:
    """Tokens by organization and name, with when each was last used since the server's start."""
    return Answer(value=[_shown(call, it) for it in listed(call, _TOKEN, organization)])


async def show_token(call: Call, *, identity: str, organization: str | None = None) -> Answer:
    return Answer(value=_shown(call, call.desk.config.world.find(_TOKEN, identity, organization)))


async def add_token(
    call: Call,
    *,
    name: str,
    properties: Mapping[str, Any] | None = None,
    organization: str | None = None,
    all_organizations: bool = False,
    what_if: bool = False,
) -> Answer:
    """Make a token; `Token` in the answer is the only time it is told. Without ExpiresUTC it is good for 90 days.

    `ExpiresUTC` is also a time from now, such as `90d` (hours h, days d, weeks w).
    """
    given = _read(call, properties or {})
    if all_organizations:
        for_all_of_them(call.caller, f"A token for every organization, such as '{name}',")
    if not any(it.lower() == "expiresutc" for it in given):
        given["ExpiresUTC"] = _moment(call, _DEFAULT_LIFE)
    secret = new_secret()
    edit = Edit(
        action="add",
        kind=_TOKEN,
        name=name,
        organization="" if all_organizations else organization or None,
        properties={**given, "Secret": secret},
    )
    changed = await call.change([edit], what_if=what_if)
    record = came_out(changed)
    token = None if what_if else access_token(record.guid, secret)
    return Answer(value={**_shown(call, record), "Token": token}, warnings=changed.warnings)


async def set_token(
    call: Call,
    *,
    identity: str,
    properties: Mapping[str, Any],
    organization: str | None = None,
    seen: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Change a token's role group, end or state; its secret stays. It counts from the next wish on."""
    old = call.desk.config.world.find(_TOKEN, identity, organization)
    changed = await call.change([change_of(old, _read(call, properties), seen=seen)], what_if=what_if)
    return Answer(value=_shown(call, came_out(changed, old)), warnings=changed.warnings)


async def remove_token(
    call: Call, *, identity: str, organization: str | None = None, seen: str | None = None, what_if: bool = False
) -> Answer:
    old = call.desk.config.world.find(_TOKEN, identity, organization)
    return await removed(call, old, seen=seen, what_if=what_if)


def _shown(call: Call, record: Record) -> dict[str, Any]:
    """A token without its secret. `Organization` is None for all of them."""
    used = call.desk.doorkeeper.last_used.get(record.guid)
    value = {name: it for name, it in shown(record).items() if name != "Secret"}
    return {**value, "Organization": record.organization or None, "LastUsedUTC": None if used is None else utc(used)}


def _read(call: Call, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties with a time from now made a moment."""
    if any(name.lower() == "secret" for name in properties):
        raise ConfigRefused(["token: Secret is made by the server. Remedy: leave it out; the answer shows the token."])
    return {name: _moment(call, value) if name.lower() == "expiresutc" else value for name, value in properties.items()}


def _moment(call: Call, value: Any) -> Any:
    if isinstance(value, str) and (ahead := _AHEAD.fullmatch(value.strip().lower())):
        return utc(call.desk.clock() + int(ahead[1]) * _SECONDS[ahead[2]])
    return value
