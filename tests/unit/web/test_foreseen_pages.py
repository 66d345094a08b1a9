"""What a change of a domain or an organization would mean for the last week's sessions, seen before it is stored."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_scenes import MANAGER, PASSWORD, PRINTERS, Browser, Reply, Server, serving_mail

from gatepost.spool import Visit

CONTOSO = {"DomainName": "contoso.com", "DomainType": "Authoritative"}
ACCEPTED = "1 kind of session of the last 7 days would now be accepted."
REFUSED = "1 kind of session of the last 7 days would now be refused."


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Server]:
    with serving_mail(tmp_path) as found:
        yield found


@pytest.fixture
def operator(relay: Server) -> Browser:
    relay.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER, "AllOrganizations": True})
    return Browser(relay).sign_in("anna", PASSWORD)


def came(relay: Server, client: str, sender: str, recipient: str) -> None:
    async def meet() -> None:
        relay.desk.spool.meet(Visit(client=client, at=time.time(), sender=sender, recipients=(recipient,)))

    relay.loop.run_until_complete(meet())


def agreed(shown: Reply) -> dict[str, str]:
    """What the page's form carries back."""
    assert shown.status == 200, shown.text
    return {"agreed": re.findall(r'name="agreed" value="(\w+)"', shown.text)[0]}


def test_a_domain_is_added_and_removed_once_it_was_seen_what_that_changes(relay: Server, operator: Browser) -> None:
    relay.call("connector.add", name="Printers", properties={it: PRINTERS[it] for it in PRINTERS if it != "Name"})
    came(relay, "192.0.2.1", "scan@contoso.com", "b@fabrikam.example")
    shown = operator.post("/domains/new", CONTOSO)
    assert ACCEPTED in shown.text and "550 5.7.64" in shown.text
    other = {**CONTOSO, "MatchSubDomains": "true", **agreed(shown)}  # not what was looked at
    assert ACCEPTED in operator.post("/domains/new", other).text
    assert relay.call("domain.list") == []
    assert operator.post("/domains/new", {**CONTOSO, **agreed(shown)}).status == 303
    (domain,) = relay.call("domain.list")
    page = f"/domains/{domain['Guid']}"
    assert operator.post(page, {"DomainType": "InternalRelay"}).status == 303  # at the door it is the same
    shown = operator.post(f"{page}/remove")
    assert REFUSED in shown.text
    assert operator.post(f"{page}/remove", agreed(shown)).status == 303
    assert relay.call("domain.list") == []


def test_the_type_of_a_domain_is_changed_once_it_was_seen_whom_that_refuses(relay: Server, operator: Browser) -> None:
    guid = relay.call("domain.add", name="contoso.com", properties={"AddressBookEnabled": False})["Guid"]
    came(relay, "203.0.113.9", "x@fabrikam.example", "nobody@contoso.com")
    given = {"DomainType": "Authoritative", "Mailboxes": "Connector", "AddressBookEnabled": "true"}
    shown = operator.post(f"/domains/{guid}", given)
    assert REFUSED in shown.text and "550 5.4.1" in shown.text
    assert relay.call("domain.list")[0]["AddressBookEnabled"] is False
    assert operator.post(f"/domains/{guid}", {**given, **agreed(shown)}).status == 303
    assert relay.call("domain.list")[0]["AddressBookEnabled"] is True


def test_direct_send_is_rejected_once_it_was_seen_whom_that_refuses(relay: Server, operator: Browser) -> None:
    relay.call("domain.add", name="contoso.com", properties={})
    came(relay, "192.0.2.9", "chief@contoso.com", "anna@contoso.com")
    page, ticked = "/settings/organizations/Default", {"RejectDirectSend": "true"}
    shown = operator.post(page, ticked)
    assert REFUSED in shown.text
    assert relay.call("organization.list")[0]["RejectDirectSend"] is False
    assert operator.post(page, {**ticked, **agreed(shown)}).status == 303
    assert relay.call("organization.list")[0]["RejectDirectSend"] is True
