"""What strangers, other sites and other people try at the admin centre, and what must not come of it."""

import asyncio
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route
from web_scenes import MANAGER, PASSWORD, PRINTERS, VIEWER, Browser, Server

from gatepost.manage.signing_in import IDLE_SECONDS, SESSION_SECONDS
from gatepost.web.guard import is_ours
from gatepost.web.pages import about
from gatepost.web.pages.drawing import inert
from gatepost.web.pages.forms import FILE_LIMIT, FORM_LIMIT, Form
from gatepost.web.pages.interruptions import LARGEST, Interruptions
from gatepost.web.pages.signing_in import local

PLAIN, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
HIDDEN = "\u202e"


def part(name: str, content: bytes, file: str = "") -> bytes:
    """One field or file of a form."""
    named = f'; filename="{file}"' if file else ""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


# --- strangers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["///evil.example/", "////evil.example", "/\\/evil.example", "/\\\\evil.example", "//\\evil.example"]
)
def test_any_number_of_slashes_leads_nowhere_else(server: Server, anna: Browser, address: str) -> None:
    assert local(address) == "/"
    reply = Browser(server).post("/sign-in", {"name": "anna", "password": PASSWORD, "next": address})
    assert reply.headers["location"] == "/"
    reply = Browser(server).post("/language", {"language": "en", "next": address})
    assert reply.headers["location"] == "/sign-in"


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "unicode_escape", "utf-16", "zlib", "latin-1"])
def test_a_form_does_not_choose_its_decoder(server: Server, charset: str) -> None:
    body = part("name", ("\u00e4" * 5000).encode("punycode")) + b"--x--\r\n"
    kind = f"{PARTS}; charset={charset}"
    reply = server.ask("POST", "/sign-in", body, headers={"Content-Type": kind, "Origin": "http://127.0.0.1:8025"})
    assert reply.status == 400
    kind = f"{PARTS}; charset=UTF-8"
    reply = server.ask("POST", "/sign-in", body, headers={"Content-Type": kind, "Origin": "http://127.0.0.1:8025"})
    assert reply.status == 401


@pytest.mark.parametrize(
    ("target", "size"), [("/domains/new", 100), ("/domains/new", FORM_LIMIT), ("/settings/document", 4 << 20)]
)
def test_nothing_of_a_strangers_form_is_kept(server: Server, target: str, size: int) -> None:
    headers = {"Content-Type": PLAIN, "Origin": "http://127.0.0.1:8025", "Authorization": ""}
    body = b"seal=" + b"0" * 64 + b"&a="
    body += b"x" * (size - len(body))
    reply = server.ask("POST", target, body, headers=headers)
    assert (reply.status, reply.headers["location"]) == (303, "/sign-in")


def test_interrupted_forms_are_few_and_small_and_without_secrets() -> None:
    interruptions = Interruptions(lambda: 0.0)
    interruptions.recognise("seal", "anna")
    fields = {"Name": ("a",), "Password": ("p",), "again": ("p",), "PfxPassword": ("p",), "seal": ("seal",)}
    key = interruptions.keep("/users/new", Form(fields=fields), "seal")
    assert key is not None
    assert interruptions.take(key, "/users/new", "otto") is None
    assert interruptions.take(key, "/domains/new", "anna") is None
    found = interruptions.take(key, "/users/new", "anna")
    assert found is not None
    assert dict(found.fields) == {"Name": ("a",)}
    assert interruptions.take(key, "/users/new", "anna") is None
    assert interruptions.keep("/", Form(fields={"a": ("x" * (LARGEST + 1),)}), "seal") is None
    assert interruptions.keep("/", Form(), "another") is None
    keys = [interruptions.keep("/", Form(), "seal") or "" for _ in range(25)]
    assert sum(interruptions.holds(it) for it in keys) == 20
    assert interruptions.holds(keys[-1])


@pytest.mark.parametrize("host", [
    "127.0.0.1:8025@evil.example", "127.0.0.1:80:evil.example", "[::1]evil.example", "[::1].evil.example:80",
    "127.0.0.1/evil.example", "gatepost/x", "gate post", "<b>", "gatepost:x", "[::1", "::1",
])  # fmt: skip
def test_what_only_begins_like_our_name_is_not_ours(host: str) -> None:
    assert not is_ours(host, {"relay.contoso.com"})


