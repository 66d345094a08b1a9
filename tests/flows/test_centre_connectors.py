"""Connectors in a real browser: the article's two by mouse and by keyboard, two administrators, an ended session."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import (
    LOCALES,
    NAME,
    NARROW,
    PASSWORD,
    Centre,
    faults,
    for_everybody,
    reach,
    too_wide,
    usable,
)
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect
from process import gatepost

pytestmark = pytest.mark.flow

HOSTILE = "<img src=x onerror=alert(1)> 連接器"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(locale="en-GB")
    yield found
    found.close()


@pytest.fixture(scope="module")
def signed_in(context: BrowserContext, relay: Centre) -> Page:
    return relay.sign_in(context)


@pytest.fixture
def page(signed_in: Page, relay: Centre) -> Page:
    signed_in.goto(f"{relay.address}/connectors")
    return signed_in


def made(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gatepost(folder, "connector", "show", name, "--json").stdout)
    return found


def add(folder: Path, name: str, *words: str) -> str:
    """Its address, made as a script makes it."""
    by = ("--connector-type", "OnPremises", "--sender-domains", "*", "--sender-ip-addresses", "192.0.2.7")
    done = gatepost(folder, "connector", "add", "--name", name, *by, *words, "--json")
    assert done.returncode == 0, done.stderr
    return f"/connectors/inbound/{json.loads(done.stdout)['Guid']}"


def test_the_articles_connectors_are_made_by_mouse(page: Page, folder: Path) -> None:
    onward = page.get_by_role("button", name="Next")
    page.get_by_role("link", name="Add a connector").click()
    onward.click()
    expect(onward).to_be_disabled()
    page.get_by_label("Name", exact=False).first.fill("SMTP Relay (TLS)")
    onward.click()
    expect(onward).to_be_disabled()  # until the domain is there
    page.get_by_label("Domain on the certificate").fill("*.contoso.com")
    onward.click()
    expect(page.locator("main")).to_contain_text("TLS certificate matches this domain: *.contoso.com.")
    page.get_by_role("button", name="Create connector").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Connector created")
    assert made(folder, "SMTP Relay (TLS)")["TlsSenderCertificateName"] == "*.contoso.com"

    page.get_by_role("link", name="Add another connector").click()
    onward.click()
    page.locator("#Name").fill("SMTP Relay (Non-TLS)")
    onward.click()
    page.get_by_text("By verifying that the IP address").click()
    expect(onward).to_be_disabled()
    page.get_by_label("IP addresses").locator("visible=true").last.fill("192.0.2.300")
    page.get_by_role("button", name="Add a row").click()
    expect(onward).to_be_disabled()  # an empty row is not an address
    page.locator("#SenderIPAddresses-rows input").nth(1).fill("2001:db8::/64")
    onward.click()
    expect(page.locator("#SenderIPAddresses-problem")).to_contain_text("'192.0.2.300' is not an IP address")
    page.locator("#SenderIPAddresses-rows input").nth(0).fill("192.0.2.10")
    onward.click()
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#SenderIPAddresses-rows input").nth(1)).to_have_value("2001:db8::/64")
    onward.click()
    page.get_by_role("button", name="Create connector").click()
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("complementary")).to_contain_text("192.0.2.10, 2001:db8::/64")
    connector = made(folder, "SMTP Relay (Non-TLS)")
    assert (connector["RequireTls"], connector["SenderIPAddresses"]) == (False, ["192.0.2.10", "2001:db8::/64"])


def test_the_articles_connectors_are_made_by_keyboard_alone(page: Page, folder: Path) -> None:
    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def typed(field: str, text: str) -> None:
        reach(page, field)
        page.keyboard.type(text)

    reach(page, "a[href='/connectors/new']")
    press("Enter")
    reach(page, "#scenario-own-server")
    press("Enter")  # sends the form, as in every browser
    typed("#Name", "By keyboard (TLS)")
    press("Enter")
    typed("#TlsSenderCertificateName", "relay.contoso.com")
    press("Enter")
    reach(page, "main form .primary")
    press("Enter")
    reach(page, "a[href='/connectors/new']")
    assert made(folder, "By keyboard (TLS)")["TlsSenderCertificateName"] == "relay.contoso.com"
    press("Enter")
    reach(page, "#scenario-own-server")
    press("Enter")
    typed("#Name", "By keyboard (Non-TLS)")
    press("Enter")
    reach(page, "#identify-certificate")
    press("ArrowDown")
    typed("#SenderIPAddresses-rows input", "192.0.2.20")
    press("Enter")
    reach(page, "main form .primary")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Connector created")
    assert made(folder, "By keyboard (Non-TLS)")["SenderIPAddresses"] == ["192.0.2.20"]


def test_a_flyout_opens_beside_the_list_and_the_way_back_closes_it(page: Page, relay: Centre, folder: Path) -> None:
    address = add(folder, "Beside")
    page.goto(f"{relay.address}/connectors?find=Beside")
    page.get_by_role("link", name="Beside").click()
    expect(page.get_by_role("complementary")).to_contain_text("192.0.2.7")
    expect(page.locator("#flyout-name")).to_be_focused()
    assert page.url.partition("?")[0] == relay.address + address
    page.go_back()
    expect(page.get_by_role("complementary")).to_have_count(0)
    expect(page.locator("#connectors")).to_contain_text("Beside")


def test_two_administrators_edit_one_connector(browser: Browser, page: Page, relay: Centre, folder: Path) -> None:
    address = relay.address + add(folder, "Shared") + "/edit/name"
    theirs = browser.new_context(locale="en-GB")
    other = relay.sign_in(theirs)
    for it in (page, other):
        it.goto(address)
    other.get_by_label("Description").fill("theirs")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").first).to_contain_text("has been changed")
    page.get_by_label("Description").fill("mine")
    page.get_by_role("button", name="Save").click()
    both = page.get_by_role("region", name="Both values")
    expect(both).to_contain_text("theirs")
    expect(both).to_contain_text("mine")
    assert made(folder, "Shared")["Comment"] == "theirs"
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("has been changed")
    assert made(folder, "Shared")["Comment"] == "mine"
    theirs.close()


def test_a_session_that_ends_in_mid_wizard_keeps_the_input(browser: Browser, relay: Centre, folder: Path) -> None:
    context = browser.new_context(locale="en-GB")
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/connectors/new")
    page.get_by_role("button", name="Next").click()
    page.locator("#Name").fill("Interrupted")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Domain on the certificate").fill("kept.contoso.com")
    context.clear_cookies()
    page.get_by_role("button", name="Next").click()
    page.locator("#name").fill(NAME)
    page.locator("#password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    expect(page.get_by_label("Domain on the certificate")).to_have_value("kept.contoso.com")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create connector").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Connector created")
    assert made(folder, "Interrupted")["TlsSenderCertificateName"] == "kept.contoso.com"
    context.close()


def test_a_hostile_name_is_text_and_nothing_else(page: Page, relay: Centre) -> None:
    spoken: list[str] = []

    def heard(dialog: Dialog) -> None:
        spoken.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    page.goto(f"{relay.address}/connectors/new")
    page.get_by_role("button", name="Next").click()
    page.locator("#Name").fill(HOSTILE)
    page.get_by_label("Description").fill("</textarea><script>alert(2)</script>")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Domain on the certificate").fill("x.contoso.com")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#command-powershell")).to_contain_text("'<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Create connector").click()
    page.get_by_role("link", name="Done").click()
    expect(page.locator("#flyout-name")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main img").count() == 0
    assert spoken == []
    page.remove_listener("dialog", heard)


def test_everybody_can_use_the_pages(browser: Browser, relay: Centre, folder: Path) -> None:
    address = add(folder, f"Drucker-{'x' * 40}")
    edits = (f"{address}/edit/identity", f"{address}/edit/devices")
    assert for_everybody(browser, relay, "/connectors", address, *edits, f"{address}/created", "/connectors/new") == {}


@pytest.mark.parametrize("language", LOCALES)
def test_everybody_can_take_the_steps_of_the_article(browser: Browser, relay: Centre, language: str) -> None:
    wrong = usable if language == "en" else too_wide
    context = browser.new_context(locale=LOCALES[language], viewport=NARROW)
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/connectors/new")
    onward = page.locator("main form .primary")
    for step, field, text in (("name", "#Name", language), ("identity", "[name$=CertificateName]", "a.example")):
        onward.click()
        page.locator(field).fill(text)
        assert wrong(page) == [], step
    onward.click()
    page.locator("#command-json").wait_for()
    assert wrong(page) == [], "review"
    context.close()


def test_everybody_can_choose_how_to_sign_in(browser: Browser, relay: Centre, folder: Path) -> None:
    made = gatepost(folder, "connector", "add", "--outbound", "--name", "Up", "--smart-hosts", "up.example",
                    "--recipient-domains", "up.example", "--json")  # fmt: skip
    assert made.returncode == 0, made.stderr
    context = browser.new_context(locale=LOCALES["en"], viewport=NARROW)
    page = relay.sign_in(context)
    path = f"/connectors/outbound/{json.loads(made.stdout)['Guid']}/edit/sign-in"
    page.goto(relay.address + path)
    for way in ("none", "password", "xoauth2", "graph"):
        page.locator(f"#way-{way}").check()
        assert usable(page) == [], f"{path} {way}"
    context.close()


def test_everybody_can_make_a_way_out(browser: Browser, relay: Centre) -> None:
    context = browser.new_context(locale=LOCALES["zh-Hans"], viewport=NARROW)
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/connectors/new?scenario=to-partner")
    onward = page.locator("main form .primary")
    for field, text in (
        ("#Name", "Out"),
        ("[name=RecipientDomains]", "fabrikam.com"),
        ("[name=SmartHosts]", "127.0.0.1:1"),
        ("#certificate_password", ""),
        ("[name=ValidationRecipients]", "b@fabrikam.com"),
    ):
        onward.click()
        if "SmartHosts" in field:
            page.locator("#route-hosts").check()
        page.locator(field).fill(text)
        assert usable(page) == [], field
    onward.click()
    page.locator("#command-json").wait_for()
    assert usable(page) == [], "review"
    onward.click()
    page.locator("form[action$='/validate'] button").click()
    expect(page.get_by_role("complementary")).to_contain_text("127.0.0.1")
    assert usable(page) == [], "validated"
    context.close()


@pytest.fixture
def hesitant() -> Iterator[int]:
    """The port of a host that takes the connection and greets nobody."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door.getsockname()[1]


