"""The operators' half of the spool in memory: the queue, and orders on it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from .ids import first_id_at, moment_of, number_of
from .memory_trace import Kept, MemoryTrace, Place
from .message import Claim
from .rows import text
from .states import LIVE, MOVES, On, State, move
from .views import (
    Choice,
    Counts,
    Event,
    HeldBy,
    QueueMessage,
    QueueRow,
)


class MemoryOversight(MemoryTrace):
    """What operators see and order, over dicts."""

    changed: asyncio.Event
    _clock: Callable[[], float]

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

    def _of(self, organization: str | None) -> list[Kept]:
        return [kept for kept in self._kept.values() if organization in (None, kept.arrival.organization)]

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
