"""What the analyser has to say, as codes and arguments; `words` turns them into sentences of a language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say. Arguments may be a stranger's words; a length of time is a timedelta."""

    code: str
    arguments: Mapping[str, str | int | timedelta] = field(default_factory=dict)


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd or worth knowing; `hop` is the number of the hop it is about, 0 for the whole message."""

    severity: Severity
    note: Note
    hop: int = 0


def error(code: str, hop: int = 0, **arguments: str | int | timedelta) -> Finding:
    return Finding(Severity.ERROR, Note(code, {"hop": hop, **arguments}), hop)


def warning(code: str, hop: int = 0, **arguments: str | int | timedelta) -> Finding:
    return Finding(Severity.WARNING, Note(code, {"hop": hop, **arguments}), hop)


def remark(code: str, hop: int = 0, **arguments: str | int | timedelta) -> Finding:
    return Finding(Severity.NOTE, Note(code, {"hop": hop, **arguments}), hop)
