"""The admin centre in a real browser: the door, accepted domains, and pages that everybody can use."""

import pytest
from browser import LOCALES, NARROW, Centre, faults, for_everybody, usable
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.flow


def test_a_domain_is_added_and_removed_by_keyboard_alone(page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/domains")
    page.get_by_role("link", name="Add a domain").focus()
    page.keyboard.press("Enter")
    name = page.get_by_role("textbox", name="Domain", exact=True)
    expect(page.get_by_role("button", name="Add the domain")).to_be_disabled()
    name.focus()
    page.keyboard.type("fabrikam.com")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the next type
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The accepted domain fabrikam.com has been added.")
    expect(page.locator("#domains")).to_contain_text("InternalRelay")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="fabrikam.com").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove this domain").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("has been removed")


def test_what_somebody_else_changes_is_seen_without_asking_again(browser: Browser, page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/domains")
    with page.expect_response(lambda response: response.url.endswith("/live")):
        page.reload()
    other = relay.sign_in(browser.new_context(locale="en-GB"))
    other.goto(f"{relay.address}/domains/new")
    other.get_by_role("textbox", name="Domain", exact=True).fill("contoso.com")
    other.get_by_role("button", name="Add the domain").click()
    expect(page.locator("#domains")).to_contain_text("contoso.com")
    other.context.close()


def test_a_rule_is_added_by_keyboard_alone_and_its_list_can_be_used(page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/rules/new")
    page.get_by_role("textbox", name="Name", exact=True).focus()
    page.keyboard.type("Guests wait")
    page.get_by_role("radio", name="Send the mail").focus()
    page.keyboard.press("ArrowDown")  # hold it
    page.get_by_role("textbox", name="Recipients", exact=True).focus()
    page.keyboard.type("guest@fabrikam.com")
    page.get_by_role("button", name="Add the rule").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The rule Guests wait has been added.")
    expect(page.locator("#rules")).to_contain_text("hold")
    assert usable(page) == []


@pytest.mark.parametrize("language", LOCALES)
def test_everybody_can_use_the_door(browser: Browser, relay: Centre, language: str) -> None:
    context = browser.new_context(locale=LOCALES[language], viewport=NARROW)
    page = context.new_page()
    page.goto(f"{relay.address}/sign-in")
    assert page.evaluate("document.documentElement.lang") == language
    assert usable(page) == []
    context.close()


def test_everybody_can_use_the_pages(browser: Browser, relay: Centre) -> None:
    what_if = "/what-if?ip=192.0.2.1&rcpt=anna@contoso.com"
    pages = ("/domains", "/domains/new", "/rules/new", "/what-if", what_if, "/nowhere")
    assert for_everybody(browser, relay, *pages) == {}


def test_the_page_of_a_domain_makes_its_key_and_shows_the_record(page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/domains/new?name=signed.example")
    page.get_by_role("button", name="Add the domain").click()
    page.get_by_role("link", name="signed.example").click()
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("status")).to_contain_text("A key has been made.")
    expect(page.locator("dl")).to_contain_text("selector1._domainkey.signed.example")
    expect(page.locator("dl")).to_contain_text("v=DKIM1; k=rsa; p=")
    assert faults(page) == []
    page.get_by_role("button", name="Switch signing on").click()
    expect(page.get_by_role("alert")).to_contain_text("selector1._domainkey.signed.example")
    assert faults(page) == []
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove the keys").click()
    expect(page.get_by_role("button", name="Make a key")).to_be_visible()
