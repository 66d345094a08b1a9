"""`gatepost send` as it is typed: what its flags send, what it prints, and how it ends."""

import asyncio
import email
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import orjson
import pytest
import trustme
import typer
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from probed import CA, TRUSTED, Host, asking, serving
from typer.testing import CliRunner

from gatepost.cli.endpoint import host_and_port
from gatepost.cli.send import register
from gatepost.mail import Reply
from gatepost.mail import reply as say
from gatepost.tls import read_certificates

pytestmark = pytest.mark.flow


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


def test_a_server_with_a_private_ca_is_not_blamed_when_the_ca_may_be_ones_own(tmp_path: Path) -> None:
    step = "If this is your own CA, give --ca FILE"
    status, out, _ = commanded(Host(context=asking()), "--tls", "starttls")
    assert status == 0 and f"Next: {step}" in out
    _, out, _ = commanded(Host(context=asking()), "--tls", "starttls", "--json")
    assert orjson.loads(out)["server_advice"].startswith(step)
    (tmp_path / "ca.pem").write_bytes(CA.cert_pem.bytes())
    _, out, _ = commanded(Host(context=asking()), "--tls", "starttls", "--ca", str(tmp_path / "ca.pem"), "--json")
    assert orjson.loads(out)["server_advice"] is None


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
        (("--eml", "/etc/hostname", "--subject", "x"), "--subject has no place"),
        (("--attach", "/nonexistent.pdf"), "cannot be read"),
        (("--header", "nonsense"), "is not NAME:VALUE"),
        (("--header", "Bad name: x"), "not a header's name"),
        (("--cc", "nonsense"), "--cc nonsense is not an address"),
        (("--user", "x"), "--user needs a password"),
        (("--password-file", "x"), "--password-file needs --user"),
        (("--auth", "login"), "--auth needs --user"),
        (("--user", "x", "--oauth-token-file", "/etc/hostname", "--auth", "login"), "leave out --auth"),
        (("--user", "x", "--oauth-token-file", "/nonexistent"), "cannot be read"),
        (("--user", "x", "--password-file", "a", "--password-env", "b"), "not both"),
        (("--pfx", "a", "--pfx-password-file", "a", "--pfx-password-env", "b"), "not both"),
        (("--pfx-password-env", "b"), "needs --pfx"),
        (("--concurrency", "2"), "--concurrency needs --repeat"),
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
    host, port = host_and_port(server, "--server", usual=25)
    assert host in ("127.0.0.1", "::1", "localhost") and port in (25, 2525)


# --- the message ------------------------------------------------------------------------------------------------------


