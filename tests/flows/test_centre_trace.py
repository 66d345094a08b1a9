"""The first minute, the search, the queue, and mail whose every field is hostile, in a real browser."""

import smtplib
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import NAME, PASSWORD, Centre, centre, faults, for_everybody
from playwright.sync_api import Browser, Page, expect
from process import TOML, gatepost, serving

pytestmark = pytest.mark.flow

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>\u202e\x1b[31m'
SAID = "<b>no</b><script>document.title=1</script> \u202e\x1b[31m"


class Spiteful(socketserver.StreamRequestHandler):
    """A host whose replies are markup."""

    def handle(self) -> None:
        self.wfile.write(b"220 <b>spiteful\r\n")
        for line in self.rfile:
            verb = line[:4].upper()
            replies = {b"RCPT": b"550 5.1.1 " + SAID.encode(), b"DATA": b"503 5.5.1 no", b"QUIT": b"221 bye"}
            self.wfile.write(replies.get(verb, b"250 ok") + b"\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A relay that takes mail of 127.0.0.1; what is for spiteful.example is refused there, the rest waits."""
    folder = tmp_path_factory.mktemp("relay")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Spiteful) as spiteful, centre(folder) as found:
        threading.Thread(target=spiteful.serve_forever, daemon=True).start()
        for words in (
            ["domain", "add", "contoso.com"],
            ["connector", "add", "--name", "Printers", "--connector-type", "OnPremises", "--sender-domains", "*",
             "--sender-ip-addresses", "127.0.0.1"],
            ["connector", "add", "--outbound", "--name", "Upstream", "--recipient-domains", "*",
             "--use-mx-record", "false", "--smart-hosts", "127.0.0.1:1"],
            ["connector", "add", "--outbound", "--name", "Spite", "--recipient-domains", "spiteful.example",
             "--use-mx-record", "false", "--smart-hosts", f"127.0.0.1:{spiteful.server_address[1]}"],
        ):  # fmt: skip
            done = gatepost(folder, *words)
            assert done.returncode == 0, done.stderr
        yield found
        spiteful.shutdown()


@pytest.fixture
def page(browser: Browser, relay: Centre) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    page = relay.sign_in(context)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def send(
    relay: Centre,
    to: str,
    subject: str = "Scan",
    *,
    hello: str = "printer.contoso.com",
    sender: str = "scan@contoso.com",
) -> None:
    with smtplib.SMTP("127.0.0.1", relay.relay.port, local_hostname=hello) as client:
        content = f"Subject: {subject}\r\nFrom: scan@contoso.com\r\nMessage-ID: <{to}>\r\n\r\nhi\r\n"
        client.sendmail(sender, [to], content.encode())


def test_the_first_minute(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, TOML) as process:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(process.wait_for("welcome")["link"])
        page.get_by_label("Name").fill(NAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password again").fill(PASSWORD)
        with page.expect_response(lambda response: response.url.endswith("/live")):
            page.get_by_role("button", name="Make the administrator").click()
        steps = page.locator(".start li")
        expect(steps).to_have_count(3)
        expect(steps.get_by_text("Done")).to_have_count(0)
        assert faults(page) == []
        for words in (
            ["domain", "add", "contoso.com"],
            ["connector", "add", "--name", "Printers", "--connector-type", "OnPremises", "--sender-domains", "*",
             "--sender-ip-addresses", "127.0.0.1"],
        ):  # fmt: skip
            assert gatepost(tmp_path, *words).returncode == 0
        expect(steps.get_by_text("Done")).to_have_count(2)  # by itself
        page.evaluate("document.body.dataset.here = 'still'")
        send(Centre(relay=process, address=""), "a@contoso.com", "The very first")
        expect(page.locator("#now")).to_contain_text("The very first")
        expect(page.locator("#start")).to_have_count(0)
        assert page.evaluate("document.body.dataset.here") == "still"  # without loading the page again
        page.get_by_text("The numbers as a table").click()
        expect(page.locator("#traffic-table tbody td").first).to_have_text("1")
        context.close()


def test_mail_is_found_by_every_filter(page: Page, relay: Centre) -> None:
    send(relay, "found@fabrikam.com", "Invoice 4711")
    send(relay, "other@tailspin.com", "Something else")
    for label, text in {
        "Sender": "scan@*",
        "Recipient": "found@fabrikam.com",
        "Words of the subject": "4711",
        "Message-ID or queue id": "<found@fabrikam.com>",
        "Device (IP address)": "127.0.0.1",
        "Connector": "Printers",
    }.items():
        page.goto(f"{relay.address}/trace")
        page.get_by_label(label, exact=True).fill(text)
        page.get_by_label("Received in").select_option("1h")
        page.get_by_role("button", name="Search").click()
        found = page.locator("#found")
        expect(found).to_contain_text("found@fabrikam.com")
        other = found.get_by_text("other@tailspin.com")
        expect(other).to_have_count(
            0 if label in ("Recipient", "Words of the subject", "Message-ID or queue id") else 1
        )
    page.get_by_label("Status").select_option("delivered")
    page.get_by_text("Between two moments").click()
    page.get_by_label("From (UTC)").fill("2026-01-01T00:00:00")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found")).to_contain_text("Nothing was found.")
    expect(page.get_by_label("From (UTC)")).to_have_value("2026-01-01T00:00")
    page.goto(f"{relay.address}/trace?recipient=found@fabrikam.com")
    page.get_by_role("link", name="found@fabrikam.com").click()
    number = page.url.rpartition("/")[2]
    page.goto(f"{relay.address}/trace")
    page.get_by_label("Message-ID or queue id").fill(number)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice 4711")


def test_ticked_messages_are_held_and_the_list_waits_meanwhile(page: Page, relay: Centre) -> None:
    send(relay, "tick@fabrikam.com")
    with page.expect_response(lambda response: response.url.endswith("/live")):
        page.goto(f"{relay.address}/queue/messages?destination=connector:Upstream")
    tick = page.get_by_label("Tick tick@fabrikam.com")
    tick.check()
    send(relay, "late@fabrikam.com")
    expect(page.locator("#messages[data-late]")).to_be_attached()  # it has heard of the mail
    expect(tick).to_be_checked()
    tick.uncheck()
    tick.blur()
    expect(page.locator("#messages")).to_contain_text("late@fabrikam.com")
    page.get_by_label("Tick tick@fabrikam.com").check()
    page.get_by_role("group", name="With the ticked messages").get_by_role("button", name="Hold").click()
    expect(page.get_by_role("status")).to_have_text("1 recipient is held.")
    page.goto(f"{relay.address}/queue")
    page.get_by_role("link", name="What is held").click()
    expect(page.locator("#messages tbody tr")).to_have_count(1)
    page.get_by_role("group", name="With everything found").get_by_role("button", name="Release").click()
    expect(page.get_by_role("status")).to_have_text("1 recipient is released.")


def test_a_message_goes_back_to_its_sender(page: Page, relay: Centre) -> None:
    send(relay, "back@fabrikam.com", "Send me back")
    page.goto(f"{relay.address}/trace?recipient=back@fabrikam.com")
    page.get_by_role("link", name="back@fabrikam.com").click()
    expect(page.locator("#story")).to_contain_text("waiting")
    page.get_by_role("button", name="Return to sender").click()
    expect(page.get_by_role("status")).to_have_text("1 recipient is returned.")
    expect(page.locator(".timeline")).to_contain_text(f"Returned to its sender by {NAME}")
    page.goto(f"{relay.address}/trace?recipient=scan@contoso.com")
    expect(page.locator("#found")).to_contain_text("this relay")


def test_mail_whose_every_field_is_hostile_is_only_text(page: Page, relay: Centre) -> None:
    sender = '"<script>document.title=1</script>"@contoso.com'
    send(relay, '"<i>"@spiteful.example', HOSTILE, hello="<b>hello</b>", sender=sender)
    page.goto(f"{relay.address}/trace?status=failed")
    expect(page.locator("#found")).to_contain_text("spiteful.example")
    for path in ("/", "/trace", "/queue", "/queue/messages", "/devices", "/devices/127.0.0.1", "/checks"):
        page.goto(relay.address + path)
        harmless(page, path)
    page.goto(f"{relay.address}/trace?status=failed")
    page.locator("#found tbody a").first.click()
    expect(page.locator(".timeline")).to_contain_text("<b>no</b>")
    harmless(page, "the message")
    assert faults(page) == []


def harmless(page: Page, where: str) -> None:
    """Whether nothing that a stranger wrote has become markup, or turns text round."""
    assert page.locator("main :is(img, script, b, i)").count() == 0, where
    assert page.title().endswith("Gatepost"), where
    for character in ("\u202e", "\x1b"):
        assert character not in page.content(), where


def test_everybody_can_read_a_refusal_and_a_message(browser: Browser, page: Page, relay: Centre) -> None:
    send(relay, "a@fabrikam.com", "很长的主题" * 20)
    with smtplib.SMTP("127.0.0.1", relay.relay.port, source_address=("127.0.0.9", 0)) as client:
        client.ehlo("a-name-that-is-longer-than-any-column-could-be-wide.contoso.com")
        client.mail("stranger@a-domain-that-is-longer-than-any-column-could-be-wide.example")
        assert client.rcpt("a@fabrikam.com")[0] == 550
    paths = []
    for query in ("status=refused", "status=waiting&recipient=a@fabrikam.com"):
        page.goto(f"{relay.address}/trace?{query}")
        page.locator("#found tbody a").first.click()
        expect(page.locator(".timeline li").first).to_be_visible()
        paths.append(page.url.removeprefix(relay.address))
    assert for_everybody(browser, relay, *paths) == {}
