"""The pages that send a test, read headers and run the checks."""

from pathlib import Path

import pytest
from web_scenes import MANAGER, PASSWORD, Browser, Reply, Server, serving_mail

from gatepost.spool import Refusal, Visit

RECEIVED = (
    "Received: from relay.contoso.com (relay.contoso.com [192.0.2.1])\r\n"
    " by mx.fabrikam.com (Postfix) with ESMTPS id 4ABC for <a@fabrikam.com>;\r\n"
    " Tue, 24 Nov 2026 12:00:00 +0000\r\nSubject: <script>alert(1)</script>\u202e\r\n"
)


def upstream(server: Server) -> None:
    properties = {"RecipientDomains": "*", "UseMXRecord": False, "SmartHosts": ["127.0.0.1:1"]}
    server.call("connector.add", outbound=True, name="Upstream", properties=properties)


def test_a_test_goes_only_where_the_configuration_points(server: Server, anna: Browser) -> None:
    upstream(server)
    text = anna.get("/test").text
    assert "Upstream: 127.0.0.1:1" in text
    fields = {"sender": "a@contoso.com", "recipients": "b@fabrikam.com", "subject": "x", "tls": "none"}
    for elsewhere in ("127.0.0.1:22", "smarthost-Upstream-1", "169.254.169.254:80", ""):
        assert anna.post("/test", {**fields, "target": elsewhere}).status == 404
    reply = anna.post("/test", {**fields, "target": "smarthost-Upstream-0"})
    assert (reply.status, reply.headers["location"][:6]) == (303, "/test/")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"sender": "nobody"}, "sender"),
        ({"recipients": ""}, "recipients"),
        ({"recipients": ", ".join(f"a{n}@fabrikam.com" for n in range(11))}, "recipients"),
        ({"recipients": "a@b\r\nRCPT TO:<x@y>"}, "recipients"),
        ({"subject": "a\r\nBcc: x@y"}, "subject"),
        ({"tls": "none", "certificate_password": "x", "pem": "1"}, None),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(
    server: Server, anna: Browser, fields: dict[str, str], field: str | None
) -> None:
    upstream(server)
    given = {"target": "smarthost-Upstream-0", "sender": "a@contoso.com", "recipients": "b@fabrikam.com"}
    reply = anna.post("/test", {**given, "subject": "x", "tls": "none", **fields})
    if field is None:
        assert reply.status == 303
    else:
        assert reply.status == 422, reply.text
        assert f'id="{field}-problem"' in reply.text


def test_the_example_of_a_sender_is_in_a_domain_of_ones_own(server: Server, anna: Browser) -> None:
    assert "scanner@contoso.com" in anna.get("/test").text
    server.call("domain.add", name="tailspin.com", properties={})
    assert "scanner@tailspin.com" in anna.get("/test").text


def test_too_many_tests_have_to_wait(server: Server, anna: Browser) -> None:
    upstream(server)
    fields = {"target": "smarthost-Upstream-0", "sender": "a@contoso.com", "recipients": "b@fabrikam.com"}
    replies = [anna.post("/test", {**fields, "subject": "x", "tls": "none"}).status for _ in range(12)]
    assert replies[0] == 303
    assert replies[-1] == 429


def test_a_test_is_shown_to_whoever_sent_it(server: Server, anna: Browser, victor: Browser) -> None:
    upstream(server)
    fields = {"target": "smarthost-Upstream-0", "sender": "a@contoso.com", "recipients": "b@fabrikam.com"}
    place = anna.post("/test", {**fields, "subject": "x", "tls": "none"}).headers["location"]
    assert anna.get(place).status == 200
    assert victor.get(place).status == 404
    assert victor.post("/test", {**fields, "subject": "x", "tls": "none"}).status == 403
    assert anna.get("/test/0123").status == 404


def test_headers_are_analysed_in_the_pages_language_and_stay_text(server: Server, anna: Browser) -> None:
    text = anna.post("/headers", {"headers": RECEIVED}).text
    assert "mx.fabrikam.com" in text
    assert "<svg" in text
    assert "<script>alert" not in text
    assert "\u202e" not in text
    anna.post("/preferences", {"language": "zh-Hans"})
    assert "各跳" in anna.post("/headers", {"headers": RECEIVED}).text
    for nothing in ("", "hello", "\x00\x01"):
        assert anna.post("/headers", {"headers": nothing}).status == 422


def test_a_file_of_a_message_may_be_a_megabyte(anna: Browser) -> None:
    def sent(octets: bytes) -> Reply:
        part = "--x\r\nContent-Disposition: form-data; name="
        body = f'{part}"seal"\r\n\r\n{anna.seal}\r\n{part}"file"; filename="a.eml"\r\n\r\n'.encode()
        return anna.send("/headers", body + octets + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")

    reply = sent(RECEIVED.encode() + b"\r\n" + b"x" * 500_000)
    assert reply.status == 200
    assert "mx.fabrikam.com" in reply.text
    assert sent(b"x" * (1 << 20) + b"x").status == 413


def test_checks_are_run_and_their_results_stay(server: Server, anna: Browser) -> None:
    assert "have not been run" in anna.get("/checks").text
    assert anna.post("/checks").headers["location"] == "/checks"
    text = anna.get("/checks").text
    assert "still to come" in text
    assert 'hx-trigger="load delay:1s"' in text
    server.finish()
    text = anna.get("/checks").text
    assert "still to come" not in text
    assert "Run the checks" in text
    assert "/checks?level=" in text
    assert anna.get("/checks?level=%3Cscript%3E").status == 200


def test_the_checks_of_the_whole_server_are_not_shown_to_one_organization(
    server: Server, anna: Browser, victor: Browser
) -> None:
    anna.post("/checks")
    assert "have not been run" in victor.get("/checks").text
    server.finish()


def test_where_nothing_wants_a_look_the_page_says_so(anna: Browser) -> None:
    assert "Nothing wants to be looked at" in anna.get("/checks").text


def test_alerts_lead_to_where_they_are_mended(tmp_path: Path) -> None:
    with serving_mail(tmp_path / "mail") as server:
        server.call("user.add", name="anna", password=PASSWORD, properties={"RoleGroups": MANAGER})
        anna = Browser(server).sign_in("anna", PASSWORD)
        refusal = Refusal(
            id=server.desk.spool.new_id(), at=server.desk.clock(), client="198.51.100.7",
            reply="550 5.7.64 <script>\u202e", story={"remedies": ["List it."]},
        )  # fmt: skip
        visit = Visit(client="198.51.100.7", at=refusal.at, hello="<b>", first=True, refusal=refusal)
        server.desk.spool.meet(visit)
        for page in ("/checks", "/"):
            text = anna.get(page).text
            assert 'href="/devices/198.51.100.7"' in text
            assert f'href="/trace/{refusal.id}"' in text
            assert "&lt;b&gt;" in text
            assert "<script>" not in text
            assert "\u202e" not in text
