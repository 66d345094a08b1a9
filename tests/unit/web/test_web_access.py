"""Who may ask what: tokens, roles, organizations that do not see each other, and signing in."""

from typing import Any

import pytest
from web_scenes import MANAGER, PRINTERS, VIEWER, Server

API = "/api/v1"
OPEN = {("POST", "/api/v1/sign-in")}
WORDS = "a few words in a row"


def operations(server: Server) -> list[tuple[str, str]]:
    """Every method and path of the OpenAPI document, its parameters filled with something."""
    paths = server.ask("GET", f"{API}/openapi.json", token="").json["paths"]
    filled = {"{identity}": "x", "{id}": "0000000000000000", "{organization}": "Default"}
    found = []
    for path, methods in paths.items():
        for word, value in filled.items():
            path = path.replace(word, value)
        found += [(method.upper(), path) for method in methods]
    return found


def test_whoever_brings_no_token_gets_nothing_anywhere(server: Server) -> None:
    asked = [it for it in operations(server) if it not in OPEN]
    assert len(asked) > 40
    for method, path in asked:
        for token in ("", "gp_00000000000000000000000000000000_" + "A" * 43):
            headers = {} if token else {"Authorization": ""}
            reply = server.ask(method, path, {"x": 1} if method != "GET" else None, token=token, headers=headers)
            assert reply.status == 401, (method, path)
            assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("given", ["Basic YTpi", "Bearer", "Bearer ", "gp_x", "Bearer \x00", "Bearer " + "x" * 5000])
def test_what_is_no_bearer_token_is_nobody(server: Server, given: str) -> None:
    reply = server.ask("GET", f"{API}/status", headers={"Authorization": given})
    assert (reply.status, reply.error["code"]) == (401, "not_signed_in")


def test_a_viewer_reads_everything_and_changes_nothing(server: Server) -> None:
    viewer = server.new_token(VIEWER)
    where = server.ask("POST", f"{API}/inbound-connectors", PRINTERS).headers["location"]
    before = server.call("document.export")
    for target in (where, *(f"{API}/{it}" for it in ("inbound-connectors", "audit", "status", "document", "tokens"))):
        assert server.ask("GET", target, token=viewer).status == 200, target
    session = {"ip": "192.0.2.1", "mail_from": "p@contoso.com", "rcpt": "a@fabrikam.com"}
    assert server.ask("POST", f"{API}/explain", session, token=viewer).status == 200
    writing: list[tuple[str, str, Any]] = [
        ("POST", f"{API}/inbound-connectors", {**PRINTERS, "Name": "Other"}),
        ("POST", f"{API}/inbound-connectors?what_if=true", {**PRINTERS, "Name": "Other"}),
        ("PATCH", where, {"Comment": "x"}),
        ("DELETE", where, None),
        ("POST", f"{API}/accepted-domains", {"Name": "d.example"}),
        ("POST", f"{API}/organizations", {"Name": "Fabrikam"}),
        ("POST", f"{API}/users", {"Name": "eve", "Password": WORDS, "RoleGroups": [MANAGER]}),
        ("POST", f"{API}/tokens", {"Name": "eve", "RoleGroup": MANAGER}),
        ("POST", f"{API}/queue/drop", {"held": True}),
        ("POST", f"{API}/document/apply", {"document": {}, "prune": True}),
    ]
    for method, target, body in writing:
        reply = server.ask(method, target, body, token=viewer)
        assert (reply.status, reply.error["code"]) == (403, "not_allowed"), (method, target, reply.body)
        assert MANAGER in str(reply.error["problems"][0]["remedy"])
    assert server.call("document.export") == before


