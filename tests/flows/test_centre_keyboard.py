"""The sections of the admin centre by keyboard alone, in a real browser: one relay and one page for all of them."""

import json
import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Centre, browsing, centre, faults, reach, usable
from playwright.sync_api import Page, expect
from process import gatepost

pytestmark = pytest.mark.flow

DOCUMENT: dict[str, Any] = {
    "AcceptedDomain": [{"DomainName": "contoso.com"}],
    "OutboundConnector": [
        {
            "Name": "Up",
            "RecipientDomains": ["*"],
            "UseMXRecord": False,
            "SmartHosts": ["up.example:587"],
            "FallbackConnectors": ["Last"],
        },
        {"Name": "Spare", "IsTransportRuleScoped": True, "UseMXRecord": False, "SmartHosts": ["spare.example"]},
        {"Name": "Last", "IsTransportRuleScoped": True, "UseMXRecord": False, "SmartHosts": ["last.example"]},
    ],
    "TransportRule": [{"Name": "Invoices", "Hold": True}],
}


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[Centre]:
    with centre(folder) as found:
        (folder / "all.json").write_text(json.dumps(DOCUMENT))
        done = gatepost(folder, "apply", str(folder / "all.json"))
        assert done.returncode == 0, done.stderr
        yield found


@pytest.fixture(scope="module")
def page(relay: Centre) -> Iterator[Page]:
    with browsing() as browser:
        yield relay.sign_in(browser.new_context(locale="en-GB"))


class Keys:
    """Somebody who has no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, field: str, key: str = "Enter") -> None:
        reach(self.page, field)
        self.page.keyboard.press(key)

    def write(self, field: str, text: str) -> None:
        """In a field, or to choose from a list what begins so."""
        reach(self.page, field)
        self.page.keyboard.type(text)

    def choose(self, group: str, value: str) -> None:
        """One of several buttons: Tab leads to the one that is chosen, the arrows from there."""
        reach(self.page, f"[name={group}]")
        for _ in range(6):
            if self.page.evaluate("document.activeElement.value") == value:
                break
            self.page.keyboard.press("ArrowDown")
        expect(self.page.locator(f"#{group}-{value}")).to_be_checked()

    def save(self) -> None:
        self.press("main form .primary")
        expect(self.page.get_by_role("status").first).to_contain_text("has been changed")


def at(page: Page, relay: Centre, path: str, name: str) -> None:
    """The page that a name in a list leads to, followed by keyboard."""
    page.goto(relay.address + path)
    link = page.locator("main").get_by_role("link", name=name, exact=True).first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def edit(page: Page, relay: Centre, guid: str, section: str) -> None:
    page.goto(f"{relay.address}/connectors/outbound/{guid}")
    link = page.locator(f"a[href$='/edit/{section}']").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/edit/{section}")


def test_a_way_outs_tls_further_ways_and_token_are_chosen(page: Page, relay: Centre, folder: Path) -> None:
    keys = Keys(page)
    guid = json.loads(gatepost(folder, "connector", "show", "Up", "--outbound", "--json").stdout)["Guid"]
    edit(page, relay, guid, "security")
    keys.choose("TlsSettings", "DomainValidation")
    keys.write("#TlsDomain", "up.example")
    keys.write("#SmtpDaneMode", "Send nothing")
    keys.write("#MtaStsMode", "Ignore")
    keys.save()
    edit(page, relay, guid, "routing")
    keys.write("#FallbackConnectors-1", "Spare")
    keys.write("#FallbackConnectors-2", "Last")
    assert usable(page) == []
    keys.write("#LimitPreset", "Micro")
    keys.write("#WhenLimited", "goes")
    keys.save()
    expect(page.get_by_role("complementary").locator("ol strong")).to_have_text(["Up", "Spare", "Last"])
    edit(page, relay, guid, "sign-in")
    keys.choose("way", "xoauth2")
    for field, text in {
        "UserName": "scanner@contoso.com",
        "OAuthTenant": "contoso.com",
        "OAuthClientId": "9b7d1a52-0000-4000-8000-0000000000a1",
        "OAuthClientSecret": "geheim~1",
    }.items():
        keys.write(f"#{field}", text)
    keys.save()
    now = json.loads(gatepost(folder, "connector", "show", "Up", "--outbound", "--json").stdout)
    assert (now["TlsSettings"], now["TlsDomain"], now["SmtpDaneMode"], now["MtaStsMode"]) == (
        "DomainValidation",
        "up.example",
        "Mandatory",
        "None",
    )
    assert (now["FallbackConnectors"], now["LimitPreset"], now["WhenLimited"]) == (
        ["Spare", "Last"],
        "Microsoft365",
        "NextWay",
    )
    assert (now["AuthenticationMethod"], now["OAuthTenant"], now["OAuthClientSecret"]) == (
        "XOAUTH2",
        "contoso.com",
        "(set)",
    )


def test_a_rule_is_changed(page: Page, relay: Centre, folder: Path) -> None:
    keys = Keys(page)
    at(page, relay, "/rules", "Invoices")
    keys.choose("Keep", "Sandbox")
    keys.write("#SubjectContainsWords", "invoice")
    page.keyboard.press("Enter")  # a new line in this field, and not the end of the form
    keys.write("#SubjectContainsWords", "bill")
    keys.save()
    [rule] = json.loads(gatepost(folder, "rule", "list", "--json").stdout)
    assert (rule["Hold"], rule["Sandbox"], rule["SubjectContainsWords"]) == (False, True, ["invoice", "bill"])


def test_an_organization_is_changed_once_it_was_seen_what_that_means(page: Page, relay: Centre, folder: Path) -> None:
    with smtplib.SMTP("127.0.0.1", relay.relay.port) as client:
        client.sendmail("chief@contoso.com", ["anna@contoso.com"], b"Subject: Invoice 7\r\n\r\nhello\r\n")
    keys = Keys(page)
    at(page, relay, "/settings", "Default")
    keys.press("#RejectDirectSend", " ")
    keys.press("#NotificationLanguage", "ArrowDown")
    keys.press("#Sandbox", " ")
    keys.write("#SandboxDays", "3")
    keys.press("main form .primary")
    seen = page.get_by_role("alert")
    expect(seen).to_contain_text("Not saved yet")
    expect(seen).to_be_focused()
    expect(page.get_by_role("region", name="What will change").first).to_contain_text("chief@contoso.com")
    assert faults(page) == []
    keys.save()
    [now] = json.loads(gatepost(folder, "organization", "list", "--json").stdout)
    assert (now["RejectDirectSend"], now["NotificationLanguage"]) == (True, "zh-Hans")
    assert (now["Sandbox"], now["SandboxDays"]) == (True, 3)


def test_what_is_in_the_sandbox_is_downloaded_and_dropped(page: Page, relay: Centre) -> None:
    keys = Keys(page)
    at(page, relay, "/trace", "anna@contoso.com")
    expect(page.locator("main")).to_contain_text("In the sandbox, where the rule Invoices has put it")
    assert faults(page) == []
    with page.expect_download() as loading:
        keys.press("form[action$='/letter'] button")
    assert loading.value.suggested_filename.endswith(".eml")
    assert loading.value.path().read_bytes().endswith(b"\r\n\r\nhello\r\n")
    page.once("dialog", lambda dialog: dialog.accept())
    keys.press("form:has([name=action][value=drop]) button")
    expect(page.get_by_role("status").first).to_contain_text("1 recipient is dropped.")
