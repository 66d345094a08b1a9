"""Which thread writes what, and that never two of them use the connection at once."""

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from spool_scenes import ELSEWHERE, NOON, THERE, Clock, Porter, arrival, delivered, refusal

from gatepost.spool import Arrival, Spool
from gatepost.spool.batches import LOOP_JOBS, LOOP_OCTETS, MOST_JOBS, MOST_OCTETS, Batch, Calling, Job, next_batch
from gatepost.spool.rows import Arriving
from gatepost.spool.store import WritingConnection

LOOP, WRITER = "loop", "writer"


class Watched:
    """A connection that notes which thread ran what, and whether another was at it."""

    def __init__(self, real: WritingConnection) -> None:
        self._real = real
        self._within = 0
        self.crossed = False
        self.statements: list[tuple[str, str]] = []
        self.interrupt = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        thread = LOOP if threading.current_thread() is threading.main_thread() else WRITER
        self.statements.append((thread, " ".join(sql.split()[:3])))
        if self.interrupt and sql.startswith("INSERT INTO message"):
            self.interrupt = False
            raise KeyboardInterrupt
        self.crossed |= self._within > 0
        self._within += 1
        try:
            return self._real.execute(sql, *values)
        finally:
            self._within -= 1

    def commit(self) -> None:
        self.execute("COMMIT")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def who(self, words: str) -> set[str]:
        return {thread for thread, statement in self.statements if statement.startswith(words)}


async def watched(spool: Spool) -> Watched:
    await spool._call(lambda _: None)
    real = spool._writer._connection
    assert real is not None
    watch = Watched(real)
    spool._writer._connection = cast(WritingConnection, watch)
    return watch


def test_mail_that_passes_through_is_written_in_the_loop_and_committed_by_the_writer(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            spool.courier = porter = Porter(THERE)
            watch = await watched(spool)
            await spool.accept(arrival(spool))
            await spool.settle(delivered(porter.claims[0]))
            assert watch.who("INSERT INTO message") == watch.who("UPDATE recipient SET") == {LOOP}
            assert watch.who("BEGIN") == {LOOP}
            assert watch.who("COMMIT") == {WRITER}

    asyncio.run(run())


def test_claims_and_what_has_waited_long_are_written_by_the_writer_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            await spool.accept(arrival(spool, at=NOON - 3600))
            watch = await watched(spool)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            await spool.settle(delivered(claim))
            await spool.hold(["0"], by="erika")
            assert {thread for thread, _ in watch.statements} == {WRITER}

    asyncio.run(run())


def test_the_surplus_of_a_burst_is_written_by_the_writer_in_the_same_commit(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            watch = await watched(spool)
            await asyncio.gather(*(spool.accept(arrival(spool)) for _ in range(MOST_JOBS)))
            assert watch.who("INSERT INTO message") == {LOOP, WRITER}
            assert [statement for _, statement in watch.statements].count("COMMIT") == 1
            assert (await spool.counts()).waiting == MOST_JOBS

    asyncio.run(run())


def test_never_two_threads_at_the_connection_whatever_comes_together(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            spool.courier = porter = Porter(THERE)
            watch = await watched(spool)

            async def session(number: int) -> None:
                for turn in range(12):
                    lane = THERE if (number + turn) % 3 else ELSEWHERE
                    await spool.accept(arrival(spool, destinations=(lane,), body=b"x" * 4000 * (1 + turn % 3)))
                    spool.note(refusal(spool))
                    while porter.claims:
                        await spool.settle(delivered(porter.claims.pop()))
                    for claim in await spool.due(ELSEWHERE, now=NOON, room=3):
                        await spool.release_claim(claim, NOON)
                    if turn % 4 == 3:
                        await spool.sweep(NOON, 30)

            await asyncio.gather(*map(session, range(20)))
            assert not watch.crossed
            assert watch.who("COMMIT") == {WRITER}
            counts = await spool.counts()
            assert (counts.waiting, counts.sending) == (80, 0)

    asyncio.run(run())


def test_the_numbers_are_right_when_a_claim_took_what_came_in_the_same_commit(tmp_path: Path) -> None:
    """The claim is told of first, and takes off more than was counted until then."""

    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            await spool.accept(arrival(spool, destinations=(ELSEWHERE,)))
            more = [arrival(spool, destinations=(ELSEWHERE,)) for _ in range(2)]
            claiming = asyncio.create_task(spool.due(ELSEWHERE, now=NOON, room=9))
            await asyncio.gather(claiming, *map(spool.accept, more))
            counts = await spool.counts()
            assert (len(claiming.result()), counts.waiting, counts.sending) == (3, 0, 3)

    asyncio.run(run())


def test_another_program_that_has_the_file_does_not_stop_the_loop(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            await spool._call(lambda _: None)
            intruder = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
            intruder.execute("BEGIN IMMEDIATE")
            accepting = asyncio.create_task(spool.accept(arrival(spool)))
            begun = asyncio.get_running_loop().time()
            for _ in range(5):
                await asyncio.sleep(0.001)
            assert asyncio.get_running_loop().time() - begun < 2
            assert not accepting.done()
            intruder.execute("ROLLBACK")
            intruder.close()
            await accepting
            assert spool.healthy

    asyncio.run(run())


def test_a_batch_whose_writing_was_interrupted_is_written_again_whole(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            watch = await watched(spool)
            waiters: list[asyncio.Future[Any]] = [asyncio.get_running_loop().create_future() for _ in range(2)]
            jobs: list[Job] = [arriving(spool, done=waiter.set_result) for waiter in waiters]
            watch.interrupt = True
            batch = Batch(jobs)
            spool._turns._away = True
            with pytest.raises(KeyboardInterrupt):
                spool._writer.begin(batch)
            spool._writer.hand_over(batch)
            assert await asyncio.gather(*waiters) == [None, None]
            assert (await spool.counts()).waiting == 2

    asyncio.run(run())


def arriving(spool: Spool, *, body: bytes = b"x", done: Any = None) -> Arriving:
    came: Arrival = arrival(spool, body=body)
    return spool._arriving(came, done)


def test_a_batch_and_the_loops_part_of_it_are_bounded(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            waiting: list[Job] = [arriving(spool) for _ in range(MOST_JOBS + 5)]
            batch = next_batch(waiting)
            assert (len(batch), len(waiting)) == (MOST_JOBS, 5)
            assert len(batch.brief()) == LOOP_JOBS
            assert len(batch.left) == MOST_JOBS - LOOP_JOBS

            large: list[Job] = [arriving(spool, body=b"x" * (LOOP_OCTETS // 4)) for _ in range(70)]
            batch = next_batch(large)
            assert len(batch) == MOST_OCTETS // (LOOP_OCTETS // 4)
            assert len(batch.brief()) == 4

            late = arriving(spool)
            late.brief = False
            call = Calling(lambda _: None, lambda *_: None)
            batch = Batch([late, call])
            assert batch.brief() == []
            assert list(batch.left) == [late, call]

    asyncio.run(run())
