"""What only the real spool can show: restarts, crashes, damage, trouble with the disk, and threads."""

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from spool_scenes import ACCEPTED, ELSEWHERE, LATER, NOON, THERE, Clock, Porter, arrival, deferred, delivered

from gatepost.errors import SpoolInUse, SpoolUnavailable
from gatepost.mail import Address, Envelope, Recipient
from gatepost.spool import (
    INLINE_OCTETS,
    Arrival,
    Search,
    Settled,
    Settlement,
    Spool,
    SpoolFull,
    State,
    Swept,
    reply_to,
)
from gatepost.spool.store import HISTORY, QUEUE, run_rows


def as_after_a_crash(folder: Path, to: Path) -> Path:
    """The files as they are on disk at this moment, as a killed process would leave them."""
    shutil.copytree(folder, to)
    return to


async def large(spool: Spool, octets: int = INLINE_OCTETS + 4096) -> Arrival:
    draft = spool.draft()
    draft.write(b"y" * octets)
    content = await draft.finish()
    plain = arrival(spool)
    return Arrival(
        id=plain.id,
        envelope=plain.envelope,
        content=content,
        destinations=(THERE,),
        received_at=NOON,
        client="192.0.2.1",
    )


# --- starting again


def test_what_was_accepted_is_there_after_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        async with Spool.open(tmp_path, clock=clock) as spool:
            came = arrival(spool)
            await spool.accept(came)
        async with Spool.open(tmp_path, clock=clock) as spool:
            assert spool.changed.is_set()
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            assert (claim.id, claim.content) == (came.id, came.content)
            assert spool.new_id() > came.id

    asyncio.run(run())


def test_what_was_being_sent_at_a_crash_waits_again_with_its_attempt_counted(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path / "a", clock=Clock()) as spool:
            came = arrival(spool)
            await spool.accept(came)
            await spool.due(THERE, now=NOON, room=1)
            crashed = as_after_a_crash(tmp_path / "a", tmp_path / "b")
        async with Spool.open(crashed, clock=Clock(), hostname="relay.example") as spool:
            assert spool.swept == Swept(restarted=1)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            assert claim.waiting[0].attempts == 2
            story = await spool.story(came.id)
            assert story is not None
            assert [event.kind for event in story.events] == ["accepted", "restarted"]
            assert story.events[1].detail == {"host": "relay.example"}

    asyncio.run(run())


def test_an_orderly_end_is_no_crash(tmp_path: Path) -> None:
    async def run() -> None:
        for _ in range(4):
            async with Spool.open(tmp_path, clock=Clock()) as spool:
                if not (await spool.counts()).waiting:
                    await spool.accept(arrival(spool))
                await spool.due(THERE, now=NOON, room=1)
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            assert spool.swept == Swept()
            assert (await spool.counts()).waiting == 1

    asyncio.run(run())


