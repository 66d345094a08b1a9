"""The checks of the way out, against hosts that offer this and that."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from named import naming
from papers import ROOT, SERVER, issue
from sink import Sink
from sink import running as sinking

from gatepost.checks import Lookups, Site, run_checks
from gatepost.checks import greetings as hosts_greeted
from gatepost.checks.site import Finding
from gatepost.config import load_settings
from gatepost.connectors import AcceptedDomain, OutboundConnector, TlsSettings

pytestmark = pytest.mark.flow


def tls(folder: Path, *, asks: bool = False) -> ssl.SSLContext:
    files = issue("sink.example").files(folder, "sink")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["certificate"], files["key"])
    if asks:
        (folder / "root.pem").write_text(ROOT.pem)
        context.load_verify_locations(folder / "root.pem")
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def found(sinks: Sequence[Sink], *checks: str, zone: str = "", **connector: Any) -> list[Finding]:
    """What the checks find of a relay whose one connector has these hosts."""

    async def play(server: str) -> list[Finding]:
        async with AsyncExitStack() as stack:
            for it in sinks:
                await stack.enter_async_context(sinking(it))
            hosts = tuple(f"127.0.0.1:{it.port}" for it in sinks)
            upstream = OutboundConnector(name="Up", organization="Default", smart_hosts=hosts, **connector)
            site = Site(
                settings=load_settings(environ={"GATEPOST_HOSTNAME": "relay.contoso.com"}),
                lookups=Lookups([server]),
                clock=lambda: 1_800_000_000.0,
                running=True,
                outbound=(upstream,),
            )
            return [row for _, rows in await run_checks(site, checks) for row in rows]

    with naming(zone) as server:
        return asyncio.run(play(server))


@pytest.mark.parametrize(
    ("settings", "offer", "asks", "level", "words"),
    [
        (TlsSettings.OPPORTUNISTIC, True, False, "ok", "does not ask for a client certificate"),
        (TlsSettings.OPPORTUNISTIC, True, True, "ok", "it asks for a client certificate"),
        (TlsSettings.ENCRYPTION_ONLY, True, False, "ok", "Its certificate: The certificate is self-signed"),
        (TlsSettings.CERTIFICATE_VALIDATION, True, False, "failed", "but The certificate is self-signed"),
        (TlsSettings.DOMAIN_VALIDATION, True, False, "failed", "but The certificate is self-signed"),
        (TlsSettings.OPPORTUNISTIC, False, False, "ok", "It greets, without TLS."),
        (TlsSettings.ENCRYPTION_ONLY, False, False, "failed", "offers no STARTTLS, which the connector requires"),
    ],
)
def test_what_a_host_offers_is_measured_by_what_its_connector_requires(
    tmp_path: Path, settings: TlsSettings, offer: bool, asks: bool, level: str, words: str
) -> None:
    sink = Sink(tls=tls(tmp_path, asks=asks) if offer else None)
    [row] = found([sink], "port-25", tls_settings=settings)
    assert (row.level, row.about) == (level, f"127.0.0.1:{sink.port} (connector 'Up')")
    assert words in row.sentence


def test_a_host_that_the_connectors_own_ca_vouches_for_is_good(tmp_path: Path) -> None:
    paper = issue("sink.example", by=ROOT).files(tmp_path, "good")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(paper["certificate"], paper["key"])
    terms: dict[str, Any] = {
        "tls_settings": TlsSettings.DOMAIN_VALIDATION,
        "tls_domain": "sink.example",
        "certificate_authorities": (ROOT.pem,),
    }
    [row] = found([Sink(tls=context)], "port-25", **terms)
    assert (row.level, row.sentence) == ("ok", "TLSv1.3; it does not ask for a client certificate.")


def test_a_host_that_does_not_ask_for_the_certificate_we_present_is_warned_of(tmp_path: Path) -> None:
    pfx = tmp_path / "up.pfx"
    pfx.write_bytes(serialize_key_and_certificates(b"x", SERVER.key, SERVER.certificate, SERVER.above, NoEncryption()))
    [row] = found([Sink(tls=tls(tmp_path))], "port-25", client_certificate_pfx=str(pfx))
    assert row.level == "warning"
    assert "it asks for no client certificate" in row.sentence


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "starttls"])
def test_a_host_that_hangs_at_any_step_is_left_in_time(
    tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts_greeted, "SECONDS", 0.3)
    [row] = found([Sink(tls=tls(tmp_path), hang=stage)], "port-25", tls_settings=TlsSettings.ENCRYPTION_ONLY)
    assert row.level == "failed"
    assert row.remedy


def seen_as(address: str) -> Sink:
    return Sink(say={"ehlo": f"250 sink.example Hello [{address}]"})


def test_addresses_that_differ_are_warned_of_and_private_ones_do_not_count() -> None:
    assert [it.level for it in found([seen_as("10.0.0.5")], "public-address")] == ["skipped"]
    assert [it.about for it in found([seen_as("11.22.33.44")], "public-address")] == ["11.22.33.44"]
    both = found([seen_as("11.22.33.44"), seen_as("2a00::1")], "public-address")
    assert [it.level for it in both] == ["ok", "ok"]  # one of each kind is as it should be
    *_, differ = found([seen_as("11.22.33.44"), seen_as("11.22.33.45")], "public-address")
    assert differ.level == "warning"
    assert "Hosts see different addresses of ours: 11.22.33.44, 11.22.33.45." in differ.sentence


@pytest.mark.parametrize(
    ("zone", "level", "words"),
    [
        ("44.33.22.11.in-addr.arpa. 60 IN PTR up.test.\nup.test. 60 IN A 11.22.33.44\n", "ok", "Its name (PTR) is up"),
        (
            "44.33.22.11.in-addr.arpa. 60 IN PTR up.test.\nup.test. 60 IN A 11.22.33.1\n",
            "warning",
            "does not have this",
        ),
        ("", "warning", "It has no name (PTR)"),
    ],
)
def test_the_name_of_our_address_must_lead_back_to_it(zone: str, level: str, words: str) -> None:
    row = found([seen_as("11.22.33.44")], "reverse-name", zone=zone)[-1]
    assert (row.level, row.about) == (level, "11.22.33.44")
    assert words in row.sentence


@pytest.mark.parametrize(
    ("date", "level", "words"),
    [
        ("Fri, 15 Jan 2027 08:00:00 +0000", "ok", "It agrees"),
        ("Fri, 15 Jan 2027 07:58:00 +0000", "warning", "120 seconds ahead of"),
        ("Fri, 15 Jan 2027 09:00:00 +0000", "failed", "3600 seconds behind"),
    ],
)
def test_the_clock_is_compared_with_a_hosts_greeting(date: str, level: str, words: str) -> None:
    [row] = found([Sink(say={"greeting": f"220 sink.example Microsoft ESMTP MAIL Service ready at {date}"})], "clock")
    assert row.level == level
    assert words in row.sentence


def test_of_very_many_hosts_some_are_greeted_and_the_rest_is_counted() -> None:
    sinks = [Sink() for _ in range(23)]
    rows = found(sinks, "port-25")
    assert len(rows) == 21
    assert rows[-1].sentence == "Further hosts that were not looked at: 3."
    assert sum(it.connections for it in sinks) == 20


def test_an_mx_that_leads_to_a_private_address_is_not_connected_to() -> None:
    async def play(server: str) -> tuple[Finding, ...]:
        settings = load_settings(environ={})
        domain = AcceptedDomain(name="contoso.com", organization="Default", domain_name="contoso.com")
        site = Site(settings=settings, lookups=Lookups([server]), clock=lambda: 0.0, running=True, domains=(domain,))
        [(_, rows)] = await run_checks(replace(site, mx_port=9), ["port-25"])
        return rows

    with naming("contoso.com. 60 IN MX 1 mx.contoso.com.\nmx.contoso.com. 60 IN A 127.0.0.1\n") as server:
        [row] = asyncio.run(play(server))
    assert (row.level, row.about) == ("failed", "mx.contoso.com:9 (MX of contoso.com)")
    assert "no MX may lead to (loopback)" in row.sentence
