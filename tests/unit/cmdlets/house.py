"""A desk on a temporary data directory, and cmdlets put to it as InvokeCommand does."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gatepost.cmdlets import Outcome, OverSocket, invoke_command, server_cmdlets
from gatepost.config import Config, load_settings
from gatepost.mail import Address, Envelope, Recipient
from gatepost.manage import Caller, Desk, Role
from gatepost.shell import Shell
from gatepost.spool import Arrival, Spool

ANNA = Caller(who="anna", origin="cmdlet", role=Role.ORGANIZATION_MANAGEMENT, organization=None)
VIEWER = Caller(who="viktor", origin="cmdlet", role=Role.VIEW_ONLY, organization=None)

Invoke = Callable[..., Awaitable[Outcome]]


def invoke(desk: Desk, cmdlet: str, /, *, caller: Caller = ANNA, **given: Any) -> Outcome:
    work: Coroutine[Any, Any, Outcome] = invoke_command(desk, caller, cmdlet, given)
    return asyncio.run(work)


def play(folder: Path, scene: Callable[[Invoke, Spool, Desk], Awaitable[None]]) -> None:
    """Run a scene with a desk on a spool that nobody empties."""

    async def run() -> None:
        async with Config.open(folder) as config, Spool.open(folder) as spool:
            desk = Desk(config=config, settings=load_settings(environ={}), spool=spool)

            async def ask(cmdlet: str, /, **given: Any) -> Outcome:
                return await invoke_command(desk, ANNA, cmdlet, given)

            await scene(ask, spool, desk)

    asyncio.run(run())


async def store(spool: Spool, *recipients: str, sender: str = "a@contoso.com") -> str:
    """A message that waits; returns its queue id."""
    draft = spool.draft()
    draft.write(b"Subject: Scan\r\n\r\nhello\r\n")
    content = await draft.finish()
    addresses = [Address(*it.split("@")) for it in recipients]
    arrival = Arrival(
        id=spool.new_id(),
        envelope=Envelope(
            sender=Address(*sender.split("@")), recipients=tuple(Recipient(address=it) for it in addresses)
        ),
        content=content,
        destinations=tuple(f"mx:{it.domain}" for it in addresses),
        received_at=time.time(),
        client="192.0.2.9",
        connector="Printers",
        organization="Default",
        subject="Scan",
        message_id="<1@contoso.com>",
        story={"reasons": ["Connector 'Printers' matched."], "hello": "printer", "protocol": "ESMTP"},
    )
    await spool.accept(arrival)
    return arrival.id


class Screen:
    """A host that keeps what is written and answers with what it was told to."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.written = list(answers), []  # type: ignore[var-annotated]

    def now(self) -> datetime:
        return datetime(2026, 7, 23, 12, tzinfo=UTC)

    def write(self, stream: str, text: str) -> None:
        self.written.append((stream, text))

    def ask(self, prompt: str, *, secret: bool = False) -> str:
        return self.answers.pop(0)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")

    def read_text(self, path: str) -> str:
        raise FileNotFoundError(path)

    def write_text(self, path: str, text: str) -> None:
        raise PermissionError(path)

    def width(self) -> int:
        return 120

    def said(self, stream: str) -> str:
        return "".join(text for name, text in self.written if name == stream)


class Commanded:
    """A shell whose cmdlets are put to the desk of a temporary server."""

    def __init__(self, desk: Desk, *answers: str) -> None:
        self.screen = Screen(*answers)
        self.asked: list[str] = []
        self._desk = desk
        self.shell = Shell(self.screen, server_cmdlets(OverSocket(self._ask)))

    def _ask(self, verb: str, arguments: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
        self.asked.append(verb)
        answer = asyncio.run(self._desk.call(verb, arguments, caller=ANNA))
        return answer.value, answer.warnings

    def run(self, script: str) -> int:
        return self.shell.run(script)
