"""Telling owners: the first notice at once, then what gathers, at most one digest in a while.

What is to be told stands in the spool, so a restart neither forgets nor repeats it.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from gatepost.errors import SpoolUnavailable
from gatepost.mail import (
    Cause,
    DigestEntry,
    parse_mailbox,
    write_digest,
)
from gatepost.spool import Arrival, Notice, Owed, Owing

from .letters import Letters
from .terms import Journal

AFTER_TROUBLE = 30.0  # seconds


class Ledger(Protocol):
    """The spool as seen from here."""

    @property
    def owed(self) -> asyncio.Event: ...
    def new_id(self) -> str: ...
    async def owners(self) -> list[Owed]: ...
    async def owing(self, owed: Owed) -> Owing: ...
    async def tell(self, digest: Arrival, owed: Owed, *, mark: int, at: float) -> None: ...


class Digests:
    """Writes to owners. `every` are the seconds between two digests to one of them."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        journal: Journal,
        letters: Letters,
        every: float,
        clock: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._letters = letters
        self._every = every
        self._clock = clock

    async def run(self) -> None:
        """Tell whoever is to be told, until cancelled."""
        owed = self._ledger.owed
        while True:
            owed.clear()
            try:
                pause = await self._look()
            except SpoolUnavailable as trouble:  # what is to be told stays where it is
                self._journal.fact("trouble", where="digests", reason=str(trouble))
                pause = AFTER_TROUBLE
            try:
                async with asyncio.timeout(pause):
                    await owed.wait()
            except TimeoutError:
                pass

    async def _look(self) -> float | None:
        """Write the digests that may go now; the seconds until the next may, None if nobody waits for one."""
        pauses = []
        for owed in await self._ledger.owners():
            left = 0.0 if owed.told_at is None else owed.told_at + self._every - self._clock()
            if 0 < left <= self._every:  # more than that: the clock was set back
                pauses.append(left)
            else:
                await self._tell(owed)
        return min(pauses, default=None)

    async def _tell(self, owed: Owed) -> None:
        owing = await self._ledger.owing(owed)
        now = self._clock()
        to, organization = parse_mailbox(owed.owner), owed.organization or None
        id_, letters = self._ledger.new_id(), self._letters
        message_id = f"<{id_}.digest@{letters.hostname}>"
        digest = write_digest(
            [_entry(it) for it in owing.listed],
            failed=owing.failed,
            delayed=owing.delayed,
            to=to,
            hostname=letters.hostname,
            now=datetime.fromtimestamp(now, UTC),
            message_id=message_id,
            postmaster=letters.writer(organization),
            language=letters.language(organization),
        )
        arrival = letters.arrival(
            digest,
            id=id_,
            to=[to],
            organization=organization,
            at=now,
            subject=f"digest for {owed.owner}",
            message_id=message_id,
            story={"report": "digest", "about": list(dict.fromkeys(str(it.detail.get("id")) for it in owing.listed))},
        )
        await self._ledger.tell(arrival, owed, mark=owing.mark, at=now)
        self._journal.fact("digest_stored", id=id_, to=owed.owner, recipients=owing.failed + owing.delayed)


def _entry(notice: Notice) -> DigestEntry:
    detail = notice.detail
    known = str(detail.get("cause"))
    return DigestEntry(
        at=datetime.fromtimestamp(notice.at, UTC),
        failed=notice.kind == "failed",
        recipient=str(detail.get("recipient", "")),
        sender=str(detail.get("sender", "")),
        subject=str(detail.get("subject", "")),
        cause=Cause(known) if known in tuple(Cause) else Cause.OTHER,
        said=str(detail.get("said", "")),
        queue_id=str(detail.get("id", "")),
        device=str(detail.get("client", "")),
        connector=detail.get("connector"),
    )