def test_another_organization_is_as_if_it_were_not_there(server: Server) -> None:
    server.call("organization.add", name="Fabrikam")
    server.call("connector.add", name="Theirs", properties=_without_name(PRINTERS), organization="Fabrikam")
    theirs = server.call("connector.show", identity="Theirs", organization="Fabrikam")
    server.call("user.add", name="bob@fabrikam.com", password=WORDS, organization="Fabrikam")
    ours = server.new_token(MANAGER, organization="Default")
    [row] = server.ask("GET", f"{API}/organizations", token=ours).value
    assert row["Name"] == "Default"
    absent = server.ask("GET", f"{API}/inbound-connectors/Nothing", token=ours).error["message"]
    for identity in ("Theirs", theirs["Guid"]):
        for method, body in (("GET", None), ("PATCH", {"Comment": "x"}), ("DELETE", None)):
            reply = server.ask(method, f"{API}/inbound-connectors/{identity}", body, token=ours)
            assert reply.status == 404, (method, identity)
            assert reply.error["message"] == absent.replace("Nothing", identity), "not even that it exists"
    for path in ("inbound-connectors", "users", "tokens", "audit"):
        reply = server.ask("GET", f"{API}/{path}", token=ours)
        assert reply.status == 200, (path, reply.body)
        assert b"Theirs" not in reply.body and b"fabrikam" not in reply.body.lower(), path
        assert server.ask("GET", f"{API}/{path}?organization=Fabrikam", token=ours).status == 404
        unknown = server.ask("GET", f"{API}/{path}?organization=Nowhere", token=ours)
        assert unknown.status == 404
    for method, change in (("GET", None), ("PATCH", {"RejectDirectSend": True}), ("DELETE", None)):
        assert server.ask(method, f"{API}/organizations/Fabrikam", change, token=ours).status == 404
    moved = server.ask("POST", f"{API}/inbound-connectors", {**PRINTERS, "Organization": "Fabrikam"}, token=ours)
    assert moved.status == 404
    assert b"abrikam" not in server.ask("GET", f"{API}/document", token=ours).body
    assert b"abrikam" not in server.ask("GET", f"{API}/status", token=ours).body


def _without_name(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "Name"}


def test_what_concerns_the_whole_server_needs_somebody_of_the_whole_server(server: Server) -> None:
    ours = server.new_token(MANAGER, organization="Default")
    assert server.ask("POST", f"{API}/organizations", {"Name": "Fabrikam"}, token=ours).status == 403
    everywhere = server.ask("POST", f"{API}/tokens", {"Name": "wide", "AllOrganizations": True}, token=ours)
    assert everywhere.status == 403
    assert server.ask("POST", f"{API}/tokens", {"Name": "narrow"}, token=ours).value["Organization"] == "Default"


def test_somebody_signs_in_works_and_leaves(server: Server) -> None:
    server.call("user.add", name="anna@contoso.com", password=WORDS, properties={"RoleGroups": [MANAGER]})
    signed = server.ask("POST", f"{API}/sign-in", {"name": "anna@contoso.com", "password": WORDS}, token="")
    assert signed.value["role"] == MANAGER
    token = signed.value["token"]
    assert server.ask("GET", f"{API}/caller", token=token).value["who"] == "anna@contoso.com"
    assert server.ask("POST", f"{API}/accepted-domains", {"Name": "d.example"}, token=token).status == 201
    assert server.ask("POST", f"{API}/sign-out", token=token).status == 200
    assert server.ask("GET", f"{API}/caller", token=token).status == 401


def test_wrong_passwords_cost_more_and_more_time(server: Server) -> None:
    server.call("user.add", name="anna@contoso.com", password=WORDS, properties={"RoleGroups": [MANAGER]})
    wrong = {"name": "anna@contoso.com", "password": "guess"}
    replies = [server.ask("POST", f"{API}/sign-in", wrong) for _ in range(7)]
    assert [reply.status for reply in replies][:5] == [401] * 5
    assert replies[-1].status == 429
    assert replies[-1].error["code"] == "too_many_attempts"
    assert int(replies[-1].headers["retry-after"]) >= 1
    assert server.ask("POST", f"{API}/sign-in", wrong, client="192.0.2.5").status == 401  # there nobody has guessed yet


def test_unknown_names_and_wrong_passwords_sound_the_same(server: Server) -> None:
    server.call("user.add", name="anna@contoso.com", password=WORDS, properties={"RoleGroups": [MANAGER]})
    server.call("user.add", name="device@contoso.com", password=WORDS)
    said = {
        server.ask("POST", f"{API}/sign-in", {"name": name, "password": password}).body
        for name, password in (("anna@contoso.com", "x"), ("nobody", "x"), ("device@contoso.com", WORDS))
    }
    assert len(said) == 1


def test_a_stranger_cannot_make_us_hold_a_body(server: Server) -> None:
    body = b"[" + b"1," * 1_000_000 + b"1]"
    assert server.ask("POST", f"{API}/document/apply", body, token="").status == 401
    assert server.bodies_read == 0
    assert server.ask("POST", f"{API}/sign-in", body, token="").status == 413
