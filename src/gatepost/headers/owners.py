"""Whose host is it: ours, a provider's that every administrator meets, or some organization's, told by its domain."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network

from publicsuffixlist import PublicSuffixList

MICROSOFT, GOOGLE = "Microsoft", "Google"

_PROVIDERS = {
    MICROSOFT: (
        "outlook.com",
        "office365.com",
        "exchangelabs.com",
        "office365.us",
        "partner.outlook.cn",
        "outlook.de",
        "hotmail.com",
    ),
    GOOGLE: ("google.com", "gmail.com", "googlemail.com", "1e100.net"),
    "Amazon SES": ("amazonses.com",),
    "Proofpoint": ("pphosted.com", "ppops.net", "ppe-hosted.com"),
    "Mimecast": ("mimecast.com", "mimecast.co.za", "mimecast-offshore.com"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What is known to be ours: host names, the addresses we send from (also networks), and our organizations.

    An organization is named by its Exchange Online tenant id or by one of its domains. All in lower case.
    """

    hosts: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()
    organizations: frozenset[str] = frozenset()

    def has_host(self, host: str) -> bool:
        return host.lower().rstrip(".") in self.hosts

    def has_address(self, address: str) -> bool:
        return bool(address) and any(_within(address, network) for network in self.addresses)


NOBODY = Own()


# Below amazonaws.com every customer has hosts; only these are the mail service's own.
_SES_ENDPOINT = re.compile(r"(?:email|inbound)-smtp(?:\.[a-z0-9-]+)?\.amazonaws\.com$")


@lru_cache(maxsize=1024)
def owner_of(host: str) -> str:
    """The provider, or the domain that a host's name ends with; empty for names without a dot and for addresses.

    The domain is the one that somebody registered, by Mozilla's list of public suffixes, in which the names below some
    providers' domains are each a customer's own. It only decides whether two hosts belong together.
    """
    name = host.lower().strip("[].")
    for provider, domains in _PROVIDERS.items():
        if any(name == domain or name.endswith(f".{domain}") for domain in domains):
            return provider
    if _SES_ENDPOINT.match(name):
        return "Amazon SES"
    if name.startswith(("2002:a", "2607:f8b0:")):  # how Google names its inner hosts
        return GOOGLE
    labels = name.split(".")
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit() or ":" in name:
        return ""
    return _suffixes().privatesuffix(name) or ""


@cache  # the list is read when it is first needed, which takes a twentieth of a second
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def owners_of(hosts: Iterable[str]) -> set[str]:
    return {owner for host in hosts if host and (owner := owner_of(host))}


def is_provider(owner: str) -> bool:
    return owner in _PROVIDERS


# Loopback, private, link-local and carriers' inner addresses. Python's own `is_private` has documentation's, too.
_INSIDE = tuple(
    ip_network(block)
    for block in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)


@lru_cache(maxsize=1024)
def is_inside(address: str) -> bool:
    """The far end is in the same house, or on the same machine."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in _INSIDE if network.version == known.version)


@lru_cache(maxsize=4096)
def _within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except (ValueError, TypeError):
        return False
