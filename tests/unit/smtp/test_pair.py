"""The two machines against each other: every combination of extensions, whole and in pieces."""

from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.mail import Address, BodyKind, Envelope, Notify, Recipient
from gatepost.mail import reply as say
from gatepost.smtp import Authenticated, AuthenticationRefused, ClosedByServer, Greeted, Sent, TlsRefused

from .shells import Server, envelope, open_pair

KEYWORDS = ("PIPELINING", "CHUNKING", "SIZE", "8BITMIME", "DSN", "SMTPUTF8")
SUBSETS = list(chain.from_iterable(combinations(KEYWORDS, size) for size in range(len(KEYWORDS) + 1)))
TEXT = b"Subject: x\r\n\r\n.dot\r\n..two\r\n.\r\nend\r\n"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("withheld", SUBSETS, ids=lambda words: "no-" + "-".join(words) if words else "all")
def test_a_message_arrives_whatever_is_not_offered(withheld: tuple[str, ...], streamed: bool) -> None:
    pair = open_pair(None, *withheld, body=TEXT)
    (greeted,) = pair.events
    assert isinstance(greeted, Greeted)
    assert not set(withheld) & set(greeted.extensions)
    for _ in range(2):  # and the connection is good for another
        pair.client.send(envelope("b", "c", body=BodyKind.EIGHT_BIT), len(TEXT), None if streamed else TEXT)
        sent = pair.run()[-1]
        assert isinstance(sent, Sent)
        assert sent.stages == ("END", "END")
        assert [reply.code for reply in sent.replies] == [250, 250]
        assert pair.client.reusable
    assert [body for _, body in pair.server.messages] == [TEXT, TEXT]
    taken = pair.server.messages[0][0]
    assert taken.recipients == envelope("b", "c").recipients
    assert taken.body is (BodyKind.SEVEN_BIT if "8BITMIME" in withheld else BodyKind.EIGHT_BIT)
    assert "Reset" not in pair.server.names()


@pytest.mark.parametrize("withheld", [(), ("CHUNKING",)], ids=["BDAT", "DATA"])
def test_a_pipelined_message_takes_one_flight_or_two(withheld: tuple[str, ...]) -> None:
    pair = open_pair(None, *withheld)
    before = len(pair.flights)
    pair.client.send(envelope("b", "c"), len(TEXT), TEXT)
    pair.run()
    assert len(pair.flights) - before == (2 if withheld else 1)


@pytest.mark.parametrize("withheld", [(), ("PIPELINING",), ("CHUNKING",), ("PIPELINING", "CHUNKING")])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_refused_recipient_never_fails_the_others(withheld: tuple[str, ...], streamed: bool) -> None:
    pair = open_pair(Server(refusals={"c": say.RELAY_DENIED}), *withheld, body=TEXT)
    pair.client.send(envelope("b", "c", "d"), len(TEXT), None if streamed else TEXT)
    sent = pair.run()[-1]
    assert isinstance(sent, Sent)
    assert sent.stages == ("END", "RCPT", "END")
    assert [reply.code for reply in sent.replies] == [250, 550, 250]
    assert sent.replies[1].enhanced == "5.7.64"
    assert pair.server.messages[0][1] == TEXT


@pytest.mark.parametrize("withheld", [(), ("PIPELINING",), ("CHUNKING",), ("PIPELINING", "CHUNKING")])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("event", "stage"), [("MailFrom", "MAIL"), ("RcptTo", "RCPT"), ("BodyStart", "DATA"), ("BodyEnd", "END")]
)
def test_a_refusal_at_each_stage_is_told_and_the_connection_goes_on(
    withheld: tuple[str, ...], streamed: bool, event: str, stage: str
) -> None:
    server = Server(refusals={event: say.NO_SPACE})
    pair = open_pair(server, *withheld, body=TEXT)
    pair.client.send(envelope("b", "c"), len(TEXT), None if streamed else TEXT)
    sent = pair.run()[-1]
    assert isinstance(sent, Sent)
    assert [reply.code for reply in sent.replies] == [452, 452]
    # BDAT has no reply of its own before the octets: what refuses its start answers its end.
    by_chunks = stage == "DATA" and not streamed and "CHUNKING" not in withheld
    assert sent.stages == (("END",) * 2 if by_chunks else (stage,) * 2)
    assert server.messages == []
    server.refusals.clear()
    pair.client.send(envelope("b"), len(TEXT), None if streamed else TEXT)
    sent = pair.run()[-1]
    assert isinstance(sent, Sent)
    assert sent.replies[0].code == 250
    assert [body for _, body in server.messages] == [TEXT]


