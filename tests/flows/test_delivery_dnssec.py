"""DANE with a real validating resolver: what it proves, what it does not, and what it finds forged."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from debian import free_port
from named import naming
from process import gatepost
from relaying import QUICK, Relay, played, relaying
from signed_dns import validating
from sink import Sink, running
from test_delivery_policies import Certificate, by_mx

from gatepost.outbound import DnsResolver, OutboundSettings
from gatepost.routing import Answer, DaneMode

pytestmark = pytest.mark.flow


@dataclass(frozen=True)
class Net:
    """The resolver, the port of every mail host, and the certificate that their records name."""

    resolver: str
    port: int
    certificate: Certificate


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    certificate = Certificate("whatever.example", ca=trustme.CA(key_type=trustme.KeyType.ECDSA))
    port = free_port()
    good, bad = certificate.record.octets.hex(), "00" * 32
    host = "@ 60 IN MX 10 mx\nmx 60 IN A 127.0.0.1\n"
    under = f"_{port}._tcp"
    zones = {
        "good.example": f"{host}{under}.mx 60 IN TLSA 3 1 1 {good}",
        "forged.example": f"{host}{under}.mx 60 IN TLSA 3 1 1 {good}",
        "plain.example": f"{host}{under}.mx 60 IN TLSA 3 1 1 {bad}",
        "old.example": f"{host}{under}.mx 60 IN TLSA 3 1 1 {bad}\n{under}.mx 60 IN TLSA 3 1 1 {good}",
        "moved.example": f"{host}{under}.mx 60 IN TLSA 3 1 1 {bad}",
        "none.example": host,
        "alias.example": "@ 60 IN MX 10 mx\nmx 60 IN CNAME mx.good.example.\n",
        "outside.example": f"@ 60 IN MX 10 mx\nmx 60 IN CNAME mx.plain.example.\n{under}.mx 60 IN TLSA 3 1 1 {good}",
        "elsewhere.example": "@ 60 IN MX 10 mx.plain.example.\n",
        "pkix.example": f"{host}{under}.mx 60 IN TLSA 1 1 1 {good}",
        "odd.example": f"{host}{under}.mx 60 IN TLSA \\# 3 030101\n",
    }
    folder = tmp_path_factory.mktemp("dns")
    with validating(folder, zones, unsigned=["plain.example"], bogus=["forged.example"]) as resolver:
        yield Net(resolver, port, certificate)


async def try_once(relay: Relay, domain: str) -> tuple[str, str]:
    """How one message ends, and the reason or the policy."""
    id_ = await relay.accept(f"bob@{domain}")
    async with asyncio.timeout(20):
        while not (ends := [it for it in relay.facts.told if it[1].get("id") == id_]):
            relay.facts.fresh.clear()
            await relay.facts.fresh.wait()
    story = await relay.spool.story(id_)
    return ends[0][0], f"{ends[0][1].get('reason', '')} {story.events if story is not None else ''}"


@pytest.mark.parametrize(
    ("domain", "mode", "end", "words"),
    [
        ("good.example", DaneMode.MANDATORY, "delivered", "DANE: the TLSA records of _"),
        ("old.example", DaneMode.MANDATORY, "delivered", "DANE"),  # a new key beside the old one
        ("alias.example", DaneMode.MANDATORY, "delivered", "tcp.mx.good.example (3 1 1"),
        ("outside.example", DaneMode.MANDATORY, "delivered", "tcp.mx.outside.example (3 1 1"),
        ("moved.example", DaneMode.OPPORTUNISTIC, "deferred", "is not what its owner announces"),
        ("forged.example", DaneMode.OPPORTUNISTIC, "deferred", "DNS could not say who takes mail"),
        ("forged.example", DaneMode.NONE, "deferred", "DNS could not say"),
        ("plain.example", DaneMode.OPPORTUNISTIC, "delivered", ""),  # unproved records are nobody's word
        ("plain.example", DaneMode.MANDATORY, "deferred", "does not prove who takes mail for plain.example"),
        ("elsewhere.example", DaneMode.OPPORTUNISTIC, "delivered", ""),
        ("elsewhere.example", DaneMode.MANDATORY, "deferred", "has no TLSA records that DNSSEC proves"),
        ("none.example", DaneMode.OPPORTUNISTIC, "delivered", ""),
        ("pkix.example", DaneMode.OPPORTUNISTIC, "delivered", "none of which is usable"),
        ("odd.example", DaneMode.OPPORTUNISTIC, "deferred", "cannot be looked up"),  # a record that cannot be read
    ],
)
@played
async def test_what_a_validating_resolver_proves_decides(
    tmp_path: Path, net: Net, domain: str, mode: DaneMode, end: str, words: str
) -> None:
    settings = OutboundSettings(timeouts=QUICK, mx_port=net.port, allow_private_mx=True)
    resolver = DnsResolver([net.resolver], lifetime=1.0)
    async with (
        running(Sink(tls=net.certificate.context), port=net.port) as sink,
        relaying(tmp_path, by_mx(dane=mode), resolver=resolver, settings=settings) as relay,
    ):
        found, told = await try_once(relay, domain)
    assert (found, words in told) == (end, True), told
    assert bool(sink.deliveries) is (end == "delivered")


@played
async def test_a_name_server_on_loopback_is_trusted_and_another_only_if_it_is_told(net: Net) -> None:
    assert DnsResolver([net.resolver]).trusted
    assert not DnsResolver(["192.0.2.53"]).trusted
    assert not DnsResolver([net.resolver, "192.0.2.53"]).trusted
    assert not DnsResolver(["127.0.0.11"]).trusted  # Docker's passes on what others say
    assert DnsResolver(["192.0.2.53"], trusted=True).trusted
    doubted = DnsResolver([net.resolver], trusted=False)
    assert not (await doubted.mx("good.example")).proved
    assert (await doubted.tlsa("mx.good.example", net.port)).answer is Answer.EMPTY


@played
async def test_a_lookup_that_fails_is_trouble_and_an_unproved_record_is_none() -> None:
    zone = "mx.broken.test. 60 IN A 127.0.0.1\n"
    with naming(zone + "mx.x.test. 60 IN A 127.0.0.1\n", broken="_25._tcp.mx.x", proven=True) as server:
        assert (await DnsResolver([server], lifetime=1.0).tlsa("mx.x.test", 25)).answer is Answer.TROUBLE


def test_mx_tells_what_delivery_would_demand(tmp_path: Path, net: Net) -> None:
    (tmp_path / "gatepost.toml").write_text(f'data_dir = "data"\nresolvers = ["{net.resolver}"]\n')
    told = json.loads(gatepost(tmp_path, "mx", "none.example", "--json").stdout)
    assert told["dnssec"] and told["dane_possible"]
    assert told["hosts"][0]["demand"] == {
        "policy": "no-policy-found",
        "tls": "if offered",
        "usable": True,
        "because": "",
    }
