"""What a connector allows its clients: each limit on the wire, in the log and in the trace, and where it ends."""

from collections.abc import Iterator
from typing import Any

import pytest
from house import GUEST, OURS, PRINTER, House, by_address, change, domain, house

from gatepost.config import ObjectKind

pytestmark = pytest.mark.flow
NAME, OTHER = "SMTP Relay (Non-TLS)", "127.0.0.2"
ANNA = f"anna@{OURS}"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One connector, whose limits each test sets for itself, and another without any."""
    edits = [domain(), by_address(), by_address("Unlimited", OTHER)]
    with house(tmp_path_factory.mktemp("relay"), *edits) as made:
        yield made


@pytest.fixture(autouse=True)
def unlimited(relay: House) -> None:
    limit(relay, MaxConnections=None, MaxRecipientsPerMessage=None, MaxMessageSize=None, MaxMessagesPerMinute=None,
          InternalRecipientsOnly=False)  # fmt: skip


def limit(relay: House, **properties: Any) -> None:
    relay.change(change(ObjectKind.INBOUND, NAME, **properties))


def told(relay: House, fact: str, reply: str) -> dict[str, Any]:
    """The last such fact with that reply; it stands in the trace in the same words."""
    found = [it for it in relay.facts.all(fact) if it["reply"].startswith(reply)][-1]
    assert (found["organization"], found["connector"]) == ("Default", NAME)
    story = relay.trace(found["id"])
    assert story["connector"] == NAME
    assert list(story["events"][0]["reasons"]) == list(found["reasons"])
    assert list(story["events"][0]["remedies"]) == list(found["remedies"])
    return found


def test_the_sessions_of_a_connector_are_counted_from_their_first_mail_to_their_end(relay: House) -> None:
    limit(relay, MaxConnections=2)
    idle = relay.connect()  # one that sends nothing is nobody's yet
    clients = [relay.connect() for _ in range(3)]
    heard = [client.say("EHLO x", f"MAIL FROM:<{PRINTER}>")[:9] for client in clients]
    assert heard == ["250 2.1.0", "250 2.1.0", "421 4.3.2"]
    assert clients[2].reply() == []
    with relay.connect(source=OTHER) as other:  # another connector's clients have places of their own
        other.say("EHLO x")
        other.deliver()
    fact = told(relay, "sender_refused", "421 4.3.2")
    assert fact["reasons"][-1] == f'Connector "{NAME}" has 2 sessions open, which is its MaxConnections.'
    assert fact["remedies"] == [
        "Let its clients open fewer sessions at once, or close them when they are done, or allow more: "
        f"gatepost connector set '{NAME}' --max-connections NUMBER"
    ]
    ended = len(relay.facts.all("session_ended"))
    assert clients[0].say("RSET", f"MAIL FROM:<{PRINTER}>").startswith("250 ")  # it keeps its place
    clients[0].close()
    relay.facts.wait_for("session_ended", ended + 1)
    assert idle.say("EHLO x", f"MAIL FROM:<{PRINTER}>").startswith("250 ")
    for client in (idle, *clients):
        client.close()
    relay.facts.wait_for("session_ended", ended + 3)


def test_a_session_that_ends_while_its_message_is_stored_gives_its_place_back(relay: House) -> None:
    limit(relay, MaxConnections=1)
    for _ in range(3):
        ended = len(relay.facts.all("session_ended"))
        with relay.connect() as client:
            client.say("EHLO x")
            assert client.envelope().startswith("250 ")
            client.say("DATA")
            client.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
        relay.facts.wait_for("session_ended", ended + 1)


def test_recipients_beyond_the_limit_go_into_another_message(relay: House) -> None:
    limit(relay, MaxRecipientsPerMessage=2)
    with relay.connect() as client:
        client.say("EHLO x")
        guests = [f"guest{n}@fabrikam.com" for n in range(3)]
        assert client.envelope(PRINTER, *guests) == "452 4.5.3 Too many recipients"
        client.message()  # to the first two
        client.deliver(b"Subject: the rest\r\n\r\nx\r\n", guests[2])
    fact = told(relay, "recipient_refused", "452 4.5.3")
    assert "takes 2 recipients a message, which is its MaxRecipientsPerMessage" in fact["reasons"][-1]
    assert "--max-recipients-per-message NUMBER" in fact["remedies"][0]
    assert fact["recipient"] == guests[2]


def test_a_message_that_is_announced_too_big_is_refused_before_it_comes(relay: House) -> None:
    limit(relay, MaxMessageSize=2000)
    with relay.connect() as client:
        client.send(b"EHLO x\r\n")
        assert "250-SIZE 157286400" in client.reply()  # of the listener: whose client it is, MAIL decides
        assert client.say(f"MAIL FROM:<{PRINTER}> SIZE=2001").startswith("552 5.3.4 ")
        assert client.say(f"MAIL FROM:<{PRINTER}> SIZE=2000").startswith("250 ")
        client.say("RSET")
        client.envelope()
        assert client.message(b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 1200).startswith("552 5.3.4 ")
    fact = told(relay, "sender_refused", "552 5.3.4")
    assert (
        "takes messages up to its MaxMessageSize of 2000 octets, and the client announced 2001" in fact["reasons"][-1]
    )
    assert f"gatepost connector set '{NAME}' --max-message-size OCTETS" in fact["remedies"][0]
    told(relay, "message_refused", "552 5.3.4")


def test_messages_a_minute_are_counted_over_all_sessions_of_the_connector(relay: House) -> None:
    limit(relay, MaxMessagesPerMinute=2)
    for _ in range(2):
        with relay.connect() as client:
            client.say("EHLO x")
            client.deliver()
    with relay.connect() as client:
        client.say("EHLO x")
        assert client.say(f"MAIL FROM:<{PRINTER}>").startswith("451 4.7.500 ")
        limit(relay, MaxMessagesPerMinute=None)
        client.deliver()  # the very session goes on
    fact = told(relay, "sender_refused", "451 4.7.500")
    assert "takes 2 messages a minute, which is its MaxMessagesPerMinute" in fact["reasons"][-1]


def test_a_message_that_is_refused_for_its_size_costs_none_of_the_minute(relay: House) -> None:
    limit(relay, MaxMessagesPerMinute=3, MaxMessageSize=2000)
    with relay.connect() as client:
        client.say("EHLO x")
        for _ in range(3):
            assert client.say(f"MAIL FROM:<{PRINTER}> SIZE=2001").startswith("552 ")
        for _ in range(3):
            client.deliver()
        assert client.say(f"MAIL FROM:<{PRINTER}>").startswith("451 4.7.500 ")


def test_internal_recipients_only_lets_the_inside_through_and_says_why_not_the_rest(relay: House) -> None:
    limit(relay, InternalRecipientsOnly=True)
    with relay.connect() as client:
        client.say("EHLO x")
        assert client.envelope(PRINTER, ANNA, GUEST) == "550 5.7.1 This connector may only send to internal recipients"
        before = len(relay.sink.deliveries)
        client.message()
        assert [it for it in relay.mail(before + 1)[before].rcpt if ANNA in it]
    fact = told(relay, "recipient_refused", "550 5.7.1")
    assert fact["remedies"] == [
        f"If the device may write to the outside: gatepost connector set '{NAME}' --internal-recipients-only false"
    ]
