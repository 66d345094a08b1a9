"""From DNS answers to the list of hosts to try, and which addresses an MX may not lead to.

RFC 5321 §5.1 (order, ourselves, implicit MX), RFC 7505 (null MX).
"""

import ipaddress
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatepost.mail import Deferred, Failed, Reply
from gatepost.mail import reply as say

from .fingerprints import Fingerprint

MAX_HOSTS = 5  # Postfix's smtp_mx_address_limit: a domain with a hundred MX does not hold us up


class Answer(StrEnum):
    """What kind of answer the DNS gave."""

    FOUND = "found"
    EMPTY = "empty"  # the name exists, but has no such record
    NO_NAME = "no such name"
    TROUBLE = "trouble"  # SERVFAIL, timeout, refused, nonsense: nothing is known


@dataclass(frozen=True, slots=True, kw_only=True)
class MxHost:
    """One MX record; the host in canonical form, `""` or `"."` for the null MX."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MxAnswer:
    """The MX records of a domain. `detail` says what the trouble was; `proved`: the answer came as proved by DNSSEC."""

    answer: Answer
    hosts: tuple[MxHost, ...] = ()
    detail: str = ""
    proved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressAnswer:
    """The addresses of a host as text, in the order to try. `canonical` is its name behind all aliases."""

    answer: Answer
    addresses: tuple[str, ...] = ()
    detail: str = ""
    proved: bool = False
    canonical: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintAnswer:
    """The TLSA records under `name`. FOUND only where DNSSEC proves them: others are as good as none."""

    answer: Answer
    name: str = ""
    records: tuple[Fingerprint, ...] = ()
    detail: str = ""


DNS_TROUBLE = Reply(451, "4.3", "DNS gave no usable answer for the recipient domain")
NO_ADDRESS = Reply(451, "4.4", "No mail host of the recipient domain has a usable address")


def attempt_order(
    domain: str, answer: MxAnswer, *, ourselves: Collection[str], shuffle: Callable[[list[MxHost]], None]
) -> tuple[MxHost, ...] | Deferred | Failed:
    """The hosts to try, best first, at most MAX_HOSTS; or why there is nothing to try.

    `ourselves` holds our own host names; a list that names us is cut there (RFC 5321 §5.1). Equal preferences
    are shuffled by `shuffle`, so that load spreads. An outcome names no host: nobody has answered.
    """
    match answer.answer:
        case Answer.TROUBLE:
            reason = f"DNS could not say who takes mail for {domain}: {answer.detail or 'no answer'}"
            return Deferred("", reason, DNS_TROUBLE, host_trouble=True)
        case Answer.NO_NAME:
            return Failed("", f"the domain {domain} does not exist", say.NO_SUCH_DOMAIN)
        case Answer.EMPTY:
            hosts = [MxHost(preference=0, host=domain)]  # implicit MX: the domain's own address
        case Answer.FOUND:
            hosts = list(answer.hosts)
    # RFC 7505 §3: a null MX stands alone; beside others its empty name is a mistake and is skipped.
    named = [mx for mx in hosts if mx.host not in ("", ".")]
    if not named:
        return Failed("", f"the domain {domain} says that it takes no mail (null MX)", say.NULL_MX)
    shuffle(named)
    named.sort(key=lambda mx: mx.preference)
    kept = cut_at_ourselves(named, [mx.host in ourselves for mx in named])
    if not kept:
        return Failed("", f"the best mail host of {domain} is this relay itself", say.MX_LOOP)
    return kept[:MAX_HOSTS]


def cut_at_ourselves(hosts: Sequence[MxHost], ours: Sequence[bool]) -> tuple[MxHost, ...]:
    """Those that come before us: our own entry and all of equal or worse preference are dropped."""
    limits = [mx.preference for mx, own in zip(hosts, ours, strict=True) if own]
    if not limits:
        return tuple(hosts)
    return tuple(mx for mx in hosts if mx.preference < min(limits))


# Written out because `is_global` of the standard library differs between Python releases and misses some.
_PROHIBITED_V4 = tuple(
    (ipaddress.IPv4Network(network), words)
    for network, words in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved by IETF"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 anycast"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved or broadcast"),
    )
)
_PROHIBITED_V6 = tuple(
    (ipaddress.IPv6Network(network), words)
    for network, words in (
        ("::/96", "unspecified, loopback or IPv4-compatible"),
        ("100::/64", "discard"),
        ("2001::/23", "reserved by IETF"),
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("64:ff9b:1::/48", "local NAT64"),
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")


def prohibited(address: str, *, allow_private_mx: bool = False) -> str | None:
    """Why an address found through a stranger's DNS must not be connected to, or None.

    Configured smart hosts are not asked about: the operator named them. `allow_private_mx` is for networks
    and laboratories whose MX are private on purpose; it still refuses what can never be a mail host.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "not an IP address"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _MAPPED or ip in _NAT64:  # the IPv4 address inside is the one that is reached
            return prohibited(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)), allow_private_mx=allow_private_mx)
        if ip in _6TO4:
            inner = ipaddress.IPv4Address((int(ip) >> 80) & 0xFFFFFFFF)
            return prohibited(str(inner), allow_private_mx=allow_private_mx)
        found = next((words for network, words in _PROHIBITED_V6 if ip in network), None)
        if found and allow_private_mx and not (ip.is_multicast or ip.is_unspecified):
            return None
        return found
    found = next((words for network, words in _PROHIBITED_V4 if ip in network), None)
    if (
        found
        and allow_private_mx
        and int(ip)
        and not ip.is_multicast
        and ip != ipaddress.IPv4Address("255.255.255.255")
    ):
        return None
    return found
