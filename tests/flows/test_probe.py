"""The test sender against real servers on loopback: what it sends, and what it tells."""

import asyncio

import pytest
from probed import SERVER, TRUSTED, Host, asking, serving
from probing import CLIENT, MESSAGE, B, C, against, against_sink, played, request, texts
from sink import DEFAULT_OFFER, Sink

from gatepost.mail import Reply, parse_mailbox
from gatepost.mail import reply as say
from gatepost.tls import server_context
from gatepost.tools import ProbeResult, Said, Side, TlsMode, Witness, probe

pytestmark = pytest.mark.flow


def test_a_plain_message_arrives_as_it_is_and_is_told_by_its_size() -> None:
    host = Host()
    result = played(host)
    assert result.accepted and result.trouble is None
    assert host.messages == [MESSAGE] and host.hellos == ["printer.contoso.com"]
    said = texts(result, Side.CLIENT)
    assert said[0] == "EHLO printer.contoso.com" and said[-1] == "QUIT"
    assert any("the message" in line for line in said)
    assert not any("hello" in line for line in said)
    assert texts(result, Side.SERVER)[0].startswith("220 relay.contoso.com")
    assert result.tls_version is None and result.server_chain == ()


@pytest.mark.parametrize("tls", [TlsMode.STARTTLS, TlsMode.IMPLICIT])
def test_over_tls_both_chains_are_told(tls: TlsMode) -> None:
    host = Host(context=asking(), implicit=tls is TlsMode.IMPLICIT)
    result = played(host, tls=tls, certificate=CLIENT, trusted=TRUSTED)
    assert result.accepted
    assert result.tls_version == "TLSv1.3" and result.cipher
    assert result.server_chain[0].names == ("relay.contoso.com",)
    assert result.server_problem is None  # the address is on the certificate
    assert result.certificate_asked and result.presented[0].names == ("printer.contoso.com",)
    assert host.chains == [list(CLIENT.presented)]
    assert any("TLS established: TLSv1.3" in line for line in texts(result, Side.NOTE))


def test_an_untrusted_server_is_used_and_its_flaw_is_said() -> None:
    result = played(Host(context=asking()), tls=TlsMode.STARTTLS)
    assert result.accepted
    assert result.server_problem is not None and "No trusted CA vouches" in result.server_problem


def test_a_server_that_does_not_ask_is_told_from_one_that_does() -> None:
    quiet = server_context(SERVER, request_client_certificate=False)
    assert not played(Host(context=quiet), tls=TlsMode.STARTTLS, certificate=CLIENT).certificate_asked
    assert played(Host(context=asking()), tls=TlsMode.STARTTLS).certificate_asked


def test_each_recipient_has_its_own_answer_with_advice() -> None:
    def decide(recipient: str) -> Reply:
        return say.RECIPIENT_OK if recipient.startswith("b@") else say.RELAY_DENIED

    host = Host(rcpt=decide)
    result = played(host, recipients=(B, C))
    assert not result.accepted
    good, bad = result.answers
    assert good.accepted and good.reply.code == 250 and good.stage == "END"
    assert not bad.accepted and bad.reply.enhanced == "5.7.64" and bad.stage == "RCPT"
    assert bad.advice is not None and "no connector" in bad.advice.means
    assert host.messages == [MESSAGE]


def test_the_source_address_is_used() -> None:
    host = Host()
    assert played(host, source="127.0.0.9").accepted
    assert host.peers == ["127.0.0.9"]


def test_what_a_strange_server_says_cannot_reach_the_terminal_raw() -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 \x1b[2J\x07 go \xe2\x80\xae away\r\n")
        writer.close()

    result = against(speak)
    shown = "".join(said.text for said in result.transcript)
    assert "554" in shown and shown.isprintable()


UTF8 = (*DEFAULT_OFFER, "SMTPUTF8")


@pytest.mark.parametrize(
    ("offer", "message", "asked"),
    [
        (UTF8, "Subject: Grüße\r\n\r\nx\r\n".encode(), True),
        (UTF8, "Subject: x\r\n\r\nGrüße\r\n".encode(), False),
        (UTF8, "Subject: Grüße\r\n\r\nx\r\n".encode("latin-1"), False),
        (DEFAULT_OFFER, "Subject: Grüße\r\n\r\nx\r\n".encode(), False),
    ],
)
def test_a_header_in_utf_8_asks_for_smtputf8_where_it_is_offered(
    offer: tuple[str, ...], message: bytes, asked: bool
) -> None:
    sink = Sink(offer=offer)
    assert against_sink(sink, message=message).accepted
    assert sink.deliveries[0].mail.endswith("SMTPUTF8") == asked and sink.deliveries[0].content == message


def test_an_address_that_needs_smtputf8_goes_only_where_it_is_offered() -> None:
    recipients = (parse_mailbox("用户@contoso.com"),)
    assert against_sink(Sink(offer=UTF8), recipients=recipients).accepted
    result = against_sink(Sink(), recipients=recipients)
    assert result.trouble is not None and "internationalized addresses" in result.trouble.means


def test_without_recipients_the_server_is_only_greeted() -> None:
    host = Host(context=asking())
    result = played(host, tls=TlsMode.STARTTLS, recipients=(), message=b"")
    assert result.trouble is None and result.answers == () and result.tls_version == "TLSv1.3"
    assert texts(result, Side.CLIENT) == ["EHLO printer.contoso.com", "STARTTLS", "EHLO printer.contoso.com", "QUIT"]


def test_a_name_that_was_looked_up_already_is_connected_to_by_its_address() -> None:
    host = Host(context=asking())
    names = {"host": "relay.contoso.com", "address": "127.0.0.1"}
    result = played(host, tls=TlsMode.STARTTLS, trusted=TRUSTED, **names)
    assert result.accepted and result.server_problem is None


def test_each_line_is_told_as_it_is_said() -> None:
    told: list[Said] = []
    so_far: list[int] = []

    def decide(_: str) -> Reply:
        so_far.append(len(told))
        return say.RECIPIENT_OK

    async def play() -> ProbeResult:
        host = Host(rcpt=decide)
        async with serving(host):
            return await probe(request(host), witness=Witness(heard=told.append))

    result = asyncio.run(play())
    assert tuple(told) == result.transcript
    assert 0 < so_far[0] < len(told)


def test_the_time_to_the_final_answer_is_told() -> None:
    result = played(Host())
    assert result.seconds is not None and 0 < result.seconds < 10
    assert played(Host(greeting=say.TOO_MANY_CONNECTIONS)).seconds is None
