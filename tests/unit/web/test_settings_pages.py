"""The pages of the audit log, settings, documents and about."""

import json
import re

import trustme
from web_scenes import MANAGER, PASSWORD, Browser, Server

HOSTILE = "<img src=x onerror=alert(1)>\u202e"


def test_the_audit_tells_before_and_after_and_pages(server: Server, anna: Browser) -> None:
    server.call("domain.add", name="contoso.com", properties={})
    server.call("domain.set", identity="contoso.com", properties={"DomainType": "InternalRelay"})
    text = anna.get("/audit").text
    assert "<del>Authoritative</del>" in text
    assert "<ins>InternalRelay</ins>" in text
    assert PASSWORD not in text
    for number in range(60):
        server.call("domain.add", name=f"d{number}.example", properties={})
    text = anna.get("/audit").text
    assert "d59.example" in text
    assert "contoso.com" not in text
    older = text.partition("/audit?before=")[2].partition('"')[0]
    assert "contoso.com" in anna.get(f"/audit?before={older}").text
    assert anna.get("/audit?before=x").status == 200


def test_a_hostile_name_in_the_audit_is_inert(server: Server, anna: Browser) -> None:
    server.call("organization.set", properties={"RejectDirectSend": True})
    server.call("user.add", name="<b>x", password=PASSWORD, properties={})
    text = anna.get("/audit").text
    assert "<b>x" not in text
    assert "&lt;b&gt;x" in text


def test_an_organization_is_added_changed_and_removed(server: Server, anna: Browser) -> None:
    assert anna.post("/settings/organizations/new", {"Name": "Fabrikam & Sons"}).status == 303
    assert "Fabrikam &amp; Sons" in anna.get("/settings").text
    page = "/settings/organizations/Fabrikam%20%26%20Sons"
    ticked = {"RejectDirectSend": "true", "AuthenticationResults": "true"}
    assert anna.post(page, {**ticked, "Postmaster": "post@fabrikam.com"}).status == 303
    (found,) = [it for it in server.call("organization.list") if it["Name"] != "Default"]
    assert (found["RejectDirectSend"], found["Postmaster"]) == (True, "post@fabrikam.com")
    assert (found["AuthenticationResults"], found["ArcSealingDomain"]) == (True, None)
    assert "does not sign mail" in anna.post(page, {"ArcSealingDomain": "fabrikam.com"}).text
    assert anna.post(page, {"Postmaster": HOSTILE}).status == 422
    assert "<img" not in anna.post(page, {"Postmaster": HOSTILE}).text
    assert anna.post(f"{page}/remove").status == 303


def test_certificate_authorities_are_pasted_one_after_the_other(server: Server, anna: Browser) -> None:
    page = "/settings/organizations/Default"
    pems = [trustme.CA().cert_pem.bytes().decode().strip() for _ in range(2)]
    assert anna.post(page, {"CertificateAuthorities": "\r\n".join(pems)}).status == 303
    kept = server.call("organization.list")[0]["CertificateAuthorities"]
    assert [it.strip().replace("\r", "") for it in kept] == pems
    assert all(it in anna.get(page).text for it in pems)
    assert anna.post(page, {}).status == 303  # a form that does not speak of them
    assert server.call("organization.list")[0]["CertificateAuthorities"] == kept
    refused = anna.post(page, {"CertificateAuthorities": pems[0] + " and more"})
    assert (refused.status, 'id="CertificateAuthorities-problem"' in refused.text) == (422, True)
    assert anna.post(page, {"CertificateAuthorities": ""}).status == 303
    assert server.call("organization.list")[0]["CertificateAuthorities"] == []


def test_what_concerns_the_server_is_shown_to_those_who_manage_all_of_it(server: Server, anna: Browser) -> None:
    assert "limits.max_message_size" in anna.get("/settings").text
    server.call("user.add", name="berta", password=PASSWORD, properties={"RoleGroups": MANAGER})
    berta = Browser(server).sign_in("berta", PASSWORD)
    text = berta.get("/settings").text
    assert "limits.max_message_size" not in text
    assert "/settings/organizations/new" not in text


def test_a_document_is_taken_away_looked_at_and_brought_back(server: Server, anna: Browser) -> None:
    server.call("domain.add", name="contoso.com", properties={})
    reply = anna.get("/settings/document.json")
    assert reply.headers["content-disposition"] == 'attachment; filename="gatepost.json"'
    document = reply.json
    assert anna.get("/settings/connectors.ps1").headers["content-type"].startswith("text/plain")
    server.call("domain.remove", identity="contoso.com")
    text = anna.post("/settings/document", {"document": json.dumps(document)}).text
    assert "contoso.com" in text
    assert server.call("domain.list") == []
    seen = re.search(r'name="seen" value="([^"]*)"', text)
    assert seen is not None
    apply = {"document": json.dumps(document), "step": "apply", "seen": seen[1]}
    server.call("domain.add", name="meanwhile.example")
    reply = anna.post("/settings/document", apply)
    assert reply.status == 422
    assert "has changed since the plan was made" in reply.text and "Apply these changes" in reply.text
    seen = re.search(r'name="seen" value="([^"]*)"', reply.text)
    assert seen is not None
    assert anna.post("/settings/document", {**apply, "seen": seen[1]}).status == 303
    assert [it["Name"] for it in server.call("domain.list")] == ["contoso.com", "meanwhile.example"]
    for wrong in ("{", "[" * 100_000, '"x"'):
        assert anna.post("/settings/document", {"document": wrong}).status == 422


def test_who_may_only_look_applies_nothing(server: Server, victor: Browser) -> None:
    document = '{"AcceptedDomain": [{"Name": "x.example"}]}'
    assert victor.post("/settings/document", {"document": document, "step": "apply"}).status in (403, 422)
    assert server.call("domain.list") == []


def test_about_names_versions_licences_and_every_operation(anna: Browser) -> None:
    text = anna.get("/about").text
    assert "SQLite" in text
    assert "fastapi" in text
    assert "Zero-Clause BSD" in text
    text = anna.get("/about/api").text
    assert "POST /api/v1/inbound-connectors" in text
    assert "POST /api/v1/explain" in text
