"""From rows of the tables to what the spool shows. No SQL here and no disk."""

from typing import Any

import orjson

from .ids import moment_of, written
from .message import Refusal
from .rows import read_document
from .states import State
from .store import PLACES
from .views import HeldBy, QueuedRecipient, QueueMessage, QueueRow, TraceRow


def trace_row(row: tuple[Any, ...]) -> TraceRow:
    number, received_at, sender, recipient, subject, message_id, client = row[:7]
    return TraceRow(
        id=written(number),
        received_at=received_at,
        sender=sender,
        recipient=recipient,
        subject=subject,
        message_id=message_id,
        client=client,
        organization=row[7],
        connector=row[8],
        octets=row[9],
        status=State(row[10]),
        last_reply=row[11],
        cause=row[13],
        cursor=written(row[12]),
    )


def read_refusal(row: tuple[Any, ...]) -> Refusal:
    return Refusal(
        id=written(row[0]),
        at=row[1],
        client=row[2],
        hello=row[3],
        sender=row[4],
        recipient=row[5],
        reply=row[6],
        organization=row[7],
        connector=row[8],
        tls=row[9],
        story=read_document(row[10]),
    )


def queue_row(row: tuple[Any, ...]) -> QueueRow:
    number, sender, recipient, destination, state, attempts, due, received_at, octets, subject = row[:10]
    cursor = orjson.dumps([state, destination, due or 0.0, number]).decode()
    return QueueRow(
        id=written(number - number % PLACES),
        sender=sender,
        recipient=recipient,
        destination=destination,
        state=State(state),
        attempts=attempts,
        due=due,
        received_at=received_at,
        octets=octets,
        subject=subject,
        organization=row[10],
        connector=row[11],
        last_reply=row[12],
        rule=row[13],
        sandbox=bool(row[14]),
        cursor=cursor,
    )


def held_by(row: tuple[Any, ...]) -> HeldBy:
    organization, rule, sandbox, count, first = row
    return HeldBy(
        organization=organization, rule=rule, sandbox=bool(sandbox), recipients=count, oldest=moment_of(first)
    )


def read_cursor(after: str | None) -> tuple[str, str, float, int]:
    """Where to go on; a cursor that is none begins at the beginning."""
    start = ("sending", "", -1.0, -1)
    if after is None:
        return start
    try:
        part, lane, due, number = orjson.loads(after)
        found = (str(part), str(lane), float(due), int(number))
    except (ValueError, TypeError):
        return start
    return found if part in ("sending", "held", "waiting") else start


def read_message(row: tuple[Any, ...], recipients: list[tuple[Any, ...]]) -> QueueMessage:
    return QueueMessage(
        id=written(row[0]),
        received_at=row[1],
        sender=row[2],
        octets=row[3],
        client=row[4],
        organization=row[5],
        connector=row[6],
        subject=row[7],
        message_id=row[8],
        extras=read_document(row[9]) if row[9] else {},
        finished_at=row[11],
        recipients=tuple(
            QueuedRecipient(
                address=address,
                destination=destination,
                state=State(state),
                attempts=attempts,
                due=due,
                warned=bool(warned),
                crashes=crashes,
                last_reply=last_reply,
                rule=rule,
                sandbox=bool(sandbox),
                cause=cause,
            )
            for (
                address,
                destination,
                state,
                attempts,
                due,
                warned,
                crashes,
                last_reply,
                rule,
                sandbox,
                cause,
            ) in recipients
        ),
    )
