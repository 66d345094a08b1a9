"""Objects as resources: five routes each, tags, previews, pages, and nothing secret in any answer."""

from typing import Any

import pytest
from web_scenes import OWNER, PRINTERS, Server

API = "/api/v1"
KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("inbound-connectors", PRINTERS, {"Comment": "second floor"}),
    (
        "outbound-connectors",
        {"Name": "Upstream", "RecipientDomains": ["*"], "SmartHosts": ["smart.example"]},
        {"TlsSettings": "EncryptionOnly"},
    ),
    ("accepted-domains", {"Name": "contoso.com", "DomainType": "Authoritative"}, {"MatchSubDomains": True}),
    ("organizations", {"Name": "Fabrikam"}, {"RejectDirectSend": True}),
    ("users", {"Name": "anna@contoso.com", "Password": "a few words in a row"}, {"AllowedSenders": ["a@contoso.com"]}),
    ("tokens", {"Name": "Monitoring"}, {"Enabled": False}),
]


@pytest.mark.parametrize(("path", "new", "change"), KINDS, ids=[kind[0] for kind in KINDS])
def test_an_object_is_added_shown_changed_listed_and_removed(
    server: Server, path: str, new: dict[str, Any], change: dict[str, Any]
) -> None:
    added = server.ask("POST", f"{API}/{path}", new)
    assert added.status == 201, added.body
    where = added.headers["location"]
    assert where == f"{API}/{path}/{added.value['Guid']}"
    shown = server.ask("GET", where)
    secret_once = {"Token"} if path == "tokens" else set()
    assert set(added.value) - secret_once == set(shown.value)
    assert shown.headers["etag"] == added.headers["etag"]
    assert server.ask("GET", f"{API}/{path}/{new['Name'].upper()}").value == shown.value, "by name, in any case"
    changed = server.ask("PATCH", where, change)
    assert {name: changed.value[name] for name in change} == change
    assert changed.headers["etag"] != added.headers["etag"]
    assert changed.headers["etag"] == server.ask("GET", where).headers["etag"]
    assert new["Name"] in [row["Name"] for row in server.ask("GET", f"{API}/{path}").value]
    assert server.ask("DELETE", where).value["removed"] == new["Name"]
    assert server.ask("GET", where).error["code"] == "not_found"
    assert server.ask("PATCH", where, change).status == server.ask("DELETE", where).status == 404


@pytest.mark.parametrize(("path", "new", "change"), KINDS, ids=[kind[0] for kind in KINDS])
def test_what_if_checks_everything_and_stores_nothing(
    server: Server, path: str, new: dict[str, Any], change: dict[str, Any]
) -> None:
    audit = len(server.call("audit.list"))
    preview = server.ask("POST", f"{API}/{path}?what_if=true", new)
    assert (preview.status, preview.value["Name"]) == (200, new["Name"])
    assert "location" not in preview.headers
    assert server.ask("GET", f"{API}/{path}/{new['Name']}").status == 404
    assert len(server.call("audit.list")) == audit
    where = server.ask("POST", f"{API}/{path}", new).headers["location"]
    before = server.ask("GET", where)
    changed = server.ask("PATCH", f"{where}?what_if=true", change)
    assert {name: changed.value[name] for name in change} == change
    assert server.ask("DELETE", f"{where}?what_if=true").status == 200
    assert server.ask("GET", where).value == before.value


def test_lists_change_by_what_comes_and_goes(server: Server) -> None:
    where = server.ask("POST", f"{API}/inbound-connectors", PRINTERS).headers["location"]
    edit = {"SenderIPAddresses": {"Add": ["192.0.2.7", "2001:db8::/64"], "Remove": ["192.0.2.1"]}}
    assert server.ask("PATCH", where, edit).value["SenderIPAddresses"] == ["192.0.2.7", "2001:db8::/64"]


def test_a_change_for_a_state_that_is_gone_is_refused(server: Server) -> None:
    added = server.ask("POST", f"{API}/inbound-connectors", PRINTERS)
    where, tag = added.headers["location"], added.headers["etag"]
    assert server.ask("PATCH", where, {"Comment": "1"}, headers={"If-Match": f'"other", {tag}'}).status == 200
    for stale in (tag, f"W/{tag}", '"nonsense"', "nonsense", ""):
        refused = server.ask("PATCH", where, {"Comment": "2"}, headers={"If-Match": stale or '""'})
        assert (refused.status, refused.error["code"]) == (412, "changed"), stale
        assert server.ask("DELETE", where, headers={"If-Match": stale or '""'}).status == 412
    now = server.ask("GET", where)
    assert now.value["Comment"] == "1"
    assert server.ask("PATCH", where, {"Comment": "3"}, headers={"If-Match": "*"}).status == 200
    tag = server.ask("GET", where).headers["etag"]
    assert server.ask("DELETE", where, headers={"If-Match": tag}).status == 200


