"""What was being sent when the process died again and again: the cause is found without holding the bystanders."""

import asyncio
import shutil
from pathlib import Path

import pytest
from spool_child import LANE, SMALL, arrival, body_of

from gatepost.mail import Delivered, Reply
from gatepost.spool import Claim, Settled, Settlement, Spool

pytestmark = pytest.mark.crash

MANY = 30
FATE = Delivered("relay.example", Reply(250, "0.0", "Queued"))


def as_a_crash_leaves_it(folder: Path, to: Path) -> Path:
    """The files while the process still runs: what it would find if it died now."""
    shutil.copytree(folder, to)
    return to


async def take_in(spool: Spool) -> None:
    for _ in range(MANY):
        id_ = spool.new_id()
        draft = spool.draft()
        draft.write(body_of(id_, SMALL))
        await spool.accept(arrival(id_, await draft.finish()))


async def settle(spool: Spool, claim: Claim) -> None:
    results = tuple(Settled(row=one.row, outcome=FATE) for one in claim.waiting)
    await spool.settle(Settlement(claim=claim, at=1_790_000_001.0, results=results))


def test_a_third_crash_holds_the_one_message_that_was_alone_and_the_others_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with Spool.open(tmp_path / "0") as spool:
            await take_in(spool)
            assert len(await spool.due(LANE, now=2e9, room=99)) == MANY
            as_a_crash_leaves_it(tmp_path / "0", tmp_path / "1")
        async with Spool.open(tmp_path / "1") as spool:
            assert len(await spool.due(LANE, now=2e9, room=99)) == MANY, "one crash suspects nobody"
            as_a_crash_leaves_it(tmp_path / "1", tmp_path / "2")
        async with Spool.open(tmp_path / "2") as spool:
            (alone,) = await spool.due(LANE, now=2e9, room=99)
            assert await spool.due(LANE, now=2e9, room=99) == [], "the next one waits for it"
            fresh = spool.new_id()
            draft = spool.draft()
            draft.write(body_of(fresh, SMALL))
            await spool.accept(arrival(fresh, await draft.finish()))
            assert [claim.id for claim in await spool.due(LANE, now=2e9, room=199)] == [fresh], "new mail does not"
            as_a_crash_leaves_it(tmp_path / "2", tmp_path / "3")
        async with Spool.open(tmp_path / "3") as spool:
            assert spool.swept.quarantined == 1
            counts = await spool.counts()
            assert (counts.waiting, counts.held) == (2 * MANY, 2)
            left: list[str] = []
            while claims := await spool.due(LANE, now=2e9, room=99):
                for claim in claims:
                    left.append(claim.id)
                    await settle(spool, claim)
            assert len(left) == MANY
            assert alone.id not in left
            assert fresh in left

    asyncio.run(story())
