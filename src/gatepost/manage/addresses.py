"""Addresses of clients and devices, as operators write them."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from gatepost.connectors import Network, device_of, network_of
from gatepost.errors import ConfigRefused


def client_in(text: str) -> IPv4Address | IPv6Address:
    """The client of an address; of a /64 the first address in it. Raises ConfigRefused."""
    try:
        return network_of(ip_address(_plain(text).removesuffix("/64")))
    except (ValueError, AttributeError):
        raise _no_address(text) from None


def address_in(text: str) -> str:
    """The device that an address belongs to, or that a /64 is. Raises ConfigRefused."""
    try:
        return device_of(_plain(text))
    except (ValueError, AttributeError):
        raise _no_address(text) from None


def is_network(text: str) -> bool:
    """Whether it names a /64 and no single address."""
    return text.strip().endswith("/64")


def is_within(inner: Network, outer: Network) -> bool:
    """Whether all of one network lies in another."""
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version


def network_shown(network: Network) -> str:
    """A network as operators write it: of a single address the address."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _plain(text: str) -> str:
    return text.strip().removeprefix("[").removesuffix("]")


def _no_address(text: object) -> ConfigRefused:
    return ConfigRefused([f"address '{text}' is not one of a device. Remedy: write 192.0.2.9, or 2001:db8:1:2::/64."])