def test_a_change_through_another_face_makes_the_state_another(server: Server) -> None:
    added = server.ask("POST", f"{API}/inbound-connectors", PRINTERS)
    where, tag = added.headers["location"], added.headers["etag"]
    server.call("connector.set", identity="Printers", properties={"Comment": "by the owner"})
    for method, body in (("PATCH", {"Comment": "over it"}), ("DELETE", None)):
        assert server.ask(method, where, body, headers={"If-Match": tag}).status == 412
    assert server.ask("GET", where).value["Comment"] == "by the owner"


def test_no_other_face_comes_between_the_look_at_the_state_and_the_change(server: Server) -> None:
    where = server.ask("POST", f"{API}/inbound-connectors", PRINTERS).headers["location"]
    for number in range(20):
        tag = server.ask("GET", where).headers["etag"]
        change = {"identity": "Printers", "properties": {"Comment": f"owner {number}"}}
        other = server.loop.create_task(server.desk.call("connector.set", change, caller=OWNER))
        status = server.ask("PATCH", where, {"Comment": "rest"}, headers={"If-Match": tag}).status
        server.loop.run_until_complete(other)
        assert status in (200, 412)
        # Whoever was first: the owner asked for any state, so that its word is the last one.
        assert server.ask("GET", where).value["Comment"] == f"owner {number}"


@pytest.mark.parametrize(("path", "new", "change"), KINDS, ids=[kind[0] for kind in KINDS])
def test_every_kind_is_changed_and_removed_in_the_state_that_was_seen(
    server: Server, path: str, new: dict[str, Any], change: dict[str, Any]
) -> None:
    added = server.ask("POST", f"{API}/{path}", new)
    where, stale = added.headers["location"], added.headers["etag"]
    changed = server.ask("PATCH", where, change, headers={"If-Match": stale})
    assert changed.status == 200, changed.body
    assert server.ask("PATCH", where, change, headers={"If-Match": stale}).status == 412
    assert server.ask("DELETE", where, headers={"If-Match": stale}).status == 412
    assert server.ask("DELETE", where, headers={"If-Match": changed.headers["etag"]}).status == 200


def test_what_was_read_can_be_sent_back(server: Server) -> None:
    shown = server.ask("GET", server.ask("POST", f"{API}/inbound-connectors", PRINTERS).headers["location"]).value
    where = f"{API}/inbound-connectors/Printers"
    assert server.ask("PATCH", where, shown).value == shown
    copied = server.ask("POST", f"{API}/inbound-connectors", {**shown, "Name": "Copy"})
    assert copied.status == 201
    assert copied.value["SenderIPAddresses"] == shown["SenderIPAddresses"]
    assert copied.value["Guid"] != shown["Guid"]


def test_every_problem_is_listed_with_its_field_and_its_remedy(server: Server) -> None:
    wrong = {
        "Name": "Wrong",
        "ConnectorType": "Sideways",
        "SenderDomains": ["a*b.example"],
        "SenderIPAddresses": ["192.0.2.300", "0.0.0.0/0"],
        "RequireTls": "perhaps",
        "Colour": "red",
    }
    refused = server.ask("POST", f"{API}/inbound-connectors", wrong)
    assert (refused.status, refused.error["code"]) == (422, "refused")
    fields = refused.fields
    assert {"ConnectorType", "SenderDomains", "SenderIPAddresses", "RequireTls"} <= set(fields)
    assert fields.count("SenderIPAddresses") == 2
    assert all(it["remedy"] for it in refused.error["problems"])
    assert server.ask("GET", f"{API}/inbound-connectors").value == []


def test_warnings_stand_beside_the_value(server: Server) -> None:
    added = server.ask("POST", f"{API}/inbound-connectors", {**PRINTERS, "SenderIPAddresses": ["10.0.0.0/8"]})
    assert added.status == 201
    assert any("10.0.0.0/8" in it for it in added.json["warnings"])


@pytest.mark.parametrize(("inside", "outside", "status"), [
    ("Fabrikam", None, 201), (None, "Fabrikam", 201), ("fabrikam", "Fabrikam", 201), ("Default", "Fabrikam", 422),
    (None, None, 422), ("Nowhere", None, 404), (5, None, 422),
])  # fmt: skip
def test_the_organization_is_said_in_the_address_or_in_the_body(
    server: Server, inside: Any, outside: str | None, status: int
) -> None:
    server.call("organization.add", name="Fabrikam")
    body = {**PRINTERS, **({} if inside is None else {"Organization": inside})}
    query = f"?organization={outside}" if outside else ""
    added = server.ask("POST", f"{API}/inbound-connectors{query}", body)
    assert added.status == status, added.body
    if status == 201:
        assert added.value["Organization"] == "Fabrikam"


def test_pages_lead_on_to_the_end_though_rows_come_and_go(server: Server) -> None:
    for number in range(7):
        server.call("domain.add", name=f"d{number}.example")
    first = server.ask("GET", f"{API}/accepted-domains?limit=3")
    assert [row["Name"] for row in first.value] == ["d0.example", "d1.example", "d2.example"]
    server.call("domain.remove", identity="d2.example")
    server.call("domain.add", name="d25.example")
    second = server.ask("GET", first.json["next"])
    assert [row["Name"] for row in second.value] == ["d25.example", "d3.example", "d4.example"]
    third = server.ask("GET", second.json["next"])
    assert [row["Name"] for row in third.value] == ["d5.example", "d6.example"]
    assert third.json["next"] is None


