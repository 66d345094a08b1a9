"""The pictures of docs/: every main page with something on it, taken from a real relay.

GATEPOST_PICTURES=docs/pictures writes them where the documents show them; else they go to a folder that is forgotten.
"""

import os
import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from browser import LOCALES, Centre, centre
from playwright.sync_api import Browser, Page, ViewportSize
from process import gatepost

pytestmark = pytest.mark.flow

SAMPLE = Path(__file__).parents[1] / "unit" / "headers" / "samples"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A relay in the middle of its day."""
    folder = tmp_path_factory.mktemp("relay")
    with centre(folder) as found:
        for words in (
            ["domain", "add", "contoso.com", "--maildir", f"{folder}/mail/{{domain}}/{{local}}"],
            ["connector", "add", "--name", "Office printers", "--connector-type", "OnPremises", "--sender-domains", "*",
             "--sender-ip-addresses", "127.0.0.1", "--comment", "Scanners and printers of the head office"],
            ["connector", "add", "--name", "SMTP Relay (TLS)", "--connector-type", "OnPremises", "--sender-domains",
             "*", "--require-tls", "true", "--tls-sender-certificate-name", "*.contoso.com"],
            ["connector", "add", "--outbound", "--name", "Microsoft 365", "--recipient-domains", "*",
             "--use-mx-record", "false", "--smart-hosts", "127.0.0.1:1"],
        ):  # fmt: skip
            assert gatepost(folder, *words).returncode == 0
        for number in range(1, 8):
            send(found, "scanner@contoso.com", "reception@contoso.com", f"Scan {number} from the second floor")
        send(found, "backup@contoso.com", "operations@fabrikam.com", "Backup finished")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(found, "camera@tailspin.com", "guard@fabrikam.com", "Movement at the gate")
        yield found


def send(relay: Centre, sender: str, recipient: str, subject: str) -> None:
    with smtplib.SMTP("127.0.0.1", relay.relay.port, local_hostname="printer-2.contoso.com") as client:
        client.sendmail(sender, [recipient], f"Subject: {subject}\r\nFrom: {sender}\r\n\r\nhello\r\n".encode())


@pytest.fixture(scope="module")
def visitors(browser: Browser, relay: Centre) -> dict[str, Page]:
    """The page of somebody signed in, by language."""
    size: ViewportSize = {"width": 1200, "height": 800}
    return {name: relay.sign_in(browser.new_context(locale=it, viewport=size)) for name, it in LOCALES.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go."""
    found = Path(os.environ.get("GATEPOST_PICTURES", tmp_path))
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.mark.parametrize(
    ("name", "path", "language", "scheme"),
    [
        ("home", "/", "en", "light"),
        ("connectors", "/connectors", "en", "light"),
        ("wizard", "/connectors/new", "en", "light"),
        ("devices", "/devices", "en", "light"),
        ("trace", "/trace", "zh-Hans", "light"),
        ("queue", "/queue", "zh-Hant", "dark"),
        ("what-if", "/what-if?ip=203.0.113.9&mail_from=scanner@contoso.com&rcpt=someone@fabrikam.com", "en", "light"),
        ("checks", "/checks", "en", "dark"),
    ],
)
def test_a_picture_is_taken(
    visitors: dict[str, Page],
    relay: Centre,
    folder: Path,
    name: str,
    path: str,
    language: str,
    scheme: Literal["dark", "light"],
) -> None:
    page = visitors[language]
    page.emulate_media(color_scheme=scheme)
    page.goto(relay.address + path)
    take(page, folder / f"{name}.png")


def test_a_picture_of_a_message_and_of_its_headers(visitors: dict[str, Page], relay: Centre, folder: Path) -> None:
    page = visitors["en"]
    page.emulate_media(color_scheme="light")
    page.goto(f"{relay.address}/trace?status=refused")
    page.locator("tbody a").first.click()
    take(page, folder / "message.png")
    page.goto(f"{relay.address}/headers")
    page.locator("textarea").fill((SAMPLE / "exchange-online-relayed.eml").read_text(errors="replace"))
    page.get_by_role("button", name="Analyse").click()
    page.locator("svg.gatepost-way").wait_for()
    take(page, folder / "headers.png")


def take(page: Page, file: Path) -> None:
    page.wait_for_load_state("load")
    page.screenshot(path=file)
    assert file.read_bytes().startswith(b"\x89PNG")