def test_binary_content_goes_by_bdat_only() -> None:
    octets = b"\0\n\r.\r\n" * 3
    for content in (octets, None):
        pair = open_pair(body=octets)
        pair.client.send(envelope(body=BodyKind.BINARY), len(octets), content, use_chunking=False)
        pair.run()
        assert pair.server.messages == [(envelope(body=BodyKind.BINARY), octets)]
    pair = open_pair(None, "CHUNKING")
    assert pair.client.lacks(envelope(body=BodyKind.BINARY)) is say.NEEDS_8BIT
    pair.client.send(envelope(body=BodyKind.BINARY), len(octets), octets)
    assert pair.run() == [Sent((say.NEEDS_8BIT,), ("MAIL",))]
    assert pair.server.messages == []


def test_delivery_status_parameters_are_passed_on_where_they_are_offered() -> None:
    wishes = Envelope(
        sender=None,
        recipients=(
            Recipient(
                address=Address("b", "there.example"),
                notify=(Notify.SUCCESS, Notify.DELAY),
                orcpt="rfc822;b+2Bx@there.example",
            ),
            Recipient(address=Address("tête", "there.example"), notify=(Notify.NEVER,)),
        ),
        body=BodyKind.EIGHT_BIT,
        smtputf8=True,
        ret="HDRS",
        envid="QQ+2B1",
    )
    pair = open_pair()
    pair.client.send(wishes, len(TEXT), TEXT)
    pair.run()
    assert pair.server.messages == [(wishes, TEXT)]
    plain = open_pair(None, "DSN")
    plain.client.send(wishes, len(TEXT), TEXT)
    plain.run()
    assert plain.server.messages[0][0].envid is None
    assert plain.server.messages[0][0].recipients[0].notify == ()


@pytest.mark.parametrize(
    ("withheld", "wanted", "octets", "reply"),
    [
        ("SMTPUTF8", envelope(smtputf8=True), 1, say.NEEDS_SMTPUTF8),
        ("SMTPUTF8", envelope("tête"), 1, say.NEEDS_SMTPUTF8),
        ("SMTPUTF8", envelope("b"), 1, None),
        ("8BITMIME", envelope(body=BodyKind.EIGHT_BIT), 1, None),
        ("BINARYMIME", envelope(body=BodyKind.BINARY), 1, say.NEEDS_8BIT),
        ("DSN", envelope(), 157_286_401, say.TOO_BIG),
        ("SIZE", envelope(), 157_286_401, None),
    ],
)
def test_what_a_server_lacks_is_known_before_trying(
    withheld: str, wanted: Envelope, octets: int, reply: object
) -> None:
    assert open_pair(None, withheld).client.lacks(wanted, octets) is reply


def test_tls_and_authentication() -> None:
    pair = open_pair()
    pair.client.start_tls()
    assert [type(event).__name__ for event in pair.run()] == ["TlsAgreed", "Greeted"]
    assert "STARTTLS" not in pair.client.extensions
    pair.client.authenticate("ann", "wrong")
    assert pair.run() == [AuthenticationRefused(say.AUTH_FAILED)]
    pair.client.authenticate("ann", "secret")
    assert pair.run() == [Authenticated()]
    assert pair.server.machine.protocol == "ESMTPSA"
    assert "secret" not in repr(pair.client)


def test_starttls_may_be_refused() -> None:
    pair = open_pair(Server(refusals={"StartTls": say.TLS_UNAVAILABLE}))
    pair.client.start_tls()
    assert pair.run() == [TlsRefused(say.TLS_UNAVAILABLE)]
    assert pair.client.reusable


def test_quit_waits_for_the_good_bye() -> None:
    pair = open_pair()
    pair.client.quit()
    (closed,) = pair.run()
    assert isinstance(closed, ClosedByServer)
    assert (closed.stage, closed.reply and closed.reply.code) == ("QUIT", 221)


@settings(max_examples=60)
@given(
    piece=st.integers(1, 60),
    withheld=st.sampled_from(SUBSETS),
    text=st.lists(st.sampled_from([b"\r\n", b".", b"x", b"\r\n."]), max_size=15).map(b"".join),
    streamed=st.booleans(),
)
def test_any_text_arrives_through_any_pieces(
    piece: int, withheld: tuple[str, ...], text: bytes, streamed: bool
) -> None:
    pair = open_pair(None, *withheld, piece=piece, body=text)
    pair.client.send(envelope(), len(text), None if streamed else text)
    pair.run()
    ((_, arrived),) = pair.server.messages
    assert arrived.removesuffix(b"\r\n") == text.removesuffix(b"\r\n")
