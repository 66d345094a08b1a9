"""Users, tokens, the audit log, settings and about, in a real browser."""

import pytest
from browser import NARROW, Centre, for_everybody, usable
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.flow

PAGES = (
    "/users",
    "/users/new",
    "/tokens/new",
    "/audit",
    "/settings",
    "/settings/organizations/new",
    "/settings/organizations/Default",
    "/settings/document",
    "/about",
)


def test_a_user_made_here_signs_in_and_may_only_look(browser: Browser, relay: Centre) -> None:
    context = browser.new_context(locale="en-GB")
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/users/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("victor")
    page.get_by_role("textbox", name="Password", exact=True).fill("a few more words")
    page.get_by_role("textbox", name="Password again").fill("a few more words")
    page.get_by_role("radio", name="View-Only Organization Management").check()
    page.get_by_role("button", name="Add a row").click()
    expect(page.locator("#AllowedSenders-rows li")).to_have_count(2)
    page.get_by_role("button", name="Remove this row").last.click()
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("status")).to_contain_text("The user victor has been added.")
    context.close()
    context = browser.new_context(locale="en-GB")
    page = relay.sign_in(context, "victor", "a few more words")
    page.goto(f"{relay.address}/users")
    expect(page.get_by_role("link", name="Add a user")).to_have_count(0)
    page.goto(f"{relay.address}/settings")
    expect(page.get_by_role("heading", name="Start-up settings")).to_have_count(0)
    page.locator(".bar summary").click()
    page.get_by_label("Language").select_option("zh-Hans")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设置")
    page.locator(".bar summary").click()
    page.get_by_role("button", name="注销").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录 Gatepost")
    context.close()


def test_a_token_is_shown_this_once(browser: Browser, relay: Centre) -> None:
    context = browser.new_context(locale="en-GB")
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/tokens/new")
    page.get_by_role("textbox", name="Name", exact=True).fill("monitoring")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("#new-token").inner_text().strip()
    status = context.request.get(f"{relay.address}/api/v1/status", headers={"Authorization": f"Bearer {token}"}).status
    assert status == 200
    page.reload()
    expect(page.locator("#new-token")).to_have_count(0)
    context.close()


def test_everybody_can_use_the_pages(browser: Browser, relay: Centre) -> None:
    assert for_everybody(browser, relay, *PAGES) == {}


def test_everybody_can_use_the_reference_which_is_long_and_english(browser: Browser, relay: Centre) -> None:
    context = browser.new_context(locale="en-GB", viewport=NARROW)
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/about/api")
    assert usable(page) == []
    context.close()
