"""Debian's Chromium, driven by Playwright against a relay in a process of its own."""

import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from process import TOML, Process, serving

NAME, PASSWORD = "admin@contoso.com", "a few words in a row"
expect.set_options(timeout=15_000)  # as for actions: a loaded machine draws a page late

LOCALES = {"en": "en-GB", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}  # what a browser says for each of our languages
NARROW: ViewportSize = {"width": 380, "height": 800}  # a telephone
TOOLS = Path(__file__).parents[2] / ".tools"
# Chromium as root needs no sandbox of its own here, and must not look for its maker's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The browser; raises AssertionError where there is none, because then nothing of the pages is tested."""
    for name in ("chromium-headless-shell", "chromium"):
        for found in (TOOLS / "bin" / name, shutil.which(name)):
            if found is not None and Path(found).is_file():
                return str(found)
    raise AssertionError("Chromium is not here. Remedy: run make test, which fetches it, or install chromium.")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser for many tests; each opens a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def faults(page: Page, *rules: str) -> list[str]:
    """What axe finds serious or critical, by all of its rules or by these alone."""
    if not page.evaluate("'axe' in window"):  # half a megabyte: read once a page
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{it['id']}: {it['nodes'][0]['html']}" for it in found if it["impact"] in ("serious", "critical")]


def usable(page: Page) -> list[str]:
    """What keeps somebody from using the page, in light or in dark; nothing may break out of a narrow screen."""
    page.emulate_media(color_scheme="light")
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in faults(page, "color-contrast")]  # only colours are others there
    return found + too_wide(page)


def too_wide(page: Page) -> list[str]:
    """What breaks out of a narrow screen, which is most likely the words of another language."""
    width, room = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{width} pixels wide, of {room}"] if width > room else []


def reach(page: Page, field: str) -> None:
    """Press Tab until the element has the focus."""
    page.locator(field).first.wait_for()
    for _ in range(60):
        if page.evaluate("field => document.activeElement?.matches(field) ?? false", field):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{field} is not reached by keyboard")


def for_everybody(browser: Browser, relay: "Centre", *paths: str) -> dict[str, list[str]]:
    """What keeps somebody from using these pages on a narrow screen, by language and page.

    axe looks at every page in every language, in light and in dark by turns: each page and each language is seen in
    both, and colours are the same in every language.
    """
    found: dict[str, list[str]] = {}
    context = browser.new_context(viewport=NARROW)
    page = relay.sign_in(context)
    for turn, language in enumerate(LOCALES):
        context.add_cookies([{"name": "gatepost-language", "value": language, "url": relay.address}])
        for number, path in enumerate(paths, turn):
            theme: Literal["dark", "light"] = "dark" if number % 2 else "light"
            page.emulate_media(color_scheme=theme)
            page.goto(relay.address + path)
            spoken = page.evaluate("document.documentElement.lang")
            wrong = [] if spoken == language else [f"the page speaks {spoken}"]
            wrong += faults(page) + too_wide(page)
            found |= {f"{language} {theme} {path}": wrong} if wrong else {}
    context.close()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A relay whose first administrator has been made."""

    relay: Process
    address: str

    def sign_in(self, context: BrowserContext, name: str = NAME, password: str = PASSWORD) -> Page:
        """A page of somebody signed in."""
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{self.address}/sign-in")
        page.locator("#name").fill(name)
        page.locator("#password").fill(password)
        page.locator("form[action='/sign-in'] button").click()
        page.locator("nav").wait_for(state="attached")
        return page


@contextmanager
def centre(folder: Path, toml: str = TOML) -> Iterator[Centre]:
    """A relay with its admin centre, and somebody who may sign in."""
    with serving(folder, toml) as relay:
        link = relay.wait_for("welcome")["link"]
        form = urlencode({"name": NAME, "password": PASSWORD, "again": PASSWORD}).encode()
        with urllib.request.urlopen(urllib.request.Request(link, form), timeout=20) as answer:
            assert answer.status == 200
        yield Centre(relay=relay, address=link.partition("/welcome/")[0])
