"""The operators' half of the spool in memory: orders, the queue and the trace."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from gatepost.mail import Recipient

from .ids import first_id_at, moment_of, number_of, trace_place, written
from .memory_statistics import MemoryStatistics
from .message import Arrival, Claim, Refusal
from .refusals import MOST_KEPT, Pad, refused_row, refused_story, trimmed
from .rows import text
from .states import LIVE, MOVES, On, State, move
from .views import (
    Choice,
    Counts,
    Event,
    HeldBy,
    QueuedRecipient,
    QueueMessage,
    QueueRow,
    Story,
    Swept,
    TraceRow,
)


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


class MemoryOversight(MemoryStatistics):
    """What operators see and order, over dicts."""

    changed: asyncio.Event
    trouble: str | None
    _clock: Callable[[], float]
    _loop: asyncio.AbstractEventLoop
    _kept: dict[int, Kept]
    _refused: dict[int, Refusal]
    _pad: Pad
    _closed: bool

    # --- operators

    async def retry(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        return self._operate(On.RETRY, which, by, organization)

    async def hold(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        return self._operate(On.HOLD, which, by, organization)

    async def release(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        return self._operate(On.RELEASE, which, by, organization)

    async def drop(self, which: Sequence[str] | Choice, *, by: str, organization: str | None = None) -> int:
        return self._operate(On.DROP, which, by, organization)

    def _operate(self, on: On, which: Sequence[str] | Choice, by: str, organization: str | None) -> int:
        now, total = self._clock(), 0
        for kept in self._of(organization):
            count = 0
            for place in kept.places:
                if on not in MOVES[place.state] or place.state is State.SENDING:
                    continue
                if not _means(which, kept.arrival.id, place):
                    continue
                place.state = move(place.state, on)
                place.due = min(now if place.due is None else place.due, now) if place.state is State.WAITING else None
                if place.state is State.WAITING:
                    place.rule, place.sandbox = None, False
                if on is On.DROP:
                    place.last_reply = f"Dropped by {by}."
                count += 1
            if count:
                kept.events.append(Event(at=now, kind=on.value, detail={"by": by, "recipients": count}))
                self._finish(kept, now)
                total += count
        if total:
            self.changed.set()
        return total

    async def recall(
        self, which: Sequence[str] | Choice, *, organization: str | None = None
    ) -> AsyncIterator[list[Claim]]:
        for kept in self._of(organization):
            lanes: dict[str, list[Place]] = {}
            for place in kept.places:
                if On.BOUNCE in MOVES[place.state] and not place.sandbox and _means(which, kept.arrival.id, place):
                    place.state, place.due = move(place.state, On.BOUNCE), None
                    lanes.setdefault(place.destination, []).append(place)
            yield [self._claim(kept, lane, places) for lane, places in lanes.items()]

    def _claim(self, kept: Kept, destination: str, places: list[Place]) -> Claim:
        raise NotImplementedError

    async def queue(
        self,
        *,
        destination: str | None = None,
        state: State | str | None = None,
        limit: int = 100,
        after: str | None = None,
        organization: str | None = None,
        rule: str | None = None,
        sandbox: bool | None = None,
    ) -> list[QueueRow]:
        order = {State.SENDING: 0, State.HELD: 1, State.WAITING: 2}
        rows: list[tuple[tuple[Any, ...], QueueRow]] = []
        for kept in self._of(organization):
            arrival = kept.arrival
            for place in kept.places:
                if place.state not in LIVE or (state is not None and place.state != state):
                    continue
                if destination is not None and place.destination != destination:
                    continue
                if place.state is State.HELD and (
                    rule not in (None, place.rule) or sandbox not in (None, place.sandbox)
                ):
                    continue
                waits = place.state is State.WAITING
                key = (order[place.state], place.destination if waits else "", place.due if waits else 0.0)
                row = QueueRow(
                    id=arrival.id,
                    sender=arrival.envelope.reverse_path,
                    recipient=str(place.recipient.address),
                    destination=place.destination,
                    state=place.state,
                    attempts=place.attempts,
                    due=place.due,
                    received_at=arrival.received_at,
                    octets=arrival.content.octets,
                    subject=text(arrival.subject),
                    organization=arrival.organization,
                    connector=arrival.connector,
                    last_reply=place.last_reply,
                    rule=place.rule,
                    sandbox=place.sandbox,
                    cursor=str(place.row),
                )
                rows.append(((*key, place.row), row))
        rows.sort(key=lambda one: one[0])
        found = [row for _, row in rows]
        if after is not None:
            place_of = [row.cursor for row in found]
            found = found[place_of.index(after) + 1 :] if after in place_of else found
        return found[: max(limit, 0)]

    async def show(self, id: str, *, organization: str | None = None) -> QueueMessage | None:  # noqa: A002
        story = await self.story(id, organization=organization)
        return None if story is None else story.message

    async def oldest(self, destinations: Sequence[str], *, organization: str | None = None) -> dict[str, float]:
        found: dict[str, float] = {}
        for kept in self._kept.values():
            at, own = kept.arrival.received_at, organization in (None, kept.arrival.organization)
            for place in kept.places:
                if own and place.state is State.WAITING and place.destination in destinations:
                    found[place.destination] = min(at, found.get(place.destination, at))
        return found

    async def content(self, id: str, *, most: int = -1) -> bytes | None:  # noqa: A002
        kept = self._find(id)
        if kept is None or kept.finished_at is not None:
            return None
        file = kept.arrival.content.file
        octets = kept.body if file is None else file.read_bytes()
        return octets[:most] if most >= 0 else octets

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

    async def find(
        self,
        *,
        sender: str | None = None,
        recipient: str | None = None,
        message_id: str | None = None,
        subject: str | None = None,
        connector: str | None = None,
        status: State | str | None = None,
        cause: str | None = None,
        since: float | None = None,
        until: float | None = None,
        client: str | None = None,
        host: str | None = None,
        limit: int = 100,
        after: str | None = None,
        organization: str | None = None,
    ) -> list[TraceRow]:
        found: list[TraceRow] = []
        page, last = trace_place(after)
        sought = (message_id, subject, host, cause)
        if all(it is None for it in sought) and status in (None, State.REFUSED):
            found += self._find_refused(
                sender=sender, recipient=recipient, connector=connector, since=since, until=until
            )
        for number in sorted(self._kept, reverse=True):
            arrival = self._kept[number].arrival
            if not (
                _like(arrival.envelope.reverse_path, "" if sender == "<>" else sender)
                and _like(arrival.message_id, message_id)
                and (subject is None or subject.lower() in arrival.subject.lower())
                and (connector is None or arrival.connector == connector)
                and (since is None or arrival.received_at >= since)
                and (until is None or arrival.received_at <= until)
            ):
                continue
            for place in self._kept[number].places:
                address = str(place.recipient.address)
                if not _like(address, recipient) or (status is not None and place.state != status):
                    continue
                if cause not in (None, place.cause):
                    continue
                if host is not None and not _went_to(host, address, self._kept[number].events):
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
            if organization in (None, row.organization)
            and client in (None, row.client)
            and (int(row.id, 16) < page or (int(row.id, 16) == page and int(row.cursor, 16) > last))
        ]
        found.sort(key=lambda row: row.id, reverse=True)
        return found[: max(limit, 0)]

    def _find_refused(
        self,
        *,
        sender: str | None,
        recipient: str | None,
        connector: str | None,
        since: float | None,
        until: float | None,
    ) -> list[TraceRow]:
        return [
            refused_row(one)
            for one in self._refused.values()
            if _like(one.sender, "" if sender == "<>" else sender)
            and _like(one.recipient, recipient)
            and (connector is None or one.connector == connector)
            and (since is None or one.at >= since)
            and (until is None or one.at <= until)
        ]

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

    async def held_by(self, *, organization: str | None = None) -> list[HeldBy]:
        found: dict[tuple[str | None, str | None, bool], list[float]] = {}
        for kept in self._of(organization):
            for place in kept.places:
                if place.state is State.HELD:
                    key = (kept.arrival.organization, place.rule, place.sandbox)
                    found.setdefault(key, []).append(moment_of(place.row))
        groups = [
            HeldBy(organization=whose, rule=rule, sandbox=sandbox, recipients=len(times), oldest=min(times))
            for (whose, rule, sandbox), times in found.items()
        ]
        return sorted(groups, key=lambda it: -it.recipients)

    async def counts(self, *, organization: str | None = None) -> Counts:
        return self._count(organization)

    def _count(self, organization: str | None = None) -> Counts:
        lanes: dict[str, int] = {}
        states = dict.fromkeys(State, 0)
        for kept in self._of(organization):
            for place in kept.places:
                states[place.state] += 1
                if place.state is State.WAITING:
                    lanes[place.destination] = lanes.get(place.destination, 0) + 1
        return Counts(
            waiting=states[State.WAITING],
            sending=states[State.SENDING],
            held=states[State.HELD],
            by_destination=lanes,
        )

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

    def _of(self, organization: str | None) -> list[Kept]:
        return [kept for kept in self._kept.values() if organization in (None, kept.arrival.organization)]

    def _find(self, id: str) -> Kept | None:  # noqa: A002
        number = number_of(id)
        return None if number is None else self._kept.get(number)

    def _finish(self, kept: Kept, at: float) -> None:
        if kept.finished_at is None and not any(place.state in LIVE for place in kept.places):
            kept.finished_at = at
            kept.body = b""
            if kept.arrival.content.file is not None:
                kept.arrival.content.file.unlink(missing_ok=True)


def _means(which: Sequence[str] | Choice, id: str, place: Place) -> bool:  # noqa: A002
    if not isinstance(which, Choice):
        return any(number_of(one) == number_of(id) for one in which)
    if which.held:
        return (
            place.state is State.HELD
            and which.destination in (None, place.destination)
            and which.rule in (None, place.rule)
            and which.sandbox == place.sandbox
            and (which.before is None or place.row < first_id_at(which.before))
        )
    return which.destination is not None and place.state is State.WAITING and place.destination == which.destination


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
