"""The one writer: a thread that turns everything waiting into one transaction and one fsync.

A batch comes from the loop's thread with its brief rows already in the open transaction (see `turns`); this thread
adds the others, commits, and reports once. At any instant one of the two threads uses the connection.

Trouble: a batch that fails for the disk's sake is rolled back whole. Arrivals and calls in it get
SpoolUnavailable; settlements are kept and written as soon as the disk lets us, because what a host has
accepted must not be sent again. A batch that fails for any other reason is written again job by job, so that
one bad record harms only itself. While there is trouble the loop's thread writes nothing itself.
"""

import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from gatepost.errors import SpoolUnavailable

from .batches import Batch, Calling, Finished, Job, octets_of
from .bodies import remove
from .rows import Arriving, Settling
from .steps import crash_at
from .store import QUEUE, Connection, WritingConnection, begin_patiently, open_writer
from .tables import insert, not_there, settle
from .trouble import Spoiled, SpoolFull, is_disk, is_full, unavailable

RESERVE: Final = "reserve"
RESERVE_OCTETS: Final = 8 * 1024 * 1024  # given up when the disk is full, so that results can still be written
CHECKPOINT_OCTETS: Final = 16 * 1024 * 1024  # a longer log means fewer pages written twice, and a longer start
OCTETS_A_BATCH: Final = 64 * 1024  # guess of what rows and indexes add to the log, besides bodies
RETRY_SECONDS: Final = 1.0


class Reports(Protocol):
    """Who hears what became of jobs. Both are called in the writer's thread."""

    def told(self, finished: list[Finished]) -> None: ...

    def returned(self, finished: list[Finished]) -> None: ...


