"""How an outbound connector signs in, chosen on its page: secrets go in and never come out."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from web_scenes import Browser, Reply, Server, multipart

OUT = {"RecipientDomains": ["*"], "SmartHosts": ["smtp.example:587"], "TlsSettings": "DomainValidation"}
BY_TOKEN = {
    "UserName": "scanner@contoso.com",
    "SmartHosts": "smtp.office365.com:587",
    "OAuthTenant": "contoso.com",
    "OAuthClientId": "9b7d1a52-0000-4000-8000-0000000000a1",
    "OAuthClientSecret": "geheim~1",
}


@pytest.fixture
def address(server: Server) -> str:
    made = server.call("connector.add", name="Out", properties=OUT, outbound=True)
    return f"/connectors/outbound/{made['Guid']}/edit/sign-in"


def stored(server: Server) -> dict[str, Any]:
    [found] = server.call("connector.list", outbound=True)
    return dict(found)


def sent(anna: Browser, address: str, **fields: str) -> Any:
    found = re.search(r'name="seen" value="([^"]*)"', anna.get(address).text)
    assert found is not None
    return anna.post(address, {**fields, "seen": found[1]})


def test_a_password_is_stored_and_kept_when_it_is_not_typed_again(server: Server, anna: Browser, address: str) -> None:
    assert sent(anna, address, way="password", UserName="relay", Password="geheim").status == 303
    assert (stored(server)["UserName"], stored(server)["Password"]) == ("relay", "(set)")
    assert "geheim" not in anna.get(address).text
    assert sent(anna, address, way="password", UserName="other", Password="").status == 303
    assert (stored(server)["UserName"], stored(server)["Password"]) == ("other", "(set)")
    assert sent(anna, address, way="none").status == 303
    assert (stored(server)["UserName"], stored(server)["Password"]) == (None, None)


def test_a_token_is_chosen_in_place_of_a_password(server: Server, anna: Browser, address: str) -> None:
    sent(anna, address, way="password", UserName="relay", Password="geheim")
    assert sent(anna, address, way="xoauth2", **BY_TOKEN).status == 303
    now = stored(server)
    assert (now["AuthenticationMethod"], now["Transport"], now["Password"]) == ("XOAUTH2", "Smtp", None)
    assert (now["OAuthClientSecret"], now["SmartHosts"]) == ("(set)", ["smtp.office365.com:587"])
    page = anna.get(address).text
    assert "geheim" not in page
    assert "Leave it empty to keep" in page


def test_an_applications_certificate_takes_the_place_of_its_secret_and_gives_it_back(
    server: Server, anna: Browser, address: str, tmp_path: Path
) -> None:
    server.desk.settings = replace(server.desk.settings, data_dir=tmp_path)
    issued = trustme.CA().issue_cert("application.contoso.com", key_type=trustme.KeyType.RSA)
    pem = issued.private_key_and_cert_chain_pem.bytes()
    assert sent(anna, address, way="xoauth2", **BY_TOKEN).status == 303

    def brought(octets: bytes, **fields: str) -> Reply:
        seen = {"seen": stored(server)["WhenChangedUTC"], "seal": anna.seal}
        parts = {**BY_TOKEN, "way": "xoauth2", "OAuthClientSecret": "", **seen, **fields}
        return anna.send(address, *multipart(parts, octets))

    assert 'id="certificate-problem"' in brought(b"no certificate").text
    both = brought(pem, OAuthClientSecret="geheim~2")
    assert "certificate and OAuthClientSecret are both given." in both.text and "geheim" not in both.text
    assert brought(pem).status == 303
    now = stored(server)
    assert "client-certificates" in now["OAuthCertificatePfx"]
    assert (now["OAuthClientSecret"], now["OAuthCertificatePassword"]) == (None, None)
    assert "It signs in with the certificate" in anna.get(address).text
    assert sent(anna, address, way="xoauth2", **{**BY_TOKEN, "OAuthClientSecret": ""}).status == 303  # nothing new
    assert stored(server)["OAuthCertificatePfx"] == now["OAuthCertificatePfx"]
    assert sent(anna, address, way="xoauth2", **BY_TOKEN).status == 303
    assert (stored(server)["OAuthCertificatePfx"], stored(server)["OAuthClientSecret"]) == (None, "(set)")


def test_graph_takes_the_place_of_a_host_and_gives_it_back(server: Server, anna: Browser, address: str) -> None:
    assert sent(anna, address, way="graph", **BY_TOKEN).status == 303
    now = stored(server)
    assert (now["Transport"], now["SmartHosts"], now["UseMXRecord"]) == ("MicrosoftGraph", [], False)
    assert (
        "Microsoft Graph sends each message as the mailbox scanner@contoso.com."
        in anna.get(address.removesuffix("/edit/sign-in")).text
    )
    assert sent(anna, address, way="none").status == 303
    now = stored(server)
    assert (now["Transport"], now["UseMXRecord"], now["OAuthTenant"], now["OAuthClientSecret"]) == (
        "Smtp",
        True,
        None,
        None,
    )


def test_what_is_missing_is_told_at_its_field_and_no_secret_is_written_back(anna: Browser, address: str) -> None:
    reply = sent(anna, address, way="xoauth2", **{**BY_TOKEN, "OAuthTenant": "", "OAuthClientId": "no / id"})
    assert reply.status == 422
    assert 'id="OAuthTenant-problem"' in reply.text
    assert "geheim" not in reply.text
    reply = sent(anna, address, way="xoauth2", **{**BY_TOKEN, "OAuthClientSecret": ""})
    assert 'id="OAuthClientSecret-problem"' in reply.text


def test_no_secret_stands_among_what_two_people_have_typed(anna: Browser, address: str) -> None:
    sent(anna, address, way="password", UserName="relay", Password="first-one")
    reply = anna.post(address, {"way": "password", "UserName": "mine", "Password": "second-one", "seen": "long ago"})
    assert "Somebody else changed this connector meanwhile" in reply.text
    assert "first-one" not in reply.text
    assert "second-one" not in reply.text


def test_a_clone_does_not_sign_in(server: Server, anna: Browser, address: str) -> None:
    sent(anna, address, way="graph", **BY_TOKEN)
    page = anna.get(anna.post(address.replace("/edit/sign-in", "/clone"), {}).headers["location"])
    assert page.status == 200
    assert "Secrets are not copied: OAuthClientSecret." in page.text


def test_the_wizard_asks_for_no_sign_in(anna: Browser) -> None:
    location = anna.post("/connectors/new", {"scenario": "to-partner"}).headers["location"]
    assert anna.get(location.rpartition("/")[0] + "/sign-in").status == 404
