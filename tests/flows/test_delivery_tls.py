"""What an outbound connector's TlsSettings do on the wire, with certificates of a throwaway CA."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    load_pem_private_key,
    pkcs12,
)
from relaying import QUICK, TableResolver, mx_of, played, relaying, smart_host, table_of
from sink import DEFAULT_OFFER, Sink, running

from gatepost.outbound import OutboundSettings
from gatepost.routing import HostPort, RouteTable, TlsPolicy, Way

pytestmark = pytest.mark.flow
BOB = "bob@fabrikam.com"
CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
STRANGER = trustme.CA(key_type=trustme.KeyType.ECDSA)
OURS = CA.cert_pem.bytes().decode()
REQUIRED = (TlsPolicy.ENCRYPT, TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN)


def server(*names: str, ca: trustme.CA = CA, clients: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def up(sink: Sink, policy: TlsPolicy, **terms: Any) -> RouteTable:
    return table_of({"*": smart_host("Up", sink.port, tls=policy, **terms)})


@pytest.mark.parametrize(
    ("policy", "encrypted"),
    [
        (TlsPolicy.NEVER, False),
        (TlsPolicy.OPPORTUNISTIC, True),
        (TlsPolicy.ENCRYPT, True),
    ],
)
@played
async def test_any_certificate_will_do_unless_it_is_to_be_verified(
    tmp_path: Path, policy: TlsPolicy, encrypted: bool
) -> None:
    async with (
        running(Sink(tls=server("x.example", ca=STRANGER))) as sink,
        relaying(tmp_path, up(sink, policy)) as relay,
    ):
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered")
    assert sink.deliveries[0].tls is encrypted


@pytest.mark.parametrize("policy", REQUIRED)
@pytest.mark.parametrize("trouble", ["no STARTTLS", "STARTTLS refused", "handshake fails"])
@played
async def test_required_tls_that_cannot_be_had_defers_and_sends_nothing(
    tmp_path: Path, policy: TlsPolicy, trouble: str
) -> None:
    sink = Sink(tls=server("sink.example"))
    if trouble == "no STARTTLS":
        sink.tls = None
    elif trouble == "STARTTLS refused":
        sink.say = {"starttls": "454 4.7.0 not now"}
    else:
        sink.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # it has no certificate
    async with running(sink), relaying(tmp_path, up(sink, policy)) as relay:
        await relay.accept(BOB)
        await relay.facts.wait_for("deferred")
    assert not any(command.startswith(("MAIL", "RCPT")) for command in sink.commands)
    assert sink.deliveries == []


@pytest.mark.parametrize("trouble", ["STARTTLS refused", "handshake fails"])
@played
async def test_opportunistic_tls_that_fails_falls_back_to_clear(tmp_path: Path, trouble: str) -> None:
    sink = Sink(tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    if trouble == "STARTTLS refused":
        sink.say = {"starttls": "454 4.7.0 not now"}
    async with running(sink), relaying(tmp_path, up(sink, TlsPolicy.OPPORTUNISTIC)) as relay:
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered")
    assert sink.deliveries[0].tls is False


@pytest.mark.parametrize(
    ("policy", "tls_domain", "names", "ca", "delivered"),
    [
        pytest.param(TlsPolicy.VERIFY_CHAIN, None, ["other.example"], CA, True, id="chain: any name"),
        pytest.param(TlsPolicy.VERIFY_CHAIN, None, ["up.example"], STRANGER, False, id="chain: unknown CA"),
        pytest.param(TlsPolicy.VERIFY_DOMAIN, "up.example", ["up.example"], CA, True, id="domain: same"),
        pytest.param(TlsPolicy.VERIFY_DOMAIN, "up.example", ["other.example"], CA, False, id="domain: other"),
        pytest.param(TlsPolicy.VERIFY_DOMAIN, "*.up.example", ["a.up.example"], CA, True, id="domain: below"),
        pytest.param(TlsPolicy.VERIFY_DOMAIN, "up.example", ["up.example"], STRANGER, False, id="name, no chain"),
        pytest.param(TlsPolicy.VERIFY_DOMAIN, None, ["smart.example"], CA, True, id="domain: the smart host"),
        pytest.param(TlsPolicy.VERIFY_DOMAIN, None, ["127.0.0.1"], CA, False, id="domain: not its address"),
    ],
)
@played
async def test_the_servers_certificate_is_verified_as_the_connector_asks(
    tmp_path: Path, policy: TlsPolicy, tls_domain: str | None, names: list[str], ca: trustme.CA, delivered: bool
) -> None:
    async with running(Sink(tls=server(*names, ca=ca))) as sink:
        way = Way(
            connector="Up",
            smart_hosts=(HostPort(host="smart.example", port=sink.port),),
            tls=policy,
            tls_domain=tls_domain,
            certificate_authorities=(OURS,),
        )
        resolver = TableResolver(addresses={"smart.example": ("127.0.0.1",)})
        async with relaying(tmp_path, table_of({"*": way}), resolver=resolver) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered" if delivered else "deferred")
    assert bool(sink.deliveries) is delivered


def pfx(folder: Path, password: str) -> tuple[Path, bytes]:
    """A client certificate under an intermediate, as a PFX with its whole chain; also the leaf's DER."""
    intermediate = CA.create_child_ca()
    issued = intermediate.issue_cert("relay.contoso.com")
    leaf, *chain = (x509.load_pem_x509_certificate(pem.bytes()) for pem in issued.cert_chain_pems)
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    content = pkcs12.serialize_key_and_certificates(
        b"relay", key, leaf, chain, BestAvailableEncryption(password.encode())  # type: ignore[arg-type]
    )  # fmt: skip
    path = folder / "relay.pfx"
    path.write_bytes(content)
    return path, leaf.public_bytes(Encoding.DER)


