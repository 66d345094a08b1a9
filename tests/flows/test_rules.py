"""Transport rules over real sockets: mail that is held, redirected, copied and kept in the sandbox, by one relay."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from house import GUEST, HELLO, OURS, PRINTER, House, by_address, domain, house, organization
from process import gatepost

from gatepost.config import Edit, ObjectKind
from gatepost.manage import Caller

pytestmark = pytest.mark.flow
ANNA, AUDITOR = f"anna@{OURS}", "auditor@example.org"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[House]:
    with house(folder, domain(), by_address("Devices", "127.0.0.1")) as made:
        yield made


@contextmanager
def rule(relay: House, name: str, **properties: Any) -> Iterator[None]:
    """A rule for the length of a block."""
    relay.change(Edit(action="add", kind=ObjectKind.RULE, name=name, properties=properties))
    try:
        yield
    finally:
        relay.change(Edit(action="remove", kind=ObjectKind.RULE, name=name))


def ask(relay: House, verb: str, **arguments: Any) -> Any:
    return relay.run(_asked(relay, verb, arguments))


async def _asked(relay: House, verb: str, arguments: dict[str, Any]) -> Any:
    return (await relay.relay.desk.call(verb, arguments, caller=Caller.owner("tests"))).value


def send(relay: House, *recipients: str, content: bytes = HELLO, sender: str = PRINTER) -> str:
    with relay.connect() as client:
        client.say("EHLO printer.contoso.com")
        return client.deliver(content, *recipients, sender=sender)


def sent(relay: House, id_: str) -> list[list[str]]:
    """The RCPT lines under which the sink got a message, one list a delivery."""
    return [it.rcpt for it in relay.sink.deliveries if id_.encode() in it.content]


def test_a_rule_holds_mail_until_somebody_releases_it_and_touches_no_other(relay: House, folder: Path) -> None:
    with rule(relay, "Guests wait", SentTo=[GUEST], Hold=True):
        id_ = send(relay, GUEST, ANNA)
    relay.delivered_story(id_)
    assert sent(relay, id_) == [[f"RCPT TO:<{ANNA}>"]]
    [held] = relay.facts.wait_for("held")
    assert held | {"id": id_, "to": GUEST, "rule": "Guests wait", "sandbox": False} == held
    listed = gatepost(folder, "queue", "list", "--held", "--rule", "Guests wait").stdout
    assert GUEST in listed and "Held by rule 'Guests wait'." in listed and ANNA not in listed
    [accepted] = [it for it in relay.trace(id_)["events"] if it["kind"] == "accepted"]
    assert accepted["rules"] == [f"Rule 'Guests wait' holds mail for {GUEST}."]
    done = gatepost(folder, "queue", "release", "--rule", "Guests wait")  # by its name, though it is gone
    assert "Released: 1 recipient." in done.stdout
    relay.facts.wait_for("delivered", 2)
    assert sorted(sent(relay, id_)) == [[f"RCPT TO:<{ANNA}>"], [f"RCPT TO:<{GUEST}>"]]


def test_a_rule_redirects_mail_and_reports_still_name_whom_was_written_to(relay: House) -> None:
    conditions = {"SubjectContainsWords": ["invoice"], "InboundConnectors": ["Devices"], "SenderDomainIs": [OURS]}
    with rule(relay, "Invoices", **conditions, RedirectMessageTo=[AUDITOR]):
        id_ = send(relay, GUEST, ANNA, content=b"Subject: Your Invoice 7\r\n\r\nHello\r\n")
        other = send(relay, GUEST, content=b"Subject: invoices\r\n\r\nHello\r\n")
    relay.delivered_story(id_)
    relay.delivered_story(other)
    assert sent(relay, id_) == [[f"RCPT TO:<{AUDITOR}> ORCPT=rfc822;{GUEST}"]]
    assert sent(relay, other) == [[f"RCPT TO:<{GUEST}>"]]
    [accepted] = [it for it in relay.trace(id_)["events"] if it["kind"] == "accepted"]
    assert f"Rule 'Invoices' redirects mail for {GUEST} to {AUDITOR}." in accepted["rules"]


def test_a_rule_asks_of_header_fields_as_they_came_and_leaves_its_exceptions_alone(relay: House, folder: Path) -> None:
    conditions = {"HeaderMatchesMessageHeader": "x-mailer", "HeaderMatchesPatterns": ["^scanner [0-9]+$"]}
    exception = {"ExceptIfHeaderContainsMessageHeader": "Keywords", "ExceptIfHeaderContainsWords": ["prüfung"]}
    with rule(relay, "Scans", **conditions, **exception, RedirectMessageTo=[AUDITOR]):
        scan = send(relay, GUEST, content=b"X-Mailer:\r\n Scanner\r\n 41\r\n\r\nHello\r\n")
        spared = send(
            relay, GUEST, content=b"X-Mailer: Scanner 41\r\nKeywords: =?utf-8?q?Pr=C3=BCfung?=\r\n\r\nHello\r\n"
        )
        foreseen = gatepost(
            folder,
            "rule",
            "explain",
            "--rcpt",
            GUEST,
            "--header",
            "X-Mailer: Scanner 9",
            "--header",
            "Keywords: Prüfung",
        ).stdout
    relay.delivered_story(scan)
    relay.delivered_story(spared)
    assert sent(relay, scan) == [[f"RCPT TO:<{AUDITOR}> ORCPT=rfc822;{GUEST}"]]
    assert sent(relay, spared) == [[f"RCPT TO:<{GUEST}>"]]
    assert "it goes its way" in foreseen and "ExceptIfHeaderContainsWords" in foreseen


def test_a_copy_goes_to_somebody_whom_no_report_ever_names(relay: House) -> None:
    with rule(relay, "Archive", From=[PRINTER], BlindCopyTo=[AUDITOR]):
        id_ = send(relay, GUEST)
    relay.delivered_story(id_)
    [lines] = sent(relay, id_)
    assert sorted(lines) == sorted([f"RCPT TO:<{GUEST}>", f"RCPT TO:<{AUDITOR}> NOTIFY=NEVER"])


def test_a_message_keeps_room_for_those_whom_rules_add(relay: House) -> None:
    lists = {f"list{at}@{OURS}": [f"a{at}.{number}@example.org" for number in range(1_000)] for at in range(4)}
    rows = [{"Address": name, "Targets": targets} for name, targets in lists.items()]
    ask(relay, "recipient.add", recipients=rows)
    copies = [f"copy{number}@example.org" for number in range(96)]
    with rule(relay, "Everybody", BlindCopyTo=copies), relay.connect() as client:
        client.say("EHLO printer.contoso.com")
        client.say(f"MAIL FROM:<{PRINTER}>")
        told = [client.say(f"RCPT TO:<{name}>") for name in lists]
        # Of the 4,095 that a message may have, 96 are for the copies: the client sends the last list by itself.
        assert [it[:9] for it in told] == ["250 2.1.5", "250 2.1.5", "250 2.1.5", "452 4.5.3"], told
        assert client.say("RSET").startswith("250") and client.say(f"MAIL FROM:<{PRINTER}>").startswith("250")
        assert client.say(f"RCPT TO:<{list(lists)[3]}>").startswith("250 2.1.5")


def test_an_organization_that_is_a_sandbox_takes_mail_shows_it_and_sends_nothing(relay: House, folder: Path) -> None:
    relay.change(organization(Sandbox=True))
    try:
        id_ = send(relay, GUEST, content=b"Subject: only a trial\r\n\r\nHello\r\n")
        assert "only a trial" in gatepost(folder, "sandbox", "list").stdout
        assert "Released: 0 recipients." in gatepost(folder, "queue", "release", "--held").stdout
        assert "Returned to the sender: 0 recipients." in gatepost(folder, "queue", "bounce", id_).stdout
        letter = folder / "letter.eml"
        assert gatepost(folder, "sandbox", "save", id_, str(letter)).returncode == 0
        assert b"Subject: only a trial" in letter.read_bytes() and letter.read_bytes().endswith(b"\r\n\r\nHello\r\n")
        assert "Dropped: 1 recipient." in gatepost(folder, "sandbox", "drop", "--all").stdout
    finally:
        relay.change(organization(Sandbox=False))
    assert not sent(relay, id_)
    assert relay.trace(id_)["recipients"][0]["state"] == "failed"
    assert not relay.facts.all("reported")
