"""A process that works on a spool until it is killed, saying on its output what it has promised."""

import asyncio
import sys
from pathlib import Path

from gatepost.errors import SpoolUnavailable
from gatepost.mail import Address, Delivered, Envelope, Recipient, Reply
from gatepost.spool import Arrival, Claim, Content, Settled, Settlement, Spool

LANE = "mx:there.example"
SMALL, LARGE = 2000, 400_000


def body_of(queue_id: str, octets: int) -> bytes:
    """A body that tells whose it is and whether it is whole."""
    return (f"{queue_id}\r\n" * (octets // 18 + 1)).encode()[:octets]


def say(word: str, queue_id: str) -> None:
    sys.stdout.write(f"{word} {queue_id}\n")
    sys.stdout.flush()


def arrival(queue_id: str, content: Content) -> Arrival:
    recipients = tuple(Recipient(address=Address(name, "there.example")) for name in ("b", "c"))
    return Arrival(
        id=queue_id,
        envelope=Envelope(sender=Address("a", "here.example"), recipients=recipients),
        content=content,
        destinations=(LANE, LANE),
        received_at=1_790_000_000.0,
        client="192.0.2.1",
    )


async def accept(spool: Spool, octets: int) -> None:
    queue_id = spool.new_id()
    say("began", queue_id)
    draft = spool.draft()
    draft.write(body_of(queue_id, octets))
    await spool.accept(arrival(queue_id, await draft.finish()))
    say("acknowledged", queue_id)


async def settle(spool: Spool, claim: Claim) -> None:
    fate = Delivered("relay.example", Reply(250, "0.0", "Queued"))
    say("delivered", claim.id)
    results = tuple(Settled(row=one.row, outcome=fate) for one in claim.waiting)
    await spool.settle(Settlement(claim=claim, at=1_790_000_001.0, results=results))
    say("settled", claim.id)


class Porter:
    """Delivers everything at once."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.tasks: set[asyncio.Task[None]] = set()

    def takes(self, destination: str) -> bool:
        return int(self.spool.new_id(), 16) // 4096 % 4 > 0  # some wait instead

    def take(self, claim: Claim) -> None:
        task = asyncio.create_task(settle(self.spool, claim))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def sessions(spool: Spool) -> None:
    spool.courier = Porter(spool)
    counter = 0

    async def session(number: int) -> None:
        nonlocal counter
        while True:
            counter += 1
            await accept(spool, LARGE if counter % 40 == 0 else SMALL)

    await asyncio.gather(*(session(number) for number in range(8)))


async def main(folder: Path, deed: str) -> None:
    async with Spool.open(folder) as spool:
        match deed:
            case "accept small":
                await accept(spool, SMALL)
            case "accept large":
                await accept(spool, LARGE)
            case "settle":
                for claim in await spool.due(LANE, now=2e9, room=10):
                    await settle(spool, claim)
            case "load":
                await sessions(spool)
            case _:
                raise SpoolUnavailable(f"{deed!r} is not known.")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
