"""A spool in memory: the same promises but the one about power cuts. For tests and for trying things out.

It passes the contract tests of the real one (tests/unit/spool/contract.py); simple loops over dicts, no
tables.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Delivered, Recipient, Reply
from gatepost.mail import reply as say

from .bodies import Draft
from .ids import Ids, number_of, written
from .message import Arrival, Claim, Settlement, Waiting
from .recovery import MOST_CRASHES
from .rows import Done, narrowed, read_document, said, text
from .rows import Settling as _Settling
from .spool import Courier
from .states import LIVE, MOVES, On, State, move
from .store import PLACES
from .views import (
    Choice,
    Counts,
    DestinationState,
    Event,
    QueuedRecipient,
    QueueMessage,
    QueueRow,
    Story,
    Swept,
    TraceRow,
)


@dataclass(slots=True, kw_only=True)
class _Place:
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


@dataclass(slots=True, kw_only=True)
class _Kept:
    """One message, its recipients and its events."""

    arrival: Arrival
    places: list[_Place]
    events: list[Event]
    finished_at: float | None = None
    body: bytes = field(default=b"", repr=False)


class MemorySpool:
    """A stand-in for `Spool` that forgets everything when it is closed."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.courier: Courier | None = None
        self.changed = asyncio.Event()
        self.swept = Swept()
        self.max_waiting: int | None = None
        self.trouble: str | None = None  # set it to play a broken disk
        self._folder = folder
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._ids = Ids()
        self._kept: dict[int, _Kept] = {}
        self._closed = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
        hostname: str = "localhost",
    ) -> AsyncIterator[Self]:
        """An empty spool; large drafts go to the folder, or to a temporary one."""
        with TemporaryDirectory(prefix="gatepost-spool-") as temporary:
            spool = cls(folder or Path(temporary), clock)
            try:
                yield spool
            finally:
                spool._closed = True

    # --- how it stands

    @property
    def healthy(self) -> bool:
        return self.trouble is None

    def has_room(self) -> Reply | None:
        counts = self._count()
        if self.trouble is not None:
            return say.NO_SPACE
        if self.max_waiting is not None and counts.waiting + counts.sending >= self.max_waiting:
            return say.NO_SPACE
        return None

    # --- mail in

    def new_id(self) -> str:
        return written(self._ids.next(self._clock()))

    def draft(self) -> Draft:
        return Draft(self._folder, self.new_id)

    def accept_soon(self, arrival: Arrival, done: Done) -> None:
        try:
            offers = self._keep(arrival)
        except SpoolUnavailable as error:
            self._loop.call_soon(done, error)
            return
        self._loop.call_soon(self._answer, done, offers)

    async def accept(self, arrival: Arrival) -> None:
        offers = self._keep(arrival)
        await asyncio.sleep(0)
        self._offer(offers)

    def _answer(self, done: Done, offers: list[Claim]) -> None:
        done(None)
        self._offer(offers)

    def _offer(self, offers: list[Claim]) -> None:
        for claim in offers:
            assert self.courier is not None
            self.courier.take(claim)

    def _keep(self, arrival: Arrival) -> list[Claim]:
        if self._closed or self.trouble is not None:
            raise SpoolUnavailable(self.trouble or "It is closing.")
        number, recipients = number_of(arrival.id), arrival.envelope.recipients
        if number is None or number in self._kept:
            raise SpoolUnavailable(f"{arrival.id!r} is no fresh queue id.")
        if not 0 < len(recipients) < PLACES or len(recipients) != len(arrival.destinations):
            raise SpoolUnavailable(f"A message has 1 to {PLACES - 1} recipients, each with a destination.")
        if arrival.content.inline is None and arrival.content.file is None:
            raise SpoolUnavailable("The content has neither octets nor a file.")
        taken = {
            lane: self.courier is not None and self.courier.takes(lane)
            for lane in dict.fromkeys(arrival.destinations)
        }
        pairs = zip(recipients, arrival.destinations, strict=True)
        kept = _Kept(
            arrival=arrival,
            body=arrival.content.inline or b"",
            events=[Event(at=arrival.received_at, kind="accepted", detail=dict(arrival.story))],
            places=[
                _Place(
                    row=row,
                    recipient=recipient,
                    destination=lane,
                    state=State.SENDING if taken[lane] else State.WAITING,
                    attempts=1 if taken[lane] else 0,
                    due=arrival.received_at,
                )
                for row, (recipient, lane) in enumerate(pairs, number)
            ],
        )
        self._kept[number] = kept
        if not all(taken.values()):
            self.changed.set()
        return [
            self._claim(kept, lane, [place for place in kept.places if place.destination == lane])
            for lane, yes in taken.items()
            if yes
        ]

    # --- mail out

    def _claim(self, kept: _Kept, destination: str, places: list[_Place]) -> Claim:
        arrival = kept.arrival
        return Claim(
            id=arrival.id,
            envelope=narrowed(arrival.envelope, [place.recipient for place in places]),
            content=arrival.content,
            destination=destination,
            received_at=arrival.received_at,
            organization=arrival.organization,
            connector=arrival.connector,
            waiting=tuple(
                Waiting(
                    row=place.row, recipient=place.recipient, attempts=place.attempts, warned=place.warned
                )
                for place in places
            ),
        )

    async def due(self, destination: str, *, now: float, room: int) -> list[Claim]:
        ready = [
            (place.due, place.row, kept, place)
            for kept in self._kept.values()
            for place in kept.places
            if place.state is State.WAITING
            and place.destination == destination
            and place.due is not None
            and place.due <= now
        ]
        ready.sort(key=lambda one: one[:2])
        groups: dict[str, tuple[_Kept, list[_Place]]] = {}
        for _, _, kept, place in ready[: max(room, 0)]:
            place.state = move(place.state, On.CLAIM)
            place.attempts += 1
            groups.setdefault(kept.arrival.id, (kept, []))[1].append(place)
        await asyncio.sleep(0)
        return [
            self._claim(kept, destination, sorted(places, key=lambda p: p.row))
            for kept, places in groups.values()
        ]

    async def destinations(self, now: float) -> list[DestinationState]:
        lanes: dict[str, list[float]] = {}
        for kept in self._kept.values():
            for place in kept.places:
                if place.state is State.WAITING and place.due is not None:
                    lanes.setdefault(place.destination, []).append(place.due)
        states = [
            DestinationState(destination=lane, waiting=len(dues), earliest=min(dues))
            for lane, dues in lanes.items()
        ]
        return sorted(states, key=lambda state: (max(state.earliest, now), state.earliest, state.destination))

    async def settle(self, settlement: Settlement) -> None:
        offers = self._settle(settlement)
        await asyncio.sleep(0)
        self._offer(offers)

    def settle_soon(self, settlement: Settlement, done: Done) -> None:
        self._loop.call_soon(self._answer, done, self._settle(settlement))

    def _settle(self, settlement: Settlement) -> list[Claim]:
        number = number_of(settlement.claim.id)
        assert number is not None
        kept = self._kept[number]
        places = {place.row: place for place in kept.places}
        for settled in settlement.results:
            place, outcome = places[settled.row], settled.outcome
            if place.state is not State.SENDING:
                continue
            if isinstance(outcome, Delivered):
                place.state, place.due = move(place.state, On.ACCEPTED), None
                continue
            place.warned |= settled.warned
            place.last_reply = said(outcome)
            place.destination = settled.destination or place.destination
            rows = _Settling(settlement, number, reports=[], done=lambda _: None)
            (result,) = [row for row in rows.results if row[0] == settled.row]
            place.state, place.due, place.crashes = State(result[1]), result[2], 0
        event = _Settling(settlement, number, reports=[], done=lambda _: None).event
        kept.events.append(Event(at=settlement.at, kind=event[2], detail=read_document(event[3])))
        self._finish(kept, settlement.at)
        self.changed.set()
        return [claim for report in settlement.reports for claim in self._keep(report)]

    def _finish(self, kept: _Kept, at: float) -> None:
        if kept.finished_at is None and not any(place.state in LIVE for place in kept.places):
            kept.finished_at = at
            kept.body = b""
            if kept.arrival.content.file is not None:
                kept.arrival.content.file.unlink(missing_ok=True)

    async def release_claim(self, claim: Claim, due: float) -> None:
        rows = {one.row for one in claim.waiting}
        for kept in self._kept.values():
            for place in kept.places:
                if place.row in rows and place.state is State.SENDING:
                    place.state, place.due = move(place.state, On.UNTRIED), due
                    place.attempts = max(place.attempts - 1, 0)
        self.changed.set()

    def restart(self, *, crashed: bool) -> None:
        """What a restart does to mail that was being sent, without restarting anything."""
        now = self._clock()
        for kept in self._kept.values():
            sending = [place for place in kept.places if place.state is State.SENDING]
            if crashed and any(place.crashes >= MOST_CRASHES - 1 for place in sending):
                for place in kept.places:
                    if On.QUARANTINE in MOVES[place.state]:
                        place.state, place.due = move(place.state, On.QUARANTINE), None
            for place in sending:
                if place.state is State.SENDING:
                    place.state, place.due = move(place.state, On.RESTART), now
                    place.crashes += crashed
        self.changed.set()

    # --- operators

    async def retry(self, which: Sequence[str] | Choice, *, by: str) -> int:
        return self._operate(On.RETRY, which, by)

    async def hold(self, which: Sequence[str] | Choice, *, by: str) -> int:
        return self._operate(On.HOLD, which, by)

    async def release(self, which: Sequence[str] | Choice, *, by: str) -> int:
        return self._operate(On.RELEASE, which, by)

    async def drop(self, which: Sequence[str] | Choice, *, by: str) -> int:
        return self._operate(On.DROP, which, by)

    def _operate(self, on: On, which: Sequence[str] | Choice, by: str) -> int:
        now, total = self._clock(), 0
        for kept in self._kept.values():
            count = 0
            for place in kept.places:
                if on not in MOVES[place.state] or place.state is State.SENDING:
                    continue
                if not _means(which, kept.arrival.id, place):
                    continue
                if on is On.RETRY and isinstance(which, Choice) and (place.due or 0.0) <= now:
                    continue
                place.state = move(place.state, on)
                place.due = now if place.state is State.WAITING else None
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

    async def queue(
        self,
        *,
        destination: str | None = None,
        state: State | str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[QueueRow]:
        order = {State.SENDING: 0, State.HELD: 1, State.WAITING: 2}
        rows: list[tuple[tuple[Any, ...], QueueRow]] = []
        for kept in self._kept.values():
            arrival = kept.arrival
            for place in kept.places:
                if place.state not in LIVE or (state is not None and place.state != state):
                    continue
                if destination is not None and place.destination != destination:
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
                    cursor=str(place.row),
                )
                rows.append(((*key, place.row), row))
        rows.sort(key=lambda one: one[0])
        found = [row for _, row in rows]
        if after is not None:
            place_of = [row.cursor for row in found]
            found = found[place_of.index(after) + 1 :] if after in place_of else found
        return found[: max(limit, 0)]

    async def show(self, id: str) -> QueueMessage | None:  # noqa: A002
        story = await self.story(id)
        return None if story is None else story.message

    async def content(self, id: str) -> bytes | None:  # noqa: A002
        kept = self._find(id)
        if kept is None or kept.finished_at is not None:
            return None
        file = kept.arrival.content.file
        return kept.body if file is None else file.read_bytes()

    async def story(self, id: str) -> Story | None:  # noqa: A002
        kept = self._find(id)
        if kept is None:
            return None
        arrival = kept.arrival
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
        since: float | None = None,
        until: float | None = None,
        limit: int = 100,
    ) -> list[TraceRow]:
        found = []
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
                    )
                )
        return found[: max(limit, 0)]

    async def counts(self) -> Counts:
        return self._count()

    def _count(self) -> Counts:
        lanes: dict[str, int] = {}
        states = dict.fromkeys(State, 0)
        for kept in self._kept.values():
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
        old = [
            n for n, kept in self._kept.items() if kept.finished_at is not None and kept.finished_at < before
        ]
        for number in old:
            del self._kept[number]
        return Swept(messages=len(old))

    def _find(self, id: str) -> _Kept | None:  # noqa: A002
        number = number_of(id)
        return None if number is None else self._kept.get(number)


def _means(which: Sequence[str] | Choice, id: str, place: _Place) -> bool:  # noqa: A002
    if not isinstance(which, Choice):
        return any(number_of(one) == number_of(id) for one in which)
    if which.held:
        return place.state is State.HELD and which.destination in (None, place.destination)
    return (
        which.destination is not None
        and place.state is State.WAITING
        and place.destination == which.destination
    )


def _like(value: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    pattern = wanted.lower().replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(value.lower(), pattern)