def test_a_way_out_is_validated_before_it_is_stored(page: Page, relay: Centre, folder: Path, hesitant: int) -> None:
    page.goto(f"{relay.address}/connectors/new?scenario=to-partner")
    onward = page.get_by_role("button", name="Next")
    onward.click()
    page.locator("#Name").fill("Tried first")
    onward.click()
    page.locator("[name=RecipientDomains]").fill("contoso.com")
    onward.click()
    page.locator("#route-hosts").check()
    page.locator("[name=SmartHosts]").fill(f"127.0.0.1:{hesitant}")
    onward.click()
    page.locator("#TlsSettings-Opportunistic").check()
    onward.click()
    page.locator("[name=ValidationRecipients]").fill("b@contoso.com")
    page.get_by_role("button", name="Validate", exact=True).click()
    expect(page.locator("#validation-run")).to_contain_text("Validation in progress")
    expect(page.locator("#validation-run")).to_contain_text(f"Connect to 127.0.0.1 port {hesitant}")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#validation-run")).to_contain_text("Validation was stopped")
    onward.click()
    expect(page.get_by_role("alert")).to_contain_text("The validation was stopped.")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Back").click()
    page.locator("[name=SmartHosts]").fill(f"127.0.0.1:{relay.relay.port}")  # to the relay itself, which is a host, too
    onward.click()
    onward.click()
    page.get_by_role("button", name="Validate", exact=True).click()
    result = page.locator("#validation-run .timeline li").last
    expect(result).to_contain_text("Send to b@contoso.com through 127.0.0.1")
    expect(page.locator("#validation-run")).to_contain_text("Validation failed")  # nobody has let it in
    page.get_by_text("The conversation").click()
    expect(page.locator("#validation-run .said")).to_contain_text("RCPT TO:<b@contoso.com>")
    assert "Tried first" not in gatepost(folder, "connector", "list", "--outbound", "--json").stdout
    onward.click()
    page.get_by_role("button", name="Continue all the same").click()
    expect(page.locator("main")).to_contain_text("Validation failed")
    page.get_by_role("button", name="Create connector").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Connector created")
    assert json.loads(gatepost(folder, "connector", "remove", "Tried first", "--outbound", "--json").stdout)


