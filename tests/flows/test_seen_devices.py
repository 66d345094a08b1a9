"""Devices of the whole house: seen at the door, let in and kept out by one order, and mail sent back."""

from pathlib import Path
from typing import Any

import pytest
from house import GUEST, PRINTER, House, by_address, domain, house
from sink import Sink

from gatepost.manage import Caller

pytestmark = pytest.mark.flow
DEVICE = "127.0.0.2"


def ask(relay: House, verb: str, **arguments: Any) -> Any:
    return relay.run(relay.relay.desk.call(verb, arguments, caller=Caller.owner("tests"))).value


def seen(relay: House, address: str = DEVICE) -> Any:
    rows = ask(relay, "device.list")["devices"]
    return next((it for it in rows if it["address"] == address), None)


def test_a_refused_device_is_let_in_by_one_order_and_kept_out_by_another(tmp_path: Path) -> None:
    with house(tmp_path, domain()) as relay:
        with relay.connect(source=DEVICE) as client:
            client.say("EHLO scanner")
            assert client.envelope().startswith("550 5.7.64 ")
            device = seen(relay)
            assert (device["hello"], device["accepted"], device["refused"]) == ("scanner", 0, 1)
            assert device["last_refusal"]["recipient"] == GUEST
            assert ask(relay, "trace.show", id=device["last_refusal"]["id"])["client"] == DEVICE
            would = ask(relay, "connector.foresee", name="X", properties={**_OURS, "SenderIPAddresses": [DEVICE]})
            assert (would["accepted"], would["examples"][0]["client"]) == (1, DEVICE)
            assert ask(relay, "device.allow", address=DEVICE)["next"]["result"] == "relay"
            client.say("RSET")
            client.deliver()  # the next MAIL of the very session
        relay.mail()
        device = seen(relay)
        assert (device["sessions"], device["accepted"], device["last_connector"]) == (1, 1, "Devices")
        assert (device["organization"], device["last_senders"]) == ("Default", [PRINTER])
        (used,) = [it for it in ask(relay, "connector.usage") if not it["Outbound"]]
        assert (used["Name"], used["MessagesToday"]) == ("Devices", 1)
        assert ask(relay, "traffic.hours")["totals"]["accepted"] == 1
        ask(relay, "device.block", address=DEVICE)
        with relay.connect(source=DEVICE) as client:
            assert client.greeting == ["550 5.7.1 Access denied, your address is blocked"]
            assert client.reply() == []
        assert seen(relay)["last_refusal"]["reply"].startswith("550 5.7.1 ")
        (row,) = ask(relay, "trace.find", client=DEVICE, status="refused", limit=1)
        assert row["last_reply"].startswith("550 5.7.1 ")


_OURS = {"ConnectorType": "OnPremises", "SenderDomains": ["*"]}


def test_a_client_that_only_connects_is_seen_and_one_without_tls_or_a_word_too(tmp_path: Path) -> None:
    with house(tmp_path, domain()) as relay:
        relay.connect(source=DEVICE).close()
        relay.facts.wait_for("session_ended")
        device = seen(relay)
        assert (device["hello"], device["tls"], device["sessions"], device["refused"]) == ("", None, 1, 0)


def test_the_client_behind_a_proxy_is_the_device_and_is_blocked_as_one(tmp_path: Path) -> None:
    listener = {"proxies": ["127.0.0.1/32"]}
    with house(tmp_path, domain(), listeners=[listener]) as relay:
        header = b"PROXY TCP4 192.0.2.9 192.0.2.1 5000 25\r\n"
        with relay.connect(greeted=False) as client:
            client.send(header)
            assert client.reply()[0].startswith("220 ")
            client.say("EHLO printer", "QUIT")
        relay.facts.wait_for("session_ended")
        assert seen(relay, "192.0.2.9")["hello"] == "printer"
        assert seen(relay, "127.0.0.1") is None
        ask(relay, "device.block", address="192.0.2.9")
        with relay.connect(greeted=False) as client:
            client.send(header)
            assert client.reply() == ["550 5.7.1 Access denied, your address is blocked"]
            assert client.reply() == []


def test_mail_that_an_operator_sends_back_is_reported_to_its_sender(tmp_path: Path) -> None:
    sink = Sink(rcpt=lambda line: "451 4.3.0 later" if GUEST in line else "250 2.1.5 ok")
    with house(tmp_path, domain(), by_address(), sink=sink) as relay:
        with relay.connect() as client:
            client.say("EHLO x")
            number = client.deliver()
        relay.facts.wait_for("deferred")
        assert ask(relay, "queue.bounce", ids=[number]) == {"recipients": 1}
        (report,) = relay.mail()
        assert f"To: <{PRINTER}>\r\n".encode() in report.content
        assert b"returned undelivered by the administrator of this relay" in report.content
        assert b"Status: 5.3.0" in report.content
        assert b"tests" not in report.content  # by whom is nobody's business outside
        story = relay.trace(number)
        (recipient,) = story["recipients"]
        assert (recipient["state"], story["events"][-1]["kind"], story["events"][-1]["by"]) == (
            "failed",
            "bounce",
            "tests",
        )
