"""Old TLS for the devices that a connector names, and for nobody else on the same port; with real handshakes."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from house import HELLO, PRINTER, Client, House, by_address, change, domain, house, trusting
from papers import INTERMEDIATE, issue

from gatepost.config import ObjectKind
from gatepost.manage import Caller

pytestmark = [pytest.mark.flow, pytest.mark.filterwarnings("ignore:.*ssl.TLSVersion:DeprecationWarning")]
OLD, LESS_OLD, STRICT, PROXY = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.9"
TLS_1_0, TLS_1_1, TLS_1_2 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2
STARTTLS, IMPLICIT, BEHIND = 0, 1, 2  # the listeners
REFUSED = "550 5.7.10 TLS handshake refused: the version or the cipher suites are too old"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return _papers(tmp_path_factory.mktemp("papers"))


def _papers(folder: Path) -> dict[str, str]:
    """A certificate with an RSA key: old devices know no other."""
    return issue(by=INTERMEDIATE, key=rsa.generate_private_key(65537, 2048)).files(folder)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> Iterator[House]:
    """One old device, one less old, all three on the same ports."""
    connectors = [
        by_address("Old scanners", OLD, MinimumTlsVersion="TLSv1.0", RequireTls=True),
        by_address("Less old", LESS_OLD, MinimumTlsVersion="TLSv1.1"),
        by_address("Strict", STRICT),
    ]
    listeners: list[dict[str, Any]] = [
        {"tls": "starttls", **files},
        {"tls": "implicit", **files},
        {"tls": "implicit", "proxies": [PROXY], **files},
    ]
    with house(tmp_path_factory.mktemp("relay"), domain(), *connectors, listeners=listeners) as made:
        yield made


def only(version: ssl.TLSVersion, ciphers: str = "ALL") -> ssl.SSLContext:
    """A client that knows one version, however old."""
    context = trusting()
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


def secured(relay: House, source: str, context: ssl.SSLContext, listener: int = STARTTLS) -> Client:
    """A client after its handshake; raises ssl.SSLError where there is none."""
    client = relay.connect(listener, source=source, greeted=listener == STARTTLS)
    try:
        if listener == STARTTLS:
            return client.secure(context)
        client.start_tls(context)
        client.greeting = client.reply()
        client.say("EHLO device.contoso.com")
    except BaseException:
        client.close()
        raise
    return client


def device(relay: House, address: str) -> Any:
    answer = relay.run(relay.relay.desk.call("device.show", {"address": address}, caller=Caller.owner("tests")))
    return answer.value


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("listener", [STARTTLS, IMPLICIT])
@pytest.mark.parametrize(("version", "named"), [(TLS_1_0, "TLSv1"), (TLS_1_1, "TLSv1.1"), (TLS_1_2, "TLSv1.2")])
def test_a_named_device_relays_over_old_tls_and_all_say_so(
    relay: House, version: ssl.TLSVersion, named: str, listener: int
) -> None:
    before = len(relay.sink.deliveries)
    with secured(relay, OLD, only(version), listener) as client:
        assert isinstance(client.socket, ssl.SSLSocket) and client.socket.version() == named
        number = client.deliver()
    assert f"(version={named} cipher=".encode() in relay.mail(before + 1)[before].content
    assert relay.trace(number)["events"][0]["tls"].startswith(f"{named} ")
    assert next(it for it in relay.facts.all("accepted") if it["id"] == number)["tls"] == named
    assert device(relay, OLD)["tls"] == named


def test_each_connector_says_how_old(relay: House) -> None:
    secured(relay, LESS_OLD, only(TLS_1_1)).close()
    with pytest.raises(ssl.SSLError):
        secured(relay, LESS_OLD, only(TLS_1_0))
    assert device(relay, LESS_OLD)["last_refusal"]["reasons"] == [
        f'The client knows only TLS 1.0, and {LESS_OLD} may use TLS 1.1 or newer: MinimumTlsVersion of connector "Less '
        'old".'
    ]


@pytest.mark.parametrize("listener", [STARTTLS, IMPLICIT])
@pytest.mark.parametrize(("version", "shown"), [(TLS_1_0, "1.0"), (TLS_1_1, "1.1")])
def test_a_device_that_is_not_named_is_refused_and_told_why(
    relay: House, version: ssl.TLSVersion, shown: str, listener: int
) -> None:
    told = len(relay.facts.all("tls_failed"))
    with pytest.raises(ssl.SSLError):
        secured(relay, STRICT, only(version), listener)
    fact = relay.facts.wait_for("tls_failed", told + 1)[-1]
    assert (fact["client"], fact["reply"], fact["connector"]) == (STRICT, REFUSED, "Strict")
    refusal = device(relay, STRICT)["last_refusal"]
    assert refusal["reply"] == REFUSED
    assert (
        refusal["reasons"]
        == list(fact["reasons"])
        == [
            f"The client knows only TLS {shown}, and {STRICT} may use TLS 1.2 or newer: no enabled connector that "
            "lists it says otherwise by MinimumTlsVersion."
        ]
    )
    assert refusal["remedies"] == [
        "Update the device. If that cannot be, let it alone use old TLS: "
        f"gatepost device allow {STRICT} --minimum-tls-version TLSv1.0"
    ]
    assert relay.trace(refusal["id"])["client"] == STRICT


def test_old_cipher_suites_are_for_named_devices_too(relay: House) -> None:
    by_rsa = only(TLS_1_2, "AES128-SHA")
    secured(relay, OLD, by_rsa).close()
    with pytest.raises(ssl.SSLError):
        secured(relay, STRICT, by_rsa)
    assert "cipher suites or signatures that are too old" in device(relay, STRICT)["last_refusal"]["reasons"][0]


@pytest.mark.parametrize("suite", ["NULL", "aNULL", "AECDH-AES128-SHA", "eNULL"])
def test_nobody_gets_a_suite_without_encryption_or_authentication(relay: House, suite: str) -> None:
    with pytest.raises(ssl.SSLError):
        secured(relay, OLD, only(TLS_1_0, suite))
    [reason] = device(relay, OLD)["last_refusal"]["reasons"]
    assert reason.startswith(f'{OLD} may use TLS 1.0 or newer: MinimumTlsVersion of connector "Old scanners".')


def test_the_openssl_program_sees_the_same(relay: House) -> None:
    answers = {source: _s_client(relay.ports[STARTTLS], source) for source in (OLD, STRICT)}
    assert "Protocol  : TLSv1\n" in answers[OLD] and "250 " in answers[OLD]
    assert "Compression: NONE" in answers[OLD] and "Secure Renegotiation IS supported" in answers[OLD]
    assert "Cipher    : 0000" in answers[STRICT]


def _s_client(port: int, source: str) -> str:
    command = [
        *("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-bind", source, "-starttls", "smtp"),
        *("-tls1", "-cipher", "ALL:@SECLEVEL=0", "-crlf"),
    ]
    done = subprocess.run(command, input="QUIT\n", capture_output=True, text=True, timeout=20, check=False)
    return done.stdout + done.stderr


# --- by the address that really calls ---------------------------------------------------------------


def test_behind_a_proxy_the_real_client_decides(relay: House) -> None:
    for client, may in ((OLD, True), ("192.0.2.77", False)):
        with relay.connect(BEHIND, source=PROXY, greeted=False) as proxied:
            proxied.send(f"PROXY TCP4 {client} 127.0.0.1 4000 25\r\n".encode())
            if may:
                proxied.start_tls(only(TLS_1_0))
                assert proxied.reply()[0].startswith("220 ")
            else:
                with pytest.raises(ssl.SSLError):
                    proxied.start_tls(only(TLS_1_0))
    assert device(relay, "192.0.2.77")["last_refusal"]["reply"] == REFUSED


def test_xclient_decides_before_starttls(tmp_path: Path, files: dict[str, str]) -> None:
    named = by_address("Old scanners", "192.0.2.9", MinimumTlsVersion="TLSv1.0")
    offer = {"tls": "starttls", "xclient": ["127.0.0.1"], **files}
    with house(tmp_path, domain(), named, listeners=[offer]) as relay:
        with relay.connect() as client:
            client.say("EHLO proxy")
            assert client.say("XCLIENT ADDR=192.0.2.9").startswith("220 ")
            client.secure(only(TLS_1_0)).deliver()
        with pytest.raises(ssl.SSLError), relay.connect() as client:
            client.secure(only(TLS_1_0))


# --- what changes while it runs -----------------------------------------------------------------------


def test_a_renewed_certificate_changes_nothing_of_it(tmp_path: Path) -> None:
    files = _papers(tmp_path)
    named = by_address("Old scanners", OLD, MinimumTlsVersion="TLSv1.0")
    with house(tmp_path, domain(), named, listeners=[{"tls": "starttls", **files}]) as relay:
        with secured(relay, OLD, only(TLS_1_0)) as client:
            assert isinstance(client.socket, ssl.SSLSocket)
            before = client.socket.getpeercert(binary_form=True)
            _papers(tmp_path)
            relay.call(relay.relay.refresh_certificates)
            relay.facts.wait_for("certificate_loaded", 2)
            client.deliver()  # the session that was open goes on
        with secured(relay, OLD, only(TLS_1_0)) as client:
            assert isinstance(client.socket, ssl.SSLSocket)
            assert client.socket.getpeercert(binary_form=True) != before
        with pytest.raises(ssl.SSLError):
            secured(relay, STRICT, only(TLS_1_0))


def test_a_change_of_the_connector_counts_at_the_next_handshake(tmp_path: Path, files: dict[str, str]) -> None:
    named = by_address("Old scanners", OLD, RequireTls=True)
    with house(tmp_path, domain(), named, listeners=[{"tls": "starttls", **files}]) as relay:

        def may() -> bool:
            try:
                secured(relay, OLD, only(TLS_1_0)).close()
            except ssl.SSLError:
                return False
            return True

        def set_to(**properties: Any) -> None:
            relay.change(change(ObjectKind.INBOUND, "Old scanners", **properties))

        assert not may()
        set_to(MinimumTlsVersion="TLSv1.0")
        with secured(relay, OLD, only(TLS_1_0)) as open_still:
            open_still.deliver()
            set_to(MinimumTlsVersion="TLSv1.2")
            assert open_still.envelope().startswith("550 5.7.64 ")  # what it had does not suffice any more
        assert not may()
        set_to(MinimumTlsVersion="TLSv1.0")
        assert may()
        for off in ({"Enabled": False}, {"Blocked": True}, {"SenderIPAddresses": ["192.0.2.1"]}):
            set_to(**off)
            assert not may(), off
            set_to(Enabled=True, Blocked=False, SenderIPAddresses=[OLD])
        assert may()


def test_the_sessions_of_others_are_as_strict_as_ever(relay: House) -> None:
    context = trusting()
    with secured(relay, STRICT, context) as client:
        assert isinstance(client.socket, ssl.SSLSocket) and client.socket.version() == "TLSv1.3"
        assert client.envelope(PRINTER).startswith("250 ")
        client.message(HELLO)
    with secured(relay, OLD, context) as client:  # and a named device that has learned better uses it
        assert isinstance(client.socket, ssl.SSLSocket) and client.socket.version() == "TLSv1.3"
