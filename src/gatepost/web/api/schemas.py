"""The shapes of what the REST API answers, for the OpenAPI document; objects have theirs from their properties."""

from collections.abc import Mapping

from gatepost.checks import Level
from gatepost.manage import Role

from .object_schemas import TEXT, TEXT_OR_NULL, Schema, object_schemas


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
    return object_schemas() | FIXED


def _table(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "properties": {**required, **optional}, "required": list(required)}


_TEXTS: Schema = {"type": "array", "items": TEXT}
_COUNT: Schema = {"type": "integer"}
_ANY: Schema = {}
_STANDING: Schema = {"type": "string", "enum": ["closed", "open", "half-open", "off"]}

FIXED: dict[str, Schema] = {
    "Refusal": _table(
        {
            "error": _table(
                {
                    "code": TEXT,
                    "message": TEXT,
                    "problems": {
                        "type": "array",
                        "minItems": 1,
                        "items": _table({"field": TEXT_OR_NULL, "message": TEXT, "remedy": TEXT_OR_NULL}),
                    },
                }
            )
        }
    ),
    "Removed": _table({"removed": TEXT, "Guid": TEXT}, Organization=TEXT_OR_NULL),
    "Task": _table({"TaskName": TEXT, "IsTaskSuccessful": {"type": "boolean"}, "TaskDetail": TEXT}),
    "KeyFinding": _table({"Selector": TEXT, "Name": TEXT, "Level": TEXT, "Sentence": TEXT, "Remedy": TEXT}),
    "Decision": _table(
        {
            "result": {"type": "string", "enum": ["relay", "incoming", "reject"]},
            "connector": TEXT_OR_NULL,
            "organization": TEXT_OR_NULL,
            "reply": TEXT,
            "reasons": _TEXTS,
            "remedies": _TEXTS,
        }
    ),
    "Way": _table(
        {
            "connector": TEXT,
            "organization": TEXT,
            "guid": TEXT,
            "standing": _STANDING,
            "fallback_connectors": _TEXTS,
        },
        reason=TEXT_OR_NULL,
        since=TEXT_OR_NULL,
        asked_again_at=TEXT_OR_NULL,
        limits={"type": "object"},
        used={"type": "object"},
    ),
    "RouteChoice": _table(
        {
            "destination": TEXT,
            "organization": TEXT_OR_NULL,
            "ways": {"type": "array", "items": _table({"way": TEXT, "hosts": _TEXTS, "standing": _STANDING})},
            "left_out": _TEXTS,
            "passed": {"type": "array", "items": _table({"connector": TEXT, "because": TEXT})},
        }
    ),
    "Recipient": _table(
        {
            "Address": TEXT,
            "RecipientType": {"type": "string", "enum": ["Mailbox", "Alias"]},
            "Targets": _TEXTS,
            "DomainName": TEXT,
            "Organization": TEXT,
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
    "RecipientFile": _table({"text": TEXT}),
    "QueuedRecipient": _table(
        {
            "id": TEXT,
            "sender": TEXT,
            "recipient": TEXT,
            "destination": TEXT,
            "state": {"type": "string", "enum": ["waiting", "sending", "held"]},
            "attempts": _COUNT,
            "received_at": TEXT_OR_NULL,
        },
        due=TEXT_OR_NULL,
        last_reply=TEXT_OR_NULL,
        organization=TEXT_OR_NULL,
        connector=TEXT_OR_NULL,
        subject=TEXT_OR_NULL,
        octets=_COUNT,
        rule=TEXT_OR_NULL,
        sandbox={"type": "boolean"},
    ),
    "QueueCounts": _table(
        {"waiting": _COUNT, "sending": _COUNT, "held": _COUNT, "by_destination": {"type": "object"}},
        in_sandbox=_COUNT,
        held_by={"type": "array", "items": {"type": "object"}},
    ),
    "Letter": _table({"id": TEXT, "octets": _COUNT, "message": TEXT}),
    "Ruling": _table(
        {
            "organization": TEXT,
            "recipients": {"type": "array", "items": {"type": "object"}},
            "rules": {
                "type": "array",
                "items": _table(
                    {"name": TEXT, "priority": _COUNT, "applies": {"type": "boolean"}, "because": TEXT_OR_NULL}
                ),
            },
        }
    ),
    "QueueDestination": {"type": "object"},
    "Message": _table({"id": TEXT, "sender": TEXT, "recipients": {"type": "array", "items": {"type": "object"}}}),
    "Story": _table(
        {
            "id": TEXT,
            "sender": TEXT,
            "recipients": {"type": "array", "items": {"type": "object"}},
            "events": {"type": "array", "items": _table({"at": TEXT_OR_NULL, "kind": TEXT})},
        }
    ),
    "LoggedSession": _table(
        {
            "session": TEXT,
            "direction": {"type": "string", "enum": ["receive", "send"]},
            "connector": TEXT_OR_NULL,
            "local": TEXT,
            "remote": TEXT,
            "began": TEXT,
            "ended": TEXT,
            "lines": {
                "type": "array",
                "items": _table({"at": TEXT, "event": TEXT, "data": TEXT, "context": TEXT}),
            },
        }
    ),
    "Header": _table(
        {"id": TEXT, "header": {**TEXT_OR_NULL, "description": "null: the message has left, and its content with it."}}
    ),
    "Touched": _table({"recipients": _COUNT}),
    "TracedRecipient": _table(
        {"id": TEXT, "received_at": TEXT_OR_NULL, "sender": TEXT, "recipient": TEXT_OR_NULL, "status": TEXT},
        subject=TEXT_OR_NULL,
        message_id=TEXT_OR_NULL,
        client=TEXT_OR_NULL,
        organization=TEXT_OR_NULL,
        connector=TEXT_OR_NULL,
        last_reply=TEXT_OR_NULL,
        cause=TEXT_OR_NULL,
    ),
    "AuditEntry": _table(
        {"id": _COUNT, "at": TEXT, "who": TEXT, "origin": TEXT, "action": TEXT, "kind": TEXT, "object": TEXT},
        address=TEXT_OR_NULL,
        organization=TEXT_OR_NULL,
        before=_ANY,
        after=_ANY,
    ),
    "Alert": _table(
        {
            "kind": TEXT,
            "level": {"type": "string", "enum": ["warning", "failed"]},
            "about": TEXT,
            "sentence": TEXT,
            "remedy": TEXT,
            "organization": TEXT_OR_NULL,
            "at": TEXT_OR_NULL,
            "id": TEXT_OR_NULL,
        }
    ),
    "Told": _table({"target": TEXT, "sent": {"type": "boolean"}, "trouble": TEXT_OR_NULL}, id=TEXT),
    "Checked": _table(
        {
            "passed": {"type": "boolean", "description": "Whether nothing has failed; warnings do not count."},
            "worst": {"type": "string", "enum": [str(level) for level in Level]},
            "findings": {
                "type": "array",
                "items": _table(
                    {
                        "check": TEXT,
                        "section": TEXT,
                        "about": TEXT,
                        "level": {"type": "string", "enum": [str(level) for level in Level]},
                        "sentence": TEXT,
                        "remedy": TEXT,
                        "seconds": {"type": "number"},
                    }
                ),
            },
        }
    ),
    "CheckRun": {
        "description": "null: none since the server started. `waiting` names the checks that are not done.",
        "anyOf": [
            {"type": "null"},
            {"allOf": [reference("Checked"), _table({"began": TEXT, "ended": TEXT_OR_NULL, "waiting": _TEXTS})]},
        ],
    },
    "SeenDevice": _table(
        {
            "address": TEXT,
            "last_address": TEXT,
            "first_seen": TEXT_OR_NULL,
            "last_seen": TEXT_OR_NULL,
            "sessions": _COUNT,
            "accepted": _COUNT,
            "refused": _COUNT,
            "allowed_by": {"type": "array", "items": {"type": "object"}},
            "blocked_by": _TEXTS,
            "old_tls": {"type": "boolean"},
            "minimum_tls_version": TEXT,
            "wants_old_tls": {"type": "boolean"},
        },
        name=TEXT_OR_NULL,
        tls=TEXT_OR_NULL,
        tls_advice=TEXT_OR_NULL,
        hello=TEXT,
        organization=TEXT_OR_NULL,
        owner=TEXT,
        note=TEXT,
        retire_by=TEXT_OR_NULL,
        noted_at=TEXT_OR_NULL,
        nag=TEXT_OR_NULL,
    ),
    "SeenDevices": _table(
        {
            "total": _COUNT,
            "learning": reference("DeviceLearning"),
            "devices": {"type": "array", "items": reference("SeenDevice")},
        }
    ),
    "DeviceChanges": _table({"address": TEXT, "changes": {"type": "array", "items": {"type": "object"}}}, next=_ANY),
    "DeviceLearning": _table(
        {"on": {"type": "boolean"}, "since": TEXT_OR_NULL, "until": TEXT_OR_NULL, "seconds_left": _COUNT},
        learned=_COUNT,
    ),
    "ConnectorUsage": _table(
        {
            "Guid": TEXT,
            "Name": TEXT,
            "Organization": TEXT,
            "Outbound": {"type": "boolean"},
            "LastUsedUTC": TEXT_OR_NULL,
            "MessagesToday": _COUNT,
            "Messages7Days": _COUNT,
        }
    ),
    "TrafficHours": _table({"hours": {"type": "array", "items": {"type": "object"}}, "totals": {"type": "object"}}),
    "TlsReport": _table(
        {
            "organization-name": TEXT,
            "date-range": {"type": "object"},
            "contact-info": TEXT,
            "report-id": TEXT,
            "policies": {"type": "array", "items": {"type": "object"}},
        }
    ),
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
    "Recreation": _table({"script": TEXT}),
    "Plan": _table(
        {
            "applied": {"type": "boolean"},
            "changes": {"type": "array", "items": {"type": "object"}},
            "unmentioned": {"type": "array", "items": {"type": "object"}},
        }
    ),
    "Status": _table({"ready": {"type": "boolean"}, "troubles": _TEXTS, "notes": _TEXTS, "hostname": TEXT}),
    "Settings": _table({"source": TEXT_OR_NULL, "settings": {"type": "array", "items": {"type": "object"}}}),
    "ServedCertificate": _table(
        {"listener": TEXT, "usable": {"type": "boolean"}},
        problem=TEXT_OR_NULL,
        expires=TEXT_OR_NULL,
        warning=TEXT_OR_NULL,
    ),
    "KeptCertificate": _table({"File": TEXT, "Subject": TEXT, "Names": _TEXTS, "NotAfterUTC": TEXT}),
    "Commands": _table({"PowerShell": TEXT, "Cli": TEXT, "Json": TEXT}),
    "ValidationBegun": _table({"id": TEXT_OR_NULL}),
    "Validation": _table(
        {
            "target": TEXT,
            "running": {"type": "boolean"},
            "stopped": {"type": "boolean"},
            "succeeded": {"type": "boolean"},
            "ended": TEXT_OR_NULL,
            "doing": TEXT,
            "tasks": {"type": "array", "items": reference("Task")},
            "said": {"type": "array", "items": {"type": "object"}},
        }
    ),
    "TestTarget": _table({"key": TEXT, "kind": TEXT, "name": TEXT, "address": TEXT, "tls": _TEXTS}),
    "TestBegun": _table({"id": TEXT_OR_NULL, "target": TEXT}),
    "Test": _table(
        {
            "target": TEXT,
            "running": {"type": "boolean"},
            "said": {"type": "array", "items": {"type": "object"}},
            "report": {"type": ["object", "null"], "description": "As `gatepost send --json` prints it."},
        }
    ),
    "VerificationBegun": _table({"id": TEXT_OR_NULL}),
    "Verification": _table(
        {
            "subject": TEXT,
            "test": TEXT_OR_NULL,
            "message": TEXT_OR_NULL,
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
    "TenantScript": _table({"parts": _TEXTS, "script": TEXT}),
    "SignedIn": _table({"token": TEXT, "expires": TEXT}),
    "Caller": _table(
        {
            "who": TEXT,
            "role": {"type": "string", "enum": [str(role) for role in Role]},
            "organization": {**TEXT_OR_NULL, "description": "null: every organization."},
        }
    ),
}
