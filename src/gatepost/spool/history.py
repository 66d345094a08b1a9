"""The reading side: the queue as it stands and the trace of what went through, on read-only connections in
threads."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import orjson

from gatepost.errors import SpoolUnavailable

from .ids import first_id_at, number_of, written
from .message import Refusal
from .refusals import refused_row, refused_story
from .rows import read_document
from .states import State
from .store import HISTORY, PLACES, Connection, open_reader
from .trouble import unavailable
from .views import Event, QueuedRecipient, QueueMessage, QueueRow, Story, TraceRow

T = TypeVar("T")

READERS = 2
LAST_ID = (1 << 63) - 1
MOST_ROWS = 10_000


class History:
    """A small pool of readers. Every question is one short read; none holds the log back for long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="spool reader")
        self._mine = threading.local()
        self._open: list[Connection] = []

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._open:
            connection.close()

    async def _ask(self, question: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._answer, question)

    def _answer(self, question: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self._mine, "connection", None)
        try:
            if connection is None:
                connection = self._mine.connection = open_reader(self._folder)
                self._open.append(connection)
            return question(connection)
        except sqlite3.Error as error:
            self._mine.connection = None
            raise unavailable(error) from error

    # --- the queue ------------------------------------------------------------------------------------------

    async def earliest(self, destinations: list[str]) -> list[tuple[str, float]]:
        """The first due time of each destination that has a waiting recipient."""
        if not destinations:
            return []
        asked = {"destinations": orjson.dumps(destinations).decode()}
        return await self._ask(lambda connection: connection.execute(HISTORY["earliest"], asked).fetchall())

    async def queue(
        self, *, destination: str | None, state: State | str | None, limit: int, after: str | None
    ) -> list[QueueRow]:
        wanted = None if state is None else State(state)
        limit = max(0, min(limit, MOST_ROWS))
        part, lane, due, number = _read_cursor(after)
        parts = ("sending", "held", "waiting")

        def question(connection: Connection) -> list[QueueRow]:
            rows: list[QueueRow] = []
            for name in parts[parts.index(part) :]:
                if wanted is not None and name != wanted:
                    continue
                going_on = name == part and after is not None
                asked: dict[str, Any] = {
                    "only": destination,
                    "id": number if going_on else -1,
                    "destination": lane if going_on else "",
                    "due": due if going_on else -1.0,
                    "limit": limit - len(rows),
                }
                query = "queue_waiting_one" if name == "waiting" and destination is not None else f"queue_{name}"
                rows += map(_queue_row, connection.execute(HISTORY[query], asked).fetchall())
                if len(rows) >= limit:
                    break
            return rows

        return await self._ask(question)

    # --- messages and their stories -------------------------------------------------------------------------

    async def show(self, id: str) -> QueueMessage | None:  # noqa: A002
        found = await self.story(id)
        return None if found is None else found.message

    async def story(self, id: str) -> Story | None:  # noqa: A002
        number = number_of(id)
        if number is None:
            return None
        asked = {"id": number}

        def question(connection: Connection) -> Story | None:
            row = connection.execute(HISTORY["message"], asked).fetchone()
            if row is None:
                refused = connection.execute(HISTORY["refusal"], asked).fetchone()
                return None if refused is None else refused_story(_refusal(refused))
            recipients = connection.execute(HISTORY["recipients"], asked).fetchall()
            message = _message(row, recipients)
            events = [Event(at=message.received_at, kind="accepted", detail=read_document(row[12]))]
            for at, kind, detail in connection.execute(HISTORY["events"], asked):
                events.append(Event(at=at, kind=kind, detail=read_document(detail)))
            return Story(message=message, events=tuple(events))

        return await self._ask(question)

    async def content(self, id: str, bodies: Path) -> bytes | None:  # noqa: A002
        number = number_of(id)
        if number is None:
            return None
        asked = {"id": number}

        def question(connection: Connection) -> bytes | None:
            body = connection.execute(HISTORY["body"], asked).fetchone()
            if body is not None:
                return bytes(body[0])
            row = connection.execute(HISTORY["message"], asked).fetchone()
            if row is None or row[10] is None or row[11] is not None:
                return None
            try:
                octets: bytes = (bodies / row[10]).read_bytes()
            except FileNotFoundError:
                return None
            except OSError as error:
                raise SpoolUnavailable(f"{row[10]}: {error.strerror}.") from error
            return octets

        return await self._ask(question)

    async def find(
        self,
        *,
        sender: str | None,
        recipient: str | None,
        message_id: str | None,
        subject: str | None,
        connector: str | None,
        status: State | str | None,
        since: float | None,
        until: float | None,
        limit: int,
    ) -> list[TraceRow]:
        if sender == "<>":
            sender = ""
        limit = max(0, min(limit, MOST_ROWS))
        low = 0 if since is None else first_id_at(since)
        high = LAST_ID if until is None else first_id_at(until) + (1 << 20) - 1
        asked: dict[str, Any] = {
            "sender": _pattern(sender),
            "recipient": _pattern(recipient),
            "message_id": _pattern(message_id),
            "subject": subject,
            "connector": connector,
            "status": None if status is None else State(status).value,
            "limit": limit,
            "low": low,
            "high": high,
        }
        word = _word(message_id=message_id, recipient=recipient, sender=sender)

        def messages(connection: Connection) -> list[TraceRow]:
            if word is None:
                return _trace_rows(connection, "find", asked)
            (mark,) = connection.execute(HISTORY["trace_mark"]).fetchone()
            rows = _trace_rows(connection, "find", asked | {"low": max(low, mark + 1)})
            if len(rows) < limit:
                older = asked | {
                    "kind": word[0],
                    "value": word[1],
                    "high": min(high, mark),
                    "limit": limit - len(rows),
                }
                rows += _trace_rows(connection, "find_word", older)
            return rows

        # What was refused has neither subject nor Message-ID.
        refusals = message_id is None and subject is None and status in (None, State.REFUSED)

        def question(connection: Connection) -> list[TraceRow]:
            rows = messages(connection) if status != State.REFUSED else []
            if refusals:
                found = connection.execute(HISTORY["refusals"], asked).fetchall()
                rows += [refused_row(_refusal(row)) for row in found]
                rows.sort(key=lambda row: row.id, reverse=True)  # stable: recipients stay in order
            return rows[:limit]

        return await self._ask(question)


