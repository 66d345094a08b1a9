"""The one writer: a thread that turns everything waiting into one transaction and one fsync.

The loop's thread puts jobs; the thread takes all there are, writes them, commits, and calls back into the
loop once a batch. Under load the batches grow by themselves while a commit is on its way; alone, a message
waits for nobody.

Trouble: a batch that fails for the disk's sake is rolled back whole. Arrivals and calls in it get
SpoolUnavailable; settlements are kept and written as soon as the disk lets us, because what a host has
accepted must not be sent again. A batch that fails for any other reason is written again job by job, so that
one bad record harms only itself.
"""

import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from gatepost.errors import SpoolUnavailable

from .bodies import remove
from .rows import Arriving, Settling
from .steps import crash_at
from .store import QUEUE, Connection, WritingConnection, open_writer
from .tables import insert, not_there, settle
from .trouble import Spoiled, SpoolFull, is_disk, is_full, unavailable

RESERVE: Final = "reserve"
RESERVE_OCTETS: Final = 8 * 1024 * 1024  # given up when the disk is full, so that results can still be written
MOST_JOBS: Final = 256  # a batch; more only makes the first of them wait
MOST_OCTETS: Final = 16 * 1024 * 1024
CHECKPOINT_OCTETS: Final = 16 * 1024 * 1024  # a longer log means fewer pages written twice, and a longer start
OCTETS_A_BATCH: Final = 64 * 1024  # guess of what rows and indexes add to the log, besides bodies
RETRY_SECONDS: Final = 1.0


class Calling:
    """Any other work on the tables, in the same transaction as its neighbours."""

    __slots__ = ("done", "result", "work")

    def __init__(self, work: Callable[[Connection], Any], done: Callable[["Calling", Exception | None], None]) -> None:
        self.work = work
        self.done = done
        self.result: Any = None


Job = Arriving | Settling | Calling
Finished = tuple[Job, Exception | None]


