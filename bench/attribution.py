"""How long a decision takes among 10,000 connectors: `python bench/attribution.py`, µs for each case.

"first" is a client never seen before by this directory, "again" one whose origin is remembered, "words" what it takes
besides to say why, for the log and the trace.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network

from gatepost.connectors import (
    PUBLIC,
    AcceptedDomain,
    Certificate,
    ConnectorType,
    Directory,
    Facts,
    InboundConnector,
    Organization,
    at_rcpt,
    attribute,
)
from gatepost.mail import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One session's question."""

    facts: Facts
    sender: Address | None
    recipient: Address


def world(count: int) -> Directory:
    """Half the connectors by address (every fourth a /28), half by certificate (every fourth a wildcard)."""
    inbound = []
    for number in range(count):
        by_address = number % 2 == 0
        network = ip_network((0x0A000000 + number * 16, 28 if number % 8 == 0 else 32))
        name = f"*.c{number}.contoso.com" if number % 8 == 1 else f"relay{number}.contoso.com"
        inbound.append(
            InboundConnector(
                name=f"Connector {number}",
                organization="Contoso",
                connector_type=ConnectorType.ON_PREMISES,
                sender_domains=("*",),
                sender_ip_addresses=(network,) if by_address else (),
                require_tls=not by_address,
                tls_sender_certificate_name=None if by_address else name,
                when_created_utc=f"2025-01-01T00:00:{number % 60:02}.0000000Z",
            )
        )
    domain = AcceptedDomain(
        name="contoso.com", organization="Contoso", domain_name="contoso.com", match_sub_domains=True
    )
    return Directory.build(organizations=[Organization(name="Contoso")], accepted_domains=[domain], inbound=inbound)


def facts(client: int, names: tuple[str, ...] = ()) -> Facts:
    certificate = None
    if names:
        certificate = Certificate(
            names=names,
            subject="CN=bench",
            issuer="CN=bench",
            fingerprint="00",
            not_after="",
            trusted_by=frozenset({PUBLIC}),
        )
    return Facts(
        client=IPv4Address(client) if client < 1 << 32 else IPv6Address(client),
        tls_version="TLSv1.3" if names else None,
        certificate=certificate,
    )


def cases(count: int) -> dict[str, list[Call]]:
    inside, outside = Address("a", "contoso.com"), Address("b", "fabrikam.test")
    hits = range(0, count, 2)
    named = range(1, count, 2)
    far = 0xC0000200
    return {
        "address": [Call(facts=facts(0x0A000000 + n * 16), sender=inside, recipient=outside) for n in hits],
        "certificate": [
            Call(
                facts=facts(far, (f"mx.c{n}.contoso.com" if n % 8 == 1 else f"relay{n}.contoso.com",)),
                sender=inside,
                recipient=outside,
            )
            for n in named
        ],
        "incoming, no connector": [
            Call(facts=facts(far + n), sender=Address("x", f"d{n}.example"), recipient=inside) for n in hits
        ],
        "refused, stranger": [
            Call(facts=facts(far + n), sender=Address("x", f"d{n}.example"), recipient=outside) for n in hits
        ],
        "refused, neighbour of a listed address": [
            Call(facts=facts(0x0A000000 + n * 16 + 3), sender=inside, recipient=outside) for n in hits if n % 8 != 0
        ],
        "refused, sender not accepted": [
            Call(facts=facts(0x0A000000 + n * 16), sender=Address("x", f"d{n}.example"), recipient=outside)
            for n in hits
        ],
        "refused, certificate of another name": [
            Call(facts=facts(far, (f"other{n}.contoso.com",)), sender=None, recipient=outside) for n in named
        ],
        "refused, IPv6 stranger": [
            Call(facts=facts((0x20010DB8 << 96) + n), sender=None, recipient=outside) for n in hits
        ],
    }


def measure(calls: Sequence[Call], directory: Directory, repeat: int) -> float:
    """Median microseconds a decision over several passes; `directory.origins` is the caller's to clear."""

    def once() -> float:
        started = time.perf_counter()
        for call in calls:
            origin = attribute(call.facts, call.sender, directory)
            at_rcpt(call.facts, call.sender, call.recipient, origin, directory)
        return (time.perf_counter() - started) / len(calls) * 1e6

    return statistics.median(once() for _ in range(repeat))


def words(calls: Sequence[Call], directory: Directory) -> float:
    """Microseconds to put the reasons and remedies of a decision into words."""
    decisions = [
        at_rcpt(call.facts, call.sender, call.recipient, attribute(call.facts, call.sender, directory), directory)
        for call in calls
    ]
    started = time.perf_counter()
    for decision in decisions:
        assert decision.reasons
    return (time.perf_counter() - started) / len(calls) * 1e6


def rows(count: int) -> list[dict[str, object]]:
    directory = world(count)
    found: list[dict[str, object]] = []
    forget: Callable[[], None] = directory.origins.clear
    for name, calls in cases(count).items():
        expected = "incoming" if name.startswith("incoming") else "reject" if "refused" in name else "relay"
        for call in calls[:50]:
            origin = attribute(call.facts, call.sender, directory)
            assert at_rcpt(call.facts, call.sender, call.recipient, origin, directory).result == expected, name
        firsts = []
        for _ in range(5):
            forget()
            firsts.append(measure(calls, directory, 1))
        again = measure(calls[:1000], directory, 5)
        told = statistics.median(words(calls, directory) for _ in range(5))
        found.append(
            {
                "case": name,
                "first": round(statistics.median(firsts), 2),
                "again": round(again, 2),
                "words": round(told, 2),
            }
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connectors", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    started = time.perf_counter()
    world(arguments.connectors)
    built = time.perf_counter() - started
    table = rows(arguments.connectors)
    if arguments.json:
        print(json.dumps({"connectors": arguments.connectors, "build_seconds": round(built, 3), "us": table}))
        return
    print(f"{arguments.connectors} connectors, indexed in {built * 1000:.0f} ms; µs for attribute + at_rcpt")
    print(f"{'case':42}{'first':>8}{'again':>8}{'words':>8}")
    for row in table:
        print(f"{row['case']:42}{row['first']:>8}{row['again']:>8}{row['words']:>8}")


if __name__ == "__main__":
    main()
