"""Hosts, addresses and networks as operators write them, read and shown again."""

from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Network, IPv6Network, ip_address, ip_network, summarize_address_range
from typing import Any

from gatepost.routing import UNIX, HostPort

from .kind import Wrong, line
from .values import split_host_port

Network = IPv4Network | IPv6Network

_MAX_SOCKET = 107  # octets of a socket's path, unix(7)


def network(value: Any) -> Network:
    """One address or network, IPv4 or IPv6; host bits are dropped as Exchange does (`192.168.0.1/25`)."""
    text = line(value)
    if "-" in text:
        raise Wrong(f"value '{text}' is a range", _range_remedy(text))
    try:
        found = ip_network(text.removeprefix("[").removesuffix("]") if "/" not in text else text, strict=False)
    except ValueError:
        raise Wrong(
            f"value '{text}' is not an IP address or network",
            "write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/64",
        ) from None
    if isinstance(found, IPv6Network) and (mapped := found.network_address.ipv4_mapped) and found.prefixlen >= 96:
        found = ip_network(f"{mapped}/{found.prefixlen - 96}", strict=False)
    if not found.prefixlen:
        raise Wrong(f"value '{text}' would trust the whole Internet", "list the networks of your own senders")
    return found


def own_address(text: str) -> str:
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise Wrong(f"value '{text}' is not an IP address", "write an address of this server: 192.0.2.1") from None


def blocked_network(value: Any) -> Network:
    try:
        return network(value)
    except Wrong as wrong:
        if "whole Internet" in wrong.words:
            raise Wrong(f"value '{value}' would block everybody", "list the networks that are to be blocked") from None
        raise


def _range_remedy(text: str) -> str:
    first, _, last = text.partition("-")
    try:
        start, end = ip_address(first.strip()), ip_address(last.strip())
        nets: Sequence[Network] = list(summarize_address_range(start, end))
    except (ValueError, TypeError, AddressValueError):
        return "list single addresses and networks such as 192.0.2.0/24"
    shown = ", ".join(network_text(net) for net in nets[:8])
    return f"list the networks it is made of: {shown}" + (" and so on" if len(nets) > 8 else "")


def network_text(net: Network) -> str:
    return str(net.network_address) if net.prefixlen == net.max_prefixlen else str(net)


def smart_host(value: Any) -> str:
    text = line(value)
    try:
        return str(split_host_port(text, port=25))
    except ValueError:
        raise Wrong(
            f"value '{text}' is not a host",
            "write a name or address, with a port if need be: host:2525, [2001:db8::1]:25",
        ) from None


def show_smart_host(value: str) -> str:
    """Exchange's own form has no port; 25 goes without saying."""
    host: HostPort = split_host_port(value, port=25)
    if host.port != 25:
        return str(host)
    return f"[{host.host}]" if ":" in host.host else host.host


def lmtp_server(text: str) -> str:
    """`host`, `host:port` or `unix:/path`; LMTP has no port of its own, and 24 is the customary one."""
    if text.lower().startswith(UNIX):
        path = text[len(UNIX) :]
        if not path.startswith("/") or len(path.encode()) > _MAX_SOCKET:
            raise Wrong(f"value '{text}' is not the path of a socket", "write unix: and an absolute path")
        return UNIX + path
    try:
        server = split_host_port(text, port=24)
    except ValueError:
        raise Wrong(
            f"value '{text}' is not a mailbox server", "write host:port, [2001:db8::1]:24 or unix:/run/dovecot/lmtp"
        ) from None
    if server.port == 25:  # RFC 2033 §5
        raise Wrong(f"value '{text}' is the port of SMTP, on which LMTP must not be spoken", "give its LMTP port")
    return str(server)
