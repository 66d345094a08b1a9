"""What goes by its age, and what is only told of, on a clock that is set by hand."""

import asyncio
from pathlib import Path
from typing import Any

from gatepost.config import Config, Edit, ObjectKind, load_settings
from gatepost.journal import Journal, Level
from gatepost.mail import Address, Envelope, Recipient
from gatepost.manage import Desk
from gatepost.retention import Retention
from gatepost.spool import Arrival, Content, Hold, MemorySpool, Search, State

NOON, DAY = 1_790_000_000.0, 86_400.0


async def hold(spool: MemorySpool, name: str, why: Hold, *, organization: str = "Default") -> None:
    await spool.accept(
        Arrival(
            id=spool.new_id(),
            envelope=Envelope(sender=None, recipients=(Recipient(address=Address(name, "fabrikam.com")),)),
            content=Content(octets=2, inline=b"\r\n"),
            destinations=("mx:fabrikam.com",),
            received_at=NOON,
            client="192.0.2.9",
            organization=organization,
            holds=(why,),
        )
    )


def test_the_sandbox_is_emptied_after_its_days_and_what_is_held_is_told_of_once_a_day(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    moment = [NOON]

    def write(name: str, _: Level, facts: dict[str, Any]) -> None:
        told.extend([facts] if name == "held_long" else [])

    async def run() -> None:
        async with Config.open(tmp_path) as config, MemorySpool.open(tmp_path, clock=lambda: moment[0]) as spool:
            days = Edit(action="set", kind=ObjectKind.ORGANIZATION, name="Default", properties={"SandboxDays": 3})
            config.change([days], who="anna", origin="tests")
            retention = Retention(
                spool=spool,
                desk=Desk(config=config, settings=load_settings(environ={"GATEPOST_DATA_DIR": str(tmp_path)})),
                journal=Journal(write, quietest=Level.DEBUG),
                clock=lambda: moment[0],
            )
            await hold(spool, "a", Hold(rule="Guests wait"))
            await hold(spool, "b", Hold(sandbox=True))
            await hold(spool, "c", Hold(sandbox=True), organization="Removed since")
            for later, held, times in (
                (0.0, 3, 0),
                (DAY + 1, 3, 1),
                (DAY + 61, 3, 1),
                (3 * DAY + 2, 2, 2),
                (14 * DAY + 3, 1, 3),
            ):
                moment[0] = NOON + later
                await retention.look()
                assert (len(await spool.queue(state=State.HELD)), len(told)) == (held, times), later
            (left,) = await spool.queue(state=State.HELD)
            assert left.recipient == "a@fabrikam.com"
            assert (told[0]["rule"], told[0]["recipients"]) == ("Guests wait", 1)
            (gone,) = await spool.find(Search(recipient="b@fabrikam.com"))
            assert gone.last_reply == "Dropped by the sandbox after 3 days."
            (gone,) = await spool.find(Search(recipient="c@fabrikam.com"))
            assert (
                gone.last_reply == "Dropped by the sandbox after 14 days."
            )  # what is usual: nobody has said otherwise

    asyncio.run(run())
