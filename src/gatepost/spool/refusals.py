"""Refusals on their way into the trace: bounded whatever strangers do, and never worth a commit of their own.

A refusal costs an attacker nothing, so neither may it cost us: so many a second, so many a second from one client, so
many waiting; what is beyond is counted and forgotten. The log has every one of them.
"""

from dataclasses import replace
from typing import Any, Final

from gatepost.connectors import Bucket, Rates

from .ids import number_of
from .message import Refusal
from .rows import document, text
from .states import State
from .store import HISTORY, Connection, run_rows
from .views import Event, QueuedRecipient, QueueMessage, Story, TraceRow

MOST_WAITING: Final = 1000
ALL_A_SECOND: Final = 200
ONE_A_SECOND: Final = 5
ONE_AT_ONCE: Final = 50
MOST_CLIENTS: Final = 4096
MOST_KEPT: Final = 100_000
FORGET: Final = 1000  # a transaction, so that mail gets in between
MOST_ITEMS: Final = 32  # of a list in a story
MOST_DEPTH: Final = 4
WIDTH: Final = 11

Row = tuple[Any, ...]


class Pad:
    """The refusals that wait for the next commit. `dropped` counts those that were not kept, since the start."""

    __slots__ = ("_all", "_one", "_rows", "dropped")

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._all = Rates(Bucket(rate=ALL_A_SECOND, burst=ALL_A_SECOND), room=1)
        self._one = Rates(Bucket(rate=ONE_A_SECOND, burst=ONE_AT_ONCE), room=MOST_CLIENTS)
        self.dropped = 0

    def __bool__(self) -> bool:
        return bool(self._rows)

    def admits(self, refusal: Refusal, now: float) -> bool:
        """Whether there is room for one more at that moment of a clock that only runs forward."""
        room = len(self._rows) < MOST_WAITING
        if room and not self._one.take(refusal.client, now) and not self._all.take(None, now):
            return True
        self.dropped += 1
        return False

    def write(self, refusal: Refusal) -> bool:
        """Put it down; returns whether it is the first that waits."""
        number = number_of(refusal.id)
        if number is None:
            self.dropped += 1
            return False
        one = trimmed(refusal)
        words = (one.client, one.hello, one.sender, one.recipient, one.reply)
        told = (one.organization, one.connector, one.tls, document(one.story))
        self._rows.append((number, one.at, *words, *told))
        return len(self._rows) == 1

    def tear_off(self) -> list[Row]:
        """All that wait; the pad is empty afterwards."""
        rows, self._rows = self._rows, []
        return rows


def trimmed(refusal: Refusal) -> Refusal:
    """The same with nothing in it longer than a line, whatever a stranger said."""
    return replace(
        refusal,
        client=text(refusal.client),
        hello=text(refusal.hello),
        sender=text(refusal.sender),
        recipient=text(refusal.recipient),
        reply=text(refusal.reply),
        story=bounded(refusal.story),
    )


def bounded(value: Any, depth: int = 0) -> Any:
    """A story of which no part is longer than a trace needs it to be."""
    if isinstance(value, str):
        return text(value)
    if depth >= MOST_DEPTH:
        return None
    if isinstance(value, dict):
        return {text(str(key)): bounded(it, depth + 1) for key, it in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, list | tuple):
        return [bounded(it, depth + 1) for it in value[:MOST_ITEMS]]
    return value


def insert_refusals(connection: Connection, rows: list[Row]) -> None:
    values: list[Any] = []
    for row in rows:
        values += row
    run_rows(connection, "insert_refusals", width=WIDTH, values=values)


def forget_refusals(connection: Connection, *, before_id: int) -> int:
    """Delete a piece of those older than that id or beyond the newest MOST_KEPT; returns how many."""
    found = connection.execute(HISTORY["oldest_refusal_kept"], {"kept": MOST_KEPT - 1}).fetchone()
    edge = before_id if found is None else max(before_id, found[0])
    return connection.execute(HISTORY["forget_refusals"], {"before_id": edge, "room": FORGET}).rowcount


def refused_row(refusal: Refusal) -> TraceRow:
    """A refusal as the trace lists it, beside the messages."""
    return TraceRow(
        id=refusal.id,
        received_at=refusal.at,
        sender=refusal.sender,
        recipient=refusal.recipient,
        subject="",
        message_id="",
        client=refusal.client,
        organization=refusal.organization,
        connector=refusal.connector,
        octets=0,
        status=State.REFUSED,
        last_reply=refusal.reply,
        cursor=refusal.id,
    )


def refused_story(refusal: Refusal) -> Story:
    """A refusal told as a message that went no further than this."""
    asked_for = QueuedRecipient(
        address=refusal.recipient,
        destination="",
        state=State.REFUSED,
        attempts=0,
        due=None,
        warned=False,
        crashes=0,
        last_reply=refusal.reply,
    )
    message = QueueMessage(
        id=refusal.id,
        sender=refusal.sender,
        received_at=refusal.at,
        finished_at=refusal.at,
        octets=0,
        client=refusal.client,
        organization=refusal.organization,
        connector=refusal.connector,
        subject="",
        message_id="",
        recipients=(asked_for,) if refusal.recipient else (),
    )
    said = {"reply": refusal.reply, "client": refusal.client, "hello": refusal.hello, "tls": refusal.tls}
    event = Event(at=refusal.at, kind="refused", detail={**said, **refusal.story})
    return Story(message=message, events=(event,))
