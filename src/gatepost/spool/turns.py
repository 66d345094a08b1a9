"""Whose turn it is with the writing connection: the loop's thread or the writer's, never both.

The loop's turn begins when something waits: it writes what is brief (see `batches`) and hands everything over. The
writer's thread adds the rest, commits, and hands back what became of it. What comes meanwhile waits in a list and makes
the next batch, a moment later, so under load the batches grow; alone, a message waits for nobody.
"""

import asyncio
import contextlib
from collections.abc import Callable

from .batches import Finished, Job, next_batch
from .writer import RETRY_SECONDS, Writer

# Between two commits, for company. A commit that follows at once finds few jobs, and costs the same: a tenth more CPU
# a message where every message brings its own connection. When there is company enough, nobody waits any longer.
GATHER_SECONDS = 0.002
COMPANY = 10


class Turns:
    """The loop's side of the writer; all of it runs in the loop's thread. `answer` tells those who wait."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, writer: Writer, *, answer: Callable[[list[Finished]], None]
    ) -> None:
        self.retry_seconds = RETRY_SECONDS
        self._loop = loop
        self._writer = writer
        self._answer = answer
        self._waiting: list[Job] = []
        self._soon = False  # our turn is already called for
        self._gathering: asyncio.TimerHandle | None = None  # it is, for the end of the pause
        self._away = False  # it is the writer's turn
        self._closing = False
        self._again: asyncio.TimerHandle | None = None
        writer.reports = self

    def put(self, job: Job) -> None:
        """Have it done with the next commit."""
        self._waiting.append(job)
        if self._away:
            return
        if not self._soon:
            self._soon = True  # not at once: others in this round of the loop join it
            self._loop.call_soon(self._take)
        elif self._gathering is not None and len(self._waiting) >= COMPANY:
            self._gathering.cancel()
            self._gathering = None
            self._loop.call_soon(self._take)

    def try_again(self) -> None:
        """After a while, if there is trouble."""
        if self._writer.ailing and self._again is None:
            self._again = self._loop.call_later(self.retry_seconds, self._take)

    async def close(self) -> None:
        """Write what is there and end; settlements that the disk still refuses fail."""
        self._closing = True
        if not self._away and not self._soon:
            self._take()
        await asyncio.to_thread(self._writer.stop)
        await asyncio.sleep(0)  # the writer's last report is already in the loop

    def _take(self) -> None:
        self._soon = False
        self._gathering = None
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._away = True
        if self._closing and not self._waiting:
            self._writer.end()
            return
        batch = next_batch(self._waiting)
        try:
            self._writer.begin(batch)
        finally:
            self._writer.hand_over(batch)

    # --- called in the writer's thread ----------------------------------------------------------------------

    def told(self, finished: list[Finished]) -> None:
        """These are done, but it is still the writer's turn."""
        with contextlib.suppress(RuntimeError):  # the loop ended without closing us; what is committed stays
            self._loop.call_soon_threadsafe(self._answer, finished)

    def returned(self, finished: list[Finished]) -> None:
        """These are done, and it is the loop's turn."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._taken_back, finished)

    def _taken_back(self, finished: list[Finished]) -> None:
        try:
            self._answer(finished)  # first: what these put joins the next batch
        finally:
            self._away = False
            if self._closing or len(self._waiting) >= COMPANY:
                self._take()
            elif self._waiting:
                self._soon = True
                self._gathering = self._loop.call_later(GATHER_SECONDS, self._take)
            else:
                self.try_again()
