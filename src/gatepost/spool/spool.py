"""The door of the spool: accept, claim, settle, and what operators may do. All of it runs in the loop's
thread.

The work itself happens in `writer` (one transaction for everybody who is waiting) and, for look-ups, in
`history`.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Reply
from gatepost.mail import reply as say

from .bodies import FOLDER, Draft, remove, sync_folder
from .claims import Taken, claim_due, give_back
from .history import History
from .ids import Ids, first_id_at, number_of, written
from .lock import FolderLock
from .message import Arrival, Claim, Settlement
from .operators import Moved, operate_on_ids, operate_on_page
from .recovery import recover, release_everything
from .retention import forget_some, index_some
from .rows import Arriving, Done, Settling
from .states import On, State
from .store import Connection
from .trouble import is_disk, reply_to, unavailable
from .views import Choice, Counts, DestinationState, QueueMessage, QueueRow, Story, Swept, TraceRow
from .writer import Calling, Finished, Writer, restore_reserve

T = TypeVar("T")

MIN_FREE_OCTETS = 64 * 1024 * 1024
MIN_FREE_INODES = 1000
PAGE = 1000  # recipients an operator's order moves in one transaction, so that mail gets in between


class Courier(Protocol):
    """Whoever carries mail away (outbound.scheduler). Both are called in the loop's thread."""

    def takes(self, destination: str) -> bool:
        """Asked while an arrival is being written: may its first attempt begin at once?"""

    def take(self, claim: Claim) -> None:
        """Told after the commit of an arrival that it said yes to."""


