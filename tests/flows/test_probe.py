"""The test sender against real servers on loopback: what it sends, and what it tells."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import orjson
import pytest
import trustme
import typer
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)
from probed import Host, serving
from typer.testing import CliRunner

from gatepost.cli.send import register
from gatepost.mail import Reply, parse_mailbox
from gatepost.mail import reply as say
from gatepost.tls import Credentials, read_certificates, read_pem, server_context
from gatepost.tools import ProbeRequest, ProbeResult, Side, TlsMode, probe

pytestmark = pytest.mark.flow

CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
TRUSTED = tuple(read_certificates(CA.cert_pem.bytes(), source="CA"))


def issued(*names: str) -> Credentials:
    leaf = CA.issue_cert(*names, key_type=trustme.KeyType.ECDSA)
    text = b"".join(part.bytes() for part in leaf.cert_chain_pems)
    return read_pem(text, leaf.private_key_pem.bytes(), source="test")


SERVER = issued("relay.contoso.com", "127.0.0.1")
CLIENT = issued("printer.contoso.com")
A, B, C = (parse_mailbox(f"{name}@contoso.com") for name in "abc")
MESSAGE = b"Subject: test\r\n\r\n.hello\r\n"


def request(host: Host, **more: Any) -> ProbeRequest:
    wanted: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": host.port,
        "sender": A,
        "recipients": (B,),
        "message": MESSAGE,
        "hello": "printer.contoso.com",
        "timeout": 10.0,
    }
    return ProbeRequest(**{**wanted, **more})


def played(host: Host, **more: Any) -> ProbeResult:
    async def play() -> ProbeResult:
        async with serving(host):
            return await probe(request(host, **more))

    return asyncio.run(play())


def asking(credentials: Credentials = SERVER) -> Any:
    return server_context(credentials, request_client_certificate=True)


def texts(result: ProbeResult, side: Side) -> list[str]:
    return [said.text for said in result.transcript if said.side is side]


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
    assert result.trouble is not None and "or is busy" in result.trouble.means


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


def test_the_source_address_is_used() -> None:
    host = Host()
    assert played(host, source="127.0.0.9").accepted
    assert host.peers == ["127.0.0.9"]


def test_a_silent_server_is_given_up() -> None:
    async def play() -> ProbeResult:
        server = await asyncio.start_server(lambda _, writer: None, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await probe(request(Host(port=port), timeout=0.2))

    result = asyncio.run(play())
    assert result.trouble is not None and "did not answer within 0.2 seconds" in result.trouble.means


Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def against(speak: Speak, **more: Any) -> ProbeResult:
    async def play() -> ProbeResult:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await probe(request(Host(port=port), **more))

    return asyncio.run(play())


def test_what_a_strange_server_says_cannot_reach_the_terminal_raw() -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 \x1b[2J\x07 go \xe2\x80\xae away\r\n")
        writer.close()

    result = against(speak)
    shown = "".join(said.text for said in result.transcript)
    assert "554" in shown and shown.isprintable()


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


def test_the_password_is_sent_and_never_shown() -> None:
    host = Host(context=asking(), auth=True)
    result = played(host, tls=TlsMode.STARTTLS, user="printer", password="right")
    assert result.accepted and host.passwords == ["right"]
    assert any("****" in line for line in texts(result, Side.CLIENT))
    assert "cmlnaHQ" not in str(result) and "right" not in str(result)
    wrong = played(Host(context=asking(), auth=True), tls=TlsMode.STARTTLS, user="printer", password="wrong")
    assert wrong.trouble_reply is not None and wrong.trouble_reply.code == 535


def test_no_password_is_sent_in_clear() -> None:
    result = played(Host(auth=True), user="printer", password="right")
    assert result.trouble is not None and "offers no sign-in" in result.trouble.means


# --- the command -------------------------------------------------------------------------------------------


def command(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer(rich_markup_mode=None)
    register(app)
    told = CliRunner().invoke(app, list(arguments))
    return told.exit_code, told.stdout, told.stderr


def commanded(host: Host, *more: str) -> tuple[int, str, str]:
    """Run the command in a thread, as it has a loop of its own."""

    async def play() -> tuple[int, str, str]:
        async with serving(host):
            server = f"127.0.0.1:{host.port}"
            arguments = ("--server", server, "--from", "a@contoso.com", "--to", "b@contoso.com", *more)
            return await asyncio.to_thread(command, *arguments)

    return asyncio.run(play())


@pytest.fixture
def pfx(tmp_path: Path) -> tuple[str, str]:
    leaf = CA.issue_cert("printer.contoso.com", key_type=trustme.KeyType.RSA)
    (certificate,) = read_certificates(leaf.cert_chain_pems[0].bytes(), source="leaf")
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    content = pkcs12.serialize_key_and_certificates(
        b"printer",
        key,  # type: ignore[arg-type]
        certificate,
        TRUSTED,
        BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "printer.pfx").write_bytes(content)
    (tmp_path / "password").write_text("secret\n")
    return str(tmp_path / "printer.pfx"), str(tmp_path / "password")


def test_the_command_sends_with_a_pfx_and_reports_in_json(pfx: tuple[str, str], tmp_path: Path) -> None:
    host = Host(context=asking())
    (tmp_path / "ca.pem").write_bytes(CA.cert_pem.bytes())
    flags = ("--pfx", pfx[0], "--pfx-password-file", pfx[1], "--ca", str(tmp_path / "ca.pem"), "--json")
    status, out, _ = commanded(host, *flags, "--subject", "Grüße", "--body", "Line one\n.\nLine two")
    told = orjson.loads(out)
    assert status == 0 and told["accepted"] is True
    assert told["tls_version"] == "TLSv1.3" and told["cipher"]
    assert told["recipients"][0]["reply"].startswith("250 2.6.0")
    assert told["presented_chain"][0]["names"] == ["printer.contoso.com"]
    assert told["server_chain"][0]["names"] == ["relay.contoso.com"] and told["server_problem"] is None
    assert len(told["presented_chain"]) == 2 and "secret" not in out
    assert {"at", "side", "text"} == set(told["transcript"][0])
    (message,) = host.messages
    assert b"\r\nMessage-ID: <" in message and b"\r\nDate: " in message and b"\n.\r\n" in message


def test_the_command_shows_people_the_conversation_and_the_next_step() -> None:
    status, out, _ = commanded(Host(rcpt=lambda _: say.RELAY_DENIED))
    assert status == 1
    assert "> EHLO" in out and "< 550 5.7.64" in out and "Next:" in out
    status, out, _ = commanded(Host())
    assert status == 0 and "The recipient was accepted" in out


def test_the_command_sends_a_file_as_it_is(tmp_path: Path) -> None:
    host = Host()
    (tmp_path / "a.eml").write_bytes(b"Subject: from a file\n\nbody\n")
    status, _, _ = commanded(host, "--eml", str(tmp_path / "a.eml"))
    assert status == 0 and host.messages == [b"Subject: from a file\r\n\r\nbody\r\n"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--server", "x:0"), "not HOST:PORT"),
        (("--server", "x:99999999999"), "not HOST:PORT"),
        (("--from", "nonsense"), "not an address"),
        (("--to", "a@b>\r\nRCPT"), "not an address"),
        (("--pfx", "/nonexistent.pfx", "--tls", "starttls"), "cannot be read"),
        (("--pfx", "a", "--cert", "b"), "not both"),
        (("--key", "b"), "--key needs --cert"),
        (("--pfx-password-file", "b"), "needs --pfx"),
        (("--subject", "a\r\nBcc: x@y.test"), "cannot be composed"),
        (("--eml", "/nonexistent.eml"), "cannot be read"),
        (("--ca", "/nonexistent.pem"), "cannot be read"),
    ],
)
def test_wrong_flags_are_told_in_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    flags = {"--server": "127.0.0.1:1", "--from": "a@contoso.com", "--to": "b@contoso.com"}
    flags.update(zip(arguments[::2], arguments[1::2], strict=True))
    status, _, errors = command(*(part for pair in flags.items() for part in pair))
    assert status in (1, 2) and sentence in errors.replace("\n", " ")


@pytest.mark.parametrize("server", ["127.0.0.1", "::1", "[::1]", "localhost:25", "[::1]:2525"])
def test_forms_of_the_server_are_understood(server: str) -> None:
    from gatepost.cli.send import _server

    host, port = _server(server)
    assert host in ("127.0.0.1", "::1", "localhost") and port in (25, 2525)
