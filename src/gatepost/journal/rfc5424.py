"""Facts as syslog messages (RFC 5424). Pure: the moment and the machine's name come in from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from .facts import Level
from .printable import printable

FACILITIES = {
    "user": 1, "mail": 2, "daemon": 3, "local0": 16, "local1": 17, "local2": 18, "local3": 19, "local4": 20,
    "local5": 21, "local6": 22, "local7": 23,
}  # fmt: skip
_SEVERITIES = {Level.DEBUG: 7, Level.INFO: 6, Level.WARNING: 4, Level.ERROR: 3}
_NAMED = ("id", "session", "organization", "connector", "client")  # what a collector sorts and joins by
_ELEMENT = "gatepost@32473"  # RFC 5612: the number that nobody has, for those who have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who writes: the header fields that are the same in every message."""

    hostname: str
    process: int
    facility: str = "mail"


def syslog_message(origin: Origin, name: str, level: Level, facts: Mapping[str, Any], at: datetime) -> bytes:
    """One fact: its name as MSGID, what it is about as structured data, and all of it as one JSON object.

    It is one line without an end, whatever a stranger has written into the facts.
    """
    priority = FACILITIES[origin.facility] * 8 + _SEVERITIES[level]
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    header = f"<{priority}>1 {moment} {_word(origin.hostname, 255)} gatepost {origin.process} {_word(name, 32)}"
    told = orjson.dumps({"level": level.value, "fact": name, **facts}, default=str, option=orjson.OPT_UTC_Z)
    return f"{header} {_element(facts)} ".encode() + told


def _element(facts: Mapping[str, Any]) -> str:
    pairs = [f'{key}="{_value(str(facts[key]))}"' for key in _NAMED if facts.get(key) not in (None, "")]
    return f"[{' '.join([_ELEMENT, *pairs])}]" if pairs else "-"


def _value(text: str) -> str:
    """RFC 5424 §6.3.3: a quote, a backslash and a closing bracket are escaped; no control character is let through."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _word(text: str, most: int) -> str:
    """A header field: printable ASCII without spaces, or "-" for nothing."""
    return "".join(c for c in text if "!" <= c <= "~")[:most] or "-"
