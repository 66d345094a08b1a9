"""Verify the path: from a message that was sent to the copy that arrived, in pages; over a real spool."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server, serving_mail, store

from gatepost.spool import Refusal


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Server]:
    with serving_mail(tmp_path) as found:
        folder = tmp_path / "mail" / "{local}"
        found.call("domain.add", name="contoso.com", properties={"Maildir": str(folder)})
        yield found
        found.finish()


@pytest.fixture
def operator(relay: Server) -> Browser:
    relay.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER})
    return Browser(relay).sign_in("anna", PASSWORD)


def received(queue_id: str) -> str:
    return (
        f"Received: from relay.contoso.com by mx.fabrikam.com with ESMTPS id 4ABC; {time.strftime('%a, %d %b %Y')} "
        "12:00:01 +0000\r\nReceived: from printer ([192.0.2.9]) by localhost (Gatepost) with ESMTP id "
        f"{queue_id}; {time.strftime('%a, %d %b %Y')} 12:00:00 +0000\r\nSubject: <script>alert(1)</script>\r\n"
    )


def begun(browser: Browser, message: str) -> str:
    reply = browser.post("/verify", {"message": message})
    assert (reply.status, reply.headers["location"][:8]) == (303, "/verify/"), reply.text
    return reply.headers["location"]


def test_headers_of_a_copy_that_arrived_elsewhere_are_verified_with_the_trace(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com")
    assert 'action="/verify"' in operator.get(f"/trace/{message}").text
    page = begun(operator, message)
    assert 'hx-trigger="load delay:700ms"' in operator.get(page).text
    reply = operator.post(page, {"recipient": "a@fabrikam.com", "headers": received("0123456789abcdef")})
    assert reply.status == 422
    assert f"do not hold {message}" in reply.text
    reply = operator.post(page, {"recipient": "a@fabrikam.com", "headers": received(message)})
    assert (reply.status, reply.headers["location"]) == (303, page)
    text = operator.get(page).text
    assert "Every copy arrived" in text
    assert "mx.fabrikam.com" in text and "<svg" in text
    assert f'href="/trace/{message}"' in text
    assert "<script>alert" not in text
    assert operator.post(page, {"recipient": "b@fabrikam.com", "headers": received(message)}).status == 404


def test_the_mailbox_elsewhere_is_named_by_who_may_change_and_its_password_is_never_shown_again(
    relay: Server, operator: Browser
) -> None:
    message = store(relay, "a@fabrikam.com")
    page = begun(operator, message)
    fields = {"recipient": "a@fabrikam.com", "server": "127.0.0.1:1", "user": "anna <b>", "secret": PASSWORD}
    reply = operator.post(f"{page}/mailbox", {**fields, "kind": "password"})
    assert reply.status == 422
    assert "cannot be opened" in reply.text and PASSWORD not in reply.text
    reply = operator.post(
        f"{page}/mailbox", {"recipient": "a@fabrikam.com", "server": "not a host", "authorities": "x"}
    )
    for words in (
        "server is not HOST or HOST:PORT",
        "user is missing",
        "one of the two is wanted",
        "no PEM certificate",
    ):
        assert words in reply.text
    relay.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    victor = Browser(relay).sign_in("victor", PASSWORD)
    page = begun(victor, message)
    assert victor.post(f"{page}/mailbox", fields).status == 403
    assert PASSWORD not in str(relay.call("audit.list"))


def test_a_copy_in_a_mailbox_of_this_relay_is_found_by_the_queue_id(
    relay: Server, operator: Browser, tmp_path: Path
) -> None:
    message = store(relay, "b@contoso.com")
    inbox = tmp_path / "mail" / "b" / "new"
    inbox.mkdir(parents=True)
    (inbox / "other").write_text(received("0123456789abcdef") + "\r\nhello")
    (inbox / "copy").write_text(received(message) + "\r\nhello")
    page = begun(operator, message)
    for _ in range(50):
        if "Every copy arrived" in (text := operator.get(page).text):
            break
    assert "Every copy arrived" in text
    assert str(tmp_path / "mail" / "b") in text


def test_who_may_only_look_verifies_what_was_sent_and_sees_nobody_elses_search(
    relay: Server, operator: Browser
) -> None:
    relay.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    victor = Browser(relay).sign_in("victor", PASSWORD)
    message = store(relay, "a@fabrikam.com")
    page = begun(victor, message)
    assert victor.get(page).status == 200
    assert operator.get(page).status == 404
    assert operator.get("/verify/0123").status == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 422), ({"message": "0123456789abcdef"}, 404), ({"test": "0123"}, 404), ({"test": "1", "message": "2"}, 422)],
)
def test_what_is_no_message_is_refused(operator: Browser, fields: dict[str, str], status: int) -> None:
    assert operator.post("/verify", fields).status == status


def test_what_was_refused_went_no_way(relay: Server, operator: Browser) -> None:
    refusal = Refusal(
        id=relay.desk.spool.new_id(), at=time.time(), client="198.51.100.7", reply="550 no", organization="Default"
    )  # fmt: skip
    relay.desk.spool.note(refusal)
    store(relay, "a@fabrikam.com")  # refusals share a commit
    reply = operator.post("/verify", {"message": refusal.id})
    assert reply.status == 422
    assert "was refused and went nowhere" in reply.text


def test_one_organization_looks_into_no_mailbox_of_another(relay: Server, tmp_path: Path) -> None:
    relay.call("organization.add", name="Fabrikam", properties={})
    relay.call("user.add", name="eve", password=PASSWORD, organization="Fabrikam", properties={"RoleGroups": MANAGER})
    eve = Browser(relay).sign_in("eve", PASSWORD)
    message = store(relay, "b@contoso.com")
    assert eve.post("/verify", {"message": message}).status == 404


def test_a_program_verifies_the_path_over_rest(relay: Server) -> None:
    message = store(relay, "a@fabrikam.com")
    begun = relay.ask("POST", "/api/v1/verifications", {"message": message}).value
    place = f"/api/v1/verifications/{begun['id']}"
    assert relay.ask("GET", place).value["running"]
    pasted = {"recipient": "a@fabrikam.com", "headers": received(message)}
    verified = relay.ask("POST", f"{place}/headers", pasted).value
    [copy] = verified["recipients"]
    assert (verified["held"], copy["standing"], copy["found"]) == (True, "found", "the pasted headers")
    assert relay.ask("GET", "/api/v1/tests/0123").status == 404
    assert "Connect-ExchangeOnline" in relay.ask("POST", "/api/v1/m365/script", {}).value["script"]


def test_of_what_waits_or_failed_here_no_headers_are_asked_for(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com")
    relay.call("queue.drop", ids=[message])
    page = begun(operator, message)
    for _ in range(50):
        if "Looking for the copies" not in (text := operator.get(page).text):
            break
    assert "this relay has given the message up" in text
    assert "send another test" in text
    assert "<textarea" not in text