class Writer:
    """Owns the writing connection. `report` is called in this thread with what has been committed or has
    failed; `doubt` makes the work that clears up after a commit of which nobody knows whether it happened."""

    def __init__(
        self,
        folder: Path,
        bodies: Path,
        *,
        report: Callable[[list[Finished]], None],
        doubt: Callable[[list[Job]], Calling],
    ) -> None:
        self.trouble: SpoolUnavailable | None = None
        self.retry_seconds = RETRY_SECONDS
        self._folder = folder
        self._bodies = bodies
        self._report = report
        self._doubt = doubt
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._kept: list[Settling] = []
        self._batch: list[Job] = []
        self._committing = False
        self._doubted: list[Job] = []  # failed while committing: they may be on the disk all the same
        self._connection: WritingConnection | None = None
        self._stopping = False
        self._logged = 0  # guess of the octets in the log since the last checkpoint
        self._thread = threading.Thread(target=self._run, name="spool writer", daemon=True)

    # --- the loop's side ------------------------------------------------------------------------------------

    def start(self, recover: Callable[[Connection], None]) -> None:
        """Open the database and put it in order (in the caller's thread), then begin to write. Raises.

        On a full disk this is done in the octets of the reserve, so that what is here can leave.
        """
        try:
            self._open(recover)
        except Exception as error:
            if not is_full(error) or not (self._folder / RESERVE).exists():
                raise
            (self._folder / RESERVE).unlink()
            self._open(recover)
            self.trouble = unavailable(error)  # new mail waits until the reserve is back
        self._thread.start()

    def _open(self, recover: Callable[[Connection], None]) -> None:
        self._connection = open_writer(self._folder)
        try:
            recover(self._connection)
        except BaseException:
            self._reopen_later()
            raise

    def put(self, job: Job) -> None:
        self._jobs.put(job)

    def stop(self) -> None:
        """Write what is there and end; settlements that the disk still refuses fail."""
        self._jobs.put(None)
        self._thread.join()
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    # --- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # nothing of the kind is known; but whoever waits must not wait for ever
            self._refuse_everything(SpoolUnavailable(f"The writer has stopped, start Gatepost again: {error!r}"))

    def _refuse_everything(self, trouble: SpoolUnavailable) -> None:
        self.trouble = trouble
        self._report([(job, trouble) for job in dict.fromkeys((*self._batch, *self._kept))])
        while not self._stopping and (job := self._jobs.get()) is not None:
            self._report([(job, trouble)])

    def _work(self) -> None:
        while not self._stopping:
            self._batch = batch = self._gather()
            if self._kept:
                batch[:0] = self._kept
                self._kept = []
            if batch or self._doubted:
                self._write(batch)
            elif self.trouble is not None:
                self._probe()
            self._checkpoint()
        if self._kept:
            trouble = self.trouble or SpoolUnavailable("It is closing.")
            self._report([(job, trouble) for job in self._kept])

    def _gather(self) -> list[Job]:
        """Wait for a job, then take all the others that are there."""
        jobs = self._jobs
        try:
            job = jobs.get(timeout=self.retry_seconds if self.trouble is not None or self._kept else None)
        except queue.Empty:
            return []
        batch: list[Job] = []
        octets = 0
        while True:
            if job is None:
                self._stopping = True
                return batch
            batch.append(job)
            if type(job) is Arriving and job.body is not None:
                octets += len(job.body)
            if len(batch) >= MOST_JOBS or octets >= MOST_OCTETS:
                return batch
            try:
                job = jobs.get_nowait()
            except queue.Empty:
                return batch

    def _write(self, batch: list[Job]) -> None:
        doubted, self._doubted = self._doubted, []
        if doubted:
            batch = [*batch, self._doubt(doubted)]  # last, so that it counts what the others do
        try:
            files = self._transact(batch)
        except Exception as error:  # whatever it is, it must reach the waiting sessions
            if is_disk(error):
                self._doubted = doubted
            self._failed(batch, error)
            return
        if self.trouble is not None:
            self._healed()
        crash_at("before answer")
        self._report([(job, None) for job in batch])
        if files:
            remove(self._bodies, files)

    def _transact(self, batch: Sequence[Job]) -> list[str]:
        """One transaction for the whole batch; returns the body files nobody needs any more."""
        self._committing = False
        connection = self._connection
        if connection is None:
            connection = self._connection = open_writer(self._folder)
        arrivals = [job for job in batch if type(job) is Arriving]
        settlements = [job for job in batch if type(job) is Settling]
        self._logged += OCTETS_A_BATCH + sum(len(job.body) for job in arrivals if job.body is not None)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for settling in settlements:
                arrivals += not_there(connection, settling.reports) if settling.again else settling.reports
            if settlements:
                crash_at("before settle")
                files = settle(connection, settlements)
                crash_at("settle written")
            else:
                files = []
            if arrivals:
                insert(connection, arrivals)
                crash_at("rows written")
            for job in batch:
                if type(job) is Calling:
                    job.result = job.work(connection)
            self._committing = True
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise
        if arrivals:
            crash_at("committed")
        if settlements:
            crash_at("settle committed")
        return files

    def _failed(self, batch: list[Job], error: Exception) -> None:
        connection = self._connection
        if isinstance(error, Spoiled) and connection is not None and not error.numbers <= connection.spoiled:
            connection.spoiled |= error.numbers
            self._write(batch)  # once more, around the damaged pages
            return
        if not is_disk(error):
            if len(batch) > 1:
                for job in batch:
                    self._write([job])
            else:
                job = batch[0]
                self._report([(job, error if type(job) is Calling else unavailable(error))])
            return
        self.trouble = trouble = unavailable(error)
        if is_full(error):
            with contextlib.suppress(OSError):
                (self._folder / RESERVE).unlink(missing_ok=True)
        else:
            self._reopen_later()
            if self._committing:
                self._doubted = [*self._doubted, *(job for job in batch if type(job) is not Settling)]
        for job in batch:
            if type(job) is Settling:
                job.again = True
                self._kept.append(job)
        self._report([(job, trouble) for job in batch if type(job) is not Settling])

    def _reopen_later(self) -> None:
        """After an I/O error this connection's view of the file is not trusted; a new one is opened."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _probe(self) -> None:
        """See whether the disk lets us write again."""
        try:
            restore_reserve(self._folder)
            self._transact([Calling(lambda connection: connection.execute(QUEUE["probe"]), lambda *_: None)])
        except Exception as error:
            if is_disk(error):
                self.trouble = unavailable(error)
                if not is_full(error):
                    self._reopen_later()
            return
        self._healed()

    def _healed(self) -> None:
        if isinstance(self.trouble, SpoolFull):
            try:
                restore_reserve(self._folder)
            except OSError as error:
                self.trouble = unavailable(error)
                return  # results get through; new mail waits until the reserve is back
        self.trouble = None
        self._report([])

    def _checkpoint(self) -> None:
        """Move the log into the tables now and then; only this connection ever does."""
        try:
            if self._connection is not None and self._logged >= CHECKPOINT_OCTETS:
                self._logged = 0
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            self.trouble = unavailable(error)
            self._reopen_later()


def restore_reserve(folder: Path) -> None:
    """Set octets aside for the day the disk is full; raises OSError when there are none to spare."""
    path = folder / RESERVE
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, RESERVE_OCTETS)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
