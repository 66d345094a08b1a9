"""The pages of the message trace and the queue, over a real spool."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_scenes import MANAGER, PASSWORD, VIEWER, Browser, Server, serving_mail, store

from gatepost.journal import Direction, Journal, ProtocolLog, Room
from gatepost.spool import Refusal

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
        ("from=2026-01-01T00:00&until=2999-01-01T00:00", True),
        ("from=2999-01-01T00:00&since=1h", False),
        ("until=2026-01-01T00:00:00", False),
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


def test_a_queue_id_leads_to_its_message(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com")
    reply = operator.get(f"/trace?message_id={message.upper()}")
    assert (reply.status, reply.headers["location"]) == (303, f"/trace/{message}")
    assert "Nothing was found." in operator.get("/trace?message_id=0123456789abcdef").text


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


def test_the_header_of_what_waits_is_shown_with_its_way(relay: Server, operator: Browser) -> None:
    message = store(relay, "a@fabrikam.com")
    text = operator.get(f"/trace/{message}").text
    assert "Subject: Scan" in text.partition("<pre")[2]
    relay.call("queue.drop", ids=[message])
    text = operator.get(f"/trace/{message}").text
    assert "<pre" not in text
    assert "Dropped by" in text


def test_what_was_said_is_shown_where_the_protocol_log_has_it(relay: Server, operator: Browser, tmp_path: Path) -> None:
    message = store(relay, "a@fabrikam.com")
    room = Room(file=10_000, folder=100_000, days=1)
    log = ProtocolLog(tmp_path / "protocol", journal=Journal.silent(), version="1", room=room)
    relay.desk.protocol_log = log
    session = log.session(Direction.SEND, remote="192.0.2.25:25")
    session.belongs_to(HOSTILE, logged=True)
    session.sending(message)
    session.server_said(f"250 {HOSTILE}")
    text = operator.get(f"/trace/{message}").text
    assert "What was said" in text and "To 192.0.2.25:25, connector:" in text
    assert f"* sending message {message}" in text
    assert "<script>alert" not in text and "\x1b" not in text
    assert "What was said" not in operator.get(f"/trace/{store(relay, 'b@fabrikam.com')}").text


def test_a_refusal_says_why_and_leads_to_what_helps(relay: Server, operator: Browser) -> None:
    relay.call("domain.add", name="contoso.com", properties={})
    refusals = {}
    for sender in ("scan@contoso.com", "scan@tailspin.com", ""):
        refusals[sender] = relay.desk.spool.new_id()
        why = {"reasons": ["No connector lists 198.51.100.7."], "remedies": ["Add it to a connector."]}
        refusal = Refusal(
            id=refusals[sender],
            at=time.time(),
            client="198.51.100.7",
            reply="550 5.7.64 TenantAttribution; Relay Access Denied",
            hello=HOSTILE,
            sender=sender,
            recipient="a@fabrikam.com",
            organization="Default",
            connector=None,
            tls=None,
            story=why,
        )
        relay.desk.spool.note(refusal)
    store(relay, "a@fabrikam.com")  # refusals share a commit
    for sender, message in refusals.items():
        text = operator.get(f"/trace/{message}").text
        assert "No connector lists 198.51.100.7." in text
        assert 'href="/devices/198.51.100.7"' in text
        assert ('href="/domains/new?name=tailspin.com"' in text) is (sender == "scan@tailspin.com")
        assert text.count('href="/domains/new') == text.count('href="/domains/new?name=tailspin.com"')
        assert 'id="way"' not in text  # it has none
        assert "<script>alert" not in text


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


@pytest.mark.parametrize(
    ("action", "states", "count"),
    [("hold", ("waiting", "held"), 2), ("release", ("held", "waiting"), 2), ("drop", ("held", "failed"), 2)],
)
def test_everything_a_filter_finds_is_moved_at_once(
    relay: Server, operator: Browser, action: str, states: tuple[str, str], count: int
) -> None:
    message = store(relay, "a@fabrikam.com", "b@fabrikam.com", "c@tailspin.com")
    held = {"held": "true"} if states[0] == "held" else {}
    if held:
        relay.call("queue.hold", ids=[message])
    operator.post("/queue/act", {"action": action, "destination": "mx:fabrikam.com", **held})
    found = {it["address"]: it["state"] for it in relay.call("trace.show", id=message)["recipients"]}
    assert [found[name] for name in ("a@fabrikam.com", "c@tailspin.com")] == [states[1], states[0]]
    assert f"{count} recipients are" in operator.get("/queue").text


def test_destinations_are_sorted_and_turned_over(relay: Server, operator: Browser) -> None:
    store(relay, *(f"a@d{number:03}.example" for number in range(101)), "b@d007.example")
    text = operator.get("/queue").text
    assert text.index("mx:d007.example") < text.index("mx:d000.example")
    assert "mx:d100.example" not in text
    assert 'href="/queue?sort=fullest&amp;page=2"' in text
    assert "mx:d100.example" in operator.get("/queue?sort=name&page=2").text
    for odd in ("sort=age", "page=0", "page=-1", "page=99999999999", "page=x"):
        assert operator.get(f"/queue?{odd}").status == 200, odd


def test_who_may_only_look_moves_nothing(relay: Server) -> None:
    relay.call("user.add", name="victor", password=PASSWORD, properties={"RoleGroups": VIEWER})
    victor = Browser(relay).sign_in("victor", PASSWORD)
    message = store(relay, "a@fabrikam.com")
    assert "/queue/act" not in victor.get(f"/trace/{message}").text
    assert "Try now" not in victor.get("/queue").text
    assert victor.post("/queue/act", {"action": "drop", "ids": message}).status == 403
    assert relay.call("queue.counts")["waiting"] == 1


def test_a_page_carries_the_marks_of_what_it_shows(relay: Server, operator: Browser) -> None:
    def marks() -> str:
        return operator.get("/queue").text.partition('data-marks="')[2].partition('"')[0]

    before = marks()
    assert marks() == before
    relay.call("domain.add", name="contoso.com", properties={})
    assert marks() != before


def test_the_front_page_leads_through_the_first_steps(relay: Server, operator: Browser) -> None:
    text = operator.get("/").text
    assert "Three steps to the first mail" in text
    assert 'href="/domains/new"' in text
    relay.call("domain.add", name="contoso.com", properties={})
    text = operator.get("/").text
    assert 'href="/domains/new"' not in text.partition("</nav>")[2]
    store(relay, "a@fabrikam.com")
    assert "a@fabrikam.com" in operator.get("/").text
