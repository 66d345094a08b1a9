"""Who is really calling: PROXY protocol headers, version 1 and 2, and the attributes of XCLIENT.

Only listed proxies get this far; the shell decides who is one. The addresses come out in canonical form, an
IPv4-mapped IPv6 address as the IPv4 address that it is.
"""

import ipaddress

from .events import ProxyHeader
from .parameters import decode_xtext

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1_LIMIT = 107  # "the worst case" of the specification, CRLF included
V2_LIMIT = 16 + 2048  # addresses and TLVs; a certificate or two fit

XCLIENT_ATTRIBUTES = frozenset({"NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"})


class BadProxyHeader(ValueError):
    """These bytes are no PROXY header, and never will be one."""


def read_header(octets: bytes) -> tuple[ProxyHeader, int] | None:
    """The header and its length, or None when more bytes are needed; raises BadProxyHeader."""
    if octets[:12] == SIGNATURE[: len(octets)]:
        return _read_v2(octets) if len(octets) >= 16 else None
    if octets[:6] == b"PROXY "[: len(octets)]:
        return _read_v1(octets)
    raise BadProxyHeader


def canonical_address(text: str) -> str:
    """An IP address as it is compared everywhere; raises ValueError. Scopes and leading zeros are refused."""
    if "%" in text:
        raise ValueError("scoped address")
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def _read_v1(octets: bytes) -> tuple[ProxyHeader, int] | None:
    end = octets.find(b"\r\n", 0, V1_LIMIT)
    if end < 0:
        if len(octets) >= V1_LIMIT:
            raise BadProxyHeader
        return None
    try:
        words = octets[:end].decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise BadProxyHeader from None
    if words[1] == "UNKNOWN":
        return ProxyHeader(None, None), end + 2
    if len(words) != 6 or words[1] not in ("TCP4", "TCP6"):
        raise BadProxyHeader
    version = 4 if words[1] == "TCP4" else 6
    try:
        if any(ipaddress.ip_address(word).version != version for word in words[2:4]):
            raise BadProxyHeader
        return ProxyHeader(canonical_address(words[2]), _port(words[4])), end + 2
    except ValueError:
        raise BadProxyHeader from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65536):
        raise BadProxyHeader
    return int(text)


def _read_v2(octets: bytes) -> tuple[ProxyHeader, int] | None:
    version, command = octets[12] >> 4, octets[12] & 15
    family, transport = octets[13] >> 4, octets[13] & 15
    length = 16 + int.from_bytes(octets[14:16], "big")
    if version != 2 or command > 1 or family > 3 or transport > 2 or length > V2_LIMIT:
        raise BadProxyHeader
    if len(octets) < length:
        return None
    if command == 0 or transport != 1 or family not in (1, 2):
        return ProxyHeader(None, None), length  # LOCAL is a health check; the rest says nothing that we can use
    width = 4 if family == 1 else 16
    if length < 16 + 2 * width + 4:
        raise BadProxyHeader
    client = canonical_address(str(ipaddress.ip_address(octets[16 : 16 + width])))
    port = int.from_bytes(octets[16 + 2 * width : 18 + 2 * width], "big")
    return ProxyHeader(client, port), length


def read_xclient(argument: str) -> tuple[tuple[str, str], ...] | None:
    """`NAME=… ADDR=…` as pairs, decoded; None when anything about them is wrong."""
    pairs: dict[str, str] = {}
    for word in argument.split():
        name, equals, value = word.partition("=")
        name, decoded = name.upper(), decode_xtext(value)
        if not equals or name not in XCLIENT_ATTRIBUTES or name in pairs or decoded is None:
            return None
        if name == "ADDR" and value.upper() not in ("[UNAVAILABLE]", "[TEMPUNAVAIL]"):
            try:
                decoded = canonical_address(decoded[5:] if decoded[:5].upper() == "IPV6:" else decoded)
            except ValueError:
                return None
        pairs[name] = decoded
    return tuple(pairs.items()) or None
