"""The mailboxes of an accepted domain in a real browser: where they are, who has one, aliases and files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Centre, for_everybody
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.flow


@pytest.fixture
def page(browser: Browser, relay: Centre) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    made = relay.sign_in(context)
    made.on("dialog", lambda dialog: dialog.accept())
    yield made
    context.close()


@pytest.fixture(scope="module")
def domain(browser: Browser, relay: Centre) -> str:
    """The address of a domain's page, with its mailboxes behind LMTP: all of it typed into the form."""
    context = browser.new_context(locale="en-GB")
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/domains/new")
    page.get_by_role("textbox", name="Domain", exact=True).fill("contoso.com")
    page.get_by_role("radio", name="To a mailbox server by LMTP").check()
    page.get_by_role("textbox", name="Mailbox server").fill("unix:/run/dovecot/lmtp")
    page.get_by_role("checkbox", name="Refuse recipients who are not in the list").check()
    page.get_by_role("button", name="Add the domain").click()
    expect(page.get_by_text("has been added")).to_be_visible()
    page.get_by_role("link", name="contoso.com").click()
    expect(page.get_by_role("textbox", name="Mailbox server")).to_have_value("unix:/run/dovecot/lmtp")
    expect(page.get_by_role("checkbox", name="Plus-addressing")).to_be_checked()
    address = page.url
    context.close()
    return address


def test_a_mailbox_and_an_alias_are_listed_found_and_removed_by_keyboard(page: Page, domain: str) -> None:
    page.goto(domain)
    page.get_by_role("link", name="Mailboxes and aliases of this domain").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody is listed yet.")).to_be_visible()
    page.get_by_role("textbox", name="Address", exact=True).focus()
    page.keyboard.type("anna")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 recipient is listed.")).to_be_visible()
    page.get_by_role("textbox", name="Address", exact=True).fill("info@contoso.com")
    page.get_by_role("textbox", name="Leads to").fill("anna@contoso.com\nguest@fabrikam.com")
    page.get_by_role("button", name="Add to the list").click()
    expect(page.locator("#recipients")).to_contain_text("anna@contoso.com, guest@fabrikam.com")
    page.get_by_role("searchbox", name="Part of an address").fill("guest")
    page.keyboard.press("Enter")
    expect(page.locator("#recipients tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Remove info@contoso.com").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 removed")


def test_a_file_is_imported_whole_or_refused_with_each_line(page: Page, domain: str, tmp_path: Path) -> None:
    file = tmp_path / "recipients.csv"
    file.write_text("bob@contoso.com\n<script>alert(1)</script>@contoso.com\n")
    page.goto(f"{domain}/recipients")
    page.get_by_text("Import a file").click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("<script>alert(1)</script>@contoso.com")
    expect(page.locator("#recipients")).not_to_contain_text("bob@contoso.com")
    file.write_text("".join(f"user{number:03}@contoso.com\n" for number in range(120)))
    page.goto(f"{domain}/recipients")
    page.get_by_text("Import a file").click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("checkbox", name="Take out whom the file does not name").check()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("120 recipients are listed.")).to_be_visible()
    page.get_by_role("link", name="More").click()
    expect(page.locator("#recipients tbody tr")).to_have_count(20)


def test_everybody_can_use_the_pages(browser: Browser, relay: Centre, domain: str) -> None:
    path = domain.removeprefix(relay.address)
    assert for_everybody(browser, relay, path, f"{path}/recipients", f"{path}/recipients?search=nobody") == {}
