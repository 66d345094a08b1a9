"""The checks of certificates, with throwaway authorities that stand in for the public ones."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "flows"))

from cryptography.x509.oid import ExtendedKeyUsageOID
from papers import CODE_SIGNING, INTERMEDIATE, ROOT, SERVER, SERVER_AUTH, STRANGER, Paper, issue

from gatepost.checks import Lookups, Site, run_checks, still_matches
from gatepost.checks.site import Finding
from gatepost.config import ListenerSettings, load_settings
from gatepost.connectors import (
    AcceptedDomain,
    ConnectorType,
    Directory,
    InboundConnector,
    Organization,
    OutboundConnector,
)
from gatepost.tls import roots

CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def public(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """ROOT is the one public CA for the length of a test."""
    bundle = tmp_path_factory.mktemp("cas") / "public.pem"
    bundle.write_text(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    roots.system_anchors.cache_clear()
    yield
    roots.system_anchors.cache_clear()


def by_certificate(name: str, expects: str, **more: Any) -> InboundConnector:
    known = {
        "connector_type": ConnectorType.ON_PREMISES,
        "organization": "Default",
        "tls_sender_certificate_name": expects,
        **more,
    }
    return InboundConnector(name=name, **known)


def site(
    *listeners: ListenerSettings,
    inbound: Sequence[InboundConnector] = (),
    outbound: Sequence[OutboundConnector] = (),
    domains: Sequence[str] = (),
    authorities: tuple[str, ...] = (),
) -> Site:
    organization = Organization(name="Default", certificate_authorities=authorities)
    accepted = [AcceptedDomain(name=it, organization="Default", domain_name=it) for it in domains]
    settings = load_settings(environ={"GATEPOST_HOSTNAME": "relay.contoso.com"})
    return Site(
        settings=replace(settings, listeners=listeners),
        lookups=Lookups(["127.0.0.1:9"], lifetime=0.2),
        clock=NOW.timestamp,
        running=True,
        organizations=(organization,),
        domains=tuple(accepted),
        outbound=tuple(outbound),
        directory=Directory.build(organizations=[organization], accepted_domains=accepted, inbound=inbound),
        secret=lambda _: "secret",
    )


def listening(folder: Path, paper: Paper, *, chain: bool = True) -> ListenerSettings:
    files = paper.files(folder, chain=chain)
    return ListenerSettings(tls="starttls", certificate=Path(files["certificate"]), key=Path(files["key"]))


def presenting(folder: Path, paper: Paper, name: str = "Upstream") -> OutboundConnector:
    return OutboundConnector(
        name=name,
        organization="Default",
        client_certificate_pfx=paper.pfx(folder, name)["pfx"],
        client_certificate_password_secret="the password",
    )


def administering(paper: Paper, folder: Path) -> Site:
    """A site whose admin listener has a certificate, and no other listener one."""
    files = paper.files(folder)
    where = site()
    admin = replace(where.settings.admin, certificate=Path(files["certificate"]), key=Path(files["key"]))
    return replace(where, settings=replace(where.settings, admin=admin))


def found(where: Site, check: str) -> list[Finding]:
    [(_, rows)] = asyncio.run(run_checks(where, [check]))
    return list(rows)


@pytest.mark.parametrize(
    ("check", "paper", "level", "words"),
    [
        ("certificate", SERVER, "ok", "certificate and key belong together"),
        ("certificate", issue(by=ROOT, days=(-9, -1)), "failed", "expired on"),
        ("certificate-expiry", SERVER, "ok", "It is valid until"),
        ("certificate-expiry", issue(by=ROOT, days=(-9, 5.5)), "warning", "It expires in 5 days"),
        ("certificate-expiry", issue(by=ROOT, days=(-9, 0.5)), "warning", "It expires today"),
        ("certificate-expiry", issue(by=ROOT, days=(-9, -1)), "skipped", "It cannot be read."),
        ("certificate-chain", SERVER, "ok", "with 1 intermediate presented"),
        ("certificate-chain", issue(by=ROOT), "ok", "with 0 intermediates presented"),
        ("certificate-chain", issue(), "warning", "self-signed"),
        ("certificate-chain", issue(by=STRANGER), "warning", "No trusted CA vouches"),
        ("certificate-names", SERVER, "ok", "covers our hostname relay.contoso.com"),
        ("certificate-names", issue("mail.fabrikam.com", by=ROOT), "warning", "and not our hostname"),
        ("certificate-purpose", SERVER, "ok", "It is for serverAuth, which a server needs."),
        ("certificate-purpose", issue(by=ROOT), "ok", "any use"),
        ("certificate-purpose", issue(by=ROOT, uses=[CLIENT_AUTH]), "failed", "a server needs serverAuth"),
    ],
)
def test_a_listeners_certificate(tmp_path: Path, check: str, paper: Paper, level: str, words: str) -> None:
    [row] = found(site(listening(tmp_path, paper)), check)
    assert (row.level, row.about) == (level, "listener 127.0.0.1:2525")
    assert words in row.sentence


def test_an_intermediate_that_is_not_presented_is_missed(tmp_path: Path) -> None:
    [row] = found(site(listening(tmp_path, SERVER, chain=False)), "certificate-chain")
    assert row.level == "warning"
    assert "did not send the intermediate 'Test Intermediate'" in row.sentence


@pytest.mark.parametrize(
    ("check", "paper", "level", "words"),
    [
        ("certificate", SERVER, "ok", "belong together"),
        ("certificate-chain", SERVER, "ok", "Public CAs vouch for it"),
        ("certificate-chain", issue(by=STRANGER), "failed", "No connector at the far side will know it."),
        ("certificate-names", SERVER, "ok", "contoso.com is an accepted domain"),
        ("certificate-names", issue("relay.fabrikam.com", by=ROOT), "warning", "no accepted domain stands behind"),
        ("certificate-purpose", SERVER, "ok", "Public CAs stopped issuing clientAuth in 2026"),
        ("certificate-purpose", issue(by=ROOT, uses=[CLIENT_AUTH]), "ok", "serverAuth only, which suffices"),
        ("certificate-purpose", issue(by=ROOT, uses=[CLIENT_AUTH, SERVER_AUTH]), "ok", "clientAuth, serverAuth"),
        ("certificate-purpose", issue(by=ROOT, uses=[CODE_SIGNING]), "failed", "no server takes it for a client's"),
    ],
)
def test_the_certificate_that_a_connector_presents(
    tmp_path: Path, check: str, paper: Paper, level: str, words: str
) -> None:
    [row] = found(site(outbound=[presenting(tmp_path, paper)], domains=["contoso.com"]), check)
    assert (row.level, row.about) == (level, "connector 'Upstream'")
    assert words in row.sentence


def test_a_ca_of_ones_own_is_enough_for_whoever_knows_it(tmp_path: Path) -> None:
    upstream = presenting(tmp_path, issue(by=STRANGER))
    [row] = found(site(outbound=[upstream], authorities=(STRANGER.pem,)), "certificate-chain")
    assert row.level == "warning"
    assert "Exchange Online will not know it" in row.sentence


def test_files_that_cannot_be_read_have_failed_with_the_file_in_the_sentence(tmp_path: Path) -> None:
    other = issue("other.contoso.com", by=ROOT).files(tmp_path, "other")
    files = SERVER.files(tmp_path)
    mixed = ListenerSettings(tls="starttls", certificate=Path(files["certificate"]), key=Path(other["key"]))
    gone = OutboundConnector(name="Gone", organization="Default", client_certificate_pfx=str(tmp_path / "gone.pfx"))
    rows = found(site(mixed, outbound=[gone]), "certificate")
    assert [it.level for it in rows] == ["failed", "failed"]
    assert "does not belong to any of the certificates" in rows[0].sentence
    assert "gone.pfx: cannot be read" in rows[1].sentence


@pytest.mark.parametrize(
    ("expects", "domains", "level"),
    [
        ("relay.contoso.com", ["contoso.com"], "ok"),
        ("relay.contoso.com", ["relay.contoso.com"], "ok"),
        ("*.contoso.com", ["contoso.com"], "ok"),
        ("relay.sub.contoso.com", ["contoso.com"], "warning"),
        ("relay.fabrikam.com", ["contoso.com"], "warning"),
    ],
)
def test_what_a_connector_expects_needs_an_accepted_domain(expects: str, domains: list[str], level: str) -> None:
    [row] = found(site(inbound=[by_certificate("TLS", expects)], domains=domains), "certificate-names")
    assert (row.level, row.about) == (level, "connector 'TLS'")


def test_without_any_certificate_the_checks_are_skipped() -> None:
    for check in ("certificate", "certificate-expiry", "certificate-chain", "certificate-names", "certificate-purpose"):
        assert [it.level for it in found(site(), check)] == ["skipped"]


# --- before a renewal ---------------------------------------------------------------------------------------


def renewed(where: Site, new: Paper, old: Paper | None = None) -> dict[str, Finding]:
    def chain(paper: Paper) -> list[Any]:
        return [paper.certificate, *paper.above]

    async def play() -> tuple[Finding, ...]:
        return await still_matches(where, chain(new), chain(old) if old else ())

    return {it.about: it for it in asyncio.run(play())}


RELAY = by_certificate("Relay", "relay.contoso.com")
PRINTERS = by_certificate("Printers", "printers.contoso.com")
OFF = by_certificate("Off", "relay.contoso.com", enabled=False)


@pytest.mark.parametrize(
    ("new", "levels", "words"),
    [
        (SERVER, ("ok", "ok", "skipped"), "by relay.contoso.com and the accepted domain contoso.com"),
        (issue("*.contoso.com", by=ROOT), ("ok", "ok", "ok"), "It will match, by *.contoso.com"),
        (issue("other.contoso.com", by=ROOT), ("ok", "failed", "failed"), "expects relay.contoso.com"),
        (issue("relay.contoso.com"), ("failed", "failed", "failed"), "will not match all the same"),
        (issue("relay.contoso.com", by=ROOT, days=(-9, -1)), ("failed", "failed", "failed"), "expired"),
        (issue("relay.contoso.com", by=ROOT, uses=[CODE_SIGNING]), ("failed", "failed", "failed"), "not meant for"),
    ],
)
def test_a_new_certificate_is_judged_connector_by_connector(new: Paper, levels: tuple[str, ...], words: str) -> None:
    rows = renewed(site(inbound=[RELAY, PRINTERS, OFF], domains=["contoso.com"]), new)
    assert list(rows) == ["the new certificate", "connector 'Printers'", "connector 'Relay'"]
    told = [rows[it] for it in ("the new certificate", "connector 'Relay'", "connector 'Printers'")]
    assert tuple(it.level for it in told) == levels
    assert words in rows["connector 'Relay'"].sentence


def test_only_connectors_that_knew_the_old_one_can_fail() -> None:
    where = site(inbound=[RELAY, PRINTERS], domains=["contoso.com"])
    rows = renewed(where, issue("new.contoso.com", by=ROOT), SERVER)
    assert rows["connector 'Relay'"].level == "failed"
    assert rows["connector 'Printers'"].level == "skipped"


def test_an_own_ca_counts_for_its_organization_and_not_in_exchange_online() -> None:
    where = site(inbound=[RELAY], domains=["contoso.com"], authorities=(STRANGER.pem,))
    rows = renewed(where, issue("relay.contoso.com", by=STRANGER))
    assert rows["the new certificate"].level == "warning"
    assert "not in Exchange Online" in rows["the new certificate"].sentence
    assert rows["connector 'Relay'"].level == "ok"


def test_without_an_accepted_domain_it_matches_for_some_senders_only() -> None:
    rows = renewed(site(inbound=[RELAY], domains=["fabrikam.com"]), SERVER)
    assert rows["connector 'Relay'"].level == "warning"
    assert "for senders in accepted domains alone" in rows["connector 'Relay'"].sentence


def test_the_names_that_a_far_side_knows_must_be_kept(tmp_path: Path) -> None:
    where = site(outbound=[presenting(tmp_path, SERVER)], domains=["contoso.com"])
    again = renewed(where, issue("relay.contoso.com", by=INTERMEDIATE))
    assert again["connector 'Upstream'"].level == "ok"
    other = renewed(where, issue("other.contoso.com", by=INTERMEDIATE))
    assert other["connector 'Upstream'"].level == "skipped"


def test_without_any_connector_by_certificate_there_is_nothing_to_match() -> None:
    assert "No connector goes by a certificate" in renewed(site(), SERVER)[""].sentence


@pytest.mark.parametrize(
    ("check", "paper", "level"),
    [
        ("certificate", SERVER, "ok"),
        ("certificate-expiry", issue(by=ROOT, days=(-9, 5.5)), "warning"),
        ("certificate-chain", issue(by=STRANGER), "warning"),
        ("certificate-names", issue("elsewhere.example", by=ROOT), "warning"),
        ("certificate-purpose", issue(by=ROOT, uses=[CODE_SIGNING]), "failed"),
    ],
)
def test_the_admin_listeners_certificate_is_looked_at_as_any_other(
    tmp_path: Path, check: str, paper: Paper, level: str
) -> None:
    where = administering(paper, tmp_path)
    [finding] = found(where, check)
    assert (finding.about[:15], finding.level) == ("admin listener ", level)
    assert " Remedy: " not in finding.sentence  # it stands beside it, once
    rows = found(replace(where, whole=False, begun={}), check)
    assert not [it for it in rows if "admin" in it.about]
