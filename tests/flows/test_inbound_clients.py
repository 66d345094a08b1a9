"""Real clients, as a user would start them. Each ends with the message at the sink and a trace that tells its story.

The programs are Debian's, unpacked by scripts/debian-tools; where they are missing the tests fail and say so.
"""

import asyncio
import os
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from house import (
    GUEST,
    OURS,
    PATIENCE,
    PRINTER,
    House,
    by_address,
    by_certificate,
    domain,
    house,
    organization,
    trusting,
    user,
)
from papers import ROOT, SERVER, SERVER_AUTH, issue

TOOLS = Path(__file__).parents[2] / ".tools" / "bin"
peer = pytest.mark.peer
pytestmark = pytest.mark.flow
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Three doors: STARTTLS and submission, implicit TLS, and one behind a proxy that may also use XCLIENT."""
    folder = tmp_path_factory.mktemp("relay")
    files = SERVER.files(folder)
    listeners: list[dict[str, Any]] = [
        {"tls": "starttls", "submission": True, **files},
        {"tls": "implicit", "submission": True, **files},
        {"proxies": ["127.0.0.1"]},
        {"xclient": ["127.0.0.1"]},
    ]
    edits = (
        organization(CertificateAuthorities=[ROOT.pem]),
        domain(),
        by_address("Devices", "127.0.0.1"),
        by_address("Far away", "192.0.2.9"),
        by_certificate("Certified"),
        user("ann", PASSWORD),
    )
    with house(folder, *edits, listeners=listeners) as made:
        yield made


class Told:
    """The next message at the sink after this was made, with its trace."""

    def __init__(self, relay: House) -> None:
        self._relay = relay
        self._before = len(relay.sink.deliveries)
        self._accepted = len(relay.facts.all("accepted"))

    def story(self, connector: str | None, *, hello: str | None = None, by: str = "") -> bytes:
        """Wait for one message, check what its trace says, and return its content."""
        arrived = self._relay.mail(self._before + 1)[self._before]
        accepted = self._relay.facts.wait_for("accepted", self._accepted + 1)[self._accepted]
        story = self._relay.delivered_story(accepted["id"])
        came = story["events"][0]
        assert story["connector"] == connector
        assert hello is None or came["hello"] == hello
        assert not by or came["by"] == by
        assert came["reasons"]
        [result] = story["events"][-1]["results"]
        assert (result["recipient"], result["outcome"]) == (GUEST, "delivered")
        assert accepted["id"].encode() in arrived.content
        return arrived.content


@pytest.fixture
def told(relay: House) -> Told:
    return Told(relay)


def run(program: str, *words: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
    """Start a program, wait for its success, and return what it printed."""
    path = shutil.which(program, path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    assert path is not None, f"{program} is not here: run scripts/debian-tools .tools"
    done = subprocess.run(
        [path, *words], input=stdin, capture_output=True, text=True, timeout=PATIENCE, env=env, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def swaks(relay: House, listener: int, *words: str) -> str:
    server = f"127.0.0.1:{relay.ports[listener]}"
    return run("swaks", "--server", server, "--from", PRINTER, "--to", GUEST, "--helo", "device", *words)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of the root itself: swaks presents the leaf alone."""
    files = issue("relay.contoso.com", by=ROOT, uses=[SERVER_AUTH])
    return files.files(tmp_path_factory.mktemp("client"), "client")


# --- swaks ----------------------------------------------------------------------------------------


@peer
@pytest.mark.parametrize("words", [[], ["--pipeline"], ["--protocol", "SMTP"]], ids=["plain", "pipelined", "HELO"])
def test_swaks_in_clear(relay: House, told: Told, words: list[str]) -> None:
    swaks(relay, 0, *words)
    assert b"X-Mailer: swaks" in told.story("Devices", hello="device")


@peer
@pytest.mark.parametrize("words", [["--tls"], ["--tls", "--pipeline"]])
def test_swaks_over_starttls(relay: House, told: Told, words: list[str]) -> None:
    swaks(relay, 0, *words)
    assert b"with ESMTPS" in told.story("Devices", hello="device")


@peer
@pytest.mark.parametrize(("listener", "word"), [(0, "--tls"), (1, "--tls-on-connect")])
def test_swaks_with_a_client_certificate(
    relay: House, told: Told, certificate: dict[str, str], listener: int, word: str
) -> None:
    swaks(relay, listener, word, "--tls-cert", certificate["certificate"], "--tls-key", certificate["key"])
    told.story("Certified", hello="device", by="certificate")


@peer
@pytest.mark.parametrize("version", ["1", "2"])
def test_swaks_through_a_proxy(relay: House, told: Told, version: str) -> None:
    proxy = ["--proxy-version", version, "--proxy-family", "TCP4", "--proxy-source", "192.0.2.9"]
    more = ["--proxy-source-port", "5000", "--proxy-dest", "192.0.2.1", "--proxy-dest-port", "25"]
    protocol = ["--proxy-protocol", "STREAM", "--proxy-command", "PROXY"] if version == "2" else []
    family = ["--proxy-family", "AF_INET"] if version == "2" else []
    swaks(relay, 2, *proxy, *more, *protocol, *family)
    assert b"from device ([192.0.2.9])" in told.story("Far away", hello="device")


