"""Writing facts down, and counting them. Where they go is said once, at the start."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .facts import FACTS, Level
from .rfc5424 import Origin
from .syslog import Syslog
from .syslog_server import SyslogServer
from .writing import LogFile, Write, also_to, json_lines, people, plain_lines, syslog_lines

Listener = Callable[[str, Mapping[str, Any]], None]
_LOUDNESS = {Level.DEBUG: 0, Level.INFO: 1, Level.WARNING: 2, Level.ERROR: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTerms:
    """How and where facts are written.

    `format` is `json`, `text` or `rfc5424`; None: text for people on a terminal, else JSON. `file` stands in for
    standard error; `syslog` is a server besides, by TLS with a certificate of `syslog_authorities` or the system's.
    """

    format: str | None = None
    level: Level = Level.INFO
    file: Path | None = None
    syslog: str | None = None
    syslog_authorities: Path | None = None
    facility: str = "mail"
    hostname: str = "localhost"


class Journal:
    """The one place where facts go. `fact` is cheap: one JSON line, one counter.

    A `listener` hears every fact, however quiet, behind the log; it must neither raise nor wait.
    """

    def __init__(self, write: Write, *, quietest: Level = Level.INFO, syslog: Syslog | None = None) -> None:
        self._write = write
        self._threshold = _LOUDNESS[quietest]
        self._syslog = syslog
        self.counts: Counter[str] = Counter()
        self.listener: Listener | None = None

    def fact(self, name: str, **facts: Any) -> None:
        """Record that something happened; `name` is a key of FACTS (anything else is a programming error)."""
        level = FACTS[name].level
        self.counts[name] += 1
        if _LOUDNESS[level] >= self._threshold:
            self._write(name, level, facts)
        if self.listener is not None:
            self.listener(name, facts)

    def quiet_fact(self, name: str, words: Callable[[], dict[str, Any]]) -> None:
        """Record a fact that is usually only counted: its words are made only where somebody hears them."""
        if self.listener is None and _LOUDNESS[FACTS[name].level] < self._threshold:
            self.counts[name] += 1
        else:
            self.fact(name, **words())

    def close(self) -> None:
        """Nothing more will be told: a syslog server gets what is left."""
        if self._syslog is not None:
            self._syslog.close()

    @classmethod
    def open(cls, terms: LogTerms, stream: TextIO | None = None) -> "Journal":
        """Log as the terms say, else to a stream (standard error); raises OSError for a file that cannot be written."""
        stream = sys.stderr if stream is None else stream
        origin = Origin(hostname=terms.hostname, process=os.getpid(), facility=terms.facility)
        if terms.file is None and stream.isatty() and terms.format in (None, "text"):
            write = people(stream)
        else:
            sink = stream.buffer if terms.file is None else LogFile(terms.file)
            match terms.format:
                case "text":
                    write = plain_lines(sink)
                case "rfc5424":
                    write = syslog_lines(sink, origin)
                case _:
                    write = json_lines(sink)
        if terms.syslog is None:
            return cls(write, quietest=terms.level)
        syslog = Syslog(SyslogServer.at(terms.syslog, terms.syslog_authorities))
        return cls(also_to(syslog, origin, write), quietest=terms.level, syslog=syslog)

    @classmethod
    def silent(cls) -> "Journal":
        """Counts, writes nothing: for tests and the lab, which show facts their own way."""
        return cls(lambda _name, _level, _facts: None)
