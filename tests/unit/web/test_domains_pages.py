"""The pages of accepted domains."""

import pytest
from web_scenes import PRINTERS, Browser, Server

CONTOSO = {"DomainName": "contoso.com", "DomainType": "Authoritative"}
HOSTILE = "<script>alert(1)</script>\u202e"


def test_the_first_domain_leads_on_to_the_first_connector(server: Server, anna: Browser) -> None:
    assert 'class="button" href="/connectors/new"' not in anna.get("/domains").text
    anna.post("/domains/new", {"DomainName": "contoso.com", "DomainType": "Authoritative"})
    assert 'class="button" href="/connectors/new"' in anna.get("/domains").text
    server.call("connector.add", name="Printers", properties={it: PRINTERS[it] for it in PRINTERS if it != "Name"})
    assert 'class="button" href="/connectors/new"' not in anna.get("/domains").text


def test_a_domain_is_added_changed_and_removed(server: Server, anna: Browser) -> None:
    reply = anna.post("/domains/new", CONTOSO)
    assert (reply.status, reply.headers["location"]) == (303, "/domains")
    page = anna.get("/domains").text
    assert "The accepted domain contoso.com has been added." in page
    assert "has been added" not in anna.get("/domains").text  # said once
    (domain,) = server.call("domain.list")
    reply = anna.post(f"/domains/{domain['Guid']}", {"DomainType": "InternalRelay", "MatchSubDomains": "true"})
    assert reply.status == 303, reply.text
    (domain,) = server.call("domain.list")
    assert (domain["DomainType"], domain["MatchSubDomains"]) == ("InternalRelay", True)
    assert anna.post(f"/domains/{domain['Guid']}/remove").status == 303
    assert server.call("domain.list") == []
    assert [row["who"] for row in server.call("audit.list")][:3] == ["anna"] * 3


def test_a_refused_domain_is_told_at_its_field_and_keeps_what_was_typed(anna: Browser) -> None:
    reply = anna.post("/domains/new", {**CONTOSO, "DomainName": HOSTILE, "MatchSubDomains": "true"})
    assert reply.status == 422
    assert "<script>" not in reply.text
    assert "\u202e" not in reply.text
    assert "&lt;script&gt;" in reply.text
    assert 'id="DomainName-problem"' in reply.text
    assert "checked" in reply.text


@pytest.mark.parametrize("place", ["Maildir", "Lmtp"])
def test_mailboxes_here_need_their_place_and_are_not_silently_elsewhere(
    server: Server, anna: Browser, place: str
) -> None:
    reply = anna.post("/domains/new", {**CONTOSO, "Mailboxes": place, place: " "})
    assert reply.status == 422
    assert f'id="{place}-problem"' in reply.text
    assert server.call("domain.list") == []


def test_who_may_only_look_sees_no_buttons_and_changes_nothing(server: Server, victor: Browser) -> None:
    assert "/domains/new" not in victor.get("/domains").text
    reply = victor.post("/domains/new", CONTOSO)
    assert reply.status == 403
    assert server.call("domain.list") == []


def test_an_unknown_domain_is_a_page_that_says_so(anna: Browser) -> None:
    reply = anna.get("/domains/0123")
    assert reply.status == 404
    assert "What to do:" in reply.text
