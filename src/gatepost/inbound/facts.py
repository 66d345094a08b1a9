"""The address of a client, in the one form that connectors know."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address


def canonical_address(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone; IPv4-mapped IPv6 has become IPv4 (hazards 2.4). Raises ValueError.

    >>> canonical_address("::ffff:192.0.2.9")
    IPv4Address('192.0.2.9')
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