def test_a_message_there_at_three_crashes_in_a_row_is_held(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / "0"
        for crash in range(1, 4):
            async with Spool.open(folder, clock=Clock()) as spool:
                if crash == 1:
                    came = arrival(spool)
                    await spool.accept(came)
                assert len(await spool.due(THERE, now=NOON, room=1)) == 1
                folder = as_after_a_crash(folder, tmp_path / str(crash))
        async with Spool.open(folder, clock=Clock()) as spool:
            assert spool.swept == Swept(quarantined=1)
            counts = await spool.counts()
            assert (counts.waiting, counts.held) == (0, 1)
            story = await spool.story(came.id)
            assert story is not None
            assert story.events[-1].kind == "quarantine"
            assert "3 crashes" in story.events[-1].detail["reason"]
            assert await spool.release([came.id], by="erika") == 1
            assert len(await spool.due(THERE, now=NOON, room=1)) == 1

    asyncio.run(run())


def test_a_settled_attempt_clears_the_count_of_crashes(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / "0"
        for crash in range(1, 6):
            async with Spool.open(folder, clock=Clock()) as spool:
                if crash == 1:
                    await spool.accept(arrival(spool))
                (claim,) = await spool.due(THERE, now=NOON, room=1)
                await spool.settle(deferred(claim, NOON))
                await spool.due(THERE, now=NOON, room=1)
                folder = as_after_a_crash(folder, tmp_path / str(crash))
        async with Spool.open(folder, clock=Clock()) as spool:
            assert (await spool.counts()).waiting == 1

    asyncio.run(run())


def test_leftovers_are_swept_and_live_files_are_kept(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path / "a", clock=Clock()) as spool:
            await spool.accept(await large(spool))
            orphan = await large(spool)
            open_draft = spool.draft()
            open_draft.write(b"z" * (INLINE_OCTETS + 1))
            assert orphan.content.file is not None
            crashed = as_after_a_crash(tmp_path / "a", tmp_path / "b")
            open_draft.discard()
        async with Spool.open(crashed, clock=Clock()) as spool:
            assert spool.swept == Swept(orphans=1, partials=1)
            assert len(list((crashed / "bodies").iterdir())) == 1
            assert len(await spool.due(THERE, now=NOON, room=1)) == 1

    asyncio.run(run())


@pytest.mark.parametrize("damage", ["missing", "torn", "a folder"])
def test_a_damaged_body_file_is_quarantined_and_the_others_go_on(tmp_path: Path, damage: str) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            bad, good = await large(spool), await large(spool)
            await spool.accept(bad)
            await spool.accept(good)
        assert bad.content.file is not None
        if damage == "torn":
            os.truncate(bad.content.file, 100)
        else:
            bad.content.file.unlink()
            if damage == "a folder":
                bad.content.file.mkdir()
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            assert spool.swept == Swept(quarantined=1)
            assert [claim.id for claim in await spool.due(THERE, now=NOON, room=9)] == [good.id]
            (row,) = await spool.queue(state="held")
            assert row.id == bad.id and row.last_reply is not None and "body file" in row.last_reply

    asyncio.run(run())


@pytest.mark.parametrize(
    "sql", ["DELETE FROM body WHERE message = ?", "UPDATE body SET octets = x'00' WHERE message = ?"]
)
def test_a_damaged_row_is_quarantined_when_it_would_be_sent(tmp_path: Path, sql: str) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            bad, good = arrival(spool), arrival(spool)
            await spool.accept(bad)
            await spool.accept(good)
        with sqlite3.connect(tmp_path / "queue.db") as connection:
            connection.execute(sql, (int(bad.id, 16),))
        connection.close()
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            assert [claim.id for claim in await spool.due(THERE, now=NOON, room=9)] == [good.id]
            counts = await spool.counts()
            assert (counts.waiting, counts.sending, counts.held) == (0, 1, 1)
            story = await spool.story(bad.id)
            assert story is not None and story.events[-1].kind == "quarantine"

    asyncio.run(run())


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path):
            pass
        with sqlite3.connect(tmp_path / "queue.db") as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        with pytest.raises(SpoolUnavailable, match="later Gatepost"):
            async with Spool.open(tmp_path):
                pass

    asyncio.run(run())


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "queue.db").write_bytes(b"not a database at all" * 500)
        with pytest.raises(SpoolUnavailable, match="not a database"):
            async with Spool.open(tmp_path):
                pass

    asyncio.run(run())


def test_a_second_process_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path):
            with pytest.raises(SpoolInUse, match=f"process {os.getpid()}"):
                async with Spool.open(tmp_path):
                    pass
        async with Spool.open(tmp_path):
            pass

    asyncio.run(run())


