"""The pickup folder: programs put `.eml` files there, and the relay sends them.

The folder is looked at once a second. A file is taken when it stood there unchanged at the look before, so that both
ways of writing are safe: to rename a finished file into the folder, and to write it there in one go. It is removed
after the commit and not before; a crash between the two sends it again. What is refused for good goes to `bad/`, with a
text that says why; what may be taken later stays and is tried again.

No system's notification is used: it knows when a file was opened, renamed or closed, not whether its writer has
finished, and it does not reach across a network share.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from .pickup_letter import BadLetter, PickupLetter
from .pickup_session import PickupSession
from .surroundings import Surroundings

LOOK_SECONDS = 1.0
_AGAIN_SECONDS = 60.0  # until a file that had to wait is tried again
_TOGETHER = 20  # files on their way at one time: their commits share an fsync
BAD = "bad"

Standing = tuple[int, int, int]  # inode, size, time of change: the same for a file that nobody has touched since


class _Refused(Exception):
    """The file is refused for good; the argument is the text for `bad/`."""


class _Waits(Exception):
    """The file may be taken later; the argument is the reply that says so."""


class Pickup:
    """The watch over one folder. `run` it until `stop`: a file that is on its way then is finished with."""

    def __init__(self, folder: Path, around: Surroundings) -> None:
        self._folder = folder
        self._around = around
        self._seen: dict[str, Standing] = {}
        self._not_before: dict[str, float] = {}
        self._stuck: dict[str, Standing] = {}  # taken, and could not be removed: never taken twice
        self._told: str | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look, take what is ready, and look again."""
        while not self._stopping.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_SECONDS)

    def stop(self) -> None:
        """Take no further file."""
        self._stopping.set()

    async def look(self) -> None:
        """One look at the folder; whatever is wrong with it or with a file, the watch goes on."""
        try:
            found = await asyncio.to_thread(self._listed)
        except OSError as trouble:
            self._trouble(f"The pickup folder {self._folder} cannot be used: {trouble.strerror}.")
            return
        self._told = None
        now = self._around.loop.time()
        ready = [
            name
            for name, standing in found.items()
            if self._seen.get(name) == standing
            and self._stuck.get(name) != standing
            and self._not_before.get(name, 0.0) <= now
        ]
        self._seen = found
        self._not_before = {name: at for name, at in self._not_before.items() if name in found}
        self._stuck = {name: standing for name, standing in self._stuck.items() if name in found}
        for names in _batches(sorted(ready)):
            if self._stopping.is_set():
                return
            await asyncio.gather(*(self._take(name) for name in names))

    def _listed(self) -> dict[str, Standing]:
        """The messages in the folder; makes the folder where there is none. Raises OSError."""
        (self._folder / BAD).mkdir(mode=0o770, parents=True, exist_ok=True)
        if not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):  # what cannot be removed would be sent again
            raise PermissionError(0, "the relay may not read and write there")
        found: dict[str, Standing] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not entry.name.lower().endswith(".eml"):
                    continue
                try:
                    it = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                found[entry.name] = it.st_ino, it.st_size, it.st_mtime_ns
        return found

    async def _take(self, name: str) -> None:
        path, journal = self._folder / name, self._around.journal
        try:
            await self._send(path)
        except FileNotFoundError:
            return  # its writer thought better of it
        except _Waits as waits:
            self._not_before[name] = self._around.loop.time() + _AGAIN_SECONDS
            journal.fact("pickup_waits", file=name, reply=str(waits))
            return
        except (_Refused, BadLetter) as refused:
            why = str(refused)
            journal.fact("pickup_refused", file=name, reason=why)
            await self._dispose(name, lambda: _set_aside(path, why))
        except Exception as trouble:  # one bad file must not end the watch
            self._not_before[name] = self._around.loop.time() + _AGAIN_SECONDS
            journal.fact("trouble", where="pickup", file=name, what=repr(trouble))
        else:
            await self._dispose(name, path.unlink)

    async def _dispose(self, name: str, work: Callable[[], None]) -> None:
        """The file's time is over. Where it cannot be moved it is remembered, or it would be sent every second."""
        try:
            await asyncio.to_thread(work)
        except OSError as trouble:
            self._stuck[name] = self._seen[name]
            self._trouble(f"The file {name} of the pickup folder cannot be removed: {trouble.strerror}.")

    async def _send(self, path: Path) -> None:
        """One message. Raises _Refused, _Waits, BadLetter or OSError."""
        try:
            letter = await asyncio.to_thread(PickupLetter, path)
        except OSError as trouble:
            if isinstance(trouble, FileNotFoundError):
                raise
            raise BadLetter(f"It cannot be read: {trouble.strerror}. Remedy: let the relay read it.") from None
        session = PickupSession(self._around)
        try:
            await self._converse(session, letter)
        finally:
            session.close()
            letter.close()

    async def _converse(self, session: PickupSession, letter: PickupLetter) -> None:
        sender, recipients = letter.sender, letter.recipients
        most = self._around.limits.max_recipients
        if len(recipients) > most:
            raise BadLetter(f"It has {len(recipients)} recipients, and {most} is the most. Remedy: make several of it.")
        _judge([("", await session.open())], session)
        plain = all(one is None or one.is_ascii for one in (sender, *recipients))
        parameters = f"SIZE={letter.size} BODY=8BITMIME{'' if plain else ' SMTPUTF8'}"
        path = f"<{'' if sender is None else sender}>"
        _judge([(str(sender), await session.say(f"MAIL FROM:{path} {parameters}\r\n".encode()))], session)
        answers = [(str(it), await session.say(f"RCPT TO:<{it}>\r\n".encode())) for it in recipients]
        _judge(answers, session)  # all or nothing: half a file cannot be put aside
        blocks = letter.blocks()
        while (block := await asyncio.to_thread(next, blocks, b"")) != b"":
            _judge([("", await session.say(b"BDAT %d\r\n" % len(block) + block))], session)
        _judge([("", await session.say(b"BDAT 0 LAST\r\n"))], session)

    def _trouble(self, words: str) -> None:
        """Told once for as long as it lasts."""
        if words != self._told:
            self._told = words
            self._around.journal.fact("pickup_unusable", problem=words)


def _judge(answers: list[tuple[str, str]], session: PickupSession) -> None:
    """Go on only where every answer is good: what is refused for good outweighs what may pass later."""
    bad = [(whom, reply) for whom, reply in answers if not reply.startswith(("2", "3"))]
    if any(reply.startswith("5") for _, reply in bad):
        lines = [f"{whom + ': ' if whom else ''}{reply}" for whom, reply in bad]
        raise _Refused("\n".join([*lines, *dict.fromkeys(session.advice)]))
    if bad:
        raise _Waits(bad[0][1])


def _set_aside(path: Path, why: str) -> None:
    """Move a file to `bad/`, beside a text that says why. The text comes first: no file is there without one."""
    folder = path.parent / BAD
    place, number = folder / path.name, 1
    while place.exists() or place.with_name(f"{place.name}.txt").exists():
        number += 1
        place = folder / f"{path.stem}-{number}{path.suffix}"
    place.with_name(f"{place.name}.txt").write_text(
        f"This message was not sent to anybody.\n\n{why}\n\nTo send it, put it right and move it back.\n",
        encoding="utf-8",
    )
    path.rename(place)


def _batches(names: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(names), _TOGETHER):
        yield names[at : at + _TOGETHER]
