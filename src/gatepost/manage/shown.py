"""Objects as JSON for every face: Exchange's properties in Exchange's order, ours behind them."""

from typing import Any

from gatepost.config import PROPERTIES, ObjectKind, Record, shown_properties, utc


def shown(record: Record) -> dict[str, Any]:
    """One object. Connectors come in the order of a live record (exchange-connectors §2.7, §9.1)."""
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
