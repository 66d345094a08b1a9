"""What becomes of the spool when the file under it is damaged, or nobody knows whether a commit happened."""

import asyncio
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any, cast

import pytest
from spool_scenes import LATER, NOON, THERE, Clock, Porter, arrival, delivered, refusal, settlement

from gatepost.errors import SpoolUnavailable
from gatepost.spool import Search, Settled, Spool, State
from gatepost.spool.store import QUEUE, SCHEMAS, Connection, WritingConnection
from gatepost.spool.store import _text as text_of

PAGE = 4096


class Unsure:
    """A connection whose commits fail `times` times: after they have happened, or before."""

    def __init__(self, real: Connection, *, happened: bool) -> None:
        self._real = real
        self._happened = happened
        self.failed = 0

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._real.execute(sql, *values)

    def commit(self) -> None:
        self._real.execute("COMMIT" if self._happened else "ROLLBACK")
        self.failed += 1
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def close(self) -> None:
        self._real.close()


async def unsure(spool: Spool, *, happened: bool) -> Unsure:
    """From now on the next commit ends in an error; the connection that is opened after it is sound again."""
    await spool._call(lambda _: None)
    real = spool._writer._connection
    assert real is not None
    put = Unsure(real, happened=happened)
    spool._writer._connection = cast(WritingConnection, put)
    return put


async def healthy(spool: Spool) -> None:
    async with asyncio.timeout(20):
        while not spool.healthy:
            await asyncio.sleep(0.005)


async def agrees_with_its_tables(spool: Spool) -> None:
    """The numbers in memory are those a new start would count."""
    counts = await spool.counts()
    waiting = await spool._call(lambda c: dict(c.execute(QUEUE["count_waiting"]).fetchall()))
    sending = await spool._call(lambda c: int(c.execute(QUEUE["count_sending"]).fetchone()[0]))
    held = await spool._call(lambda c: int(c.execute(QUEUE["count_held"]).fetchone()[0]))
    assert (counts.by_destination, counts.sending, counts.held) == (waiting, sending, held)


# --- commits of which nobody knows


@pytest.mark.parametrize("happened", [True, False])
def test_an_arrival_that_was_answered_with_later_is_not_kept_as_well(tmp_path: Path, happened: bool) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            spool.courier = porter = Porter(THERE)
            await unsure(spool, happened=happened)
            refused = arrival(spool)
            with pytest.raises(SpoolUnavailable):
                await spool.accept(refused)
            await healthy(spool)
            assert await spool.show(refused.id) is None
            assert porter.claims == []
            await agrees_with_its_tables(spool)
            again = arrival(spool)
            await spool.accept(again)
            assert [claim.id for claim in porter.claims] == [again.id]

    asyncio.run(run())


@pytest.mark.parametrize("happened", [True, False])
def test_a_settlement_with_its_report_is_written_once_whatever_the_commit_did(tmp_path: Path, happened: bool) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            came = arrival(spool, "b@there.example", "c@there.example")
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=2)
            first, second = claim.waiting
            report = arrival(spool, "a@here.example", sender=None)
            fates = (Settled(row=first.row, outcome=LATER, due=NOON + 9), Settled(row=second.row, outcome=LATER))
            connection = await unsure(spool, happened=happened)
            await spool.settle(settlement(claim, *fates, reports=(report,)))
            assert connection.failed == 1
            await healthy(spool)
            story = await spool.story(came.id)
            assert story is not None
            assert [event.kind for event in story.events] == ["accepted", "attempt"]
            assert await spool.show(report.id) is not None
            await agrees_with_its_tables(spool)
            assert (await spool.counts()).waiting == 3

    asyncio.run(run())


@pytest.mark.parametrize("happened", [True, False])
def test_claims_nobody_was_given_wait_again(tmp_path: Path, happened: bool) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            await spool.accept(arrival(spool))
            await unsure(spool, happened=happened)
            with pytest.raises(SpoolUnavailable):
                await spool.due(THERE, now=NOON, room=1)
            await healthy(spool)
            await agrees_with_its_tables(spool)
            (claim,) = await spool.due(THERE, now=NOON, room=1)
            assert claim.waiting[0].attempts == 1

    asyncio.run(run())


@pytest.mark.parametrize("happened", [True, False])
def test_an_order_that_failed_leaves_the_numbers_right(tmp_path: Path, happened: bool) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            came = arrival(spool)
            await spool.accept(came)
            await unsure(spool, happened=happened)
            with pytest.raises(SpoolUnavailable):
                await spool.hold([came.id], by="erika")
            await healthy(spool)
            await agrees_with_its_tables(spool)
            assert (await spool.counts()).held == happened

    asyncio.run(run())


