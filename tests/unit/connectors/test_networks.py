"""The network index against the obvious loop, and the pattern index against `domain_matches`."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors import Network, NetworkIndex, PatternIndex, network_of
from gatepost.connectors.networks import NeighbourIndex
from gatepost.mail import domain_matches

# few bits vary, so that networks nest and clients hit them
V4 = st.builds(lambda n: IPv4Address(0x0A000000 | n), st.integers(0, 0x3FF))
V6 = st.builds(
    lambda n, high: IPv6Address((0x20010DB8 << 96) | (high << 62) | n), st.integers(0, 255), st.integers(0, 7)
)


def _network(client: IPv4Address | IPv6Address, cut: int) -> Network:
    return ip_network((client, client.max_prefixlen - cut), strict=False)


NETWORKS = st.one_of(
    st.builds(_network, V4, st.integers(0, 32)),
    st.builds(_network, V6, st.one_of(st.integers(0, 10), st.integers(60, 70), st.just(128))),
)


@given(st.lists(NETWORKS, max_size=30), st.one_of(V4, V6))
def test_the_index_finds_what_the_loop_finds_in_the_same_order(
    entries: list[Network], client: IPv4Address | IPv6Address
) -> None:
    index = NetworkIndex([(network, number) for number, network in enumerate(entries)])
    holding = [
        (network, number)
        for number, network in enumerate(entries)
        if network.version == client.version and client in network
    ]
    assert index.lookup(client) == sorted(holding, key=lambda entry: (-entry[0].prefixlen, entry[1]))


def test_a_mapped_address_is_the_ipv4_address() -> None:
    index = NetworkIndex([(ip_network("192.0.2.0/24"), "here")])
    assert index.lookup(ip_address("::ffff:192.0.2.9")) == [(ip_network("192.0.2.0/24"), "here")]
    assert network_of(ip_address("::ffff:192.0.2.9")) == ip_address("192.0.2.9")


@pytest.mark.parametrize("client", ["::192.0.2.9", "64:ff9b::192.0.2.9", "2002:c000:209::1"])
def test_other_forms_with_an_ipv4_address_inside_are_not_that_address(client: str) -> None:
    index = NetworkIndex([(ip_network("192.0.2.0/24"), "here")])
    assert index.lookup(ip_address(client)) == []


def test_a_scope_does_not_hide_a_link_local_address() -> None:
    index = NetworkIndex([(ip_network("fe80::/64"), "here")])
    assert index.lookup(ip_address("fe80::1%eth0"))


@pytest.mark.parametrize(
    ("listed", "client", "near"),
    [
        ("192.0.2.7/32", "192.0.2.200", True),
        ("192.0.2.0/25", "192.0.2.200", True),
        ("192.0.3.7/32", "192.0.2.200", False),
        ("10.0.0.0/8", "10.0.0.1", False),
        ("2001:db8::1/128", "2001:db8::ffff", True),
        ("2001:db8:0:1::1/128", "2001:db8::1", False),
    ],
)
def test_neighbours_share_a_24_or_a_64(listed: str, client: str, near: bool) -> None:
    assert bool(NeighbourIndex([(ip_network(listed), "x")]).near(ip_address(client))) is near


LABELS = st.lists(st.sampled_from(["a", "b", "com"]), min_size=1, max_size=4).map(".".join)
PATTERNS = st.one_of(LABELS, LABELS.map(lambda name: "*." + name), st.just("*"))


def _rank(pattern: str) -> tuple[int, int]:
    """Exact names, then wildcards (longer ones first), then `*`."""
    if pattern == "*":
        return (2, 0)
    return (1, -pattern.count(".")) if pattern.startswith("*.") else (0, 0)


@given(st.lists(PATTERNS, max_size=15), LABELS)
def test_the_pattern_index_finds_what_domain_matches_finds(patterns: list[str], domain: str) -> None:
    index = PatternIndex([(pattern, pattern) for pattern in patterns])
    covering = sorted((p for p in patterns if domain_matches(p, domain)), key=_rank)
    assert index.lookup(domain) == covering
    assert index.first(domain) == (covering[0] if covering else None)
