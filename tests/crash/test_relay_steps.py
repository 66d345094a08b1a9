"""The relay dies at each step between a body and its `250`, and between a delivery and its record: a table.

For every step: whether the client had heard `250` before the end, and how often the next host got the message once the
relay had been started again. Acknowledged means delivered; delivered twice only where the record was not yet written.
"""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from ledger import Ledger, Letter, Sink, send_one
from relay_process import contoso, in_a_loop, relay_in

from gatepost.spool.steps import STEPS

pytestmark = pytest.mark.crash

SMALL, LARGE = 2_000, 400_000
AT_ONCE = 2  # processes that start side by side

# Step, octets, whether the client may have heard 250, deliveries in the end.
CASES = [
    ("body written", LARGE, False, 0),
    ("body synced", LARGE, False, 0),
    ("renamed", LARGE, False, 0),
    ("folder synced", LARGE, False, 0),
    ("rows written", LARGE, False, 0),
    ("rows written", SMALL, False, 0),
    ("committed", LARGE, False, 1),
    ("committed", SMALL, False, 1),
    ("before answer", LARGE, False, 1),
    ("before answer", SMALL, False, 1),
    ("before settle", LARGE, True, 2),
    ("before settle", SMALL, True, 2),
    ("settle written", LARGE, True, 2),
    ("settle written", SMALL, True, 2),
    ("settle committed", LARGE, True, 1),
    ("settle committed", SMALL, True, 1),
]


def test_every_step_of_the_spool_has_a_case() -> None:
    assert {step for step, *_ in CASES} == set(STEPS)


async def played(folder: Path, ledger: Ledger, case: tuple[str, int, bool, int], sink_port: int) -> None:
    """One message into a relay that dies at the step; then the same data with a relay that does not."""
    step, octets, heard, deliveries = case
    letter = Letter(id=folder.name, octets=octets)
    with relay_in(folder, *contoso(sink_port)) as relay:
        await relay.start(crash_at=step)
        reply = await send_one(ledger, relay.port, letter)
        assert reply == "" or (heard and reply.startswith("250")), (step, octets, reply)
        assert await relay.ended() == 137, relay.last_words()
        await relay.start()
        witness = Letter(id=f"{folder.name}-next", octets=SMALL)
        assert (await send_one(ledger, relay.port, witness)).startswith("250"), "the next start takes mail"
        await relay.until_empty()
        total = ledger.taken.get(letter.id, Counter())[letter.to[0]]
        assert total == deliveries, (step, octets, total)
        assert not list((relay.data / "bodies").iterdir()), "nothing is left behind"
        assert (letter.id in ledger.promised) <= (total > 0), "acknowledged and lost"


@in_a_loop
async def test_a_crash_at_any_step_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    ledger = Ledger()
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: int, case: tuple[str, int, bool, int]) -> None:
        async with turns:
            await played(tmp_path / f"c{number}", ledger, case, sink.port)

    async with Sink(ledger).running() as sink:
        outcomes = await asyncio.gather(
            *(in_turn(number, case) for number, case in enumerate(CASES)), return_exceptions=True
        )
    wrong = [f"{case}: {outcome!r}" for case, outcome in zip(CASES, outcomes, strict=True) if outcome is not None]
    assert not wrong, "\n".join(wrong)
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt) == ((), (), ()), ledger
    assert verdict.duplicates == sum(max(0, case[3] - 1) for case in CASES)
