"""The pages of users and tokens."""

import re

import pytest
from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server

BERTA = {"Name": "berta", "Password": PASSWORD, "again": PASSWORD, "role": MANAGER, "Enabled": "true"}


def test_a_user_that_is_added_signs_in_and_is_out_with_a_new_password(server: Server, anna: Browser) -> None:
    assert anna.post("/users/new", BERTA).status == 303
    assert "The user berta has been added." in anna.get("/users").text
    berta = Browser(server).sign_in("berta", PASSWORD)
    assert berta.get("/domains").status == 200
    guid = server.call("user.show", identity="berta")["Guid"]
    new = "quite another password"
    assert anna.post(f"/users/{guid}/password", {"Password": new, "again": new}).status == 303
    assert berta.get("/domains").status == 303
    assert Browser(server).sign_in("berta", new).get("/domains").status == 200


def test_what_is_changed_of_a_user_counts_and_what_is_not_stays(server: Server, anna: Browser) -> None:
    anna.post("/users/new", {**BERTA, "submits": "true", "AllowedSenders": ["scan@contoso.com", ""]})
    user = server.call("user.show", identity="berta")
    assert (user["AllowedSenders"], user["SmtpClientAuthenticationDisabled"]) == (["scan@contoso.com"], False)
    page = anna.get(f"/users/{user['Guid']}").text
    assert 'value="scan@contoso.com"' in page
    assert PASSWORD not in page
    assert anna.post(f"/users/{user['Guid']}", {"role": VIEWER, "Enabled": "true"}).status == 303
    user = server.call("user.show", identity="berta")
    assert (user["RoleGroups"], user["AllowedSenders"], user["SmtpClientAuthenticationDisabled"]) == (
        [VIEWER],
        [],
        True,
    )
    assert anna.post(f"/users/{user['Guid']}/remove").status == 303
    assert [it["Name"] for it in server.call("user.list")] == ["anna"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"again": "different"}, "again"),
        ({"Password": "short", "again": "short"}, "Password"),
        ({"Name": "anna"}, None),
        ({"AllowedSenders": "nobody"}, "AllowedSenders"),
    ],
    ids=["two passwords", "short", "taken", "no address"],
)
def test_a_refused_user_is_told_at_its_field_and_without_the_password(
    server: Server, anna: Browser, fields: dict[str, str], field: str | None
) -> None:
    reply = anna.post("/users/new", {**BERTA, **fields})
    assert reply.status == 422
    assert 'role="alert"' in reply.text
    assert field is None or f'id="{field}-problem"' in reply.text
    assert PASSWORD not in reply.text
    assert [it["Name"] for it in server.call("user.list")] == ["anna"]


def test_a_token_is_shown_once_and_works(server: Server, anna: Browser) -> None:
    assert anna.post("/tokens/new", {"Name": "monitoring", "RoleGroup": VIEWER, "life": "30d"}).status == 303
    token = re.search(r"gp_[\w-]+", anna.get("/users").text)
    assert token is not None
    assert server.ask("GET", "/api/v1/status", token=token[0]).status == 200
    assert token[0] not in anna.get("/users").text
    (shown,) = [it for it in server.call("token.list") if it["Name"] == "monitoring"]
    form = {"RoleGroup": MANAGER, "life": ""}
    assert anna.post(f"/tokens/{shown['Guid']}", form).status == 303  # not ticked: it is turned off
    assert server.ask("GET", "/api/v1/status", token=token[0]).status == 401
    assert server.call("token.show", identity="monitoring")["ExpiresUTC"] == shown["ExpiresUTC"]
    assert anna.post(f"/tokens/{shown['Guid']}/remove").status == 303


def test_who_may_only_look_makes_no_user_and_no_token(server: Server, anna: Browser, victor: Browser) -> None:
    assert "/users/new" not in victor.get("/users").text
    assert victor.post("/users/new", BERTA).status == 403
    assert victor.post("/tokens/new", {"Name": "x", "RoleGroup": MANAGER, "life": "30d"}).status == 403
    guid = server.call("user.show", identity="victor")["Guid"]
    assert victor.post(f"/users/{guid}", {"role": MANAGER, "Enabled": "true"}).status == 403


def test_who_manages_one_organization_makes_nobody_that_manages_all(server: Server, anna: Browser) -> None:
    anna.post("/users/new", {**BERTA, "organization": "Default"})
    berta = Browser(server).sign_in("berta", PASSWORD)
    reply = berta.post("/users/new", {**BERTA, "Name": "carl", "AllOrganizations": "true"})
    assert reply.status == 403
    assert "AllOrganizations" not in berta.get("/users/new").text
