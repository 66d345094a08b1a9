"""REQUIRETLS and TLS-Required (RFC 8689) through the whole relay: taken, kept, passed on, or refused in a report."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from house import GUEST, PRINTER, House, by_address, change, domain, house, queue_id
from papers import SERVER
from sink import DEFAULT_OFFER, Sink

from gatepost.config import ObjectKind
from gatepost.manage import Caller

pytestmark = pytest.mark.flow
CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
HELLO = b"Subject: hello\r\n\r\nHello\r\n"


def secured(*, offer: tuple[str, ...] = (*DEFAULT_OFFER, "REQUIRETLS")) -> Sink:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("127.0.0.1", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return Sink(tls=context, offer=offer)


def trusting(it: House) -> None:
    """The sink's authority counts for the connector that leads to it."""
    it.change(change(ObjectKind.OUTBOUND, "Sink", CertificateAuthorities=[CA.cert_pem.bytes().decode()]))


def report(it: House) -> dict[str, Any]:
    answer = it.run(it.relay.desk.call("tls-report", {}, caller=Caller.owner("tests")))
    value: dict[str, Any] = answer.value
    return value


def test_a_promise_of_tls_is_offered_within_tls_kept_and_passed_on(tmp_path: Path) -> None:
    listener = SERVER.files(tmp_path)
    with house(tmp_path, domain(), by_address(), listeners=[listener], sink=secured()) as it:
        trusting(it)
        with it.connect() as client:
            client.send(b"EHLO device.contoso.com\r\n")
            assert not any("REQUIRETLS" in line for line in client.reply())
            assert client.say(f"MAIL FROM:<{PRINTER}> REQUIRETLS").startswith("530 5.7.0 ")
            client.secure()
            client.send(b"EHLO device.contoso.com\r\n")
            assert "250 REQUIRETLS" in client.reply()
            assert client.say(f"MAIL FROM:<{PRINTER}> REQUIRETLS", f"RCPT TO:<{GUEST}>").startswith("250 ")
            id_ = queue_id(client.message(HELLO))
        [delivery] = it.mail()
        assert delivery.mail.endswith(" REQUIRETLS")
        assert "the sender asked for REQUIRETLS" in str(it.delivered_story(id_))
        [counted] = report(it)["policies"]
        assert counted["summary"] == {"total-successful-session-count": 1, "total-failure-session-count": 0}
    [kept] = (tmp_path / "data" / "tls-reports").glob("*.json")
    assert b"no-policy-found" in kept.read_bytes()


def test_a_promise_that_the_next_host_cannot_keep_is_refused_in_a_report(tmp_path: Path) -> None:
    listener = SERVER.files(tmp_path)
    with house(tmp_path, domain(), by_address(), listeners=[listener], sink=secured(offer=DEFAULT_OFFER)) as it:
        trusting(it)
        with it.connect() as client:
            client.secure()
            said = client.say(f"MAIL FROM:<{PRINTER}> REQUIRETLS RET=FULL", f"RCPT TO:<{GUEST}>")
            assert said.startswith("250 ")
            id_ = queue_id(client.message(HELLO))
        [told] = it.facts.wait_for("reported")
        assert told["on"] == id_
        # The report carries the same promise, so it cannot leave either; and nobody hears of it.
        failures = it.facts.wait_for("failed", 2)
        assert all("it does not offer REQUIRETLS" in one["reason"] for one in failures)
        assert {one["to"] for one in failures} == {GUEST, PRINTER}
        assert "5.7.30" in str(it.trace(id_))
    assert it.sink.deliveries == []


def test_what_the_header_says_of_tls_is_kept_with_the_message(tmp_path: Path) -> None:
    with house(tmp_path, domain(), by_address(), listeners=[SERVER.files(tmp_path)]) as it, it.connect() as client:
        client.secure()
        first = client.deliver(b"TLS-Required: No\r\n" + HELLO)
        assert "TLS-Required: No" in str(it.delivered_story(first))
        other = client.deliver(b"TLS-Required: Yes\r\n" + HELLO)
        assert "TLS-Required: No" not in str(it.delivered_story(other))
