"""REST over real sockets: the first administrator, one trail for all faces, the queue, the trace, and bad manners."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from house import GUEST, House, by_address, change, domain, house
from process import gatepost, serving
from sink import Sink

from gatepost.cmdlets import OverHttp, cmdlet_named
from gatepost.config import ObjectKind
from gatepost.journal import FACTS
from gatepost.manage import Caller
from gatepost.shell import bind_named

pytestmark = pytest.mark.flow

API = "/api/v1"
PASSWORD = "a few words in a row"
MANAGER = "Organization Management"


class Web:
    """Whoever asks the admin listener, with one token."""

    def __init__(self, port: int, token: str = "") -> None:
        self.port, self.token = port, token

    def ask(self, method: str, target: str, body: Any = None, *, kind: str = "application/json") -> tuple[int, Any]:
        """Status and body; the body read as JSON where it is."""
        octets = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if octets is not None:
            headers["Content-Type"] = kind
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, target, octets, headers)
            response = connection.getresponse()
            text = response.read()
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(text) if is_json else text.decode()

    def value(self, method: str, target: str, body: Any = None) -> Any:
        """The value of an answer that must be one."""
        status, answer = self.ask(method, target, body)
        assert status < 300, answer
        return answer["value"]


def web_of(server: House, *, organization: str | None = None, role: str = MANAGER) -> Web:
    """Somebody with a token of that role."""
    arguments = {
        "name": f"{role} {organization}",
        "properties": {"RoleGroup": role},
        "organization": organization,
        "all_organizations": organization is None,
    }
    made = server.run(server.relay.desk.call("token.add", arguments, caller=Caller.owner("tests")))
    return Web(server.relay.admin.port, made.value["Token"])


def test_from_the_first_link_to_one_trail_for_every_face(tmp_path: Path) -> None:
    with serving(tmp_path) as relay:
        link = urlsplit(relay.wait_for("welcome")["link"])
        assert link.port is not None
        web = Web(link.port)
        assert web.ask("GET", link.path)[0] == 200
        form = urlencode({"name": "anna@contoso.com", "password": PASSWORD, "again": PASSWORD}).encode()
        assert web.ask("POST", link.path, form, kind="application/x-www-form-urlencoded")[0] == 303  # signed in
        web.token = web.value("POST", f"{API}/sign-in", {"name": "anna@contoso.com", "password": PASSWORD})["token"]

        web.value("POST", f"{API}/accepted-domains", {"Name": "contoso.com"})
        added = gatepost(
            tmp_path, "connector", "add", "--name", "Printers", "--connector-type", "OnPremises",
            "--sender-domains", "*", "--sender-ip-addresses", "192.0.2.1", "--json",
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        there = OverHttp(f"http://127.0.0.1:{link.port}", web.token, organization="Default")
        setting = cmdlet_named("Set-InboundConnector")
        reading = cmdlet_named("Get-InboundConnector")
        assert setting is not None and reading is not None
        given = {"Identity": "Printers", "SenderIPAddresses": {"Add": ["192.0.2.2"]}}
        there.invoke(setting, bind_named(setting.name, setting.parameters, given))
        [row] = there.invoke(reading, bind_named(reading.name, reading.parameters, {})).objects

        shown = web.value("GET", f"{API}/inbound-connectors/Printers")
        assert shown["SenderIPAddresses"] == row["SenderIPAddresses"] == ["192.0.2.1", "192.0.2.2"]
        trail = web.value("GET", f"{API}/audit")
        told = [(it["origin"], it["action"], it["object"]) for it in trail]
        assert told[:4] == [
            ("cmdlet", "set", "Printers"),
            ("cli", "add", "Printers"),
            ("rest", "add", "contoso.com"),
            ("web", "add", "anna@contoso.com"),
        ]
        assert {it["address"] for it in trail[:4] if it["origin"] != "cli"} == {"127.0.0.1"}
        by_cli = json.loads(gatepost(tmp_path, "audit", "--json").stdout)
        assert [it["id"] for it in by_cli] == [it["id"] for it in trail]
        assert PASSWORD not in json.dumps(trail)

        assert spoken(link.port, b"NONSENSE\r\n\r\n").startswith(b"HTTP/1.1 400 ")
        relay.signal(signal.SIGTERM)
        relay.wait_for("stopped")
        assert {it["fact"] for it in relay.told} <= set(FACTS), "nothing else is written into the log"


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[House]:
    """A relay whose smart host defers everything."""
    sink = Sink(say={"mail": "451 4.3.0 later"})
    with house(tmp_path, domain(), by_address(), sink=sink) as server:
        yield server


def test_the_queue_is_read_by_pages_and_operated(waiting: House) -> None:
    web = web_of(waiting)
    with waiting.connect() as device:
        device.say("EHLO device.contoso.com")
        ids = [device.deliver(b"Subject: hello\r\n\r\nHello\r\n", GUEST, f"other{n}@fabrikam.com") for n in range(3)]
    waiting.facts.wait_for("deferred", 6)
    rows: list[dict[str, Any]] = []
    target: str | None = f"{API}/queue?limit=4"
    while target is not None:
        status, page = web.ask("GET", target)
        assert status == 200, page
        rows += page["value"]
        target = page["next"]
    assert sorted(row["id"] for row in rows) == sorted(ids * 2)
    assert all("cursor" not in row for row in rows)
    assert web.value("GET", f"{API}/queue/counts")["waiting"] == 6
    assert len(web.value("GET", f"{API}/queue/{ids[0]}")["recipients"]) == 2
    assert web.value("POST", f"{API}/queue/hold?what_if=true", {"ids": ids[:1]}) == {"recipients": 2}
    assert web.value("POST", f"{API}/queue/hold", {"ids": ids[:2]}) == {"recipients": 4}
    assert web.value("GET", f"{API}/queue/counts")["held"] == 4
    assert web.value("POST", f"{API}/queue/release", {"ids": ids[:1]}) == {"recipients": 2}
    assert web.value("POST", f"{API}/queue/drop", {"held": True}) == {"recipients": 2}
    assert web.value("POST", f"{API}/queue/retry", {"ids": [ids[2]]})["recipients"] >= 0
    for body, status in (({}, 422), ({"ids": ["0123456789abcdef"]}, 404), ({"ids": [], "held": True}, 422)):
        assert web.ask("POST", f"{API}/queue/hold", body)[0] == status, body
    assert web.ask("GET", f"{API}/queue/nonsense")[0] == 404
    assert web.ask("GET", f"{API}/queue?state=delivered")[0] == 422


def test_the_trace_is_read_by_pages_without_a_gap_or_a_double(tmp_path: Path) -> None:
    with house(tmp_path, domain(), by_address()) as server:
        web = web_of(server)
        with server.connect() as device:
            device.say("EHLO device.contoso.com")
            for number in range(4):
                device.deliver(b"Subject: hello\r\n\r\nHello\r\n", *(f"r{number}{n}@fabrikam.com" for n in range(3)))
        with server.connect(source="127.0.0.2") as stranger:
            stranger.say("EHLO stranger")
            for number in range(2):
                assert stranger.envelope("eve@elsewhere.example", f"x{number}@fabrikam.com").startswith("550 ")
                stranger.say("RSET")
        server.facts.wait_for("delivered", 12)
        whole = web.value("GET", f"{API}/trace")
        assert len(whole) == 14
        for limit in (1, 2, 5):
            rows: list[dict[str, Any]] = []
            target: str | None = f"{API}/trace?limit={limit}"
            while target is not None:
                status, page = web.ask("GET", target)
                assert status == 200, page
                assert len(page["value"]) <= limit
                rows += page["value"]
                target = page["next"]
            assert rows == whole, limit
        [first] = web.value("GET", f"{API}/trace?status=delivered&recipient=r00@fabrikam.com")
        kinds = [event["kind"] for event in web.value("GET", f"{API}/trace/{first['id']}")["events"]]
        assert kinds == ["accepted", "attempt"]
        for wrong in ("status=lost", "since=yesterday", "limit=0", "cursor=x"):
            assert web.ask("GET", f"{API}/trace?{wrong}")[0] == 422, wrong


def test_mail_of_another_organization_is_not_there(waiting: House) -> None:
    waiting.run(waiting.relay.desk.call("organization.add", {"name": "Fabrikam"}, caller=Caller.owner("tests")))
    with waiting.connect() as device:
        device.say("EHLO device.contoso.com")
        id_ = device.deliver()
    waiting.facts.wait_for("deferred")
    ours, theirs = web_of(waiting, organization="Default"), web_of(waiting, organization="Fabrikam")
    assert [row["id"] for row in ours.value("GET", f"{API}/queue")] == [id_]
    assert theirs.value("GET", f"{API}/queue") == theirs.value("GET", f"{API}/trace") == []
    assert theirs.value("GET", f"{API}/queue/counts")["waiting"] == 0
    for method, target, body in (
        ("GET", f"{API}/queue/{id_}", None),
        ("GET", f"{API}/trace/{id_}", None),
        ("POST", f"{API}/queue/drop", {"ids": [id_]}),
    ):
        assert theirs.ask(method, target, body)[0] == 404
    assert ours.value("GET", f"{API}/queue/counts")["waiting"] == 1


def test_a_change_counts_for_the_next_session(tmp_path: Path) -> None:
    with house(tmp_path, domain()) as server:
        web = web_of(server)
        with server.connect() as before:
            before.say("EHLO device.contoso.com")
            assert before.envelope().startswith("550 ")
        connector = {"Name": "Devices", "ConnectorType": "OnPremises", "SenderDomains": ["*"]}
        web.value("POST", f"{API}/inbound-connectors", {**connector, "SenderIPAddresses": ["127.0.0.1"]})
        with server.connect() as after:
            after.say("EHLO device.contoso.com")
            assert after.envelope().startswith("250 ")
        web.value("PATCH", f"{API}/inbound-connectors/Devices", {"Enabled": False})
        with server.connect() as again:
            again.say("EHLO device.contoso.com")
            assert again.envelope().startswith("550 ")
        server.change(change(ObjectKind.INBOUND, "Devices", Comment="from below"))
        assert web.value("GET", f"{API}/inbound-connectors/Devices")["Comment"] == "from below"


def spoken(port: int, *pieces: bytes) -> bytes:
    """What is answered to octets of one's own, until the server hangs up or has answered."""
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        heard = b""
        while block := connection.recv(65536):
            heard += block
            if b"\r\n\r\n" in heard:
                break
        return heard


