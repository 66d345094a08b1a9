"""Around everything: our own names, what every response carries, and what a stranger learns of a bug."""

from typing import Any

import pytest
from web_scenes import Server

from gatepost.errors import CertificateUnusable, GatepostError, IllegalMove, SpoolInUse, SpoolUnavailable
from gatepost.web.guard import CARRIED, is_ours
from gatepost.web.refusals import refusal_of


@pytest.mark.parametrize(("host", "ours"), [
    ("127.0.0.1:8025", True), ("192.0.2.1", True), ("[::1]:8025", True), ("[2001:db8::1]", True),
    ("localhost:8025", True), ("gatepost:8025", True), ("relay.contoso.com", True), ("Relay.Contoso.COM.:443", True),
    ("evil.example", False), ("relay.contoso.com.evil.example", False), ("127.0.0.1.evil.example:8025", False),
    ("", False), ("[", False), (" ", False), (":8025", False), ("127.1.evil", False),
])  # fmt: skip
def test_only_our_own_names_are_answered(host: str, ours: bool) -> None:
    assert is_ours(host, {"relay.contoso.com"}) is ours


def test_a_page_of_somebody_else_cannot_ask_in_its_name(server: Server) -> None:
    for target in ("/api/v1/status", "/api/v1/openapi.json", "/welcome/x", "/nothing"):
        reply = server.ask("GET", target, headers={"Host": "evil.example"})
        assert (reply.status, reply.error["code"]) == (421, "misdirected")
    for target in ("/livez", "/readyz", "/metrics"):
        assert server.ask("GET", target, headers={"Host": "any.example"}, token="").status == 200


@pytest.mark.parametrize("target", [
    "/api/v1/status", "/api/v1/openapi.json", "/welcome/x", "/nothing", "/livez", "/metrics", "/static/tokens.css",
    "/adminapi/beta/Default/InvokeCommand",
])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "TRACE"])
def test_every_response_carries_what_keeps_browsers_careful(server: Server, target: str, method: str) -> None:
    headers = server.ask(method, target, token="").headers
    for name, value in CARRIED.items():
        said = headers[name.lower()]
        assert said == value or name in ("Content-Security-Policy", "Cache-Control", "Referrer-Policy")
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


def test_a_bug_is_told_in_the_log_and_not_to_the_asker(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the secret is 12345")

    monkeypatch.setattr(server.desk, "call", broken)
    monkeypatch.setattr(server.journal, "fact", lambda name, **facts: told.append({"name": name, **facts}))
    reply = server.ask("GET", "/api/v1/status")
    assert (reply.status, reply.error["code"]) == (500, "trouble")
    assert b"12345" not in reply.body
    assert [(it["name"], it["where"]) for it in told] == [("trouble", "web, GET /api/v1/status")]


def every_error(kind: type[GatepostError]) -> set[type[GatepostError]]:
    return {kind, *(it for below in kind.__subclasses__() for it in every_error(below))}


INSIDE = (CertificateUnusable, IllegalMove, SpoolInUse)  # nobody's request ends with these


def test_every_error_that_a_request_can_end_with_has_its_status() -> None:
    made: dict[str, GatepostError] = {}
    for kind in every_error(GatepostError):
        if kind is GatepostError or kind.__module__ != "gatepost.errors" or issubclass(kind, INSIDE):
            continue
        match kind.__name__:
            case "Refused" | "ConfigRefused" | "SettingsRefused":
                made[kind.__name__] = kind(["It is wrong. Remedy: correct it."])  # type: ignore[arg-type]
            case "TooManyAttempts":
                made[kind.__name__] = kind("Remedy: wait.", retry_after=5.0)  # type: ignore[call-arg]
            case _:
                made[kind.__name__] = kind("It is wrong. Remedy: correct it.")
    assert {name: refusal_of(error).status for name, error in made.items()} == {
        "Refused": 422, "ConfigRefused": 422, "SettingsRefused": 422, "ScriptRefused": 422, "NotFound": 404,
        "NotAllowed": 403, "NotSignedIn": 401, "TooManyAttempts": 429, "SpoolUnavailable": 503,
    }  # fmt: skip
    for error in (CertificateUnusable("x"), SpoolInUse("x")):
        with pytest.raises(type(error)):
            refusal_of(error)


def test_a_spool_in_trouble_says_when_to_come_back() -> None:
    refusal = refusal_of(SpoolUnavailable("The disk is full."))
    assert (refusal.status, refusal.code, refusal.headers["Retry-After"]) == (503, "try_later", "30")
