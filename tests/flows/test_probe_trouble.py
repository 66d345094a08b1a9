"""The test sender where things go wrong: each trouble has words of its own."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest
import trustme
from probed import CA, SERVER, TRUSTED, Host, asking, issued
from probing import CLIENT, against, against_sink, played, request, texts
from sink import Sink

from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.tls import server_context
from gatepost.tools import ProbeResult, Side, TlsMode, probe

pytestmark = pytest.mark.flow


@pytest.mark.parametrize(
    ("host", "stage", "means"),
    [
        (Host(mail=Reply(451, "7.3", "STARTTLS is required to send mail")), "MAIL", "over TLS only"),
        (Host(mail=say.CONNECTOR_BLOCKED), "MAIL", "blocked because"),
        (Host(rcpt=lambda _: say.DIRECT_SEND_DENIED), "RCPT", "RejectDirectSend"),
        (Host(end=say.TOO_BIG), "END", "larger than"),
        (Host(end=say.RATE_LIMITED), "END", "slows down"),
    ],
)
def test_refusals_are_explained_at_the_stage_they_were_given(host: Host, stage: str, means: str) -> None:
    (answer,) = played(host).answers
    assert answer.stage == stage and not answer.accepted
    assert answer.advice is not None and means in answer.advice.means


def test_a_refusing_banner_is_told_with_its_reply() -> None:
    result = played(Host(greeting=say.TOO_MANY_CONNECTIONS))
    assert not result.accepted and result.answers == ()
    assert result.trouble_reply is not None and result.trouble_reply.code == 421
    assert result.trouble is not None and "has had enough" in result.trouble.means


def test_a_server_without_starttls_gets_no_message() -> None:
    host = Host()
    result = played(host, tls=TlsMode.STARTTLS, certificate=CLIENT)
    assert host.messages == []
    assert result.trouble is not None and "does not offer STARTTLS" in result.trouble.means
    assert texts(result, Side.CLIENT)[-1] == "QUIT"


def test_implicit_tls_on_a_plain_port_is_explained() -> None:
    result = played(Host(), tls=TlsMode.IMPLICIT)
    assert result.trouble is not None
    assert "does not speak TLS" in result.trouble.means and "--tls starttls" in result.trouble.next_step


def test_nobody_listening_is_explained() -> None:
    with socket.socket() as idle:
        idle.bind(("127.0.0.1", 0))
        result = asyncio.run(probe(request(Host(port=idle.getsockname()[1]))))
    assert result.trouble is not None and "nothing listens there" in result.trouble.means


def test_a_source_address_that_is_not_ours_is_explained() -> None:
    result = played(Host(), source="192.0.2.77")
    assert result.trouble is not None and "not one of this machine's" in result.trouble.means


@pytest.mark.parametrize("source", ["eth0", "localhost", "10.0.0.0/8", "x\x1b[31m\r\n", "192.0.2.1\0"])
def test_a_source_that_is_no_address_is_not_taken_for_a_servers_name(source: str) -> None:
    result = played(Host(), source=source)
    assert result.trouble is not None and "is not an IP address." in result.trouble.means
    assert result.trouble.means.isprintable() and not result.transcript


def test_a_silent_server_is_given_up() -> None:
    async def play() -> ProbeResult:
        server = await asyncio.start_server(lambda _, writer: None, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await probe(request(Host(port=port), timeout=0.2))

    result = asyncio.run(play())
    assert result.trouble is not None and "did not answer within 0.2 seconds" in result.trouble.means


def test_forged_replies_behind_starttls_are_not_believed() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 forged\r\n")
        await reader.read()
        writer.close()

    result = against(speak, tls=TlsMode.STARTTLS)
    assert not result.accepted and result.trouble is not None and result.tls_version is None


def test_a_connection_cut_after_the_message_warns_of_a_duplicate() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        for answer in (b"250 x\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")
        writer.close()

    result = against(speak)
    assert result.trouble is not None and "may have been accepted" in result.trouble.next_step


def test_a_message_that_nobody_may_be_sent_is_refused_at_once() -> None:
    (answer,) = played(Host(), message=b"Subject: x\r\n\r\na\0b\r\n").answers
    assert answer.stage == "MAIL" and answer.reply == say.UNSENDABLE
    assert answer.advice is not None and "The message holds a NUL octet" in answer.advice.means


STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "end")


@pytest.mark.parametrize("stage", STAGES)
def test_a_server_that_hangs_is_given_up_at_whatever_step(stage: str) -> None:
    result = against_sink(Sink(hang=stage, offer=()), timeout=0.2)
    assert not result.accepted and result.trouble is not None
    assert "did not answer within 0.2 seconds" in result.trouble.means


@pytest.mark.parametrize("stage", STAGES)
def test_a_server_that_hangs_up_is_explained_at_whatever_step(stage: str) -> None:
    result = against_sink(Sink(drop=stage, offer=()))
    assert not result.accepted and result.trouble is not None and result.trouble.next_step
    assert ("may have been accepted" in result.trouble.next_step) == (stage == "end")


def test_a_server_that_never_begins_its_handshake_is_given_up() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        await reader.readline()
        writer.write(b"250-x\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n")
        await reader.read()

    result = against(speak, tls=TlsMode.STARTTLS, timeout=0.2)
    assert result.trouble is not None and "did not answer within" in result.trouble.means


def test_a_refused_client_is_told_how_the_server_saw_it() -> None:
    result = played(Host(rcpt=lambda _: say.RELAY_DENIED), sender=None)
    advice = result.answers[0].advice
    assert result.seen_as == "127.0.0.1" and advice is not None
    assert advice.facts[0] == "The server saw this client as 127.0.0.1." and "null" in advice.facts[1]


def test_a_server_that_never_asked_for_the_certificate_is_a_fact_in_the_advice() -> None:
    quiet = server_context(SERVER, request_client_certificate=False)
    host = Host(context=quiet, rcpt=lambda _: say.RELAY_DENIED)
    result = played(host, tls=TlsMode.STARTTLS, certificate=CLIENT)
    advice = result.answers[0].advice
    assert advice is not None and any("did not ask for one" in fact for fact in advice.facts)


def test_a_name_that_cannot_be_one_is_refused_in_words() -> None:
    result = asyncio.run(probe(request(Host(port=25), host="a..b")))
    assert result.trouble is not None and "is not a host's name" in result.trouble.means


# --- TLS that fails --------------------------------------------------------------------------------------------------


def over_stdlib(change: Callable[[ssl.SSLContext], None], *, alerts: bool = True, **more: Any) -> ProbeResult:
    """Against a server on implicit TLS whose context is changed.

    With `alerts` it says why a handshake fails, as OpenSSL's programs do; else it just hangs up, as asyncio's do.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("relay.contoso.com").configure_cert(context)
    change(context)

    def shake_hands(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as inside:
            inside.recv(1)

    async def play() -> ProbeResult:
        if not alerts:
            server = await asyncio.start_server(lambda _, writer: None, "127.0.0.1", 0, ssl=context)
            async with server:
                port = server.sockets[0].getsockname()[1]
                return await probe(request(Host(port=port), tls=TlsMode.IMPLICIT, timeout=5.0, **more))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = asyncio.create_task(asyncio.to_thread(shake_hands, listener))
            port = listener.getsockname()[1]
            result = await probe(request(Host(port=port), tls=TlsMode.IMPLICIT, timeout=5.0, **more))
            await thread
            return result

    return asyncio.run(play())


def demanding(ca: trustme.CA, version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    def change(context: ssl.SSLContext) -> None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.maximum_version = version
        ca.configure_trust(context)

    return change


VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_demands_a_certificate_is_told_from_others(version: ssl.TLSVersion) -> None:
    result = over_stdlib(demanding(CA, version))
    assert result.trouble is not None and "--pfx or with --cert and --key" in result.trouble.next_step


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_does_not_know_our_ca_says_so(version: ssl.TLSVersion) -> None:
    result = over_stdlib(demanding(trustme.CA(), version), certificate=CLIENT)
    assert result.trouble is not None and "does not know the CA" in result.trouble.means
    assert "whole chain" in result.trouble.next_step


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_hangs_up_over_the_certificate_without_a_word_is_seen_through(version: ssl.TLSVersion) -> None:
    without = over_stdlib(demanding(CA, version), alerts=False)
    assert without.trouble is not None and "asked for a client certificate, got none" in without.trouble.means
    stranger = over_stdlib(demanding(trustme.CA(), version), alerts=False, certificate=CLIENT)
    assert stranger.trouble is not None and "when it had seen our certificate" in stranger.trouble.means


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_a_server_with_old_versions_only_is_told_so() -> None:
    def change(context: ssl.SSLContext) -> None:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

    result = over_stdlib(change)
    assert result.trouble is not None and "TLS 1.2 is the least" in result.trouble.next_step


def test_a_server_with_another_name_is_used_and_told_with_the_way_out() -> None:
    host = Host(context=asking(issued("other.contoso.com")))
    result = played(host, tls=TlsMode.STARTTLS, trusted=TRUSTED)
    assert result.accepted and result.server_problem is not None and result.server_advice is not None
    assert "does not bear the address 127.0.0.1" in result.server_problem
    assert "names, not addresses" in result.server_advice.next_step


def test_where_the_certificate_must_be_good_its_flaw_ends_the_session() -> None:
    host = Host(context=asking())
    result = played(host, tls=TlsMode.STARTTLS, verify=True)
    assert host.messages == [] and result.trouble is not None
    assert "No trusted CA vouches" in result.trouble.means and "--ca FILE" in result.trouble.next_step
