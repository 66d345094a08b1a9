"""The door of the spool: open it, accept, claim and settle. All of it runs in the loop's thread.

What operators see and order is in `oversight`; the work itself happens in `writer` (one transaction for everybody who
is waiting) and, for look-ups, in `history`.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Self

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Reply
from gatepost.mail import reply as say

from .bodies import Draft, sync_folder, with_lines
from .census import Census
from .claims import Taken, claim_due, give_back
from .ids import Ids, number_of
from .lock import FolderLock
from .message import Arrival, Claim, Content, Settlement
from .oversight import Oversight
from .recovery import recover, release_everything
from .refusals import Pad
from .rows import Arriving, Done, Settling
from .store import Connection
from .trouble import is_disk, reply_to, unavailable
from .views import DestinationState
from .writer import RETRY_SECONDS, restore_reserve

MIN_FREE_OCTETS = 64 * 1024 * 1024
MIN_FREE_INODES = 1000


class Spool(Oversight):
    """Accepted mail until it has left. Opened with `async with Spool.open(folder) as spool`."""

    def __init__(self, folder: Path, *, clock: Callable[[], float], hostname: str, retry_seconds: float) -> None:
        super().__init__(folder, clock=clock, hostname=hostname, retry_seconds=retry_seconds)
        self.min_free_octets = MIN_FREE_OCTETS
        self.max_waiting: int | None = None
        self._room: Reply | None = None
        self._room_until = 0.0
        self._pad = Pad()
        self._census = Census()
        self._census_due = None
        self._mark = 0

    # --- opening and closing --------------------------------------------------------------------------------

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        hostname: str = "localhost",
        retry_seconds: float = RETRY_SECONDS,
    ) -> AsyncIterator[Self]:
        """Open the data directory, put right what a crash left, and begin; closes at the end of the block.

        After trouble with the disk it is tried again every `retry_seconds`.
        Raises SpoolInUse when another process has it, SpoolUnavailable when it cannot be used.
        """
        spool = cls(folder, clock=clock, hostname=hostname, retry_seconds=retry_seconds)
        lock = await asyncio.to_thread(spool._prepare)
        try:
            try:
                await asyncio.to_thread(spool._writer.start, spool._recover)
            except SpoolUnavailable:
                raise
            except Exception as error:
                if is_disk(error):
                    raise unavailable(error) from error
                raise
            spool._trouble = spool._writer.trouble
            spool._turns.try_again()
            if spool._waiting:
                spool.changed.set()
            try:
                yield spool
            finally:
                await spool._close()
        finally:
            lock.release()

    def _prepare(self) -> FolderLock:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._bodies.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise SpoolUnavailable(f"{self._bodies}: {error.strerror}.") from error
        lock = FolderLock(self._folder)
        with contextlib.suppress(OSError):
            # Too full to set anything aside: has_room says so to clients, and what is here can still leave.
            restore_reserve(self._folder)
        return lock

    def _recover(self, connection: Connection) -> None:
        found = recover(connection, self._bodies, now=self._clock(), hostname=self._hostname)
        self.swept, self._waiting, self._held = found.swept, found.waiting, found.held
        self._ids = Ids(found.last_id)
        sync_folder(self._folder)  # the names of what was just created, down to the data directory's own
        sync_folder(self._folder.parent)

    async def _close(self) -> None:
        if self._trouble is None:
            with contextlib.suppress(SpoolUnavailable):  # then the next start does the same
                await self._call(partial(release_everything, now=self._clock()))
        self._write_refusals()
        self._write_census()
        self._closed = True
        await self._turns.close()
        await self._history.close()

    # --- how it stands --------------------------------------------------------------------------------------

    def has_room(self) -> Reply | None:
        """None when a message may come, else the refusal for its client. Looks at the disk once a second."""
        if self._trouble is not None:
            return reply_to(self._trouble)
        now = time.monotonic()
        if now >= self._room_until:
            self._room_until = now + 1.0
            self._room = say.NO_SPACE if self._is_full() else None
        return self._room

    def free_octets(self) -> int | None:
        """How much room the disk has left; None where it does not say."""
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return None
        return disk.f_bavail * disk.f_frsize

    def _is_full(self) -> bool:
        if self.max_waiting is not None and sum(self._waiting.values()) + self._sending >= self.max_waiting:
            return True
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return True
        inodes_low = disk.f_files > 0 and disk.f_favail < MIN_FREE_INODES
        return disk.f_bavail * disk.f_frsize < self.min_free_octets or inodes_low

    # --- taking mail in -------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """A body about to be received."""
        return Draft(self._bodies, self.new_id)

    async def with_lines(self, content: Content, lines: bytes, *, at: int) -> Content:
        """A finished body with lines put in at an offset; the old one is gone. Raises SpoolUnavailable."""
        return await with_lines(content, lines, at=at, draft=self.draft())

    def accept_soon(self, arrival: Arrival, done: Done) -> None:
        """Store a message; `done` is called in the loop's thread, with None after the commit or with the
        trouble."""
        if self._closed:
            self._loop.call_soon(done, SpoolUnavailable("It is closing."))
            return
        try:
            job = self._arriving(arrival, done)
        except Exception as error:  # a message we cannot write down is refused, its session goes on
            self._loop.call_soon(done, unavailable(error))
            return
        self._turns.put(job)

    async def accept(self, arrival: Arrival) -> None:
        """Store a message; returns only after the commit. Raises SpoolUnavailable."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self.accept_soon(arrival, partial(_resolve, waiter))
        await waiter

    def _arriving(self, arrival: Arrival, done: Done | None) -> Arriving:
        courier = self.courier
        number = number_of(arrival.id)
        if number is None:
            raise SpoolUnavailable(f"{arrival.id!r} is no queue id.")
        job = Arriving(arrival, number, takes=None if courier is None else courier.takes, done=done)
        job.late = number <= self._mark
        job.brief = not job.late
        return job

    # --- giving mail out ------------------------------------------------------------------------------------

    async def due(self, destination: str, *, now: float, room: int) -> list[Claim]:
        """Claim the oldest due recipients of a destination, at most `room`, grouped by message.

        The attempt is counted and committed before this returns. Messages whose body is missing or torn are
        held instead, with an event. Raises SpoolUnavailable.
        """
        if room <= 0 or not self._waiting.get(destination):
            return []
        work = partial(claim_due, destination=destination, now=now, room=room, folder=self._bodies)
        waiter = self._begin(work, self._claimed)
        try:
            taken = await asyncio.shield(waiter)
        except asyncio.CancelledError:
            waiter.add_done_callback(self._unclaimed)
            raise
        return taken.claims

    def _claimed(self, taken: Taken) -> None:
        self._waits(taken.destination, -(taken.recipients + taken.held))
        self._sending += taken.recipients
        self._held += taken.held

    def _unclaimed(self, waiter: "asyncio.Future[Taken]") -> None:
        """Whoever asked has gone while the claims were being made: nobody would ever settle them."""
        if waiter.cancelled() or waiter.exception() is not None or self._closed:
            return
        for claim in waiter.result().claims:
            self._give_back(claim, self._clock())

    async def destinations(self, now: float) -> list[DestinationState]:
        """Every destination that has waiting recipients, the earliest due first; `now` only orders the
        overdue."""
        counts = dict(self._waiting)
        found = await self._history.earliest(list(counts))
        states = [
            DestinationState(destination=destination, waiting=counts[destination], earliest=earliest)
            for destination, earliest in found
        ]
        return sorted(states, key=lambda state: (max(state.earliest, now), state.earliest, state.destination))

    async def settle(self, settlement: Settlement) -> None:
        """Write what came of a claim: states, event, reports and the end of the body, in one transaction.

        While the disk is in trouble this waits, for what a host has accepted must not be sent again; it
        raises SpoolUnavailable only when the spool closes first, or for a settlement that cannot be written
        down.
        """
        waiter: asyncio.Future[None] = self._loop.create_future()
        self.settle_soon(settlement, partial(_resolve, waiter))
        await waiter

    def settle_soon(self, settlement: Settlement, done: Done) -> None:
        """`settle` without a task: `done` is called in the loop's thread after the commit."""
        if self._closed:
            self._loop.call_soon(done, SpoolUnavailable("It is closing."))
            return
        number = number_of(settlement.claim.id)
        assert number is not None, "claims come from the spool"
        reports = [self._arriving(report, None) for report in settlement.reports]
        self._count(settlement)  # it will be written: while the disk says no, it is kept
        self._turns.put(Settling(settlement, number, reports=reports, done=done))

    async def release_claim(self, claim: Claim, due: float) -> None:
        """Give a claim back untried: the attempt is not counted, and it is due again at `due`."""
        await self._give_back(claim, due)

    def _give_back(self, claim: Claim, due: float) -> "asyncio.Future[int]":
        def given(count: int) -> None:
            self._sending -= count
            self._waits(claim.destination, count)
            self.changed.set()

        return self._begin(partial(give_back, rows=[one.row for one in claim.waiting], due=due), given)


def _resolve(waiter: asyncio.Future[None], error: SpoolUnavailable | None) -> None:
    if waiter.done():
        return  # the caller was cancelled; what is committed stays committed
    if error is None:
        waiter.set_result(None)
    else:
        waiter.set_exception(error)
