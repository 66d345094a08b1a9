"""Trace, queue, tests, headers, checks and the front page, in a real browser against a real relay."""

import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Centre, centre, faults, for_everybody, usable
from papers import ROOT, SERVER
from playwright.sync_api import Browser, Page, expect
from process import QUIET, gatepost

pytestmark = pytest.mark.flow

HOSTILE = '<img src=x onerror="document.title=1">\u202e'


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[Centre]:
    """A relay with the article's two connectors, whose mail goes nowhere."""
    files = "".join(f'{key} = "{value}"\n' for key, value in SERVER.files(folder).items())
    toml = f'{QUIET}[admin]\nport = 0\n[[listener]]\nport = 0\ntls = "starttls"\n{files}'
    with centre(folder, toml) as found:
        (folder / "ca.pem").write_text(ROOT.pem)
        for words in (
            ["organization", "set", "Default", "--certificate-authorities", str(folder / "ca.pem")],
            ["domain", "add", "contoso.com", "--maildir", f"{folder}/mail/{{local}}"],
            ["connector", "add", "--name", "Printers", "--connector-type", "OnPremises", "--sender-domains", "*",
             "--sender-ip-addresses", "127.0.0.1"],
            ["connector", "add", "--name", "Relay", "--connector-type", "OnPremises", "--sender-domains", "*",
             "--require-tls", "true", "--tls-sender-certificate-name", "*.contoso.com"],
            ["connector", "add", "--outbound", "--name", "Upstream", "--recipient-domains", "*",
             "--use-mx-record", "false", "--smart-hosts", "127.0.0.1:1"],
        ):  # fmt: skip
            told: subprocess.CompletedProcess[str] = gatepost(folder, *words)
            assert told.returncode == 0, told.stderr
        yield found


def send(relay: Centre, sender: str = "scan@contoso.com", subject: str = "Scan") -> None:
    with smtplib.SMTP("127.0.0.1", relay.relay.port) as client:
        client.sendmail(sender, ["a@fabrikam.com"], f"Subject: {subject}\r\nFrom: {sender}\r\n\r\nhi\r\n".encode())


def test_mail_that_arrives_appears_on_the_front_page_by_itself(page: Page, relay: Centre) -> None:
    with page.expect_response(lambda response: response.url.endswith("/live")):
        page.goto(relay.address)
    send(relay, subject="Fresh from the printer")
    expect(page.locator("#now")).to_contain_text("Fresh from the printer")


@pytest.mark.parametrize("way", ["none", "starttls"])
def test_the_articles_tests_are_sent_and_their_path_is_verified(
    page: Page, relay: Centre, folder: Path, way: str
) -> None:
    page.goto(f"{relay.address}/test")
    page.get_by_label("Sender").fill("scanner@contoso.com")
    page.get_by_label("Recipients").fill("anna@contoso.com")
    expect(page.locator("#tls-implicit")).to_be_hidden()  # the listener does not offer it
    page.locator(f"#tls-{way}").check()
    if way == "starttls":
        page.get_by_label("Client certificate").set_input_files(SERVER.pfx(folder, "client")["pfx"])
        page.get_by_label("Password of the PFX file").fill("secret")
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("Every recipient was accepted")).to_be_visible()
    expect(page.locator(".said")).to_contain_text("Queued mail for delivery")
    connector = "Relay" if way == "starttls" else "Printers"
    expect(page.locator("#test")).to_contain_text(f"It came by the connector {connector}.")
    page.get_by_role("button", name="Verify the path").click()
    expect(page.get_by_text("Every copy arrived")).to_be_visible()
    expect(page.locator(".report .verdict")).to_contain_text(f"connector {connector}")
    expect(page.locator("svg.gatepost-way")).to_be_visible()
    assert usable(page) == []
    page.get_by_role("link", name="Its way in the message trace").click()
    expect(page.locator("#story")).to_contain_text(f'Connector "{connector}" matched')


def test_pasted_headers_show_the_picture_and_the_relay_is_recognised(page: Page, relay: Centre) -> None:
    sample = Path(__file__).parents[1] / "unit" / "headers" / "samples"
    text = sorted(sample.glob("*.eml"))[0].read_text(errors="replace")
    page.goto(f"{relay.address}/headers")
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("svg.gatepost-way")).to_be_visible()
    assert faults(page) == []


def test_a_message_is_held_and_released_on_its_page(page: Page, relay: Centre) -> None:
    send(relay, subject="Hold me")
    page.goto(f"{relay.address}/trace?subject=Hold")
    page.get_by_role("link", name="a@fabrikam.com").first.click()
    page.get_by_role("button", name="Hold").click()
    expect(page.locator("#story")).to_contain_text("held")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("status")).to_contain_text("1 recipient is released.")


def test_the_checks_run_and_tell_their_remedies(page: Page, relay: Centre) -> None:
    page.goto(f"{relay.address}/checks")
    page.get_by_role("button", name="Run the checks").click()
    expect(page.locator("#checks tbody code").first).to_be_visible(timeout=60_000)
    assert faults(page) == []
    expect(page.get_by_role("button", name="Run the checks")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Failed (").click()
    levels = page.locator("#checks tbody .state").all_inner_texts()
    assert set(levels) == {"Failed"}
    expect(page.locator("#checks")).to_contain_text("What to do:")
    assert faults(page) == []


def test_a_refused_stranger_is_an_alert_that_appears_by_itself(page: Page, relay: Centre) -> None:
    with page.expect_response(lambda response: response.url.endswith("/live")):
        page.goto(f"{relay.address}/checks")
    with smtplib.SMTP("127.0.0.1", relay.relay.port, source_address=("127.0.0.77", 0)) as client:
        client.ehlo(f"<b>{HOSTILE}".encode("ascii", "replace").decode())
        client.mail("scan@contoso.com")
        code, _ = client.rcpt("a@fabrikam.com")
        assert code == 550
        expect(page.locator("#alerts")).to_contain_text("connector 'Printers' lists 127.0.0.1")
    assert page.locator("img, #alerts b").count() == 0
    assert faults(page) == []
    page.goto(relay.address)
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
    link = page.get_by_role("link", name="To the device")  # of the checks, which were refused as they hoped, none tells
    expect(link).to_have_attribute("href", "/devices/127.0.0.77")
    page.get_by_role("link", name="To the refusal").click()
    expect(page.locator("#story")).to_contain_text("550")


def test_hostile_mail_is_only_text_everywhere(page: Page, relay: Centre) -> None:
    with smtplib.SMTP("127.0.0.1", relay.relay.port, local_hostname="<b>hello") as client:
        subject = f"Subject: {HOSTILE}\r\nFrom: scan@contoso.com\r\nMessage-ID: <<script>x</script>@x>\r\n\r\nhi"
        client.sendmail("scan@contoso.com", ["a@fabrikam.com"], subject.encode())
    for path in ("/", "/trace", "/queue/messages", "/queue"):
        page.goto(relay.address + path)
        assert page.locator("img").count() == 0
        assert "\u202e" not in page.content()
        assert page.title().endswith("Gatepost")


def test_everybody_can_use_the_pages(browser: Browser, page: Page, relay: Centre) -> None:
    send(relay)
    page.goto(f"{relay.address}/trace")
    message = page.locator("tbody a").first.get_attribute("href")
    assert message is not None
    paths = ("/", "/trace", message, "/queue", "/queue/messages", "/test", "/headers", "/checks")
    assert for_everybody(browser, relay, *paths) == {}
