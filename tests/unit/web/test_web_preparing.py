"""What comes before a connector is stored, over REST: what the wizard asks step by step."""

import base64
from typing import Any

import pytest
import trustme
from web_scenes import VIEWER, Server

API = "/api/v1"
PEM = trustme.CA().issue_cert("relay.contoso.com").private_key_and_cert_chain_pem.bytes()
UP = {"RecipientDomains": ["*"], "UseMXRecord": False, "SmartHosts": ["127.0.0.1:1"]}


def test_a_certificate_that_is_brought_is_named_by_a_connector(server: Server) -> None:
    brought = {"content": base64.b64encode(PEM).decode(), "name": "relay.pem"}
    kept = server.ask("POST", f"{API}/client-certificates", brought).value
    assert kept["Names"] == ["relay.contoso.com"]
    new = {"Name": "Up", **UP, "TlsSettings": "CertificateValidation", "ClientCertificatePfx": kept["File"]}
    assert server.ask("POST", f"{API}/outbound-connectors", new).status == 201


def test_what_is_no_certificate_is_refused_by_the_name_of_its_file(server: Server) -> None:
    reply = server.ask("POST", f"{API}/client-certificates", {"content": "bm90aGluZw==", "name": "relay.pfx"})
    assert reply.status == 422
    assert "relay.pfx" in reply.error["message"]


def test_a_connector_that_is_not_stored_is_tried_and_followed(server: Server) -> None:
    begun = server.ask("POST", f"{API}/validations", {"name": "Up", "properties": UP}).value
    run = server.ask("GET", f"{API}/validations/{begun['id']}").value
    assert (run["target"], run["tasks"][0]["TaskName"]) == ("Up", "Check the properties")
    stopped = server.ask("POST", f"{API}/validations/{begun['id']}/stop").value
    assert not stopped["running"] and not stopped["succeeded"]
    assert server.call("connector.list", outbound=True) == []


def test_who_only_reads_makes_no_other_host_be_spoken_to(server: Server) -> None:
    token = server.new_token(VIEWER)
    assert server.ask("POST", f"{API}/validations", {"name": "Up", "properties": UP}, token=token).status == 403


@pytest.mark.parametrize(("path", "properties", "words"), [
    ("inbound-connectors", {"SenderIPAddresses": ["192.0.2.1"]}, "New-InboundConnector -Name 'A b' -SenderIPAddresses"),
    ("outbound-connectors", UP, "New-OutboundConnector -Name 'A b' -UseMXRecord $false"),
])  # fmt: skip
def test_a_connector_is_written_as_the_other_faces_write_it(
    server: Server, path: str, properties: dict[str, Any], words: str
) -> None:
    written = server.ask("POST", f"{API}/{path}/commands", {"name": "A b", "properties": properties}).value
    assert written["PowerShell"].startswith(words)
    assert written["Cli"].startswith("gatepost connector add")
    assert written["Json"].startswith("{")
