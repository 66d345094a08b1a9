"""The files of the protocol log: RECV20260723-1.log and its like, a new one each day and when one is full.

Blocking; whoever calls does so in a thread.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from .protocol_lines import Direction

_NAME = re.compile(r"(?:RECV|SEND)(\d{8})-(\d{1,6})\.log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much is kept: octets of a file, octets of a folder, days."""

    file: int
    folder: int
    days: int


class ProtocolFiles:
    """The folder of one direction. `begin` gives what a new file begins with."""

    def __init__(self, folder: Path, direction: Direction, room: Room, begin: Callable[[float], bytes]) -> None:
        self.folder = folder / direction.value
        self._prefix = direction.prefix
        self._room = room
        self._begin = begin
        self._file: Path | None = None
        self._day: date | None = None

    def append(self, octets: bytes, at: float) -> None:
        """Write rows behind the others; raises OSError."""
        day = _day(at)
        file = self._file
        if file is None or day != self._day or not file.exists() or file.stat().st_size >= self._room.file:
            file = self._file = self._next(day)
            self._day = day
            if not file.exists():
                file.touch(mode=0o600)
                octets = self._begin(at) + octets
            self.forget(at)
        with file.open("ab") as stream:
            stream.write(octets)

    def forget(self, at: float) -> None:
        """Remove what is too old, and the oldest while there is too much; never the file that is written now."""
        oldest = _day(at) - timedelta(days=self._room.days)
        files = [file for file in self.all() if file != self._file]
        sizes = {file: file.stat().st_size for file in files}
        total = sum(sizes.values()) + self._room.file
        for file in files:
            if _day_of(file) < oldest or total > self._room.folder:
                file.unlink(missing_ok=True)
                total -= sizes[file]

    def all(self) -> list[Path]:
        """The files, oldest first."""
        if not self.folder.is_dir():
            return []
        ours = [it for it in self.folder.iterdir() if it.name.startswith(self._prefix) and _NAME.fullmatch(it.name)]
        return sorted(ours, key=_order)

    def between(self, since: float, until: float) -> list[Path]:
        """The files of those days, oldest first."""
        first, last = _day(since), _day(until)
        return [file for file in self.all() if first <= _day_of(file) <= last]

    def _next(self, day: date) -> Path:
        """The last file of the day while it has room, else the one behind it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        todays = [file for file in self.all() if _day_of(file) == day]
        if todays and todays[-1].stat().st_size < self._room.file:
            return todays[-1]
        number = _order(todays[-1])[1] + 1 if todays else 1
        return self.folder / f"{self._prefix}{day:%Y%m%d}-{number}.log"


def _order(file: Path) -> tuple[str, int]:
    found = _NAME.fullmatch(file.name)
    assert found is not None
    return found[1], int(found[2])


def _day_of(file: Path) -> date:
    try:
        return datetime.strptime(_order(file)[0], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:  # eight digits that are no day: nobody's, and the oldest
        return date.min


def _day(at: float) -> date:
    return datetime.fromtimestamp(at, UTC).date()
