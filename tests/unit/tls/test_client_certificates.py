"""The whole matrix: what a client certificate is worth, and the sentence that says why it is not."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from pki import INTERMEDIATE, NOW, ROOT, STRANGER, Issued, issue, pem_of

from gatepost.connectors import PUBLIC, Certificate
from gatepost.tls import Roots, judge_client

RSA_SMALL = rsa.generate_private_key(65537, 1024)
RSA_GOOD = rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def roots() -> Roots:
    return Roots.build({"contoso": pem_of(STRANGER)}, public=[ROOT.certificate])


def judged(issued: Issued, roots: Roots, now: datetime = NOW) -> Certificate:
    return judge_client(issued.chain, roots=roots, now=now)


@pytest.mark.parametrize(
    "issued",
    [
        pytest.param(issue(by=INTERMEDIATE), id="no extended key usage"),
        pytest.param(issue(by=INTERMEDIATE, uses=["serverAuth"]), id="serverAuth only"),
        pytest.param(issue(by=INTERMEDIATE, uses=["clientAuth"]), id="clientAuth only"),
        pytest.param(issue(by=INTERMEDIATE, uses=["serverAuth", "clientAuth"]), id="both"),
        pytest.param(issue(by=INTERMEDIATE, uses=["any"]), id="any extended key usage"),
        pytest.param(issue(by=ROOT), id="straight from the root"),
        pytest.param(issue(by=INTERMEDIATE, ca=False), id="CA:FALSE said"),
        pytest.param(issue(by=INTERMEDIATE, key_usage=["digital_signature"]), id="digitalSignature"),
        pytest.param(issue(by=INTERMEDIATE, key=RSA_GOOD), id="RSA 2048"),
        pytest.param(issue(by=INTERMEDIATE, key=ec.generate_private_key(ec.SECP384R1())), id="P-384"),
        pytest.param(issue(by=INTERMEDIATE, names=[], common_names=["relay.contoso.com"]), id="CN only"),
        pytest.param(issue(by=INTERMEDIATE, common_names=["one.test", "relay.contoso.com"], names=[]), id="last CN"),
        pytest.param(issue(by=INTERMEDIATE, names=["RELAY.Contoso.COM."]), id="upper case and trailing dot"),
    ],
)
def test_a_good_certificate_counts(issued: Issued, roots: Roots) -> None:
    verdict = judged(issued, roots)
    assert verdict.problem is None
    assert verdict.trusted_by == {PUBLIC}
    assert verdict.names == ("relay.contoso.com",)


_EMAIL_CA = issue("Mail CA", by=ROOT, ca=True, uses=["emailProtection"])
_NO_SIGN_CA = issue("No Sign", by=ROOT, ca=True, key_usage=["digital_signature"])
_NOT_A_CA = issue("not-a-ca.test", by=ROOT)
_OLD_CA = issue("Old CA", by=ROOT, ca=True, days=(-30, -1))
_GOOD_ONLY = issue(
    "Good Only", by=ROOT, ca=True, more=[(x509.NameConstraints([x509.DNSName("good.test")], None), True)]
)
_BELOW_ZERO = issue("Below Zero", by=INTERMEDIATE, ca=True)
_UNKNOWN_CRITICAL = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)


@pytest.mark.parametrize(
    ("issued", "sentence"),
    [
        pytest.param(issue(), "The certificate is self-signed", id="self-signed"),
        pytest.param(issue(by=issue("Nobody", ca=True)), "did not send the intermediate 'Nobody'", id="unknown CA"),
        pytest.param(issue(by=INTERMEDIATE, days=(-30, -1)), "expired on", id="expired"),
        pytest.param(issue(by=INTERMEDIATE, days=(1, 30)), "is not valid before", id="not yet valid"),
        pytest.param(
            issue(by=INTERMEDIATE, uses=["emailProtection"]),
            "its extended key usage is emailProtection; clientAuth or serverAuth is needed",
            id="emailProtection only",
        ),
        pytest.param(
            issue(by=INTERMEDIATE, uses=["codeSigning"]),
            "extended key usage is codeSigning",
            id="codeSigning",
        ),
        pytest.param(issue(by=ROOT, ca=True, names=["relay.contoso.com"]), "(CA:TRUE)", id="CA:TRUE leaf"),
        pytest.param(
            issue(by=INTERMEDIATE, key_usage=["key_encipherment"]),
            "digitalSignature",
            id="no digitalSignature",
        ),
        pytest.param(issue(by=INTERMEDIATE, key=RSA_SMALL), "RSA key has 1024 bits", id="RSA 1024"),
        pytest.param(issue(by=INTERMEDIATE, key=ed25519.Ed25519PrivateKey.generate()), "neither RSA nor", id="Ed25519"),
        pytest.param(issue(by=_EMAIL_CA), "only issue for other purposes", id="S/MIME intermediate"),
        pytest.param(issue(by=_NO_SIGN_CA), "does not allow it to sign", id="issuer without keyCertSign"),
        pytest.param(issue(by=_NOT_A_CA), "No trusted CA vouches", id="issuer is no CA"),
        pytest.param(issue(by=_OLD_CA), "No trusted CA vouches", id="expired intermediate"),
        pytest.param(issue(by=_BELOW_ZERO), "path length", id="path length exceeded"),
        pytest.param(issue("x.evil.test", by=_GOOD_ONLY), "name constraints", id="name constraints violated"),
        pytest.param(issue("x.evil.test", by=_GOOD_ONLY, names=[]), "name constraints", id="name constraints by CN"),
        pytest.param(issue(by=INTERMEDIATE, more=[_UNKNOWN_CRITICAL]), "critical", id="unknown critical"),
        pytest.param(issue(by=INTERMEDIATE, forged=True), "No trusted CA vouches", id="forged signature"),
        pytest.param(
            issue(by=INTERMEDIATE, names=[], common_names=["Office printer"]),
            "not a host name",
            id="CN no host",
        ),
        pytest.param(
            issue(by=INTERMEDIATE, names=[], common_names=["relay.contoso.com\0.evil.test"]),
            "not a host name",
            id="NUL in CN",
        ),
        pytest.param(
            issue(by=INTERMEDIATE, names=["relay.contoso.com\0.evil.test"]),
            "no usable host name",
            id="NUL in SAN",
        ),
        pytest.param(
            issue(by=INTERMEDIATE, names=["a.test, DNS:b.test"]),
            "no usable host name",
            id="SAN text injection",
        ),
        pytest.param(
            issue(by=INTERMEDIATE, names=[x509.RFC822Name("a@contoso.com")]),
            "no usable host name",
            id="mail SAN",
        ),
        pytest.param(issue(by=INTERMEDIATE, names=["f*o.contoso.com"]), "no usable host name", id="star inside"),
        pytest.param(issue(by=INTERMEDIATE, names=["*.com"]), "no usable host name", id="star on a TLD"),
    ],
)
def test_a_certificate_that_does_not_count_says_why(issued: Issued, sentence: str, roots: Roots) -> None:
    verdict = judged(issued, roots)
    assert verdict.trusted_by == frozenset()
    assert verdict.problem is not None and sentence in verdict.problem
    assert "\0" not in verdict.problem + verdict.subject + verdict.issuer


def test_a_missing_intermediate_is_named(roots: Roots) -> None:
    leaf = issue(by=INTERMEDIATE)
    verdict = judge_client([leaf.certificate], roots=roots, now=NOW)
    assert verdict.problem is not None
    assert "the client did not send the intermediate 'Test Intermediate'" in verdict.problem


def test_a_chain_that_stops_halfway_names_where(roots: Roots) -> None:
    middle = issue("Middle", by=issue("Hidden", by=STRANGER, ca=True), ca=True)
    leaf = issue(by=middle)
    verdict = judge_client([leaf.certificate, middle.certificate], roots=roots, now=NOW)
    assert verdict.problem is not None
    assert "stops at 'Middle', whose issuer 'Hidden' was not sent" in verdict.problem


def test_a_private_root_that_was_sent_along_is_named(roots: Roots) -> None:
    private = issue("Private Root", ca=True)
    leaf = issue(by=private)
    verdict = judge_client([leaf.certificate, private.certificate], roots=roots, now=NOW)
    assert verdict.problem is not None and "ends in 'Private Root'" in verdict.problem


def test_an_organizations_own_ca_vouches_for_that_organization_only(roots: Roots) -> None:
    assert judged(issue(by=STRANGER), roots).trusted_by == {"contoso"}


def test_a_self_signed_certificate_counts_where_an_organization_added_it() -> None:
    own = issue(ca=True, names=["relay.contoso.com"])  # as `openssl req -x509` makes them
    roots = Roots.build({"contoso": pem_of(own), "fabrikam": pem_of(STRANGER)}, public=[])
    assert judged(own, roots).trusted_by == {"contoso"}


def test_where_there_is_a_san_the_cn_does_not_count(roots: Roots) -> None:
    issued = issue(by=INTERMEDIATE, common_names=["trusted.contoso.com"], names=["other.contoso.com"])
    assert judged(issued, roots).names == ("other.contoso.com",)


def test_every_good_name_counts_and_bad_ones_are_left_out(roots: Roots) -> None:
    names = [
        "relay.contoso.com",
        "*.contoso.com",
        "bad name.test",
        "*.*.test",
        "192.0.2.1",
        "xn--bcher-kva.test",
    ]
    assert judged(issue(by=INTERMEDIATE, names=names), roots).names == (
        "relay.contoso.com",
        "*.contoso.com",
        "xn--bcher-kva.test",
    )


def test_a_hundred_names_are_considered(roots: Roots) -> None:
    many = issue(by=INTERMEDIATE, names=[f"h{number}.contoso.com" for number in range(300)])
    assert len(judged(many, roots).names) == 100


def test_a_verdict_is_taken_anew_when_the_certificate_expires(roots: Roots) -> None:
    issued = issue(by=INTERMEDIATE, days=(-1, 1))
    assert judged(issued, roots).problem is None
    assert judged(issued, roots, NOW + timedelta(days=1)).problem is None
    late = judged(issued, roots, NOW + timedelta(days=1, seconds=1))
    assert late.problem is not None and "expired on" in late.problem
    assert judged(issued, roots, NOW).problem is None


def test_a_verdict_is_taken_anew_when_an_intermediate_expires(roots: Roots) -> None:
    brief = issue("Brief CA", by=ROOT, ca=True, days=(-1, 0.01))
    issued = issue(by=brief)
    assert judged(issued, roots).problem is None
    assert judged(issued, roots, NOW + timedelta(minutes=20)).problem is not None


def test_the_same_certificate_is_not_verified_twice(roots: Roots) -> None:
    issued = issue(by=INTERMEDIATE)
    assert judged(issued, roots) is judged(issued, roots, NOW + timedelta(minutes=5))


def test_a_kept_verdict_does_not_outlive_its_configuration() -> None:
    issued = issue(by=STRANGER)
    assert judged(issued, Roots.build({"contoso": pem_of(STRANGER)}, public=[])).trusted_by == {"contoso"}
    assert judged(issued, Roots.build({}, public=[])).trusted_by == frozenset()


def test_the_kept_verdicts_are_bounded(roots: Roots) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for number in range(80):
        judged(issue(f"h{number}.test", key=key), roots)
    assert len(roots.kept) < 80 + 1024 and len(roots.kept) <= 1024 + 64


def test_an_unreadable_ca_is_reported_and_harms_nobody() -> None:
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    roots = Roots.build({"contoso": [broken, *pem_of(STRANGER)], "fabrikam": ["nonsense"]}, public=[])
    assert len(roots.problems) == 2
    assert judged(issue(by=STRANGER), roots).trusted_by == {"contoso"}


def test_the_systems_public_cas_are_there_and_do_not_vouch_for_strangers() -> None:
    roots = Roots.build()
    assert len(roots.by_name[PUBLIC].certificates) > 50
    assert judged(issue(by=STRANGER), roots).problem is not None


_DER = issue(by=INTERMEDIATE, uses=["serverAuth"], key_usage=["digital_signature"]).der
_ROOTS = Roots.build({}, public=[ROOT.certificate])


@given(data=st.data())
@settings(deadline=None)
def test_a_damaged_certificate_never_raises(data: st.DataObject) -> None:
    octets = bytearray(_DER)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        damaged = x509.load_der_x509_certificate(bytes(octets))
    except Exception:  # such a certificate does not reach the judge
        return
    verdict = judge_client([damaged, INTERMEDIATE.certificate], roots=_ROOTS, now=NOW)
    assert bytes(octets) == _DER or verdict.problem is not None
