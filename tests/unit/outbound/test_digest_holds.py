"""Digests of an organization that is a sandbox stay there, as its reports do."""

import asyncio

import pytest

from gatepost.journal import Journal
from gatepost.outbound import Digests, Letters
from gatepost.spool import Arrival, Hold, Notice, Owed, Owing

OWED = Owed(owner="facilities@contoso.com", organization="Contoso", count=1, told_at=None)
NOTICE = Notice(
    row=1, kind="failed", owner=OWED.owner, organization="Contoso", at=0.0, detail={"id": "00000000000000ab"}
)


class Paper:
    """A ledger with one notice; what is told is kept in `told`, and ends the work."""

    def __init__(self) -> None:
        self.owed, self.told, self.done = asyncio.Event(), list[Arrival](), asyncio.Event()

    def new_id(self) -> str:
        return "00000000000000ff"

    async def owners(self) -> list[Owed]:
        return [] if self.told else [OWED]

    async def owing(self, owed: Owed) -> Owing:
        return Owing(listed=(NOTICE,), failed=1, delayed=0, mark=1)

    async def tell(self, digest: Arrival, owed: Owed, *, mark: int, at: float) -> None:
        self.told.append(digest)
        self.done.set()


@pytest.mark.parametrize("sandbox", [True, False])
def test_a_digest_stays_in_the_sandbox_where_its_organization_is_one(sandbox: bool) -> None:
    async def play() -> None:
        paper = Paper()
        digests = Digests(
            ledger=paper,
            journal=Journal.silent(),
            letters=Letters(
                hostname="relay.contoso.com",
                destination=lambda address, organization: f"mx:{address.domain}",
                in_sandbox=lambda organization: sandbox and organization == "Contoso",
            ),
            every=3600.0,
            clock=lambda: 1_790_000_000.0,
        )
        work = asyncio.create_task(digests.run())
        await paper.done.wait()
        work.cancel()
        assert paper.told[0].holds == ((Hold(sandbox=True),) if sandbox else ())

    asyncio.run(play())
