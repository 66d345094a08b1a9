"""The pages of connectors: list, flyout, editing by section, the wizard."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from web_scenes import MANAGER, PASSWORD, PRINTERS, Browser, Reply, Server, multipart

HOSTILE = "<script>alert(1)</script>\u202e"
NAMED = {"Name": "SMTP Relay (TLS)", "Comment": "As the article has it", "Enabled": "true"}
BY_NAME = {"identify": "certificate", "TlsSenderCertificateName": "*.contoso.com"}


def begun(anna: Browser, scenario: str, **fields: Any) -> str:
    """The address of a new run, without its step."""
    reply = anna.post("/connectors/new", {"scenario": scenario, **fields})
    assert reply.status == 303, reply.text
    return reply.headers["location"].rpartition("/")[0]


def stepped(anna: Browser, run: str, step: str, fields: dict[str, Any]) -> Reply:
    """The page after a step that was right."""
    reply = anna.post(f"{run}/{step}", fields)
    assert reply.status == 303, reply.text
    return anna.get(reply.headers["location"])


def connectors(server: Server, *, outbound: bool = False) -> list[Any]:
    found: list[Any] = server.call("connector.list", outbound=outbound)
    return found


def add(server: Server, **more: Any) -> Any:
    properties = {**PRINTERS, **more}
    return server.call("connector.add", name=properties.pop("Name"), properties=properties)


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def test_the_articles_connector_by_certificate_is_made_by_the_wizard(server: Server, anna: Browser) -> None:
    run = begun(anna, "own-server")
    page = stepped(anna, run, "name", {**NAMED, "CloudServicesMailEnabled": "true"})
    assert "Authenticating sent email" in page.text
    page = stepped(anna, run, "identity", BY_NAME)
    assert "matches this domain: *.contoso.com." in page.text
    assert "must be in an accepted domain" in page.text
    assert connectors(server) == []
    page = stepped(anna, run, "review", {})
    assert "Connector created" in page.text
    assert "No listener of this relay offers TLS yet" in page.text  # else a newcomer would wait for a match in vain
    [made] = connectors(server)
    assert made["ConnectorType"] == "OnPremises"
    assert made["TlsSenderCertificateName"] == "*.contoso.com"
    assert (made["RequireTls"], made["CloudServicesMailEnabled"], made["Enabled"]) == (True, True, True)
    assert (made["SenderDomains"], made["SenderIPAddresses"]) == (["smtp:*;1"], [])
    assert (made["Comment"], made["ConnectorSource"]) == ("As the article has it", "AdminUI")
    assert anna.get(f"{run}/review").status == 404  # the run has ended


def test_the_articles_connector_by_address_is_made_by_the_wizard(server: Server, anna: Browser) -> None:
    run = begun(anna, "own-server")
    stepped(anna, run, "name", {"Name": "SMTP Relay (Non-TLS)", "Enabled": "true"})
    stepped(
        anna, run, "identity", {"identify": "ip", "SenderIPAddresses": ["192.0.2.10", "2001:db8::/64, 10.0.0.0/24"]}
    )
    stepped(anna, run, "review", {})
    [made] = connectors(server)
    assert made["SenderIPAddresses"] == ["192.0.2.10", "2001:db8::/64", "10.0.0.0/24"]
    assert (made["RequireTls"], made["CloudServicesMailEnabled"]) == (False, False)


def test_a_partner_is_made_by_the_wizard(server: Server, anna: Browser) -> None:
    run = begun(anna, "from-partner")
    stepped(anna, run, "name", {"Name": "Fabrikam"})
    page = stepped(anna, run, "identity", {"identify": "domain", "SenderDomains": ["fabrikam.com", "*.fabrikam.com"]})
    assert "What security restrictions do you want to apply?" in page.text
    fields = {
        "RequireTls": "true",
        "RestrictDomainsToCertificate": "true",
        "TlsSenderCertificateName": "mail.fabrikam.com",
        "RestrictDomainsToIPAddresses": "true",
        "SenderIPAddresses": "198.51.100.0/24",
    }
    page = stepped(anna, run, "restrictions", fields)
    assert "uses to authenticate with this relay matches this domain name: mail.fabrikam.com." in page.text
    stepped(anna, run, "review", {})
    [made] = connectors(server)
    assert (made["ConnectorType"], made["Enabled"]) == ("Partner", False)
    assert (made["RestrictDomainsToCertificate"], made["RestrictDomainsToIPAddresses"]) == (True, True)
    assert made["SenderDomains"] == ["smtp:fabrikam.com;1", "smtp:*.fabrikam.com;1"]


def tried(anna: Browser, host: str) -> str:
    """A run of the wizard that has come to the validation, by a smart host."""
    run = begun(anna, "to-partner")
    stepped(anna, run, "name", {"Name": "Upstream", "Enabled": "true"})
    stepped(anna, run, "use", {"use": "domains", "RecipientDomains": "fabrikam.com"})
    stepped(anna, run, "routing", {"route": "hosts", "SmartHosts": host})
    stepped(anna, run, "security", {"TlsSettings": "Opportunistic"})
    return run


def test_a_way_out_is_validated_before_it_is_stored_and_saved_although_that_failed(
    server: Server, anna: Browser
) -> None:
    run = tried(anna, "127.0.0.1:1")
    fields = {"ValidationRecipients": "b@contoso.com"}
    reply = anna.post(f"{run}/validation", {**fields, "go": "validate"})
    assert reply.status == 422 and 'id="ValidationRecipients-problem"' in reply.text
    fields = {"ValidationRecipients": "b@fabrikam.com"}
    anna.post(f"{run}/validation", {**fields, "go": "validate"})
    while "Validation in progress" in (page := anna.get(f"{run}/validation").text):
        pass
    assert "Validation failed" in page and "Connect to 127.0.0.1 port 1" in page
    assert connectors(server, outbound=True) == []
    reply = anna.post(f"{run}/validation", fields)
    assert reply.status == 200 and "Continue all the same" in reply.text
    stepped(anna, run, "validation", {**fields, "go": "anyway"})
    stepped(anna, run, "review", {})
    [made] = connectors(server, outbound=True)
    assert (made["IsValidated"], made["ValidationRecipients"]) == (False, ["b@fabrikam.com"])
    assert made["LastValidationTimestamp"]


def test_a_validation_tells_nothing_of_other_answers(server: Server, anna: Browser) -> None:
    run = tried(anna, "127.0.0.1:1")
    anna.post(f"{run}/validation", {"go": "validate"})
    while "Validation in progress" in anna.get(f"{run}/validation").text:
        pass
    stepped(anna, run, "routing", {"route": "hosts", "SmartHosts": "127.0.0.1:2"})
    assert "Validation failed" not in anna.get(f"{run}/validation").text
    stepped(anna, run, "validation", {})
    stepped(anna, run, "review", {})
    [made] = connectors(server, outbound=True)
    assert made["LastValidationTimestamp"] is None


@pytest.mark.parametrize("scenario", ["to-own-server", "to-partner"])
def test_a_way_out_is_made_by_the_wizard(server: Server, anna: Browser, scenario: str) -> None:
    run = begun(anna, scenario)
    stepped(anna, run, "name", {"Name": "Upstream", "Enabled": "true"})
    stepped(anna, run, "use", {"use": "domains", "RecipientDomains": "*"})
    stepped(anna, run, "routing", {"route": "hosts", "SmartHosts": ["mail.contoso.com", "[2001:db8::25]:2525"]})
    stepped(anna, run, "security", {"TlsSettings": "DomainValidation", "TlsDomain": "mail.contoso.com"})
    page = stepped(anna, run, "validation", {"ValidationRecipients": "b@fabrikam.com"})
    assert "Route email messages through these smart hosts: mail.contoso.com, [2001:db8::25]:2525." in page.text
    assert "the subject name matches this domain: mail.contoso.com." in page.text
    page = stepped(anna, run, "review", {})
    assert "Validate this connector" in page.text
    [made] = connectors(server, outbound=True)
    assert made["ConnectorType"] == ("OnPremises" if scenario == "to-own-server" else "Partner")
    assert (made["UseMXRecord"], made["TlsSettings"]) == (False, "DomainValidation")
    assert made["ValidationRecipients"] == ["b@fabrikam.com"]


def test_each_step_tells_its_own_problems_at_their_fields_and_keeps_what_was_typed(anna: Browser) -> None:
    run = begun(anna, "own-server")
    reply = anna.post(f"{run}/name", {"Name": "x" * 65, "Comment": HOSTILE})
    assert reply.status == 422
    assert 'id="Name-problem"' in reply.text
    assert "&lt;script&gt;" in reply.text and "<script>alert" not in reply.text and "\u202e" not in reply.text
    assert "SenderIPAddresses" not in reply.text  # nobody has seen that step yet
    stepped(anna, run, "name", NAMED)
    reply = anna.post(f"{run}/identity", {"identify": "certificate", "TlsSenderCertificateName": ""})
    assert 'id="TlsSenderCertificateName-problem"' in reply.text
    reply = anna.post(f"{run}/identity", {"identify": "ip", "SenderIPAddresses": ["10.0.0.1", "10.0.0.256", HOSTILE]})
    assert reply.status == 422
    assert reply.text.count('value="10.0.0.1"') == 1
    assert 'id="SenderIPAddresses-problem"' in reply.text
    assert anna.get(f"{run}/review").headers["location"] == f"{run}/identity"


def test_a_name_that_is_taken_is_told_at_the_first_step(server: Server, anna: Browser) -> None:
    add(server)
    reply = anna.post(f"{begun(anna, 'own-server')}/name", {"Name": "printers"})
    assert reply.status == 422
    assert 'id="Name-problem"' in reply.text


def test_going_back_keeps_what_was_typed(anna: Browser) -> None:
    run = begun(anna, "own-server")
    stepped(anna, run, "name", NAMED)
    reply = anna.post(f"{run}/identity", {**BY_NAME, "TlsSenderCertificateName": "half*written", "go": "back"})
    assert reply.headers["location"] == f"{run}/name"
    assert "SMTP Relay (TLS)" in anna.get(f"{run}/name").text
    assert "half*written" in anna.get(f"{run}/identity").text
    reply = anna.post(f"{run}/mail-flow", {"scenario": "from-partner"})
    assert "SMTP Relay (TLS)" in anna.get(reply.headers["location"]).text


def test_a_run_belongs_to_whoever_began_it(server: Server, anna: Browser) -> None:
    run = begun(anna, "own-server")
    server.call("user.add", name="otto", password=PASSWORD, properties={"RoleGroups": MANAGER})
    otto = Browser(server).sign_in("otto", PASSWORD)
    assert otto.get(f"{run}/name").status == 404
    assert otto.post(f"{run}/name", NAMED).status == 404


def test_a_session_that_ends_in_mid_wizard_keeps_the_input(server: Server, anna: Browser) -> None:
    run = begun(anna, "own-server")
    stepped(anna, run, "name", NAMED)
    anna.cookies.clear()
    reply = anna.post(f"{run}/identity", BY_NAME)
    door = reply.headers["location"]
    assert door.startswith("/sign-in?interrupted=")
    reply = anna.post(
        "/sign-in", {"name": "anna", "password": PASSWORD, "interrupted": door.partition("=")[2], "next": ""}
    )
    page = anna.get(reply.headers["location"])
    assert 'value="*.contoso.com"' in page.text
    stepped(anna, run, "identity", BY_NAME)
    stepped(anna, run, "review", {})
    assert [it["Name"] for it in connectors(server)] == ["SMTP Relay (TLS)"]


def test_who_may_only_look_sees_no_buttons_and_makes_nothing(server: Server, victor: Browser) -> None:
    made = add(server)
    address = f"/connectors/inbound/{made['Guid']}"
    assert "/connectors/new" not in victor.get("/connectors").text
    page = victor.get(address).text
    assert "/edit/" not in page and "/remove" not in page
    for act in ("disable", "remove"):
        assert victor.post(f"{address}/{act}").status == 403
    reply = victor.post(f"{address}/edit/name", {"Name": "Mine", "seen": made["WhenChangedUTC"]})
    assert reply.status == 403
    assert connectors(server) == [made]


def test_a_connector_is_turned_off_and_on_cloned_and_deleted(server: Server, anna: Browser) -> None:
    made = add(server, MaxMessageSize=4096)
    address = f"/connectors/inbound/{made['Guid']}"
    assert anna.post(f"{address}/disable").headers["location"] == address
    assert "has been turned off" in anna.get(address).text
    assert connectors(server)[0]["Enabled"] is False
    anna.post(f"{address}/enable")
    run = anna.post(f"{address}/clone").headers["location"].rpartition("/")[0]
    assert 'value="Copy of Printers"' in anna.get(f"{run}/name").text
    stepped(anna, run, "name", {"Name": "More printers", "Enabled": "true"})
    stepped(anna, run, "identity", {"identify": "ip", "SenderIPAddresses": "192.0.2.2"})
    stepped(anna, run, "review", {})
    copy, original = connectors(server)
    assert (copy["Name"], copy["SenderIPAddresses"], copy["MaxMessageSize"]) == ("More printers", ["192.0.2.2"], 4096)
    assert original["SenderIPAddresses"] == ["192.0.2.1"]
    assert anna.post(f"{address}/remove").headers["location"] == "/connectors"
    assert [it["Name"] for it in connectors(server)] == ["More printers"]


def test_a_section_is_changed_alone(server: Server, anna: Browser) -> None:
    made = add(server, InternalRecipientsOnly=True)
    address = f"/connectors/inbound/{made['Guid']}"
    page = anna.get(f"{address}/edit/identity").text
    assert 'value="192.0.2.1"' in page
    fields = {"identify": "ip", "SenderIPAddresses": ["192.0.2.1", "192.0.2.3"], "seen": seen_in(page)}
    assert anna.post(f"{address}/edit/identity", fields).status == 303
    [now] = connectors(server)
    assert now["SenderIPAddresses"] == ["192.0.2.1", "192.0.2.3"]
    assert now["InternalRecipientsOnly"] is True
    page = anna.get(f"{address}/edit/name").text
    assert '<option value="None" selected>' in page
    logged = {"ProtocolLoggingLevel": "Verbose"}
    anna.post(f"{address}/edit/name", {"Name": "Devices", "Comment": "All", "seen": seen_in(page), **logged})
    [now] = connectors(server)
    assert now["ProtocolLoggingLevel"] == "Verbose"
    assert "is written into the protocol log" in anna.get(address).text
    assert (now["Name"], now["Comment"], now["Enabled"]) == ("Devices", "All", False)
    assert anna.get(f"{address}/edit/routing").status == 404


def test_further_ways_are_put_in_order_and_shown_with_how_they_stand(server: Server, anna: Browser) -> None:
    host = {"SmartHosts": ["192.0.2.25"], "IsTransportRuleScoped": True}
    for name in ("By address", "By password"):
        server.call("connector.add", name=name, outbound=True, properties=host)
    made = server.call("connector.add", name="Cloud", outbound=True, properties={**host, "RecipientDomains": ["*"]})
    address = f"/connectors/outbound/{made['Guid']}"
    page = anna.get(f"{address}/edit/routing").text
    assert page.count('name="FallbackConnectors"') == 1, "one row more than there are ways"
    fields = {"route": "hosts", "SmartHosts": ["192.0.2.25"], "LimitPreset": "Microsoft365", "WhenLimited": "NextWay"}
    ordered = {**fields, "FallbackConnectors": ["By password", "By address"], "seen": seen_in(page)}
    assert anna.post(f"{address}/edit/routing", ordered).status == 303
    now = server.call("connector.show", identity="Cloud", outbound=True)
    assert now["FallbackConnectors"] == ["By password", "By address"]
    assert (now["LimitPreset"], now["WhenLimited"]) == ("Microsoft365", "NextWay")
    flyout = anna.get(address).text
    names = [flyout.index(f"<strong>{name}</strong>") for name in ("Cloud", "By password", "By address")]
    assert names == sorted(names)
    page = anna.get(f"{address}/edit/routing").text
    assert page.count('name="FallbackConnectors"') == 2
    wrong = {**fields, "FallbackConnectors": ["By address", "Gone"], "seen": seen_in(page)}
    assert "is no outbound connector of organization" in anna.post(f"{address}/edit/routing", wrong).text


def test_conditions_and_limits_of_a_way_out_are_decided_on_their_own_page(server: Server, anna: Browser) -> None:
    ours = {name: value for name, value in PRINTERS.items() if name != "Name"}
    server.call("connector.add", name="All our devices", properties=ours)
    host = {"SmartHosts": ["192.0.2.25"], "RecipientDomains": ["*"], "MaxConnections": 9}
    made = server.call("connector.add", name="Cloud", outbound=True, properties=host)
    address = f"/connectors/outbound/{made['Guid']}"
    page = anna.get(f"{address}/edit/terms").text
    fields = {
        "SenderDomains": ["contoso.com", "*.contoso.com"],
        "InboundConnectors": "All our devices",
        "SmartHostOrder": "Shuffled",
        "SourceIPAddress": "",
        "MaxMessagesPerMinute": "30",
        "MaxConnections": "",
        "seen": seen_in(page),
    }
    for name, value in {"MaxSessionMinutes": "soon", "SourceIPAddress": "here", "InboundConnectors": "Gone"}.items():
        refused = anna.post(f"{address}/edit/terms", {**fields, name: value})
        assert refused.status == 422 and f'id="{name}-problem"' in refused.text
    assert anna.post(f"{address}/edit/terms", fields).status == 303
    now = server.call("connector.show", identity="Cloud", outbound=True)
    assert now["SenderDomains"] == ["contoso.com", "*.contoso.com"]
    assert (now["InboundConnectors"], now["SmartHostOrder"]) == (["All our devices"], "Shuffled")
    assert (now["MaxMessagesPerMinute"], now["MaxConnections"], now["SourceIPAddress"]) == (30, None, None)
    assert now["SmartHosts"] == made["SmartHosts"]
    assert "30 messages a minute are sent." in anna.get(address).text


def test_what_is_changed_in_messages_is_decided_on_its_own_page(server: Server, anna: Browser) -> None:
    made = add(server, InternalRecipientsOnly=True)
    address = f"/connectors/inbound/{made['Guid']}"
    page = anna.get(f"{address}/edit/changes").text
    fields = {"RewriteSenders": "NotAccepted", "SenderRewriteAddress": "", "seen": seen_in(page)}
    assert "SenderRewriteAddress is missing." in anna.post(f"{address}/edit/changes", fields).text
    nobodys = {**fields, "SenderRewriteAddress": "scans@elsewhere.example"}
    assert "lies in no accepted domain" in anna.post(f"{address}/edit/changes", nobodys).text
    server.call("domain.add", name="contoso.com")
    page = anna.get(f"{address}/edit/changes").text
    fields |= {"SenderRewriteAddress": "scans@contoso.com", "seen": seen_in(page)}
    assert anna.post(f"{address}/edit/changes", fields).status == 303
    [now] = connectors(server)
    assert (now["RewriteSenders"], now["SenderRewriteAddress"]) == ("NotAccepted", "scans@contoso.com")
    assert now["RepairHeaders"] is False, "a tick that was not sent is off"
    assert now["InternalRecipientsOnly"] is True
    assert "replaced by scans@contoso.com." in anna.get(address).text


def test_what_the_wizard_would_not_make_stays_when_something_else_is_edited(server: Server, anna: Browser) -> None:
    named = {"SenderIPAddresses": [], "TlsSenderCertificateName": "a.contoso.com", "RequireTls": False}
    made = add(server, **named)
    address = f"/connectors/inbound/{made['Guid']}/edit/identity"
    fields = {"identify": "certificate", "TlsSenderCertificateName": "b.contoso.com"}
    assert anna.post(address, {**fields, "seen": seen_in(anna.get(address).text)}).status == 303
    [now] = connectors(server)
    assert (now["TlsSenderCertificateName"], now["RequireTls"]) == ("b.contoso.com", False)
    fields = {"identify": "ip", "SenderIPAddresses": "192.0.2.1", "RequireTls": "true"}
    anna.post(address, {**fields, "seen": seen_in(anna.get(address).text)})
    assert connectors(server)[0]["RequireTls"] is True


def test_editing_a_partners_restrictions_keeps_the_name_on_its_certificate(server: Server, anna: Browser) -> None:
    partner = {"ConnectorType": "Partner", "SenderDomains": ["fabrikam.com"], "SenderIPAddresses": []}
    made = add(server, **partner, TlsSenderCertificateName="mail.fabrikam.com")
    address = f"/connectors/inbound/{made['Guid']}/edit/restrictions"
    anna.post(address, {"RequireTls": "true", "seen": seen_in(anna.get(address).text)})
    [now] = connectors(server)
    assert (now["RequireTls"], now["TlsSenderCertificateName"]) == (True, "mail.fabrikam.com")
    fields = {"RestrictDomainsToCertificate": "true", "TlsSenderCertificateName": "mail.fabrikam.com"}
    anna.post(address, {**fields, "RequireTls": "true", "seen": seen_in(anna.get(address).text)})
    assert connectors(server)[0]["RestrictDomainsToCertificate"] is True


def test_what_somebody_else_changed_meanwhile_is_told_and_not_overwritten(server: Server, anna: Browser) -> None:
    made = add(server)
    address = f"/connectors/inbound/{made['Guid']}"
    page = anna.get(f"{address}/edit/name").text
    server.call("connector.set", identity="Printers", properties={"Comment": "theirs"})
    fields = {"Name": "Printers", "Comment": "mine", "Enabled": "true", "seen": seen_in(page)}
    reply = anna.post(f"{address}/edit/name", fields)
    assert reply.status == 422
    assert "Somebody else changed this connector meanwhile" in reply.text
    assert "<td>theirs</td><td>mine</td>" in reply.text
    assert connectors(server)[0]["Comment"] == "theirs"
    assert anna.post(f"{address}/edit/name", {**fields, "seen": seen_in(reply.text)}).status == 303
    assert connectors(server)[0]["Comment"] == "mine"


def test_the_list_filters_sorts_and_pages_by_its_address(server: Server, anna: Browser) -> None:
    for number in range(60):
        add(server, Name=f"Printer {number:02}", Enabled=number != 7)
    server.call(
        "connector.add",
        name="Upstream",
        properties={"RecipientDomains": "*", "SmartHosts": "mx.example"},
        outbound=True,
    )
    page = anna.get("/connectors").text
    assert "Printer 00" in page and "Printer 55" not in page
    assert "Printer 55" in anna.get("/connectors?page=2").text
    assert "Printer 59" in anna.get("/connectors?sort=-name").text
    page = anna.get("/connectors?status=off").text
    assert "Printer 07" in page and "Printer 08" not in page
    page = anna.get("/connectors?direction=outbound").text
    assert "Upstream" in page and "Printer 00" not in page
    assert "No connector is like that." in anna.get("/connectors?find=nothing").text
    assert anna.get("/connectors?page=%C2%B2&sort=%3Cscript%3E&direction=x").status == 200


def test_hostile_names_are_inert_everywhere(server: Server, anna: Browser) -> None:
    name = "<img src=x onerror=alert(1)>"
    made = add(server, Name=name, Comment="</textarea><script>alert(1)</script>")
    address = f"/connectors/inbound/{made['Guid']}"
    for path in ("/connectors", address, f"{address}/edit/name", f"{address}/created"):
        page = anna.get(path)
        assert page.status == 200
        assert "<img" not in page.text and "<script>alert" not in page.text, path
    assert anna.get("/connectors/sideways/0").status == 404
    assert anna.get("/connectors/inbound/0").status == 404


def test_the_result_of_a_validation_stays_with_the_connector(server: Server, anna: Browser) -> None:
    properties = {"RecipientDomains": "fabrikam.com", "SmartHosts": "127.0.0.1:1"}
    made = server.call("connector.add", name="Upstream", properties=properties, outbound=True)
    address = f"/connectors/outbound/{made['Guid']}"
    assert "Not validated" in anna.get(address).text
    reply = anna.post(f"{address}/validate", {"ValidationRecipients": "b@contoso.com"})
    assert reply.status == 422
    assert "not configured as part of connector" in reply.text
    reply = anna.post(f"{address}/validate", {"ValidationRecipients": "b@fabrikam.com"})
    assert "Connect to 127.0.0.1 port 1" in reply.text
    page = anna.get(address).text
    assert "Validation failed" in page and 'value="b@fabrikam.com"' in page


def test_a_client_certificate_is_kept_and_its_password_forgotten(server: Server, anna: Browser, tmp_path: Path) -> None:
    server.desk.settings = replace(server.desk.settings, data_dir=tmp_path)
    run = begun(anna, "to-partner")
    stepped(anna, run, "name", {"Name": "Upstream", "Enabled": "true"})
    stepped(anna, run, "use", {"use": "domains", "RecipientDomains": "*"})
    stepped(anna, run, "routing", {"route": "mx"})
    fields = {"seal": anna.seal, "TlsSettings": "EncryptionOnly", "certificate_password": "hunter2"}
    body, kind = multipart(fields, b"<script>no certificate</script>")
    reply = anna.send(f"{run}/security", body, kind)
    assert reply.status == 422
    assert 'id="certificate-problem"' in reply.text and "hunter2" not in reply.text
    issued = trustme.CA().issue_cert("relay.contoso.com").private_key_and_cert_chain_pem.bytes()
    body, kind = multipart(fields, issued)
    assert anna.send(f"{run}/security", body, kind).status == 303
    page = anna.get(f"{run}/security").text
    assert "client-certificates" in page and "hunter2" not in page
    stepped(anna, run, "validation", {})
    assert "A client certificate is presented" in stepped(anna, run, "validation", {}).text
    stepped(anna, run, "review", {})
    [made] = connectors(server, outbound=True)
    assert Path(made["ClientCertificatePfx"]).is_file()
    assert made["ClientCertificatePassword"] is None
    address = f"/connectors/outbound/{made['Guid']}/edit/security"
    seen = seen_in(anna.get(address).text)
    anna.post(address, {"TlsSettings": "EncryptionOnly", "drop_certificate": "true", "seen": seen})
    [made] = connectors(server, outbound=True)
    assert made["ClientCertificatePfx"] is None


def test_another_organizations_connector_is_not_there(server: Server) -> None:
    server.call("organization.add", name="Fabrikam")
    properties = {**PRINTERS, "Name": "Theirs"}
    theirs = server.call("connector.add", name="Theirs", properties=properties, organization="Fabrikam")
    server.call("user.add", name="otto", password=PASSWORD, properties={"RoleGroups": MANAGER}, organization="Default")
    otto = Browser(server).sign_in("otto", PASSWORD)
    assert "Theirs" not in otto.get("/connectors").text
    address = f"/connectors/inbound/{theirs['Guid']}"
    assert otto.get(address).status == 404
    for act in ("disable", "remove", "clone", "edit/name"):
        assert otto.post(f"{address}/{act}", {"Name": "Mine"}).status == 404, act
    run = begun(otto, "own-server", organization="Fabrikam")
    assert otto.post(f"{run}/name", {"Name": "Smuggled"}).status in (404, 422)
    assert [it["Name"] for it in connectors(server)] == ["Theirs"]


def test_a_manager_of_one_organization_brings_no_file_to_the_server(server: Server) -> None:
    server.call("user.add", name="otto", password=PASSWORD, properties={"RoleGroups": MANAGER})
    otto = Browser(server).sign_in("otto", PASSWORD)
    run = begun(otto, "to-partner")
    assert "Somebody who manages every organization can add one." in otto.get(f"{run}/security").text
    for step, fields in (
        ("name", {"Name": "Upstream"}),
        ("use", {"use": "domains", "RecipientDomains": "*"}),
        ("routing", {"route": "mx"}),
    ):
        stepped(otto, run, step, fields)
    body, kind = multipart({"seal": otto.seal, "TlsSettings": "EncryptionOnly"}, b"x")
    assert otto.send(f"{run}/security", body, kind).status == 403
    reply = otto.post(f"{run}/security", {"TlsSettings": "EncryptionOnly", "ClientCertificatePfx": "/etc/passwd"})
    assert reply.status == 403


OLD_DEVICES = {
    "MinimumTlsVersion": "TLSv1.0", "BareLineFeeds": "Normalize", "InternalRecipientsOnly": "true",
    "MaxMessageSize": "25M", "MaxRecipientsPerMessage": "20", "MaxMessagesPerMinute": "", "MaxConnections": "5",
}  # fmt: skip


def test_old_devices_and_limits_are_a_section_of_their_own(server: Server, anna: Browser) -> None:
    made = add(server, MaxMessagesPerMinute=9)
    address = f"/connectors/inbound/{made['Guid']}"
    assert "Connections with TLS need TLS 1.2 or newer" in anna.get(address).text
    page = anna.get(f"{address}/edit/devices").text
    assert '<option value="TLSv1.2" selected>' in page and 'value="9"' in page
    fields = {**OLD_DEVICES, "seen": seen_in(page)}
    refused = anna.post(f"{address}/edit/devices", {**fields, "MaxConnections": "many"})
    assert refused.status == 422 and "MaxConnections" in refused.text and 'value="25M"' in refused.text
    assert anna.post(f"{address}/edit/devices", fields).status == 303
    [now] = connectors(server)
    assert (now["MinimumTlsVersion"], now["BareLineFeeds"], now["InternalRecipientsOnly"]) == (
        "TLSv1.0", "Normalize", True
    )  # fmt: skip
    limits = ("MaxMessageSize", "MaxRecipientsPerMessage", "MaxMessagesPerMinute", "MaxConnections")
    assert [now[it] for it in limits] == [25 * 1024 * 1024, 20, None, 5]
    assert now["SenderIPAddresses"] == made["SenderIPAddresses"]
    told = anna.get(address).text
    for words in ("may use TLS as old as TLS 1.0", "lone CR or LF are repaired", "26214400 octets", "5 sessions"):
        assert words in told


def test_the_wizard_does_not_ask_of_old_devices(server: Server, anna: Browser) -> None:
    run = begun(anna, "own-server")
    assert anna.get(f"{run}/devices").status == 404
