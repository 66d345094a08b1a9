"""A spool in memory: the same promises but the one about power cuts. For tests and for trying things out.

It passes the contract tests of the real one (tests/unit/spool/test_spool_contract.py); simple loops over dicts, no
tables.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Delivered, Reply
from gatepost.mail import reply as say

from .bodies import Draft, with_lines
from .census import Census
from .claims import MOST_CRASHES
from .ids import Ids, number_of, written
from .memory_oversight import MemoryOversight
from .memory_trace import Kept, Place
from .message import Arrival, Claim, Content, Refusal, Settlement, Waiting
from .refusals import Pad
from .rows import Done, narrowed, read_document, said
from .rows import Settling as _Settling
from .states import MOVES, On, State, move
from .store import PLACES
from .views import (
    DestinationState,
    Event,
    Swept,
)
from .works import Courier


class MemorySpool(MemoryOversight):
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
        self._kept: dict[int, Kept] = {}
        self._refused: dict[int, Refusal] = {}
        self._pad = Pad()
        self._census = Census()
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

    def free_octets(self) -> int | None:
        """Memory does not say."""
        return None

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

    async def with_lines(self, content: Content, lines: bytes, *, at: int) -> Content:
        """A finished body with lines put in at an offset; the old one is gone. Raises SpoolUnavailable."""
        return await with_lines(content, lines, at=at, draft=self.draft())

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
        holds = arrival.holds or (None,) * len(recipients)
        free = [lane for lane, hold in zip(arrival.destinations, holds, strict=True) if hold is None]
        taken = {lane: self.courier is not None and self.courier.takes(lane) for lane in dict.fromkeys(free)}
        rows = zip(recipients, arrival.destinations, holds, strict=True)
        kept = Kept(
            arrival=arrival,
            body=arrival.content.inline or b"",
            events=[Event(at=arrival.received_at, kind="accepted", detail=dict(arrival.story))],
            places=[
                Place(
                    row=row,
                    recipient=recipient,
                    destination=lane,
                    state=State.HELD if hold else State.SENDING if taken[lane] else State.WAITING,
                    attempts=1 if not hold and taken[lane] else 0,
                    due=None if hold else arrival.received_at,
                    last_reply=hold.words if hold else None,
                    rule=hold.rule if hold else None,
                    sandbox=hold is not None and hold.sandbox,
                )
                for row, (recipient, lane, hold) in enumerate(rows, number)
            ],
        )
        self._kept[number] = kept
        if not all(taken.values()):
            self.changed.set()
        return [
            self._claim(kept, lane, [it for it in kept.places if it.destination == lane and it.state is State.SENDING])
            for lane, yes in taken.items()
            if yes
        ]

    # --- mail out

    def _claim(self, kept: Kept, destination: str, places: list[Place]) -> Claim:
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
                Waiting(row=place.row, recipient=place.recipient, attempts=place.attempts, warned=place.warned)
                for place in places
            ),
            client=arrival.client,
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
        groups: dict[str, tuple[Kept, list[Place]]] = {}
        suspect = next(iter(self._suspects(destination)), None)
        for _, _, kept, place in ready[: max(room, 0)]:
            if place.crashes >= MOST_CRASHES - 1:
                if suspect not in (None, kept):
                    continue
                suspect = kept
            place.state = move(place.state, On.CLAIM)
            place.attempts += 1
            groups.setdefault(kept.arrival.id, (kept, []))[1].append(place)
        await asyncio.sleep(0)
        return [self._claim(kept, destination, sorted(places, key=lambda p: p.row)) for kept, places in groups.values()]

    def _suspects(self, destination: str) -> list[object]:
        """What is being sent to a destination and was so at two crashes: nothing else of that kind goes beside it."""
        return [
            place
            for kept in self._kept.values()
            for place in kept.places
            if place.state is State.SENDING and place.destination == destination and place.crashes >= MOST_CRASHES - 1
        ]

    async def destinations(self, now: float) -> list[DestinationState]:
        lanes: dict[str, list[float]] = {}
        for kept in self._kept.values():
            for place in kept.places:
                if place.state is State.WAITING and place.due is not None:
                    lanes.setdefault(place.destination, []).append(place.due)
        states = [
            DestinationState(destination=lane, waiting=len(dues), earliest=min(dues)) for lane, dues in lanes.items()
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
        self._census.settled(settlement)
        places = {place.row: place for place in kept.places}
        for settled in settlement.results:
            place, outcome = places[settled.row], settled.outcome
            if place.state is not State.SENDING:
                continue
            if isinstance(outcome, Delivered):
                place.state, place.due, place.last_reply = move(place.state, On.ACCEPTED), None, None
                continue
            place.warned |= settled.warned
            place.last_reply = said(outcome)
            place.destination = settled.destination or place.destination
            rows = _Settling(settlement, number, reports=[], done=lambda _: None)
            (result,) = [row for row in rows.results if row[0] == settled.row]
            place.state, place.due, place.crashes, place.cause = State(result[1]), result[2], 0, result[6]
        event = _Settling(settlement, number, reports=[], done=lambda _: None).event
        kept.events.append(Event(at=settlement.at, kind=event[2], detail=read_document(event[3])))
        self._finish(kept, settlement.at)
        self.changed.set()
        return [claim for report in settlement.reports for claim in self._keep(report)]

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