def test_the_audit_has_pages_and_tells_face_and_address(server: Server) -> None:
    for number in range(3):
        server.ask("POST", f"{API}/accepted-domains", {"Name": f"d{number}.example"})
    first = server.ask("GET", f"{API}/audit?limit=2")
    second = server.ask("GET", first.json["next"])
    assert [row["object"] for row in (*first.value, second.value[0])] == ["d2.example", "d1.example", "d0.example"]
    assert {(row["origin"], row["who"], row["address"]) for row in first.value} == {
        ("rest", "token 'everything'", "192.0.2.99")
    }


@pytest.mark.parametrize("cursor", ["!", "AAAA%3D%3D", "%00", "-1", "9" * 30, "Zm9v.1"])
@pytest.mark.parametrize("path", ["accepted-domains", "audit"])
def test_a_cursor_of_ones_own_making_is_refused_or_harmless(server: Server, path: str, cursor: str) -> None:
    asked = server.ask("GET", f"{API}/{path}?cursor={cursor}")
    assert asked.status in (200, 422)
    if asked.status == 422:
        assert asked.fields == ["cursor"]


def test_a_token_is_told_once_and_works(server: Server) -> None:
    made = server.ask("POST", f"{API}/tokens", {"Name": "Backup", "RoleGroup": "Organization Management"})
    token = made.value["Token"]
    assert server.ask("GET", f"{API}/caller", token=token).value == {
        "who": "token 'Backup'",
        "role": "Organization Management",
        "organization": "Default",
    }
    assert "Token" not in server.ask("GET", made.headers["location"]).value
    secret = token.rpartition("_")[2].encode()
    for target in ("tokens", "audit", "document", "status"):
        assert secret not in server.ask("GET", f"{API}/{target}").body
    everywhere = server.ask("POST", f"{API}/tokens", {"Name": "All", "AllOrganizations": True})
    assert server.ask("GET", f"{API}/caller", token=everywhere.value["Token"]).value["organization"] is None
    assert server.ask("POST", f"{API}/tokens", {"Name": "x", "AllOrganizations": "yes"}).fields == ["AllOrganizations"]


def test_secrets_come_in_and_never_go_out(server: Server) -> None:
    password = "horse battery staple"
    user = server.ask("POST", f"{API}/users", {"Name": "anna", "Password": password})
    relay: dict[str, Any] = {"Name": "Up", "RecipientDomains": ["*"], "SmartHosts": ["h.example"], "UserName": "u"}
    relay |= {"TlsSettings": "CertificateValidation", "Password": password}
    connector = server.ask("POST", f"{API}/outbound-connectors", relay)
    assert (user.status, connector.status) == (201, 201), connector.body
    again = server.ask("PATCH", user.headers["location"], {"Password": password + "!"})
    refused = server.ask("PATCH", connector.headers["location"], {"Password": password, "SmartHosts": ["no host"]})
    assert refused.status == 422
    said = [user, connector, again, refused]
    said += [server.ask("GET", f"{API}/{it}") for it in ("users", "outbound-connectors", "audit", "document", "status")]
    assert [reply.body for reply in said if password.encode() in reply.body] == []
    assert connector.value["Password"] == "(set)"


def test_a_name_with_a_slash_is_found_by_its_guid(server: Server) -> None:
    added = server.ask("POST", f"{API}/inbound-connectors", {**PRINTERS, "Name": "Printers / 2nd floor"})
    assert server.ask("GET", added.headers["location"]).value["Name"] == "Printers / 2nd floor"


def test_a_connector_is_validated_explained_and_documented(server: Server) -> None:
    server.ask("POST", f"{API}/accepted-domains", {"Name": "contoso.com"})
    server.ask("POST", f"{API}/inbound-connectors", PRINTERS)
    tasks = server.ask("POST", f"{API}/inbound-connectors/Printers/validate").value
    assert tasks[0]["IsTaskSuccessful"] is True
    session = {"ip": "192.0.2.1", "mail_from": "p@contoso.com", "rcpt": "a@fabrikam.com"}
    assert server.ask("POST", f"{API}/explain", session).value["connector"] == "Printers"
    document = server.ask("GET", f"{API}/document").value
    plan = server.ask("POST", f"{API}/document/plan", {"document": {}, "prune": True})
    assert {it["action"] for it in plan.value["changes"]} == {"remove"}
    assert server.ask("POST", f"{API}/document/apply", {"document": document}).value["changes"] == []
    document["InboundConnector"][0]["Comment"] = "new"
    assert len(server.ask("POST", f"{API}/document/apply", {"document": document}).value["changes"]) == 1
    assert server.ask("GET", f"{API}/inbound-connectors/Printers").value["Comment"] == "new"
