"""gatepost mx, asked of a DNS server on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dnslib import RR
from dnslib.server import BaseResolver, DNSLogger, DNSServer
from typer.testing import CliRunner

from gatepost.__main__ import commands

ZONE = """
contoso.test. 60 IN MX 20 second.contoso.test.
contoso.test. 60 IN MX 10 first.contoso.test.
first.contoso.test. 60 IN A 192.0.2.1
second.contoso.test. 60 IN AAAA 2001:db8::2
null.test. 60 IN MX 0 .
implicit.test. 60 IN A 192.0.2.3
"""


class Zone(BaseResolver):  # type: ignore[misc]  # dnslib has no types
    """Answers from the zone; a name that is not there does not exist, `broken.test` is trouble."""

    def resolve(self, request: Any, handler: Any) -> Any:
        reply = request.reply()
        records = RR.fromZone(ZONE)
        mine = [it for it in records if it.rname == request.q.qname]
        reply.header.rcode = 2 if "broken" in str(request.q.qname) else 0 if mine else 3
        for record in mine:
            if record.rtype == request.q.qtype:
                reply.add_answer(record)
        return reply


@pytest.fixture(scope="module")
def resolver() -> Iterator[str]:
    server = DNSServer(Zone(), address="127.0.0.1", port=0, logger=DNSLogger(logf=lambda _: None))
    server.start_thread()
    yield f"127.0.0.1:{server.server.server_address[1]}"
    server.stop()


def mx(resolver: str, folder: Path, *words: str) -> Any:
    file = folder / "gatepost.toml"
    file.write_text(f'resolvers = ["{resolver}"]\n')
    return CliRunner().invoke(commands(), ["--config", str(file), "mx", *words])


def test_hosts_come_best_first_with_their_addresses(resolver: str, tmp_path: Path) -> None:
    run = mx(resolver, tmp_path, "Contoso.test", "--json")
    assert run.exit_code == 0
    assert json.loads(run.stdout) == {
        "domain": "contoso.test",
        "hosts": [
            {"preference": 10, "host": "first.contoso.test", "addresses": ["192.0.2.1"]},
            {"preference": 20, "host": "second.contoso.test", "addresses": ["2001:db8::2"]},
        ],
    }
    table = mx(resolver, tmp_path, "anna@contoso.test").stdout
    assert table.index("first.contoso.test") < table.index("second.contoso.test")


def test_a_domain_without_mx_is_its_own_host(resolver: str, tmp_path: Path) -> None:
    run = mx(resolver, tmp_path, "implicit.test", "--json")
    assert json.loads(run.stdout)["hosts"] == [{"preference": 0, "host": "implicit.test", "addresses": ["192.0.2.3"]}]


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
