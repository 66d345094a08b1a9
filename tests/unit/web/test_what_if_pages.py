"""The page that judges a session which might come."""

from urllib.parse import urlencode

import pytest
from web_scenes import PRINTERS, Browser, Server

QUESTION = {"ip": "192.0.2.1", "mail_from": "scan@contoso.com", "rcpt": "anna@fabrikam.com"}
ACCEPTED = '<span class="state good">Accepted</span>'
HOSTILE = '"><script>alert(1)</script>\u202e'


@pytest.fixture(autouse=True)
def contoso(server: Server) -> None:
    server.call("domain.add", name="contoso.com", properties={})
    server.call("connector.add", name="Printers", properties={k: v for k, v in PRINTERS.items() if k != "Name"})


def test_a_question_in_the_address_is_answered_with_reasons(anna: Browser) -> None:
    text = anna.get(f"/what-if?{urlencode(QUESTION)}").text
    assert ACCEPTED in text
    assert "/connectors/new?ip=" not in text
    assert "Printers" in text
    text = anna.get(f"/what-if?{urlencode({**QUESTION, 'ip': '192.0.2.77'})}").text
    assert ACCEPTED not in text
    assert 'href="/devices/192.0.2.77"' in text
    assert "550 5.7.64" in text
    assert "/connectors/new?ip=192.0.2.77" in text


def test_a_sender_outside_the_accepted_domains_is_led_to_add_one(anna: Browser) -> None:
    text = anna.post("/what-if", {**QUESTION, "mail_from": "scan@tailspin.com"}).text
    assert "/domains/new?name=tailspin.com" in text


def test_names_of_a_certificate_count_as_publicly_trusted(server: Server, anna: Browser) -> None:
    server.call(
        "connector.add",
        name="Relay",
        properties={
            "ConnectorType": "OnPremises",
            "SenderDomains": "*",
            "RequireTls": True,
            "TlsSenderCertificateName": "*.contoso.com",
        },
    )
    text = anna.post("/what-if", {**QUESTION, "ip": "203.0.113.9", "cert_names": "mail.contoso.com, x.example"}).text
    assert ACCEPTED in text
    assert "Relay" in text


def test_what_cannot_be_judged_is_told_at_its_field_and_stays_inert(anna: Browser) -> None:
    reply = anna.post("/what-if", {**QUESTION, "ip": HOSTILE, "rcpt": "", "hello": HOSTILE})
    assert reply.status == 422
    assert 'id="ip-problem"' in reply.text
    assert 'id="rcpt-problem"' in reply.text
    assert "<script>" not in reply.text
    assert "\u202e" not in reply.text


def test_who_may_only_look_may_ask_and_is_offered_no_change(victor: Browser) -> None:
    text = victor.get(f"/what-if?{urlencode({**QUESTION, 'ip': '192.0.2.77'})}").text
    assert "550 5.7.64" in text
    assert "/connectors/new" not in text
