"""InvokeCommand: Exchange's shape in and out, pages, refusals, and one organization an address."""

from typing import Any

import pytest
from web_scenes import MANAGER, PRINTERS, VIEWER, Reply, Server

NOT_FOUND = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"


def invoke(
    server: Server,
    cmdlet: str,
    parameters: dict[str, Any] | None = None,
    *,
    organization: str = "Default",
    version: str = "beta",
    query: str = "",
    **more: Any,
) -> Reply:
    body = {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters or {}}}
    return server.ask("POST", f"/adminapi/{version}/{organization}/InvokeCommand{query}", body, **more)


def refused(reply: Reply, status: int, kind: str = "") -> str:
    """The message of a refusal in Exchange's shape, the same wherever a client may look for it."""
    assert reply.status == status, reply.body
    error = reply.json["error"]
    texts = {error["message"], error["details"][0]["message"], error["innererror"]["internalexception"]["message"]}
    [text] = texts
    blank, named, message = text.split("|", 2)
    assert blank == "" and kind in named and error["code"]
    return str(message)


def connectors(server: Server, count: int, organization: str = "Default") -> None:
    properties = {"ConnectorType": "OnPremises", "SenderDomains": "*"}
    for number in range(count):
        server.call("connector.add", name=f"C{number}", properties=properties, organization=organization)


@pytest.mark.parametrize("version", ["beta", "v1.0"])
def test_a_connector_is_made_and_read_in_exchanges_shape(server: Server, version: str) -> None:
    made = invoke(server, "New-InboundConnector", {**PRINTERS, "RequireTls": False}, version=version)
    assert made.status == 200, made.body
    read = invoke(server, "get-inboundconnector", {"Identity": "Printers"}, version=version).json
    [row] = read["value"]
    context = f"http://127.0.0.1:8025/adminapi/{version}/Default/$metadata#Collection(Exchange.GenericHashTable)"
    assert read["@odata.context"] == context
    assert row["SenderIPAddresses"] == ["192.0.2.1"]
    assert row["SenderIPAddresses@odata.type"] == "#Collection(String)"
    assert row["SenderIPAddresses@data.type"] == "System.Collections.Generic.List`1[System.String]"
    assert "Name@odata.type" not in row
    assert (row["Name"], row["RequireTls"], row["Guid"]) == ("Printers", False, made.json["value"][0]["Guid"])
    assert read["@adminapi.warnings"] == []


def test_hashtables_and_annotations_are_understood(server: Server) -> None:
    invoke(server, "New-InboundConnector", PRINTERS)
    edit = {"@odata.type": "#Exchange.GenericHashTable", "Add": ["192.0.2.9"], "Remove": ["192.0.2.1"]}
    given = {"Identity": "Printers", "SenderIPAddresses": edit, "SenderIPAddresses@odata.type": "x"}
    changed = invoke(server, "Set-InboundConnector", given)
    assert changed.status == 200, changed.body
    [row] = invoke(server, "Get-InboundConnector").json["value"]
    assert row["SenderIPAddresses"] == ["192.0.2.9"]


def test_select_leaves_only_what_was_asked_for(server: Server) -> None:
    invoke(server, "New-InboundConnector", PRINTERS)
    [row] = invoke(server, "Get-InboundConnector", query="?$select=name,%20SenderDomains,Nothing").json["value"]
    assert set(row) == {"Name", "SenderDomains", "SenderDomains@odata.type", "SenderDomains@data.type"}


def test_pages_are_read_by_the_same_body_at_the_next_link(server: Server) -> None:
    connectors(server, 5)
    prefer = {"Prefer": "respond-async, odata.maxpagesize=2"}
    names: list[str] = []
    sizes: list[int] = []
    query = "?$select=Name"
    while True:
        page = invoke(server, "Get-InboundConnector", query=query, headers=prefer).json
        names += [row["Name"] for row in page["value"]]
        sizes.append(len(page["value"]))
        if "@odata.nextLink" not in page:
            break
        assert page["@odata.nextLink"].startswith("http://127.0.0.1:8025/adminapi/beta/Default/InvokeCommand?")
        query = "?" + page["@odata.nextLink"].partition("?")[2]
    assert names == ["C0", "C1", "C2", "C3", "C4"]
    assert sizes == [2, 2, 1]
    assert "@odata.nextLink" not in invoke(server, "Get-InboundConnector").json


