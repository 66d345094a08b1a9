"""Host names of addresses (PTR), remembered for a while: a list of devices must not wait for the DNS each time."""

import asyncio
import time
from collections.abc import Iterable, Sequence

from gatepost.checks import Lookups

_GOOD_SECONDS = 3_600.0
_FAILED_SECONDS = 60.0
_MOST = 10_000


class HostNames:
    """What the DNS calls addresses. An address may have no name, or nobody says; both are None."""

    def __init__(self, resolvers: Sequence[str]) -> None:
        self._resolvers = list(resolvers)
        self._lookups: Lookups | None = None  # made when somebody asks: it reads the system's own list
        self._names: dict[str, tuple[float, str | None]] = {}

    def known(self, address: str) -> str | None:
        return self._names.get(address, (0.0, None))[1]

    async def look_up(self, addresses: Iterable[str], *, within: float) -> None:
        """Ask for those that are not known, together, for so many seconds at most."""
        now = time.monotonic()
        wanted = [it for it in dict.fromkeys(addresses) if self._names.get(it, (0.0, None))[0] <= now]
        if not wanted:
            return
        self._lookups = self._lookups or Lookups(self._resolvers)
        tasks = {asyncio.ensure_future(self._lookups.names_of(it)): it for it in wanted}
        done, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        if len(self._names) + len(wanted) > _MOST:
            self._names.clear()
        for task, address in tasks.items():
            found = task.result() if task in done and task.exception() is None else None
            name = found.texts[0] if found is not None and found.texts else None
            good = found is not None and not found.trouble
            self._names[address] = (now + (_GOOD_SECONDS if good else _FAILED_SECONDS), name)
