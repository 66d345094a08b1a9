"""The pages of devices, over a real spool that sessions have told of."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server, serving_mail

from gatepost.mail import reply
from gatepost.spool import Refusal, Visit

HOSTILE = '"><script>alert(1)</script>\u202e\x1b[31m'
MARKUP = '"><script>alert(1)</script>'
PRINTER, SIX = "192.0.2.9", "2001:db8:1:2::/64"
REASONS = {"reasons": ["No OnPremises connector lists 192.0.2.9."], "remedies": ["Add it to a connector."]}


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Server]:
    with serving_mail(tmp_path) as found:
        found.call("domain.add", name="contoso.com", properties={})
        yield found


@pytest.fixture
def operator(relay: Server) -> Browser:
    relay.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER, "AllOrganizations": True})
    return Browser(relay).sign_in("anna", PASSWORD)


@pytest.fixture
def viewer(relay: Server) -> Browser:
    relay.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    return Browser(relay).sign_in("victor", PASSWORD)


def refused(relay: Server, client: str = PRINTER, hello: str = "PRINTER", **said: Any) -> None:
    """A session that ended with a refusal, as inbound tells it."""
    refusal = Refusal(
        id=relay.desk.spool.new_id(),
        at=time.time(),
        reply="550 5.7.64 TenantAttribution; Relay Access Denied",
        client=client,
        sender=said.get("sender", "scan@contoso.com"),
        recipient="anna@fabrikam.com",
        story=REASONS,
    )
    met(relay, client, hello, refusal=refusal, first=True)


def met(relay: Server, client: str = PRINTER, hello: str = "PRINTER", **said: Any) -> None:
    async def meet() -> None:
        relay.desk.spool.meet(Visit(client=client, at=time.time(), hello=hello, **said))

    relay.loop.run_until_complete(meet())


def test_a_refused_device_is_let_in_from_the_list_and_what_was_done_is_told(relay: Server, operator: Browser) -> None:
    assert "Nobody has connected yet." in operator.get("/devices").text
    refused(relay)
    text = operator.get("/devices").text
    assert f'href="/devices/{PRINTER}"' in text
    reply = operator.post(f"/devices/{PRINTER}", {"do": "allow", "back": "/devices?state=refused"})
    assert (reply.status, reply.headers["location"]) == (303, "/devices?state=refused")
    text = operator.get("/devices?state=allowed").text
    assert "192.0.2.9 is allowed. The connector Devices has been made for it." in text
    (connector,) = relay.call("connector.list")
    assert (connector["Name"], connector["SenderIPAddresses"]) == ("Devices", [PRINTER])


def test_a_device_with_old_tls_is_let_in_by_a_button_of_its_row_and_then_reminds(
    relay: Server, operator: Browser
) -> None:
    old = Refusal(
        id=relay.desk.spool.new_id(),
        at=time.time(),
        reply=str(reply.TLS_TOO_OLD),
        client=PRINTER,
        story={"remedies": [f"Update it, or: gatepost device allow {PRINTER} --minimum-tls-version TLSv1.0"]},
    )
    met(relay, refusal=old, first=True)
    for page in ("/devices", f"/devices/{PRINTER}"):
        assert "Allow old TLS" in operator.get(page).text
    answer = operator.post(f"/devices/{PRINTER}", {"do": "old-tls", "back": "/devices"})
    assert (answer.status, answer.headers["location"]) == (303, "/devices")
    text = operator.get("/devices").text
    assert "192.0.2.9 may use old TLS. The connector Devices (old TLS) has been made for it." in text
    assert "Allow old TLS" not in text
    (connector,) = relay.call("connector.list")
    assert (connector["SenderIPAddresses"], connector["MinimumTlsVersion"]) == ([PRINTER], "TLSv1.0")
    met(relay, tls="TLSv1", first=True)
    assert "Uses old TLS" in operator.get("/devices?state=old-tls").text
    assert "gatepost device note 192.0.2.9 --retire-by DATE" in operator.get(f"/devices/{PRINTER}").text
    assert "One device uses old TLS" in operator.get("/").text


def test_the_page_of_a_device_tells_why_and_what_letting_it_in_would_change(relay: Server, operator: Browser) -> None:
    properties = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": ["192.0.2.1"]}
    printers = relay.call("connector.add", name="Printers", properties=properties)
    refused(relay)
    text = operator.get(f"/devices/{PRINTER}").text
    assert "No OnPremises connector lists 192.0.2.9." in text
    assert "Add it to a connector." in text
    assert "Devices (a new connector)" in text
    assert "Its last refused session would then be accepted." in text
    assert "/trace?client=192.0.2.9" in text
    assert "mail_from=scan%40contoso.com" in text
    text = operator.get(f"/devices/{PRINTER}?connector={printers['Guid']}").text
    assert "<del>192.0.2.1</del>" in text
    assert "<ins>192.0.2.1, 192.0.2.9</ins>" in text
    assert relay.call("connector.show", identity="Printers")["SenderIPAddresses"] == ["192.0.2.1"]
    reply = operator.post(f"/devices/{PRINTER}", {"do": "allow", "connector": printers["Guid"]})
    assert reply.headers["location"] == f"/devices/{PRINTER}"
    text = operator.get(f"/devices/{PRINTER}").text
    assert "Printers: SenderIPAddresses: 192.0.2.1 → 192.0.2.1, 192.0.2.9." in text
    assert "Connectors that list it:" in text


def test_what_is_still_missing_is_said_before_and_after(relay: Server, operator: Browser) -> None:
    refused(relay, sender="scan@elsewhere.example")
    assert "Its last refused session would still be refused:" in operator.get(f"/devices/{PRINTER}").text
    operator.post(f"/devices/{PRINTER}", {"do": "allow"})
    assert "Its last refused session would still be refused: 550 5.7.64" in operator.get("/devices").text


def test_a_device_is_blocked_and_let_in_again(relay: Server, operator: Browser) -> None:
    refused(relay)
    operator.post(f"/devices/{PRINTER}", {"do": "allow"})
    operator.post(f"/devices/{PRINTER}", {"do": "block"})
    text = operator.get(f"/devices/{PRINTER}").text
    assert "192.0.2.9 is blocked." in text
    assert "It is refused when it connects. Blocked: 192.0.2.9." in text
    assert "Block this device" not in text
    assert "Blocked" in operator.get("/devices?state=blocked").text
    operator.post(f"/devices/{PRINTER}", {"do": "allow"})
    assert relay.call("device.show", address=PRINTER)["blocked_by"] == []


def test_an_address_behind_a_wider_block_says_what_stands_in_the_way(relay: Server, operator: Browser) -> None:
    relay.call("organization.set", identity="Default", properties={"BlockedIPAddresses": ["192.0.2.0/24"]})
    refused(relay)
    text = operator.get(f"/devices/{PRINTER}").text
    assert "which holds more than this device" in text
    reply = operator.post(f"/devices/{PRINTER}", {"do": "allow"})
    assert reply.status == 422
    assert "This could not be done:" in reply.text


def test_a_network_of_ipv6_is_one_device_with_a_page_of_its_own(relay: Server, operator: Browser) -> None:
    refused(relay, client="2001:db8:1:2::77")
    text = operator.get("/devices").text
    link = text.partition('<th scope="row"><a href="')[2].partition('"')[0]
    page = operator.get(link)
    assert page.status == 200
    assert f"<h1>{SIX}</h1>" in page.text
    assert "2001:db8:1:2::77" in page.text
    assert operator.post(link, {"do": "allow"}).headers["location"] == f"/devices/{SIX}"
    assert relay.call("connector.list")[0]["SenderIPAddresses"] == ["2001:db8:1:2::77"]


def test_a_device_that_never_connected_can_be_let_in_before_it_does(operator: Browser, viewer: Browser) -> None:
    page = operator.get("/devices/192.0.2.50")
    assert page.status == 200
    assert "It has not connected" in page.text
    assert operator.post("/devices/192.0.2.50", {"do": "allow"}).status == 303
    assert operator.get("/devices/printer").status == 422
    assert viewer.get("/devices/192.0.2.50").status == 404


def test_owner_note_and_date_are_kept_and_remind(relay: Server, operator: Browser, viewer: Browser) -> None:
    refused(relay)
    note = {"do": "note", "owner": "Facilities", "note": MARKUP, "retire_by": "2020-03-01"}
    assert operator.post(f"/devices/{PRINTER}", note).status == 303
    for reader in (operator, viewer):
        text = reader.get(f"/devices/{PRINTER}").text
        assert "Facilities" in text
        assert "2020-03-01" in text
        assert "was to be out of service by 2020-03-01" in text
    text = operator.get("/devices?state=retire").text
    assert "Owner: Facilities" in text
    operator.post(f"/devices/{PRINTER}", {**note, "retire_by": "", "note": ""})
    shown = relay.call("device.show", address=PRINTER)
    assert (shown["owner"], shown["note"], shown["retire_by"], shown["nag"]) == ("Facilities", "", None, None)


def test_a_refused_note_is_told_and_what_was_typed_stays(relay: Server, operator: Browser) -> None:
    refused(relay)
    reply = operator.post(f"/devices/{PRINTER}", {"do": "note", "owner": "Facilities", "note": "", "retire_by": "soon"})
    assert reply.status == 422
    assert 'value="Facilities"' in reply.text
    assert "RetireByUTC" in reply.text


def test_learning_mode_marks_strangers_for_a_while_and_lets_nobody_in(relay: Server, operator: Browser) -> None:
    assert operator.post("/devices", {"action": "start", "hours": "1"}).status == 303
    refused(relay)
    text = operator.get("/devices").text
    assert "Learning mode is on" in text
    assert "60 minutes are left." in text
    assert "1 unknown device has been noted." in text
    assert f'href="/devices/{PRINTER}"' in operator.get("/devices?state=learned").text
    assert "1 unknown device has been noted." in operator.get("/devices?search=nothing").text
    assert relay.call("connector.list") == []
    operator.post("/devices", {"action": "stop"})
    assert "Learning mode has noted 1 unknown device." in operator.get("/devices").text
    assert operator.post("/devices", {"action": "start", "hours": "1000"}).status == 422
    assert operator.post("/devices", {"action": "explode"}).status == 422
    assert operator.post(f"/devices/{PRINTER}", {"do": "explode"}).status == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=192.0.2", True),
        ("search=printer", True),
        ("search=nothing", False),
        ("state=refused", True),
        ("state=allowed", False),
        ("sort=address", True),
        ("sort=-accepted&page=2", False),
    ],
)
def test_a_list_shows_what_its_address_asks_for(relay: Server, operator: Browser, query: str, found: bool) -> None:
    refused(relay)
    reply = operator.get(f"/devices?{query}")
    assert reply.status == 200
    assert (f'href="/devices/{PRINTER}"' in reply.text) is found


def test_a_long_list_has_pages(relay: Server, operator: Browser) -> None:
    for number in range(60):
        refused(relay, client=f"198.51.100.{number}")
    text = operator.get("/devices?sort=address").text
    assert "60 devices" in text
    assert 'href="/devices/198.51.100.49"' in text
    assert 'href="/devices/198.51.100.50"' not in text
    assert "sort=address&amp;page=2" in text
    assert 'href="/devices/198.51.100.50"' in operator.get("/devices?sort=address&page=2").text
    assert operator.get("/devices?sort=colour").status == 422
    assert operator.get("/devices?state=colour").status == 422


def test_what_clients_claim_stays_text(relay: Server, operator: Browser) -> None:
    met(relay, PRINTER, HOSTILE, tls="TLSv1.2", certificate_names=(HOSTILE,), user=HOSTILE, accepted=True,
        sender=HOSTILE, connectors=(("Default", HOSTILE),), organization="Default")  # fmt: skip
    refused(relay, hello=HOSTILE, sender=HOSTILE)
    for address in ("/devices", f"/devices/{PRINTER}"):
        text = operator.get(address).text
        assert "&lt;script&gt;" in text
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_who_may_only_look_sees_devices_and_changes_nothing(relay: Server, viewer: Browser) -> None:
    refused(relay)
    for address in ("/devices", f"/devices/{PRINTER}"):
        text = viewer.get(address).text
        assert "PRINTER" in text
        assert 'name="do"' not in text
        assert 'name="action"' not in text
    assert viewer.post(f"/devices/{PRINTER}", {"do": "allow"}).status == 403
    assert viewer.post(f"/devices/{PRINTER}", {"do": "block"}).status == 403
    assert viewer.post("/devices", {"action": "start", "hours": "1"}).status == 403
    assert relay.call("connector.list") == []


def test_where_several_organizations_are_looked_at_it_is_said_which_one(relay: Server, operator: Browser) -> None:
    relay.call("organization.add", name="Fabrikam")
    refused(relay)
    assert 'name="do"' not in operator.get("/devices").text  # a button could not know for whom
    text = operator.get(f"/devices/{PRINTER}").text
    assert "Devices (a new connector) · Fabrikam" in text
    assert 'name="organization"' in text
    assert operator.post(f"/devices/{PRINTER}", {"do": "allow", "connector": "new Fabrikam"}).status == 303
    (connector,) = relay.call("connector.list", organization="Fabrikam")
    assert connector["SenderIPAddresses"] == [PRINTER]
    assert operator.post(f"/devices/{PRINTER}", {"do": "block", "organization": "Default"}).status == 303
    assert [it["BlockedIPAddresses"] for it in relay.call("organization.list")] == [[PRINTER], []]
