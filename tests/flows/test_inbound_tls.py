"""TLS on the listeners: injections, versions, resumption, strange callers, and certificates that change."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import GUEST, PRINTER, Client, House, by_address, domain, house, trusting, user
from papers import INTERMEDIATE, SERVER, issue

from gatepost.inbound import listener, logins

pytestmark = pytest.mark.flow
QUICK = "[limits]\ncommand_timeout = 1"
USERS = (domain(), user("ann", "correct horse"))


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[House]:
    listener = {"tls": "starttls", **SERVER.files(tmp_path)}
    with house(tmp_path, domain(), by_address(), listeners=[listener]) as made:
        yield made


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[House]:
    """A submission port with STARTTLS, one with implicit TLS from a PFX, and one without TLS."""
    listeners = [
        {"tls": "starttls", "submission": True, **SERVER.files(tmp_path)},
        {"tls": "implicit", "submission": True, "require_auth": True, **SERVER.pfx(tmp_path)},
        {},
    ]
    with house(tmp_path, *USERS, listeners=listeners) as made:
        yield made


def implicit(port: int, context: ssl.SSLContext | None = None) -> Client:
    client = Client(port, greeted=False)
    client.start_tls(context)
    client.greeting = client.reply()
    return client


# --- STARTTLS -------------------------------------------------------------------------------------


def test_bytes_behind_starttls_in_one_segment_are_never_run(relay: House) -> None:
    with relay.connect() as client:
        client.say("EHLO x")
        client.send(f"STARTTLS\r\nMAIL FROM:<{PRINTER}>\r\n".encode())
        assert client.reply()[0].startswith("503 ")
        assert client.reply() == []


def test_bytes_between_the_reply_and_the_handshake_end_it(relay: House) -> None:
    with relay.connect() as client:
        assert client.say("EHLO x", "STARTTLS").startswith("220 ")
        client.send(b"MAIL FROM:<a@contoso.com>\r\n")
        assert b"250" not in b"".join(iter(lambda: _received(client.socket), b""))
    [failed] = relay.facts.wait_for("tls_failed")
    assert failed["client"] == "127.0.0.1"


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except ConnectionResetError:
        return b""


def test_starttls_forgets_what_was_said_and_is_not_offered_twice(relay: House) -> None:
    with relay.connect() as client:
        client.say("EHLO x", f"MAIL FROM:<{PRINTER}>", f"RCPT TO:<{GUEST}>")
        assert client.say("STARTTLS").startswith("220 ")
        client.start_tls()
        assert client.say(f"RCPT TO:<{GUEST}>").startswith("503 ")
        assert client.say(f"MAIL FROM:<{PRINTER}>").startswith("503 ")
        client.send(b"EHLO x\r\n")
        assert not any("STARTTLS" in line for line in client.reply())
        assert client.say("STARTTLS").startswith("503 ")
        client.deliver()
    assert b"with ESMTPS" in relay.mail()[0].content


@pytest.mark.filterwarnings("ignore:.*TLSv1_1:DeprecationWarning")
def test_the_old_tls_versions_are_refused(relay: House) -> None:
    old = trusting()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1_1  # allowed here, so that the refusal is the relay's
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with relay.connect() as client:
        client.say("EHLO x", "STARTTLS")
        with pytest.raises(ssl.SSLError):
            client.start_tls(old)
    relay.facts.wait_for("tls_failed")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_resumed(relay: House, version: ssl.TLSVersion) -> None:
    context = trusting()
    context.minimum_version = context.maximum_version = version
    with relay.connect() as client:
        client.secure(context)
        assert isinstance(client.socket, ssl.SSLSocket)
        session = client.socket.session
    with relay.connect() as again:
        again.say("EHLO x", "STARTTLS")
        wrapped = context.wrap_socket(again.socket, server_hostname="relay.contoso.com", session=session)
        assert wrapped.session_reused is False
        again.socket = wrapped
        assert again.say("EHLO x").startswith("250 ")


def test_close_notify_after_the_last_command_ends_the_session(relay: House) -> None:
    with relay.connect() as client:
        client.secure()
        assert isinstance(client.socket, ssl.SSLSocket)
        assert client.socket.unwrap().recv(1) == b""


def test_garbage_behind_a_command_ends_one_session_and_not_the_relay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is none, behind half a command: what is said to this client later finds no TLS to say it in."""
    monkeypatch.setattr(listener, "_SWEEP_SECONDS", 0.1)
    offer = {"tls": "starttls", **SERVER.files(tmp_path)}
    with house(tmp_path, domain(), by_address(), listeners=[offer], settings=QUICK) as relay:
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        with relay.connect() as client:
            client.say("EHLO x", "STARTTLS")
            tls = trusting().wrap_bio(coming, going)
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    client.send(going.read())
                    coming.write(client.socket.recv(65536))
            tls.write(b"NOO")
            client.send(going.read() + b"\x17\x03\x03\x00\x05hello")  # in one segment
            assert b"250" not in b"".join(iter(lambda: _received(client.socket), b""))
        assert relay.facts.all("trouble") == []
        with relay.connect() as other:
            other.secure().deliver()
        relay.mail()


