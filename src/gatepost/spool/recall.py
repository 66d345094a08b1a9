"""Taking mail out of the queue for an operator who sends it back: claimed like mail that is due, but never tried.

What is recalled is settled by the room that writes reports (outbound). After a crash in between it waits again, as
everything does that was being sent: an order may be lost, a message never.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .claims import messages_of
from .ids import written
from .message import Claim
from .operators import page_of, recipients_of
from .rows import claim_of
from .states import MOVES, On, State
from .store import PLACES, QUEUE, Connection, json_ids, spoiled_in
from .views import Choice

ROOM = 100  # recipients recalled in one transaction: each brings its message's body into memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What one call took: `waiting` and `held` are how many stood so before; `cursor` is where a next page begins."""

    claims: list[Claim]
    waiting: Counter[str]
    held: int
    cursor: tuple[float, int] | None = None


def recall(
    connection: Connection,
    *,
    which: list[int] | Choice,
    organization: str | None,
    before: int,
    after: tuple[float, int],
    folder: Path,
) -> Recalled:
    """Claim recipients of these messages, or a page of a choice; only of messages older than `before`, so that the
    reports which an order causes are never caught by the same order."""
    cursor = None
    if isinstance(which, Choice):
        picked, cursor = page_of(connection, choice=which, organization=organization, after=after, room=ROOM)
    else:
        picked = recipients_of(connection, ids=which, organization=organization)
    spoiled = spoiled_in(connection)
    stood = {
        row: (state, lane)
        for row, state, lane in picked
        if On.BOUNCE in MOVES[state] and row < before and row - row % PLACES not in spoiled
    }
    rows = connection.execute(QUEUE["recall"], {"ids": json_ids(stood)}).fetchall()
    groups: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
    for row in sorted(rows):
        groups.setdefault((row[0] - row[0] % PLACES, stood[row[0]][1]), []).append(row)
    messages = messages_of(connection, {number for number, _ in groups})
    claims = [
        claim_of(messages[number], recipients, queue_id=written(number), destination=lane, folder=folder)
        for (number, lane), recipients in groups.items()
    ]
    lanes = [stood[row[0]] for row in rows]
    waiting = Counter(lane for state, lane in lanes if state is State.WAITING)
    held = len(lanes) - waiting.total()
    return Recalled(claims=claims, waiting=waiting, held=held, cursor=cursor)
