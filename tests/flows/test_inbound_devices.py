"""Devices as they are: old, careless, in a hurry. Each ends with the message at the sink, byte for byte."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import GUEST, PRINTER, Client, House, by_address, change, domain, house

from gatepost.config import ObjectKind

pytestmark = pytest.mark.flow


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, domain(), by_address()) as made:
        yield made


def test_a_device_that_knows_only_helo_is_served(relay: House) -> None:
    with relay.connect() as device:
        assert device.say("HELO printer") == "250 relay.contoso.com Hello [127.0.0.1]"
        id_ = device.deliver()
        assert device.say("QUIT").startswith("221 ")
    [arrived] = relay.mail()
    assert b"with SMTP id " + id_.encode() in arrived.content
    story = relay.delivered_story(id_)
    assert story["connector"] == "SMTP Relay (Non-TLS)"


@pytest.mark.parametrize("line", ["MAIL FROM: <{}>", "mail from:<{}>", "MAIL FROM:<{}> SIZE=100"])
def test_mail_in_the_forms_of_devices_is_understood(relay: House, line: str) -> None:
    with relay.connect() as device:
        said = device.say("HELO printer", line.format(PRINTER), f"RCPT TO: <{GUEST}>")
        assert said.startswith("250 "), said
        device.message()
    assert relay.mail()[0].mail.startswith(f"MAIL FROM:<{PRINTER}>")


def test_what_a_device_forgot_is_added_and_the_rest_is_unchanged(relay: House) -> None:
    content = b"Subject: Scan\r\nX-Odd:   two  spaces\r\n\r\n" + b"x" * 1500 + b"\r\n..dots\r\n.\tdot\r\n\xff\xfe \r\n"
    with relay.connect() as device:
        device.say("HELO printer")
        id_ = device.deliver(content)
    [arrived] = relay.mail()
    head, _, body = arrived.content.partition(b"\r\n\r\n")
    assert head.startswith(b"Received: from printer ([127.0.0.1])\r\n\tby relay.contoso.com with SMTP id ")
    assert f"\r\nX-Gatepost-Trace: id={id_}; relay=relay.contoso.com; ".encode() in head
    assert b"\r\nSubject: Scan\r\nX-Odd:   two  spaces\r\nDate: " in head
    assert f"\r\nMessage-ID: <{id_}@relay.contoso.com>".encode() in head
    assert body == content.partition(b"\r\n\r\n")[2]


def test_a_subject_that_cannot_be_decoded_is_no_reason_to_lose_mail(relay: House) -> None:
    content = b"Subject: =?utf-8?b?A?= =?nonsense?q?x?=\r\nFrom: <a@contoso.com>\r\n\r\nHello\r\n"
    with relay.connect() as device:
        device.say("HELO printer")
        id_ = device.deliver(content)
    [arrived] = relay.mail()
    assert arrived.content.endswith(b"\r\n\r\nHello\r\n")
    assert b"Subject: =?utf-8?b?A?= " in arrived.content
    assert relay.trace(id_)["subject"].startswith("=?utf-8?b?A?=")


SMUGGLED = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\n\0.\r\n"]


@pytest.mark.parametrize("form", SMUGGLED)
def test_bare_newlines_are_refused_and_nothing_behind_them_runs(relay: House, form: bytes) -> None:
    with relay.connect() as device:
        device.say("EHLO printer")
        device.envelope()
        assert device.say("DATA").startswith("354 ")
        device.send(b"Subject: x\r\n\r\nHello" + form + b"MAIL FROM:<ceo@contoso.com>\r\nQUIT\r\n.\r\n")
        assert device.reply()[-1][:7] in ("550 5.6", "550-5.6")
    assert relay.sink.deliveries == []
    assert relay.run(relay.relay.spool.counts()).waiting == 0


def test_a_message_refused_at_its_body_is_traced_with_its_envelope_and_a_remedy(relay: House) -> None:
    with relay.connect() as device:
        device.say("EHLO printer")
        device.envelope()
        assert device.say("DATA").startswith("354 ")
        device.send(b"Subject: x\n\nHello\r\n.\r\n")
        assert device.reply()[-1].startswith("550 5.6.11 ")
    [refused] = relay.facts.wait_for("message_refused")
    assert refused["sender"]
    assert refused["recipient"] in refused["recipients"]
    assert refused["connector"] == "SMTP Relay (Non-TLS)"
    assert "--crlf" in refused["remedies"][0]
    told = relay.trace(refused["id"])
    assert told["sender"] == refused["sender"]
    assert told["connector"] == refused["connector"]


@pytest.mark.parametrize("form", SMUGGLED[:-1])
def test_normalizing_bare_newlines_never_ends_a_message(relay: House, form: bytes) -> None:
    relay.change(change(ObjectKind.INBOUND, "SMTP Relay (Non-TLS)", BareLineFeeds="Normalize"))
    with relay.connect() as device:
        device.say("EHLO printer")
        device.envelope()
        assert device.say("DATA").startswith("354 ")
        device.send(b"Subject: old\n\nHello" + form + b"MAIL FROM:<ceo@contoso.com>\r\n.\r\n")
        assert device.reply()[-1].startswith("250 2.6.0 ")
    [arrived] = relay.mail()
    assert arrived.mail.startswith(f"MAIL FROM:<{PRINTER}>")
    assert b"\r\nSubject: old\r\n" in arrived.content
    assert arrived.content.endswith(b"MAIL FROM:<ceo@contoso.com>\r\n")
    assert arrived.content.count(b"\n") == arrived.content.count(b"\r\n") == arrived.content.count(b"\r")


def test_five_sessions_of_one_device_at_once(relay: House) -> None:
    ids: list[str] = []

    def scan(client: Client) -> None:
        with client:
            client.say("EHLO printer")
            ids.append(client.deliver())
            ids.append(client.deliver())

    threads = [threading.Thread(target=scan, args=(relay.connect(),)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(relay.mail(10)) == 10
    assert len(set(ids)) == 10


def test_a_client_that_half_closes_still_hears_its_answers(relay: House) -> None:
    """`printf … | nc`: everything in one piece, then nothing more to say."""
    with relay.connect() as script:
        mail = f"MAIL FROM:<{PRINTER}>\r\nRCPT TO:<{GUEST}>\r\n"
        script.send(f"EHLO script\r\n{mail}".encode())
        [script.reply() for _ in range(3)]
        assert script.say("DATA").startswith("354 ")
        script.send(b"Subject: x\r\n\r\nHello\r\n.\r\nQUIT\r\n")
        script.socket.shutdown(1)
        assert script.reply()[0].startswith("250 2.6.0 ")
        assert script.reply()[0].startswith("221 ")
        assert script.reply() == []
    assert len(relay.mail()) == 1


def test_a_binary_header_hides_no_field_from_us(relay: House) -> None:
    """BINARYMIME lets lone newlines through; in a header they would show others a field that we have not judged."""
    content = b"Subject: x\nX-MS-Exchange-Organization-AuthAs: Internal\r\n\r\nHello\r\n"
    with relay.connect() as device:
        device.say("EHLO printer", f"MAIL FROM:<{PRINTER}> BODY=BINARYMIME", f"RCPT TO:<{GUEST}>")
        device.send(b"BDAT %d LAST\r\n" % len(content) + content)
        assert device.reply()[-1].startswith("550 5.6.11 ")
    assert relay.sink.deliveries == []
