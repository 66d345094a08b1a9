"""The welcome page: one link, one administrator, three languages, no script."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from web_scenes import Reply, Server, serving

from gatepost.web.pages.catalogue import language_of, words_of

PASSWORD = "correct horse battery"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server that nobody can operate, and its link."""
    with serving(tmp_path) as server:
        server.call("token.remove", identity="everything")
        key = server.desk.new_welcome()
        assert key is not None
        yield server, f"/welcome/{key}"


def post(server: Server, link: str, **fields: str) -> Reply:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return server.ask("POST", link, urlencode(fields).encode(), headers=headers, token="")


def test_the_first_administrator_is_made_once(fresh: tuple[Server, str]) -> None:
    server, link = fresh
    page = server.ask("GET", link, token="")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert re.findall(r'<input id="(\w+)" name="(\w+)" type="(\w+)"', page.body.decode()) == [
        ("name", "name", "text"), ("password", "password", "password"), ("again", "again", "password"),
    ]  # fmt: skip
    made = post(server, link, name="anna@contoso.com", password=PASSWORD, again=PASSWORD)
    assert (made.status, made.headers["location"]) == (303, "/"), made.body
    assert "gatepost=gps_" in made.headers["set-cookie"]  # who has just chosen a password need not type it again
    signed = server.ask("POST", "/api/v1/sign-in", {"name": "anna@contoso.com", "password": PASSWORD}, token="")
    assert signed.value["role"] == "Organization Management"
    assert server.ask("GET", link, token="").status == 404
    assert post(server, link, name="eve", password=PASSWORD, again=PASSWORD).status == 404


def test_passwords_that_differ_are_told_with_what_to_do(fresh: tuple[Server, str]) -> None:
    reply = post(fresh[0], fresh[1], name="anna", password=PASSWORD, again="another")
    assert "What to do:</strong> Type the same password in both fields." in reply.text


@pytest.mark.parametrize(("fields", "at"), [
    ({"name": "anna", "password": PASSWORD, "again": "another"}, "again"),
    ({"name": "anna", "password": "short", "again": "short"}, "password"),
    ({"name": "an na", "password": PASSWORD, "again": PASSWORD}, "name"),
    ({"name": "", "password": PASSWORD, "again": PASSWORD}, "name"),
    ({"name": "anna", "password": "", "again": ""}, "password"),
    ({}, "name"),
])  # fmt: skip
def test_what_is_wrong_stands_at_its_field(fresh: tuple[Server, str], fields: dict[str, str], at: str) -> None:
    server, link = fresh
    page = post(server, link, **fields)
    text = page.body.decode()
    assert page.status == 422
    assert f'id="{at}-problem"' in text
    assert re.search(rf'<input id="{at}"[^>]*aria-invalid="true"[^>]*aria-describedby="[^"]*{at}-problem"', text)
    assert server.ask("GET", link, token="").status == 200, "the link is still good"


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_the_hint_asks_for_as_much_as_the_server_does(fresh: tuple[Server, str], language: str) -> None:
    server, link = fresh
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": language}
    typed = urlencode({"name": "anna", "password": "short", "again": "short"}).encode()
    text = server.ask("POST", link, typed, headers=headers, token="").body.decode()
    told = r"(?:whoever has a role group needs|而具有角色组的用户需要|而具有角色群組的使用者需要) (\d+)"
    [needed] = set(re.findall(told, text))
    assert re.findall(r'id="password-hint">\D*(\d+)', text) == [needed]


def test_what_was_typed_comes_back_escaped_and_passwords_never(fresh: tuple[Server, str]) -> None:
    server, link = fresh
    page = post(server, link, name='"><script>alert(1)</script>', password="<secret>", again="other")
    assert b"<script" not in page.body
    assert b"&lt;script&gt;" in page.body
    assert b"secret" not in page.body


def test_the_link_is_told_to_no_other_site(fresh: tuple[Server, str]) -> None:
    server, link = fresh
    page = server.ask("GET", link, token="")
    assert page.headers["referrer-policy"] == "same-origin", "the link is a secret"
    assert page.headers["cache-control"] == "no-store"
    assert b"style=" not in page.body and b"<script" not in page.body and b"http" not in page.body


@pytest.mark.parametrize(("accepted", "language"), [
    ("", "en"), ("de", "en"), ("zh-CN,zh;q=0.9", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant"),
    ("en;q=0.5, zh;q=0.8", "zh-Hans"), ("zh;q=0, en", "en"), ("fr, zh-MO;q=0.1", "zh-Hant"), ("*", "en"),
    ("zh;q=x", "en"), (";;;,,,", "en"), ("zh;q=nan", "en"),
])  # fmt: skip
def test_the_language_is_the_browsers(fresh: tuple[Server, str], accepted: str, language: str) -> None:
    assert language_of(accepted) == language
    server, link = fresh
    page = server.ask("GET", link, token="", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}"' in page.body.decode()
    assert page.headers["content-language"] == language
    assert words_of(language).gettext("Welcome to Gatepost") in page.body.decode()


def test_guessing_links_is_slowed_down(fresh: tuple[Server, str]) -> None:
    server, link = fresh
    replies = [server.ask("GET", f"/welcome/{number}", token="") for number in range(8)]
    assert replies[0].status == 404
    assert replies[-1].status == 429
    assert int(replies[-1].headers["retry-after"]) > 0
    assert server.ask("GET", link, token="", client="192.0.2.77").status == 200, "others may still come"


@pytest.mark.parametrize("body", [b"\xff=\xff", b"a=" + b"x" * 20_000, b"&".join([b"a=1"] * 100)])
def test_a_form_that_is_none_is_refused(fresh: tuple[Server, str], body: bytes) -> None:
    server, link = fresh
    reply = server.ask("POST", link, body, token="", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status in (400, 413, 422)
    assert reply.headers["content-type"].startswith("text/html")
