"""Words for conversations that never came about: the network, TLS, silence, certificates."""

import errno
import socket

import pytest

from gatepost.tools import Circumstances, TlsMode, certificate_advice, chain_advice, network_advice, tls_advice
from gatepost.tools.endpoints import sign_in_advice
from gatepost.tools.troubles import silent_server

IMPLICIT = Circumstances(host="relay.test", mode=TlsMode.IMPLICIT)
STARTTLS = Circumstances(host="relay.test", mode=TlsMode.STARTTLS, heard=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "nothing listens there"),
        (TimeoutError(), "did not answer in time"),
        (OSError(errno.ETIMEDOUT, "x"), "did not answer in time"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "cut the connection"),
        (socket.gaierror(socket.EAI_NONAME, "x"), "cannot be resolved"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "no resolver answers"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "source address is not one"),
        (OSError(errno.EAFNOSUPPORT, "x"), "of another kind"),
        (OSError(errno.ENETUNREACH, "x"), "no route"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route"),
        (PermissionError(errno.EPERM, "x"), "own firewall"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
    ],
)
def test_network_trouble_is_explained(error: OSError, words: str) -> None:
    found = network_advice(error, host="relay.test", port=25)
    assert words in found.means and found.next_step.endswith(".")


def test_a_timeout_on_port_25_speaks_of_providers() -> None:
    assert any("block port 25" in one for one in network_advice(TimeoutError(), host="relay.test", port=25).reasons)
    assert network_advice(TimeoutError(), host="relay.test", port=2525).reasons == ()


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("smtp.office365.com", 465, "takes submissions on port 587"),
        ("SMTP.Office365.com.", 2525, "takes submissions on port 587"),
        ("contoso-com.mail.protection.outlook.com", 587, "listens on port 25 only"),
        ("contoso-com.b-v1.mx.microsoft", 465, "listens on port 25 only"),
    ],
)
@pytest.mark.parametrize("error", [TimeoutError(), ConnectionRefusedError(errno.ECONNREFUSED, "x")])
def test_a_well_known_host_at_the_wrong_port_is_recognised(host: str, port: int, words: str, error: OSError) -> None:
    assert words in network_advice(error, host=host, port=port).means


@pytest.mark.parametrize(
    ("seen", "words", "step"),
    [
        (Circumstances(port=465), "waits for TLS", "--tls implicit"),
        (Circumstances(port=465, mode=TlsMode.STARTTLS), "waits for TLS", "--tls implicit"),
        (Circumstances(port=587, mode=TlsMode.IMPLICIT), "did not answer to TLS", "--tls starttls"),
        (Circumstances(port=25), "sent no greeting", "Check the port"),
        (Circumstances(port=25, heard=True), "within 3 seconds", "transcript"),
    ],
)
def test_silence_is_explained_by_port_and_mode(seen: Circumstances, words: str, step: str) -> None:
    found = silent_server(3, seen)
    assert words in found.means and step in found.next_step


@pytest.mark.parametrize(
    ("detail", "seen", "step"),
    [
        ("The other side does not speak TLS here.", IMPLICIT, "--tls starttls"),
        ("The other side does not speak TLS here.", STARTTLS, "log"),
        ("The other side sent an HTTP request instead of TLS.", IMPLICIT, "web server"),
        ("The other side demands a client certificate.", STARTTLS, "--pfx"),
        ("The other side refused the handshake: nothing in common, or no client certificate.", STARTTLS, "--pfx"),
        ("The other side refused our certificate: it has expired.", STARTTLS, "whole chain"),
        ("The other side refused our certificate: it does not know the CA.", STARTTLS, "have your CA added"),
        ("The other side refused our certificate: it is revoked.", STARTTLS, "new certificate"),
        ("The other side refused our certificate: its purpose or kind does not suit.", STARTTLS, "clientAuth"),
        ("The other side refused our certificate: access denied.", STARTTLS, "whole chain"),
        ("The other side refused our certificate as bad.", STARTTLS, "whole chain"),
        ("The other side offers no TLS version that is allowed here.", STARTTLS, "TLS 1.2"),
        ("The other side refused the TLS versions that are allowed here.", STARTTLS, "TLS 1.2"),
        ("There is no cipher suite that both sides accept.", STARTTLS, "ECDHE"),
        ("The other side wants stronger ciphers.", STARTTLS, "ECDHE"),
        ("The other side does not know the host name that was asked for (SNI).", STARTTLS, "server's name"),
        ("The connection ended during the handshake.", STARTTLS, "log of the server"),
        ("The connection ended in the middle of TLS.", STARTTLS, "log of the server"),
        ("The other side could not prove that it owns the key of its certificate.", STARTTLS, "belongs together"),
        ("OpenSSL says: something.", STARTTLS, "log"),
    ],
)
def test_tls_trouble_is_explained(detail: str, seen: Circumstances, step: str) -> None:
    found = tls_advice(detail, seen)
    assert detail in found.means and step in found.next_step


@pytest.mark.parametrize(
    ("problem", "own_ca", "step"),
    [
        (
            "The certificate is self-signed: nobody but itself vouches for it.",
            False,
            "If this is your own CA, give --ca",
        ),
        (
            "No trusted CA vouches for 'CN=x': its chain ends in 'CN=y'.",
            False,
            "If this is your own CA, give --ca FILE",
        ),
        (
            "No trusted CA vouches for 'CN=x': its chain ends in 'CN=y'.",
            True,
            "Give --ca the certificate of the CA that",
        ),
        ("The server's certificate is for a.example, not for b.example.", False, None),
        ("The certificate expired on 2026-01-01.", False, None),
    ],
)
def test_a_chain_that_nobody_vouches_for_may_end_in_ones_own_ca(problem: str, own_ca: bool, step: str | None) -> None:
    found = chain_advice(problem, own_ca=own_ca)
    assert (None if found is None else found.next_step[: len(step or "")]) == step


@pytest.mark.parametrize(
    ("problem", "host", "step"),
    [
        ("No trusted CA vouches for 'CN=x': its chain ends in 'CN=y'.", "a.example", "give --ca FILE"),
        ("The certificate expired on 2026-01-01 00:00 UTC.", "a.example", "renewed"),
        ("The certificate is not valid before 2027-01-01 00:00 UTC.", "a.example", "clock"),
        ("The server's certificate is for a.example, not for b.example.", "b.example", "stands in the certificate"),
        ("The server's certificate does not bear the address 192.0.2.1.", "192.0.2.1", "names, not addresses"),
        ("The server's certificate cannot be read: it breaks the rules (RFC 5280).", "a.example", "Correct"),
    ],
)
def test_every_flaw_of_a_server_s_certificate_has_a_next_step(problem: str, host: str, step: str) -> None:
    found = certificate_advice(problem, Circumstances(host=host), own_ca=False)
    assert found.means == problem and step in found.next_step


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Circumstances(host="relay.test"), "offers no sign-in"),
        (Circumstances(host="relay.test", extensions={"AUTH": "PLAIN"}), "no TLS"),
        (Circumstances(host="contoso-com.mail.protection.outlook.com", encrypted=True), "is an MX endpoint"),
        (Circumstances(host="relay.test", port=25, encrypted=True), "offers no sign-in"),
    ],
)
def test_where_nobody_can_sign_in_it_is_said_why(seen: Circumstances, words: str) -> None:
    assert words in sign_in_advice(seen).means
