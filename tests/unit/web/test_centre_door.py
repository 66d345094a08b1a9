"""The door of the admin centre: sessions, forms of this session and this site alone, and what survives their end."""

import pytest
from web_scenes import PASSWORD, Browser, Server

from gatepost.web.pages.signing_in import local


def test_who_is_not_signed_in_is_led_to_the_door_and_back(server: Server, anna: Browser) -> None:
    stranger = Browser(server)
    reply = stranger.get("/domains?x=1")
    assert (reply.status, reply.headers["location"]) == (303, "/sign-in?next=/domains%3Fx%3D1")
    assert 'value="/domains?x=1"' in stranger.get("/sign-in?next=/domains%3Fx%3D1").text
    reply = stranger.post("/sign-in", {"name": "anna", "password": PASSWORD, "next": "/domains?x=1"})
    assert (reply.status, reply.headers["location"]) == (303, "/domains?x=1")
    assert stranger.get("/domains").status == 200


def test_the_sessions_cookie_is_for_this_site_and_no_script(server: Server, anna: Browser) -> None:
    (cookie,) = Browser(server).post("/sign-in", {"name": "anna", "password": PASSWORD}).set_cookies
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {it.strip() for it in cookie.split(";")}
    headers = {"X-Forwarded-Proto": "https", "Origin": "https://127.0.0.1:8025"}
    (cookie,) = Browser(server).post("/sign-in", {"name": "anna", "password": PASSWORD}, **headers).set_cookies
    assert cookie.startswith("__Host-gatepost=")
    assert "Secure" in cookie


def test_a_wrong_password_is_told_on_the_page_and_keeps_the_name(server: Server, anna: Browser) -> None:
    reply = Browser(server).post("/sign-in", {"name": "anna", "password": "wrong"})
    assert reply.status == 401
    assert 'value="anna"' in reply.text
    assert "The name or the password is not right." in reply.text
    assert "www-authenticate" not in reply.headers
    for _ in range(20):
        reply = Browser(server).post("/sign-in", {"name": "anna", "password": "wrong"})
    assert reply.status == 429
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("told", "warned"),
    [("", False), ("203.0.113.9", True), ("203.0.113.9, 192.0.2.7", True), ("203.0.113.9, 192.0.2.99", False)],
)
def test_a_proxy_that_is_not_listed_is_named_at_the_door(server: Server, told: str, warned: bool) -> None:
    """A listed one's word stands in the place of its own address, which uvicorn has seen to."""
    text = Browser(server).get("/sign-in", **{"X-Forwarded-For": told}).text
    assert ("add 192.0.2.99 to trusted_proxies" in text) is warned


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:1", ""]
)
def test_the_door_leads_nowhere_else(address: str) -> None:
    assert local(address) == "/"


def test_signing_out_ends_the_session_at_the_server(anna: Browser) -> None:
    kept = dict(anna.cookies)
    assert anna.post("/sign-out").headers["location"] == "/sign-in"
    anna.cookies = kept
    assert anna.get("/domains").headers["location"] == "/sign-in?next=/domains"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "", "Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_form_from_another_site_changes_nothing(server: Server, anna: Browser, headers: dict[str, str]) -> None:
    reply = anna.post("/domains/new", {"DomainName": "contoso.com", "DomainType": "Authoritative"}, **headers)
    assert reply.status == 403
    assert server.call("domain.list") == []


@pytest.mark.parametrize("seal", ["", "x", "0" * 64])
def test_a_form_without_the_word_of_the_session_changes_nothing(server: Server, anna: Browser, seal: str) -> None:
    fields = {"DomainName": "contoso.com", "DomainType": "Authoritative", "seal": seal}
    assert anna.post("/domains/new", fields).status == 403
    assert server.call("domain.list") == []


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in_again(server: Server, anna: Browser) -> None:
    anna.post("/sign-out")
    reply = anna.post("/domains/new", {"DomainName": "contoso.com", "password": "secret"})
    assert reply.status == 303
    door = reply.headers["location"]
    assert door.startswith("/sign-in?interrupted=")
    assert "Your session has ended." in anna.get(door).text
    key = door.partition("=")[2]
    reply = anna.post("/sign-in", {"name": "anna", "password": PASSWORD, "interrupted": key})
    assert reply.headers["location"] == f"/domains/new?resume={key}"
    assert 'value="contoso.com"' in anna.get(reply.headers["location"]).text
    assert server.call("domain.list") == []  # it is only there to be sent again
    assert 'value="contoso.com"' not in anna.get(reply.headers["location"]).text  # once


def test_a_button_pressed_after_the_session_has_ended_leads_to_the_door_alone(anna: Browser) -> None:
    anna.post("/sign-out")
    assert anna.post("/domains/0123/remove").headers["location"] == "/sign-in"


def test_an_access_token_is_no_cookie(server: Server) -> None:
    browser = Browser(server)
    browser.cookies["gatepost"] = server.token
    assert browser.get("/domains").status == 303


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"name=anna"),
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\xff\r\n--x--\r\n"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(3000))),
    ],
    ids=["no form", "no boundary", "no name", "too many fields"],
)
def test_what_is_no_form_is_refused_in_words(server: Server, content_type: str, body: bytes) -> None:
    headers = {"Content-Type": content_type, "Origin": "http://127.0.0.1:8025", "Authorization": ""}
    reply = server.ask("POST", "/sign-in", body, headers=headers)
    assert reply.status == 400
    assert "The form is not readable." in reply.text


def test_a_page_may_load_what_is_ours_and_nothing_else(anna: Browser) -> None:
    reply = anna.get("/domains")
    policy = dict(part.strip().partition(" ")[::2] for part in reply.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert reply.headers["referrer-policy"] == "same-origin"
    for shown in ("<script>", "onclick=", "style=", "http://", "https://"):
        assert shown not in reply.text


def test_language_and_colours_are_remembered(server: Server, anna: Browser) -> None:
    assert '<html lang="en" data-theme="system">' in anna.get("/domains").text
    anna.post("/preferences", {"language": "zh-Hant", "theme": "dark", "next": "/domains"})
    assert '<html lang="zh-Hant" data-theme="dark">' in anna.get("/domains").text
    assert anna.post("/preferences", {"language": "xx"}).status == 422
    assert anna.post("/preferences", {"organization": "Elsewhere"}).status == 422
    assert '<html lang="zh-Hans"' in Browser(server, language="zh-CN,zh").get("/sign-in").text
