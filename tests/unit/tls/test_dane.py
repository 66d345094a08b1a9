"""Certificates and TLSA records: which match, and which must not."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pki import INTERMEDIATE, ROOT, STRANGER, Issued, issue

from gatepost.routing import Fingerprint
from gatepost.tls import judge_fingerprints

MX = "relay.contoso.com"
SERVER = issue(MX, by=INTERMEDIATE, uses=["serverAuth"])
CHAIN = [SERVER.certificate, INTERMEDIATE.certificate, ROOT.certificate]
OTHER = issue("mx.other.example", by=INTERMEDIATE)
EXPIRED = issue(MX, by=INTERMEDIATE, days=(-30, -1))
ALONE = issue(MX)


def tlsa(paper: Issued, usage: int, selector: int, matching: int) -> Fingerprint:
    certificate = paper.certificate
    octets = (
        certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if selector
        else certificate.public_bytes(Encoding.DER)
    )
    if matching:
        octets = (hashlib.sha256 if matching == 1 else hashlib.sha512)(octets).digest()
    return Fingerprint(usage=usage, selector=selector, matching=matching, octets=octets)


def verdict(chain: list[x509.Certificate], *records: Fingerprint, names: tuple[str, ...] = (MX,)) -> str | None:
    return judge_fingerprints(chain, records, names=names)


@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize(("usage", "paper"), [(3, SERVER), (2, INTERMEDIATE), (2, ROOT)])
def test_every_kind_of_record_matches_what_it_names(usage: int, paper: Issued, selector: int, matching: int) -> None:
    assert verdict(CHAIN, tlsa(paper, usage, selector, matching)) is None
    other = verdict(CHAIN, tlsa(STRANGER, usage, selector, matching))
    assert other is not None
    assert "TLSA records" in other


@pytest.mark.parametrize(
    "chain", [[EXPIRED.certificate, INTERMEDIATE.certificate], [ALONE.certificate], [OTHER.certificate]]
)
def test_a_key_that_is_named_needs_no_dates_no_names_and_no_chain(chain: list[x509.Certificate]) -> None:
    leaf = Issued(certificate=chain[0], key=SERVER.key)
    assert verdict(chain, tlsa(leaf, 3, 1, 1)) is None


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        (EXPIRED, "expired"),
        (OTHER, "is for mx.other.example, not for relay.contoso.com"),
        (issue(MX, by=INTERMEDIATE, uses=["codeSigning"]), "not meant for this"),
        (ALONE, "has not signed"),
    ],
)
def test_an_authority_that_is_named_must_vouch_for_a_valid_certificate_of_the_host(paper: Issued, words: str) -> None:
    chain = [paper.certificate, INTERMEDIATE.certificate, ROOT.certificate]
    found = verdict(chain, tlsa(INTERMEDIATE, 2, 0, 1))
    assert found is not None
    assert words in found


def test_an_authority_that_stands_whole_in_the_record_need_not_be_sent() -> None:
    assert verdict(CHAIN[:2], tlsa(ROOT, 2, 0, 0)) is None
    assert verdict(CHAIN[:2], tlsa(ROOT, 2, 0, 1)) is not None


def test_one_record_that_matches_is_enough_and_any_of_the_names_will_do() -> None:
    records = (tlsa(STRANGER, 3, 1, 1), tlsa(ROOT, 2, 1, 2))
    assert verdict(CHAIN, *records, names=("elsewhere.example", MX)) is None


def test_the_hosts_own_certificate_is_no_authority() -> None:
    assert verdict([ALONE.certificate], tlsa(ALONE, 2, 0, 1)) is not None


def test_no_certificate_is_never_good() -> None:
    assert verdict([], tlsa(SERVER, 3, 1, 1)) is not None


@given(st.integers(2, 3), st.integers(0, 1), st.integers(0, 2), st.binary(max_size=70))
def test_no_record_raises_and_none_of_chance_matches(usage: int, selector: int, matching: int, octets: bytes) -> None:
    record = Fingerprint(usage=usage, selector=selector, matching=matching, octets=octets)
    later = datetime.now(UTC) + timedelta(days=1)
    assert judge_fingerprints(CHAIN, [record], names=(MX,), now=later) is not None
