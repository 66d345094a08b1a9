"""Readers for the values of gatepost.toml and the environment.

Each reader takes what TOML gave (or the text of an environment variable) and returns the value, or raises
ValueError whose argument ends the sentence "KEY must be …".
"""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from gatepost.mail import Address, BadAddress, canonical_domain, parse_mailbox
from gatepost.routing import HostPort

Reader = Callable[[Any], Any]

_YES, _NO = frozenset({"true", "$true", "yes", "on", "1"}), frozenset({"false", "$false", "no", "off", "0"})
_OCTETS = re.compile(r"(\d{1,15})\s*([kmg]i?b?)?", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.1
_UNIT = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or any(ord(char) < 32 for char in value):
        raise ValueError("one line of text")
    return value.strip()


def boolean(value: Any) -> bool:
    """`true` and `false`; as text also PowerShell's `$true` and `$false`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _YES | _NO:
        return value.lower() in _YES
    raise ValueError("true or false")


def number(low: int, high: int) -> Reader:
    """A whole number within limits."""

    def read(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,15}", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return read


def octets(value: Any) -> int:
    """A size: a number of octets, or text such as `64M` (binary units)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**50:
        return value
    if isinstance(value, str) and (found := _OCTETS.fullmatch(value.strip())):
        return int(found[1]) * _UNIT[(found[2] or "")[:1].lower()]
    raise ValueError("a size in octets, such as 157286400 or '150M'")


def choice(*words: str) -> Reader:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(" or ".join(f"'{word}'" for word in words))
        return str(value)

    return read


def host_name(value: Any) -> str:
    """A host name in canonical form; an address literal is no name."""
    try:
        name = canonical_domain(text(value))
    except (BadAddress, ValueError):
        name = "["
    if name.startswith("["):
        raise ValueError("a host name such as 'relay.contoso.com'")
    return name


def address(value: Any) -> str:
    """An IP address to listen on; `localhost` and `*` are spelled out."""
    try:
        return str(ip_address({"localhost": "127.0.0.1", "*": "0.0.0.0"}.get(text(value), value)))  # noqa: S104
    except ValueError:
        raise ValueError("an IP address such as '127.0.0.1' or '::'") from None


def network(value: Any) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text(value), strict=False)
    except ValueError:
        raise ValueError("networks such as '192.0.2.0/24' or '2001:db8::1'") from None


def mailbox(value: Any) -> Address:
    """A mail address."""
    try:
        return parse_mailbox(text(value))
    except (BadAddress, ValueError):
        raise ValueError("a mail address such as 'ops@contoso.com'") from None


def webhook(value: Any) -> str:
    """An HTTPS address with a host; a user in it has no place there."""
    said = text(value)
    try:
        parts = urlsplit(said)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        good = False
    if not good or not _is_visible(said):
        raise ValueError("an address such as 'https://hooks.contoso.com/gatepost'")
    return said


def collector(value: Any) -> str:
    """An address of OTLP over HTTP; without a path the usual one."""
    said = text(value)
    try:
        parts = urlsplit(said)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None or parts.query or parts.fragment or not _is_visible(said):
        raise ValueError("an address such as 'http://127.0.0.1:4318'")
    return f"{said.removesuffix('/')}/v1/traces" if parts.path in ("", "/") else said


def request_headers(lines: str) -> tuple[tuple[str, str], ...]:
    """Headers as they stand in a file, one a line; the ValueError does not repeat them, for they may hold a key."""
    found = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, colon, value = line.partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name) or not all(" " <= it <= "~" for it in value.strip()):
            raise ValueError("lines such as 'Authorization: Bearer KEY'")
        found.append((name, value.strip()))
    return tuple(found)


def fraction(value: Any) -> float:
    """A number from 0 to 1."""
    try:
        said = -1.0 if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        said = -1.0
    if not 0 <= said <= 1:
        raise ValueError("a number from 0 to 1, such as 0.1")
    return said


def _is_visible(said: str) -> bool:
    return all("!" <= it <= "~" for it in said)


def host_port(port: int) -> Reader:
    """`address`, `address:port`, `[v6]:port`; `port` is the default."""

    def read(value: Any) -> HostPort:
        try:
            return split_host_port(text(value), port=port)
        except ValueError:
            raise ValueError("addresses such as '127.0.0.1:53' or '[::1]:53'") from None

    return read


def several(reader: Reader) -> Reader:
    """A list of values; from the environment a comma-separated text."""

    def read(value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, Sequence):
            raise ValueError("a list")  # noqa: TRY004  one kind of mistake for the caller
        try:
            return tuple(reader(part) for part in value)
        except ValueError as wrong:
            raise ValueError(f"a list; each value must be {wrong}") from None

    return read


def split_host_port(value: str, *, port: int) -> HostPort:
    """Read `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address; raises ValueError.

    >>> str(split_host_port("[2001:db8::1]:2525", port=25))
    '[2001:db8::1]:2525'
    """
    host, tail = value, ""
    if value.startswith("["):
        host, bracket, tail = value[1:].partition("]")
        if not bracket or ":" not in host or (tail and not tail.startswith(":")):
            raise ValueError(value)
        host, tail = str(ip_address(host)), tail[1:]
        if value.endswith(":"):
            raise ValueError(value)
    elif value.count(":") == 1:
        host, _, tail = value.partition(":")
        if not tail:
            raise ValueError(value)
    if tail and not (tail.isascii() and tail.isdigit() and 1 <= int(tail[:6]) <= 65535 and len(tail) <= 5):
        raise ValueError(value)
    return HostPort(host=_host(host), port=int(tail) if tail else port)


def _host(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if re.fullmatch(r"[\d.]+", host):
        raise ValueError(host)  # 999.1.1.1 is a mistyped address, not a name
    try:
        return host_name(host)
    except ValueError:
        raise ValueError(host) from None


_SYSLOG_PORTS = {"udp": 514, "tcp": 601, "tls": 6514}  # RFC 5426 §3.3, RFC 3195, RFC 5425 §4.1


def syslog_server(value: Any) -> str:
    """`unix:/path`, `udp:host:port`, `tcp:host:port` or `tls:host:port`; without a port the usual one."""
    kind, _, place = value.strip().partition(":") if isinstance(value, str) else ("", "", "")
    if kind == "unix" and place.startswith("/") and place.isprintable():
        return f"unix:{place}"
    if kind in _SYSLOG_PORTS:
        try:
            return f"{kind}:{host_port(_SYSLOG_PORTS[kind])(place)}"
        except ValueError:
            pass
    raise ValueError("'unix:/dev/log', 'udp:host:514', 'tcp:host:601' or 'tls:host:6514'")
