"""The client's machine against servers that nobody would write on purpose."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.errors import IllegalMove
from gatepost.mail import Address, BodyKind, Envelope, Recipient, Reply
from gatepost.mail import reply as say
from gatepost.smtp import (
    AuthenticationRefused,
    ClientEvent,
    ClientSession,
    ClosedByServer,
    Greeted,
    Sent,
    TlsAgreed,
    WantBody,
)
from gatepost.smtp.answers import Answers, Nonsense

from .shells import envelope

OFFER = b"250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 DSN\r\n"
PLAIN = b"250 mx.example\r\n"


def open_client(offer: bytes = OFFER, *, lmtp: bool = False, tls: bool = False) -> ClientSession:
    client = ClientSession("relay.example", lmtp=lmtp, tls=tls)
    hear(client, b"220 mx.example ESMTP\r\n")
    assert client.to_send() == (b"LHLO" if lmtp else b"EHLO") + b" relay.example\r\n"
    assert isinstance(hear(client, offer)[0], Greeted)
    return client


def hear(client: ClientSession, *pieces: bytes) -> list[ClientEvent]:
    events = []
    for piece in pieces:
        client.receive(piece)
        while (event := client.next_event()) is not None:
            events.append(event)
    return events


def test_a_server_without_ehlo_gets_helo() -> None:
    client = ClientSession("relay.example")
    hear(client, b"220 old\r\n")
    client.to_send()
    assert hear(client, b"502 what?\r\n") == []
    assert client.to_send() == b"HELO relay.example\r\n"
    assert hear(client, b"250 hi\r\n") == [Greeted({})]
    client.send(envelope("b", "c"), 3, b"x\r\n")
    talk = [
        (b"MAIL FROM:<a@here.example>\r\n", b"250 ok\r\n"),
        (b"RCPT TO:<b@there.example>\r\n", b"550 5.1.1 who?\r\n"),
        (b"RCPT TO:<c@there.example>\r\n", b"250 ok\r\n"),
        (b"DATA\r\n", b"354 go\r\n"),
        (b"x\r\n.\r\n", b"250 taken\r\n"),
    ]
    events = []
    for said, answer in talk:
        assert client.to_send() == said
        events = hear(client, answer)
    assert events == [Sent((Reply(550, "1.1", "who?"), Reply(250, None, "taken")), ("RCPT", "END"))]


@pytest.mark.parametrize(
    ("greeting", "stage"),
    [(b"554 no\r\n", "CONNECT"), (b"421 4.3.2 busy\r\n", "CONNECT"), (b"220 hi\r\n450 later\r\n", "EHLO")],
)
def test_a_greeting_that_refuses_closes(greeting: bytes, stage: str) -> None:
    client = ClientSession("relay.example")
    (closed,) = hear(client, greeting)
    assert isinstance(closed, ClosedByServer)
    assert closed.reply is not None
    assert (closed.stage, closed.after_end, client.closed) == (stage, False, True)


def test_all_replies_to_rcpt_are_read_and_a_lone_dot_ends_what_nobody_wants() -> None:
    client = open_client()
    client.send(envelope("b", "c"), 3, b"x\r\n")
    assert client.to_send() == (
        b"MAIL FROM:<a@here.example> SIZE=3\r\nRCPT TO:<b@there.example>\r\nRCPT TO:<c@there.example>\r\nDATA\r\n"
    )
    assert hear(client, b"250 ok\r\n550 no\r\n551 no\r\n354 go\r\n") == []
    assert client.to_send() == b".\r\n"
    events = hear(client, b"250 thanks for nothing\r\n")
    assert events == [Sent((Reply(550, None, "no"), Reply(551, None, "no")), ("RCPT", "RCPT"))]


def test_a_refused_mail_is_what_every_recipient_hears() -> None:
    client = open_client()
    client.send(envelope("b", "c"), 3, b"x\r\n")
    events = hear(client, b"550 5.7.1 not you\r\n503 x\r\n250 strange\r\n354 stranger\r\n", b"250 lost\r\n")
    assert events == [Sent((Reply(550, "7.1", "not you"),) * 2, ("MAIL", "MAIL"))]


def test_a_failed_transaction_is_reset_before_the_next_and_a_completed_one_is_not() -> None:
    client = open_client()
    client.send(envelope(), 3, b"x\r\n")
    client.to_send()
    hear(client, b"250 ok\r\n550 no\r\n503 no\r\n")
    client.send(envelope(), 3, b"x\r\n")
    assert client.to_send().startswith(b"RSET\r\nMAIL FROM")
    hear(client, b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", b"250 taken\r\n")
    client.to_send()
    client.send(envelope(), 3, b"x\r\n")
    assert client.to_send().startswith(b"MAIL FROM")


@pytest.mark.parametrize(
    ("answers", "stage", "after_end"),
    [
        (b"", "MAIL", False),
        (b"250 ok\r\n", "RCPT", False),
        (b"250 ok\r\n250 ok\r\n", "DATA", False),
        (b"250 ok\r\n250 ok\r\n354 go\r\n", "END", True),
        (b"250 ok\r\n250 ok\r\n354 go\r\n25", "END", True),
    ],
)
def test_a_lost_connection_says_whether_the_message_may_have_been_taken(
    answers: bytes, stage: str, after_end: bool
) -> None:
    client = open_client()
    client.send(envelope(), 3, b"x\r\n")
    (closed,) = hear(client, answers, b"") if answers else hear(client, b"")
    assert isinstance(closed, ClosedByServer)
    assert (closed.reply, closed.stage, closed.after_end) == (None, stage, after_end)


def test_a_chunk_sent_at_once_may_have_been_taken_from_the_first_byte() -> None:
    client = open_client(OFFER.replace(b"DSN", b"CHUNKING"))
    client.send(envelope(), 3, b"x\r\n")
    assert client.to_send().endswith(b"RCPT TO:<b@there.example>\r\nBDAT 3 LAST\r\nx\r\n")
    (closed,) = hear(client, b"")
    assert isinstance(closed, ClosedByServer)
    assert (closed.stage, closed.after_end) == ("MAIL", True)


@pytest.mark.parametrize("before", [b"", b"250 ok\r\n", b"250 ok\r\n250 ok\r\n354 go\r\n"])
def test_421_anywhere_closes_with_its_reply(before: bytes) -> None:
    client = open_client()
    client.send(envelope(), 3, b"x\r\n")
    (closed,) = hear(client, before + b"421 4.3.2 shutting down\r\n")
    assert isinstance(closed, ClosedByServer)
    assert (closed.reply, closed.after_end) == (Reply(421, "3.2", "shutting down"), False)
    assert not client.reusable


def test_421_while_idle_closes_too() -> None:
    (closed,) = hear(open_client(), b"421 4.4.2 timeout\r\n")
    assert isinstance(closed, ClosedByServer)
    assert (closed.stage, closed.reply is not None) == ("IDLE", True)


@pytest.mark.parametrize(
    "answers",
    [
        b"250 ok\r\n250 ok\r\n250 taken already?\r\n",
        b"250 ok\r\n250 ok\r\n334 go\r\n",
        b"250 ok\r\n354 go\r\n",
        b"250-ok\r\n251 ok\r\n",
        b"hello\r\n",
        b"\r\n",
        b"25 ok\r\n",
        b"199 ok\r\n",
        b"600 ok\r\n",
        b"250?ok\r\n",
        b"x" * 5000,
        b"250-" + b"x" * 5000 + b"\r\n",
        b"250-x\r\n" * 200,
    ],
)
def test_nonsense_is_a_protocol_error(answers: bytes) -> None:
    client = open_client()
    client.send(envelope(), 3, b"x\r\n")
    client.to_send()
    (closed,) = hear(client, answers)
    assert isinstance(closed, ClosedByServer)
    assert (closed.reply, closed.reason.startswith("protocol error: ")) == (None, True)
    assert (client.to_send(), client.next_event()) == (b"", None)


def test_a_reply_that_nobody_waits_for_is_a_protocol_error() -> None:
    (closed,) = hear(open_client(), b"250 queued as PLANTED\r\n")
    assert isinstance(closed, ClosedByServer)
    assert closed.stage == "IDLE"


def test_bytes_behind_the_answer_to_starttls_are_a_protocol_error() -> None:
    client = open_client()
    client.start_tls()
    (closed,) = hear(client, b"220 go\r\n250-mx.example\r\n250 AUTH PLAIN\r\n")
    assert isinstance(closed, ClosedByServer)
    assert closed.stage == "STARTTLS"
    late = open_client()
    late.start_tls()
    assert hear(late, b"220 go\r\n") == [TlsAgreed()]
    assert isinstance(hear(late, b"250 planted\r\n")[0], ClosedByServer)


def test_offers_before_tls_are_forgotten() -> None:
    client = open_client()
    client.start_tls()
    client.to_send()
    hear(client, b"220 go\r\n")
    assert not client.reusable
    client.tls_started()
    assert client.to_send() == b"EHLO relay.example\r\n"
    assert hear(client, PLAIN) == [Greeted({})]


def test_passwords_stay_inside_tls() -> None:
    with pytest.raises(IllegalMove):
        open_client(OFFER.replace(b"DSN", b"AUTH PLAIN")).authenticate("ann", "secret")


def test_auth_login_and_a_server_that_asks_too_often() -> None:
    client = open_client(OFFER.replace(b"DSN", b"AUTH=LOGIN"), tls=True)
    client.authenticate("ann", "secret")
    said = []
    for answer in (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n", b"334 more?\r\n"):
        said.append(client.to_send())
        hear(client, answer)
    assert [*said, client.to_send()] == [b"AUTH LOGIN\r\n", b"YW5u\r\n", b"c2VjcmV0\r\n", b"*\r\n"]
    assert hear(client, b"501 cancelled\r\n") == [AuthenticationRefused(Reply(501, None, "cancelled"), "more?")]


@pytest.mark.parametrize("length", [10, 2000])
def test_a_token_that_is_refused_comes_back_with_the_reasons(length: int) -> None:
    client = open_client(OFFER.replace(b"DSN", b"AUTH LOGIN XOAUTH2"), tls=True)
    client.authenticate("ann", "t" * length, mechanism="xoauth2")
    begun = client.to_send()
    if length > 400:
        assert begun == b"AUTH XOAUTH2\r\n" and hear(client, b"334 \r\n") == []
        begun = b"AUTH XOAUTH2 " + client.to_send()
    assert base64.b64decode(begun.split()[2]) == b"user=ann\1auth=Bearer " + b"t" * length + b"\1\1"
    assert hear(client, b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n") == []
    assert client.to_send() == b"\r\n"
    refused = AuthenticationRefused(Reply(535, "7.8", "no"), "eyJzdGF0dXMiOiI0MDEifQ==")
    assert hear(client, b"535 5.7.8 no\r\n") == [refused]


def test_no_common_mechanism_is_a_refusal_of_our_own() -> None:
    client = open_client(OFFER.replace(b"DSN", b"AUTH XOAUTH2"), tls=True)
    client.authenticate("ann", "secret")
    assert isinstance(client.next_event(), AuthenticationRefused)
    assert client.to_send() == b""


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n\r", b"a\0b\r\n", b"\r\n.\n"])
def test_only_crlf_is_ever_sent(content: bytes) -> None:
    for offer in (OFFER, OFFER.replace(b"DSN", b"CHUNKING")):
        client = open_client(offer)
        client.send(envelope(), len(content), content)
        assert client.next_event() == Sent((say.UNSENDABLE,), ("MAIL",))
        assert client.to_send() == b""
        assert client.reusable


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n\r", b"a\0b\r\n"])
def test_a_streamed_message_that_turns_out_unsendable_is_never_ended(content: bytes) -> None:
    client = open_client()
    client.send(envelope(), len(content), None)
    assert hear(client, b"250 ok\r\n250 ok\r\n354 go\r\n") == [WantBody()]
    client.to_send()
    for at in range(len(content)):
        client.body(content[at : at + 1])
    client.end_body()
    closed = client.next_event()
    assert isinstance(closed, ClosedByServer)
    assert (closed.reply, closed.after_end) == (say.UNSENDABLE, False)
    assert client.to_send() == b""


def test_an_address_with_a_line_break_is_never_written() -> None:
    evil = Envelope(sender=None, recipients=(Recipient(address=Address("b>\r\nRSET", "there.example")),))
    client = open_client()
    client.send(evil, 1, b"x")
    assert client.next_event() == Sent((say.UNSENDABLE_ADDRESS,), ("MAIL",))
    assert client.to_send() == b""


def test_dots_are_doubled_and_the_last_line_is_ended() -> None:
    client = open_client()
    client.send(envelope(), 3, b".a\r\n..b\r\nc.")
    client.to_send()
    hear(client, b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert client.to_send() == b"..a\r\n...b\r\nc.\r\n.\r\n"


def test_a_server_that_has_had_enough_may_say_so_early() -> None:
    client = open_client()
    client.send(envelope(), 10, None)
    hear(client, b"250 ok\r\n250 ok\r\n354 go\r\n")
    client.body(b"hello\r\n")
    (closed,) = hear(client, b"552 5.3.4 too big\r\n")
    assert isinstance(closed, ClosedByServer)
    assert (closed.reply, closed.stage, closed.after_end) == (Reply(552, "3.4", "too big"), "END", False)
    client.body(b"more")
    client.end_body()
    assert client.to_send() == b""


def test_one_thing_at_a_time() -> None:
    client = open_client()
    client.send(envelope(), 3, b"x\r\n")
    for act in (client.start_tls, client.reset, lambda: client.send(envelope(), 3, b"x\r\n")):
        with pytest.raises(IllegalMove):
            act()


def test_a_failed_chunk_ends_the_message_for_all() -> None:
    offer = OFFER.replace(b"DSN\r\n", b"CHUNKING\r\n").replace(b"250-SIZE 1000", b"250-BINARYMIME")
    client = open_client(offer)
    client.send(envelope("b", "c", body=BodyKind.BINARY), 6, None)
    assert hear(client, b"250 ok\r\n250 ok\r\n550 no\r\n") == [WantBody()]
    client.body(b"abc")
    client.body(b"def")
    (sent,) = hear(client, b"452 4.3.1 full\r\n")
    assert sent == Sent((Reply(452, "3.1", "full"), Reply(550, None, "no")), ("DATA", "RCPT"))
    client.body(b"ghi")
    client.end_body()
    assert not client.reusable  # the second chunk is not answered yet
    assert hear(client, b"503 what?\r\n") == []
    assert client.reusable


@pytest.mark.parametrize(
    ("wire", "reply"),
    [
        (b"250 2.1.5 Recipient OK\r\n", Reply(250, "1.5", "Recipient OK")),
        (b"250 OK\r\n", Reply(250, None, "OK")),
        (b"250\r\n", Reply(250, None, "")),
        (b"250 \r\n", Reply(250, None, "")),
        (b"250 OK\n", Reply(250, None, "OK")),
        (b"550 2.1.1 two stories\r\n", Reply(550, None, "2.1.1 two stories")),
        (b"550-5.7.1 a\r\n550 5.7.1 b\r\n", Reply(550, "7.1", "a\nb")),
        (b"550 5.1.1\r\n", Reply(550, "1.1", "")),
        (b"550 5.1.1 \x1b[31mred\x00\xff\r\n", Reply(550, "1.1", "[31mred �")),
    ],
)
def test_replies_are_read(wire: bytes, reply: Reply) -> None:
    for step in (1, 100):
        answers = Answers()
        for at in range(0, len(wire) - 1, step):
            answers.add(wire[at : min(at + step, len(wire) - 1)])
            assert answers.take() is None
        answers.add(wire[-1:])
        assert answers.take() == reply
        assert not answers.pending


def test_what_is_kept_of_a_reply_is_bounded_and_printable() -> None:
    answers = Answers()
    answers.add((b"550-" + b"\x07\xfe" * 2000 + b"\r\n") * 99 + b"550 end\r\n")
    reply = answers.take()
    assert reply is not None
    assert len(reply.text) <= 8192
    assert all(line.isprintable() for line in reply.text.split("\n"))


PIECES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"220 hi\r\n", OFFER, PLAIN, b"250 ok\r\n", b"354 go\r\n", b"550 no\r\n", b"421 bye\r\n",
         b"334 x\r\n", b"250-", b"\r\n", b"250-AUTH PLAIN\r\n250-CHUNKING\r\n250 SIZE x\r\n", b""]
    ),
)  # fmt: skip


@given(
    pieces=st.lists(PIECES, max_size=14),
    acts=st.lists(st.sampled_from(["send", "stream", "tls", "auth", "reset", "quit"]), max_size=5),
    lmtp=st.booleans(),
)
def test_no_server_makes_the_client_raise(pieces: list[bytes], acts: list[str], lmtp: bool) -> None:
    client = ClientSession("relay.example", lmtp=lmtp, tls=True)
    for piece in [b"220 hi\r\n", OFFER, *pieces, b""]:
        for event in hear(client, piece):
            if isinstance(event, WantBody):
                client.body(b"x\r\n")
                client.end_body()
            elif isinstance(event, TlsAgreed):
                client.tls_started()
        if client.reusable and acts:
            match acts.pop():
                case "send":
                    client.send(envelope("b", "c"), 3, b"x\r\n")
                case "stream":
                    client.send(envelope("b", "c"), 3, None)
                case "tls":
                    client.start_tls()
                case "auth":
                    client.authenticate("ann", "secret")
                case "reset":
                    client.reset()
                case _:
                    client.quit()
        client.to_send()
    assert client.closed
    assert client.next_event() is None


@given(st.binary(max_size=200))
def test_reading_replies_raises_nothing_but_nonsense(octets: bytes) -> None:
    answers = Answers()
    answers.add(octets)
    try:
        while answers.take() is not None:
            pass
    except Nonsense:
        pass
