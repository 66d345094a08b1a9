"""Writing facts down: JSON lines when a program reads, coloured lines when a person does."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO, TextIO

import orjson
import structlog

from .facts import FACTS, Level
from .printable import printable

_JSON = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
_LOUDNESS = {Level.DEBUG: 0, Level.INFO: 1, Level.WARNING: 2, Level.ERROR: 3}


class Journal:
    """The one place where facts go. `fact` is cheap: one JSON line, one counter."""

    def __init__(self, write: Callable[[str, Level, dict[str, Any]], None], *, quietest: Level = Level.INFO) -> None:
        self._write = write
        self._threshold = _LOUDNESS[quietest]
        self.counts: Counter[str] = Counter()

    def fact(self, name: str, **facts: Any) -> None:
        """Record that something happened; `name` is a key of FACTS (anything else is a programming error)."""
        level = FACTS[name].level
        self.counts[name] += 1
        if _LOUDNESS[level] >= self._threshold:
            self._write(name, level, facts)

    @classmethod
    def to_stream(cls, stream: TextIO | None = None, *, quietest: Level = Level.INFO) -> "Journal":
        """Log to a stream (standard error): for people on a terminal, as JSON lines elsewhere."""
        stream = sys.stderr if stream is None else stream
        writer = _people(stream) if stream.isatty() else _json(stream.buffer)
        return cls(writer, quietest=quietest)

    @classmethod
    def silent(cls) -> "Journal":
        """Counts, writes nothing: for tests and the lab, which show facts their own way."""
        return cls(lambda _name, _level, _facts: None)


def _json(stream: BinaryIO) -> Callable[[str, Level, dict[str, Any]], None]:
    """One JSON object a line. orjson escapes every control character, so no fact can forge another line.

    What is told within one turn of the event loop is written at once: a line costs its words, not a system call.
    """
    lines: list[bytes] = []

    def write(name: str, level: Level, facts: dict[str, Any]) -> None:
        told = {"timestamp": datetime.now(UTC), "level": level.value, "fact": name, **facts}
        lines.append(orjson.dumps(told, default=str, option=_JSON))
        if len(lines) == 1:
            try:
                asyncio.get_running_loop().call_soon(flush)
            except RuntimeError:  # no loop is running: before the start, after the end, in another thread
                flush()

    def flush() -> None:
        written = b"".join(lines)
        lines.clear()
        try:
            stream.write(written)
            stream.flush()
        except (OSError, ValueError):
            pass  # a full log disk must not stop the mail (hazards 4, no. 5); /readyz watches the spool

    return write


def _people(stream: TextIO) -> Callable[[str, Level, dict[str, Any]], None]:
    render = structlog.dev.ConsoleRenderer(colors=True, sort_keys=False)
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)

    def write(name: str, level: Level, facts: dict[str, Any]) -> None:
        line = stamp(None, name, {"event": name, "level": level.value, **{k: _shown(v) for k, v in facts.items()}})
        print(render(None, name, line), file=stream, flush=True)

    return write


def _shown(value: Any) -> Any:
    """Text that a stranger may have written, made harmless for a terminal; moments as the JSON lines have them."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    return value