@played
async def test_a_client_certificate_is_presented_from_a_pfx_with_its_chain(tmp_path: Path) -> None:
    path, leaf = pfx(tmp_path, "s3cret")
    terms = {"client_certificate_pfx": str(path), "client_certificate_password_secret": "pfx"}
    async with running(Sink(tls=server("up.example", clients=CA))) as sink:
        table = up(sink, TlsPolicy.ENCRYPT, **terms)
        async with relaying(tmp_path / "spool", table, secrets={"pfx": "s3cret"}) as relay:
            id_ = await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            story = await relay.spool.story(id_)
    assert sink.deliveries[0].certificate == leaf
    assert story is not None and "TLSv1.3" in str(story.events)
    assert "s3cret" not in str(relay.facts.told) + str(story)


@pytest.mark.parametrize("secrets", [{"pfx": "wrong"}, {}])
@played
async def test_a_pfx_that_cannot_be_opened_defers_in_words(tmp_path: Path, secrets: dict[str, str]) -> None:
    path, _ = pfx(tmp_path, "s3cret")
    terms = {"client_certificate_pfx": str(path), "client_certificate_password_secret": "pfx"}
    async with (
        running(Sink(tls=server("up.example"))) as sink,
        relaying(tmp_path / "spool", up(sink, TlsPolicy.ENCRYPT, **terms), secrets=secrets) as relay,
    ):
        await relay.accept(BOB)
        (deferred,) = await relay.facts.wait_for("deferred")
    assert "client certificate of connector 'Up' cannot be used" in deferred["reason"]
    assert sink.deliveries == []


@pytest.mark.parametrize(
    ("policy", "ca", "sent"),
    [
        pytest.param(TlsPolicy.VERIFY_DOMAIN, CA, True, id="verified"),
        pytest.param(TlsPolicy.ENCRYPT, CA, True, id="verified though not required"),
        pytest.param(TlsPolicy.ENCRYPT, STRANGER, False, id="unknown CA"),
        pytest.param(TlsPolicy.OPPORTUNISTIC, STRANGER, False, id="opportunistic"),
        pytest.param(TlsPolicy.NEVER, CA, False, id="clear"),
    ],
)
@played
async def test_a_password_goes_to_a_verified_server_only(
    tmp_path: Path, policy: TlsPolicy, ca: trustme.CA, sent: bool
) -> None:
    terms = {
        "user_name": "relay",
        "password_secret": "up",
        "tls_domain": "up.example",
        "certificate_authorities": (OURS,),
    }
    sink = Sink(tls=server("up.example", ca=ca), offer=(*DEFAULT_OFFER, "AUTH PLAIN LOGIN"))
    async with running(sink), relaying(tmp_path, up(sink, policy, **terms), secrets={"up": "hunter2"}) as relay:
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered" if sent else "deferred")
        assert "hunter2" not in str(relay.facts.told)
    assert any(command.startswith("AUTH") for command in sink.commands) is sent
    assert bool(sink.deliveries) is sent


@played
async def test_refused_credentials_defer(tmp_path: Path) -> None:
    terms = {"user_name": "relay", "password_secret": "up", "tls_domain": "up.example"}
    sink = Sink(tls=server("up.example"), offer=("AUTH PLAIN",), say={"auth": "535 5.7.8 wrong"}, hang="never")
    async with running(sink):
        table = up(sink, TlsPolicy.ENCRYPT, certificate_authorities=(OURS,), **terms)
        async with relaying(tmp_path, table, secrets={"up": "old"}) as relay:
            await relay.accept(BOB)
            (deferred,) = await relay.facts.wait_for("deferred")
    assert "535 5.7.8 wrong" in deferred["reason"]


@pytest.mark.parametrize("policy", [TlsPolicy.OPPORTUNISTIC, *REQUIRED])
@played
async def test_a_reply_forged_behind_the_answer_to_starttls_ends_the_attempt(tmp_path: Path, policy: TlsPolicy) -> None:
    """CVE-2021-38371: what was said before the handshake must not be taken for what is said behind it."""
    sink = Sink(tls=server("up.example"), say={"starttls": "220 go\r\n250-forged\r\n250 AUTH PLAIN"})
    async with running(sink), relaying(tmp_path, up(sink, policy)) as relay:
        await relay.accept(BOB)
        (deferred,) = await relay.facts.wait_for("deferred")
    assert "STARTTLS" in deferred["reason"]
    assert not any(command.startswith(("MAIL", "AUTH")) for command in sink.commands)


@played
async def test_what_is_offered_in_clear_counts_for_nothing_within_tls(tmp_path: Path) -> None:
    sink = Sink(tls=server("up.example"), offer=("SIZE 10", "DSN"), offer_within=("SIZE 1000000", "8BITMIME"))
    async with running(sink), relaying(tmp_path, up(sink, TlsPolicy.OPPORTUNISTIC)) as relay:
        await relay.accept(BOB, ret="HDRS")
        await relay.facts.wait_for("delivered")
    assert "SIZE=" in sink.deliveries[0].mail
    assert "RET=" not in sink.deliveries[0].mail


@played
async def test_mx_delivery_uses_tls_where_it_is_offered(tmp_path: Path) -> None:
    async with running(Sink(tls=server("whatever.example", ca=STRANGER))) as sink:
        resolver = TableResolver({"fabrikam.com": mx_of("mx.example")}, {"mx.example": ("127.0.0.1",)})
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True)
        async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
    assert sink.deliveries[0].tls