SECTIONS = [
    ("en", "inbound", ["--connector-type", "OnPremises", "--sender-domains", "*", "--sender-ip-addresses",
     "192.0.2.7"], ["name", "identity", "changes", "devices"]),
    ("zh-Hant", "inbound", ["--connector-type", "Partner", "--sender-domains", "fabrikam.com"],
     ["name", "identity", "restrictions"]),
    ("zh-Hans", "outbound", ["--recipient-domains", "*", "--smart-hosts", "127.0.0.1:1"],
     ["name", "use", "routing", "security", "sign-in", "terms"]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "kind", "words", "sections"), SECTIONS, ids=["own", "partner", "out"])
def test_everybody_can_edit_every_section(
    browser: Browser, relay: Centre, folder: Path, language: str, kind: str, words: list[str], sections: list[str]
) -> None:
    whose = ["--outbound"] if kind == "outbound" else []
    done = gatepost(folder, "connector", "add", "--name", f"Edited {words[1]}", *words, *whose, "--json")
    assert done.returncode == 0, done.stderr
    guid = json.loads(done.stdout)["Guid"]
    context = browser.new_context(locale=LOCALES[language], viewport=NARROW)
    page = relay.sign_in(context)
    for section in sections:
        page.goto(f"{relay.address}/connectors/{kind}/{guid}/edit/{section}")
        expect(page.locator("main form .primary")).to_be_enabled()
        assert usable(page) == [], section
    context.close()


