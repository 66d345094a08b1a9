"""Jobs into tables: few statements for many messages. Runs inside the writer's transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from .message import Notice
from .retention import index_late
from .rows import Arriving, Settling, document, text
from .store import NOTICES, QUEUE, Connection, json_ids, run_rows, spoiled_in
from .trouble import Spoiled, is_damage


def insert(connection: Connection, arrivals: Sequence[Arriving]) -> None:
    """Store messages with their bodies and recipients."""
    messages: list[Any] = []
    bodies: list[Any] = []
    recipients: list[Any] = []
    holds: list[Any] = []
    for job in arrivals:
        messages += job.message
        if job.file is None:
            bodies += (job.number, job.body)
        for row in job.recipients:
            recipients += row
        for number, hold in job.held:
            holds += (number, hold.rule, hold.sandbox, text(hold.words))
    run_rows(connection, "insert_messages", width=12, values=messages)
    run_rows(connection, "insert_bodies", width=2, values=bodies)
    run_rows(connection, "insert_recipients", width=9, values=recipients)
    if holds:
        run_rows(connection, "give_reasons", width=4, values=holds)
    if late := [job.number for job in arrivals if job.late]:
        index_late(connection, late)


def not_there(connection: Connection, arrivals: Sequence[Arriving]) -> list[Arriving]:
    """Those that are not in the tables already."""
    ids = {"ids": json_ids(job.number for job in arrivals)}
    there = {number for (number,) in connection.execute(QUEUE["messages_there"], ids)}
    return [job for job in arrivals if job.number not in there]


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
        if job.again:
            connection.execute(QUEUE["insert_event_once"], job.event)
        else:
            events += job.event
        if job.notices:
            insert_notices(connection, job.notices)
        numbers.append(job.number)
        if job.file is not None:
            filed.append(job.number)
    run_rows(connection, "deliver", width=1, values=delivered)
    run_rows(connection, "settle", width=7, values=results)
    run_rows(connection, "insert_events", width=4, values=events)
    finish(connection, numbers, at=settlements[-1].at)
    return finished_files(connection, filed) if filed else []


def insert_notices(connection: Connection, notices: Iterable[Notice]) -> None:
    """Store what owners are to be told; what is written again after trouble stays single."""
    for it in notices:
        row = (it.row, it.kind, it.owner, it.organization, it.at, document(it.detail))
        connection.execute(NOTICES["insert"], row)


def finish(connection: Connection, numbers: Sequence[int], *, at: float) -> None:
    """Mark those of the messages finished that have no recipient left, and drop their bodies."""
    run_rows(connection, "finish", width=1, values=numbers, first=at)
    if spoiled := spoiled_in(connection):
        numbers = [number for number in numbers if number not in spoiled]
    try:
        run_rows(connection, "delete_bodies", width=1, values=numbers)
    except sqlite3.DatabaseError as error:
        raise_if_spoiled(connection, numbers, error)
        raise


def raise_if_spoiled(connection: Connection, numbers: Iterable[int], error: sqlite3.DatabaseError) -> None:
    """Raise Spoiled for those of the messages whose bodies cannot be read, if damage is what the error is about.

    After an error of that kind SQLite writes nothing more in the same transaction, but still reads.
    """
    if not is_damage(error):
        return
    spoiled = set()
    for number in numbers:
        try:
            connection.execute(QUEUE["read_body"], (number,)).fetchone()
        except sqlite3.DatabaseError:
            spoiled.add(number)
    if spoiled:
        raise Spoiled(spoiled) from error


def finished_files(connection: Connection, numbers: Sequence[int]) -> list[str]:
    return [name for (name,) in connection.execute(QUEUE["finished_files"], {"ids": json_ids(numbers)})]