# --- strange callers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40,
        b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n",
        b"POST /wpad HTTP/1.0\r\n\r\nMAIL FROM:<a@b>\r\n",
        b"\x03\x00\x00\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0\r\n" * 12,
        b"SSH-2.0-OpenSSH_9\r\n" * 12,
    ],
)
def test_those_who_do_not_speak_smtp_are_shown_the_door(relay: House, octets: bytes) -> None:
    with relay.connect() as client:
        client.send(octets)
        last = list(iter(client.reply, []))[-1]
        assert last[-1][:3] in ("554", "421", "500")


def test_plain_text_on_an_implicit_tls_port_gets_no_smtp(doors: House) -> None:
    with Client(doors.ports[1], greeted=False) as client:
        client.send(b"EHLO x\r\n")
        assert b"250" not in b"".join(iter(lambda: _received(client.socket), b""))
    doors.facts.wait_for("tls_failed")


def test_a_handshake_that_breaks_off_leaves_nothing(relay: House) -> None:
    with relay.connect() as client:
        client.say("EHLO x", "STARTTLS")
        client.send(b"\x16\x03\x01\x02\x00\x01")
    relay.facts.wait_for("tls_failed")
    with relay.connect() as other:
        other.secure()


# --- authentication -------------------------------------------------------------------------------

PLAIN = "AUTH PLAIN AGFubgBjb3JyZWN0IGhvcnNl"  # \0ann\0correct horse


def test_auth_plain_over_starttls_may_relay(doors: House) -> None:
    with doors.connect() as client:
        client.send(b"EHLO x\r\n")
        assert not any("AUTH" in line for line in client.reply())
        assert client.say(PLAIN).startswith("538 ")
        client.say("STARTTLS")
        client.start_tls()
        client.send(b"EHLO x\r\n")
        assert "250-AUTH PLAIN LOGIN" in client.reply()
        assert client.envelope().startswith("550 5.7.64 ")
        client.say("RSET")
        assert client.say(PLAIN) == "235 2.7.0 Authentication successful"
        assert client.say(PLAIN).startswith("503 ")
        id_ = client.deliver()
    assert b"with ESMTPSA" in doors.mail()[0].content
    story = doors.trace(id_)
    assert story["events"][0]["user"] == "ann"
    assert story["events"][0]["by"] == "user"
    assert "correct horse" not in repr(doors.facts._told) + repr(story)


def test_auth_login_over_implicit_tls_may_relay(doors: House) -> None:
    with implicit(doors.ports[1]) as client:
        assert client.say("EHLO x", f"MAIL FROM:<{PRINTER}>").startswith("530 5.7.57 ")
        assert client.say("AUTH LOGIN", "YW5u", "Y29ycmVjdCBob3JzZQ==").startswith("235 ")
        client.deliver()
    doors.mail()


def test_a_user_may_not_send_as_somebody_elses_domain(doors: House) -> None:
    with implicit(doors.ports[1]) as client:
        client.say("EHLO x", PLAIN)
        assert client.say("MAIL FROM:<ceo@elsewhere.example>").startswith("554 5.7.60 ")


def test_three_wrong_passwords_end_the_session(doors: House) -> None:
    with implicit(doors.ports[1]) as client:
        client.say("EHLO x")
        assert client.say("AUTH PLAIN AGFubgB3cm9uZw==") == "535 5.7.8 Authentication unsuccessful"
        assert client.say("AUTH PLAIN AG5vYm9keQB3cm9uZw==") == "535 5.7.8 Authentication unsuccessful"
        assert client.say("AUTH PLAIN AGFubgB3cm9uZw==").startswith("421 ")
        assert client.reply() == []
    assert len(doors.facts.all("authentication_failed")) == 3


def test_a_client_that_guesses_waits_and_others_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "_FAILURES_A_MINUTE", 2)
    offer = {"tls": "implicit", "submission": True, **SERVER.files(tmp_path)}
    with house(tmp_path, *USERS, listeners=[offer]) as relay:
        _guess(relay.port)


def _guess(port: int) -> None:
    with implicit(port) as client:
        client.say("EHLO x")
        said = [client.say("AUTH PLAIN AGFubgB3cm9uZw==")[:3] for _ in range(3)]
        assert said == ["535", "535", "421"]
    with implicit(port) as client:
        assert client.say("EHLO x", PLAIN).startswith("454 4.7.0 ")
    with Client(port, greeted=False, source="127.0.0.2") as other:
        other.start_tls()
        other.reply()
        assert other.say("EHLO x", PLAIN).startswith("235 ")


def test_xclient_gives_up_what_the_proxy_had_proved(tmp_path: Path) -> None:
    offer = {"tls": "starttls", "submission": True, "xclient": ["127.0.0.1"], **SERVER.files(tmp_path)}
    with house(tmp_path, *USERS, listeners=[offer]) as relay, relay.connect() as proxy:
        proxy.secure()
        assert proxy.say(PLAIN).startswith("235 ")
        assert proxy.say("XCLIENT NAME=device.example").startswith("220 ")
        proxy.say("EHLO device")
        assert proxy.envelope().startswith("550 5.7.64 ")


