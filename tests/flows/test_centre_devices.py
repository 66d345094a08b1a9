"""Devices in a real browser, that really connect: let in with one click, kept out again, and whatever they claim."""

import smtplib
from collections.abc import Iterator

import pytest
from browser import Centre, centre, for_everybody
from playwright.sync_api import Browser, Page, expect
from process import TOML, gatepost

pytestmark = pytest.mark.flow

PRINTER, SCANNER, HOSTILE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
MARKUP = "\"><img/src=x/onerror=document.title='hacked'>"
SCANNERS = ("--name", "Scanners", "--connector-type", "OnPremises", "--sender-domains", "*",
    "--sender-ip-addresses", "192.0.2.77")  # fmt: skip
ALONE = 'resolvers = ["127.0.0.1:9"]\n'  # nobody answers there: names of hosts are not what this is about


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder = tmp_path_factory.mktemp("relay")
    with centre(folder, ALONE + TOML) as found:
        for words in (("domain", "add", "contoso.com"), ("connector", "add", *SCANNERS)):
            done = gatepost(folder, *words)
            assert done.returncode == 0, done.stderr
        yield found


def scan(relay: Centre, source: str, hello: str = "printer.contoso.com") -> int:
    """What a device at that address gets for mail to the outside: the code of the last reply."""
    try:
        with smtplib.SMTP("127.0.0.1", relay.relay.port, hello, timeout=20, source_address=(source, 0)) as client:
            client.sendmail("scan@contoso.com", ["anna@fabrikam.com"], b"Subject: Scan\r\n\r\nhello\r\n")
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients["anna@fabrikam.com"][0]
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    return 250


def test_a_refused_device_is_let_in_with_one_click_and_kept_out_with_another(page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/devices")
    assert scan(relay, PRINTER) == 550
    row = page.locator("#devices tr", has_text=PRINTER)
    expect(row).to_contain_text("printer.contoso.com")  # it has come by itself
    row.get_by_role("button", name="Allow").click()
    expect(page.locator(".notice.done")).to_contain_text("127.0.0.2 is allowed. The connector Devices has been made")
    assert scan(relay, PRINTER) == 250
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#devices tr", has_text=PRINTER).get_by_role("button", name="Block").click()
    expect(page.locator(".notice.done")).to_contain_text("127.0.0.2 is blocked.")
    assert scan(relay, PRINTER) == 550


def test_another_connector_is_chosen_by_keyboard_and_shows_what_will_change(page: Page, relay: Centre) -> None:
    assert scan(relay, SCANNER) == 550
    page.goto(f"{relay.address}/devices/{SCANNER}")
    expect(page.locator("#allow")).to_contain_text("Its last refused session would then be accepted.")
    page.get_by_label("Connector", exact=True).focus()
    page.keyboard.type("Sc")
    page.keyboard.press("Tab")
    expect(page.locator("#allow ins")).to_have_text(f"192.0.2.77, {SCANNER}")
    page.locator("#allow").get_by_role("button", name="Allow this device").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_contain_text(f"{SCANNER} is allowed.")
    expect(page.locator("#access")).to_contain_text("Scanners")
    assert scan(relay, SCANNER) == 250
    expect(page.locator("#known")).to_contain_text("scan@contoso.com")
    page.get_by_role("link", name="Its mail in the trace").click()
    expect(page.locator("#found")).to_contain_text("anna@fabrikam.com")
    page.go_back()
    page.get_by_role("link", name="Ask what if").click()
    expect(page.locator("main .state.good")).to_have_text("Accepted")


def test_what_is_typed_of_a_device_stays_while_it_sends(page: Page, relay: Centre) -> None:
    scan(relay, SCANNER)
    page.goto(f"{relay.address}/devices/{SCANNER}")
    page.locator("#owner").fill("Facilities")
    with page.expect_response(lambda it: it.url.endswith(f"/devices/{SCANNER}") and it.request.method == "GET"):
        scan(relay, SCANNER)
    expect(page.locator("#owner")).to_have_value("Facilities")
    page.locator("#retire_by").fill("2020-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("was to be out of service by 2020-03-01. Its owner is Facilities.")


def test_learning_mode_names_the_strangers_that_tried(page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/devices")
    page.get_by_text("Learning mode", exact=True).click()
    page.get_by_role("button", name="Start learning mode").click()
    expect(page.locator("#devices")).to_contain_text("24 hours are left.")
    scan(relay, "127.0.0.9")
    expect(page.locator("#devices")).to_contain_text("1 unknown device has been noted.")
    page.get_by_role("link", name="Show what it noted").click()
    expect(page.locator("#devices tbody tr")).to_have_count(1)
    expect(page.locator("#devices")).to_contain_text("127.0.0.9")
    page.get_by_role("button", name="Stop it now").click()
    expect(page.locator(".notice.done")).to_contain_text("Learning mode is off.")


def test_everybody_can_use_the_pages_whatever_a_client_claims(browser: Browser, page: Page, relay: Centre) -> None:
    scan(relay, HOSTILE, MARKUP)
    paths = ("/devices", f"/devices/{HOSTILE}", f"/devices/{PRINTER}")
    for path in paths:
        page.goto(relay.address + path)
        expect(page.locator("main")).to_contain_text(MARKUP if HOSTILE in path else PRINTER)
        assert "hacked" not in page.title()
    assert for_everybody(browser, relay, *paths) == {}
