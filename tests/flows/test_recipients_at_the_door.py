"""Recipient lists and aliases over real sockets: who is refused at RCPT, and where an alias's mail arrives."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import GUEST, HELLO, OURS, PRINTER, House, by_address, change, domain, house
from process import gatepost

from gatepost.config import ObjectKind
from gatepost.manage import Caller

pytestmark = pytest.mark.flow
ANNA, BOB, INFO = f"anna@{OURS}", f"bob@{OURS}", f"info@{OURS}"
UNKNOWN = "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"
LIST = f"{ANNA}\n{BOB}\n{INFO},{ANNA},{GUEST}\nforward@{OURS},{GUEST}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("relay")


@pytest.fixture(scope="module")
def relay(folder: Path) -> Iterator[House]:
    mailboxes = domain(Maildir=str(folder / "mail" / "{domain}" / "{local}"), AddressBookEnabled=True)
    with house(folder, mailboxes, by_address("Devices", "127.0.0.1")) as made:
        (folder / "list.csv").write_text(LIST)
        done = gatepost(folder, "recipient", "import", str(folder / "list.csv"))
        assert done.returncode == 0 and "contoso.com: 4 added, 0 changed, 0 removed; 4 in the list." in done.stdout
        yield made


def letters(folder: Path, name: str) -> list[bytes]:
    return [it.read_bytes() for it in sorted((folder / "mail" / OURS / name / "new").glob("*"))]


@pytest.mark.parametrize("sender", [PRINTER, "stranger@fabrikam.com", ""])
@pytest.mark.parametrize("source", ["127.0.0.1", "127.0.0.9"])
def test_whom_the_list_does_not_name_is_refused_whoever_asks(relay: House, sender: str, source: str) -> None:
    with relay.connect(source=source) as client:
        client.say("EHLO client.example")
        if client.say(f"MAIL FROM:<{sender}>").startswith("250 "):
            assert client.say(f"RCPT TO:<nobody@{OURS}>") == UNKNOWN
            for name in ("ANNA", "anna+notes", "postmaster", "Info"):
                assert client.say(f"RCPT TO:<{name}@{OURS}>").startswith("250 2.1.5"), name


def test_who_tries_name_after_name_is_hung_up_on(folder: Path, tmp_path: Path) -> None:
    limits = "[limits]\nmax_recipients = 100\n"
    with house(tmp_path, domain(AddressBookEnabled=True), settings=limits) as strict, strict.connect() as client:
        client.say("EHLO harvester.example", "MAIL FROM:<a@fabrikam.com>")
        said = [client.say(f"RCPT TO:<name{number}@{OURS}>") for number in range(101)]
    assert said[:100] == [UNKNOWN] * 100 and said[100].startswith("421 ")


def test_an_alias_arrives_in_the_mailbox_and_outside_and_the_trace_says_why(relay: House, folder: Path) -> None:
    with relay.connect() as client:
        client.say("EHLO printer.contoso.com")
        id_ = client.deliver(b"Subject: to all\r\n\r\nHello\r\n", INFO, ANNA)
    relay.facts.wait_for("delivered", 2)
    story = relay.delivered_story(id_)
    [outside] = [it for it in relay.mail() if b"to all" in it.content]
    assert outside.rcpt == [f"RCPT TO:<{GUEST}> ORCPT=rfc822;{INFO}"]
    [letter] = [it for it in letters(folder, "anna") if b"to all" in it]
    assert letter.startswith(f"Return-Path: <{PRINTER}>\r\nDelivered-To: {ANNA}\r\n".encode())
    [accepted] = [it for it in story["events"] if it["kind"] == "accepted"]
    assert accepted["expansions"] == [f"{INFO} leads to {ANNA}, {GUEST}."]
    assert f"{INFO} is an alias of {ANNA} and {GUEST}." in accepted["reasons"]
    assert {it["address"] for it in story["recipients"]} == {ANNA, GUEST}


def test_what_follows_a_plus_goes_to_the_mailbox_in_front_of_it(relay: House, folder: Path) -> None:
    with relay.connect() as client:
        client.say("EHLO printer.contoso.com")
        relay.delivered_story(client.deliver(b"Subject: plus\r\n\r\nHello\r\n", f"bob+invoices@{OURS}"))
    [letter] = [it for it in letters(folder, "bob") if b"Subject: plus" in it]
    assert f"Delivered-To: bob+invoices@{OURS}".encode() in letter


def test_a_report_names_the_alias_that_was_written_to_and_reaches_an_alias_that_wrote(
    relay: House, folder: Path
) -> None:
    relay.sink.rcpt = lambda line: "550 5.1.1 gone" if "guest" in line else "250 ok"
    try:
        with relay.connect() as client:
            client.say("EHLO printer.contoso.com")
            client.deliver(HELLO, f"forward@{OURS}", sender=f"Forward@{OURS}")
            id_ = client.deliver(b"Subject: lost\r\n\r\nHello\r\n", f"forward@{OURS}", sender=BOB)
        reports = {it["on"]: it["id"] for it in relay.facts.wait_for("reported", 2)}
        relay.delivered_story(reports[id_])
    finally:
        relay.sink.rcpt = lambda _line: "250 ok"
    [report] = [it for it in letters(folder, "bob") if b"Subject: lost" in it]
    assert f"Original-Recipient: rfc822; forward@{OURS}".encode() in report
    assert f"Final-Recipient: rfc822; {GUEST}".encode() in report


def test_the_catch_all_gets_what_nobody_else_does(relay: House, folder: Path) -> None:
    relay.change(change(ObjectKind.DOMAIN, OURS, CatchAll=f"rest@{OURS}"))
    try:
        with relay.connect(source="127.0.0.9") as client:
            client.say("EHLO client.example")
            id_ = client.deliver(b"Subject: to x\r\n\r\nHello\r\n", f"x@{OURS}", sender="a@fabrikam.com")
        relay.delivered_story(id_)
    finally:
        relay.change(change(ObjectKind.DOMAIN, OURS, CatchAll=None))
    assert len([it for it in letters(folder, "rest") if b"Subject: to x" in it]) == 1


def test_of_more_than_a_message_can_have_the_rest_comes_in_another_transaction(relay: House) -> None:
    crowds = [
        {"Address": f"crowd{number}@{OURS}", "Targets": [f"m{number}-{one}@fabrikam.com" for one in range(1000)]}
        for number in range(5)
    ]
    relay.run(relay.relay.desk.call("recipient.add", {"recipients": crowds}, caller=Caller.owner("tests")))
    try:
        with relay.connect() as client:
            client.say("EHLO printer.contoso.com", f"MAIL FROM:<{PRINTER}>")
            said = [client.say(f"RCPT TO:<crowd{number}@{OURS}>")[:3] for number in range(5)]
            assert said == ["250"] * 4 + ["452"]
            assert client.say(f"RCPT TO:<{GUEST}>").startswith("250 ")  # there is room for one, not for a thousand
    finally:
        gone = {"addresses": [it["Address"] for it in crowds]}
        relay.run(relay.relay.desk.call("recipient.remove", gone, caller=Caller.owner("tests")))


def test_what_if_says_the_same_as_the_door(relay: House) -> None:
    asked = {"ip": "127.0.0.1", "mail_from": PRINTER, "rcpt": f"nobody@{OURS}"}
    told = relay.run(relay.relay.desk.call("connector.explain", asked, caller=Caller.owner("tests"))).value
    assert told["reply"] == UNKNOWN and any(f"gatepost recipient add nobody@{OURS}" in it for it in told["remedies"])


def test_the_commands_list_add_export_and_remove(relay: House, folder: Path) -> None:
    added = gatepost(folder, "recipient", "add", f"sales@{OURS}", "--to", ANNA, "--to", BOB)
    assert added.returncode == 0, added.stderr
    shown = json.loads(gatepost(folder, "recipient", "list", OURS, "--search", "sales", "--json").stdout)
    assert shown["recipients"][0]["Targets"] == [ANNA, BOB] and shown["total"] == 5
    exported = gatepost(folder, "recipient", "export").stdout
    assert exported.splitlines()[0] == "Address,Targets" and f"sales@{OURS},{ANNA};{BOB}" in exported
    refused = gatepost(folder, "recipient", "remove", f"sales@{OURS}", f"nobody@{OURS}")
    assert refused.returncode == 1 and f"'nobody@{OURS}': is not in the recipient list" in refused.stderr
    (folder / "list.csv").write_text(LIST)
    replaced = gatepost(folder, "recipient", "import", str(folder / "list.csv"), "--replace")
    assert "0 added, 0 changed, 1 removed; 4 in the list." in replaced.stdout