class Spool:
    """Accepted mail until it has left. Opened with `async with Spool.open(folder) as spool`."""

    def __init__(self, folder: Path, *, clock: Callable[[], float], hostname: str) -> None:
        self.courier: Courier | None = None
        self.changed = asyncio.Event()
        self.swept = Swept()
        self.min_free_octets = MIN_FREE_OCTETS
        self.max_waiting: int | None = None
        self._folder = folder
        self._bodies = folder / FOLDER
        self._clock = clock
        self._hostname = hostname
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(folder, self._bodies, report=self._report)
        self._history = History(folder)
        self._ids = Ids()
        self._closed = False
        self._waiting: dict[str, int] = {}
        self._sending = 0
        self._held = 0
        self._room: Reply | None = None
        self._room_until = 0.0
        self._mark = 0  # ids up to here may have been passed by the look-ups of the trace

    # --- opening and closing --------------------------------------------------------------------------------

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, clock: Callable[[], float] = time.time, hostname: str = "localhost"
    ) -> AsyncIterator[Self]:
        """Open the data directory, put right what a crash left, and begin; closes at the end of the block.

        Raises SpoolInUse when another process has it, SpoolUnavailable when it cannot be used.
        """
        spool = cls(folder, clock=clock, hostname=hostname)
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
        if self._writer.trouble is None:
            with contextlib.suppress(SpoolUnavailable):  # then the next start does the same
                await self._call(partial(release_everything, now=self._clock()))
        self._closed = True
        await asyncio.to_thread(self._writer.stop)
        await asyncio.sleep(0)  # the last report of the writer is already in the loop
        await self._history.close()

    # --- how it stands --------------------------------------------------------------------------------------

    @property
    def healthy(self) -> bool:
        return self._writer.trouble is None

    @property
    def trouble(self) -> str | None:
        """Why the disk or the database cannot be written now, in words; None when they can."""
        trouble = self._writer.trouble
        return None if trouble is None else str(trouble)

    def has_room(self) -> Reply | None:
        """None when a message may come, else the refusal for its client. Looks at the disk once a second."""
        trouble = self._writer.trouble
        if trouble is not None:
            return reply_to(trouble)
        now = time.monotonic()
        if now >= self._room_until:
            self._room_until = now + 1.0
            self._room = say.NO_SPACE if self._is_full() else None
        return self._room

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

    def new_id(self) -> str:
        """A fresh queue id: 16 hex digits, later ones always greater."""
        return written(self._ids.next(self._clock()))

    def draft(self) -> Draft:
        """A body about to be received."""
        return Draft(self._bodies, self.new_id)

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
        self._writer.put(job)

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
        self._writer.put(Settling(settlement, number, reports=reports, done=done))

    async def release_claim(self, claim: Claim, due: float) -> None:
        """Give a claim back untried: the attempt is not counted, and it is due again at `due`."""
        await self._give_back(claim, due)

    def _give_back(self, claim: Claim, due: float) -> "asyncio.Future[int]":
        def given(count: int) -> None:
            self._sending -= count
            self._waits(claim.destination, count)
            self.changed.set()

        return self._begin(partial(give_back, rows=[one.row for one in claim.waiting], due=due), given)

    # --- operators ------------------------------------------------------------------------------------------

    async def retry(self, which: Sequence[str] | Choice, *, by: str) -> int:
        """Make waiting recipients due now; returns how many."""
        return await self._operate(On.RETRY, which, by)

    async def hold(self, which: Sequence[str] | Choice, *, by: str) -> int:
        """Keep waiting recipients back until released; returns how many."""
        return await self._operate(On.HOLD, which, by)

    async def release(self, which: Sequence[str] | Choice, *, by: str) -> int:
        """Let held recipients go on, due now; returns how many."""
        return await self._operate(On.RELEASE, which, by)

    async def drop(self, which: Sequence[str] | Choice, *, by: str) -> int:
        """Give up waiting or held recipients without a report; returns how many."""
        return await self._operate(On.DROP, which, by)

    async def _operate(self, on: On, which: Sequence[str] | Choice, by: str) -> int:
        total = 0
        now = self._clock()
        if isinstance(which, Choice):
            cursor: tuple[float, int] | None = (now, (1 << 63) - 1) if on is On.RETRY else (-1.0, -1)
            while cursor is not None:
                page = partial(operate_on_page, on=on, choice=which, by=by, now=now, after=cursor, room=PAGE)
                moved = await self._begin(page, self._moved)
                total += moved.count
                cursor = moved.cursor
            return total
        numbers = [number for number in map(number_of, which) if number is not None]
        for start in range(0, len(numbers), 100):
            some = numbers[start : start + 100]
            order = partial(operate_on_ids, on=on, ids=some, by=by, now=now)
            total += (await self._begin(order, self._moved)).count
        return total

    def _moved(self, moved: Moved) -> None:
        for destination, count in moved.waiting.items():
            self._waits(destination, count)
        self._held += moved.held
        if moved.files:
            self._loop.run_in_executor(None, remove, self._bodies, list(moved.files))
        if moved.count:
            self.changed.set()

    async def queue(
        self,
        *,
        destination: str | None = None,
        state: State | str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[QueueRow]:
        """Recipients that have not left: sending, then held, then waiting by destination and due time."""
        return await self._history.queue(destination=destination, state=state, limit=limit, after=after)

    async def show(self, id: str) -> QueueMessage | None:  # noqa: A002
        """A message with its recipients, also after it has left, while the trace remembers it."""
        return await self._history.show(id)

    async def content(self, id: str) -> bytes | None:  # noqa: A002
        """The octets of a message that has not left; None otherwise."""
        return await self._history.content(id, self._bodies)

    async def find(
        self,
        *,
        sender: str | None = None,
        recipient: str | None = None,
        message_id: str | None = None,
        subject: str | None = None,
        connector: str | None = None,
        status: State | str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int = 100,
    ) -> list[TraceRow]:
        """Recipients in the trace, newest message first. Addresses and Message-IDs may hold `*`; `<>` is the
        null sender; `subject` is a part of the subject; times are seconds since 1970."""
        return await self._history.find(
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            subject=subject,
            connector=connector,
            status=status,
            since=since,
            until=until,
            limit=limit,
        )

    async def story(self, id: str) -> Story | None:  # noqa: A002
        """A message with all its events in order."""
        return await self._history.story(id)

    async def counts(self) -> Counts:
        """The queue in numbers, from memory."""
        return Counts(
            waiting=sum(self._waiting.values()),
            sending=self._sending,
            held=self._held,
            by_destination=dict(self._waiting),
        )

    async def sweep(self, now: float, keep_days: float) -> Swept:
        """Forget finished messages older than `keep_days`, and make newer ones quick to find. Call it every
        minute."""
        forgotten = indexed = 0
        while count := await self._call(partial(forget_some, before=now - keep_days * 86400)):
            forgotten += count
        self._mark = max(self._mark, first_id_at(now))
        while count := await self._call(partial(index_some, now=now)):
            indexed += count
        return Swept(messages=forgotten, indexed=indexed)

    # --- between the threads --------------------------------------------------------------------------------

    async def _call(self, work: Callable[[Connection], T]) -> T:
        """Run work in the writer's thread and transaction; its result after the commit."""
        return await self._begin(work)

    def _begin(
        self, work: Callable[[Connection], T], then: Callable[[T], None] | None = None
    ) -> "asyncio.Future[T]":
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

        self._writer.put(Calling(work, answer))
        return waiter

    def _report(self, finished: list[Finished]) -> None:
        """Called in the writer's thread, once a batch."""
        with contextlib.suppress(RuntimeError):  # the loop ended without closing us; what is committed stays
            self._loop.call_soon_threadsafe(self._finish, finished)

    def _finish(self, finished: list[Finished]) -> None:
        """Tell everybody in the batch, in the loop's thread."""
        for job, error in finished:
            try:
                if type(job) is Arriving:
                    self._arrived(job, error)
                elif type(job) is Settling:
                    self._settled(job, error)
                elif type(job) is Calling:
                    job.done(job, error)
            except Exception as trouble:  # one caller's mistake must not swallow the others' answers
                self._loop.call_exception_handler(
                    {"message": "A callback of the spool failed.", "exception": trouble}
                )

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
        if job.deferred:
            for destination, count in job.deferred.items():
                self._waits(destination, count)
            self.changed.set()
        job.done(None)
        for report in job.reports:
            self._arrived(report, None)

    def _waits(self, destination: str, count: int) -> None:
        left = self._waiting.get(destination, 0) + count
        if left > 0:
            self._waiting[destination] = left
        else:
            self._waiting.pop(destination, None)


def _resolve(waiter: asyncio.Future[None], error: SpoolUnavailable | None) -> None:
    if waiter.done():
        return  # the caller was cancelled; what is committed stays committed
    if error is None:
        waiter.set_result(None)
    else:
        waiter.set_exception(error)