def test_nobody_else_may_read_the_mail(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / "data"
        async with Spool.open(folder) as spool:
            await spool.accept(arrival(spool))
            await spool.accept(await large(spool))
            for path in (folder, *folder.rglob("*")):
                assert path.stat().st_mode & 0o077 == 0, path

    asyncio.run(run())


# --- trouble


@asynccontextmanager
async def limited_files(octets: int) -> AsyncIterator[None]:
    """No file of this process may grow beyond `octets`: writes fail with EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)


async def settled_soon(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_full_database_refuses_with_452_and_heals_by_itself(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            kept = arrival(spool)
            await spool.accept(kept)
            pages = await spool._call(lambda c: int(c.execute("PRAGMA page_count").fetchone()[0]))
            await spool._call(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
            big = arrival(spool, body=b"x" * 100_000)
            with pytest.raises(SpoolFull) as refused:
                await spool.accept(big)
            assert reply_to(refused.value).code == 452
            assert not spool.healthy and spool.trouble is not None and "full" in spool.trouble
            refusal = spool.has_room()
            assert refusal is not None and refusal.code == 452
            await spool._call(lambda c: c.execute("PRAGMA max_page_count = 1000000").fetchone())
            await settled_soon(lambda: spool.healthy)
            await spool.accept(big)
            assert spool.has_room() is None
            assert len(await spool.due(THERE, now=NOON, room=9)) == 2

    asyncio.run(run())


def test_an_io_error_refuses_with_451_or_452_and_heals_by_itself(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            kept = arrival(spool)
            await spool.accept(kept)
            async with limited_files((tmp_path / "queue.db-wal").stat().st_size):
                with pytest.raises(SpoolUnavailable):
                    await spool.accept(arrival(spool, body=b"x" * 100_000))
                assert not spool.healthy
                refusal = spool.has_room()
                assert refusal is not None and refusal.code in (451, 452)
            await settled_soon(lambda: spool.healthy)
            await spool.accept(arrival(spool))
            assert len(await spool.due(THERE, now=NOON, room=9)) == 2

    asyncio.run(run())


def test_a_settlement_waits_for_the_disk_and_is_not_lost(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            came = arrival(spool)
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            async with limited_files((tmp_path / "queue.db-wal").stat().st_size):
                task = asyncio.create_task(spool.settle(delivered(claim)))
                await settled_soon(lambda: not spool.healthy)
                assert not task.done()
            await task
            assert spool.healthy
            message = await spool.show(came.id)
            assert message is not None and message.recipients[0].state is State.DELIVERED

    asyncio.run(run())


def test_a_large_body_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            async with limited_files(INLINE_OCTETS * 4):
                draft = spool.draft()
                with pytest.raises(SpoolFull):
                    for _ in range(20):
                        draft.write(b"x" * INLINE_OCTETS)
                draft.discard()
            assert list((tmp_path / "bodies").iterdir()) == []

    asyncio.run(run())


if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0:
    # Only who may mount a small file system can fill one; everybody else has the limits above.

    def test_a_full_file_system_keeps_results_going_and_heals_when_room_comes(tmp_path: Path) -> None:
        place = tmp_path / "small"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], check=True)
        try:
            asyncio.run(_fill_and_drain(place))
        finally:
            subprocess.run(["umount", str(place)], check=True)


async def _fill_and_drain(place: Path) -> None:
    async with Spool.open(place / "data", clock=Clock(), retry_seconds=0.02) as spool:
        spool.min_free_octets = 0
        accepted = []
        with pytest.raises(SpoolFull):
            for _ in range(1000):
                came = arrival(spool, body=b"x" * 60_000)
                await spool.accept(came)
                accepted.append(came)
        assert len(accepted) > 50
        claims = await spool.due(THERE, now=NOON, room=10)  # the reserve makes this and the settling possible
        for claim in claims:
            await spool.settle(delivered(claim))
        refusal = spool.has_room()
        assert refusal is not None and refusal.code == 452
        subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
        await settled_soon(lambda: spool.healthy)
        await spool.accept(arrival(spool))
        left = (await spool.counts()).waiting
        assert left == len(accepted) - len(claims) + 1
        seen = 0
        while claims := await spool.due(THERE, now=NOON, room=50):
            seen += len(claims)
            assert all(len(claim.content.inline or b"") == claim.content.octets for claim in claims)
        assert seen == left


def test_low_space_is_refused_before_the_message_comes(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path) as spool:
            spool.min_free_octets = 1 << 60
            refusal = spool.has_room()
            assert refusal is not None and refusal.code == 452

    asyncio.run(run())


def test_one_bad_record_does_not_harm_the_others_in_its_batch(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            first = arrival(spool)
            await spool.accept(first)
            others = [arrival(spool) for _ in range(3)]
            batch = (others[0], first, others[1], others[2])
            results = await asyncio.gather(*map(spool.accept, batch), return_exceptions=True)
            assert [result is None for result in results] == [True, False, True, True]
            assert isinstance(results[1], SpoolUnavailable)
            assert spool.healthy
            assert (await spool.counts()).waiting == 4

    asyncio.run(run())


def test_text_that_is_no_text_is_stored_in_a_readable_form(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            odd = arrival(spool, subject="a\udcffb\x00" + "c" * 5000, message_id="<\ud800>")
            odd.story["odd"] = {1: "\udc80", "obj": object(), "set": {3}}
            await spool.accept(odd)
            story = await spool.story(odd.id)
            assert story is not None
            assert story.message.subject.startswith("a?b\x00c") and len(story.message.subject) == 998
            orjson.dumps(story.events[0].detail)

    asyncio.run(run())


def test_an_address_that_cannot_be_written_down_is_refused_not_raised(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            plain = arrival(spool)
            bad = Arrival(
                id=plain.id,
                envelope=Envelope(sender=None, recipients=(Recipient(address=Address("b\udcff", "x.example")),)),
                content=plain.content,
                destinations=(THERE,),
                received_at=NOON,
                client="192.0.2.1",
            )
            with pytest.raises(SpoolUnavailable):
                await spool.accept(bad)
            await spool.accept(arrival(spool))
            assert spool.healthy

    asyncio.run(run())


# --- threads and bounds


def test_a_cancelled_claim_goes_back_to_the_queue(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            await spool.accept(arrival(spool))
            task = asyncio.create_task(spool.due(THERE, now=NOON, room=1))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with asyncio.timeout(20):
                while not (claims := await spool.due(THERE, now=NOON, room=1)):
                    await asyncio.sleep(0.005)
            assert claims[0].waiting[0].attempts == 1

    asyncio.run(run())


def test_many_at_once_share_commits_and_are_all_answered(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            spool.courier = porter = Porter(ELSEWHERE)
            many = [arrival(spool, destinations=((THERE, ELSEWHERE)[n % 2],)) for n in range(600)]
            await asyncio.gather(*(spool.accept(one) for one in many))
            assert {claim.id for claim in porter.claims} == {one.id for one in many[1::2]}
            await asyncio.gather(*(spool.settle(delivered(claim)) for claim in porter.claims))
            counts = await spool.counts()
            assert (counts.waiting, counts.sending) == (300, 0)
            claims = await spool.due(THERE, now=NOON, room=1000)
            assert [claim.id for claim in claims] == [one.id for one in many[::2]]

    asyncio.run(run())


def test_one_call_reads_only_so_many_octets_into_memory(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            for _ in range(90):
                await spool.accept(arrival(spool, body=b"x" * 100_000))
            claims = await spool.due(THERE, now=NOON, room=500)
            assert sum(claim.content.octets for claim in claims) <= 8 * 1024 * 1024
            assert len(claims) + len(await spool.due(THERE, now=NOON, room=500)) == 90

    asyncio.run(run())


def test_a_callback_that_raises_does_not_swallow_the_others(tmp_path: Path) -> None:
    async def run() -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        async with Spool.open(tmp_path, clock=Clock()) as spool:

            def clumsy(_: SpoolUnavailable | None) -> None:
                raise RuntimeError("clumsy")

            spool.accept_soon(arrival(spool), clumsy)
            await spool.accept(arrival(spool))
            assert [str(context["exception"]) for context in told] == ["clumsy"]
            assert (await spool.counts()).waiting == 2

    asyncio.run(run())


def test_after_closing_everything_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            await spool.accept(arrival(spool))
            (claim,) = await spool.due(THERE, now=NOON, room=1)
        with pytest.raises(SpoolUnavailable):
            await spool.accept(arrival(spool))
        with pytest.raises(SpoolUnavailable):
            await spool.settle(delivered(claim))

    asyncio.run(run())


def test_a_late_message_is_found_behind_the_mark(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        async with Spool.open(tmp_path, clock=clock) as spool:
            late = arrival(spool, "late@x.example")
            clock.now += 10
            await spool.accept(arrival(spool))
            assert (await spool.sweep(NOON + 5000, 30)).indexed == 1
            await spool.accept(late)
            assert [row.id for row in await spool.find(Search(recipient="late@x.example"))] == [late.id]

    asyncio.run(run())


_ASKED = {"organization": "contoso", "destination": THERE, "only": THERE, "due": NOON, "id": 9, "limit": 9, "room": 9}
_FOUND = {"kind": "o", "value": "contoso", "low": 0, "high": 9, "page": 9, "after": 9}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("queue_waiting_of", "recipient_waiting_of (organization=?"),
        ("queue_waiting_one_of", "recipient_waiting_of (organization=? AND destination=?"),
        ("count_waiting_of", "recipient_waiting_of (organization=?)"),
        ("count_sending_of", "recipient_sending"),
        ("count_held_of", "recipient_held"),
        ("pick_waiting_page_of", "recipient_waiting_of (organization=? AND destination=?"),
        ("find_word", "PRIMARY KEY (word=? AND message>? AND message<?)"),
    ],
)
def test_what_one_organization_asks_is_read_from_an_index_in_order(tmp_path: Path, query: str, index: str) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            nothing = dict.fromkeys(("sender", "recipient", "message_id", "subject", "connector", "status", "cause"))
            asked = nothing | {"client": None, "host": None} | _ASKED | _FOUND
            sql = f"EXPLAIN QUERY PLAN {(QUEUE | HISTORY)[query]}"
            plan = await spool._call(lambda c: [row[3] for row in c.execute(sql, asked)])
            assert index in plan[0]
            assert not any("TEMP B-TREE" in step for step in plan), plan

    asyncio.run(run())


def test_an_organizations_messages_are_found_on_either_side_of_the_mark(tmp_path: Path) -> None:
    async def run() -> None:
        clock = Clock()
        async with Spool.open(tmp_path, clock=clock) as spool:
            old, foreign = arrival(spool), arrival(spool, organization="fabrikam")
            for one in (old, foreign):
                await spool.accept(one)
            clock.now += 5000
            assert (await spool.sweep(clock.now, 30)).indexed == 2
            new = arrival(spool, at=clock.now)
            await spool.accept(new)
            assert [row.id for row in await spool.find(Search(organization="contoso"))] == [new.id, old.id]
            assert [row.id for row in await spool.find(Search(organization="fabrikam", sender="a@here.example"))] == [
                foreign.id
            ]

    asyncio.run(run())


@pytest.mark.parametrize("count", [1, 2, 11, 32, 33, 100])
def test_rows_are_written_in_few_statements_whatever_their_number(count: int) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE body (message INTEGER PRIMARY KEY, octets BLOB)")
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    values: list[object] = []
    for number in range(count):
        values += (number, b"x")
    run_rows(connection, "insert_bodies", width=2, values=values)
    assert len(statements) <= 2 + count // 32
    assert connection.execute("SELECT count(*), max(message) FROM body").fetchone() == (count, count - 1)
    connection.close()


def test_the_couriers_settlement_may_name_only_some_recipients(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            came = arrival(spool, "b@x.example", "c@x.example")
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=2)
            first, second = claim.waiting
            await spool.settle(Settlement(claim=claim, at=NOON, results=(Settled(row=first.row, outcome=ACCEPTED),)))
            assert (await spool.counts()).sending == 1
            await spool.settle(
                Settlement(claim=claim, at=NOON, results=(Settled(row=second.row, outcome=LATER, due=NOON),))
            )
            counts = await spool.counts()
            assert (counts.sending, counts.waiting) == (0, 1)

    asyncio.run(run())
