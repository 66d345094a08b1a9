"""How facts are written: for people, as JSON lines, as lines of RFC 5424, and to a syslog server besides."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

import orjson
import structlog

from .facts import HERE_ONLY, Level
from .printable import printable
from .rfc5424 import Origin, syslog_message
from .syslog import Syslog

Write = Callable[[str, Level, dict[str, Any]], None]
_JSON = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class Sink(Protocol):
    """Where octets go."""

    def write(self, octets: bytes, /) -> object: ...
    def flush(self) -> None: ...


class LogFile:
    """A file that is gone on with, and opened anew when somebody (logrotate) has moved it away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = self._opened()

    def write(self, octets: bytes, /) -> None:
        try:
            moved = self._path.stat().st_ino != self._stream_inode
        except FileNotFoundError:
            moved = True
        if moved:
            self._stream.close()
            self._stream = self._opened()
        self._stream.write(octets)

    def flush(self) -> None:
        self._stream.flush()

    def _opened(self) -> BinaryIO:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        stream = self._path.open("ab")
        self._stream_inode = self._path.stat().st_ino
        return stream


def json_lines(sink: Sink) -> Write:
    """One JSON object a line. orjson escapes every control character, so no fact can forge another line."""

    def line(name: str, level: Level, facts: dict[str, Any]) -> bytes:
        told = {"timestamp": datetime.now(UTC), "level": level.value, "fact": name, **facts}
        return orjson.dumps(told, default=str, option=_JSON)

    return _batched(sink, line)


def syslog_lines(sink: Sink, origin: Origin) -> Write:
    """One message of RFC 5424 a line."""
    return _batched(
        sink, lambda name, level, facts: syslog_message(origin, name, level, facts, datetime.now(UTC)) + b"\n"
    )


def plain_lines(sink: Sink) -> Write:
    """What people see on a terminal, without colours."""
    render = _rendered(colours=False)
    return _batched(sink, lambda name, level, facts: f"{render(name, level, facts)}\n".encode("utf-8", "replace"))


def people(stream: TextIO) -> Write:
    """Coloured lines for whoever looks on."""
    render = _rendered(colours=True)
    return lambda name, level, facts: print(render(name, level, facts), file=stream, flush=True)


def also_to(syslog: Syslog, origin: Origin, first: Write) -> Write:
    """To a syslog server besides; what becomes of it is told in the first log."""
    troubled = False

    def write(name: str, level: Level, facts: dict[str, Any]) -> None:
        nonlocal troubled
        first(name, level, facts)
        if name not in HERE_ONLY:
            syslog.send(syslog_message(origin, name, level, facts, datetime.now(UTC)))
        if (syslog.trouble is not None) is not troubled:
            troubled = not troubled
            server = str(syslog.server)
            if troubled:
                first("syslog_unreachable", Level.ERROR, {"server": server, "what": syslog.trouble})
            else:
                lost, syslog.lost = syslog.lost, 0
                first("syslog_recovered", Level.INFO, {"server": server, "lost": lost})

    return write


def _batched(sink: Sink, line: Callable[[str, Level, dict[str, Any]], bytes]) -> Write:
    """What is told within one turn of the event loop is written at once: a line costs its words, not a system call."""
    lines: list[bytes] = []

    def write(name: str, level: Level, facts: dict[str, Any]) -> None:
        lines.append(line(name, level, facts))
        if len(lines) == 1:
            try:
                asyncio.get_running_loop().call_soon(flush)
            except RuntimeError:  # no loop is running: before the start, after the end, in another thread
                flush()

    def flush() -> None:
        written = b"".join(lines)
        lines.clear()
        try:
            sink.write(written)
            sink.flush()
        except (OSError, ValueError):
            pass  # a full log disk must not stop the mail; /readyz watches the spool

    return write


def _rendered(*, colours: bool) -> Callable[[str, Level, dict[str, Any]], str]:
    render = structlog.dev.ConsoleRenderer(colors=colours, sort_keys=False)
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if colours else "iso", utc=not colours)

    def rendered(name: str, level: Level, facts: dict[str, Any]) -> str:
        line = stamp(None, name, {"event": name, "level": level.value, **{k: shown(v) for k, v in facts.items()}})
        return str(render(None, name, line))

    return rendered


def shown(value: Any) -> Any:
    """Text that a stranger may have written, made harmless for a terminal; moments as the JSON lines have them."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    return value
