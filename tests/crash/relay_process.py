"""The whole relay as a process of its own, to be killed, stopped and started again on the same data directory."""

import asyncio
import functools
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec

import uvloop

import gatepost
from gatepost.config import Config, Edit, ObjectKind, socket_address

SOURCES = str(Path(gatepost.__file__).parents[1])
HOST = "127.0.0.1"

P = ParamSpec("P")


def in_a_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an asynchronous test in a loop of its own."""

    @functools.wraps(test)
    def play(*args: P.args, **kwargs: P.kwargs) -> None:
        async def whole() -> None:
            await test(*args, **kwargs)

        uvloop.run(whole())

    return play


def quiet_port() -> int:
    """A free loopback port below the range from which the system takes ports for clients: it stays free."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port between 20000 and 32000")


def domain(name: str, kind: str = "Authoritative") -> Edit:
    return Edit(action="add", kind=ObjectKind.DOMAIN, name=name, properties={"DomainType": kind})


def devices() -> Edit:
    """The inbound connector of the clients on this machine."""
    wanted = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": [HOST]}
    return Edit(action="add", kind=ObjectKind.INBOUND, name="Devices", properties=wanted)


def smart_host(name: str, pattern: str, port: int) -> Edit:
    """An outbound connector to a port of this machine."""
    wanted = {"RecipientDomains": [pattern], "UseMXRecord": False, "SmartHosts": [f"{HOST}:{port}"]}
    return Edit(action="add", kind=ObjectKind.OUTBOUND, name=name, properties=wanted)


class RelayProcess:
    """One relay with its folder; `settings` is more TOML. Use it inside `relay_in`, which leaves nothing running."""

    def __init__(self, folder: Path, settings: str = "", *, data: Path | None = None) -> None:
        self.data = data or folder / "data"
        self.log = folder / "relay.log"
        self.port, self.admin = quiet_port(), quiet_port()
        self.wrapper: Sequence[str] = ()  # a program that runs the relay as its child, by exec
        self._file = folder / "gatepost.toml"
        self._file.write_text(
            f'hostname = "relay.contoso.test"\ndata_dir = "{self.data}"\n{settings}\n'
            f'[[listener]]\naddress = "{HOST}"\nport = {self.port}\n[admin]\nport = {self.admin}\n'
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def configure(self, *edits: Edit) -> None:
        """Write the configuration of a relay that is not running."""
        with Config.open(self.data) as config:
            config.change(edits, who="test", origin="cli")

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gatepost", "--config", str(self._file), *words]

    def _environment(self, crash_at: str | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}
        return {**kept, "PYTHONPATH": SOURCES, **({} if crash_at is None else {"GATEPOST_CRASH_AT": crash_at})}

    def launch(self, *, crash_at: str | None = None) -> None:
        """Start the process, its output in the log; `ready` waits for it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, *self._command("serve")], env=self._environment(crash_at), stdout=log, stderr=log
            )

    async def ready(self, *, seconds: float = 30.0) -> None:
        """Until it greets."""
        async with asyncio.timeout(seconds):
            while True:
                assert self.process is not None
                assert self.process.poll() is None, f"it ended: {self.last_words()}"
                try:
                    reader, writer = await asyncio.open_connection(HOST, self.port)
                    greeting = await reader.readline()
                    writer.close()
                except OSError:
                    greeting = b""
                if greeting.startswith(b"220"):
                    return
                await asyncio.sleep(0.02)

    async def start(self, *, crash_at: str | None = None) -> None:
        self.launch(crash_at=crash_at)
        await self.ready()

    async def ended(self, *, seconds: float = 30.0) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        assert self.process is not None
        process, self.process = self.process, None
        try:
            return await asyncio.to_thread(process.wait, seconds)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    async def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert await self.ended() == -signal.SIGKILL

    async def stop(self) -> None:
        """An orderly end by SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)
        assert await self.ended() == 0, self.last_words()

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def facts(self, name: str) -> list[dict[str, Any]]:
        """What the log tells under a name."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["fact"] == name]

    async def ask(self, verb: str, *, folder: Path | None = None, **arguments: Any) -> Any:
        """A question over the admin socket."""
        with socket_address(folder or self.data) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=1 << 26)
        try:
            writer.write(json.dumps({"verb": verb, "arguments": arguments}).encode() + b"\n")
            answer = json.loads(await reader.readline())
        finally:
            writer.close()
        assert "result" in answer, answer
        return answer["result"]

    async def counts(self, *, folder: Path | None = None) -> dict[str, int]:
        """Recipients `waiting`, `sending` and `held`."""
        counts = await self.ask("queue.counts", folder=folder)
        return {state: int(counts[state]) for state in ("waiting", "sending", "held")}

    async def until_counts(self, *, folder: Path | None = None, seconds: float = 30.0, **wanted: int) -> None:
        """Wait until the queue has so many recipients in the states named."""
        found: dict[str, int] = {}
        try:
            async with asyncio.timeout(seconds):
                while not wanted.items() <= (found := await self.counts(folder=folder)).items():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"the queue has {found} after {seconds:.0f} s, not {wanted}") from None

    async def until_empty(self) -> None:
        await self.until_counts(waiting=0, sending=0, held=0)

    async def command(self, *words: str, expected: int = 0) -> str:
        """Run `gatepost WORDS …` beside it; what it printed."""
        process = await asyncio.create_subprocess_exec(
            *self._command(*words),
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == expected, output.decode()
        return output.decode()

    async def health(self) -> tuple[int, str]:
        """The status and the text of /readyz."""
        reader, writer = await asyncio.open_connection(HOST, self.admin)
        try:
            writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            head, _, text = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        return int(head.split()[1]), text.decode()

    async def until_health(self, status: int, *, seconds: float = 20.0) -> str:
        """Wait until /readyz answers so; its text."""
        found = 0, "nothing"
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = await self.health()
                    if found[0] == status:
                        return found[1]
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"/readyz says {found} after {seconds:.0f} s") from None


@contextmanager
def relay_in(folder: Path, *edits: Edit, settings: str = "", data: Path | None = None) -> Iterator[RelayProcess]:
    """A relay that is configured and not yet started; dead at the end of the block. `data` is somebody else's."""
    folder.mkdir(exist_ok=True)
    relay = RelayProcess(folder, settings, data=data)
    if edits:
        relay.configure(*edits)
    try:
        yield relay
    finally:
        if relay.process is not None:
            relay.process.kill()
            relay.process.wait()


def contoso(sink_port: int) -> tuple[Edit, ...]:
    """The usual world: one accepted domain, the devices, and everything else to one smart host."""
    return domain("contoso.test", "InternalRelay"), devices(), smart_host("Upstream", "*", sink_port)
