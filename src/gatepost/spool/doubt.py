"""A commit that failed may yet be on the disk: the log was written, and only the sync said no.

Nobody knows before the file is opened anew. Then what was answered with "try later" is taken back out, what nobody
was given is given back, and the queue is counted from the tables again. Settlements are simply written once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .batches import Calling, Job
from .claims import Taken, give_back
from .recall import Recalled
from .rows import Arriving
from .store import HISTORY, QUEUE, Connection, json_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The queue in numbers of recipients, as the tables have it."""

    waiting: dict[str, int]
    sending: int
    held: int


def clear_doubt(connection: Connection, *, jobs: Sequence[Job], now: float) -> Standing:
    """Undo what these jobs may have left in the tables although they failed; returns how the queue stands then."""
    arrived = [job.number for job in jobs if type(job) is Arriving]
    if arrived:
        ids = {"ids": json_ids(arrived)}
        for name in ("forget_bodies", "forget_words", "forget_events", "forget_recipients", "forget_messages"):
            connection.execute(HISTORY[name], ids)
    for job in jobs:
        if type(job) is Calling and isinstance(job.result, Taken | Recalled):
            rows = [one.row for claim in job.result.claims for one in claim.waiting]
            give_back(connection, rows=rows, due=now)
    waiting = dict(connection.execute(QUEUE["count_waiting"]).fetchall())
    (sending,) = connection.execute(QUEUE["count_sending"]).fetchone()
    (held,) = connection.execute(QUEUE["count_held"]).fetchone()
    return Standing(waiting=waiting, sending=sending, held=held)
