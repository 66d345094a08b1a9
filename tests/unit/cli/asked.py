"""Asking gatepost as a user does: a command, and a real desk behind a real admin socket."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gatepost.__main__ import commands as whole_tree
from gatepost.config import Config, load_settings
from gatepost.manage import Desk, serve_admin_socket
from gatepost.spool import Spool

APP = whole_tree()


class Run:
    """One finished command."""

    def __init__(self, result: Any) -> None:
        self.status: int = result.exit_code
        self.out: str = result.stdout
        self.err: str = result.stderr

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Gatepost = Callable[..., Run]


def invoke(*words: str, config: Path | None = None, stdin: str | None = None) -> Run:
    before = ["--config", str(config)] if config else []
    return Run(CliRunner().invoke(APP, [*before, *words], input=stdin, prog_name="gatepost"))


class Server(threading.Thread):
    """A desk on a folder, with its socket, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.ready = folder, threading.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        settings = load_settings(environ={"GATEPOST_DATA_DIR": str(self.folder)})
        async with Config.open(settings) as config, Spool.open(self.folder) as spool:
            opened = asyncio.Event()
            desk = Desk(config=config, settings=settings, spool=spool)
            serving = asyncio.create_task(serve_admin_socket(desk, self.folder, opened=opened))
            await opened.wait()
            self.ready.set()
            await self.stop.wait()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@pytest.fixture
def gatepost(tmp_path: Path) -> Iterator[Gatepost]:
    file = tmp_path / "gatepost.toml"
    file.write_text('data_dir = "state"\n')
    (tmp_path / "state").mkdir()
    server = Server(tmp_path / "state")
    server.start()
    assert server.ready.wait(10)
    yield lambda *words, stdin=None: invoke(*words, config=file, stdin=stdin)
    server.loop.call_soon_threadsafe(server.stop.set)
    server.join(10)
