"""Random lives of a queue, with restarts and crashes: the disk and the simple model must always agree."""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spool_scenes import ACCEPTED, ELSEWHERE, LATER, NEVER, THERE, Clock, arrival, settlement

from gatepost.spool import Choice, Claim, MemorySpool, Settled, Spool, State

LANES = st.sampled_from([THERE, ELSEWHERE])
WHOSE = st.sampled_from([None, "contoso", "fabrikam"])
STEPS = st.one_of(
    st.tuples(st.just("accept"), st.lists(LANES, min_size=1, max_size=3)),
    st.tuples(st.just("accept"), st.lists(LANES, min_size=1, max_size=3)),
    st.tuples(st.just("claim"), st.tuples(LANES, st.integers(1, 4))),
    st.tuples(st.just("settle"), st.lists(st.integers(0, 3), min_size=3, max_size=3)),
    st.tuples(st.just("give back"), st.none()),
    st.tuples(st.just("restart"), st.booleans()),
    st.tuples(st.sampled_from(["hold", "retry", "drop"]), st.tuples(LANES, WHOSE)),
    st.tuples(st.just("release"), WHOSE),
    st.tuples(st.just("wait"), st.integers(1, 100)),
)


@dataclass
class Life:
    folder: Path
    clock: Clock
    disk: Spool
    model: MemorySpool
    claims: list[Claim] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


async def step(life: Life, what: str, how: object) -> None:
    disk, model, now = life.disk, life.model, life.clock.now
    match what, how:
        case "accept", [*lanes]:
            names = [f"r{n}@x.example" for n in range(len(lanes))]
            whose = ("contoso", "fabrikam", None)[len(life.ids) % 3]
            came = arrival(disk, *names, destinations=tuple(map(str, lanes)), at=now, organization=whose)
            life.ids.append(came.id)
            await disk.accept(came)
            await model.accept(came)
        case "claim", (str(lane), int(room)):
            claims = await disk.due(lane, now=now, room=room)
            assert claims == await model.due(lane, now=now, room=room)
            life.claims += claims
        case "settle", [*fates]:
            if not life.claims:
                return
            claim = life.claims.pop(0)
            choices = [
                {"outcome": ACCEPTED},
                {"outcome": NEVER},
                {"outcome": LATER, "due": now + 50, "warned": True},
                {"outcome": LATER, "due": now + 10, "destination": ELSEWHERE},
            ]
            results = [
                Settled(row=one.row, **choices[int(str(fates[n % 3]))])  # type: ignore[arg-type]
                for n, one in enumerate(claim.waiting)
            ]
            await disk.settle(settlement(claim, *results, at=now))
            await model.settle(settlement(claim, *results, at=now))
        case "give back", None:
            if life.claims:
                claim = life.claims.pop()
                await disk.release_claim(claim, now + 5)
                await model.release_claim(claim, now + 5)
        case "release", str() | None as whose:
            held = Choice(held=True)
            assert await disk.release(held, by="x", organization=whose) == await model.release(
                held, by="x", organization=whose
            )
        case ("hold" | "retry" | "drop") as order, (str(lane), whose):
            asked = {"by": "x", "organization": whose}
            moved = await getattr(disk, order)(Choice(destination=lane), **asked)
            assert moved == await getattr(model, order)(Choice(destination=lane), **asked)
        case "wait", int(seconds):
            life.clock.now += seconds


async def compare(life: Life) -> None:
    assert await life.disk.counts() == await life.model.counts()
    for whose in ("contoso", "fabrikam"):
        assert await life.disk.counts(organization=whose) == await life.model.counts(organization=whose)
        listed = [(row.id, row.recipient) for row in await life.disk.queue(organization=whose)]
        assert listed == [(row.id, row.recipient) for row in await life.model.queue(organization=whose)]
    now = life.clock.now
    assert await life.disk.destinations(now) == await life.model.destinations(now)
    for id_ in life.ids:
        there, expected = await life.disk.story(id_), await life.model.story(id_)
        assert there is not None and expected is not None
        kinds = [event.kind for event in there.events if event.kind not in ("restarted", "quarantine")]
        assert kinds == [event.kind for event in expected.events]
        for ours, theirs in zip(there.message.recipients, expected.message.recipients, strict=True):
            assert (ours.state, ours.destination, ours.attempts, ours.due, ours.warned, ours.crashes) == (
                theirs.state,
                theirs.destination,
                theirs.attempts,
                theirs.due,
                theirs.warned,
                theirs.crashes,
            )
        live = any(one.state in (State.WAITING, State.SENDING, State.HELD) for one in there.message.recipients)
        assert (await life.disk.content(id_) is not None) == live


async def live_through(steps: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory(prefix="gatepost-model-") as place:
        clock = Clock()
        async with MemorySpool.open(clock=clock) as model:
            number = 0
            folder = Path(place) / "0"
            stack = AsyncExitStack()
            disk = await stack.enter_async_context(Spool.open(folder, clock=clock))
            life = Life(folder, clock, disk, model)
            for what, how in steps:
                if what != "restart":
                    await step(life, what, how)
                    continue
                number += 1
                life.folder = Path(place) / str(number)
                if how:  # a crash: the files as they are, while the process still runs
                    shutil.copytree(folder, life.folder)
                await stack.aclose()
                if not how:
                    life.folder = folder
                folder = life.folder
                life.claims.clear()
                model.restart(crashed=bool(how))
                stack = AsyncExitStack()
                life.disk = await stack.enter_async_context(Spool.open(folder, clock=clock))
            await compare(life)
            await stack.aclose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=25))
def test_the_disk_agrees_with_the_model_through_any_life(steps: list[tuple[str, object]]) -> None:
    asyncio.run(live_through(steps))
