"""What shares one commit, and how much of it the loop's thread writes itself.

A row costs a few microseconds; handing the interpreter lock to another thread and back costs more than that, at every
statement. So mail that passes through is written where it is, in the loop's thread, as long as that is short: its rows
lie at the end of the tables, on pages that were written a moment ago. Whatever may have to be read from the disk first,
and whatever there is too much of, is left to the writer's thread.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from .rows import Arriving, Settling
from .store import Connection

MOST_JOBS: Final = 256  # a batch; more only makes the first of them wait
MOST_OCTETS: Final = 16 * 1024 * 1024
LOOP_JOBS: Final = 64  # of a batch, written in the loop's thread: a millisecond in which no session is heard
LOOP_OCTETS: Final = 1024 * 1024


class Calling:
    """Any other work on the tables, in the same transaction as its neighbours, but never in the loop's thread."""

    __slots__ = ("done", "result", "work")

    def __init__(self, work: Callable[[Connection], Any], done: Callable[["Calling", Exception | None], None]) -> None:
        self.work = work
        self.done = done
        self.result: Any = None


Job = Arriving | Settling | Calling
Finished = tuple[Job, Exception | None]


class Batch:
    """The jobs of one commit. `left`: those whose rows are not in the open transaction yet; `files`: bodies that nobody
    needs after the commit; `error`: what went wrong in the loop's thread, which leaves it to the writer's."""

    __slots__ = ("arrives", "begun", "error", "files", "jobs", "left", "settles")

    def __init__(self, jobs: list[Job]) -> None:
        self.jobs = jobs
        self.left: Sequence[Job] = jobs
        self.begun = False
        self.arrives = False
        self.settles = False
        self.files: list[str] = []
        self.error: Exception | None = None

    def __len__(self) -> int:
        return len(self.jobs)

    def raise_error(self) -> None:
        """What went wrong in the loop's thread goes wrong here."""
        if self.error is not None:
            raise self.error

    def brief(self) -> list[Job]:
        """Take out of `left` what the loop's thread may write."""
        brief: list[Job] = []
        left: list[Job] = []
        octets = 0
        for job in self.jobs:
            if isinstance(job, Calling) or not job.brief or len(brief) >= LOOP_JOBS or octets >= LOOP_OCTETS:
                left.append(job)
                continue
            brief.append(job)
            octets += octets_of(job)
        self.left = left
        return brief


def octets_of(job: Job) -> int:
    """What a job brings along besides its rows."""
    return len(job.body) if type(job) is Arriving and job.body is not None else 0


def next_batch(waiting: list[Job]) -> Batch:
    """Take the first of those that wait: all of them, unless there are very many."""
    count = octets = 0
    for job in waiting:
        if count >= MOST_JOBS or octets >= MOST_OCTETS:
            break
        count += 1
        octets += octets_of(job)
    jobs = waiting[:count]
    del waiting[:count]
    return Batch(jobs)