def sent(host: Host, *more: str) -> EmailMessage:
    """The one message that the command has sent."""
    status, out, errors = commanded(host, *more)
    assert status == 0, out + errors
    (content,) = host.messages
    message = email.message_from_bytes(content, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_copies_are_in_the_header_and_blind_copies_only_in_the_envelope() -> None:
    asked: list[str] = []

    def decide(recipient: str) -> Reply:
        asked.append(recipient)
        return say.RECIPIENT_OK

    more = ("--cc", "c@contoso.com", "--bcc", "d@contoso.com", "--bcc", "b@contoso.com")
    message = sent(Host(rcpt=decide), *more)
    assert asked == ["b@contoso.com", "c@contoso.com", "d@contoso.com"]
    assert (message["To"], message["Cc"], message["Bcc"]) == ("b@contoso.com", "c@contoso.com", None)


def test_headers_can_be_added_and_replaced_and_differ_from_the_envelope() -> None:
    more = ("--header", "X-Printer: 2nd floor", "--header", "From: Büro <office@fabrikam.com>")
    message = sent(Host(), *more)
    assert message["X-Printer"] == "2nd floor"
    assert [str(one) for one in message.get_all("From", [])] == ["Büro <office@fabrikam.com>"]


def test_files_are_enclosed_and_the_text_may_be_html(tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes(b"%PDF\0\xff")
    (tmp_path / "übersicht.txt").write_bytes("Grüße\n".encode())
    files = ("--attach", str(tmp_path / "scan.pdf"), "--attach", str(tmp_path / "übersicht.txt"))
    message = sent(Host(), "--body", "<p>Grüße</p>", "--html", *files)
    enclosed = list(message.iter_attachments())
    assert [one.get_filename() for one in enclosed] == ["scan.pdf", "übersicht.txt"]
    assert enclosed[0].get_content() == b"%PDF\0\xff"
    body = message.get_body()
    assert body is not None and body.get_content_type() == "text/html" and body.get_content() == "<p>Grüße</p>\r\n"


def test_the_text_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()

    async def play() -> int:
        async with serving(host):
            app = typer.Typer(rich_markup_mode=None)
            register(app)
            flags = ["--server", f"127.0.0.1:{host.port}", "--from", "a@contoso.com", "--to", "b@contoso.com"]
            told = await asyncio.to_thread(CliRunner().invoke, app, [*flags, "--body", "-"], "Größe: 5 €\n.\n")
            return told.exit_code

    assert asyncio.run(play()) == 0
    message = email.message_from_bytes(host.messages[0], policy=SMTP)
    assert isinstance(message, EmailMessage) and message.get_content() == "Größe: 5 €\r\n.\r\n"


# --- with what it shows who it is -----------------------------------------------------------------------------------


def test_signing_in_begins_with_tls_by_itself(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("right\n")
    host = Host(context=asking(), auth=True)
    status, out, _ = commanded(host, "--user", "printer", "--password-file", str(tmp_path / "pw"))
    assert status == 0 and host.passwords == ["right"] and "right" not in out


# --- what is printed ----------------------------------------------------------------------------------------------


def test_advice_for_several_recipients_stands_once_below_them() -> None:
    host = Host(rcpt=lambda _: say.RELAY_DENIED)
    status, out, _ = commanded(host, "--to", "c@contoso.com", "--to", "d@contoso.com")
    assert status == 1 and out.count("no connector that covers") == 1
    lines = out.splitlines()
    last = next(number for number, line in enumerate(lines) if line.startswith("d@contoso.com: 550"))
    assert "no connector" in lines[last + 1] and "Here: The server saw this client as 127.0.0.1." in lines[last + 2]
    assert any(line.startswith("  Often: ") for line in lines) and lines[-1].startswith("  Next: ")


def test_the_json_tells_the_facts_the_reasons_and_the_next_step() -> None:
    _, out, _ = commanded(Host(rcpt=lambda _: say.RELAY_DENIED), "--json")
    told = orjson.loads(out)
    (answer,) = told["recipients"]
    assert answer["facts"] == ["The server saw this client as 127.0.0.1.", "The sender's domain is contoso.com."]
    assert len(answer["reasons"]) == 3
    assert told["seen_as"] == "127.0.0.1" and told["remarks"] == [] and told["seconds"] > 0


# --- many -----------------------------------------------------------------------------------------------------------


def test_many_messages_are_sent_and_their_figures_told() -> None:
    host = Host()
    status, out, _ = commanded(host, "--repeat", "12", "--concurrency", "4", "--json")
    told = orjson.loads(out)
    assert (
        status == 0 and told["accepted"] and told["accepted_messages"] == told["messages"] == len(host.messages) == 12
    )
    assert 0 < told["latency_ms"]["min"] <= told["latency_ms"]["median"] <= told["latency_ms"]["p95"]
    assert told["latency_ms"]["p95"] <= told["latency_ms"]["max"] and told["per_second"] > 0
    assert told["answers"] == [{"count": 12, "reply": "250 2.6.0", "stage": "END", "means": None, "next_step": None}]
    identities = {email.message_from_bytes(content)["Message-ID"] for content in host.messages}
    assert len(identities) == 12 and told["first_not_accepted"] is None


def test_refusals_among_many_are_counted_and_explained_once() -> None:
    replies = iter([say.RECIPIENT_OK, say.RATE_LIMITED, say.RECIPIENT_OK, say.RATE_LIMITED, say.RECIPIENT_OK])
    status, out, _ = commanded(Host(rcpt=lambda _: next(replies)), "--repeat", "5")
    assert status == 1
    assert "3 × 250 2.6.0 (END)" in out and "2 × 451 4.7.500" in out and out.count("Next: Wait and send less") == 1
    assert "3 of 5 messages were accepted by 127.0.0.1:" in out and "2 refused, 0 without an answer" in out
    assert "median" in out and "p95" in out


def test_a_server_that_is_not_there_fails_all_of_many() -> None:
    status, out, _ = command(
        *("--server", "127.0.0.1:1", "--from", "<>", "--to", "b@contoso.com", "--repeat", "3", "--json")
    )
    told = orjson.loads(out)
    assert status == 1 and told["failed_messages"] == 3 and told["latency_ms"] is None
    assert "nothing listens there" in told["answers"][0]["means"]
    assert "nothing listens there" in told["first_not_accepted"]["trouble"]["means"]
