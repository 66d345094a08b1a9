"""gatepost mx, asked of a DNS server on loopback; what it does with --probe stands in tests/flows/test_check.py."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[2] / "flows"))

from named import naming

from gatepost.__main__ import commands

ZONE = """
contoso.test. 60 IN MX 20 second.contoso.test.
contoso.test. 60 IN MX 10 first.contoso.test.
first.contoso.test. 60 IN A 192.0.2.1
second.contoso.test. 60 IN AAAA 2001:db8::2
null.test. 60 IN MX 0 .
_mta-sts.contoso.test. 60 IN TXT "v=STSv1; id=20260101;"
tlsa.test. 60 IN MX 0 mail.tlsa.test.
mail.tlsa.test. 60 IN A 192.0.2.5
implicit.test. 60 IN A 192.0.2.3
cloud.test. 60 IN MX 0 cloud-test.mail.protection.outlook.com.
cloud-test.mail.protection.outlook.com. 60 IN A 192.0.2.4
"""


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    with naming(ZONE, broken="broken") as address:
        yield address


def mx(resolver: str, folder: Path, *words: str) -> Any:
    file = folder / "gatepost.toml"
    file.write_text(f'resolvers = ["{resolver}"]\n')
    return CliRunner().invoke(commands(), ["--config", str(file), "mx", *words])


def test_hosts_come_best_first_with_their_addresses(resolver: str, tmp_path: Path) -> None:
    run = mx(resolver, tmp_path, "Contoso.test", "--json")
    assert run.exit_code == 0
    assert json.loads(run.stdout) == {
        "domain": "contoso.test",
        "provider": "other",
        "dnssec": False,
        "dane_possible": True,
        "hosts": [host(10, "first.contoso.test", "192.0.2.1"), host(20, "second.contoso.test", "2001:db8::2")],
        "mta_sts": {"id": "20260101", "mode": None, "mx": [], "max_age": None, "problem": None},
    }
    table = mx(resolver, tmp_path, "anna@contoso.test").stdout
    assert table.index("first.contoso.test") < table.index("second.contoso.test")
    assert "MTA-STS policy 20260101." in table


def host(preference: int, name: str, *addresses: str) -> dict[str, Any]:
    return {
        "preference": preference,
        "host": name,
        "addresses": list(addresses),
        "tlsa": [],
        "tlsa_authenticated": False,
        "tlsa_problem": None,
        "demand": {"policy": "no-policy-found", "tls": "if offered", "usable": True, "because": ""},
    }


def test_a_domain_without_mx_is_its_own_host(resolver: str, tmp_path: Path) -> None:
    run = mx(resolver, tmp_path, "implicit.test", "--json")
    assert json.loads(run.stdout)["hosts"] == [host(0, "implicit.test", "192.0.2.3")]


def test_the_provider_is_told(resolver: str, tmp_path: Path) -> None:
    assert json.loads(mx(resolver, tmp_path, "cloud.test", "--json").stdout)["provider"] == "Microsoft 365"
    assert "The mail is taken by Microsoft 365." in mx(resolver, tmp_path, "cloud.test").stdout


@pytest.mark.parametrize(("proven", "words"), [(False, "so they do not count"), (True, "3 1 1 abab")])
def test_tlsa_records_count_where_the_resolver_proves_them(tmp_path: Path, proven: bool, words: str) -> None:
    with naming(ZONE, proven=proven, fingerprints={"_25._tcp.mail.tlsa.test.": f"030101{'ab' * 32}"}) as address:
        shown = mx(address, tmp_path, "tlsa.test").stdout
    assert "3 1 1 abab" in shown
    assert words in shown


def test_tlsa_records_that_cannot_be_asked_for_are_no_absent_ones(tmp_path: Path) -> None:
    with naming(ZONE, broken="_25._tcp") as address:
        shown = mx(address, tmp_path, "tlsa.test").stdout
    assert "The TLSA records of mail.tlsa.test cannot be looked up" in shown


@pytest.mark.parametrize(
    ("domain", "status", "words"),
    [
        ("null.test", 1, "takes no mail (null MX)"),
        ("nothing.test", 1, "does not exist"),
        ("broken.test", 75, "DNS could not say"),
        ("a b", 1, "is not a domain"),
    ],
)
def test_no_host_is_a_sentence(resolver: str, tmp_path: Path, domain: str, status: int, words: str) -> None:
    run = mx(resolver, tmp_path, domain)
    assert run.exit_code == status
    assert words in run.stderr
