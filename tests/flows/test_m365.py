"""`gatepost m365`, validation, and mail through a whole relay, against the cloud of the tests."""

import asyncio
import json
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cloud import CA, CA_PEM, CLIENT, EXCHANGE, MAILBOX, SECRET, TENANT, Cloud, cloud_beside
from house import House, by_address, domain, house
from process import gatepost
from sink import DEFAULT_OFFER, Sink, running

from gatepost.config import Edit, ObjectKind
from gatepost.manage import Caller

pytestmark = pytest.mark.flow


@contextmanager
def submission(cloud: Cloud) -> Iterator[Sink]:
    """A submission server of the cloud's, in a thread of its own."""
    ready: Future[Sink] = Future()
    stop = threading.Event()

    async def serve() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert("localhost").configure_cert(context)
        sink = Sink(tls=context, offer=(*DEFAULT_OFFER, "AUTH LOGIN XOAUTH2"), auth=cloud.sign_in)
        async with running(sink):
            ready.set_result(sink)
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="submission")
    thread.start()
    try:
        yield ready.result(20)
    finally:
        stop.set()
        thread.join(20)


def outbound(name: str, cloud: Cloud, **properties: Any) -> Edit:
    known = {
        "RecipientDomains": ["fabrikam.com"],
        "UserName": MAILBOX,
        "OAuthTenant": TENANT,
        "OAuthClientId": CLIENT,
        "OAuthClientSecret": SECRET,
        "OAuthAuthority": cloud.authority,
        "CertificateAuthorities": [CA_PEM],
        **properties,
    }
    return Edit(action="add", kind=ObjectKind.OUTBOUND, name=name, properties=known)


class Place:
    def __init__(self, folder: Path, made: House, cloud: Cloud, sink: Sink) -> None:
        self.folder, self.house, self.cloud, self.sink = folder, made, cloud, sink

    def ask(self, verb: str, **arguments: Any) -> Any:
        return self.house.run(self.house.relay.desk.call(verb, arguments, caller=Caller.owner("tests"))).value

    def levels(self, connector: str) -> dict[str, str]:
        return {it["check"]: it["level"] for it in self.ask("m365.check", identity=connector)["findings"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("m365")
    with cloud_beside(Cloud()) as cloud, submission(cloud) as sink:
        by_smtp = {
            "AuthenticationMethod": "XOAUTH2",
            "SmartHosts": [f"localhost:{sink.port}"],
            "TlsSettings": "DomainValidation",
        }
        # A graph connector takes tokens for GraphEndpoint; the one by SMTP takes the other domain.
        edits = (
            domain(),
            by_address(),
            outbound("By SMTP", cloud, **by_smtp, RecipientDomains=["smtp.example"]),
            outbound("By Graph", cloud, Transport="MicrosoftGraph", GraphEndpoint=cloud.graph),
        )
        with house(folder, *edits) as made:
            yield Place(folder, made, cloud, sink)


@pytest.fixture(autouse=True)
def good_cloud(place: Place) -> Iterator[None]:
    yield
    place.cloud.secret = SECRET
    place.cloud.roles = {EXCHANGE: ["SMTP.SendAsApp"], "graph": ["Mail.Send"]}
    place.cloud.mailboxes = {MAILBOX}


def test_mail_leaves_by_both_ways(place: Place) -> None:
    with place.house.connect() as client:
        client.say("EHLO device.contoso.com")
        by_smtp = client.deliver(b"To: a@smtp.example\r\n\r\nx\r\n", "a@smtp.example")
        by_graph = client.deliver(b"To: b@fabrikam.com\r\n\r\nx\r\n", "b@fabrikam.com")
    assert "250 2.6.0 queued" in json.dumps(place.house.delivered_story(by_smtp))
    story = place.house.delivered_story(by_graph)
    assert "Accepted by Microsoft Graph" in json.dumps(story)
    [(mailbox, message)] = place.cloud.sent
    assert mailbox == MAILBOX
    assert b"\r\nTo: b@fabrikam.com\r\n" in message
    assert message.endswith(b"\r\n\r\nx\r\n")
    told = json.dumps([story, place.house.trace(by_smtp)]) + repr(place.house.facts.all("delivered"))
    assert SECRET not in told
    assert "eyJ" not in told


def test_a_check_goes_through_every_step(place: Place) -> None:
    assert place.levels("By SMTP") == {"token": "ok", "roles": "ok", "sign-in": "ok"}
    # Mail.Send in the token is more than a relay needs, and is said so.
    assert place.levels("By Graph") == {"token": "ok", "roles": "warning", "graph": "ok"}
    before = len(place.cloud.sent)
    assert {it["section"] for it in place.ask("m365.check")["findings"]} == {"By SMTP", "By Graph"}
    assert len(place.cloud.sent) == before


def test_a_check_says_what_is_missing(place: Place) -> None:
    place.cloud.roles[EXCHANGE] = []
    assert place.levels("By SMTP") == {"token": "ok", "roles": "failed", "sign-in": "failed"}
    place.cloud.roles["graph"] = []
    found = place.ask("m365.check", identity="By Graph")
    assert [it["level"] for it in found["findings"]] == ["ok", "ok", "failed"]
    assert "--for graph" in found["findings"][2]["remedy"]
    place.cloud.granted = {MAILBOX}
    found = place.ask("m365.check", identity="By Graph")
    assert [it["level"] for it in found["findings"]] == ["ok", "ok", "ok"]
    assert "Only a test message" in found["findings"][2]["sentence"]
    place.cloud.granted = set()
    place.cloud.roles["graph"] = ["Mail.Send"]
    assert "The token says Mail.Send" in place.ask("m365.check", identity="By Graph")["findings"][2]["sentence"]
    place.cloud.mailboxes = set()
    assert place.levels("By Graph")["graph"] == "failed"
    place.cloud.secret = "another"
    assert place.levels("By SMTP") == {"token": "failed", "roles": "skipped", "sign-in": "skipped"}


def test_the_command_prints_the_steps_and_ends_by_them(place: Place) -> None:
    done = gatepost(place.folder, "m365", "check", "--connector", "By SMTP")
    assert done.returncode == 0, done.stderr
    assert f"Signed in as {MAILBOX}." in done.stdout
    place.cloud.secret = "another"
    done = gatepost(place.folder, "m365", "check", "--json")
    assert done.returncode == 1
    value = json.loads(done.stdout)
    assert value["passed"] is False
    assert "AADSTS7000215" in done.stdout
    assert SECRET not in done.stdout


def test_the_script_has_the_connectors_own_values(place: Place) -> None:
    done = gatepost(place.folder, "m365", "script", "--connector", "By SMTP")
    assert done.returncode == 0, done.stderr
    assert f"$Tenant = '{TENANT}'" in done.stdout
    assert f"$Mailbox = '{MAILBOX}'" in done.stdout
    assert "SMTP.SendAsApp" in done.stdout
    assert SECRET not in done.stdout
    assert "$CertificateName = 'relay.contoso.com'" in place.ask("m365.script", parts=["certificate"])["script"]


def test_validation_takes_the_same_steps(place: Place) -> None:
    tasks = place.ask("connector.validate", identity="By SMTP", outbound=True)
    assert all(it["IsTaskSuccessful"] for it in tasks)
    assert [it["TaskName"] for it in tasks][1:] == ["Check token", "Check roles", "Check sign-in"]


def test_secrets_are_only_ever_set_or_not(place: Place) -> None:
    shown = json.dumps(place.ask("connector.show", identity="By Graph", outbound=True))
    assert SECRET not in shown
    assert '"OAuthClientSecret": "(set)"' in shown
