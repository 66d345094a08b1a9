"""What leaves the data directory by its age, and what does not: once a minute, for as long as the relay runs.

Finished messages and refusals go when the trace's days are over, mail in the sandbox when its organization's are, and
certificates that no connector names any more. Mail that is held goes by no limit of time: somebody was to decide, and
once a day the journal says that it is still there.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from gatepost.connectors import Organization
from gatepost.errors import GatepostError
from gatepost.journal import Journal
from gatepost.manage import Desk, forget_certificates
from gatepost.spool import Choice, MemorySpool, Spool

_PAUSE = 60.0  # seconds between two looks
_DAY = 86_400.0


class Retention:
    """The looks, and when the journal was last told of what is held."""

    def __init__(
        self,
        *,
        spool: Spool | MemorySpool,
        desk: Desk,
        journal: Journal,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._spool, self._desk, self._journal, self._clock = spool, desk, journal, clock
        self._told = clock()

    async def run(self) -> None:
        """Look until cancelled; trouble with the disk is told, and the next look tries again."""
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                await self.look()
            except GatepostError as trouble:
                self._journal.fact("trouble", where="retention", what=str(trouble))

    async def look(self) -> None:
        """Let go what is old enough, and once a day tell of what is held."""
        now = self._clock()
        await self._spool.sweep(now, self._desk.settings.trace.keep_days)
        await self._empty_sandboxes(now)
        await asyncio.to_thread(forget_certificates, self._desk)
        if now - self._told >= _DAY:
            self._told = now
            await self._tell_held(before=now - _DAY)

    async def _empty_sandboxes(self, now: float) -> None:
        """Drop what has been in a sandbox for its days: the default where its organization has been removed."""
        days = {it.name: it.sandbox_days for it in self._desk.config.current().organizations}
        otherwise = Organization(name="").sandbox_days
        kept = {it.organization for it in await self._spool.held_by() if it.sandbox and it.organization is not None}
        for organization in sorted(kept):
            most = days.get(organization, otherwise)
            old = Choice(held=True, sandbox=True, before=now - most * _DAY)
            await self._spool.drop(old, by=f"the sandbox after {most} days", organization=organization)

    async def _tell_held(self, *, before: float) -> None:
        for it in await self._spool.held_by():
            if not it.sandbox and it.oldest < before:
                self._journal.fact(
                    "held_long",
                    organization=it.organization,
                    rule=it.rule,
                    recipients=it.recipients,
                    oldest=datetime.fromtimestamp(it.oldest, UTC),
                )