STEPS = [
    ("zh-Hant", "from-partner", [("#Name", "Partner"), ("[name=SenderDomains]", "fabrikam.com"), ("", "")]),
    ("en", "to-own-server", [("#Name", "Inside"), ("[name=RecipientDomains]", "contoso.com"),
     ("[name=SmartHosts]", "127.0.0.1:1"), ("", ""), ("[name=ValidationRecipients]", "b@contoso.com")]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "scenario", "steps"), STEPS, ids=["partner", "inside"])
def test_everybody_can_take_every_step(
    browser: Browser, relay: Centre, language: str, scenario: str, steps: list[tuple[str, str]]
) -> None:
    context = browser.new_context(locale=LOCALES[language], viewport=NARROW)
    page = relay.sign_in(context)
    page.goto(f"{relay.address}/connectors/new?scenario={scenario}")
    onward = page.locator("main form .primary")
    for field, text in steps:
        onward.click()
        if field:
            page.locator(field).first.fill(text)
        assert usable(page) == [], field or page.url
    onward.click()
    page.locator("#command-json").wait_for()
    assert usable(page) == [], "review"
    context.close()


def test_what_is_changed_in_messages_is_decided_with_the_keyboard_too(page: Page, relay: Centre, folder: Path) -> None:
    address = add(folder, "Old scanners")
    gatepost(folder, "domain", "add", "contoso.com")
    page.goto(f"{relay.address}{address}/edit/changes" if address.startswith("/") else f"{address}/edit/changes")
    expect(page.get_by_label("Address that takes their place")).to_be_hidden()
    page.get_by_label("Those of no accepted domain, such as root@printer.local").check()
    page.get_by_label("Address that takes their place").fill("scans@contoso.com")
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Senders of no accepted domain are replaced by scans@contoso.com.")).to_be_visible()
    assert made(folder, "Old scanners")["SenderRewriteAddress"] == "scans@contoso.com"
