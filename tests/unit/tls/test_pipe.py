"""The TLS pipe: no certificate breaks a handshake, nothing is resumed, ends are told apart."""

import ssl
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_ASN1, load_certificate
from pair import shake_hands
from pki import INTERMEDIATE, ROOT, Issued, issue

from gatepost.tls import Credentials, TlsFailed, TlsPipe, client_context, server_context

SERVER = issue(by=INTERMEDIATE, uses=["serverAuth"]).credentials()
SERVER_RSA = issue(by=INTERMEDIATE, key=rsa.generate_private_key(65537, 2048)).credentials()
CLIENT = issue("printer.contoso.com", by=INTERMEDIATE, uses=["clientAuth"]).credentials()
ASKING = server_context(SERVER, request_client_certificate=True)
SILENT = server_context(SERVER, request_client_certificate=False)
ANONYMOUS = client_context()


def limited(context: SSL.Context, version: str) -> SSL.Context:
    context.set_max_proto_version({"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}[version])
    return context


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("server", [SERVER, SERVER_RSA], ids=["ECDSA", "RSA"])
@pytest.mark.parametrize("certificate", [None, CLIENT], ids=["anonymous", "client certificate"])
def test_a_handshake_shows_each_side_the_others_chain(
    version: str, server: Credentials, certificate: Credentials | None
) -> None:
    back = server_context(server, request_client_certificate=True)
    front = limited(client_context(certificate=certificate), version)
    one, other = shake_hands(back, front)
    assert one.version == other.version == version
    assert one.cipher == other.cipher and "GCM" in one.cipher
    assert other.peer_chain() == list(server.presented)
    assert one.peer_chain() == ([] if certificate is None else list(certificate.presented))
    assert one.server_name == "relay.contoso.com"


def test_no_certificate_is_taken_when_none_was_asked_for() -> None:
    server, _ = shake_hands(SILENT, client_context(certificate=CLIENT))
    assert server.peer_chain() == []


ODD = {
    "self-signed": issue(),
    "unknown CA": issue(by=issue("Nobody", ca=True)),
    "expired": issue(by=INTERMEDIATE, days=(-30, -1)),
    "not yet valid": issue(by=INTERMEDIATE, days=(1, 30)),
    "serverAuth only": issue(by=INTERMEDIATE, uses=["serverAuth"]),
    "emailProtection only": issue(by=INTERMEDIATE, uses=["emailProtection"]),
    "CA:TRUE": issue(by=ROOT, ca=True, names=["relay.contoso.com"]),
    "no digitalSignature": issue(by=INTERMEDIATE, key_usage=["key_encipherment"]),
    "forged": issue(by=INTERMEDIATE, forged=True),
    "NUL in the name": issue(by=INTERMEDIATE, names=["relay.contoso.com\0.evil.test"]),
    "P-384": issue(by=INTERMEDIATE, key=ec.generate_private_key(ec.SECP384R1())),
    "1,000 names": issue(by=INTERMEDIATE, names=[f"h{number}.contoso.com" for number in range(1000)]),
}


def raw_client(issued: Issued, version: str) -> SSL.Context:
    """A client that presents anything; our own reader would refuse most of these."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    limited(context, version)
    context.use_certificate(issued.certificate)
    for above in issued.above:
        context.add_extra_chain_cert(above)
    context.use_privatekey(issued.key)
    return context


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("issued", ODD.values(), ids=ODD.keys())
def test_no_client_certificate_breaks_the_handshake(issued: Issued, version: str) -> None:
    server, client = shake_hands(ASKING, raw_client(issued, version))
    assert server.peer_chain()[0] == issued.certificate
    client.send(b"EHLO printer\r\n")
    assert server.receive(client.to_send()) == b"EHLO printer\r\n"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_certificate_that_breaks_the_rules_is_no_certificate(version: str) -> None:
    broken = ODD["self-signed"].der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)  # version 8
    context = limited(SSL.Context(SSL.TLS_CLIENT_METHOD), version)
    context.use_certificate(load_certificate(FILETYPE_ASN1, broken))
    context.use_privatekey(ODD["self-signed"].key)
    server, client = shake_hands(ASKING, context)
    assert server.peer_chain() == []
    assert "the certificate: it cannot be read" in server.verify_errors
    client.send(b"NOOP\r\n")
    assert server.receive(client.to_send()) == b"NOOP\r\n"


def test_what_openssl_remarked_is_told_in_words() -> None:
    server, _ = shake_hands(ASKING, raw_client(ODD["expired"], "TLSv1.3"))
    assert server.verify_errors == ("the certificate: it has expired",)
    server, _ = shake_hands(ASKING, raw_client(ODD["self-signed"], "TLSv1.3"))
    assert server.verify_errors == ("the certificate: it is self-signed",)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_ever_resumed(version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = version
    session: ssl.SSLSession | None = None
    for _ in range(3):
        back, front = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(back, front, session=session)
        server = TlsPipe(ASKING, server=True)
        for _ in range(6):
            with suppress(ssl.SSLWantReadError):
                client.do_handshake()
            if front.pending:
                server.receive(front.read())
            back.write(server.to_send())
        assert server.established
        server.send(b"x")  # a ticket would have come before this
        back.write(server.to_send())
        assert client.read(1) == b"x"
        assert not client.session_reused
        session = client.session


@given(sizes=st.lists(st.integers(0, 40_000), max_size=6), cuts=st.lists(st.integers(1, 5000), max_size=40))
@settings(max_examples=30, deadline=None)
def test_plaintext_arrives_whole_however_it_is_cut(sizes: list[int], cuts: list[int]) -> None:
    server, client = shake_hands(SILENT, ANONYMOUS)
    sent = b""
    for number, size in enumerate(sizes):
        piece = bytes([number]) * size
        client.send(memoryview(piece))
        sent += piece
    wire, heard = client.to_send(), b""
    for cut in cuts:
        if wire[:cut]:
            heard += server.receive(wire[:cut])
        wire = wire[cut:]
    if wire:
        heard += server.receive(wire)
    assert heard == sent


def test_a_large_answer_is_handed_over_in_one_piece() -> None:
    server, client = shake_hands(SILENT, ANONYMOUS)
    server.send(b"x" * 1_000_000)
    assert client.receive(server.to_send()) == b"x" * 1_000_000
    assert server.to_send() == b""


def test_bytes_behind_the_handshake_in_the_same_segment_are_plaintext_of_the_session() -> None:
    server = TlsPipe(SILENT, server=True)
    client = TlsPipe(ANONYMOUS, server=False)
    server.receive(client.to_send())
    client.receive(server.to_send())
    finished = client.to_send()
    client.send(b"EHLO a\r\n")
    assert server.receive(finished + client.to_send()) == b"EHLO a\r\n"


def test_close_notify_is_seen_and_what_follows_is_ignored() -> None:
    server, client = shake_hands(SILENT, ANONYMOUS)
    client.send(b"QUIT\r\n")
    client.close()
    assert server.receive(client.to_send()) == b"QUIT\r\n"
    assert server.peer_closed
    assert server.receive(b"more") == b""
    server.close()
    client.receive(server.to_send())
    assert client.peer_closed


def test_an_end_without_close_notify_is_the_end_and_no_failure() -> None:
    server, _ = shake_hands(SILENT, ANONYMOUS)
    assert server.receive(b"") == b""
    assert server.peer_closed


def test_an_end_during_the_handshake_is_a_failure() -> None:
    server = TlsPipe(SILENT, server=True)
    with pytest.raises(TlsFailed, match="ended during the handshake"):
        server.receive(b"")


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (b"EHLO relay.contoso.com\r\n", "does not speak TLS"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP request"),
        (b"\x16\x03\x01\xff\xff" + b"\0" * 200, "TLS"),
    ],
)
def test_plain_text_and_nonsense_instead_of_a_handshake_is_told(octets: bytes, sentence: str) -> None:
    server = TlsPipe(SILENT, server=True)
    with pytest.raises(TlsFailed, match=sentence):
        server.receive(octets)
    with pytest.raises(TlsFailed):
        server.receive(b"more")
    with pytest.raises(TlsFailed):
        server.send(b"x")


def test_a_client_that_meets_plain_text_says_so() -> None:
    client = TlsPipe(ANONYMOUS, server=False)
    with pytest.raises(TlsFailed, match="does not speak TLS"):
        client.receive(b"554 5.7.1 go away\r\n")


@given(octets=st.binary(min_size=1, max_size=400))
@settings(deadline=None)
def test_random_bytes_only_ever_fail_with_a_sentence(octets: bytes) -> None:
    server = TlsPipe(SILENT, server=True)
    try:
        assert server.receive(octets) == b""
    except TlsFailed as failed:
        assert failed.detail.endswith(".")
    server.to_send()


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_a_flipped_bit_in_a_record_is_noticed(position: int, bit: int) -> None:
    server, client = shake_hands(SILENT, ANONYMOUS)
    client.send(b"MAIL FROM:<a@contoso.com>\r\n")
    wire = bytearray(client.to_send())
    wire[position % len(wire)] ^= 1 << bit
    heard = b""
    try:
        heard = server.receive(bytes(wire))
        server.receive(b"\x17\x03\x03\x00\x20" + b"\0" * 32)
    except TlsFailed:
        pass
    assert heard == b""


def test_plaintext_before_a_damaged_record_is_delivered_and_then_the_failure_is_raised() -> None:
    server, client = shake_hands(SILENT, ANONYMOUS)
    server.send(b"250 2.0.0 OK\r\n")
    wire = server.to_send() + b"\x17\x03\x03\x00\x20" + b"\0" * 32
    assert client.receive(wire) == b"250 2.0.0 OK\r\n"
    with pytest.raises(TlsFailed, match="damaged"):
        client.receive(b"")


def test_a_client_without_modern_tls_is_refused_with_an_alert() -> None:
    old = SSL.Context(SSL.TLS_CLIENT_METHOD)
    limited(old, "TLSv1.2")
    only_new = server_context(SERVER, request_client_certificate=False, minimum="TLSv1.3")
    server, client = TlsPipe(only_new, server=True), TlsPipe(old, server=False)
    with pytest.raises(TlsFailed, match="no TLS version that is allowed here"):
        server.receive(client.to_send())
    with pytest.raises(TlsFailed, match="refused the TLS versions"):
        client.receive(server.to_send())


def test_a_client_of_another_protocol_is_turned_away() -> None:
    web, mail = SSL.Context(SSL.TLS_CLIENT_METHOD), SSL.Context(SSL.TLS_CLIENT_METHOD)
    web.set_alpn_protos([b"h2", b"http/1.1"])
    mail.set_alpn_protos([b"h2", b"smtp"])
    server, client = TlsPipe(SILENT, server=True), TlsPipe(web, server=False)
    with pytest.raises(TlsFailed, match="another protocol"):
        server.receive(client.to_send())
    shake_hands(SILENT, mail)


def test_renegotiation_is_not_possible() -> None:
    server, client = shake_hands(ASKING, limited(SSL.Context(SSL.TLS_CLIENT_METHOD), "TLSv1.2"))
    client._connection.renegotiate()
    with pytest.raises(TlsFailed):
        client.send(b"NOOP\r\n")  # OpenSSL starts the new handshake here and must wait
    assert server.receive(client.to_send()) == b""
    server.send(b"250 OK\r\n")
    wire = server.to_send()
    with pytest.raises(TlsFailed, match=r"."):
        client.receive(wire)
        client.receive(b"")


def test_nothing_can_be_sent_before_the_handshake_is_complete() -> None:
    with pytest.raises(TlsFailed, match="not complete"):
        TlsPipe(ANONYMOUS, server=False).send(b"MAIL")


@pytest.mark.parametrize("name", ["192.0.2.1", "[2001:db8::1]", "bücher.test", "", "x" * 300])
def test_what_is_no_host_name_is_not_sent_as_sni(name: str) -> None:
    client = TlsPipe(ANONYMOUS, server=False, server_name=name)
    server = TlsPipe(SILENT, server=True)
    server.receive(client.to_send())
    assert server.server_name is None


def test_a_chain_beyond_openssls_limit_is_refused_in_words() -> None:
    huge = issue(by=INTERMEDIATE, names=[f"{number:060}.contoso.com" for number in range(1500)])
    server = TlsPipe(ASKING, server=True)
    client = TlsPipe(raw_client(huge, "TLSv1.3"), server=False)
    with pytest.raises(TlsFailed, match="too long"):
        for _ in range(4):
            server.receive(client.to_send())
            client.receive(server.to_send())
