"""Devices for the tests of the desk: a printer whose mail is taken, and a stranger that is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gatepost.config import Config, load_settings
from gatepost.manage import Caller, Desk
from gatepost.spool import MemorySpool, Refusal, Visit

NOON = 1_790_000_000.0
PRINTER, STRANGER = "192.0.2.9", "198.51.100.7"
Ask = Callable[..., Awaitable[Any]]


class Scene:
    """A desk on a spool in memory; nobody answers its questions to the DNS."""

    def __init__(self, config: Config, spool: MemorySpool) -> None:
        self.now = NOON
        settings = load_settings(environ={"GATEPOST_RESOLVERS": "127.0.0.1:9"})  # nobody listens there
        kept: Any = spool
        self.desk = Desk(config=config, settings=settings, spool=kept, clock=lambda: self.now)
        self.spool = spool
        self.caller = Caller.owner("anna")

    async def __call__(self, verb: str, **arguments: Any) -> Any:
        return (await self.desk.call(verb, arguments, caller=self.caller)).value

    async def warned(self, verb: str, **arguments: Any) -> tuple[str, ...]:
        return (await self.desk.call(verb, arguments, caller=self.caller)).warnings

    def met(self, client: str = PRINTER, *, connector: str = "Printers", organization: str = "Default") -> None:
        self.spool.meet(
            Visit(
                client=client,
                at=self.now,
                hello="printer",
                first=True,
                accepted=True,
                organization=organization,
                concerns=organization,
                connectors=((organization, connector),),
                sender="scan@contoso.com",
                recipients=("b@fabrikam.example",),
            )
        )

    def refused(
        self, client: str = STRANGER, *, sender: str = "scan@contoso.com", organization: str | None = None
    ) -> None:
        refusal = Refusal(
            id=self.spool.new_id(),
            at=self.now,
            client=client,
            reply="550 5.7.64 TenantAttribution; Relay Access Denied",
            sender=sender,
            recipient="b@fabrikam.example",
            organization=organization,
            story={"reasons": ["No connector lists it."], "remedies": ["List it."]},
        )
        self.spool.meet(
            Visit(
                client=client,
                at=self.now,
                hello="SCANNER",
                first=True,
                refusal=refusal,
                concerns=organization,
                sender=sender,
                recipients=(refusal.recipient,),
            )
        )


def play(folder: Path, scene: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Config.open(folder) as config, MemorySpool.open(folder) as spool:
            played = Scene(config, spool)
            await played("domain.add", name="contoso.com", properties={})
            await scene(played)

    asyncio.run(run())
