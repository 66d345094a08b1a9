"""Attacks on the admin centre over real HTTP and in a real browser, and its pages for whoever runs no scripts."""

import http.client
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browser import NAME, PASSWORD, Centre, browsing, centre
from playwright.sync_api import Browser, BrowserContext, Page, expect

PLAIN = "application/x-www-form-urlencoded"
PAGES = ["/", "/connectors", "/devices", "/domains", "/domains/new", "/what-if", "/users", "/users/new", "/tokens/new",
    "/audit", "/settings", "/settings/organizations/new", "/settings/document", "/about", "/about/api"]  # fmt: skip


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with centre(tmp_path_factory.mktemp("attacked")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    found = chromium.new_context()
    yield found
    found.close()


def ask(attacked: Centre, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
    """One request, as it stands here, on a connection of its own."""
    connection = http.client.HTTPConnection(attacked.address.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, target, body, {name.replace("_", "-"): it for name, it in headers.items()})
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): it for name, it in answer.getheaders()}
    finally:
        connection.close()


def test_the_door_leads_to_no_other_host(attacked: Centre, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{attacked.address}/sign-in?{urlencode({'next': '///127.0.0.2:9/'})}")
    page.locator("#name").fill(NAME)
    page.locator("#password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button").click()
    page.wait_for_url(f"{attacked.address}/")


def test_nothing_outside_the_folder_of_our_files_is_served(attacked: Centre) -> None:
    for target in ("/static/%00", "/static/..%2f..%2fguard.py", "/static/../guard.py", "/static//etc/passwd",
            "/static/%2e%2e/guard.py", "/static/vendor", "/static/" + "a" * 5000, "/static/..\\guard.py"):  # fmt: skip
        assert ask(attacked, "GET", target)[0] == 404, target
    ranges = ",".join(f"{it}-{it}" for it in range(0, 1000, 2))
    assert ask(attacked, "GET", "/static/tokens.css", Range=f"bytes={ranges}")[0] in (200, 206, 416)
    assert ask(attacked, "GET", "/static/tokens.css")[1]["cache-control"] == "max-age=3600"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"])
def test_a_page_takes_no_other_method_whatever_a_header_says(attacked: Centre, method: str) -> None:
    status, headers = ask(attacked, method, "/domains", Accept="text/html")
    assert (status, headers["x-frame-options"]) == (405, "DENY")
    assert ask(attacked, "GET", "/sign-out", X_HTTP_Method_Override="POST")[0] == 405


def test_the_forms_of_strangers_take_no_memory(attacked: Centre) -> None:
    body = b"a=" + b"x" * ((4 << 20) - 2)
    ask(attacked, "POST", "/settings/document", body, Content_Type=PLAIN)
    before = attacked.relay.resident()
    for _ in range(30):
        assert ask(attacked, "POST", "/settings/document", body, Content_Type=PLAIN)[0] == 303
    assert attacked.relay.resident() - before < 24 << 20


def test_broken_forms_write_no_line_that_is_not_of_the_log(attacked: Centre) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\nX: a\ry\r\n\r\nx\r\n--x--\r\n'
    assert ask(attacked, "POST", "/sign-in", body, Content_Type="multipart/form-data; boundary=x")[0] == 400
    body = urlencode({"name": "nobody", "password": "x"}).encode()
    assert ask(attacked, "POST", "/sign-in", body, Content_Type=PLAIN)[0] == 401
    attacked.relay.wait_for("sign_in_refused")
    assert all("timestamp" in it for it in attacked.relay.told)


def test_a_page_of_another_port_changes_nothing(attacked: Centre, context: BrowserContext, tmp_path: Path) -> None:
    """Another port is another origin, but the same site: the session's cookie comes along."""
    page = attacked.sign_in(context)
    seal = page.locator("input[name=seal]").first.get_attribute("value")
    evil = context.new_page()
    host = attacked.address.removeprefix("http://").partition(":")[0]
    for policy in ("unsafe-url", "no-referrer"):
        evil.route("**/evil", lambda route, policy=policy: route.fulfill(
            content_type="text/html", headers={"Referrer-Policy": policy},
            body=f'<form method="post" action="{attacked.address}/domains/new"><input name="seal" value="{seal}">'
            '<input name="DomainName" value="evil.example"><button>go</button></form>'))  # fmt: skip
        evil.goto(f"http://{host}:9/evil")
        evil.locator("button").click()
        expect(evil.locator("h1")).to_have_text("This could not be done")
        evil.unroute("**/evil")
    page.goto(f"{attacked.address}/domains")
    assert "evil.example" not in page.content()


def test_no_page_stands_in_a_frame(attacked: Centre, context: BrowserContext) -> None:
    attacked.sign_in(context)
    evil = context.new_page()
    host = attacked.address.removeprefix("http://").partition(":")[0]
    evil.route("**/evil", lambda route: route.fulfill(
        content_type="text/html", body=f'<iframe src="{attacked.address}/domains"></iframe>'))  # fmt: skip
    evil.goto(f"http://{host}:9/evil")
    assert all("Accepted domains" not in frame.content() for frame in evil.frames[1:])


def test_after_signing_out_the_back_button_shows_nothing(attacked: Centre, context: BrowserContext) -> None:
    page = attacked.sign_in(context)
    page.goto(f"{attacked.address}/users")
    page.locator("details[data-menu] summary").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Sign in to Gatepost")


def test_a_file_that_is_far_too_large_is_told_on_a_page(attacked: Centre, context: BrowserContext) -> None:
    page = attacked.sign_in(context)
    page.goto(f"{attacked.address}/what-if")
    page.locator("details.more summary").click()
    for size in (64 * 1024 + 1, 8 << 20):
        page.locator("#certificate").set_input_files(
            {"name": "a.pem", "mimeType": "application/x-pem-file", "buffer": b"x" * size}
        )
        page.locator("form.panel button.primary").click()
        expect(page.locator("main")).to_contain_text("is larger than")
        page.goto(f"{attacked.address}/what-if")
        page.locator("details.more summary").click()


def test_what_is_refused_has_the_focus(attacked: Centre, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{attacked.address}/sign-in")
    page.locator("#name").fill(NAME)
    page.locator("#password").fill("wrong")
    page.locator("form[action='/sign-in'] button").click()
    expect(page.locator(".summary")).to_be_focused()
    page = attacked.sign_in(context)
    page.goto(f"{attacked.address}/domains/new")
    page.locator("#DomainName").fill("-")
    page.locator("#DomainName").press("Enter")
    expect(page.locator(".summary")).to_be_focused()


def test_a_seventh_page_opens_while_six_others_wait_for_news(attacked: Centre, context: BrowserContext) -> None:
    pages = [attacked.sign_in(context)]
    for number in range(8):
        page = context.new_page() if number else pages[0]
        page.set_default_timeout(10_000)
        page.goto(f"{attacked.address}/domains")
        _looked_at(page, hidden=True)  # as the browser says when another page is opened over it
        pages.append(page)
    _looked_at(pages[1], hidden=False)
    expect(pages[1].locator("h1")).to_have_text("Accepted domains")


def _looked_at(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_page_that_is_shown_again_knows_what_happened_meanwhile(attacked: Centre, context: BrowserContext) -> None:
    page = attacked.sign_in(context)
    page.goto(f"{attacked.address}/domains")
    _looked_at(page, hidden=True)
    other = context.new_page()
    _add_domain(other, attacked, "meanwhile.example")
    _looked_at(page, hidden=False)
    expect(page.locator("#domains")).to_contain_text("meanwhile.example")
    _add_domain(other, attacked, "later.example")
    expect(page.locator("#domains")).to_contain_text("later.example", timeout=10_000)


def _add_domain(page: Page, attacked: Centre, name: str) -> None:
    page.goto(f"{attacked.address}/domains/new")
    page.locator("#DomainName").fill(name)
    page.locator("main button.primary").click()
    page.wait_for_url("**/domains")


def test_a_link_to_what_is_gone_leads_to_the_page_that_says_so(attacked: Centre, context: BrowserContext) -> None:
    page = attacked.sign_in(context)
    made = _rest(attacked, "POST", "/api/v1/inbound-connectors", {
        "Name": "Printers", "ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": ["192.0.2.1"],
    })  # fmt: skip
    page.goto(f"{attacked.address}/connectors")
    _looked_at(page, hidden=True)
    _rest(attacked, "DELETE", f"/api/v1/inbound-connectors/{made['Guid']}")
    page.get_by_role("link", name="Printers").click()
    expect(page.locator("h1")).to_have_text("This could not be done")


HOSTILE = '"><img/src=x/onerror=alert(1)>'


def test_hostile_names_are_text_on_every_page(attacked: Centre, context: BrowserContext) -> None:
    faults: list[str] = []
    given = {"Organization": "Default"} if _rest(attacked, "GET", "/api/v1/organizations")[1:] else {}
    roles = {"RoleGroups": ["Organization Management"], "AllOrganizations": True}
    _rest(attacked, "POST", "/api/v1/users", {"Name": HOSTILE, "Password": PASSWORD, **roles, **given})
    _rest(attacked, "POST", "/api/v1/inbound-connectors", {
        "Name": HOSTILE, "Comment": f"{HOSTILE}\u202e", "ConnectorType": "OnPremises", "SenderDomains": ["*"],
        "SenderIPAddresses": ["192.0.2.1"], **given,
    })  # fmt: skip
    page = attacked.sign_in(context, HOSTILE)
    page.on("pageerror", lambda it: faults.append(str(it)))
    page.on("console", lambda it: faults.append(it.text) if "Content Security Policy" in it.text else None)
    names = (
        "ip",
        "mail_from",
        "rcpt",
        "name",
        "find",
        "sort",
        "page",
        "status",
        "before",
        "next",
        "interrupted",
        "resume",
    )
    query = urlencode(dict.fromkeys(names, f"{HOSTILE}\u202e"))
    waiting, done = {"/", "/sign-in"}, set[str]()
    while waiting:
        target = waiting.pop()
        done.add(target)
        for address in (f"{target}?{query}", target):
            page.goto(f"{attacked.address}{address}")
            assert page.locator("img").count() == 0, address
            assert "\u202e" not in page.content(), address
        links = page.eval_on_selector_all("a[href^='/']", "all => all.map(it => it.getAttribute('href'))")
        waiting |= {it.partition("#")[0].partition("?")[0] for it in links if not it.startswith("/api/")} - done
        waiting = {it for it in waiting if not it.endswith((".json", ".ps1"))}
    assert any(it.startswith("/users/") for it in done)
    assert any(it.startswith("/connectors/inbound/") for it in done)
    assert faults == []


def _rest(attacked: Centre, method: str, target: str, body: object = None) -> Any:
    """What a program asks; its session is made anew each time."""
    signed = {"name": NAME, "password": PASSWORD}
    token = _answer(attacked, "POST", "/api/v1/sign-in", signed, "")["token"]
    return _answer(attacked, method, target, body, token)


def _answer(attacked: Centre, method: str, target: str, body: object, token: str) -> Any:
    octets = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    asked = urllib.request.Request(f"{attacked.address}{target}", octets, headers, method=method)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        value = json.loads(answer.read() or b"null")
    return value["value"] if value and "value" in value else value


def test_a_document_typed_in_the_browser_is_applied_as_it_was_shown(attacked: Centre, context: BrowserContext) -> None:
    page = attacked.sign_in(context)
    page.goto(f"{attacked.address}/settings/document")
    document = json.dumps({"AcceptedDomain": [{"DomainName": "typed.example"}]}, indent=2)
    page.locator("#document").fill(document)
    page.locator("main button.primary").click()
    page.get_by_role("button", name="Apply these changes").click()
    page.wait_for_url("**/settings")
    page.goto(f"{attacked.address}/domains")
    expect(page.locator("#domains")).to_contain_text("typed.example")


def test_every_page_stands_without_scripts(attacked: Centre, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = attacked.sign_in(context)
        for target in PAGES:
            answer = page.goto(f"{attacked.address}{target}")
            assert answer is not None
            assert answer.status == 200, target
            assert page.locator("main h1").count() == 1, target
            assert page.locator("main").inner_text().strip(), target
            for control in page.locator("main input:visible, main select:visible, main textarea:visible").all():
                assert control.evaluate("it => it.labels.length > 0 || it.ariaLabel"), (target, control)
        page.goto(f"{attacked.address}/users/new")
        page.locator("#Name").fill("printer")
        page.locator("#Password").fill("a b c d e f g")
        page.locator("#again").fill("a b c d e f g")
        for number, value in enumerate(("a@contoso.com", "b@contoso.com")):
            page.locator("[name=AllowedSenders]").nth(number).fill(value)
        page.locator("main button.primary").click()
        page.locator("main a", has_text="printer").click()
        assert [it.input_value() for it in page.locator("[name=AllowedSenders]").all()] == [
            "a@contoso.com", "b@contoso.com", ""]  # fmt: skip
        page.locator("form[action$='/remove'] button").click()
        expect(page.locator(".notice.done")).to_contain_text("printer")
        page.locator("details[data-menu] summary").click()
        page.locator("form[action='/sign-out'] button").click()
        expect(page.locator("h1")).to_have_text("Sign in to Gatepost")
    finally:
        context.close()
