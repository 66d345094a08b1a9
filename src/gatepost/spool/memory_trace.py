"""The trace of the spool in memory: what became of messages, and what was refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from gatepost.mail import Recipient

from .ids import number_of, trace_place, written
from .memory_statistics import MemoryStatistics
from .message import Arrival, Refusal
from .refusals import MOST_KEPT, Pad, refused_row, refused_story, trimmed
from .rows import text
from .search import Search
from .states import State
from .views import Event, QueuedRecipient, QueueMessage, Story, Swept, TraceRow


@dataclass(slots=True, kw_only=True)
class Place:
    """One recipient, as it stands now."""

    row: int
    recipient: Recipient
    destination: str
    state: State
    attempts: int
    due: float | None
    warned: bool = False
    crashes: int = 0
    last_reply: str | None = None
    rule: str | None = None
    sandbox: bool = False
    cause: str | None = None


@dataclass(slots=True, kw_only=True)
class Kept:
    """One message, its recipients and its events."""

    arrival: Arrival
    places: list[Place]
    events: list[Event]
    finished_at: float | None = None
    body: bytes = field(default=b"", repr=False)


class MemoryTrace(MemoryStatistics):
    """Looking back, over dicts."""

    trouble: str | None
    _loop: asyncio.AbstractEventLoop
    _kept: dict[int, Kept]
    _refused: dict[int, Refusal]
    _pad: Pad
    _closed: bool

    async def story(self, id: str, *, organization: str | None = None) -> Story | None:  # noqa: A002
        kept = self._find(id)
        if kept is None:
            refusal = self._refused.get(number_of(id) or 0)
            foreign = refusal is None or organization not in (None, refusal.organization)
            return None if refusal is None or foreign else refused_story(refusal)
        arrival = kept.arrival
        if organization not in (None, arrival.organization):
            return None
        message = QueueMessage(
            id=arrival.id,
            sender=arrival.envelope.reverse_path,
            received_at=arrival.received_at,
            finished_at=kept.finished_at,
            octets=arrival.content.octets,
            client=arrival.client,
            organization=arrival.organization,
            connector=arrival.connector,
            subject=text(arrival.subject),
            message_id=text(arrival.message_id),
            recipients=tuple(
                QueuedRecipient(
                    address=str(place.recipient.address),
                    destination=place.destination,
                    state=place.state,
                    attempts=place.attempts,
                    due=place.due,
                    warned=place.warned,
                    crashes=place.crashes,
                    last_reply=place.last_reply,
                    rule=place.rule,
                    sandbox=place.sandbox,
                    cause=place.cause,
                )
                for place in kept.places
            ),
        )
        return Story(message=message, events=tuple(kept.events))

    async def find(self, search: Search) -> list[TraceRow]:
        found: list[TraceRow] = []
        page, last = trace_place(search.after)
        if search.finds_refusals:
            found += [
                refused_row(one)
                for one in self._refused.values()
                if _came_so(search, one.sender, one.connector, one.at) and _like(one.recipient, search.recipient)
            ]
        for number in sorted(self._kept, reverse=True):
            arrival = self._kept[number].arrival
            if not (
                _came_so(search, arrival.envelope.reverse_path, arrival.connector, arrival.received_at)
                and _like(arrival.message_id, search.message_id)
                and (search.subject is None or search.subject.lower() in arrival.subject.lower())
            ):
                continue
            for place in self._kept[number].places:
                address = str(place.recipient.address)
                if not _like(address, search.recipient) or search.status not in (None, place.state):
                    continue
                if search.cause not in (None, place.cause):
                    continue
                if search.host is not None and not _went_to(search.host, address, self._kept[number].events):
                    continue
                found.append(
                    TraceRow(
                        id=arrival.id,
                        received_at=arrival.received_at,
                        sender=arrival.envelope.reverse_path,
                        recipient=address,
                        subject=text(arrival.subject),
                        message_id=text(arrival.message_id),
                        client=arrival.client,
                        organization=arrival.organization,
                        connector=arrival.connector,
                        octets=arrival.content.octets,
                        status=place.state,
                        last_reply=place.last_reply,
                        cause=place.cause,
                        cursor=written(place.row),
                    )
                )
        found = [
            row
            for row in found
            if search.organization in (None, row.organization)
            and search.client in (None, row.client)
            and (int(row.id, 16) < page or (int(row.id, 16) == page and int(row.cursor, 16) > last))
        ]
        found.sort(key=lambda row: row.id, reverse=True)
        return found[: max(search.limit, 0)]

    @property
    def refusals_dropped(self) -> int:
        return self._pad.dropped

    def note(self, refusal: Refusal) -> None:
        number = number_of(refusal.id)
        if self._closed or self.trouble is not None or number is None:
            self._pad.dropped += 1
        elif self._pad.admits(refusal, self._loop.time()):
            kept = trimmed(replace(refusal, id=written(number)))
            self._refused.setdefault(number, kept)

    async def sweep(self, now: float, keep_days: float) -> Swept:
        before = now - keep_days * 86400
        old = [n for n, kept in self._kept.items() if kept.finished_at is not None and kept.finished_at < before]
        for number in old:
            del self._kept[number]
        gone = [n for n, one in self._refused.items() if one.at < before]
        gone += sorted(self._refused.keys() - gone)[:-MOST_KEPT]
        for number in gone:
            del self._refused[number]
        return Swept(messages=len(old), refusals=len(gone))

    def _find(self, id: str) -> Kept | None:  # noqa: A002
        number = number_of(id)
        return None if number is None else self._kept.get(number)


def _came_so(search: Search, sender: str, connector: str | None, at: float) -> bool:
    """Whether a message, or what was refused, came from whom, through what and when it is looked for."""
    return (
        _like(sender, search.reverse_path)
        and search.connector in (None, connector)
        and (search.since is None or at >= search.since)
        and (search.until is None or at <= search.until)
    )


def _went_to(host: str, recipient: str, events: Sequence[Event]) -> bool:
    """Whether an attempt for the recipient was made at this address."""
    return any(
        event.kind == "attempt"
        and event.detail.get("address") == host
        and any(fate["recipient"] == recipient for fate in event.detail["results"])
        for event in events
    )


def _like(value: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    pattern = wanted.lower().replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(value.lower(), pattern)
