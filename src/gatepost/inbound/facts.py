"""The address of a client, in the one form that connectors know, and what it means at a listener."""

import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from gatepost.config import ListenerSettings
from gatepost.connectors import ClientKey, Facts, client_key


def canonical_address(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone; IPv4-mapped IPv6 has become IPv4. Raises ValueError.

    >>> canonical_address("::ffff:192.0.2.9")
    IPv4Address('192.0.2.9')
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a peer's address means at one listener. Doors remember it: devices come again and again.

    `text` is the address as logs and replies write it. `key` is whom the limits count; None for a proxy, behind which
    stand many.
    """

    facts: Facts
    text: str
    key: ClientKey | None
    must_send_proxy: bool
    may_xclient: bool

    @classmethod
    def of(cls, peer: str, listener: ListenerSettings) -> "Caller":
        client = canonical_address(peer)
        must_send_proxy = any(client in network for network in listener.proxies)
        may_xclient = any(client in network for network in listener.xclient)
        return cls(
            facts=Facts(client=client, listener=listener.name),
            text=str(client),
            key=None if must_send_proxy or may_xclient else client_key(client),
            must_send_proxy=must_send_proxy,
            may_xclient=may_xclient,
        )
