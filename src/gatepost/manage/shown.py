"""Objects as JSON for every face: Exchange's properties in Exchange's order, ours behind them. Messages, too."""

from collections.abc import Iterable
from typing import Any

from gatepost.config import PROPERTIES, ObjectKind, Record, shown_properties, utc
from gatepost.mail import Cause, remedy
from gatepost.spool import QueueMessage


def shown(record: Record) -> dict[str, Any]:
    """One object. Connectors come in the order of a live record."""
    values = shown_properties(record)
    ours = {item.name for item in PROPERTIES[record.kind] if item.ours}
    identity = {
        "Name": record.name,
        "Identity": record.name,
        "WhenChangedUTC": utc(record.changed),
        "WhenCreatedUTC": utc(record.created),
        "Guid": record.guid,
        "IsValid": True,
    }
    exchange = {name: value for name, value in values.items() if name not in ours}
    own = {name: value for name, value in values.items() if name in ours}
    if record.kind is ObjectKind.ORGANIZATION:
        return {**identity, **exchange, **own}
    if record.kind in (ObjectKind.INBOUND, ObjectKind.OUTBOUND):
        return {**exchange, **identity, **own, "Organization": record.organization}
    return {"Name": record.name, **exchange, **identity, **own, "Organization": record.organization}


def changes_shown(pairs: Iterable[tuple[Record | None, Record | None]]) -> list[dict[str, Any]]:
    """What a change does to each object, property by property."""
    changes = []
    for before, after in pairs:
        record = after or before
        assert record is not None
        changes.append(
            {
                "action": "add" if before is None else "remove" if after is None else "set",
                "kind": str(record.kind),
                "organization": record.organization or None,
                "name": record.name,
                "differences": _differences(before, after),
            }
        )
    return changes


def _differences(before: Record | None, after: Record | None) -> list[dict[str, Any]]:
    old = shown_properties(before) if before else {}
    new = shown_properties(after) if after else {}
    return [
        {"property": name, "before": old.get(name), "after": new.get(name)}
        for name in (new or old)
        if old.get(name) != new.get(name)
    ]


def message_shown(message: QueueMessage) -> dict[str, Any]:
    """A message with its recipients as JSON."""
    return {
        "id": message.id,
        "sender": message.sender or "<>",
        "subject": message.subject,
        "message_id": message.message_id,
        "received_at": moment(message.received_at),
        "finished_at": moment(message.finished_at),
        "octets": message.octets,
        "client": message.client,
        "organization": message.organization,
        "connector": message.connector,
        "recipients": [
            {
                "address": it.address,
                "state": str(it.state),
                "destination": it.destination,
                "attempts": it.attempts,
                "due": moment(it.due),
                "last_reply": it.last_reply,
                "rule": it.rule,
                "sandbox": it.sandbox,
                "cause": it.cause,
                "remedy": None if it.cause is None else remedy(Cause(it.cause)),
            }
            for it in message.recipients
        ],
        "extras": message.extras,
    }


def moment(seconds: float | None) -> str | None:
    """Seconds since 1970 as every face shows a time."""
    return None if seconds is None else utc(seconds)
