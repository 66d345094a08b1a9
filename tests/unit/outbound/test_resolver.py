"""The resolver's contract, kept by dnspython against a real server on loopback and by the fake of the flows."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop
from dnslib import AAAA, QTYPE, RCODE, RR, A
from dnslib import MX as MX_RECORD
from dnslib import TXT as TXT_RECORD
from dnslib.server import BaseResolver, DNSLogger, DNSServer

from gatepost.outbound import DnsResolver, Resolver
from gatepost.routing import Answer, MxAnswer, MxHost

sys.path.insert(0, str(Path(__file__).parents[2] / "flows"))

from relaying import TableResolver

MX_FOUND = MxAnswer(
    answer=Answer.FOUND,
    hosts=(MxHost(preference=10, host="mx1.example"), MxHost(preference=20, host="mx2.example")),
)
NULL = MxAnswer(answer=Answer.FOUND, hosts=(MxHost(preference=0, host=""),))


class Zone(BaseResolver):  # type: ignore[misc]
    """A small zone, counting its questions."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def resolve(self, request: Any, _handler: Any) -> Any:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        self.asked.append(f"{name} {kind}")
        records = {
            ("fabrikam.com", "MX"): [MX_RECORD("MX2.example", 20), MX_RECORD("mx1.example", 10)],
            ("null.example", "MX"): [MX_RECORD(".", 0)],
            ("odd.example", "MX"): [MX_RECORD("not_a_host.example", 1), MX_RECORD("mx1.example", 5)],
            ("mx1.example", "A"): [A("192.0.2.1"), A("192.0.2.2")],
            ("mx1.example", "AAAA"): [AAAA("2001:db8::1")],
            ("v4.example", "A"): [A("192.0.2.9")],
            ("large.example", "TXT"): [TXT_RECORD([b"x" * 250] * 80)],
        }.get((name, kind))
        if records:
            for record in records:
                reply.add_answer(RR(name, getattr(QTYPE, kind), rdata=record, ttl=300))
        elif name == "broken.example":
            reply.header.rcode = RCODE.SERVFAIL
        elif name not in ("empty.example", "v4.example", "mx1.example"):
            reply.header.rcode = RCODE.NXDOMAIN
        return reply


@pytest.fixture(scope="module")
def zone() -> Zone:
    return Zone()


@pytest.fixture(scope="module")
def nameserver(zone: Zone) -> Iterator[str]:
    quiet = DNSLogger("-request,-reply,-truncated,-error")
    server = DNSServer(zone, port=0, address="127.0.0.1", logger=quiet)
    server.start_thread()
    yield f"127.0.0.1:{server.server.server_address[1]}"
    server.stop()
    server.server.server_close()


class ResolverContract:
    """What every resolver promises."""

    def make(self, nameserver: str) -> Resolver:
        raise NotImplementedError

    @pytest.mark.parametrize(
        ("domain", "answer"),
        [
            pytest.param("fabrikam.com", MX_FOUND, id="found, in canonical form"),
            pytest.param("null.example", NULL, id="null MX"),
            pytest.param("empty.example", MxAnswer(answer=Answer.EMPTY), id="no MX"),
            pytest.param("gone.example", MxAnswer(answer=Answer.NO_NAME), id="no such domain"),
        ],
    )
    def test_mx(self, nameserver: str, domain: str, answer: MxAnswer) -> None:
        found = uvloop.run(self.make(nameserver).mx(domain))
        assert found.answer is answer.answer
        assert sorted(found.hosts, key=lambda mx: mx.preference) == list(answer.hosts)

    @pytest.mark.parametrize(
        ("host", "addresses"),
        [
            ("mx1.example", ("2001:db8::1", "192.0.2.1", "192.0.2.2")),
            ("v4.example", ("192.0.2.9",)),
            ("127.0.0.1", ("127.0.0.1",)),
            ("::1", ("::1",)),
            ("gone.example", ()),
        ],
    )
    def test_addresses(self, nameserver: str, host: str, addresses: tuple[str, ...]) -> None:
        found = uvloop.run(self.make(nameserver).addresses(host))
        assert found.addresses == addresses
        assert found.answer is (Answer.FOUND if addresses else Answer.NO_NAME)


class TestTableResolver(ResolverContract):
    def make(self, nameserver: str) -> Resolver:
        return TableResolver(
            {"fabrikam.com": MX_FOUND, "null.example": NULL, "empty.example": MxAnswer(answer=Answer.EMPTY)},
            {"mx1.example": ("2001:db8::1", "192.0.2.1", "192.0.2.2"), "v4.example": ("192.0.2.9",)},
        )


class TestDnsResolver(ResolverContract):
    def make(self, nameserver: str) -> Resolver:
        return DnsResolver([nameserver], lifetime=2.0)

    def test_a_server_error_is_trouble_and_not_an_empty_answer(self, nameserver: str) -> None:
        found = uvloop.run(self.make(nameserver).mx("broken.example"))
        assert found.answer is Answer.TROUBLE
        assert found.detail == "the name servers answered with an error"

    def test_silence_is_trouble(self) -> None:
        found = uvloop.run(DnsResolver(["127.0.0.1:9"], lifetime=0.2).mx("fabrikam.com"))
        assert found.answer is Answer.TROUBLE

    def test_names_that_no_host_can_have_are_left_out(self, nameserver: str) -> None:
        found = uvloop.run(self.make(nameserver).mx("odd.example"))
        assert [mx.host for mx in found.hosts] == ["mx1.example"]

    def test_an_answer_is_kept_for_a_while(self, nameserver: str, zone: Zone) -> None:
        async def twice() -> None:
            resolver = self.make(nameserver)
            for _ in range(2):
                await resolver.mx("fabrikam.com")
                await resolver.addresses("mx1.example")

        zone.asked.clear()
        uvloop.run(twice())
        assert sorted(zone.asked) == ["fabrikam.com MX", "mx1.example A", "mx1.example AAAA"]


def test_records_are_asked_for_each_time_unless_the_resolver_remembers(zone: Zone, nameserver: str) -> None:
    async def play(remembers: bool) -> int:
        resolver, before = DnsResolver([nameserver], remembers=remembers), len(zone.asked)
        for _ in range(2):
            for name in ("mx1.example", "gone.example", "broken.example"):
                found = await resolver.records(name, "A")
                assert (found.answer is Answer.FOUND) is bool(found.records)
        return len(zone.asked) - before

    assert uvloop.run(play(True)) * 2 == uvloop.run(play(False))


def test_an_answer_of_a_size_that_nobody_means_is_not_remembered(zone: Zone, nameserver: str) -> None:
    async def play() -> None:
        resolver, before = DnsResolver([nameserver], remembers=True), len(zone.asked)
        for _ in range(2):
            assert (await resolver.records("large.example", "TXT")).answer is Answer.FOUND
        assert len(zone.asked) - before == 2

    uvloop.run(play())
