"""What the spool remembers besides mail: who has connected, and the traffic in numbers."""

import asyncio
from functools import partial

from .alarms import Alarms
from .batches import Calling
from .census import WRITE_SECONDS, Census, write_census
from .devices import Device, Visit
from .encounters import Encounter
from .message import Settlement
from .traffic import Hour, Renaming, Use, carry_usage


class Statistics(Alarms):
    """Gathered in memory, written down with the next commit after a few seconds, and when the spool is closed."""

    _census: Census
    _census_due: asyncio.TimerHandle | None

    def meet(self, visit: Visit) -> None:
        """Remember what came of a session. It costs the caller no wait, and is lost in a crash of the next seconds."""
        self._census.met(visit)
        if self._census_due is None:
            self._census_due = self._loop.call_later(WRITE_SECONDS, self._write_census)

    def _count(self, settlement: Settlement) -> None:
        self._census.settled(settlement)
        if self._census_due is None:
            self._census_due = self._loop.call_later(WRITE_SECONDS, self._write_census)

    async def devices(self, *, organization: str | None = None, strangers: bool = False) -> list[Device]:
        """Who has connected, the last seen first: all, or those of one organization, `strangers` with those that are
        nobody's."""
        await self._census_written()
        return await self._history.devices(organization=organization, strangers=strangers)

    async def traffic(self, *, since: float, organization: str | None = None) -> list[Hour]:
        """The hours since then in which anything happened, in order."""
        await self._census_written()
        return await self._history.traffic(since=since, organization=organization)

    async def usage(self, *, now: float, organization: str | None = None) -> list[Use]:
        """Every connector that was ever used."""
        await self._census_written()
        return await self._history.usage(now=now, organization=organization)

    async def connector_renamed(self, renamed: Renaming) -> None:
        """From now on what the connector has carried is told of its new name; raises SpoolUnavailable."""
        await self._census_written()
        await self._call(partial(carry_usage, renamed=renamed))

    async def sent_by_way(self, *, since: float) -> dict[str, dict[int, int]]:
        """Recipients handed over since then by each way, and by hour since 1970, as the trace tells them."""
        found: dict[str, dict[int, int]] = {}
        for way, hour, count in await self._history.sent_by_way(since=since):
            found.setdefault(way, {})[hour] = count
        return found

    async def encounters(self, *, since: float, limit: int) -> list[Encounter]:
        """The kinds of sessions since then, the last seen first."""
        await self._census_written()
        return await self._history.encounters(since=since, limit=limit)

    def _write_census(self) -> None:
        if self._census_due is not None:
            self._census_due.cancel()
            self._census_due = None
        if self._closed:
            return
        if self._trouble is not None:  # what is gathered is bounded, and can wait
            self._census_due = self._loop.call_later(WRITE_SECONDS, self._write_census)
            return
        census, self._census = self._census, Census()
        if census:
            self._turns.put(Calling(partial(write_census, census=census), lambda *_: None))

    async def _census_written(self) -> None:
        """Who looks sees what was told before."""
        if self._census and not self._closed and self._trouble is None:
            self._write_census()
            await self._call(lambda _: None)
