"""The page of a message's headers: whole, inert, bounded, and the same parts for another page."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from gatepost.headers import LANGUAGES, Own, analyse, draw_page, page_values, report_templates

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.eml"))
OWN = Own(hosts=frozenset({"local.test", "cloud.test"}), addresses=())
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}\x00\x1b[2J\u202e"
_EMPTY = {"meta", "rect", "path", "link", "img"}


class Reading(HTMLParser):
    """The elements of a page, its attributes, and the text; fails where an element is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def inert(page: str) -> Reading:
    read = Reading(page)
    assert read.names & {"script", "img", "a", "link", "iframe", "form", "object", "base", "foreignobject"} == set()
    assert not any(name.startswith("on") or name in ("style", "href", "src") for name in read.attributes)
    return read


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_gives_a_whole_page(path: Path, language: str) -> None:
    page = draw_page([analyse(path.read_bytes(), OWN)], language=language)
    read = inert(page)
    assert page.startswith("<!doctype html>") and f'<html lang="{language}">' in page
    assert {"svg", "table", "h1"} <= read.names


def test_a_page_has_verdict_hops_results_and_reports_in_words() -> None:
    sample = next(path for path in SAMPLES if path.stem == "exchange-online-relayed")
    text = inert(draw_page([analyse(sample.read_bytes(), OWN)])).text
    for expected in (
        "through an OnPremises connector",
        "EOP front door",
        "A signature of the domain holds.",
        "Findings",
    ):
        assert expected in text


def test_the_policy_allows_the_one_style_and_nothing_else() -> None:
    page = draw_page([analyse("Subject: x\n")])
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.S)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_hostile_text_in_every_field_is_only_text() -> None:
    header = (
        f"Subject: {HOSTILE}\nFrom: {HOSTILE}\nTo: {HOSTILE}\nMessage-ID: {HOSTILE}\nX-Own: {HOSTILE}\n"
        f"Received: from {HOSTILE} by {HOSTILE} with {HOSTILE} id {HOSTILE}; {HOSTILE}\n"
        f"Authentication-Results: {HOSTILE}; spf=fail ({HOSTILE}) smtp.mailfrom={HOSTILE}; {HOSTILE}={HOSTILE}\n"
        f"X-Forefront-Antispam-Report: CIP:{HOSTILE};{HOSTILE}:{HOSTILE};SFV:{HOSTILE};\n"
        f"X-MS-Exchange-Organization-AuthAs: {HOSTILE}\nX-Gatepost-Trace: {HOSTILE}\n"
    )
    page = draw_page([analyse(header, OWN)])
    assert "alert(1)" in inert(page).text and "{{ 7 * 7 }}" in page
    assert not set("\x00\x1b\u202e") & set(page)


def test_a_huge_header_makes_a_page_that_a_browser_opens() -> None:
    hops = "".join(f"Received: from h{n}.test by h{n + 1}.test with SMTP id {n}; x\n" for n in range(100_000))
    others = "".join(f"X-{n}: {'x' * 5_000}\n" for n in range(1_000))
    page = draw_page([analyse(hops + others)])
    assert len(page) < 1_000_000 and "800 more are not shown." in page


def test_several_messages_stand_in_one_page_with_ids_of_their_own() -> None:
    page = draw_page([analyse(path.read_bytes()) for path in SAMPLES])
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 2 * len(SAMPLES)


def test_the_report_can_stand_in_another_page() -> None:
    other = Environment(loader=report_templates(), autoescape=True)
    template = other.from_string('{% from "report.html" import report %}<div>{{ report(it) }}</div>')
    assert "cloud.test" in template.render(it=page_values(analyse("Received: by cloud.test; x\n"), name="here"))


@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_whatever_is_pasted_makes_an_inert_page(text: str, language: str) -> None:
    inert(draw_page([analyse(f"Subject: {text}\nAuthentication-Results: {text}\nX-Other: {text}")], language=language))
