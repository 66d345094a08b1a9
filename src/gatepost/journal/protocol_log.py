"""The protocol log: what was said in the sessions of those connectors that ask for it, written in the background.

A session that nobody wants logged has no `ProtocolSession`, and costs nothing. One whose connector is not known yet
keeps its lines until MAIL says whose it is.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from .journal import Journal
from .protocol_files import ProtocolFiles, Room
from .protocol_lines import Direction, ProtocolEvent, ProtocolLine, header, sending, written

_BATCH_SECONDS = 0.2  # what is said meanwhile is written together
_MOST_WAITING = 50_000  # lines, when the disk does not keep up; more are lost, and that is told
_MOST_HELD = 200  # lines of a session whose connector is not known


class ProtocolLog:
    """Where sessions write. `without_connector`: those count, too, that no connector names.

    `run` writes what has come together; `flush` writes now what there is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        journal: Journal,
        version: str,
        room: Room,
        without_connector: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.without_connector = without_connector
        self.clock = clock
        self.files = {
            direction: ProtocolFiles(folder, direction, room, partial(header, direction, version))
            for direction in Direction
        }
        self._journal = journal
        self._waiting: dict[Direction, list[ProtocolLine]] = {direction: [] for direction in Direction}
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._lost = 0
        self._told_trouble = False

    def session(self, direction: Direction, *, local: str = "", remote: str = "") -> "ProtocolSession":
        """The record of a session that may have to be logged."""
        return ProtocolSession(self, direction, local=local, remote=remote)

    def add(self, direction: Direction, line: ProtocolLine) -> None:
        waiting = self._waiting[direction]
        if len(waiting) >= _MOST_WAITING:
            self._lost += 1
            return
        waiting.append(line)
        self._news.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            await asyncio.sleep(_BATCH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits, in a thread. A disk that is full costs lines of the log, never mail."""
        async with self._writing:
            self._news.clear()
            for direction, lines in self._waiting.items():
                if not lines:
                    continue
                self._waiting[direction] = []
                try:
                    await asyncio.to_thread(self._write, direction, lines)
                except OSError as trouble:
                    self._lost += len(lines)
                    if not self._told_trouble:
                        self._told_trouble = True
                        folder = str(self.files[direction].folder)
                        self._journal.fact("protocol_log_unwritable", folder=folder, what=str(trouble))
                else:
                    self._recovered()

    def _write(self, direction: Direction, lines: list[ProtocolLine]) -> None:
        self.files[direction].append(written(lines), lines[-1].at)

    def _recovered(self) -> None:
        if self._lost:
            self._journal.fact("protocol_log_lost", lines=self._lost)
        self._lost, self._told_trouble = 0, False


class ProtocolSession:
    """One session's lines: written, kept, or forgotten. It is a `smtp.Recorder`."""

    __slots__ = (
        "_client", "_connector", "_direction", "_held", "_kept", "_log", "_logged", "_number", "_server",
        "id", "local", "remote",
    )  # fmt: skip

    def __init__(self, log: ProtocolLog, direction: Direction, *, local: str, remote: str) -> None:
        self.id = secrets.token_hex(8).upper()
        self.local, self.remote = local, remote
        receiving = direction is Direction.RECEIVE
        self._client = ProtocolEvent.HEARD if receiving else ProtocolEvent.SAID
        self._server = ProtocolEvent.SAID if receiving else ProtocolEvent.HEARD
        self._log, self._direction = log, direction
        self._connector = ""
        self._number = 0
        self._logged: bool | None = None  # None: nobody knows yet
        self._held: list[ProtocolLine] = []
        self._kept = 0  # of those held, how many are the session's beginning

    # --- what happens ---------------------------------------------------------------------------------

    def connected(self) -> None:
        self._add(ProtocolEvent.CONNECTED)

    def client_said(self, line: str) -> None:
        self._add(self._client, line)

    def server_said(self, line: str) -> None:
        self._add(self._server, line)

    def note(self, context: str, data: str = "") -> None:
        """`context` says what it is about, as Exchange's rows have it."""
        self._add(ProtocolEvent.NOTE, data, context)

    def sending(self, message: str) -> None:
        """A transaction of ours begins."""
        self.note(sending(message))

    def ended(self, why: str = "") -> None:
        """The connection is gone; a session that nobody has named is logged where those count."""
        if self._logged is None and self._log.without_connector:
            self.belongs_to("", logged=True)
        self._add(ProtocolEvent.DISCONNECTED, context=why)
        self._held.clear()

    # --- whose it is ----------------------------------------------------------------------------------

    def belongs_to(self, connector: str, *, logged: bool) -> None:
        """From now on, and from its beginning if nothing was known, the session is this connector's."""
        self._connector = connector
        if logged:
            for line in self._held:
                self._log.add(self._direction, replace(line, connector=connector))
            self._held.clear()
            self._kept = 0
        elif self._logged is None:
            self._kept = len(self._held)
            while self._kept and self._held[self._kept - 1].event is ProtocolEvent.HEARD:
                self._kept -= 1  # the MAIL that has told it, which is another's
        self._logged = logged

    def _add(self, event: ProtocolEvent, data: str = "", context: str = "") -> None:
        self._number += 1
        line = ProtocolLine(
            at=self._log.clock(),
            connector=self._connector,
            session=self.id,
            number=self._number - 1,
            local=self.local,
            remote=self.remote,
            event=event,
            data=data,
            context=context,
        )
        if self._logged:
            self._log.add(self._direction, line)
            return
        if len(self._held) < _MOST_HELD:
            self._held.append(line)
        if self._logged is False and event is ProtocolEvent.SAID:
            del self._held[self._kept :]
