"""Fill a spool with messages that wait for one destination, through the spool's own door.

    python bench/fill.py FOLDER COUNT [DESTINATION]

The relay that owns FOLDER must not be running. Each message is accepted as a session would do it, commit
and all.
"""

import asyncio
import sys
import time
from pathlib import Path

from gatepost.mail import Envelope, Recipient, parse_mailbox
from gatepost.spool import Arrival, Content, Spool

BODY = b"From: <scanner@contoso.test>\r\nTo: <desk@dead.test>\r\nSubject: waiting\r\n\r\n" + 10 * (b"x" * 98 + b"\r\n")
TOGETHER = 2000  # messages under way at once; each waits for its commit


async def fill(folder: Path, count: int, destination: str) -> None:
    """Accept `count` messages, all due now."""
    envelope = Envelope(
        sender=parse_mailbox("scanner@contoso.test"),
        recipients=(Recipient(address=parse_mailbox("desk@dead.test")),),
    )
    async with Spool.open(folder) as spool:
        spool.min_free_octets = 0
        for start in range(0, count, TOGETHER):
            now = time.time()
            arrivals = [
                Arrival(
                    id=spool.new_id(), envelope=envelope, destinations=(destination,), received_at=now,
                    content=Content(octets=len(BODY), inline=BODY), client="127.0.0.1", subject="waiting",
                    organization="Default", connector="By address",
                )
                for _ in range(min(TOGETHER, count - start))
            ]  # fmt: skip
            await asyncio.gather(*map(spool.accept, arrivals))
            if (start + TOGETHER) % 100_000 == 0:
                print(f"  {start + TOGETHER:,} waiting", flush=True)


def main() -> None:
    folder, count, *rest = sys.argv[1:]
    asyncio.run(fill(Path(folder), int(count), rest[0] if rest else "connector:Dead"))


if __name__ == "__main__":
    main()
