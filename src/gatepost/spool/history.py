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

from .devices import Device, read_device
from .encounters import Encounter, read_encounter
from .ids import LAST_ID, first_id_at, number_of, trace_place
from .readings import held_by, queue_row, read_cursor, read_message, read_refusal, trace_row
from .refusals import refused_row, refused_story
from .rows import read_document
from .search import Search
from .states import State
from .store import CENSUS, HISTORY, Connection, open_reader
from .traffic import DAY, HOUR, KEPT_DAYS, Hour, Use, read_hour, read_use
from .trouble import unavailable
from .views import Counts, Event, HeldBy, QueueMessage, QueueRow, Story, TraceRow

T = TypeVar("T")

READERS = 2
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

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """The answer to a question put to a read-only connection; raises SpoolUnavailable."""
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
        return await self.ask(lambda connection: connection.execute(HISTORY["earliest"], asked).fetchall())

    async def oldest(self, destinations: list[str], organization: str | None) -> dict[str, float]:
        """When the oldest message that waits for each destination came, of those that are due first."""
        asked = {"destinations": orjson.dumps(destinations).decode(), "organization": organization}
        return await self.ask(lambda connection: dict(connection.execute(HISTORY["oldest"], asked).fetchall()))

    async def queue(
        self,
        *,
        destination: str | None,
        state: State | str | None,
        limit: int,
        after: str | None,
        organization: str | None,
        rule: str | None,
        sandbox: bool | None,
    ) -> list[QueueRow]:
        wanted = None if state is None else State(state)
        limit = max(0, min(limit, MOST_ROWS))
        part, lane, due, number = read_cursor(after)
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
                    "organization": organization,
                    "rule": rule,
                    "sandbox": sandbox,
                }
                query = f"queue_{name}"
                if name == "waiting":  # soon the most: each way to ask has its index
                    query += ("" if destination is None else "_one") + ("" if organization is None else "_of")
                rows += map(queue_row, connection.execute(HISTORY[query], asked).fetchall())
                if len(rows) >= limit:
                    break
            return rows

        return await self.ask(question)

    async def held_by(self, organization: str | None) -> list[HeldBy]:
        asked = {"organization": organization}
        return await self.ask(lambda connection: list(map(held_by, connection.execute(HISTORY["held_by"], asked))))

    async def counts(self, organization: str) -> Counts:
        """The queue of one organization in numbers."""
        asked = {"organization": organization}

        def question(connection: Connection) -> Counts:
            waiting = dict(connection.execute(HISTORY["count_waiting_of"], asked).fetchall())
            (sending,) = connection.execute(HISTORY["count_sending_of"], asked).fetchone()
            (held,) = connection.execute(HISTORY["count_held_of"], asked).fetchone()
            return Counts(waiting=sum(waiting.values()), sending=sending, held=held, by_destination=waiting)

        return await self.ask(question)

    # --- the census -----------------------------------------------------------------------------------------

    async def devices(self, *, organization: str | None, strangers: bool) -> list[Device]:
        asked = {"organization": organization, "strangers": strangers}
        return await self.ask(lambda connection: list(map(read_device, connection.execute(CENSUS["devices"], asked))))

    async def traffic(self, *, since: float, organization: str | None) -> list[Hour]:
        asked = {"since": int(since // HOUR), "organization": organization}
        return await self.ask(lambda connection: list(map(read_hour, connection.execute(CENSUS["traffic"], asked))))

    async def usage(self, *, now: float, organization: str | None) -> list[Use]:
        today = int(now // DAY)
        asked = {"today": today, "since": today - KEPT_DAYS + 2, "organization": organization}
        return await self.ask(lambda connection: list(map(read_use, connection.execute(CENSUS["usage"], asked))))

    async def sent_by_way(self, *, since: float) -> list[tuple[str, int, int]]:
        def question(connection: Connection) -> list[tuple[str, int, int]]:
            asked = {"first": _first_event(connection, since), "since": since}
            return [(way, hour, count) for way, hour, count in connection.execute(CENSUS["sent_by_way"], asked)]

        return await self.ask(question)

    async def encounters(self, *, since: float, limit: int) -> list[Encounter]:
        asked = {"since": since, "limit": limit}
        return await self.ask(
            lambda connection: list(map(read_encounter, connection.execute(CENSUS["encounters"], asked)))
        )

    # --- messages and their stories -------------------------------------------------------------------------

    async def show(self, id: str, *, organization: str | None) -> QueueMessage | None:  # noqa: A002
        found = await self.story(id, organization=organization)
        return None if found is None else found.message

    async def story(self, id: str, *, organization: str | None) -> Story | None:  # noqa: A002
        number = number_of(id)
        if number is None:
            return None
        asked = {"id": number}

        def question(connection: Connection) -> Story | None:
            row = connection.execute(HISTORY["message"], asked).fetchone()
            if row is None:
                refused = connection.execute(HISTORY["refusal"], asked).fetchone()
                return None if refused is None else refused_story(read_refusal(refused))
            recipients = connection.execute(HISTORY["recipients"], asked).fetchall()
            message = read_message(row, recipients)
            events = [Event(at=message.received_at, kind="accepted", detail=read_document(row[12]))]
            for at, kind, detail in connection.execute(HISTORY["events"], asked):
                events.append(Event(at=at, kind=kind, detail=read_document(detail)))
            return Story(message=message, events=tuple(events))

        story = await self.ask(question)
        foreign = story is not None and organization not in (None, story.message.organization)
        return None if foreign else story

    async def content(self, id: str, bodies: Path, *, most: int) -> bytes | None:  # noqa: A002
        number = number_of(id)
        if number is None:
            return None
        asked = {"id": number}

        def question(connection: Connection) -> bytes | None:
            body = connection.execute(HISTORY["body"], asked).fetchone()
            if body is not None:
                return bytes(body[0])[:most] if most >= 0 else bytes(body[0])
            row = connection.execute(HISTORY["message"], asked).fetchone()
            if row is None or row[10] is None or row[11] is not None:
                return None
            try:
                with (bodies / row[10]).open("rb") as file:
                    octets: bytes = file.read(most)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise SpoolUnavailable(f"{row[10]}: {error.strerror}.") from error
            return octets

        return await self.ask(question)

    async def find(self, search: Search) -> list[TraceRow]:
        limit = max(0, min(search.limit, MOST_ROWS))
        low = 0 if search.since is None else first_id_at(search.since)
        page, place = trace_place(search.after)
        high = min(page, LAST_ID if search.until is None else first_id_at(search.until) + (1 << 20) - 1)
        status = None if search.status is None else State(search.status)
        asked: dict[str, Any] = {
            "sender": _pattern(search.reverse_path),
            "recipient": _pattern(search.recipient),
            "message_id": _pattern(search.message_id),
            "subject": search.subject,
            "connector": search.connector,
            "organization": search.organization,
            "status": None if status is None else status.value,
            "cause": search.cause,
            "limit": limit,
            "low": low,
            "high": high,
            "page": page,
            "after": place,
            "client": search.client,
            "host": search.host,
        }
        word = _word(search)

        def messages(connection: Connection) -> list[TraceRow]:
            if word is None:
                return [trace_row(row) for row in connection.execute(HISTORY["find"], asked)]
            (mark,) = connection.execute(HISTORY["trace_mark"]).fetchone()
            rows = [trace_row(row) for row in connection.execute(HISTORY["find"], asked | {"low": max(low, mark + 1)})]
            if len(rows) < limit:
                older = asked | {
                    "kind": word[0],
                    "value": word[1],
                    "high": min(high, mark),
                    "limit": limit - len(rows),
                }
                rows += [trace_row(row) for row in connection.execute(HISTORY["find_word"], older)]
            return rows

        def question(connection: Connection) -> list[TraceRow]:
            rows = messages(connection) if status is not State.REFUSED else []
            if search.finds_refusals:
                found = connection.execute(HISTORY["refusals"], asked).fetchall()
                rows += [refused_row(read_refusal(row)) for row in found]
                rows.sort(key=lambda row: row.id, reverse=True)  # stable: recipients stay in order
            return rows[:limit]

        return await self.ask(question)


def _word(search: Search) -> tuple[str, str] | None:
    """The most telling thing to look up exactly, if anything was given exactly."""
    for kind, value in (("m", search.message_id), ("r", search.recipient), ("s", search.reverse_path)):
        if value is not None and "*" not in value:
            return kind, value
    return None if search.organization is None else ("o", search.organization)


def _pattern(words: str | None) -> str | None:
    """`*` stays a wildcard; everything else that GLOB would read as one is meant literally."""
    return None if words is None else words.replace("[", "[[]").replace("?", "[?]")


def _first_event(connection: Connection, since: float) -> int:
    """Where the events of that moment begin: they are written in the order of time, so that halving finds it."""
    low, (high,) = 0, connection.execute(CENSUS["last_event"]).fetchone()
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(CENSUS["event_near"], {"id": middle}).fetchone()
        if found is None or found[1] >= since:
            high = middle
        else:
            low = found[0] + 1
    return low