def test_what_names_nobody_is_not_logged_because_it_may_be_a_password(server: Server, anna: Browser) -> None:
    told: list[dict[str, Any]] = []
    server.desk.doorkeeper._journal = _Witness(told)
    for _ in range(8):
        Browser(server).post("/sign-in", {"name": "my own password", "password": "x"})
    Browser(server).post("/sign-in", {"name": "ANNA", "password": "x"}, Accept="text/html")
    assert "my own password" not in str(told)
    assert {it["who"] for it in told if it["fact"] == "sign_in_refused"} <= {"", "anna"}


class _Witness:
    """Remembers what is told."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        self._told = told

    def fact(self, name: str, **facts: Any) -> None:
        self._told.append({"fact": name, **facts})


# --- every form ----------------------------------------------------------------------------------------------------

_OPEN = ("/sign-in", "/language", "/welcome/{key}")


def forms(server: Server) -> list[str]:
    """Where pages send forms, with something in place of every parameter; but for what anybody may send."""
    return [
        it.path_format.format(**dict.fromkeys(it.param_convertors, "inbound"))
        for it in server.app.routes
        if isinstance(it, Route) and "POST" in (it.methods or ()) and it.path not in _OPEN and "api/" not in it.path
    ]


def test_no_form_of_any_page_is_taken_from_elsewhere(server: Server, anna: Browser) -> None:
    found = forms(server)
    assert len(found) > 15
    for target in found:
        for headers in (
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1"},
            {"Origin": "http://127.0.0.1:8026"},
            {"Origin": "http://evil.127.0.0.1:8025"},
            {"Origin": "", "Sec-Fetch-Site": "same-site"},
            {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        ):
            assert anna.post(target, {}, **headers).status == 403, (target, headers)
        for seal in ("", "0" * 64, Browser(server).seal, "\u00e9"):
            assert anna.post(target, {"seal": seal}).status == 403, target
        assert anna.post(target, {"seal": ""}, **{"Content-Type": "application/json"}).status == 400, target
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            cookies = "; ".join(f"{name}={value}" for name, value in anna.cookies.items())
            reply = server.ask(method, target, headers={"Cookie": cookies, "X-HTTP-Method-Override": "POST"})
            assert reply.status < 500, (method, target)
    assert server.call("audit.list", limit=1)[0]["object"] == "anna"  # nothing since she was made


def test_who_may_only_look_changes_nothing_by_any_form(server: Server, victor: Browser) -> None:
    made = server.call("connector.add", name="Printers", properties=PRINTERS, outbound=False)
    domain = server.call("domain.add", name="contoso.com", properties={})
    before = server.call("audit.list", limit=1)[0]["id"]
    for guid in (made["Guid"], domain["Guid"], _guid(server, "user.list", "victor")):
        for path in forms(server):
            target = path.replace("inbound/inbound", f"inbound/{guid}").replace("/inbound", f"/{guid}", path[1] != "c")
            reply = victor.post(target, {"Name": "x", "DomainName": "x.example", "step": "apply", "document": "{}"})
            assert reply.status < 500, target
    assert server.call("audit.list", limit=1)[0]["id"] == before


# --- sessions -------------------------------------------------------------------------------------------------------


def test_a_form_prepared_by_somebody_else_is_not_put_before_anybody(server: Server, anna: Browser) -> None:
    server.call("user.add", name="otto", password=PASSWORD, properties={"RoleGroups": VIEWER})
    otto = Browser(server).sign_in("otto", PASSWORD)
    otto.get("/domains")
    seal = otto.seal
    otto.post("/sign-out")
    door = otto.post("/domains/new", {"DomainName": "evil.example", "seal": seal}).headers["location"]
    key = door.partition("interrupted=")[2]
    assert key
    assert "evil.example" not in anna.get(f"/domains/new?resume={key}").text
    reply = anna.post("/sign-in", {"name": "anna", "password": PASSWORD, "interrupted": key})
    assert reply.headers["location"] == "/"


def test_a_form_of_the_session_before_comes_back_to_be_sent_again(server: Server, anna: Browser) -> None:
    anna.get("/domains/new")
    before = anna.seal
    anna.sign_in("anna", PASSWORD)  # in another tab
    reply = anna.post("/domains/new", {"DomainName": "contoso.com", "seal": before})
    assert reply.headers["location"].startswith("/domains/new?resume=")
    assert server.call("domain.list") == []
    assert 'value="contoso.com"' in anna.get(reply.headers["location"]).text
    assert anna.post("/domains/0123/remove", {"seal": before}).status == 403
    server.call("user.add", name="otto", password=PASSWORD, properties={"RoleGroups": MANAGER})
    otto = Browser(server).sign_in("otto", PASSWORD)
    assert otto.post("/domains/new", {"DomainName": "contoso.com", "seal": before}).status == 403


def test_signing_in_again_ends_the_session_that_the_browser_had(server: Server, anna: Browser) -> None:
    before = dict(anna.cookies)
    anna.sign_in("anna", PASSWORD)
    assert anna.cookies != before
    anna.cookies = before
    assert anna.get("/domains").status == 303


def test_what_a_page_asks_for_by_itself_keeps_no_session_awake(server: Server, anna: Browser) -> None:
    start, now = server.desk.clock(), 0.0
    server.desk.doorkeeper._clock = lambda: start + now
    for _ in range(5):
        now += IDLE_SECONDS / 2
        assert anna.get("/domains").status == 200
    for _ in range(2):
        now += IDLE_SECONDS / 2 - 1.0
        assert anna.get("/domains", **{"X-Unattended": "1"}).status == 200
    now += 3.0
    assert anna.get("/domains", **{"X-Unattended": "1"}).status == 303
    anna.sign_in("anna", PASSWORD)
    until = now + SESSION_SECONDS
    while now < until - IDLE_SECONDS / 2:
        now += IDLE_SECONDS / 2
        assert anna.get("/domains").status == 200 or now >= until
    now = until
    assert anna.get("/domains").status == 303


@pytest.mark.parametrize("change", [{"Enabled": False}, {"RoleGroups": []}, {"Password": "another few words"}])
def test_a_session_ends_with_what_it_stood_for(server: Server, victor: Browser, change: dict[str, Any]) -> None:
    assert victor.get("/domains").status == 200
    server.call("user.set", identity="victor", properties=change)
    assert victor.get("/domains").status == 303
    assert victor.post("/what-if", {"ip": "192.0.2.1", "rcpt": "a@contoso.com"}).status == 303


def test_a_streams_place_is_free_again_whatever_becomes_of_the_connection(server: Server, anna: Browser) -> None:
    for _ in range(120):
        assert _watched(server, anna, broken=True) == 0
    assert _watched(server, anna, broken=False) == 200


def _watched(server: Server, browser: Browser, *, broken: bool) -> int:
    """The status of one stream, whose reader goes away at once or has gone already."""
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if broken:
            raise OSError("gone")
        statuses.append(message.get("status", 0))

    cookie = f"gatepost={browser.cookies['gatepost']}".encode()
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/live", "raw_path": b"/live",
        "query_string": b"", "root_path": "", "headers": [(b"host", b"127.0.0.1"), (b"cookie", cookie)],
        "client": ("192.0.2.1", 50_000), "server": ("127.0.0.1", 8025),
        "asgi": {"spec_version": "2.4" if broken else "2.3"},
    }  # fmt: skip

    async def ask() -> None:
        try:
            await asyncio.wait_for(server.app(scope, receive, send), 5)
        except Exception:
            assert broken

    server.loop.run_until_complete(ask())
    return statuses[0] if statuses else 0


# --- text of others -------------------------------------------------------------------------------------------------


def test_text_that_turns_round_is_shown_in_translated_sentences_too(server: Server, anna: Browser) -> None:
    address = f"fe80::1%25{HIDDEN}%3Cb%3E".replace(HIDDEN, "%E2%80%AE")
    text = anna.get(f"/what-if?ip={address}&mail_from=a@fabrikam.com&rcpt=b@contoso.com").text
    assert "Make a connector for fe80::1%\\u202e&lt;b&gt;" in text
    assert HIDDEN not in text
    assert "<b>" not in text


def test_lines_that_a_browser_has_sent_stay_lines() -> None:
    assert inert("a\r\nb\rc") == "a\nb\\u000dc"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\r\n\t\x00\u202e\u2066\ufeff\x85"))))
def test_text_without_hidden_characters_stays_as_it_is_and_no_other(text: str) -> None:
    hidden = [it for it in text if unicodedata.category(it) in ("Cc", "Cs") and it not in "\n\t\r"]
    assert not any(it in inert(text) for it in hidden)
    if not hidden and text.isascii() and "\r" not in text and "\t" not in text:
        assert inert(text) == text


def test_half_a_character_is_shown_as_what_it_is() -> None:
    assert inert("\ud800").encode() == b"\\ud800"


def test_what_failed_is_logged_without_what_it_failed_at(
    server: Server, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []

    async def fails(*_: Any, **__: Any) -> None:
        raise UnicodeEncodeError("utf-8", "a whole page with a secret", 0, 1, "surrogates not allowed")

    monkeypatch.setattr(server.desk, "call", fails)
    monkeypatch.setattr(server.desk, "journal", _Witness(told))
    assert anna.get("/domains").status == 500
    (trouble,) = [it for it in told if it["fact"] == "trouble"]
    assert trouble["what"].startswith("UnicodeEncodeError: 'utf-8' codec")
    assert "secret" not in trouble["what"]


@pytest.mark.parametrize("text", ['{"\\ud800": 1}', '{"Organization": NaN}', "[" * 5000, '{"a": 1' + "0" * 5000 + "}"])
@pytest.mark.parametrize("step", ["", "apply"])
def test_json_that_no_document_can_be_is_refused_in_words(anna: Browser, text: str, step: str) -> None:
    reply = anna.post("/settings/document", {"document": text, "step": step})
    assert reply.status == 422


def test_a_document_typed_on_several_lines_is_applied_as_it_was_shown(server: Server, anna: Browser) -> None:
    document = '{\r\n  "AcceptedDomain": [\r\n    {"DomainName": "contoso.com"}\r\n  ]\r\n}'
    text = anna.post("/settings/document", {"document": document}).text
    shown = text.partition('<textarea name="document" hidden aria-hidden="true">\n')[2].partition("</textarea>")[0]
    shown = shown.replace("&#34;", '"')
    assert json.loads(shown) == json.loads(document)
    assert anna.post("/settings/document", {"document": shown, "step": "apply"}).status == 303
    assert [it["DomainName"] for it in server.call("domain.list")] == ["contoso.com"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_is_taken_from_a_file_of_any_size_that_a_document_has(anna: Browser, encoding: str) -> None:
    document = {"AcceptedDomain": [{"DomainName": f"d{number}.example"} for number in range(4000)]}
    octets = json.dumps(document).encode(encoding)
    assert len(octets) > FILE_LIMIT
    body = part("seal", anna.seal.encode()) + part("file", octets, "gatepost.json") + b"--x--\r\n"
    reply = anna.send("/settings/document", body, PARTS)
    assert reply.status == 200
    assert "d3999.example" in reply.text


def test_a_file_is_as_large_as_a_certificate_at_most(anna: Browser) -> None:
    given = part("seal", anna.seal.encode()) + part("ip", b"192.0.2.1") + part("rcpt", b"a@contoso.com")
    body = given + part("certificate", b"x" * (FILE_LIMIT + 1), "../../<b>.pem") + b"--x--\r\n"
    reply = anna.send("/what-if", body, PARTS)
    assert reply.status == 413
    assert "<b>" not in reply.text
    body = given + b"".join(part(f"f{number}", b"x", "a.pem") for number in range(5)) + b"--x--\r\n"
    assert anna.send("/what-if", body, PARTS).status == 400


# --- people with other roles, and at the same time -----------------------------------------------------------------


def test_what_if_tells_nothing_of_another_organization(server: Server, anna: Browser, victor: Browser) -> None:
    server.call("organization.add", name="Fabrikam")
    server.call("domain.add", name="fabrikam.com", organization="Fabrikam", properties={})
    server.call("user.set", identity="victor", properties={"RoleGroups": MANAGER})
    text = victor.get("/what-if?ip=192.0.2.1&mail_from=a@fabrikam.com&rcpt=b@example.com").text
    assert "/domains/new?name=fabrikam.com" in text  # as for any domain that is not theirs
    assert (
        "/domains/new?name=fabrikam.com"
        not in anna.get("/what-if?ip=192.0.2.1&mail_from=a@fabrikam.com&rcpt=b@example.com").text
    )


def test_a_forged_choice_of_organization_shows_nothing_of_it(server: Server, victor: Browser) -> None:
    server.call("organization.add", name="Fabrikam")
    made = server.call("domain.add", name="fabrikam.com", organization="Fabrikam", properties={})
    user = server.call("user.add", name="fritz", password=PASSWORD, organization="Fabrikam", properties={})
    organization = next(it for it in server.call("organization.list") if it["Name"] == "Fabrikam")
    victor.cookies["gatepost-organization"] = "Fabrikam"
    for page in ("/domains", "/users", "/audit", "/settings", "/settings/document.json"):
        reply = victor.get(page)
        assert reply.status == 200
        for word in ("fabrikam.com", "fritz", "Fabrikam"):
            assert word not in reply.text
    for page in (
        f"/domains/{made['Guid']}",
        f"/users/{user['Guid']}",
        f"/settings/organizations/{organization['Guid']}",
        "/settings/organizations/Fabrikam",
    ):
        assert victor.get(page).status == 404


def test_who_manages_one_organization_makes_nobody_who_manages_more(server: Server, victor: Browser) -> None:
    server.call("organization.add", name="Fabrikam")
    server.call("user.set", identity="victor", properties={"RoleGroups": MANAGER})
    given = {"Name": "otto", "Password": PASSWORD, "again": PASSWORD, "role": MANAGER}
    assert victor.post("/users/new", {**given, "AllOrganizations": "true"}).status == 403
    assert victor.post("/users/new", {**given, "organization": "Fabrikam"}).status == 404
    own = _guid(server, "user.list", "victor")
    assert victor.post(f"/users/{own}", {"role": MANAGER, "AllOrganizations": "true", "Enabled": "1"}).status == 403
    for organization in ("*", "Fabrikam"):
        victor.post("/tokens/new", {"Name": "x", "RoleGroup": MANAGER, "life": "30d", "organization": organization})
    assert all(it["Organization"] == "Default" for it in server.call("token.list") if it["Name"] == "x")
    assert victor.post("/settings/organizations/new", {"Name": "x"}).status == 403
    document = '{"Organization": [{"Name": "Fabrikam", "RejectDirectSend": true}]}'
    assert victor.post("/settings/document", {"document": document, "step": "apply"}).status in (403, 404, 422)
    assert [it["Name"] for it in server.call("user.list") if it["AllOrganizations"]] == []


def test_all_pages_work_while_one_of_the_organizations_is_looked_at(server: Server, anna: Browser) -> None:
    server.call("organization.add", name="Fabrikam")
    anna.post("/preferences", {"organization": "Fabrikam"})
    for page in ("/domains", "/users", "/audit", "/settings", "/about", "/settings/document.json"):
        assert anna.get(page).status == 200, page
    assert "limits.max_message_size" in anna.get("/settings").text


def test_an_organization_of_any_name_has_its_page(server: Server, anna: Browser) -> None:
    server.call("organization.add", name="A/B? #1 & 100% <i>")
    text = anna.get("/settings").text
    assert "<i>" not in text
    addresses = [it.partition('"')[0] for it in text.split('href="')[1:] if it.startswith("/settings/organizations/")]
    assert len(addresses) == 3  # a new one, Default, and this one
    for address in addresses:
        assert anna.get(address).status == 200, address
    made = next(it for it in server.call("organization.list") if it["Name"] != "Default")
    assert anna.post(f"/settings/organizations/{made['Guid']}", {"Postmaster": "p@contoso.com"}).status == 303
    assert anna.post(f"/settings/organizations/{made['Guid']}/remove").status == 303


def test_nobody_overwrites_what_they_have_not_seen(server: Server, anna: Browser) -> None:
    server.call("domain.add", name="contoso.com", properties={})
    server.call("user.add", name="printer", password=PASSWORD, properties={})
    server.new_token(name="monitoring")
    pages = [
        (f"/domains/{server.call('domain.list')[0]['Guid']}", {"DomainType": "InternalRelay"}),
        (f"/users/{_guid(server, 'user.list', 'printer')}", {"AllowedSenders": "a@contoso.com"}),
        (f"/tokens/{_guid(server, 'token.list', 'monitoring')}", {"RoleGroup": VIEWER, "Enabled": "true"}),
        (f"/settings/organizations/{_guid(server, 'organization.list', 'Default')}", {"Postmaster": "a@contoso.com"}),
    ]
    for page, fields in pages:
        seen = _seen(anna.get(page).text)
        assert seen
        reply = anna.post(page, {**fields, "seen": seen})
        assert reply.status == 303, page
        reply = anna.post(page, {"seen": seen, "RoleGroup": MANAGER, "DomainType": "ExternalRelay"})
        assert reply.status == 422, page
        assert "after it was read" in reply.text
        assert _seen(reply.text) not in ("", seen)  # sent again, it is meant


def _guid(server: Server, verb: str, name: str) -> str:
    return str(next(it["Guid"] for it in server.call(verb) if it["Name"] == name))


def _seen(text: str) -> str:
    return text.partition('name="seen" value="')[2].partition('"')[0]


def test_after_a_refused_password_the_other_form_still_saves_the_user(server: Server, anna: Browser) -> None:
    guid = server.call("user.add", name="printer", password=PASSWORD, properties={})["Guid"]
    reply = anna.post(f"/users/{guid}/password", {"Password": "one", "again": "another"})
    assert reply.status == 422
    assert f'<form method="post" action="/users/{guid}"' in reply.text


def test_a_part_of_a_page_uses_up_no_notice(server: Server, anna: Browser) -> None:
    reply = anna.post("/tokens/new", {"Name": "monitoring", "RoleGroup": VIEWER, "life": "30d"})
    assert reply.status == 303
    assert "gp_" not in anna.get("/domains", **{"HX-Request": "true", "X-Unattended": "1"}).text
    assert "gp_" in anna.get("/users").text
    assert "gp_" not in anna.get("/users").text


def test_a_part_of_a_page_comes_without_the_rest(anna: Browser) -> None:
    whole, part = anna.get("/trace").text, anna.get("/trace", **{"HX-Request": "true"}).text
    frame = ("<nav", 'role="search"', "/sign-out")
    assert all(it in whole for it in frame)
    assert not any(it in part for it in frame)
    live = whole[whole.index('<div id="found"') : whole.index("</main>")]
    assert live in part


def test_the_interfaces_reference_is_made_once(server: Server, anna: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert anna.get("/about/api").status == 200
    monkeypatch.setattr(about, "openapi_document", None)
    assert "/api/v1/inbound-connectors" in anna.get("/about/api").text


def test_a_script_is_offered_where_it_is_clear_of_which_organization(server: Server, anna: Browser) -> None:
    assert "/settings/connectors.ps1" in anna.get("/settings").text
    server.call("organization.add", name="Fabrikam")
    assert "/settings/connectors.ps1" not in anna.get("/settings").text
    anna.post("/preferences", {"organization": "Fabrikam"})
    assert "/settings/connectors.ps1" in anna.get("/settings").text
    assert anna.get("/settings/connectors.ps1").status == 200


# --- pages for people ----------------------------------------------------------------------------------------------


def test_people_are_told_in_a_page_what_there_is_not(server: Server, anna: Browser) -> None:
    for target, status in (("/nothing", 404), ("/domains/0123/remove", 405), ("/static/nothing", 404)):
        reply = anna.get(target, Accept="text/html")
        assert (reply.status, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert "openapi" not in reply.text
        assert 'href="/"' in reply.text
    reply = server.ask("POST", "/language", b"x", headers={"Content-Type": "text/plain", "Origin": "null"})
    assert (reply.status, reply.headers["content-type"]) == (403, "text/html; charset=utf-8")


def test_people_are_told_in_a_page_that_something_failed(
    server: Server, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.desk, "call", None)
    reply = anna.get("/domains", Accept="text/html")
    assert (reply.status, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "Something inside failed." in reply.text
    assert "NoneType" not in reply.text
    assert reply.headers["cache-control"] == "no-store"


def test_the_door_says_that_something_is_kept_only_where_it_is(server: Server) -> None:
    assert "what you had typed" not in Browser(server).get("/sign-in?interrupted=x").text


def test_a_list_of_values_grows_without_scripts(server: Server, anna: Browser) -> None:
    guid = server.call("user.add", name="printer", password=PASSWORD, properties={"AllowedSenders": ["a@contoso.com"]})[
        "Guid"
    ]
    text = anna.get(f"/users/{guid}").text
    assert '<noscript><input name="AllowedSenders"' in text
