"""Objects as JSON Schema for the OpenAPI document, made from the one table of properties.

Three schemas a kind: what is shown, what a new one takes, what a change takes. They describe; what decides is
`config`, with the same sentences for every face, and it is a little more lenient (`"true"` for true).
"""

from collections.abc import Iterable
from typing import Any

from gatepost.config import PROPERTIES, SET, ObjectKind, Property

Schema = dict[str, Any]
_MOMENT = {"type": "string", "format": "date-time"}
_IDENTITY: dict[str, Schema] = {
    "Name": {"type": "string"},
    "Identity": {"type": "string"},
    "Guid": {"type": "string", "format": "uuid"},
    "IsValid": {"type": "boolean"},
    "WhenChangedUTC": _MOMENT,
    "WhenCreatedUTC": _MOMENT,
}
TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_OWNER: dict[ObjectKind, dict[str, Schema]] = {
    ObjectKind.ORGANIZATION: {},
    ObjectKind.TOKEN: {
        "Organization": {**TEXT_OR_NULL, "description": "null: every organization."},
        "LastUsedUTC": {**TEXT_OR_NULL, "description": "Since the server's start."},
        "Token": {**TEXT_OR_NULL, "description": "The token itself, in the answer that makes it and never again."},
    },
    ObjectKind.SIGNING: {
        "Organization": TEXT,
        "Domain": TEXT,
        "Selector1PublicKey": {**TEXT_OR_NULL, "description": "The TXT record of the first selector's RSA key."},
        "Selector2PublicKey": {**TEXT_OR_NULL, "description": "The TXT record of the second selector's RSA key."},
        "SelectorBeforeRotateOnDate": {**TEXT, "description": "The selector that signs."},
        "SelectorAfterRotateOnDate": {**TEXT, "description": "The selector that will, while a rotation goes on."},
        "Records": {
            "type": "array",
            "description": "What to publish: as a value, as strings of a TXT record, as a line of a zone file.",
            "items": {"type": "object"},
        },
    },
}
_ONLY_NEW: dict[ObjectKind, dict[str, Schema]] = {
    ObjectKind.TOKEN: {"AllOrganizations": {"type": "boolean", "description": "Let it hold in every organization."}},
}


def name_of(kind: ObjectKind) -> str:
    """`InboundConnector`: how the schema of a kind is called."""
    return "".join(word.capitalize() for word in str(kind).split())


def object_schemas() -> dict[str, Schema]:
    """The schemas of every kind that has an address of its own."""
    found: dict[str, Schema] = {}
    for kind, items in PROPERTIES.items():
        if kind is ObjectKind.DEVICE:
            continue  # what is noted of a device is told with the device
        name = name_of(kind)
        # A token's secret is the server's: it is never given, and told once, as `Token`.
        items = tuple(item for item in items if not (kind is ObjectKind.TOKEN and item.kind.secret))
        found[name] = _shown(kind, items)
        found[f"{name}New"] = _new(kind, items)
        found[f"{name}Change"] = _change(items)
    return found


def _shown(kind: ObjectKind, items: Iterable[Property]) -> Schema:
    values = {item.name: _value(item, shown=True) for item in items}
    every = {**_IDENTITY, **values, **_OWNER.get(kind, {"Organization": TEXT})}
    return {"type": "object", "properties": every, "required": [*_IDENTITY, *values]}


def _new(kind: ObjectKind, items: Iterable[Property]) -> Schema:
    values = {item.name: _value(item, shown=False) for item in items}
    return {
        "type": "object",
        "properties": {"Name": {"type": "string", "maxLength": 255}, **values, **_ONLY_NEW.get(kind, {})},
        "required": ["Name", "Password"] if kind is ObjectKind.USER else ["Name"],
    }


def _change(items: Iterable[Property]) -> Schema:
    values = {item.name: _changed(item) for item in items}
    return {"type": "object", "properties": {"Name": {"type": "string", "description": "A new name."}, **values}}


def _value(item: Property, *, shown: bool) -> Schema:
    schema = _member(item, shown=shown)
    if item.kind.each:
        schema = {"type": "array", "items": schema}
    elif _may_be_empty(item):
        schema = _or_null(schema)
    return {**schema, "description": _meaning(item)}


def _changed(item: Property) -> Schema:
    """Lists whole, or by what comes and goes."""
    schema = _value(item, shown=False)
    if not item.kind.each:
        return schema
    whole = {key: value for key, value in schema.items() if key != "description"}
    edit = {"type": "object", "properties": {"Add": whole, "Remove": whole}, "additionalProperties": False}
    return {"oneOf": [whole, edit], "description": schema["description"]}


def _member(item: Property, *, shown: bool) -> Schema:
    if item.kind.secret:
        return {"type": "string", "enum": [SET]} if shown else {"type": "string", "writeOnly": True}
    match item.kind.word:
        case "true|false":
            return {"type": "boolean"}
        case "octets" | "number":
            return {"type": "integer"}
        case word if "|" in word:
            return {"type": "string", "enum": word.split("|")}
    return {"type": "string"}


def _may_be_empty(item: Property) -> bool:
    if item.kind.word == "true|false":
        return False
    return item.kind.secret or item.default is None or item.kind.show(item.default) is None


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "type": ["string", "null"], "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def _meaning(item: Property) -> str:
    words = [item.help]
    if item.applies != "both":
        words.append(f"{item.applies} only.")
    if item.fixed:
        words.append("Cannot change later.")
    return " ".join(words)
