"""The server's machine: events, answers, and that nothing anybody sends throws it off."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatepost.mail import Address, Reply
from gatepost.mail import reply as say
from gatepost.smtp import BodyEnd, Hello, MailFrom, Phase, RcptTo, Refused, ServerEvent

from .shells import TERMS, Server

HELLO = b"EHLO client.example\r\n"
GROUP = b"MAIL FROM:<a@here.example>\r\nRCPT TO:<b@there.example>\r\n"

CONVERSATION = [
    HELLO,
    b"MAIL FROM:<a@here.example> SIZE=40\r\nRCPT TO:<b@there.example>\r\nRCPT TO:<c@there.example>\r\n",
    b"DATA\r\n",
    b"Subject: x\r\n\r\n..dots\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<b@there.example>\r\n",
    b"BDAT 7\r\nhello\r\nNOOP\r\nBDAT 5 LAST\r\n.\r\nxy",
    b"RSET\r\nVRFY x\r\nXYZZY\r\nQUIT\r\n",
]


def story(pieces: list[bytes]) -> tuple[list[ServerEvent], bytes, list[bytes]]:
    """What happened, with the pieces of bodies put together."""
    server = Server()
    server.hear(*pieces)
    events = [event for event in server.events if type(event).__name__ != "BodyChunk"]
    return events, server.sent, [body for _, body in server.messages]


@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=12))
def test_every_cutting_of_a_conversation_gives_the_same_events_and_replies(cuts: list[int]) -> None:
    expected = story(CONVERSATION)
    assert expected[2] == [b"Subject: x\r\n\r\n.dots\r\n", b"hello\r\n.\r\nxy"]
    pieces = []
    for step in CONVERSATION:  # never across a step: there the client waits
        at = 0
        for cut in [*sorted({cut % len(step) for cut in cuts}), len(step)]:
            pieces += [step[at:cut]] if cut > at else []
            at = cut
    assert story(pieces) == expected


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            HELLO, GROUP, b"DATA\r\n", b".\r\n", b"\r\n.\r\n", b"BDAT 5\r\n", b"BDAT 3 LAST\r\nabc", b"RSET\r\n",
            b"STARTTLS\r\n", b"AUTH LOGIN\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"QUIT\r\n", b"\n", b"\r", b"\0",
            b"HELO x\r\n", b"XCLIENT ADDR=1.2.3.4\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n", b"x" * 3000,
            b"BDAT 99999999999999999999\r\n", b"MAIL FROM:<a@b> BODY=BINARYMIME SIZE=9\r\n", b"",
        ]
    ),
)  # fmt: skip


@settings(max_examples=300)
@given(
    pieces=st.lists(PIECES, max_size=14),
    flags=st.tuples(*[st.booleans()] * 6),
    refused=st.sampled_from(["", "MailFrom", "RcptTo", "BodyStart", "BodyEnd", "Hello", "StartTls"]),
)
@example(pieces=[HELLO, GROUP, b"BDAT 0\r\n", b"BDAT 0 LAST\r\n"], flags=(False,) * 6, refused="")
def test_nothing_that_is_sent_raises_or_keeps_the_machine_busy(
    pieces: list[bytes], flags: tuple[bool, ...], refused: str
) -> None:
    starttls, tls, auth, proxy, xclient, normalize = flags
    terms = replace(
        TERMS, starttls=starttls, tls=tls, auth=auth, proxy=proxy, xclient=xclient, normalize_newlines=normalize,
        max_message_size=50,
    )  # fmt: skip
    server = Server(terms, {refused: say.RELAY_DENIED})
    for piece in pieces:
        server.hear(piece)
        if server.machine.expects_tls_bytes:
            server.machine.tls_started()
            server.advance()
    server.hear(b"")
    assert server.machine.closing
    assert server.machine.next_event() is None
    assert server.names()[-1] in ("Lost", "Quit", "Refused", "BodyLost", "Hello", "XClient")
    bodies = [name for name in server.names() if name in ("BodyStart", "BodyEnd", "BodyLost")]
    for first, second in pairwise(bodies):
        assert first != second or first != "BodyEnd"  # no body ends twice


def test_only_accepted_recipients_are_in_the_envelope() -> None:
    server = Server(refusals={"c": say.RELAY_DENIED})
    server.hear(HELLO, GROUP + b"RCPT TO:<c@there.example>\r\nRCPT TO:<d@there.example>\r\n", b"DATA\r\n", b".\r\n")
    (envelope, body) = server.messages[0]
    assert [recipient.address.local for recipient in envelope.recipients] == ["b", "d"]
    assert body == b""


def test_an_unanswered_event_stops_parsing() -> None:
    server = Server()
    machine = server.machine
    machine.receive(HELLO + GROUP)
    assert machine.next_event() == Hello("client.example", extended=True)
    assert machine.next_event() is None
    machine.answer(say.NOOP_OK)
    assert isinstance(machine.next_event(), MailFrom)
    assert machine.next_event() is None
    assert machine.waiting == len(b"RCPT TO:<b@there.example>\r\n")
    machine.answer(say.SENDER_OK)
    assert isinstance(machine.next_event(), RcptTo)
    machine.answer(say.RECIPIENT_OK)
    assert machine.to_send().count(b"\r\n") == 3  # one write for the group


def test_bytes_before_the_banner_are_noticed() -> None:
    quick, polite = Server(), Server()
    assert not polite.machine.early_talker
    early = type(quick.machine)(TERMS)
    early.receive(HELLO)
    assert early.early_talker
    polite.hear(HELLO)
    assert not polite.machine.early_talker


def test_bytes_behind_a_proxy_header_are_left_for_implicit_tls() -> None:
    machine = type(Server().machine)(replace(TERMS, proxy=True, tls=True))
    machine.receive(b"PROXY TCP4 203.0.113.7 192.0.2.1 51000 25\r\n\x16\x03\x01")
    assert type(machine.next_event()).__name__ == "ProxyHeader"
    assert machine.take_waiting() == b"\x16\x03\x01"
    machine.proceed()
    assert type(machine.next_event()).__name__ == "Connected"
    assert not machine.early_talker
    assert machine.client == "203.0.113.7"


@pytest.mark.parametrize(
    ("talk", "word"),
    [
        (b"HELO x\r\n", "SMTP"),
        (HELLO, "ESMTP"),
        (HELLO + b"MAIL FROM:<a@here.example> SMTPUTF8\r\n", "UTF8SMTP"),
    ],
)
@pytest.mark.parametrize(
    ("tls", "authenticated", "suffix"), [(False, False, ""), (True, False, "S"), (True, True, "SA")]
)
def test_received_names_the_protocol(talk: bytes, word: str, tls: bool, authenticated: bool, suffix: str) -> None:
    server = Server(replace(TERMS, tls=tls))
    if authenticated:
        server.hear(HELLO, b"AUTH PLAIN AGFubgBzZWNyZXQ=\r\n")
    server.hear(talk)
    assert server.machine.protocol == (word if word == "SMTP" else word + suffix)
    assert server.machine.authenticated == ("ann" if authenticated else None)


def test_a_refusing_banner_closes() -> None:
    server = Server(refusals={"Connected": say.RELAY_DENIED})
    assert server.sent.startswith(b"550 5.7.64")
    assert server.machine.closing
    assert server.hear(HELLO) == b""


def test_the_shell_refuses_a_body_and_the_rest_is_dropped() -> None:
    server = Server()
    server.hear(HELLO, GROUP, b"DATA\r\n", b"one\r\n")
    server.machine.refuse_body(say.HEADER_TOO_LONG)
    assert server.hear(b"two\r\n", b"QUIT\r\n.\r\n").startswith(b"552 5.3.4 Message header size")
    assert server.names()[-1] == "BodyChunk"
    assert server.machine.phase is Phase.READY


def test_the_shell_refuses_a_chunked_body_until_its_last_chunk() -> None:
    server = Server(refusals={"BodyStart": say.NO_SPACE})
    answers = server.hear(HELLO, GROUP, b"BDAT 6\r\nQUIT\r\n", b"BDAT 6 LAST\r\nQUIT\r\n", GROUP)
    assert answers.count(b"452 4.3.1") == 2
    assert answers.endswith(b"250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n")
    assert "BodyChunk" not in server.names()


@pytest.mark.parametrize("stop", [b"RSET\r\n", b"QUIT\r\n", b"EHLO again\r\n", b""])
def test_a_body_that_will_not_be_completed_is_reported_lost(stop: bytes) -> None:
    server = Server()
    server.hear(HELLO, GROUP, b"BDAT 6\r\nhello\n"[:-1] + b"\r", stop)
    assert server.names().count("BodyLost") == 1
    assert server.messages == []


def test_the_peer_hangs_up_in_the_middle_of_data() -> None:
    server = Server()
    server.hear(HELLO, GROUP, b"DATA\r\n", b"half a mess", b"")
    assert server.names()[-2:] == ["BodyLost", "Lost"]


def test_hanging_up_says_why_and_outlives_a_late_answer() -> None:
    server = Server()
    server.hear(HELLO, GROUP, b"DATA\r\n")
    server.machine.receive(b".\r\n")
    assert isinstance(server.machine.next_event(), BodyEnd)
    server.machine.hang_up(say.SHUTTING_DOWN)
    server.machine.answer(say.queued("late"))
    assert server.machine.to_send() == say.SHUTTING_DOWN.wire()
    assert server.machine.closing


def test_a_bigger_message_than_announced_is_refused_at_its_end() -> None:
    server = Server(replace(TERMS, max_message_size=10))
    answers = server.hear(HELLO, GROUP, b"DATA\r\n", *[b"x" * 9] * 9, b"\r\n.\r\n", b"NOOP\r\n")
    assert answers.endswith(b"552 5.3.4 Message size exceeds fixed maximum message size\r\n250 2.0.0 OK\r\n")
    assert server.names().count("BodyLost") == 1
    assert Refused("DATA", say.TOO_BIG) in server.events


def test_a_connector_may_lower_the_limit_at_mail() -> None:
    server = Server()
    server.hear(HELLO, GROUP)
    server.machine.max_message_size = 3
    assert server.hear(b"BDAT 4 LAST\r\nabcd").startswith(b"552")


def test_a_chunk_that_cannot_be_worth_reading_closes() -> None:
    server = Server()
    assert server.hear(HELLO, GROUP, b"BDAT 99999999999999999999 LAST\r\nx").endswith(
        b"552 5.3.4 Message size exceeds fixed maximum message size\r\n"
    )
    assert server.machine.closing
    stray = Server()
    stray.hear(HELLO, b"BDAT 99999999999999999999 LAST\r\nx")
    assert stray.machine.closing


def test_a_refused_mail_makes_the_rest_of_its_group_no_errors() -> None:
    server = Server(refusals={"MailFrom": say.CONNECTOR_BLOCKED})
    answers = server.hear(
        HELLO, b"MAIL FROM:<a@here.example>\r\n" + b"RCPT TO:<b@there.example>\r\n" * 50 + b"DATA\r\n"
    )
    assert answers.count(b"503 5.5.1") == 51
    assert (server.machine.errors, server.machine.closing) == (0, False)


def test_idle_commands_wear_patience_out() -> None:
    server = Server()
    answers = server.hear(HELLO, b"NOOP\r\n" * 200)
    assert answers.endswith(b"421 4.7.0 Too many errors on this connection\r\n")
    assert answers.count(b"250 2.0.0 OK") == 108


def test_a_message_that_was_taken_wipes_the_slate() -> None:
    server = Server()
    for _ in range(5):
        server.hear(HELLO, b"XYZZY\r\n" * 9, GROUP, b"DATA\r\n", b".\r\n")
    assert (len(server.messages), server.machine.closing) == (5, False)


def test_unknown_commands_are_not_named_because_they_may_be_passwords() -> None:
    server = Server()
    server.hear(HELLO, b"c2VjcmV0\r\n")
    assert server.events[-1] == Refused("?", say.UNKNOWN_COMMAND)


def test_plain_bytes_before_the_handshake_are_never_read() -> None:
    server = Server()
    server.hear(HELLO, b"STARTTLS\r\n")
    assert server.machine.expects_tls_bytes
    server.hear(b"MAIL FROM:<evil@here.example>\r\n")
    server.machine.tls_started()
    server.advance()
    assert server.machine.waiting == 0
    assert server.hear(HELLO).startswith(b"250-relay.example Hello")


def test_bytes_that_come_while_starttls_is_being_decided_are_fatal() -> None:
    server = Server()
    server.hear(HELLO)
    machine = server.machine
    machine.receive(b"STARTTLS\r\n")
    assert machine.next_event() is not None
    machine.receive(b"MAIL FROM:<evil@here.example>\r\n")
    machine.answer(say.READY_FOR_TLS)
    assert machine.to_send() == say.NOT_PIPELINED.wire()
    assert machine.closing


def test_starttls_that_is_not_available_now_leaves_the_transaction() -> None:
    server = Server(refusals={"StartTls": say.TLS_UNAVAILABLE})
    assert server.hear(HELLO, GROUP, b"STARTTLS\r\n", b"DATA\r\n").endswith(say.START_INPUT.wire())


def test_a_late_421_from_the_shell_closes() -> None:
    server = Server(refusals={"RcptTo": Reply(421, "7.0", "Enough")})
    server.hear(HELLO, GROUP)
    assert server.machine.closing


def test_postmaster_belongs_to_the_relay() -> None:
    server = Server()
    server.hear(HELLO, b"MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\n")
    assert server.machine.transaction is not None
    assert server.machine.transaction.recipients[0].address == Address("postmaster", "relay.example")


def test_a_refused_data_ends_the_transaction() -> None:
    server = Server(refusals={"BodyStart": say.NO_SPACE})
    assert server.hear(HELLO, GROUP, b"DATA\r\n", GROUP).endswith(
        b"452 4.3.1 Insufficient system storage, try again later\r\n250 2.1.0 Sender OK\r\n250 2.1.5 Recipient OK\r\n"
    )


def test_starttls_in_the_middle_of_a_transaction_drops_it() -> None:
    server = Server()
    server.hear(HELLO, GROUP, b"STARTTLS\r\n")
    assert server.names()[-2:] == ["StartTls", "Reset"]
    assert server.machine.transaction is None


@pytest.mark.parametrize("verb", [b"HELO", b"EHLO"])
def test_names_of_clients_have_a_limit(verb: bytes) -> None:
    server = Server()
    assert server.hear(verb + b" " + b"x" * 256 + b"\r\n").startswith(b"501 5.5.4")
    assert server.hear(verb + b" " + b"x" * 255 + b"\r\n").startswith(b"250")


def test_chunks_of_nothing_wear_patience_out() -> None:
    server = Server()
    answers = server.hear(HELLO, GROUP, b"BDAT 0\r\n" * 200)
    assert answers.endswith(b"421 4.7.0 Too many errors on this connection\r\n")
    assert server.names().count("BodyLost") == 1