class Writer:
    """Owns the writing connection. `doubt` makes the work that clears up after a commit of which nobody knows
    whether it happened."""

    def __init__(self, folder: Path, bodies: Path, *, doubt: Callable[[list[Job]], Calling]) -> None:
        self.trouble: SpoolUnavailable | None = None
        self.reports: Reports | None = None
        self._folder = folder
        self._bodies = bodies
        self._doubt = doubt
        self._handed: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._finished: list[Finished] = []  # what is not yet told of this turn
        self._unneeded: list[str] = []  # body files, likewise
        self._kept: list[Settling] = []
        self._committing = False
        self._doubted: list[Job] = []  # failed while committing: they may be on the disk all the same
        self._connection: WritingConnection | None = None
        self._ended: SpoolUnavailable | None = None  # by a mistake of ours
        self._logged = 0  # guess of the octets in the log since the last checkpoint
        self._turn = 0  # the thread whose turn it is with the connection
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

    @property
    def ailing(self) -> bool:
        """Whether there is something to try again after a while."""
        return self.trouble is not None or bool(self._kept)

    def begin(self, batch: Batch) -> None:
        """Write what is brief of a batch into a new transaction; what goes wrong is left to the writer's thread."""
        assert not self._turn, "two threads at one connection"
        self._turn = threading.get_ident()
        connection = self._connection
        if connection is None or self._doubted or self.ailing or not (brief := batch.brief()):
            return
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:  # perhaps somebody else has the file: the writer's thread can wait, the loop cannot
            batch.left = batch.jobs
            return
        batch.begun = True
        try:
            self._write_rows(connection, batch, brief)
        except Exception as error:
            batch.error = error
        except BaseException:
            batch.error = SpoolUnavailable("It was interrupted.")
            raise

    def hand_over(self, batch: Batch) -> None:
        """Have the rest of it written, and all of it committed: it is the writer's turn."""
        self._turn = self._thread.ident or 0
        self._handed.put(batch)

    def end(self) -> None:
        """There will be no more batches."""
        self._handed.put(None)

    def stop(self) -> None:
        """Wait until the thread has ended, and close the database."""
        self._thread.join()
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    # --- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        reports = self.reports
        assert reports is not None
        while (batch := self._handed.get()) is not None:
            try:
                self._work(batch)
                if self._logged >= CHECKPOINT_OCTETS:
                    reports.told(self._take_finished())  # they need not wait for this
                    self._checkpoint()
            except Exception as error:  # nothing of the kind is known; but whoever waits must not wait for ever
                self._ended = SpoolUnavailable(f"The writer has stopped, start Gatepost again: {error!r}")
                self._refuse(batch, self._ended)
            files, self._unneeded = self._unneeded, []
            self._turn = 0
            reports.returned(self._take_finished())
            remove(self._bodies, files)
        if self._kept:
            trouble = self.trouble or SpoolUnavailable("It is closing.")
            reports.told([(job, trouble) for job in self._kept])

    def _take_finished(self) -> list[Finished]:
        finished, self._finished = self._finished, []
        return finished

    def _refuse(self, batch: Batch, trouble: SpoolUnavailable) -> None:
        self.trouble = trouble
        told = {id(job) for job, _ in self._finished}
        jobs, self._kept = dict.fromkeys((*batch.jobs, *self._kept)), []
        self._finished += [(job, trouble) for job in jobs if id(job) not in told]

    def _work(self, batch: Batch) -> None:
        if self._ended is not None:
            self._refuse(batch, self._ended)
            return
        if self._kept:
            batch.jobs[:0] = self._kept
            self._kept = []
        if batch.jobs or self._doubted:
            self._write(batch)
        elif self.trouble is not None:
            self._probe()

    def _write(self, batch: Batch) -> None:
        doubted, self._doubted = self._doubted, []
        if doubted:
            batch = Batch([*batch.jobs, self._doubt(doubted)])  # last, so that it counts what the others do
        try:
            self._transact(batch)
        except Exception as error:  # whatever it is, it must reach the waiting sessions
            if is_disk(error):
                self._doubted = doubted
            self._failed(batch.jobs, error)
            return
        if self.trouble is not None:
            self._healed()
        crash_at("before answer")
        self._finished += [(job, None) for job in batch.jobs]

    def _transact(self, batch: Batch) -> None:
        """One transaction for the whole batch."""
        self._committing = False
        connection = self._connection
        if connection is None:
            connection = self._connection = open_writer(self._folder)
        try:
            batch.raise_error()
            if not batch.begun:
                begin_patiently(connection)
            self._write_rows(connection, batch, batch.left)
            for job in batch.left:
                if type(job) is Calling:
                    job.result = job.work(connection)
            self._logged += OCTETS_A_BATCH + sum(map(octets_of, batch.jobs))
            self._committing = True
            connection.commit()  # unlike a cursor it lets go of the interpreter lock only once
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            raise
        self._unneeded += batch.files
        if batch.arrives:
            crash_at("committed")
        if batch.settles:
            crash_at("settle committed")

    def _write_rows(self, connection: Connection, batch: Batch, jobs: Sequence[Job]) -> None:
        """Put the rows of these jobs of the batch into the open transaction, in whichever thread has its turn."""
        assert threading.get_ident() == self._turn, "two threads at one connection"
        arrivals = [job for job in jobs if type(job) is Arriving]
        settlements = [job for job in jobs if type(job) is Settling]
        for settling in settlements:
            arrivals += not_there(connection, settling.reports) if settling.again else settling.reports
        if settlements:
            batch.settles = True
            crash_at("before settle")
            batch.files += settle(connection, settlements)
            crash_at("settle written")
        if arrivals:
            batch.arrives = True
            insert(connection, arrivals)
            crash_at("rows written")

    def _failed(self, jobs: list[Job], error: Exception) -> None:
        connection = self._connection
        if isinstance(error, Spoiled) and connection is not None and not error.numbers <= connection.spoiled:
            connection.spoiled |= error.numbers
            self._write(Batch(jobs))  # once more, around the damaged pages
            return
        if not is_disk(error):
            if len(jobs) > 1:
                for job in jobs:
                    self._write(Batch([job]))
            else:
                job = jobs[0]
                self._finished.append((job, error if type(job) is Calling else unavailable(error)))
            return
        self.trouble = trouble = unavailable(error)
        if is_full(error):
            with contextlib.suppress(OSError):
                (self._folder / RESERVE).unlink(missing_ok=True)
        else:
            self._reopen_later()
            if self._committing:
                self._doubted = [*self._doubted, *(job for job in jobs if type(job) is not Settling)]
        for job in jobs:
            if type(job) is Settling:
                job.again = True
                self._kept.append(job)
        self._finished += [(job, trouble) for job in jobs if type(job) is not Settling]

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
            self._transact(Batch([Calling(lambda connection: connection.execute(QUEUE["probe"]), lambda *_: None)]))
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

    def _checkpoint(self) -> None:
        """Move the log into the tables; only this connection ever does."""
        self._logged = 0
        try:
            if self._connection is not None:
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
