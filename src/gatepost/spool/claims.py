"""Claims out of the tables: which recipients go next, and what is held instead because its body is gone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ids import written
from .message import Claim
from .rows import claim_of, document
from .store import PLACES, QUEUE, Connection, json_ids, run_rows

MOST_OCTETS = 8 * 1024 * 1024  # of small bodies read into memory by one call


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one call claimed: `recipients` are now being sent, `held` were waiting and are quarantined."""

    destination: str
    claims: list[Claim]
    recipients: int
    held: int


def claim_due(connection: Connection, *, destination: str, now: float, room: int, folder: Path) -> Taken:
    """Claim the oldest due recipients of one destination, grouped by message, oldest first."""
    found = connection.execute(
        QUEUE["candidates"], {"destination": destination, "now": now, "room": room}
    ).fetchall()
    ids: list[int] = []
    octets = 0
    counted = -1
    for row, size in found:
        message = row - row % PLACES
        if message != counted:
            octets += size
            counted = message
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
    messages = {
        message[0]: message
        for message in connection.execute(QUEUE["claimed_messages"], {"ids": json_ids(groups)}).fetchall()
    }
    claims: list[Claim] = []
    held = 0
    for number, recipients in groups.items():
        message = messages[number]
        if (why := _damage(message, folder)) is not None:
            held += quarantine(connection, number, why=why, now=now)
            continue
        recipients.sort()
        claims.append(
            claim_of(message, recipients, queue_id=written(number), destination=destination, folder=folder)
        )
    return Taken(
        destination=destination,
        claims=claims,
        recipients=sum(len(claim.waiting) for claim in claims),
        held=held,
    )


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
    return (
        None
        if there == octets
        else f"The message's body file {path.name} is torn: {there} of {octets} octets."
    )


def quarantine(connection: Connection, number: int, *, why: str, now: float) -> int:
    """Hold what is left of a message, with an event that says why; returns how many recipients."""
    count = connection.execute(QUEUE["quarantine"], {"message": number, "why": why}).rowcount
    event = (number, now, "quarantine", document({"reason": why, "recipients": count}))
    run_rows(connection, "insert_events", width=4, values=event)
    return count


def give_back(connection: Connection, *, rows: list[int], due: float) -> int:
    """Undo a claim that was never tried; returns how many recipients wait again."""
    return connection.execute(QUEUE["release_claim"], {"ids": json_ids(rows), "due": due}).rowcount
