"""Bodies are read strictly: each that is wrong gets a sentence in the one shape, and none ends in a bug."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_scenes import PRINTERS, Server, serving

from gatepost.web.api.asking import DOCUMENT_LIMIT, MAX_DEPTH, MIB

API = "/api/v1"
CONNECTORS = f"{API}/inbound-connectors"


def nested(depth: int) -> bytes:
    return b'{"Name": ' + b"[" * depth + b"1" + b"]" * depth + b"}"


@pytest.mark.parametrize(("body", "status", "code", "words"), [
    (b"{", 400, "malformed", "not JSON"),
    (b'{"Name": "x",}', 400, "malformed", "line 1, column 13: trailing comma"),
    (b"\xff\xfe{}", 400, "malformed", "not JSON"),
    (b"\xef\xbb\xbf{}", 400, "malformed", "not JSON"),
    (b'{"Name": NaN}', 400, "malformed", "not JSON"),
    (b'{"MaxMessageSize": 1e999}', 400, "malformed", "not JSON"),
    (b'{"MaxMessageSize": ' + b"9" * 5000 + b"}", 400, "malformed", "not JSON"),
    (b'{"Name": "\\ud800"}', 400, "malformed", "not JSON"),
    (b'{"Name": "a", "Name": "b"}', 400, "malformed", "the key 'Name' twice"),
    (nested(MAX_DEPTH), 400, "malformed", "deep"),
    (nested(900), 400, "malformed", "deep"),
    (nested(100_000), 400, "malformed", "not JSON"),
    (b"[]", 422, "refused", "must be a JSON object"),
    (b"null", 422, "refused", "must be a JSON object"),
    (b'"text"', 422, "refused", "must be a JSON object"),
    (b"", 400, "malformed", "not JSON"),
    (b'{"x": "' + b"a" * MIB + b'"}', 413, "too_large", str(MIB)),
])  # fmt: skip
def test_a_body_that_is_not_as_it_should_be_is_refused_in_words(
    server: Server, body: bytes, status: int, code: str, words: str
) -> None:
    reply = server.ask("POST", CONNECTORS, body)
    assert (reply.status, reply.error["code"]) == (status, code), reply.body[:300]
    assert words in reply.error["message"]
    assert reply.error["problems"][0]["remedy"]
    assert len(reply.body) < 10_000, "what was sent is not sent back"
    assert server.ask("PATCH", f"{CONNECTORS}/x", body).status in (status, 404)


def test_the_deepest_body_that_is_taken_gets_as_far_as_its_meaning(server: Server) -> None:
    assert server.ask("POST", CONNECTORS, nested(MAX_DEPTH - 1)).error["code"] == "refused"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_only_json_is_taken(server: Server, kind: str) -> None:
    reply = server.ask("POST", CONNECTORS, PRINTERS, headers={"Content-Type": kind})
    assert (reply.status, reply.error["code"]) == (415, "not_json")
    assert server.ask("POST", f"{API}/explain", {"ip": "x"}, headers={"Content-Type": kind}).status == 415


def test_json_with_a_charset_is_json(server: Server) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert server.ask("POST", CONNECTORS, PRINTERS, headers=headers).status == 201


@pytest.mark.parametrize(("path", "body", "fields"), [
    ("explain", {}, ["ip", "mail_from", "rcpt"]),
    ("explain", {"ip": 5, "mail_from": None, "rcpt": [], "colour": 1}, ["ip", "mail_from", "rcpt", "colour"]),
    ("explain", {"ip": "x" * 2000, "mail_from": "", "rcpt": "a@b.example"}, ["ip"]),
    ("sign-in", {"name": ""}, ["name", "password"]),
    ("document/plan", {"document": 5}, [None]),
    ("document/plan", {"documents": {}}, ["document", "documents"]),
    ("document/plan", {"document": {"InboundConnector": 5}}, [None]),
    ("queue/hold", {"ids": "all"}, ["ids"]),
    ("queue/hold", {"ids": [5]}, ["ids.0"]),
    ("queue/hold", {"held": True}, ["held"]),
    ("inbound-connectors/x/validate", {"recipients": "a@b.example"}, ["recipients"]),
])  # fmt: skip
def test_every_member_that_is_wrong_is_named(
    server: Server, path: str, body: dict[str, Any], fields: list[Any]
) -> None:
    reply = server.ask("POST", f"{API}/{path}", body)
    assert reply.status == 422
    assert reply.fields == fields
    assert all(it["message"].endswith(".") and it["remedy"] for it in reply.error["problems"])


@pytest.mark.parametrize(("query", "field"), [
    ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("limit=" + "9" * 50, "limit"),
    ("cursor=" + "a" * 2000, "cursor"),
])  # fmt: skip
def test_a_parameter_that_is_wrong_is_named(server: Server, query: str, field: str) -> None:
    assert server.ask("GET", f"{CONNECTORS}?{query}").fields == [field]


@pytest.mark.parametrize("what_if", ["maybe", "2", ""])
def test_a_preview_that_is_not_understood_changes_nothing(server: Server, what_if: str) -> None:
    assert server.ask("POST", f"{CONNECTORS}?what_if={what_if}", PRINTERS).fields == ["what_if"]
    assert server.ask("GET", CONNECTORS).value == []


@pytest.mark.parametrize("wrong", ["a\r\nb", "a\x00b", "\x1b[31m", "a\x7f"])
@pytest.mark.parametrize("name", ["Name", "Comment", "SmartHosts", "UserName", "TlsDomain"])
def test_control_characters_are_refused_in_every_field(server: Server, name: str, wrong: str) -> None:
    good = {"Name": "Up", "RecipientDomains": ["*"], "SmartHosts": ["h.example"], "TlsSettings": "EncryptionOnly"}
    value: Any = [wrong] if name == "SmartHosts" else wrong
    reply = server.ask("POST", f"{API}/outbound-connectors", {**good, name: value})
    assert reply.status == 422
    assert name in reply.fields


def test_a_flood_of_problems_is_cut(server: Server) -> None:
    reply = server.ask("POST", CONNECTORS, {**PRINTERS, "SenderIPAddresses": ["x"] * 5 + [f"y{n}" for n in range(900)]})
    assert reply.status == 422
    problems = reply.error["problems"]
    assert len(problems) == 101
    assert problems[-1]["message"].endswith("more problems like these.")
    long = server.ask("POST", CONNECTORS, {**PRINTERS, "Enabled": "y" * 500_000})
    assert len(long.body) < 10_000


def test_a_document_may_be_larger_than_anything_else(server: Server) -> None:
    many = [{**PRINTERS, "Name": f"Printer {n}", "Comment": "x" * 900} for n in range(1200)]
    body = json.dumps({"document": {"InboundConnector": many}}).encode()
    assert MIB < len(body) < DOCUMENT_LIMIT
    assert len(server.ask("POST", f"{API}/document/plan", body).value["changes"]) == 1200
    assert server.ask("POST", f"{API}/explain", body).status == 413


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("lasting")
    with serving(folder) as server:
        yield server


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(st.sampled_from([*PRINTERS, "Comment", "RequireTls", "MaxMessageSize"]), ANYTHING)
TARGETS = st.sampled_from(
    ["inbound-connectors", "users", "tokens", "explain", "document/plan", "queue/drop", "sign-in"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=TARGETS, body=st.binary(max_size=200) | (ANYTHING | PROPERTIES).map(lambda it: json.dumps(it).encode()))
def test_nothing_that_is_sent_ends_in_a_bug(lasting: Server, target: str, body: bytes) -> None:
    reply = lasting.ask("POST", f"{API}/{target}?what_if=true", body)
    assert reply.status < 500, (body, reply.body)
    if reply.status >= 400:
        assert reply.error["code"]