@peer
def test_swaks_with_xclient(relay: House, told: Told) -> None:
    swaks(relay, 3, "--xclient-addr", "192.0.2.9", "--xclient-name", "far.example")
    assert b"([192.0.2.9])" in told.story("Far away")


@peer
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_swaks_authenticated(relay: House, told: Told, mechanism: str) -> None:
    swaks(relay, 0, "--tls", "--auth", mechanism, "--auth-user", "ann", "--auth-password", PASSWORD)
    assert b"with ESMTPSA" in told.story(None, by="user")


# --- curl, msmtp, smtp-source ---------------------------------------------------------------------


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.eml"
    path.write_bytes(b"From: printer@contoso.com\r\nSubject: a letter\r\n\r\n.dot\r\n..two\r\nend\r\n")
    return path


@peer
@pytest.mark.parametrize(("scheme", "listener", "words"), [
    ("smtp", 0, []), ("smtp", 0, ["--ssl-reqd", "--insecure"]), ("smtps", 1, ["--insecure"]),
    ("smtps", 1, ["--insecure", "--user", f"ann:{PASSWORD}"]),
])  # fmt: skip
def test_curl(relay: House, told: Told, letter: Path, scheme: str, listener: int, words: list[str]) -> None:
    url = f"{scheme}://127.0.0.1:{relay.ports[listener]}/device"
    run("curl", "-sS", "--url", url, "--mail-from", PRINTER, "--mail-rcpt", GUEST, "-T", str(letter), *words)
    content = told.story(None if "--user" in words else "Devices", hello="device")
    assert content.endswith(b"\r\n\r\n.dot\r\n..two\r\nend\r\n")


@peer
@pytest.mark.parametrize("tls", ["off", "on"])
def test_msmtp(relay: House, told: Told, letter: Path, tmp_path: Path, tls: str) -> None:
    settings = tmp_path / "msmtprc"
    settings.write_text(
        f"account default\nhost 127.0.0.1\nport {relay.ports[0]}\nfrom {PRINTER}\ndomain device\n"
        f"tls {tls}\ntls_starttls {tls}\ntls_certcheck off\n"
    )
    settings.chmod(0o600)
    run("msmtp", "-C", str(settings), GUEST, stdin=letter.read_text().replace("\r\n", "\n"))
    assert told.story("Devices", hello="device").endswith(b"\r\n\r\n.dot\r\n..two\r\nend\r\n")


@peer
@pytest.mark.parametrize("words", [["-s", "20"], ["-s", "20", "-d"]], ids=["one a session", "sessions kept open"])
def test_smtp_source_with_twenty_sessions(relay: House, words: list[str]) -> None:
    before = len(relay.sink.deliveries)
    where = f"127.0.0.1:{relay.ports[0]}"
    run("smtp-source", *words, "-m", "100", "-l", "4096", "-f", PRINTER, "-t", GUEST, "-M", "device", where)
    arrived = relay.mail(before + 100)[before:]
    ids = {one.content.partition(b" id ")[2][:16] for one in arrived}
    assert len(ids) == 100


# --- libraries ------------------------------------------------------------------------------------


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = PRINTER, GUEST, "Grüße"
    message.set_content("Hallo Welt\n.\nÄÖÜ\n")
    return message


@pytest.mark.parametrize("how", ["clear", "starttls", "implicit", "authenticated"])
def test_smtplib(relay: House, told: Told, how: str) -> None:
    context = trusting()
    client: smtplib.SMTP
    if how == "implicit":
        client = smtplib.SMTP_SSL("127.0.0.1", relay.ports[1], local_hostname="device", context=context)
    else:
        client = smtplib.SMTP("127.0.0.1", relay.ports[0], local_hostname="device")
    with client:
        if how in ("starttls", "authenticated"):
            client.starttls(context=context)
        if how == "authenticated":
            client.login("ann", PASSWORD)
        assert client.send_message(mail()) == {}
    told.story(None if how == "authenticated" else "Devices", hello="device")


def test_smtplib_with_the_certificate_of_a_relay(relay: House, told: Told, certificate: dict[str, str]) -> None:
    context = trusting(**certificate)
    with smtplib.SMTP("127.0.0.1", relay.ports[0], local_hostname="relay.contoso.com") as client:
        client.starttls(context=context)
        assert client.send_message(mail()) == {}
    told.story("Certified", by="certificate")


def test_aiosmtplib(relay: House, told: Told) -> None:
    async def send() -> None:
        context: ssl.SSLContext = trusting()
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=relay.ports[0], start_tls=True, tls_context=context, local_hostname="device"
        )
        async with client:
            await client.send_message(mail())
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                await client.sendmail("x@elsewhere.example", ["a,b@bad..example"], b"Subject: x\r\n\r\n")

    asyncio.run(send())
    told.story("Devices", hello="device")


def test_smtplib_hears_the_reply_that_administrators_search_for(relay: House) -> None:
    with smtplib.SMTP("127.0.0.1", relay.ports[0], source_address=("127.0.0.66", 0)) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail(PRINTER, [GUEST], "Subject: x\r\n\r\n")
        assert refused.value.recipients == {GUEST: (550, b"5.7.64 TenantAttribution; Relay Access Denied")}
        partly = client.sendmail(PRINTER, [f"anna@{OURS}", GUEST], "Subject: x\r\n\r\n")
        assert list(partly) == [GUEST]
