"""Operators' orders on recipients: retry, hold, release, drop. Each writes an event with who gave it."""

from dataclasses import dataclass, field
from typing import Any

from .ids import LAST_ID, first_id_at
from .rows import document
from .states import MOVES, On, State, move
from .store import PLACES, QUEUE, Connection, json_ids, run_rows
from .tables import finish, finished_files
from .views import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What an order changed: `waiting` and `held` are differences; `cursor` is where a next page begins."""

    count: int
    waiting: dict[str, int]
    held: int
    files: tuple[str, ...] = ()
    cursor: tuple[float, int] | None = field(default=None)


Picked = list[tuple[int, State, str]]  # recipient, where it stands, its destination


def operate_on_ids(
    connection: Connection, *, on: On, ids: list[int], organization: str | None, by: str, now: float
) -> Moved:
    """Carry out an order on the recipients of these messages that its move exists for."""
    picked = recipients_of(connection, ids=ids, organization=organization)
    return _carry_out(connection, on=on, picked=picked, by=by, now=now)


def recipients_of(connection: Connection, *, ids: list[int], organization: str | None) -> Picked:
    rows = connection.execute(QUEUE["pick_messages"], {"ids": json_ids(ids), "organization": organization})
    return [(row, State(state), destination) for row, state, destination in rows]


def operate_on_page(
    connection: Connection,
    *,
    on: On,
    choice: Choice,
    organization: str | None,
    by: str,
    now: float,
    after: tuple[float, int],
    room: int,
) -> Moved:
    """Carry out an order on one page of a choice, going on behind `after`."""
    picked, cursor = page_of(connection, choice=choice, organization=organization, after=after, room=room)
    moved = _carry_out(connection, on=on, picked=picked, by=by, now=now)
    return Moved(count=moved.count, waiting=moved.waiting, held=moved.held, files=moved.files, cursor=cursor)


def page_of(
    connection: Connection, *, choice: Choice, organization: str | None, after: tuple[float, int], room: int
) -> tuple[Picked, tuple[float, int] | None]:
    """One page of a choice behind `after`, and where the next one begins; None when there is none."""
    cursor: tuple[float, int] | None = None
    if choice.held:
        before = LAST_ID if choice.before is None else first_id_at(choice.before)
        behind = {"id": after[1], "before": before, "room": room}
        held = connection.execute(QUEUE["pick_held_page"], behind).fetchall()
        picked = [
            (row, State.HELD, lane)
            for row, lane, whose, rule, sandbox in held
            if choice.destination in (None, lane)
            and organization in (None, whose)
            and choice.rule in (None, rule)
            and choice.sandbox == bool(sandbox)
        ]
        if len(held) == room:
            cursor = (0.0, held[-1][0])
    elif choice.destination is not None:
        asked = {"destination": choice.destination, "due": after[0], "id": after[1], "room": room}
        if organization is None:
            waiting = connection.execute(QUEUE["pick_waiting_page"], asked).fetchall()
        else:
            asked["organization"] = organization
            waiting = connection.execute(QUEUE["pick_waiting_page_of"], asked).fetchall()
        picked = [(row, State.WAITING, choice.destination) for row, _ in waiting]
        if len(waiting) == room:
            cursor = (waiting[-1][1], waiting[-1][0])
    else:
        picked = []  # an empty choice is nobody, never everybody
    return picked, cursor


def _carry_out(connection: Connection, *, on: On, picked: Picked, by: str, now: float) -> Moved:
    waiting: dict[str, int] = {}
    held = count = 0
    messages: dict[int, int] = {}
    for source in (State.WAITING, State.HELD):
        chosen = [one for one in picked if one[1] is source]
        if not chosen or on not in MOVES[source]:
            continue
        target = move(source, on)
        order = {
            "ids": json_ids(row for row, _, _ in chosen),
            "from": source,
            "state": target,
            "due": now if target is State.WAITING else None,
            "words": f"Dropped by {by}." if on is On.DROP else None,
        }
        count += connection.execute(QUEUE["operate"], order).rowcount
        for row, _, destination in chosen:
            messages[row - row % PLACES] = messages.get(row - row % PLACES, 0) + 1
            step = (target is State.WAITING) - (source is State.WAITING)
            if step:
                waiting[destination] = waiting.get(destination, 0) + step
        held += len(chosen) * ((target is State.HELD) - (source is State.HELD))
    if not messages:
        return Moved(count=0, waiting={}, held=0)
    events: list[Any] = []
    for message, recipients in messages.items():
        events += (message, now, on.value, document({"by": by, "recipients": recipients}))
    run_rows(connection, "insert_events", width=4, values=events)
    files: list[str] = []
    if on is On.DROP:
        numbers = list(messages)
        finish(connection, numbers, at=now)
        files = finished_files(connection, numbers)
    return Moved(count=count, waiting=waiting, held=held, files=tuple(files))
