"""The pages of the message trace and the queue, over a real spool."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server, serving_mail, store

HOSTILE = '"><script>alert(1)</script>\u202e\x1b[31m'


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Server]:
    with serving_mail(tmp_path) as found:
        yield found


@pytest.fixture
def operator(relay: Server) -> Browser:
    relay.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER})
    return Browser(relay).sign_in("anna", PASSWORD)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("sender=scan@contoso.com", True),
        ("recipient=a@fabrikam.com", True),
        ("subject=Scan", True),
        ("message_id=%3C1@contoso.com%3E", True),
        ("client=192.0.2.9", True),
        ("connector=Printers", True),
        ("status=waiting&since=1h", True),
        ("sender=other@contoso.com", False),
        ("client=192.0.2.10", False),
        ("status=delivered", False),
    ],
)
def test_a_search_finds_what_its_address_asks_for(relay: Server, operator: Browser, query: str, found: bool) -> None:
    store(relay, "a@fabrikam.com")
    reply = operator.get(f"/trace?{query}")
    assert reply.status == 200
    assert ("a@fabrikam.com</a>" in reply.text) is found


@pytest.mark.parametrize("query", ["client=printer", "status=gone", "since=yesterday"])
def test_a_search_that_makes_no_sense_is_refused_in_words(relay: Server, operator: Browser, query: str) -> None:
    reply = operator.get(f"/trace?{query}")
    assert reply.status == 422
    assert "What to do:" in reply.text


def test_a_long_list_is_turned_over_page_by_page(relay: Server, operator: Browser) -> None:
    for number in range(60):
        store(relay, f"r{number}@fabrikam.com")
    first = operator.get("/trace?sender=scan@contoso.com").text
    assert "r59@fabrikam.com" in first
    assert "r0@fabrikam.com" not in first
    older = first.rpartition('href="/trace?')[2].partition('"')[0].replace("&amp;", "&")
    assert "sender=scan%40contoso.com" in older
    second = operator.get(f"/trace?{older}").text
    assert "r0@fabrikam.com" in second
    assert "r59@fabrikam.com" not in second


def test_a_message_tells_its_story_and_hostile_text_stays_text(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com", subject=HOSTILE)
    text = operator.get(f"/trace/{message}").text
    assert "matched by address" in text
    assert "mx:fabrikam.com" in text
    for page in (text, operator.get("/trace").text, operator.get("/queue/messages").text):
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page
    assert operator.get("/trace/0123456789abcdef").status == 404
    assert operator.get("/trace/%22%3E%3Cscript%3E").status == 404


def test_pasted_headers_show_the_way_and_say_whether_they_are_this_messages(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com")
    headers = (
        "Received: from relay.contoso.com (relay.contoso.com [192.0.2.1])\r\n"
        " by mx.fabrikam.com (Postfix) with ESMTPS id 4ABC for <a@fabrikam.com>;\r\n"
        " Tue, 24 Nov 2026 12:00:00 +0000\r\nSubject: <script>alert(1)</script>\r\n"
    )
    reply = operator.post(f"/trace/{message}/headers", {"headers": headers})
    assert "mx.fabrikam.com" in reply.text
    assert "<svg" in reply.text
    assert "<script>alert" not in reply.text
    assert "not of this message" in reply.text  # they name no queue id of ours
    assert "not of this message" in operator.post(f"/trace/{message}/headers", {"headers": "nothing"}).text


def test_what_waits_is_held_released_and_dropped(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com", "b@tailspin.com")
    assert "mx:fabrikam.com" in operator.get("/queue").text
    reply = operator.post("/queue/act", {"action": "hold", "ids": message, "back": f"/trace/{message}"})
    assert (reply.status, reply.headers["location"]) == (303, f"/trace/{message}")
    assert "2 recipients are held." in operator.get("/queue").text
    assert relay.call("queue.counts")["held"] == 2
    assert operator.post("/queue/act", {"action": "release"}).status == 422  # nothing named is not everything
    operator.post("/queue/act", {"action": "release", "held": "true"})
    assert relay.call("queue.counts")["held"] == 0
    operator.post("/queue/act", {"action": "drop", "destination": "mx:tailspin.com"})
    assert [row["recipient"] for row in relay.call("queue.list")] == ["a@fabrikam.com"]
    assert operator.post("/queue/act", {"action": "explode", "ids": message}).status == 422
    reply = operator.post("/queue/act", {"action": "drop", "ids": message, "back": "https://evil.example/"})
    assert reply.headers["location"] == "/queue"


def test_who_may_only_look_moves_nothing(relay: Server) -> None:
    relay.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    victor = Browser(relay).sign_in("victor", PASSWORD)
    message = store(relay, "a@fabrikam.com")
    assert "/queue/act" not in victor.get(f"/trace/{message}").text
    assert "Try now" not in victor.get("/queue").text
    assert victor.post("/queue/act", {"action": "drop", "ids": message}).status == 403
    assert relay.call("queue.counts")["waiting"] == 1


def test_the_front_page_leads_through_the_first_steps(relay: Server, operator: Browser) -> None:
    text = operator.get("/").text
    assert "Three steps to the first mail" in text
    assert 'href="/domains/new"' in text
    relay.call("domain.add", name="contoso.com", properties={})
    text = operator.get("/").text
    assert 'href="/domains/new"' not in text.partition("</nav>")[2]
    store(relay, "a@fabrikam.com")
    assert "a@fabrikam.com" in operator.get("/").text
