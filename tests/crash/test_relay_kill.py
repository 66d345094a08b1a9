"""The relay under load is killed, frozen or told to stop, and started again: what it acknowledged arrives."""

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest
from ledger import Ledger, Letter, Load, Sink, letters, send_one
from relay_process import RelayProcess, contoso, in_a_loop, relay_in

pytestmark = pytest.mark.crash

CONNECTIONS = 8  # to one destination, at most
SETTINGS = f"[delivery]\nmax_connections_per_destination = {CONNECTIONS}\n"
SIZES = (900, 4_000, 30_000, 2_000, 300_000)  # in the database, but for every fifth


async def drain(relay: RelayProcess, ledger: Ledger) -> None:
    """Until nothing promised is missing and the queue is empty; what a host deferred is retried at once."""
    async with asyncio.timeout(40):
        while True:
            counts = await relay.ask("queue.counts")
            if not any((counts["waiting"], counts["sending"], counts["held"])):
                break
            if counts["waiting"]:
                await relay.ask("queue.retry", destination="connector:Upstream")
            if counts["held"]:
                await relay.ask("queue.release", held=True)
            await asyncio.sleep(0.1)
    await ledger.until(lambda: not ledger.missing, seconds=1)


@in_a_loop
async def test_kill_9_under_load_loses_nothing_and_duplicates_only_what_was_under_way(tmp_path: Path) -> None:
    dice = random.Random(20260901)
    ledger = Ledger()
    kills = 4
    async with Sink(ledger, tempfail=0.03, cut=0.02, slow=0.01).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port), settings=SETTINGS) as relay:
            await relay.start()
            load = Load.of(ledger, relay.port, letters("k", SIZES))
            sending = asyncio.create_task(load.run(12))
            for _ in range(kills):
                goal = len(ledger.promised) + dice.randint(25, 80)
                await ledger.until(lambda goal=goal: len(ledger.promised) >= goal)  # type: ignore[misc]
                await relay.kill()
                await relay.start()
            goal = len(ledger.promised) + 100
            await ledger.until(lambda: len(ledger.promised) >= goal)
            load.stop()
            await sending
            await drain(relay, ledger)
            await relay.stop()
            suspected = [fact["quarantined"] for fact in relay.facts("swept")]
    assert all(count <= 1 for count in suspected), "held at the third crash: one suspect, not the hundreds beside it"
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt) == ((), (), ()), ledger
    assert verdict.duplicates <= kills * CONNECTIONS + ledger.cut, ledger
    assert len(ledger.promised) >= kills * 25 + 100
    assert {ledger.sent[id_].octets for id_ in ledger.promised} == set(SIZES)
    assert sink.tempfailed
    assert ledger.cut


@in_a_loop
async def test_sigterm_in_the_middle_of_the_load_loses_nothing_and_sends_nothing_twice(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Sink(ledger, slow=0.02).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port), settings=SETTINGS) as relay:
            await relay.start()
            load = Load.of(ledger, relay.port, letters("t", SIZES))
            sending = asyncio.create_task(load.run(10))
            for goal in (100, 250):
                await ledger.until(lambda goal=goal: len(ledger.promised) >= goal)  # type: ignore[misc]
                await relay.stop()
                assert relay.facts("stopped")
                await relay.start()
            load.stop()
            await sending
            await drain(relay, ledger)
            assert not relay.facts("swept"), "an orderly end leaves nothing to put right"
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0), ledger


@in_a_loop
async def test_a_frozen_relay_goes_on_where_it_stopped(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Sink(ledger).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port), settings=SETTINGS) as relay:
            await relay.start()
            load = Load.of(ledger, relay.port, letters("s", SIZES))
            sending = asyncio.create_task(load.run(10))
            for goal in (50, 150):
                await ledger.until(lambda goal=goal: len(ledger.promised) >= goal)  # type: ignore[misc]
                os.kill(relay.pid, signal.SIGSTOP)
                await asyncio.to_thread(os.waitid, os.P_PID, relay.pid, os.WSTOPPED)
                still = asyncio.create_task(send_one(ledger, relay.port, Letter(id=f"frozen-{goal}", octets=900)))
                await asyncio.wait([still], timeout=0.3)
                assert not still.done(), "a frozen relay answers nothing"
                os.kill(relay.pid, signal.SIGCONT)
                assert (await still).startswith("250")
            load.stop()
            await sending
            await drain(relay, ledger)
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0), ledger
    assert len(ledger.promised) == len(ledger.sent), "every session was answered"


@in_a_loop
async def test_a_second_relay_on_the_same_data_refuses_to_start_and_harms_nothing(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Sink(ledger).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port)) as relay:
            await relay.start()
            with relay_in(tmp_path / "second", data=relay.data) as second:
                words = await second.command("serve", expected=1)
            assert f"belongs to process {relay.pid}" in words
            assert "Traceback" not in words
            assert len(words.strip().splitlines()) <= 2, words
            assert (await send_one(ledger, relay.port, Letter(id="after", octets=900))).startswith("250")
            await drain(relay, ledger)
            assert (await relay.health())[0] == 200
            assert "Devices" in await relay.command("connector", "list")
    assert ledger.verdict().lost == ()
