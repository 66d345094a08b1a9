"""Trust that reaches further than it seems: connectors that list loopback or a gateway of this machine.

Where connections are forwarded (a container's published port, NAT, a port forward) every client comes from the address
of whoever forwards, and a connector that lists this address trusts them all.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any, Protocol

from gatepost.connectors import ConnectorType, InboundConnector, Network

from .world import Record

_ROUTES, _ROUTES6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
_MOST_ROUTES = 1 << 20  # octets read: a router with a full table has its default at the top or has none

_LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))

Address = IPv4Address | IPv6Address


def default_gateways(routes: Path = _ROUTES, routes6: Path = _ROUTES6) -> frozenset[Address]:
    """The next hops of this machine's default routes, as Linux tells them; none where it does not."""
    found: set[Address] = set()
    for fields in _rows(routes):
        # Iface Destination Gateway Flags …: hexadecimal, octets in the machine's own order (proc_net_route)
        if len(fields) > 2 and fields[1] == "00000000" and (number := _number(fields[2])):
            found.add(IPv4Address(number.to_bytes(4, sys.byteorder)))
    for fields in _rows(routes6):
        # destination, its length, source, its length, next hop …: octets in the order of the network
        if len(fields) > 4 and fields[1] == "00" and not fields[0].strip("0") and (number := _number(fields[4])):
            found.add(IPv6Address(number))
    return frozenset(found)


def far_reaching(connector: InboundConnector, gateways: Iterable[Address]) -> tuple[tuple[str, ...], str]:
    """The listed addresses that others may share, and sentences that say so; both empty where there are none."""
    if not connector.enabled or connector.connector_type is not ConnectorType.ON_PREMISES:
        return (), ""
    networks = connector.sender_ip_addresses
    sentences = []
    addresses = [_shown(network) for network in networks if network.is_loopback or _holds_loopback(network)]
    if addresses:
        more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
        sentences.append(
            f"{', '.join(addresses[:3])}{more}: this is the machine itself, so every program and every port forward "
            "on it may relay."
        )
    for gateway in sorted(gateways, key=lambda it: (it.version, int(it))):
        for network in networks:
            if network.version == gateway.version and gateway in network:
                addresses.append(_shown(network))
                sentences.append(
                    f"{_shown(network)} holds {gateway}, a default gateway of this machine: if it forwards connections "
                    "to here (as containers do with published ports), every client behind it may relay."
                )
                break
    return tuple(dict.fromkeys(addresses)), " ".join(sentences)


class Witness(Protocol):
    """Where changes are told (the journal)."""

    def fact(self, name: str, **facts: Any) -> None: ...


class Trust:
    """Tells the journal of each inbound connector that trusts loopback or a gateway, when that is new."""

    def __init__(self, journal: Witness | None, gateways: Callable[[], Iterable[Address]]) -> None:
        self._journal = journal
        self._gateways = gateways
        self._told: dict[str, str] = {}  # by GUID

    def tell(self, pairs: Sequence[tuple[Record | None, Record | None]]) -> None:
        """Objects have changed: pairs of before and after."""
        for before, after in pairs:
            if before is not None and after is None:
                self._told.pop(before.guid, None)
        touched = [(after.guid, after.model) for _, after in pairs if after is not None]
        inbound = [(guid, model) for guid, model in touched if isinstance(model, InboundConnector)]
        if self._journal is None or not inbound:
            return
        gateways = tuple(self._gateways())
        for guid, connector in inbound:
            addresses, meaning = far_reaching(connector, gateways)
            if meaning and self._told.get(guid) != meaning:
                self._journal.fact(
                    "trusts_gateway",
                    organization=connector.organization,
                    connector=connector.name,
                    addresses=list(addresses),
                    meaning=meaning,
                )
            self._told[guid] = meaning


def _holds_loopback(network: Network) -> bool:
    return any(it.version == network.version and it in network for it in _LOOPBACK)


def _shown(network: object) -> str:
    return str(network).removesuffix("/32").removesuffix("/128")


def _rows(file: Path) -> list[list[str]]:
    try:
        with file.open(encoding="ascii", errors="replace") as lines:
            return [line.split() for line in lines.readlines(_MOST_ROUTES)]
    except OSError:
        return []


def _number(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0
