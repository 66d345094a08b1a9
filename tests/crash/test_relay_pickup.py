"""A relay that dies over a file of its pickup folder: the file is there until the message is safe, and then sent."""

from collections import Counter
from pathlib import Path

import pytest
from ledger import Ledger, Letter, Sink
from relay_process import contoso, in_a_loop, relay_in

pytestmark = pytest.mark.crash


@in_a_loop
async def test_a_crash_at_a_file_of_the_pickup_folder_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Sink(ledger).running() as sink:
        for step, least in (("rows written", 1), ("committed", 1), ("before answer", 1)):
            folder = tmp_path / step.replace(" ", "-")
            pickup = folder / "pickup"
            pickup.mkdir(parents=True)
            letter = Letter(id=folder.name, octets=2_000)
            content = ledger.will_send(letter)
            with relay_in(folder, *contoso(sink.port), settings=f'[pickup]\nfolder = "{pickup}"') as relay:
                await relay.start(crash_at=step)
                (pickup / ".x").write_bytes(content)
                (pickup / ".x").rename(pickup / "x.eml")
                assert await relay.ended() == 137, relay.last_words()
                assert (pickup / "x.eml").exists(), f"{step}: removed before it was safe"
                await relay.start()
                await ledger.until(lambda: not (pickup / "x.eml").exists())  # noqa: B023  waited for here
                await relay.until_empty()
            total = ledger.taken.get(letter.id, Counter())[letter.to[0]]
            assert least <= total <= 2, (step, total)
    assert ledger.corrupt == []
