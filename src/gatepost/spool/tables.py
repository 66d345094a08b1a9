"""Jobs into tables: few statements for many messages. Runs inside the writer's transaction."""

from collections.abc import Sequence
from typing import Any

from .retention import index_late
from .rows import Arriving, Settling
from .store import QUEUE, Connection, json_ids, run_rows


def insert(connection: Connection, arrivals: Sequence[Arriving]) -> None:
    """Store messages with their bodies and recipients."""
    messages: list[Any] = []
    bodies: list[Any] = []
    recipients: list[Any] = []
    for job in arrivals:
        messages += job.message
        if job.file is None:
            bodies += (job.number, job.body)
        for row in job.recipients:
            recipients += row
    run_rows(connection, "insert_messages", width=12, values=messages)
    run_rows(connection, "insert_bodies", width=2, values=bodies)
    run_rows(connection, "insert_recipients", width=8, values=recipients)
    if late := [job.number for job in arrivals if job.late]:
        index_late(connection, late)


def settle(connection: Connection, settlements: Sequence[Settling]) -> list[str]:
    """Store what came of claims; returns the body files nobody needs any more."""
    delivered: list[int] = []
    results: list[Any] = []
    events: list[Any] = []
    numbers: list[int] = []
    filed: list[int] = []
    for job in settlements:
        delivered += job.delivered
        for row in job.results:
            results += row
        events += job.event
        numbers.append(job.number)
        if job.file is not None:
            filed.append(job.number)
    run_rows(connection, "deliver", width=1, values=delivered)
    run_rows(connection, "settle", width=6, values=results)
    run_rows(connection, "insert_events", width=4, values=events)
    finish(connection, numbers, at=settlements[-1].at)
    return finished_files(connection, filed) if filed else []


def finish(connection: Connection, numbers: Sequence[int], *, at: float) -> None:
    """Mark those of the messages finished that have no recipient left, and drop their bodies."""
    run_rows(connection, "finish", width=1, values=numbers, first=at)
    run_rows(connection, "delete_bodies", width=1, values=numbers)


def finished_files(connection: Connection, numbers: Sequence[int]) -> list[str]:
    return [name for (name,) in connection.execute(QUEUE["finished_files"], {"ids": json_ids(numbers)})]
