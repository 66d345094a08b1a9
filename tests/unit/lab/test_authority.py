"""The throwaway certificates are what the trials take them for."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509

from gatepost.lab.authority import Authority
from gatepost.tls import Roots, judge_client, judge_server, load_pem, purposes

NAME = "relay.contoso.test"
NOW = datetime.now(UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "papers")


def test_a_client_certificate_comes_with_its_intermediate_and_is_for_servers_only(authority: Authority) -> None:
    credentials = authority.client(NAME).load()
    assert [purposes(one) for one in credentials.presented] == [("serverAuth",), None]


def test_an_organization_that_adds_the_root_trusts_a_client_certificate(authority: Authority) -> None:
    roots = Roots.build({"contoso": (authority.root_pem,)})
    verdict = judge_client(authority.client(NAME).load().presented, roots=roots, now=NOW)
    assert (verdict.names, verdict.trusted_by, verdict.problem) == ((NAME,), frozenset({"contoso"}), None)


def test_nobody_vouches_for_a_self_signed_certificate(authority: Authority) -> None:
    roots = Roots.build({"contoso": (authority.root_pem,)})
    verdict = judge_client(authority.self_signed(NAME).load().presented, roots=roots, now=NOW)
    assert verdict.names == (NAME,)
    assert verdict.trusted_by == frozenset()
    assert "self-signed" in (verdict.problem or "")


@pytest.mark.parametrize("name", ["mx.contoso.test", "127.0.0.1"])
def test_a_server_certificate_is_valid_for_its_name_and_for_loopback(authority: Authority, name: str) -> None:
    credentials = load_pem(authority.server("mx.contoso.test"))
    assert judge_server(credentials.presented, name=name, extra_cas=(authority.root,), now=NOW) is None
    alternative = credentials.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.IPAddress) == [IPv4Address("127.0.0.1")]


def test_every_pfx_has_a_password_of_its_own(authority: Authority) -> None:
    assert authority.client(NAME).password != authority.client("mail.other.test").password


def test_nobody_else_can_read_keys_and_passwords(authority: Authority) -> None:
    pfx = authority.client(NAME)
    files = (pfx.file, pfx.password_file, authority.server("mx.contoso.test"))
    assert [file.stat().st_mode & 0o077 for file in (*files, authority.file.parent)] == [0, 0, 0, 0]
