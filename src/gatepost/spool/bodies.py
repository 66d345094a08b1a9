"""Message bodies on their way in: small ones stay in memory and travel with their rows, large ones become
files.

A file is written under a partial name, synced, renamed and its folder synced before its row is written, so a
crash leaves an orphan (swept at the next start), never a row without a body.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from gatepost.errors import SpoolUnavailable

from .message import Content
from .steps import crash_at
from .trouble import unavailable

FOLDER = "bodies"
INLINE_OCTETS = 128 * 1024  # beyond this a body is cheaper as a file than as a BLOB written twice (log, then table)
PARTIAL = ".partial"


class Draft:
    """A body being received. `write` what comes, then `finish_inline` or `finish`, or `discard`."""

    __slots__ = ("_file", "_folder", "_gone", "_name", "_pieces", "octets")

    def __init__(self, folder: Path, name: Callable[[], str]) -> None:
        self._folder = folder
        self._name = name
        self._pieces: list[bytes] = []
        self._file: tuple[Path, BinaryIO] | None = None
        self._gone = False
        self.octets = 0

    def write(self, piece: bytes) -> None:
        """Keep one piece, in memory or the system's cache; raises SpoolUnavailable when the disk will not."""
        if self._gone:
            return
        self.octets += len(piece)
        if self._file is None:
            self._pieces.append(piece)
            if self.octets <= INLINE_OCTETS:
                if len(self._pieces) > 64:
                    # A thousand tiny pieces cost more than their octets.
                    self._pieces = [b"".join(self._pieces)]
                return
            piece = b"".join(self._pieces)
            self._pieces.clear()
        try:
            if self._file is None:
                path = self._folder / f"{self._name()}{PARTIAL}"
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                self._file = path, os.fdopen(descriptor, "wb", buffering=INLINE_OCTETS)
            self._file[1].write(piece)
        except OSError as error:
            self.discard()
            raise unavailable(error) from error

    def finish_inline(self) -> Content | None:
        """The content of a small body at once; None for a large one, which must be awaited with `finish`."""
        if self._file is not None:
            return None
        if self._gone:
            raise SpoolUnavailable("Its body was given up.")
        octets = b"".join(self._pieces)
        self._pieces.clear()
        return Content(octets=len(octets), inline=octets)

    async def finish(self) -> Content:
        """The content, a file synced with its folder in a thread; raises SpoolUnavailable."""
        if (small := self.finish_inline()) is not None:
            return small
        assert self._file is not None
        path, file = self._file
        self._file = None
        try:
            final = await asyncio.to_thread(_seal, path, file)
        except OSError as error:
            raise unavailable(error) from error
        return Content(octets=self.octets, file=final)

    def discard(self) -> None:
        """Forget it all; what is still written is dropped."""
        self._gone = True
        self._pieces.clear()
        if self._file is not None:
            path, file = self._file
            self._file = None
            _abandon(path, file)


async def with_lines(content: Content, lines: bytes, *, at: int, draft: Draft) -> Content:
    """The content with lines put in at an offset, written into the draft; a file of before is gone.

    For what can be told of a message only when it is complete, and has to stand in its header.
    """

    def copied() -> None:
        with content.open() as source:
            draft.write(source.read(at) + lines)
            while piece := source.read(INLINE_OCTETS):
                draft.write(piece)

    try:
        if content.file is None:
            copied()
        else:
            await asyncio.to_thread(copied)
        made = await draft.finish()
    except OSError as error:
        draft.discard()
        raise unavailable(error) from error
    finally:
        if content.file is not None:
            content.file.unlink(missing_ok=True)
    return made


def _seal(partial: Path, file: BinaryIO) -> Path:
    """Put a body on disk so that a power cut cannot take it back.

    fsync(file)    the bytes are on the platter
    rename         no reader ever sees half a body
    fsync(folder)  the *name* is on the platter; without it the file may vanish

    After a failed fsync the pages count as clean though they are lost: the file is thrown away, never synced
    again.
    """
    final = partial.with_name(partial.name.removesuffix(PARTIAL))
    try:
        file.flush()
        crash_at("body written")
        os.fsync(file.fileno())
        crash_at("body synced")
        file.close()
        partial.rename(final)
        crash_at("renamed")
        sync_folder(final.parent)
        crash_at("folder synced")
    except OSError:
        _abandon(partial, file)
        final.unlink(missing_ok=True)
        raise
    return final


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _abandon(path: Path, file: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # its buffer could not be written; it is being thrown away
        file.close()
    path.unlink(missing_ok=True)


def remove(folder: Path, names: list[str]) -> None:
    """Delete files of finished messages. One that stays behind is swept at the next start."""
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError:
            continue


def leftovers(folder: Path, live: set[str]) -> tuple[int, int]:
    """Delete what no live message owns; returns how many orphans and how many partial files there were."""
    orphans = partials = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in live or not entry.is_file(follow_symlinks=False):
                continue
            try:
                Path(entry.path).unlink()
            except OSError:
                continue
            if entry.name.endswith(PARTIAL):
                partials += 1
            else:
                orphans += 1
    return orphans, partials
