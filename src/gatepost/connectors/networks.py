"""An index of networks: every value whose network holds an address, the most specific first.

One map for each prefix length that occurs, so a look-up costs one probe a length (at most 33 for IPv4, in
practice two or three) however many networks there are.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import Generic, TypeVar

from .model import Network

V = TypeVar("V")
Client = IPv4Address | IPv6Address


def network_of(client: Client) -> Client:
    """The address as it is compared: an IPv4-mapped IPv6 address is the IPv4 address."""
    if isinstance(client, IPv6Address) and (mapped := client.ipv4_mapped) is not None:
        return mapped
    return client


class NetworkIndex(Generic[V]):
    """Longest-prefix look-up over IPv4 and IPv6. Filled once, then only read."""

    __slots__ = ("_v4", "_v6")

    def __init__(self, entries: Iterable[tuple[Network, V]] = ()) -> None:
        v4: dict[int, dict[int, list[tuple[Network, V]]]] = {}
        v6: dict[int, dict[int, list[tuple[Network, V]]]] = {}
        for network, value in entries:
            family = v4 if network.version == 4 else v6
            shift = network.max_prefixlen - network.prefixlen
            key = int(network.network_address) >> shift
            family.setdefault(shift, {}).setdefault(key, []).append((network, value))
        self._v4 = sorted(v4.items())  # the smallest shift is the longest prefix
        self._v6 = sorted(v6.items())

    def __bool__(self) -> bool:
        return bool(self._v4 or self._v6)

    def lookup(self, client: Client) -> list[tuple[Network, V]]:
        """Every (network, value) that holds the client: longer prefixes first, then as filled in."""
        if isinstance(client, IPv4Address):
            tables = self._v4
        elif (mapped := client.ipv4_mapped) is not None:
            client, tables = mapped, self._v4
        else:
            tables = self._v6
        bits = int(client)
        found: list[tuple[Network, V]] = []
        for shift, table in tables:
            here = table.get(bits >> shift)
            if here is not None:
                found += here
        return found


class NeighbourIndex(Generic[V]):
    """Values by the /24 (IPv4) or /64 (IPv6) their network lies in: for words, never for rights."""

    __slots__ = ("_v4", "_v6")

    def __init__(self, entries: Iterable[tuple[Network, V]] = ()) -> None:
        self._v4: dict[int, list[tuple[Network, V]]] = {}
        self._v6: dict[int, list[tuple[Network, V]]] = {}
        for network, value in entries:
            if network.version == 4 and network.prefixlen >= 24:
                key = int(network.network_address) >> 8
                self._v4.setdefault(key, []).append((network, value))
            elif network.version == 6 and network.prefixlen >= 64:
                key = int(network.network_address) >> 64
                self._v6.setdefault(key, []).append((network, value))

    def near(self, client: Client) -> list[tuple[Network, V]]:
        """The neighbours of a client, in the order of filling."""
        client = network_of(client)
        if isinstance(client, IPv4Address):
            return self._v4.get(int(client) >> 8, [])
        return self._v6.get(int(client) >> 64, [])
