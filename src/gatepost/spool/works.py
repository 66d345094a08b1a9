"""What both halves of the spool stand on: the writer's thread, the readers, and the queue in numbers.

Everything here runs in the loop's thread, but for `_doubt`.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from gatepost.errors import SpoolUnavailable

from .batches import Calling, Finished, Job
from .bodies import FOLDER, remove
from .doubt import Standing, clear_doubt
from .history import History
from .ids import Ids, written
from .message import Claim
from .rows import Arriving, Settling
from .store import Connection
from .trouble import is_disk, unavailable
from .turns import Turns
from .views import Swept
from .writer import Writer

T = TypeVar("T")


class Courier(Protocol):
    """Whoever carries mail away (outbound.scheduler). Both are called in the loop's thread."""

    def takes(self, destination: str) -> bool:
        """Asked while an arrival is being written: may its first attempt begin at once?"""

    def take(self, claim: Claim) -> None:
        """Told after the commit of an arrival that it said yes to."""


class Works:
    """The machinery of an open spool. `changed` is set whenever there may be mail to fetch with `due`, `owed` whenever
    there may be an owner to tell something."""

    def __init__(self, folder: Path, *, clock: Callable[[], float], hostname: str, retry_seconds: float) -> None:
        self.courier: Courier | None = None
        self.changed = asyncio.Event()
        self.owed = asyncio.Event()
        self.swept = Swept()
        self._folder = folder
        self._bodies = folder / FOLDER
        self._clock = clock
        self._hostname = hostname
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(folder, self._bodies, doubt=self._doubt)
        self._turns = Turns(self._loop, self._writer, answer=self._finish)
        self._turns.retry_seconds = retry_seconds
        self._history = History(folder)
        self._ids = Ids()
        self._closed = False
        self._waiting: dict[str, int] = {}
        self._sending = 0
        self._held = 0
        self._trouble: SpoolUnavailable | None = None  # the writer's own, as its last report left it

    @property
    def healthy(self) -> bool:
        return self._trouble is None

    @property
    def trouble(self) -> str | None:
        """Why the disk or the database cannot be written now, in words; None when they can."""
        return None if self._trouble is None else str(self._trouble)

    def new_id(self) -> str:
        """A fresh queue id: 16 hex digits, later ones always greater."""
        return written(self._ids.next(self._clock()))

    # --- between the threads --------------------------------------------------------------------------------

    async def _call(self, work: Callable[[Connection], T]) -> T:
        """Run work in the writer's thread and transaction; its result after the commit."""
        return await self._begin(work)

    def _begin(self, work: Callable[[Connection], T], then: Callable[[T], None] | None = None) -> "asyncio.Future[T]":
        """The same as a future; `then` counts the result, whether or not anybody still waits for it."""
        if self._closed:
            raise SpoolUnavailable("It is closing.")
        waiter: asyncio.Future[T] = self._loop.create_future()

        def answer(job: Calling, error: Exception | None) -> None:
            if error is None and then is not None:
                then(job.result)
            if waiter.done():
                return
            if error is None:
                waiter.set_result(job.result)
            else:
                waiter.set_exception(unavailable(error) if is_disk(error) else error)

        self._turns.put(Calling(work, answer))
        return waiter

    def _finish(self, finished: list[Finished]) -> None:
        """Tell everybody in the batch, in the loop's thread.

        Only here does the loop learn that trouble came or went: the writer's thread knows earlier, but the numbers in
        memory would still be those from before.
        """
        self._trouble = self._writer.trouble
        for job, error in finished:
            try:
                if type(job) is Arriving:
                    self._arrived(job, error)
                elif type(job) is Settling:
                    self._settled(job, error)
                elif type(job) is Calling:
                    job.done(job, error)
            except Exception as trouble:  # one caller's mistake must not swallow the others' answers
                self._loop.call_exception_handler({"message": "A callback of the spool failed.", "exception": trouble})

    def _arrived(self, job: Arriving, error: Any) -> None:
        if error is not None:
            if job.file is not None:
                self._loop.run_in_executor(None, remove, self._bodies, [job.file.name])
            if job.done is not None:
                job.done(error)
            return
        if job.waiting:
            for destination, count in job.waiting.items():
                self._waits(destination, count)
            self.changed.set()
        self._sending += job.sending
        self._held += len(job.held)
        if job.done is not None:
            job.done(None)
        courier = self.courier
        for claim in job.offers:
            assert courier is not None, "a courier that took mail has gone without waiting for it"
            courier.take(claim)

    def _settled(self, job: Settling, error: Any) -> None:
        if error is not None:
            job.done(error)
            return
        self._sending -= job.sent
        if job.notices:
            self.owed.set()
        if job.deferred:
            for destination, count in job.deferred.items():
                self._waits(destination, count)
            self.changed.set()
        job.done(None)
        for report in job.reports:
            self._arrived(report, None)

    def _waits(self, destination: str, count: int) -> None:
        # Less than none for a moment, when what was claimed arrived in the same batch and is told of later.
        left = self._waiting.get(destination, 0) + count
        if left:
            self._waiting[destination] = left
        else:
            self._waiting.pop(destination, None)

    def _doubt(self, jobs: list[Job]) -> Calling:
        """Called in the writer's thread: how to get over a commit of which nobody knows whether it happened."""

        def counted(job: Calling, error: Exception | None) -> None:
            if error is None:
                standing: Standing = job.result
                self._waiting, self._sending, self._held = standing.waiting, standing.sending, standing.held
                self.changed.set()

        return Calling(partial(clear_doubt, jobs=jobs, now=self._clock()), counted)
