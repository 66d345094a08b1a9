"""Outbound connectors that sign in by XOAUTH2, against a cloud that gives tokens by its rules."""

import asyncio
import re
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cloud import CA, CA_PEM, CLIENT, EXCHANGE, MAILBOX, SECRET, TENANT, Cloud, clouding
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from relaying import Relay, played, relaying, smart_host, table_of
from sink import DEFAULT_OFFER, Sink, running

from gatepost.routing import Application, RouteTable, TlsPolicy

pytestmark = pytest.mark.flow
BOB = "bob@fabrikam.com"
SECRETS = {"app": SECRET, "pfx": "geheim"}


def server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("smtp.example").configure_cert(context)
    return context


def submission(cloud: Cloud, *, offer: str = "AUTH LOGIN XOAUTH2", **more: Any) -> Sink:
    """A submission server of the cloud's."""
    return Sink(tls=server(), offer=(*DEFAULT_OFFER, offer), auth=cloud.sign_in, **more)


def application(cloud: Cloud, **terms: Any) -> Application:
    known: dict[str, Any] = {"client_secret_secret": "app", **terms}
    return Application(
        **{"tenant": TENANT, "client_id": CLIENT, "authority": cloud.authority, "resource": EXCHANGE, **known}
    )


def by_token(sink: Sink, cloud: Cloud, **terms: Any) -> RouteTable:
    way = smart_host(
        "Microsoft 365",
        sink.port,
        tls=TlsPolicy.VERIFY_DOMAIN,
        tls_domain="smtp.example",
        user_name=MAILBOX,
        certificate_authorities=(CA_PEM,),
        application=application(cloud, **terms),
    )
    return table_of({"*": way})


async def why_it_waits(relay: Relay) -> str:
    await relay.accept(BOB)
    [told] = await relay.facts.wait_for("deferred")
    return str(told["reason"])


@played
async def test_mail_leaves_with_a_token_that_is_got_once_for_all_connections(tmp_path: Path) -> None:
    async with (
        clouding(Cloud()) as cloud,
        running(submission(cloud)) as sink,
        relaying(tmp_path, by_token(sink, cloud), secrets=SECRETS) as relay,
    ):
        cloud.entra_gate = asyncio.Event()
        for _ in range(4):
            await relay.accept(BOB)
        while sink.open < 4:  # all of them have connected and wait for the token
            await asyncio.sleep(0)
        cloud.entra_gate.set()
        await relay.facts.wait_for("delivered", 4)
    assert cloud.asked["token"] == 1
    assert sink.most_open == 4
    assert len(sink.deliveries) == 4


@played
async def test_the_application_may_prove_itself_with_its_certificate(tmp_path: Path) -> None:
    certificate = pfx_of(tmp_path / "app.pfx")
    async with (
        clouding(Cloud(certificate=certificate)) as cloud,
        running(submission(cloud)) as sink,
        relaying(tmp_path, by_token(sink, cloud, **by_pfx(tmp_path / "app.pfx")), secrets=SECRETS) as relay,
    ):
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered")
    assert len(sink.deliveries) == 1


@played
async def test_a_certificate_that_is_not_registered_is_told(tmp_path: Path) -> None:
    pfx_of(tmp_path / "app.pfx")
    async with (
        clouding(Cloud(certificate=pfx_of(tmp_path / "other.pfx"))) as cloud,
        running(submission(cloud)) as sink,
        relaying(tmp_path, by_token(sink, cloud, **by_pfx(tmp_path / "app.pfx")), secrets=SECRETS) as relay,
    ):
        reason = await why_it_waits(relay)
    assert "is not one that is registered (AADSTS700027). Remedy: upload the certificate" in reason


def _down(cloud: Cloud) -> None:
    cloud.entra_down = 503


def _wrong(cloud: Cloud) -> None:
    cloud.secret = "another"


def _expired(cloud: Cloud) -> None:
    cloud.refuse = (7000222, "The provided client secret keys for app are expired.")


def _odd(cloud: Cloud) -> None:
    cloud.refuse = (123456, "Something new.")


def _no_role(cloud: Cloud) -> None:
    cloud.roles[EXCHANGE] = []


def _policy(cloud: Cloud) -> None:
    cloud.smtp_says = "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect."


