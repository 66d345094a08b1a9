"""The first administrator: a server that nobody can operate yet logs a link, good once and for a day.

The link is the proof: who reads the server's log holds the server. It is new at each start, and it ends as soon as
there is anybody with a role group, or any token, however they came.
"""

import asyncio
import hmac
import secrets as chance
from collections.abc import Callable
from typing import Any

from gatepost.config import Config, Edit, ObjectKind, Record, RoleGroup
from gatepost.connectors import SmtpUser
from gatepost.errors import ConfigRefused, NotFound

from .attempts import Attempts, attempt, place
from .shown import shown
from .signing_in import too_many, too_short

_SECONDS = 24 * 3600.0
_LONGEST_WAIT = 3600.0


class Welcome:
    """The one-time link of one server; `clock` tells seconds since 1970."""

    def __init__(self, config: Config, *, clock: Callable[[], float]) -> None:
        self._config, self._clock = config, clock
        self._key: str | None = None
        self._until = 0.0
        self._guesses = Attempts(longest=_LONGEST_WAIT)

    def new_key(self) -> str | None:
        """A fresh key while there is nobody who could sign in, else None; an earlier one ends."""
        self._key = chance.token_urlsafe(32) if self._nobody_operates() else None
        self._until = self._clock() + _SECONDS
        return self._key

    def check(self, key: str, *, address: str | None) -> None:
        """Raise NotFound unless the key is good now, or TooManyAttempts where too many were guessed."""
        now = self._clock()
        if (wait := attempt([(self._guesses, place(address))], now)) > 0.0:
            raise too_many(wait)
        # "" is compared too, so that the time taken does not tell whether there is a link.
        same = hmac.compare_digest(key.encode("utf-8", "surrogatepass"), (self._key or "").encode())
        if not same or self._key is None or now >= self._until or not self._nobody_operates():
            raise NotFound(
                "This welcome link is not good, or no longer. Remedy: sign in; or, where there is no administrator "
                "yet, restart the server and take the new link from its log."
            )
        self._guesses.forgive(place(address), now)

    async def use(self, key: str, name: str, password: str, *, address: str | None) -> dict[str, Any]:
        """Make the first administrator; the link ends. Raises as `check` does, or ConfigRefused with every problem.

        It manages every organization, belongs to the first one, and submits no mail.
        """
        self.check(key, address=address)
        organizations = list(self._config.world.of(ObjectKind.ORGANIZATION))
        properties = {
            "Password": password,
            "RoleGroups": [RoleGroup.ORGANIZATION_MANAGEMENT],
            "AllOrganizations": True,
            "SmtpClientAuthenticationDisabled": True,
        }
        edit = Edit(
            action="add",
            kind=ObjectKind.USER,
            name=name,
            organization=min(organizations, key=lambda it: it.created).name,
            properties=properties,
        )
        self._key = None  # taken before the first wait, so that two at once cannot both have it
        try:
            return await self._add(edit, name.strip(), password, address=address)
        except BaseException:
            self._key = key
            raise

    async def _add(self, edit: Edit, name: str, password: str, *, address: str | None) -> dict[str, Any]:
        problems = too_short(name, password)
        if problems:  # still, the name may be wrong as well
            try:
                await asyncio.to_thread(self._config.preview, [edit])
            except ConfigRefused as refused:
                problems += refused.problems
            raise ConfigRefused(problems)
        changed = await asyncio.to_thread(self._config.change, [edit], who=name, origin="web", address=address)
        record = next(after for _, after in changed.pairs if after is not None)
        return shown(record)

    def _nobody_operates(self) -> bool:
        world = self._config.world
        return not (any(world.of(ObjectKind.TOKEN)) or any(map(_operates, world.of(ObjectKind.USER))))


def _operates(record: Record) -> bool:
    return isinstance(record.model, SmtpUser) and bool(record.model.role_groups)
