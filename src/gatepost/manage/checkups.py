"""Runs of the checks that go on by themselves: what has been found so far can be read, and the last ones stay."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from gatepost.checks import CHECKS, Check, Finding, Level, Site, finding_values, run_checks, worst
from gatepost.config import utc


@dataclass(slots=True)
class Checkup:
    """One run: when it began and ended (seconds since 1970), and what each check has found."""

    began: float
    waiting: list[str]
    ended: float | None = None
    found: dict[str, tuple[Finding, ...]] = field(default_factory=dict)

    def hear(self, check: Check, found: tuple[Finding, ...]) -> None:
        self.found[check.name] = found
        if check.name in self.waiting:
            self.waiting.remove(check.name)

    def values(self) -> dict[str, Any]:
        """As JSON, in the order of the table of checks."""
        rows = [(check, it) for check in CHECKS for it in self.found.get(check.name, ())]
        level = worst(it.level for _, it in rows)
        return {
            "began": utc(self.began),
            "ended": None if self.ended is None else utc(self.ended),
            "waiting": list(self.waiting),
            "passed": level is not Level.FAILED,
            "worst": str(level),
            "findings": [finding_values(it, check=check.name, section=str(check.section)) for check, it in rows],
        }


class Checkups:
    """The last run for each organization, and for the whole server (None). Kept until the server ends."""

    def __init__(self) -> None:
        self._last: dict[str | None, Checkup] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def last(self, organization: str | None) -> Checkup | None:
        return self._last.get(organization)

    def begin(self, organization: str | None, site: Site, only: Collection[str], *, deadline: float) -> Checkup:
        """A new run, or the one that goes on."""
        under_way = self._last.get(organization)
        if under_way is not None and under_way.ended is None:
            return under_way
        waiting = [it.name for it in CHECKS if (not only or it.name in only) and (site.whole or not it.whole)]
        checkup = self._last[organization] = Checkup(began=site.clock(), waiting=waiting)
        task = asyncio.create_task(_look(checkup, site, only, deadline))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return checkup


async def _look(checkup: Checkup, site: Site, only: Collection[str], deadline: float) -> None:
    try:
        for check, found in await run_checks(site, only, deadline=deadline, told=checkup.hear):
            checkup.hear(check, found)  # again, with those that were not done in time
    finally:
        checkup.ended = site.clock()