@pytest.mark.parametrize(
    ("trouble", "terms", "words"),
    [
        (
            _down,
            {},
            "no token to sign in with: https://localhost:.* gives no token: it answered with an error.",
        ),
        (_wrong, {}, "The client secret of application .* is wrong .AADSTS7000215.. Remedy: give the secret's Value"),
        (_expired, {}, "has expired .AADSTS7000222.. Remedy: make a new one"),
        (_odd, {}, "invalid_client: AADSTS123456: Something new. Remedy: look at the application's sign-in log"),
        (_no_role, {}, "535 5.7.3 .*Remedy: grant the application SMTP.SendAsApp"),
        (_policy, {}, "535 5.7.139 .*Remedy: "),
        (lambda _: None, {"tenant": "nobody.example"}, "knows no tenant nobody.example. Remedy: check OAuthTenant"),
        (lambda _: None, {"client_id": "unknown-app"}, "knows no application unknown-app .AADSTS700016.."),
        (lambda _: None, {"authority": "https://localhost:1"}, "no connection can be made. Remedy: check DNS"),
        (lambda _: None, {"client_secret_secret": "gone"}, "The application's secret is not set. Remedy: set it again"),
    ],
)
@played
async def test_without_a_token_that_is_taken_the_mail_waits_and_says_why(
    tmp_path: Path, trouble: Callable[[Cloud], None], terms: dict[str, str], words: str
) -> None:
    async with clouding(Cloud()) as cloud, running(submission(cloud)) as sink:
        trouble(cloud)
        async with relaying(tmp_path, by_token(sink, cloud, **terms), secrets=SECRETS) as relay:
            reason = await why_it_waits(relay)
            told = str(relay.facts.told)
    assert re.search(words, reason), reason
    assert SECRET not in told
    assert "eyJ" not in told  # how every token begins
    assert not sink.deliveries


@played
async def test_a_token_that_is_refused_is_replaced_once_in_the_same_session(tmp_path: Path) -> None:
    async with (
        clouding(Cloud()) as cloud,
        running(submission(cloud)) as sink,
        relaying(tmp_path, by_token(sink, cloud), secrets=SECRETS) as relay,
    ):
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered")
        cloud.revoke_all()
        sink.once["mail"] = "421 4.3.2 the session ends"  # so that the next message signs in anew
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered", 2)
    assert (cloud.asked["token"], cloud.asked["smtp"], sink.connections) == (2, 3, 2)
    assert not relay.facts.all("deferred")


@played
async def test_a_token_near_its_end_is_replaced_and_serves_while_none_can_be_had(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    async with (
        clouding(Cloud(clock=lambda: now[0])) as cloud,
        running(submission(cloud)) as sink,
        relaying(tmp_path, by_token(sink, cloud), secrets=SECRETS, clock=lambda: now[0]) as relay,
    ):
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered")
        await closed(sink)
        now[0] += 3600 - 120  # two minutes left
        cloud.entra_down = 503
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered", 2)
        await closed(sink)
        cloud.entra_down = 0
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered", 3)
        await closed(sink)
        now[0] += 300  # the first token is no longer good
        await relay.accept(BOB)
        await relay.facts.wait_for("delivered", 4)
    assert cloud.asked["token"] >= 2
    assert not relay.facts.all("deferred")


@played
async def test_a_token_is_shown_to_the_verified_server_alone(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("stranger.example").configure_cert(context)
    async with clouding(Cloud()) as cloud, running(submission(cloud)) as sink:
        sink.tls = context
        async with relaying(tmp_path, by_token(sink, cloud), secrets=SECRETS) as relay:
            reason = await why_it_waits(relay)
    assert "the certificate of 127.0.0.1 is not what the connector requires" in reason
    assert cloud.asked == {}
    assert not any(command.startswith("AUTH") for command in sink.commands)


@played
async def test_a_server_without_xoauth2_is_told_apart(tmp_path: Path) -> None:
    async with (
        clouding(Cloud()) as cloud,
        running(submission(cloud, offer="AUTH PLAIN LOGIN")) as sink,
        relaying(tmp_path, by_token(sink, cloud), secrets=SECRETS) as relay,
    ):
        reason = await why_it_waits(relay)
    assert "does not offer AUTH XOAUTH2" in reason
    assert cloud.asked == {}


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("mail", "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"),
        ("end", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
        ("mail", "451 4.7.500 Server busy. Please try again later"),
    ],
)
@played
async def test_throttling_is_waited_for(tmp_path: Path, stage: str, reply: str) -> None:
    async with (
        clouding(Cloud()) as cloud,
        running(submission(cloud, say={stage: reply})) as sink,
        relaying(tmp_path, by_token(sink, cloud), secrets=SECRETS) as relay,
    ):
        reason = await why_it_waits(relay)
    assert reply.split(maxsplit=2)[2] in reason
    assert not relay.facts.all("failed")


# --- papers ------------------------------------------------------------------------------------------------


def by_pfx(path: Path) -> dict[str, Any]:
    return {
        "client_secret_secret": None,
        "certificate_pfx": str(path),
        "certificate_password_secret": "pfx",
    }


def pfx_of(path: Path) -> x509.Certificate:
    """A self-signed certificate with an RSA key, as an app registration takes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gatepost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, SHA256())
    )
    how = BestAvailableEncryption(b"geheim")
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"app", key, certificate, None, how))
    return certificate


async def closed(sink: Sink) -> None:
    """Until no connection is open: the next message has to sign in."""
    async with asyncio.timeout(20):
        while sink.open:
            await asyncio.sleep(0)