def test_without_tls_auth_is_neither_offered_nor_taken(doors: House) -> None:
    with doors.connect(2) as client:
        client.send(b"EHLO x\r\n")
        assert not any("AUTH" in line or "STARTTLS" in line for line in client.reply())
        assert client.say(PLAIN).startswith("503 ")


def test_a_client_that_leaves_while_its_password_is_checked_harms_nobody(doors: House) -> None:
    with implicit(doors.ports[1]) as client:
        client.say("EHLO x")
        client.send(PLAIN.encode() + b"\r\n")
    with implicit(doors.ports[1]) as other:
        assert other.say("EHLO x", PLAIN).startswith("235 ")


# --- certificates that change ---------------------------------------------------------------------


def shown(client: Client) -> bytes:
    assert isinstance(client.socket, ssl.SSLSocket)
    return client.socket.getpeercert(binary_form=True) or b""


def replace(files: dict[str, str], **content: bytes) -> None:
    """Put new files in the place of the old ones, as certbot does."""
    for what, octets in content.items():
        fresh = Path(files[what] + ".new")
        fresh.write_bytes(octets)
        fresh.replace(files[what])


@pytest.mark.parametrize("form", ["pem", "pfx"])
def test_a_renewed_certificate_is_used_without_dropping_sessions(tmp_path: Path, form: str) -> None:
    files = SERVER.files(tmp_path) if form == "pem" else SERVER.pfx(tmp_path)
    with house(tmp_path, domain(), by_address(), listeners=[{"tls": "starttls", **files}]) as relay:
        relay.facts.wait_for("certificate_loaded")
        with relay.connect() as old:
            old.secure()
            before = shown(old)
            fresh = issue(by=INTERMEDIATE)
            there = tmp_path / "fresh"
            there.mkdir()
            made = fresh.files(there) if form == "pem" else fresh.pfx(there)
            replace(files, **{what: Path(made[what]).read_bytes() for what in made if what != "pfx_password"})
            relay.call(relay.relay.refresh_certificates)
            assert len(relay.facts.wait_for("certificate_loaded", 2)) == 2
            with relay.connect() as new:
                assert shown(new.secure()) != before
            old.deliver()
        relay.mail()


@pytest.mark.parametrize("what", ["certificate", "key"])
def test_an_unusable_certificate_leaves_the_old_one_in_place_and_is_reported_once(tmp_path: Path, what: str) -> None:
    files = SERVER.files(tmp_path)
    with house(tmp_path, listeners=[{"tls": "starttls", **files}]) as relay:
        stranger = issue().files(tmp_path, "stranger")
        replace(files, **{what: Path(stranger[what]).read_bytes()})
        for _ in range(3):
            relay.call(relay.relay.refresh_certificates)
        [told] = relay.facts.all("certificate_unusable")
        assert "The certificate that was loaded before stays in use." in told["problem"]
        with relay.connect() as client:
            client.secure()


BROKEN: dict[str, Any] = {
    "missing": {"certificate": "nowhere.pem", "key": "nowhere.key"},
    "garbage": {"certificate": "garbage.pem", "key": "garbage.pem"},
    "expired": issue(days=(-30, -1)),
    "wrong password": None,
}


@pytest.mark.parametrize("what", BROKEN)
def test_starttls_is_not_offered_without_a_usable_certificate(tmp_path: Path, what: str) -> None:
    (tmp_path / "garbage.pem").write_text("garbage")
    broken = BROKEN[what]
    if what == "expired":
        broken = broken.files(tmp_path)
    elif what == "wrong password":
        broken = {**SERVER.pfx(tmp_path), "pfx_password": "another"}
    listeners = [{"tls": "starttls", **broken}, {"tls": "implicit", **broken}]
    with house(tmp_path, domain(), by_address(), listeners=listeners) as relay:
        assert len(relay.facts.wait_for("certificate_unusable", 2)) == 2
        with relay.connect() as client:
            client.send(b"EHLO x\r\n")
            assert not any("STARTTLS" in line for line in client.reply())
            assert client.say("STARTTLS").startswith("502 ")
            client.deliver()
        with Client(relay.ports[1], greeted=False) as unserved:
            assert unserved.reply() == []
        ready = relay.run(relay.relay.desk.ready())
        assert ready["ready"] is False


def test_a_certificate_that_becomes_usable_is_offered_from_then_on(tmp_path: Path) -> None:
    listener = {"tls": "starttls", "certificate": f"{tmp_path}/server.pem", "key": f"{tmp_path}/server.key"}
    with house(tmp_path, listeners=[listener]) as relay:
        relay.facts.wait_for("certificate_unusable")
        SERVER.files(tmp_path)
        relay.call(relay.relay.refresh_certificates)
        with relay.connect() as client:
            client.secure()