def test_a_link_is_the_askers_own_behind_a_proxy_with_https(server: Server) -> None:
    server.call("organization.add", name="Fabrikam & Söhne")
    connectors(server, 2, organization="Fabrikam & Söhne")
    headers = {"Prefer": "odata.maxpagesize=1", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.66"}
    place = "Fabrikam%20%26%20S%C3%B6hne"
    page = invoke(server, "Get-InboundConnector", headers=headers, organization=place).json
    assert page["@odata.nextLink"].startswith(f"https://127.0.0.1:8025/adminapi/beta/{place}/InvokeCommand?")
    assert invoke(server, "New-InboundConnector", PRINTERS, headers=headers).status == 200
    assert server.call("audit.list")[0]["address"] == "192.0.2.99", "what a header says is not where it came from"


def test_what_changes_something_has_no_second_page(server: Server) -> None:
    reply = invoke(server, "New-InboundConnector", PRINTERS, query="?$skiptoken=1", headers={"Prefer": "x"})
    assert "has no pages" in refused(reply, 400)
    assert server.call("connector.list") == []


def test_what_is_wrong_has_exchanges_names(server: Server) -> None:
    assert "No inbound connector is called 'x'" in refused(
        invoke(server, "Get-InboundConnector", {"Identity": "x"}), 404, NOT_FOUND
    )
    refused(invoke(server, "New-InboundConnector", {"Name": "x", "Colour": "red"}), 400, "ParameterBindingException")
    refused(invoke(server, "Get-Mailbox"), 400, "CommandNotFoundException")
    wrong = {**PRINTERS, "SenderIPAddresses": ["192.0.2.300"]}
    assert "192.0.2.300" in refused(invoke(server, "New-InboundConnector", wrong), 400, "DataValidationException")
    invoke(server, "New-InboundConnector", PRINTERS)
    refused(invoke(server, "New-InboundConnector", PRINTERS), 400, "AlreadyExists")
    changed = invoke(server, "Set-InboundConnector", {"Identity": "Printers", "ConnectorType": "Partner"})
    refused(changed, 400, "ErrorInboundConnectorConnectorTypeCannotChangeException")


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'{"CmdletInput": {}}', b'{"CmdletInput": {"CmdletName": 5}}',
    b'{"CmdletInput": {"CmdletName": "Get-InboundConnector", "Parameters": []}}',
    b'{"CmdletInput": {"CmdletName": "Get-InboundConnector"}, "CmdletInput": {}}',
])  # fmt: skip
def test_a_body_that_is_none_is_refused_in_exchanges_shape(server: Server, body: bytes) -> None:
    reply = server.ask("POST", "/adminapi/beta/Default/InvokeCommand", body)
    assert "Remedy: " in refused(reply, 400)


def test_nobody_without_a_token_and_no_viewer_changes_anything(server: Server) -> None:
    unknown = invoke(server, "Get-InboundConnector", token="x")
    refused(unknown, 401)
    assert unknown.headers["www-authenticate"].startswith("Bearer")
    viewer = server.new_token(VIEWER)
    refused(invoke(server, "New-InboundConnector", PRINTERS, token=viewer), 403, "UnauthorizedAccessException")
    assert invoke(server, "Get-InboundConnector", token=viewer).json["value"] == []


def test_the_address_chooses_the_organization_by_name_or_guid(server: Server) -> None:
    guid = server.call("organization.add", name="Fabrikam")["Guid"]
    for place, name in (("fabrikam", "A"), (guid, "B"), ("Default", "C")):
        assert invoke(server, "New-InboundConnector", {**PRINTERS, "Name": name}, organization=place).status == 200
    assert [it["Name"] for it in server.call("connector.list", organization="Fabrikam")] == ["A", "B"]
    [row] = invoke(server, "Get-InboundConnector", organization="Default").json["value"]
    assert row["Name"] == "C"
    inside = invoke(
        server, "New-InboundConnector", {**PRINTERS, "Name": "D", "Organization": "Default"}, organization=guid
    )
    refused(inside, 404)


def test_another_organization_is_as_if_it_were_not_there(server: Server) -> None:
    guid = server.call("organization.add", name="Fabrikam")["Guid"]
    ours = server.new_token(MANAGER, organization="Default")
    absent = refused(invoke(server, "Get-InboundConnector", organization="Nowhere", token=ours), 404, NOT_FOUND)
    for place in ("Fabrikam", guid):
        there = refused(invoke(server, "Get-InboundConnector", organization=place, token=ours), 404, NOT_FOUND)
        assert there == absent.replace("Nowhere", place)
    assert invoke(server, "Get-InboundConnector", token=ours).status == 200


def test_what_if_stores_nothing(server: Server) -> None:
    reply = invoke(server, "New-InboundConnector", {**PRINTERS, "WhatIf": True})
    assert reply.status == 200, reply.body
    assert server.call("connector.list") == []


def test_the_audit_tells_the_face(server: Server) -> None:
    invoke(server, "New-InboundConnector", PRINTERS)
    [entry] = server.ask("GET", "/api/v1/audit?limit=1").value
    assert (entry["origin"], entry["object"], entry["address"]) == ("cmdlet", "Printers", "192.0.2.99")