def test_trouble_is_over_only_when_the_numbers_are_right_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=3600) as spool:
            came = arrival(spool)
            await spool.accept(came)
            await unsure(spool, happened=True)
            with pytest.raises(SpoolUnavailable):
                await spool.hold([came.id], by="erika")
            spool._turns._take()
            while spool._writer.trouble is not None:  # the writer mends it while the loop is busy with something else
                time.sleep(0)
            assert not spool.healthy
            await healthy(spool)
            await agrees_with_its_tables(spool)

    asyncio.run(run())


def test_nobody_waits_for_a_writer_that_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            await spool.accept(arrival(spool))
            monkeypatch.setattr(spool._writer, "_write", lambda batch: 1 // 0)
            with pytest.raises(SpoolUnavailable, match="start Gatepost again"):
                await spool.accept(arrival(spool))
            with pytest.raises(SpoolUnavailable, match="start Gatepost again"):
                await spool.due(THERE, now=NOON, room=1)
            assert not spool.healthy and spool.has_room() is not None

    asyncio.run(run())


# --- a damaged file


async def stored(folder: Path, *bodies: bytes) -> list[str]:
    """Messages with these bodies, all of them in the database file itself."""
    ids = []
    async with Spool.open(folder, clock=Clock()) as spool:
        for body in bodies:
            came = arrival(spool, body=body)
            await spool.accept(came)
            ids.append(came.id)
    return ids


def spoil_pages_with(folder: Path, words: bytes) -> int:
    """Fill every page that holds these words with what no page can be; returns how many there were."""
    path = folder / "queue.db"
    octets = bytearray(path.read_bytes())
    pages = {start // PAGE for start in range(0, len(octets), PAGE) if words in octets[start : start + PAGE]}
    for page in pages:
        octets[page * PAGE : (page + 1) * PAGE] = b"\xff" * PAGE
    path.write_bytes(octets)
    return len(pages)


def test_a_body_on_a_damaged_page_is_quarantined_and_can_be_dropped_while_the_others_go_on(tmp_path: Path) -> None:
    async def run() -> None:
        good, bad, last = await stored(tmp_path, b"g" * 20_000, b"b" * 9000 + b"spoiled\r\n" * 5000, b"l" * 20_000)
        assert spoil_pages_with(tmp_path, b"spoiled\r\nspoiled") > 5
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            claims = await spool.due(THERE, now=NOON, room=9)
            assert [claim.id for claim in claims] == [good, last]
            assert spool.healthy
            (row,) = await spool.queue(state="held")
            assert row.id == bad and row.last_reply is not None and "cannot be read" in row.last_reply
            with pytest.raises(SpoolUnavailable, match="damaged"):
                await spool.content(bad)
            assert await spool.drop([bad], by="erika") == 1
            for claim in claims:
                await spool.settle(delivered(claim))
            assert spool.healthy
            assert (await spool.counts()).held == 0
            message = await spool.show(bad)
            assert message is not None and message.recipients[0].state is State.FAILED

    asyncio.run(run())


def test_a_delivered_message_ends_although_its_body_lies_on_a_damaged_page(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            bad, good = arrival(spool, body=b"b" * 9000 + b"spoiled\r\n" * 5000), arrival(spool)
            await spool.accept(bad)
            await spool.accept(good)
            claims = await spool.due(THERE, now=NOON, room=9)
            await spool._call(lambda c: c.execute("PRAGMA shrink_memory").fetchone())
            shutil.copytree(tmp_path, tmp_path / "as it was")
            folder = tmp_path / "as it was"
        with sqlite3.connect(folder / "queue.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        assert spoil_pages_with(folder, b"spoiled\r\nspoiled") > 5
        with sqlite3.connect(folder / "queue.db") as connection:
            connection.execute("UPDATE recipient SET due = 0")
        connection.close()
        async with Spool.open(folder, clock=Clock(), retry_seconds=0.02) as spool:
            await spool._call(lambda c: c.execute("UPDATE recipient SET state = 'sending'"))
            await asyncio.gather(*(spool.settle(delivered(claim)) for claim in claims))
            assert spool.healthy
            assert {row.status for row in await spool.find(Search())} == {State.DELIVERED}

    asyncio.run(run())


def test_a_damaged_table_is_told_in_a_sentence_with_a_remedy(tmp_path: Path) -> None:
    async def run() -> None:
        await stored(tmp_path, *[b"x"] * 200)
        spoil_pages_with(tmp_path, b"b@there.example")
        with pytest.raises(SpoolUnavailable, match=r"damaged: .* Remedy: stop Gatepost"):
            async with Spool.open(tmp_path, clock=Clock()) as spool:
                await spool.due(THERE, now=NOON, room=500)

    asyncio.run(run())


@pytest.mark.parametrize("cut", [1, 100, 5000])
def test_a_torn_log_loses_nothing_that_was_synced_before_the_tear(tmp_path: Path, cut: int) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path / "a", clock=Clock()) as spool:
            first = arrival(spool)
            await spool.accept(first)
            whole = (tmp_path / "a" / "queue.db-wal").stat().st_size
            await spool.accept(arrival(spool, body=b"x" * 20_000))
            shutil.copytree(tmp_path / "a", tmp_path / "b")
        os.truncate(tmp_path / "b" / "queue.db-wal", whole + cut)
        async with Spool.open(tmp_path / "b", clock=Clock()) as spool:
            assert [claim.id for claim in await spool.due(THERE, now=NOON, room=9)] == [first.id]
            await spool.accept(arrival(spool))

    asyncio.run(run())


# --- refusals on the disk


def test_refusals_outlive_a_restart_and_their_ids_are_not_given_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            turned_away = refusal(spool)
            spool.note(turned_away)
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            assert spool.new_id() > turned_away.id
            assert [row.id for row in await spool.find(Search(status="refused"))] == [turned_away.id]

    asyncio.run(run())


def test_refusals_have_one_commit_for_many(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            commits = []
            transact = spool._writer._transact
            spool._writer._transact = lambda batch: commits.append(len(batch)) or transact(batch)  # type: ignore
            for n in range(150):
                spool.note(refusal(spool, client=f"192.0.2.{n}"))
                await asyncio.sleep(0)
            assert commits == []
            assert len(await spool.find(Search(status="refused", limit=500))) == 150
            assert commits in ([1, 1], [2])

    asyncio.run(run())


def test_refusals_are_dropped_and_counted_while_the_disk_is_in_trouble(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock(), retry_seconds=0.02) as spool:
            await unsure(spool, happened=False)
            spool.note(refusal(spool))
            with pytest.raises(SpoolUnavailable):
                await spool.find(Search())
            assert spool.refusals_dropped == 1
            assert not spool.healthy
            spool.note(refusal(spool))
            assert spool.refusals_dropped == 2
            await healthy(spool)
            spool.note(refusal(spool))
            assert len(await spool.find(Search())) == 1

    asyncio.run(run())


def test_only_the_newest_refusals_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.spool.refusals.MOST_KEPT", 5)

    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            notes = [refusal(spool) for _ in range(12)]
            for one in notes:
                spool.note(one)
            assert len(await spool.find(Search())) == 12
            assert (await spool.sweep(NOON, keep_days=30)).refusals == 7
            assert [row.id for row in await spool.find(Search())] == [one.id for one in notes[:-6:-1]]

    asyncio.run(run())


def test_a_database_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    async def run() -> None:
        with sqlite3.connect(tmp_path / "queue.db") as connection:
            connection.executescript(text_of(SCHEMAS[0]))
            connection.execute(
                "INSERT INTO message VALUES (4096, 0, 'a@here.example', 1, '192.0.2.1', 'contoso', NULL, '', '', NULL,"
                " NULL, NULL, '{}')"
            )
            connection.execute("INSERT INTO body VALUES (4096, x'78')")
            connection.execute(
                "INSERT INTO recipient (id, address, destination, state, attempts, due)"
                " VALUES (4096, 'b@there.example', ?, 'waiting', 0, 0)",
                (THERE,),
            )
            connection.execute("UPDATE mark SET value = 4096 WHERE name = 'trace'")
        connection.close()
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            spool.note(refusal(spool))
            await spool.accept(arrival(spool))
            assert len(await spool.find(Search())) == 3
            assert (await spool.counts(organization="contoso")).by_destination == {THERE: 2}
            assert len(await spool.find(Search(organization="contoso"))) == 2
            assert (await spool.sweep(NOON, keep_days=365_000)).indexed == 1
            assert len(await spool.find(Search(organization="contoso"))) == 2
            assert await spool._call(lambda c: c.execute("PRAGMA user_version").fetchone()) == (len(SCHEMAS),)

    asyncio.run(run())
