"""What a smart host's certificate must be: a chain to a trusted CA, and the name that was asked for."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from pki import INTERMEDIATE, NOW, ROOT, STRANGER, Issued, issue

from gatepost.tls import judge_server

OURS = (ROOT.certificate,)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["mail.contoso.com"], "mail.contoso.com"),
        (["MAIL.Contoso.com"], "mail.contoso.COM."),
        (["*.contoso.com"], "mail.contoso.com"),
        (["mail.contoso.com"], "*.contoso.com"),
        (["a.b.contoso.com"], "*.contoso.com"),
        (["contoso.com"], "*.contoso.com"),
        (["*.mail.contoso.com"], "*.contoso.com"),
        ([x509.IPAddress(ip_address("192.0.2.1"))], "192.0.2.1"),
        ([x509.IPAddress(ip_address("2001:db8::1"))], "[2001:db8::1]"),
        (["other.test"], None),
    ],
)
def test_a_name_that_fits(names: list[x509.GeneralName | str], wanted: str | None) -> None:
    issued = issue(by=INTERMEDIATE, names=names)
    assert judge_server(issued.chain, name=wanted, extra_cas=OURS, now=NOW) is None


@pytest.mark.parametrize(
    ("issued", "wanted", "sentence"),
    [
        (issue(by=INTERMEDIATE, names=["other.test"]), "mail.contoso.com", "is for other.test, not for mail"),
        (issue(by=INTERMEDIATE, names=["*.contoso.com"]), "a.b.contoso.com", "not for a.b.contoso.com"),
        (issue(by=INTERMEDIATE, names=["*.contoso.com"]), "contoso.com", "not for contoso.com"),
        (issue(by=INTERMEDIATE, names=["evilcontoso.com"]), "*.contoso.com", "not for"),
        (issue("mail.contoso.com", by=INTERMEDIATE, names=[]), "mail.contoso.com", "bears no host name"),
        (issue(by=INTERMEDIATE, names=["192.0.2.1"]), "192.0.2.1", "does not bear the address"),
        (issue(by=INTERMEDIATE, names=[]), "192.0.2.1", "does not bear the address"),
        (issue("mail.contoso.com"), "mail.contoso.com", "self-signed"),
        (issue("mail.contoso.com", by=STRANGER), "mail.contoso.com", "the server did not send"),
        (issue("mail.contoso.com", by=INTERMEDIATE, days=(-9, -1)), "mail.contoso.com", "expired"),
        (issue("mail.contoso.com", by=INTERMEDIATE, uses=["clientAuth"]), None, "serverAuth is needed"),
    ],
)
def test_a_certificate_that_does_not_fit_says_why(issued: Issued, wanted: str | None, sentence: str) -> None:
    problem = judge_server(issued.chain, name=wanted, extra_cas=OURS, now=NOW)
    assert problem is not None and sentence in problem


def test_without_a_certificate_there_is_nothing_to_judge() -> None:
    assert judge_server([], name=None) == "The server showed no certificate."


def test_a_verdict_is_not_taken_for_another_name_or_other_cas() -> None:
    issued = issue("mail.contoso.com", by=INTERMEDIATE)
    assert judge_server(issued.chain, name="mail.contoso.com", extra_cas=OURS, now=NOW) is None
    assert judge_server(issued.chain, name="evil.test", extra_cas=OURS, now=NOW) is not None
    assert judge_server(issued.chain, name="mail.contoso.com", now=NOW) is not None
    late = NOW + timedelta(days=31)
    assert judge_server(issued.chain, name="mail.contoso.com", extra_cas=OURS, now=late) is not None


def test_a_server_certificate_may_be_pinned() -> None:
    own = issue("mail.contoso.com", ca=True, names=["mail.contoso.com"])
    assert judge_server(own.chain, name="mail.contoso.com", extra_cas=(own.certificate,), now=NOW) is None