def test_bad_manners_are_answered_and_harm_nobody(tmp_path: Path) -> None:
    with house(tmp_path) as server:
        web = web_of(server)
        head = f"Authorization: Bearer {web.token}\r\nContent-Type: application/json\r\n".encode()
        post = b"POST /api/v1/explain HTTP/1.1\r\nHost: localhost\r\n" + head
        block = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        cases = {
            b"400": (b"NONSENSE\r\n\r\n",),
            b"421": (b"GET /api/v1/status HTTP/1.0\r\n\r\n",),
            b"413": (post + b"Transfer-Encoding: chunked\r\n\r\n", *[block] * 17),
            b"401": (b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n",),
            b"404": (b"GET /%00/%ff/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",),
        }
        for status, pieces in cases.items():
            assert spoken(server.relay.admin.port, *pieces).split()[1] == status, status
        gone = socket.create_connection(("127.0.0.1", server.relay.admin.port))
        gone.sendall(post + b"Content-Length: 100\r\n\r\n{")  # and never the rest
        gone.close()
        assert web.ask("GET", f"{API}/status")[0] == 200
        assert server.facts.all("trouble") == []


def test_recipients_are_listed_page_by_page_imported_and_removed(tmp_path: Path) -> None:
    with house(tmp_path, domain("lists.example")) as server:
        web = web_of(server)
        text = "".join(f"user{number}@lists.example\n" for number in range(5))
        told = web.value("POST", f"{API}/recipients/import", {"text": text, "domain": "lists.example", "replace": True})
        assert (told["added"], told["domains"][0]["total"]) == (5, 5)
        alias = {"Address": "info@lists.example", "Targets": ["user1@lists.example", "guest@fabrikam.com"]}
        web.value("POST", f"{API}/recipients", {"recipients": [alias]})
        found = web.value("GET", f"{API}/recipients?search=guest")
        assert [it["Address"] for it in found] == ["info@lists.example"] and found[0]["RecipientType"] == "Alias"
        assert len(web.value("GET", f"{API}/recipients?limit=2&domain=lists.example")) == 2
        assert web.value("DELETE", f"{API}/recipients/user4@lists.example")["removed"] == 1
        exported = web.value("GET", f"{API}/recipients/export")["text"]
        assert "info@lists.example,user1@lists.example;guest@fabrikam.com" in exported
