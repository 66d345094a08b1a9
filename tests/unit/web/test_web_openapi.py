"""The OpenAPI document is whole: every property, every refusal, every reference; and it costs no other command."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from web_scenes import PRINTERS, Server

from gatepost.config import PROPERTIES, ObjectKind
from gatepost.manage import VERBS
from gatepost.web import openapi_document
from gatepost.web.api.documented import MEANING
from gatepost.web.api.object_schemas import name_of

DOCUMENT = openapi_document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


@pytest.mark.parametrize("kind", [kind for kind in PROPERTIES if kind is not ObjectKind.DEVICE])
def test_every_property_is_described_wherever_it_may_stand(kind: ObjectKind) -> None:
    hidden = {"Secret"} if kind is ObjectKind.TOKEN else set()
    for form in ("", "New", "Change"):
        properties = SCHEMAS[f"{name_of(kind)}{form}"]["properties"]
        for item in PROPERTIES[kind]:
            if item.name not in hidden:
                assert properties[item.name]["description"].startswith(item.help), (kind, form, item.name)


def test_every_reference_leads_to_a_schema_and_every_schema_is_used() -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named == set(SCHEMAS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_how_it_refuses(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"] and operation["operationId"] and operation["tags"]
    if "/adminapi/" in name:
        assert {"200", "4XX", "5XX"} == set(operation["responses"])
        return
    assert {int(status) for status in operation["responses"]} - set(MEANING) - {200, 201} == set()
    assert {"401", "403", "404", "421", "422", "500"} <= set(operation["responses"])
    assert ("security" in operation) == (operation["operationId"] != "sign_in")
    if "requestBody" in operation:
        assert {"400", "413", "415"} <= set(operation["responses"])


def test_names_of_operations_are_their_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


COMMANDS_ALONE = {"protocol-log.find", "protocol-log.show"}  # for who sits at the server; REST tells it by message


def test_every_verb_can_be_asked_over_rest() -> None:
    """Enabling and a new password are changes of a property; the face has no other words for them."""
    said = {
        "connector.explain": "explain", "audit.list": "audit", "document.export": "document",
        "test.send": "tests", "test.show": "tests/{id}", "test.targets": "tests/targets",
        "verify.begin": "verifications",
        "verify.show": "verifications/{id}", "verify.look": "verifications/{id}/mailbox",
        "verify.paste": "verifications/{id}/headers",
        "document.recreate": "document/powershell", "trace.find": "trace", "queue.list": "queue", "status": "status",
        "check.begin": "checks", "check.show": "checks", "certificate.keep": "client-certificates",
        "trace.header": "trace/{id}/header", "validation.begin": "validations",
        "validation.stop": "validations/{id}/stop",
        "rule.explain": "explain-rules", "tls-report": "tls-report", "sandbox.show": "queue/{id}/read",
    }  # fmt: skip
    paths = " ".join(DOCUMENT["paths"])
    nouns = {
        "connector": "inbound-connectors", "domain": "accepted-domains", "rule": "transport-rules",
        "dkim": "dkim-signing-configs", "alerts": "alerts",
    }  # fmt: skip
    for verb in VERBS.keys() - COMMANDS_ALONE:
        noun, _, action = verb.partition(".")
        if verb in said:
            assert f"/api/v1/{said[verb]}" in paths
        elif action in ("list", "add", "set", "remove", "enable", "disable", "password") or verb.endswith(".show"):
            assert f"/api/v1/{nouns.get(noun, noun if noun in ('queue', 'trace') else noun + 's')}" in paths, verb
        else:
            assert action, verb
            assert re.search(rf"/{action}\b", paths), verb


@pytest.mark.parametrize(("method", "target"), [
    ("POST", "inbound-connectors?whatif=true"), ("GET", "status?x"), ("POST", "sign-in?a=b"),
    ("GET", "queue?limit=5&states=held"), ("POST", "organizations?organization=Default"),
])  # fmt: skip
def test_a_parameter_that_is_not_known_is_refused(server: Server, method: str, target: str) -> None:
    body = PRINTERS if method == "POST" else None
    reply = server.ask(method, f"/api/v1/{target}", body)
    assert (reply.status, reply.error["code"]) == (422, "refused")
    assert server.call("connector.list") == []


def test_no_command_but_those_that_serve_pays_for_the_web() -> None:
    loaded = "import sys, gatepost.__main__ as it; it.commands(); print([m for m in sys.modules if m in %r])"
    names = ("fastapi", "starlette", "pydantic", "uvicorn", "jinja2", "gatepost.web", "gatepost.app")
    done = subprocess.run([sys.executable, "-c", loaded % (names,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
