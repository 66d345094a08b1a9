"""The test sender signs in: passwords and tokens, told to whom they are for and shown to nobody."""

import asyncio
import base64
import ssl
from typing import Any

import pytest
from probed import CA, Host, asking
from probing import played, request, texts

from gatepost.tools import ProbeResult, Side, TlsMode, probe

pytestmark = pytest.mark.flow


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


def over_tls(
    *answers: bytes, offer: bytes = b"AUTH PLAIN LOGIN XOAUTH2", **more: Any
) -> tuple[ProbeResult, list[bytes]]:
    """Against a server on implicit TLS that answers AUTH, and each line after it, as it is told here."""
    heard: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script = [b"220 x", b"250-x\r\n250 " + offer, *answers]
        for number, answer in enumerate(script):
            if number:
                heard.append((await reader.readline()).rstrip())
            writer.write(answer + b"\r\n")
        writer.write(b"221 bye\r\n" if await reader.readline() == b"QUIT\r\n" else b"500 x\r\n")
        writer.close()

    async def play() -> ProbeResult:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert("relay.contoso.com", "127.0.0.1").configure_cert(context)
        server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=context)
        async with server:
            host = Host(port=server.sockets[0].getsockname()[1])
            return await probe(request(host, tls=TlsMode.IMPLICIT, user="printer", **more))

    return asyncio.run(play()), heard[1:]


TOKEN = "ey" * 400


XOAUTH2: dict[str, Any] = {"mechanism": "XOAUTH2", "password": TOKEN}


def test_a_token_signs_in_and_is_never_shown() -> None:
    result, heard = over_tls(b"334 ", b"235 2.7.0 ok", b"250 ok", b"550 5.7.60 not this sender", **XOAUTH2)
    bearer = f"user=printer\1auth=Bearer {TOKEN}\1\1".encode()
    assert heard[:2] == [b"AUTH XOAUTH2", base64.b64encode(bearer)]
    assert TOKEN not in str(result) and "ZXll" not in str(result)
    assert result.answers[0].stage in ("MAIL", "RCPT")


def test_a_token_that_is_refused_is_explained_by_the_server_s_own_reasons() -> None:
    reasons = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}')
    result, heard = over_tls(b"334 ", b"334 " + reasons, b"535 5.7.8 not accepted", **XOAUTH2)
    assert heard[2] == b""  # what a challenge with reasons is answered with
    assert result.trouble is not None and "expired, was revoked" in result.trouble.means
    assert "scope https://mail.google.com/" in result.trouble.means
    assert result.trouble_reply is not None and result.trouble_reply.code == 535


def test_a_token_that_microsoft_refuses_without_reasons_is_explained_too() -> None:
    result, _ = over_tls(b"334 ", b"535 5.7.3 Authentication unsuccessful", **XOAUTH2)
    assert result.trouble is not None and "SMTP.Send" in result.trouble.next_step


def test_a_way_to_sign_in_that_is_not_offered_is_told_with_those_that_are() -> None:
    result, heard = over_tls(offer=b"AUTH PLAIN LOGIN", **XOAUTH2)
    assert heard == [] and result.trouble is not None
    assert "does not offer XOAUTH2: it offers PLAIN LOGIN" in result.trouble.means


def test_login_is_used_where_it_is_asked_for() -> None:
    _, heard = over_tls(b"334 VXNlcm5hbWU6", b"334 UGFzc3dvcmQ6", b"535 5.7.8 no", mechanism="login", password="p")
    assert heard == [b"AUTH LOGIN", b"cHJpbnRlcg==", b"cA=="]
