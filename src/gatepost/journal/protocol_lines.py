"""The protocol log as a format: the CSV files that Exchange's protocol logging writes, and what to show of one session.

Fields and events are Exchange's, so that what reads its logs reads ours. A row is a line: no field holds a line
break, and none is a formula to a spreadsheet.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from gatepost.mail import as_cell, from_cell

from .printable import printable

FIELDS = (
    "date-time",
    "connector-id",
    "session-id",
    "sequence-number",
    "local-endpoint",
    "remote-endpoint",
    "event",
    "data",
    "context",
)
_MOST_TEXT = 1000  # characters of a field; a reply may be an essay


class Direction(StrEnum):
    """Who called: a client us, or we a host. The value is the folder's name."""

    RECEIVE = "receive"
    SEND = "send"

    @property
    def prefix(self) -> str:
        """How its files' names begin."""
        return "RECV" if self is Direction.RECEIVE else "SEND"


class ProtocolEvent(StrEnum):
    """What a row tells of: both ends of the connection, what was said and heard, and notes on it."""

    CONNECTED = "+"
    DISCONNECTED = "-"
    SAID = ">"
    HEARD = "<"
    NOTE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolLine:
    """One row. `at` is in seconds since 1970; `connector` is "" where none names the session."""

    at: float
    connector: str
    session: str
    number: int
    local: str
    remote: str
    event: ProtocolEvent
    data: str = ""
    context: str = ""


def header(direction: Direction, version: str, at: float) -> bytes:
    """How a file begins."""
    kind = "Receive" if direction is Direction.RECEIVE else "Send"
    lines = (
        "#Software: Gatepost",
        f"#Version: {version}",
        f"#Log-type: SMTP {kind} Protocol Log",
        f"#Date: {_moment(at)}",
        f"#Fields: {','.join(FIELDS)}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


def written(lines: Iterable[ProtocolLine]) -> bytes:
    """The rows, each with its CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(
        (
            _moment(it.at),
            _field(it.connector),
            it.session,
            it.number,
            it.local,
            it.remote,
            it.event.value,
            _field(it.data),
            _field(it.context),
        )
        for it in lines
    )
    return text.getvalue().encode("utf-8", "replace")


def read(octets: bytes) -> Iterator[ProtocolLine]:
    """The rows of a file or of a piece of one. What is no row (a header, half a row after a crash) is passed over."""
    text = octets.decode("utf-8", "replace").splitlines()
    for row in csv.reader(line for line in text if not line.startswith("#")):
        if len(row) == len(FIELDS) and (line := _line(row)) is not None:
            yield line


def _line(row: Sequence[str]) -> ProtocolLine | None:
    at, connector, session, number, local, remote, event, data, context = row
    try:
        return ProtocolLine(
            at=datetime.fromisoformat(at).timestamp(),
            connector=from_cell(connector),
            session=session,
            number=int(number),
            local=local,
            remote=remote,
            event=ProtocolEvent(event),
            data=from_cell(data),
            context=from_cell(context),
        )
    except ValueError:
        return None


def excerpt(lines: Sequence[ProtocolLine], message: str) -> list[ProtocolLine]:
    """Of one session in order: how it began, and the transactions in which a queue id is spoken of.

    Other messages of the same session are left out: they may be somebody else's.
    """
    starts = [place for place, line in enumerate(lines) if _begins_transaction(line)]
    if not starts:
        return list(lines)
    shown = list(lines[: starts[0]])
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        transaction = lines[start:end]
        if any(message in line.data or message in line.context for line in transaction):
            shown.extend(transaction)
    return shown


def endpoint(address: tuple[object, ...] | str | None) -> str:
    """A socket's address as the log writes it.

    >>> endpoint(("2001:db8::1", 25, 0, 0))
    '[2001:db8::1]:25'
    """
    if isinstance(address, tuple) and len(address) >= 2:
        host, port = str(address[0]), address[1]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return address if isinstance(address, str) else ""


def sending(message: str) -> str:
    """The note with which a transaction of ours begins."""
    return f"{_SENDING}{message}"


_SENDING = "sending message "


def _begins_transaction(line: ProtocolLine) -> bool:
    if line.event is ProtocolEvent.NOTE:
        return line.context.startswith(_SENDING)
    return line.event is ProtocolEvent.HEARD and line.data[:5].upper() == "MAIL "


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _field(text: str) -> str:
    return as_cell(printable(text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"))
