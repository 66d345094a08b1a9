"""Objects as JSON Schema for the OpenAPI document, made from the one table of properties.

Three schemas a kind: what is shown, what a new one takes, what a change takes. They describe; what decides is
`config`, with the same sentences for every face, and it is a little more lenient (`"true"` for true).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gatepost.config import PROPERTIES, SET, ObjectKind, Property
from gatepost.manage import Role
from gatepost.tools import Level

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
_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_OWNER: dict[ObjectKind, dict[str, Schema]] = {
    ObjectKind.ORGANIZATION: {},
    ObjectKind.TOKEN: {
        "Organization": {**_TEXT_OR_NULL, "description": "null: every organization."},
        "LastUsedUTC": {**_TEXT_OR_NULL, "description": "Since the server's start."},
        "Token": {**_TEXT_OR_NULL, "description": "The token itself, in the answer that makes it and never again."},
    },
    ObjectKind.SIGNING: {
        "Organization": _TEXT,
        "Domain": _TEXT,
        "Selector1PublicKey": {**_TEXT_OR_NULL, "description": "The TXT record of the first selector's RSA key."},
        "Selector2PublicKey": {**_TEXT_OR_NULL, "description": "The TXT record of the second selector's RSA key."},
        "SelectorBeforeRotateOnDate": {**_TEXT, "description": "The selector that signs."},
        "SelectorAfterRotateOnDate": {**_TEXT, "description": "The selector that will, while a rotation goes on."},
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


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def enveloped(value: Schema, *, page: bool = False) -> Schema:
    """The envelope of `answers.py` around a value, or around a list of them."""
    inside: Schema = {
        "value": {"type": "array", "items": value} if page else value,
        "warnings": {"type": "array", "items": {"type": "string"}},
    }
    if page:
        inside["next"] = {"type": ["string", "null"], "description": "The next page; null on the last one."}
    return {"type": "object", "properties": inside, "required": list(inside)}


def components() -> dict[str, Schema]:
    """Every schema that the routes refer to."""
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
    return found | FIXED


def _shown(kind: ObjectKind, items: Iterable[Property]) -> Schema:
    values = {item.name: _value(item, shown=True) for item in items}
    every = {**_IDENTITY, **values, **_OWNER.get(kind, {"Organization": _TEXT})}
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


def _table(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer"}
_ANY: Schema = {}
_STANDING: Schema = {"type": "string", "enum": ["closed", "open", "half-open", "off"]}

FIXED: dict[str, Schema] = {
    "Refusal": _table(
        {
            "error": _table(
                {
                    "code": _TEXT,
                    "message": _TEXT,
                    "problems": {
                        "type": "array",
                        "minItems": 1,
                        "items": _table({"field": _TEXT_OR_NULL, "message": _TEXT, "remedy": _TEXT_OR_NULL}),
                    },
                }
            )
        }
    ),
    "Removed": _table({"removed": _TEXT, "Guid": _TEXT}, Organization=_TEXT_OR_NULL),
    "Task": _table({"TaskName": _TEXT, "IsTaskSuccessful": {"type": "boolean"}, "TaskDetail": _TEXT}),
    "KeyFinding": _table({"Selector": _TEXT, "Name": _TEXT, "Level": _TEXT, "Sentence": _TEXT, "Remedy": _TEXT}),
    "Decision": _table(
        {
            "result": {"type": "string", "enum": ["relay", "incoming", "reject"]},
            "connector": _TEXT_OR_NULL,
            "organization": _TEXT_OR_NULL,
            "reply": _TEXT,
            "reasons": _TEXTS,
            "remedies": _TEXTS,
        }
    ),
    "Way": _table(
        {
            "connector": _TEXT,
            "organization": _TEXT,
            "guid": _TEXT,
            "standing": _STANDING,
            "fallback_connectors": _TEXTS,
        },
        reason=_TEXT_OR_NULL,
        since=_TEXT_OR_NULL,
        asked_again_at=_TEXT_OR_NULL,
        limits={"type": "object"},
        used={"type": "object"},
    ),
    "RouteChoice": _table(
        {
            "destination": _TEXT,
            "organization": _TEXT_OR_NULL,
            "ways": {"type": "array", "items": _table({"way": _TEXT, "hosts": _TEXTS, "standing": _STANDING})},
            "left_out": _TEXTS,
            "passed": {"type": "array", "items": _table({"connector": _TEXT, "because": _TEXT})},
        }
    ),
    "Recipient": _table(
        {
            "Address": _TEXT,
            "RecipientType": {"type": "string", "enum": ["Mailbox", "Alias"]},
            "Targets": _TEXTS,
            "DomainName": _TEXT,
            "Organization": _TEXT,
        }
    ),
    "RecipientChanges": _table(
        {
            "added": _COUNT,
            "changed": _COUNT,
            "removed": _COUNT,
            "domains": {"type": "array", "items": {"type": "object"}},
        }
    ),
    "RecipientFile": _table({"text": _TEXT}),
    "QueuedRecipient": _table(
        {
            "id": _TEXT,
            "sender": _TEXT,
            "recipient": _TEXT,
            "destination": _TEXT,
            "state": {"type": "string", "enum": ["waiting", "sending", "held"]},
            "attempts": _COUNT,
            "received_at": _TEXT_OR_NULL,
        },
        due=_TEXT_OR_NULL,
        last_reply=_TEXT_OR_NULL,
        organization=_TEXT_OR_NULL,
        connector=_TEXT_OR_NULL,
        subject=_TEXT_OR_NULL,
        octets=_COUNT,
        rule=_TEXT_OR_NULL,
        sandbox={"type": "boolean"},
    ),
    "QueueCounts": _table(
        {"waiting": _COUNT, "sending": _COUNT, "held": _COUNT, "by_destination": {"type": "object"}},
        in_sandbox=_COUNT,
        held_by={"type": "array", "items": {"type": "object"}},
    ),
    "Letter": _table({"id": _TEXT, "octets": _COUNT, "message": _TEXT}),
    "Ruling": _table(
        {
            "organization": _TEXT,
            "recipients": {"type": "array", "items": {"type": "object"}},
            "rules": {
                "type": "array",
                "items": _table(
                    {"name": _TEXT, "priority": _COUNT, "applies": {"type": "boolean"}, "because": _TEXT_OR_NULL}
                ),
            },
        }
    ),
    "QueueDestination": {"type": "object"},
    "Message": _table({"id": _TEXT, "sender": _TEXT, "recipients": {"type": "array", "items": {"type": "object"}}}),
    "Story": _table(
        {
            "id": _TEXT,
            "sender": _TEXT,
            "recipients": {"type": "array", "items": {"type": "object"}},
            "events": {"type": "array", "items": _table({"at": _TEXT_OR_NULL, "kind": _TEXT})},
        }
    ),
    "LoggedSession": _table(
        {
            "session": _TEXT,
            "direction": {"type": "string", "enum": ["receive", "send"]},
            "connector": _TEXT_OR_NULL,
            "local": _TEXT,
            "remote": _TEXT,
            "began": _TEXT,
            "ended": _TEXT,
            "lines": {
                "type": "array",
                "items": _table({"at": _TEXT, "event": _TEXT, "data": _TEXT, "context": _TEXT}),
            },
        }
    ),
    "Touched": _table({"recipients": _COUNT}),
    "TracedRecipient": _table(
        {"id": _TEXT, "received_at": _TEXT_OR_NULL, "sender": _TEXT, "recipient": _TEXT_OR_NULL, "status": _TEXT},
        subject=_TEXT_OR_NULL,
        message_id=_TEXT_OR_NULL,
        client=_TEXT_OR_NULL,
        organization=_TEXT_OR_NULL,
        connector=_TEXT_OR_NULL,
        last_reply=_TEXT_OR_NULL,
        cause=_TEXT_OR_NULL,
    ),
    "AuditEntry": _table(
        {"id": _COUNT, "at": _TEXT, "who": _TEXT, "origin": _TEXT, "action": _TEXT, "kind": _TEXT, "object": _TEXT},
        address=_TEXT_OR_NULL,
        organization=_TEXT_OR_NULL,
        before=_ANY,
        after=_ANY,
    ),
    "Alert": _table(
        {
            "kind": _TEXT,
            "level": {"type": "string", "enum": ["warning", "failed"]},
            "about": _TEXT,
            "sentence": _TEXT,
            "remedy": _TEXT,
            "at": _TEXT_OR_NULL,
            "id": _TEXT_OR_NULL,
        }
    ),
    "Told": _table({"target": _TEXT, "sent": {"type": "boolean"}, "trouble": _TEXT_OR_NULL}, id=_TEXT),
    "Checked": _table(
        {
            "passed": {"type": "boolean", "description": "Whether nothing has failed; warnings do not count."},
            "worst": {"type": "string", "enum": [str(level) for level in Level]},
            "findings": {
                "type": "array",
                "items": _table(
                    {
                        "check": _TEXT,
                        "section": _TEXT,
                        "about": _TEXT,
                        "level": {"type": "string", "enum": [str(level) for level in Level]},
                        "sentence": _TEXT,
                        "remedy": _TEXT,
                        "seconds": {"type": "number"},
                    }
                ),
            },
        }
    ),
    "SeenDevice": _table(
        {
            "address": _TEXT,
            "last_address": _TEXT,
            "first_seen": _TEXT_OR_NULL,
            "last_seen": _TEXT_OR_NULL,
            "sessions": _COUNT,
            "accepted": _COUNT,
            "refused": _COUNT,
            "allowed_by": {"type": "array", "items": {"type": "object"}},
            "blocked_by": _TEXTS,
            "old_tls": {"type": "boolean"},
            "minimum_tls_version": _TEXT,
            "wants_old_tls": {"type": "boolean"},
        },
        name=_TEXT_OR_NULL,
        tls=_TEXT_OR_NULL,
        tls_advice=_TEXT_OR_NULL,
        hello=_TEXT,
        organization=_TEXT_OR_NULL,
        owner=_TEXT,
        note=_TEXT,
        retire_by=_TEXT_OR_NULL,
        noted_at=_TEXT_OR_NULL,
        nag=_TEXT_OR_NULL,
    ),
    "SeenDevices": _table(
        {
            "total": _COUNT,
            "learning": reference("DeviceLearning"),
            "devices": {"type": "array", "items": reference("SeenDevice")},
        }
    ),
    "DeviceChanges": _table({"address": _TEXT, "changes": {"type": "array", "items": {"type": "object"}}}, next=_ANY),
    "DeviceLearning": _table(
        {"on": {"type": "boolean"}, "since": _TEXT_OR_NULL, "until": _TEXT_OR_NULL, "seconds_left": _COUNT},
        learned=_COUNT,
    ),
    "ConnectorUsage": _table(
        {
            "Guid": _TEXT,
            "Name": _TEXT,
            "Organization": _TEXT,
            "Outbound": {"type": "boolean"},
            "LastUsedUTC": _TEXT_OR_NULL,
            "MessagesToday": _COUNT,
            "Messages7Days": _COUNT,
        }
    ),
    "TrafficHours": _table({"hours": {"type": "array", "items": {"type": "object"}}, "totals": {"type": "object"}}),
    "Foreseen": _table(
        {
            "days": _COUNT,
            "judged": _COUNT,
            "accepted": _COUNT,
            "refused": _COUNT,
            "complete": {"type": "boolean"},
            "examples": {"type": "array", "items": {"type": "object"}},
        }
    ),
    "Document": {
        "type": "object",
        "description": "Lists Organization, AcceptedDomain, InboundConnector and OutboundConnector.",
    },
    "Recreation": _table({"script": _TEXT}),
    "Plan": _table(
        {
            "applied": {"type": "boolean"},
            "changes": {"type": "array", "items": {"type": "object"}},
            "unmentioned": {"type": "array", "items": {"type": "object"}},
        }
    ),
    "Status": _table({"ready": {"type": "boolean"}, "troubles": _TEXTS, "notes": _TEXTS, "hostname": _TEXT}),
    "Settings": _table({"source": _TEXT_OR_NULL, "settings": {"type": "array", "items": {"type": "object"}}}),
    "ServedCertificate": _table(
        {"listener": _TEXT, "usable": {"type": "boolean"}},
        problem=_TEXT_OR_NULL,
        expires=_TEXT_OR_NULL,
        warning=_TEXT_OR_NULL,
    ),
    "TestTarget": _table({"key": _TEXT, "kind": _TEXT, "name": _TEXT, "address": _TEXT, "tls": _TEXTS}),
    "TestBegun": _table({"id": _TEXT_OR_NULL, "target": _TEXT}),
    "Test": _table(
        {
            "target": _TEXT,
            "running": {"type": "boolean"},
            "said": {"type": "array", "items": {"type": "object"}},
            "report": {"type": ["object", "null"], "description": "As `gatepost send --json` prints it."},
        }
    ),
    "VerificationBegun": _table({"id": _TEXT_OR_NULL}),
    "Verification": _table(
        {
            "subject": _TEXT,
            "test": _TEXT_OR_NULL,
            "message": _TEXT_OR_NULL,
            "running": {"type": "boolean"},
            "held": {"type": "boolean", "description": "Whether every copy was found."},
            "recipients": {
                "type": "array",
                "items": {"type": "object"},
                "description": "As `gatepost verify --json` prints them, with `standing` (looking, found, elsewhere or "
                "missing) and the `header` of the copy.",
            },
        }
    ),
    "TenantScript": _table({"parts": _TEXTS, "script": _TEXT}),
    "SignedIn": _table({"token": _TEXT, "expires": _TEXT}),
    "Caller": _table(
        {
            "who": _TEXT,
            "role": {"type": "string", "enum": [str(role) for role in Role]},
            "organization": {**_TEXT_OR_NULL, "description": "null: every organization."},
        }
    ),
}
