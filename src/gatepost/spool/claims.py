"""Claims out of the tables: which recipients go next, and what is held instead because its body is gone."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ids import written
from .message import Claim
from .rows import claim_of, document
from .store import PLACES, QUEUE, Connection, json_ids, run_rows, spoiled_in
from .tables import raise_if_spoiled

_SPOILED = "The message's body cannot be read: it lies on a damaged page of the queue database."
MOST_CRASHES = 3  # a message that was being sent at as many crashes in a row may be their cause
MOST_OCTETS = 8 * 1024 * 1024  # of small bodies read into memory by one call


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one call claimed: `recipients` are now being sent, `held` were waiting and are quarantined."""

    destination: str
    claims: list[Claim]
    recipients: int
    held: int


def claim_due(connection: Connection, *, destination: str, now: float, room: int, folder: Path) -> Taken:
    """Claim the oldest due recipients of one destination, grouped by message, oldest first.

    What was being sent at two crashes goes alone, one message at a time: the third crash then tells the cause from the
    hundreds that only happened to be claimed.
    """
    found = connection.execute(QUEUE["candidates"], {"destination": destination, "now": now, "room": room}).fetchall()
    ids: list[int] = []
    octets = 0
    counted = -1
    suspect = 0
    for row, size, crashes in found:
        number = row - row % PLACES
        if crashes >= MOST_CRASHES - 1 and number != suspect:
            if suspect or _suspect_sending(connection, destination):
                suspect = suspect or -1
                continue
            suspect = number
        if number != counted:
            octets += size
            counted = number
        if octets > MOST_OCTETS and ids:
            break
        ids.append(row)
    if not ids:
        return Taken(destination=destination, claims=[], recipients=0, held=0)
    rows = connection.execute(QUEUE["claim"], {"ids": json_ids(ids)}).fetchall()
    by_row = {row[0]: row for row in rows}
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for row in ids:
        groups.setdefault(row - row % PLACES, []).append(by_row[row])
    spoiled = spoiled_in(connection)
    messages = messages_of(connection, [number for number in groups if number not in spoiled])
    claims: list[Claim] = []
    held = 0
    for number, recipients in groups.items():
        why = _SPOILED if number in spoiled else _damage(messages[number], folder)
        if why is not None:
            held += quarantine(connection, number, why=why, now=now)
            continue
        recipients.sort()
        message = messages[number]
        claims.append(claim_of(message, recipients, queue_id=written(number), destination=destination, folder=folder))
    return Taken(
        destination=destination,
        claims=claims,
        recipients=sum(len(claim.waiting) for claim in claims),
        held=held,
    )


def _suspect_sending(connection: Connection, destination: str) -> bool:
    asked = {"destination": destination, "crashes": MOST_CRASHES}
    return bool(connection.execute(QUEUE["suspect_sending"], asked).fetchone()[0])


def messages_of(connection: Connection, numbers: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """The rows of these messages, with their bodies; raises Spoiled for bodies on damaged pages."""
    try:
        found = connection.execute(QUEUE["claimed_messages"], {"ids": json_ids(numbers)}).fetchall()
    except sqlite3.DatabaseError as error:
        raise_if_spoiled(connection, numbers, error)
        raise
    return {message[0]: message for message in found}


def _damage(message: tuple[Any, ...], folder: Path) -> str | None:
    """Why a body cannot be sent, or None if it is whole."""
    octets, file, inline = message[3], message[7], message[8]
    return file_damage(folder / file, octets) if file else _octets_damage(inline, octets)


def _octets_damage(inline: bytes | None, octets: int) -> str | None:
    if inline is None:
        return "The message's body is missing from the queue database."
    if len(inline) != octets:
        return f"The message's body is torn: {len(inline)} of {octets} octets are there."
    return None


def file_damage(path: Path, octets: int) -> str | None:
    """Why a body file cannot be sent, or None if it is whole."""
    try:
        there = path.stat().st_size
    except OSError as error:
        return f"The message's body file {path.name} is missing: {error.strerror}."
    return None if there == octets else f"The message's body file {path.name} is torn: {there} of {octets} octets."


def quarantine(connection: Connection, number: int, *, why: str, now: float) -> int:
    """Hold what is left of a message, with an event that says why; returns how many recipients."""
    count = connection.execute(QUEUE["quarantine"], {"message": number, "why": why}).rowcount
    event = (number, now, "quarantine", document({"reason": why, "recipients": count}))
    run_rows(connection, "insert_events", width=4, values=event)
    return count


def give_back(connection: Connection, *, rows: list[int], due: float) -> int:
    """Undo a claim that was never tried; returns how many recipients wait again."""
    return connection.execute(QUEUE["release_claim"], {"ids": json_ids(rows), "due": due}).rowcount