def _word(*, message_id: str | None, recipient: str | None, sender: str | None) -> tuple[str, str] | None:
    """The most telling thing to look up exactly, if anything was given exactly."""
    for kind, value in (("m", message_id), ("r", recipient), ("s", sender)):
        if value is not None and "*" not in value:
            return kind, value
    return None


def _pattern(words: str | None) -> str | None:
    """`*` stays a wildcard; everything else that GLOB would read as one is meant literally."""
    return None if words is None else words.replace("[", "[[]").replace("?", "[?]")


def _trace_rows(connection: Connection, query: str, asked: dict[str, Any]) -> list[TraceRow]:
    return [
        TraceRow(
            id=written(number),
            received_at=received_at,
            sender=sender,
            recipient=recipient,
            subject=subject,
            message_id=message_id,
            client=client,
            organization=organization,
            connector=connector,
            octets=octets,
            status=State(state),
            last_reply=last_reply,
        )
        for (
            number,
            received_at,
            sender,
            recipient,
            subject,
            message_id,
            client,
            organization,
            connector,
            octets,
            state,
            last_reply,
        ) in connection.execute(HISTORY[query], asked)
    ]


def _refusal(row: tuple[Any, ...]) -> Refusal:
    return Refusal(
        id=written(row[0]),
        at=row[1],
        client=row[2],
        hello=row[3],
        sender=row[4],
        recipient=row[5],
        reply=row[6],
        organization=row[7],
        connector=row[8],
        tls=row[9],
        story=read_document(row[10]),
    )


def _queue_row(row: tuple[Any, ...]) -> QueueRow:
    number, sender, recipient, destination, state, attempts, due, received_at, octets, subject = row[:10]
    cursor = orjson.dumps([state, destination, due or 0.0, number]).decode()
    return QueueRow(
        id=written(number - number % PLACES),
        sender=sender,
        recipient=recipient,
        destination=destination,
        state=State(state),
        attempts=attempts,
        due=due,
        received_at=received_at,
        octets=octets,
        subject=subject,
        organization=row[10],
        connector=row[11],
        last_reply=row[12],
        cursor=cursor,
    )


def _read_cursor(after: str | None) -> tuple[str, str, float, int]:
    """Where to go on; a cursor that is none begins at the beginning."""
    start = ("sending", "", -1.0, -1)
    if after is None:
        return start
    try:
        part, lane, due, number = orjson.loads(after)
        found = (str(part), str(lane), float(due), int(number))
    except (ValueError, TypeError):
        return start
    return found if part in ("sending", "held", "waiting") else start


def _message(row: tuple[Any, ...], recipients: list[tuple[Any, ...]]) -> QueueMessage:
    return QueueMessage(
        id=written(row[0]),
        received_at=row[1],
        sender=row[2],
        octets=row[3],
        client=row[4],
        organization=row[5],
        connector=row[6],
        subject=row[7],
        message_id=row[8],
        extras=read_document(row[9]) if row[9] else {},
        finished_at=row[11],
        recipients=tuple(
            QueuedRecipient(
                address=address,
                destination=destination,
                state=State(state),
                attempts=attempts,
                due=due,
                warned=bool(warned),
                crashes=crashes,
                last_reply=last_reply,
            )
            for address, destination, state, attempts, due, warned, crashes, last_reply in recipients
        ),
    )
