"""Finding sessions in the files of the protocol log. Blocking: whoever calls does so in a thread.

Files are looked through as octets, and only the rows of sessions that matter are read as CSV.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .protocol_files import ProtocolFiles
from .protocol_lines import Direction, ProtocolLine, excerpt, read

Files = dict[Direction, ProtocolFiles]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSession:
    """What the log has of one session, in order."""

    direction: Direction
    session: str
    lines: tuple[ProtocolLine, ...]

    @property
    def connector(self) -> str:
        """The last that it belonged to."""
        return self.lines[-1].connector


def of_message(files: Files, message: str, *, since: float, until: float) -> list[LoggedSession]:
    """The sessions in which a message came and went, each cut down to what concerns it, in the order of their time."""
    found = []
    for direction, ours in files.items():
        places = ours.between(since, until)
        names = {line.session for line in _rows(places, [message])}
        for whole in _whole(direction, places, names):
            lines = excerpt(whole.lines, message)
            found.append(LoggedSession(direction=direction, session=whole.session, lines=tuple(lines)))
    return sorted(found, key=lambda it: it.lines[0].at)


def find(
    files: Files,
    *,
    words: Iterable[str],
    wanted: Callable[[ProtocolLine], bool],
    since: float,
    until: float,
    limit: int,
) -> list[LoggedSession]:
    """Sessions with a row that has all the `words` and is `wanted`, newest first."""
    needles = [word for word in words if word]
    found: list[LoggedSession] = []
    for direction, ours in files.items():
        places = ours.between(since, until)
        names: dict[str, None] = {}
        for file in reversed(places):
            rows = [row for row in _rows([file], needles) if since <= row.at <= until and wanted(row)]
            names.update(dict.fromkeys(row.session for row in reversed(rows)))
            if len(names) >= limit:
                break
        found.extend(_whole(direction, places, set(list(names)[:limit])))
    return sorted(found, key=lambda it: it.lines[0].at, reverse=True)[:limit]


def _whole(direction: Direction, places: list[Path], names: set[str]) -> Iterator[LoggedSession]:
    """All rows of these sessions, wherever they stand."""
    lines: dict[str, list[ProtocolLine]] = {name: [] for name in names}
    for name in names:
        lines[name] = sorted((it for it in _rows(places, [name]) if it.session == name), key=lambda it: it.number)
    for name, rows in lines.items():
        if rows:
            yield LoggedSession(direction=direction, session=name, lines=tuple(rows))


def _rows(places: Iterable[Path], needles: list[str]) -> Iterator[ProtocolLine]:
    """The rows in which all of these words stand, upper and lower case alike; without a word all rows."""
    wanted = [needle.encode().lower() for needle in needles]
    for file in places:
        try:
            octets = file.read_bytes()
        except FileNotFoundError:  # it was too old, and is gone
            continue
        if not wanted:
            yield from read(octets)
            continue
        searched = octets.lower()
        at = searched.find(wanted[0])
        while at >= 0:
            start = octets.rfind(b"\n", 0, at) + 1
            end = octets.find(b"\n", at)
            end = len(octets) if end < 0 else end
            if all(needle in searched[start:end] for needle in wanted[1:]):
                yield from read(octets[start:end])
            at = searched.find(wanted[0], end)
