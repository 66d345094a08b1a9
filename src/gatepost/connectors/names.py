"""Certificate names: what a TlsSenderCertificateName covers.

    configured              presented on the certificate
    relay.contoso.com       relay.contoso.com, or *.contoso.com (a wildcard stands for exactly one label)
    *.contoso.com           contoso.com and every name below it, however deep, wildcards included

Names are compared as lower-case A-labels without a trailing dot. `f*o.x`, `*.*.x`, `*` and `*.com` match
nothing, and an IP address is not a name.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, TypeVar

from gatepost.mail import BadAddress, canonical_domain

V = TypeVar("V")

MAX_NAME = 255
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")


@lru_cache(maxsize=8192)
def canonical_name(text: str) -> str | None:
    """The comparable form of a certificate name (a wildcard only as its whole first label), or None.

    >>> canonical_name("*.Contoso.COM.")
    '*.contoso.com'
    """
    if len(text) > MAX_NAME:
        return None
    star, rest = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    if "[" in rest:
        return None
    if not rest.isascii() and ("xn--" in rest.lower() or _OTHER_DOTS.search(rest)):
        return None  # U-labels mixed with A-labels, or another script's full stop
    try:
        name = canonical_domain(rest)
    except BadAddress:
        return None
    if name.rpartition(".")[2].isdigit():
        return None  # an IPv4 address is not a name
    if star and "." not in name:
        return None  # a whole top-level domain belongs to nobody
    return star + name


def name_matches(configured: str, presented: str) -> bool:
    """Whether a configured certificate name covers a presented one; what is no name covers nothing."""
    wanted, shown = canonical_name(configured), canonical_name(presented)
    if wanted is None or shown is None:
        return False
    if wanted.startswith("*."):
        parent, bare = wanted[2:], shown.removeprefix("*.")
        return bare == parent or bare.endswith("." + parent)
    if shown.startswith("*."):
        return wanted.partition(".")[2] == shown[2:]
    return wanted == shown


def certificate_domains(configured: str, presented: str) -> tuple[str, ...]:
    """The domains of which one must be accepted for a match to stand on the certificate alone (§3.5).

    The matched name itself, or its parent (a certificate host.sub.contoso.com needs sub.contoso.com), or what
    the connector's own wildcard stands on (`*.contoso.com` is content with contoso.com). Both are canonical.
    """
    domains = [configured.removeprefix("*.")]
    if presented.startswith("*."):
        domains.append(presented[2:])
    else:
        domains.append(presented)
        parent = presented.partition(".")[2]
        if "." in parent:
            domains.append(parent)
    return tuple(dict.fromkeys(domains))


class NameIndex(Generic[V]):
    """The fast form of `name_matches` over many configured names. Filled once, then only read."""

    __slots__ = ("_below", "_children", "_exact")

    def __init__(self, entries: Iterable[tuple[str, V]] = ()) -> None:
        self._exact: dict[str, list[tuple[str, V]]] = {}
        self._below: dict[str, list[tuple[str, V]]] = {}
        self._children: dict[str, list[tuple[str, V]]] = {}  # exact names by their parent, for wildcard certificates
        for text, value in entries:
            name = canonical_name(text)
            if name is None:
                continue
            if name.startswith("*."):
                self._below.setdefault(name[2:], []).append((name, value))
            else:
                self._exact.setdefault(name, []).append((name, value))
                self._children.setdefault(name.partition(".")[2], []).append((name, value))

    def lookup(self, presented: str) -> list[tuple[str, V]]:
        """Every (configured name, value) that covers a canonical name: exact, then longer wildcards first."""
        if presented.startswith("*."):
            bare = presented[2:]
            found = list(self._children.get(bare, ()))
        else:
            bare = presented
            found = list(self._exact.get(bare, ()))
        below = self._below
        if below:
            while bare:
                here = below.get(bare)
                if here is not None:
                    found += here
                bare = bare.partition(".")[2]
        return found

    def near(self, presented: str, limit: int) -> list[tuple[str, V]]:
        """A few configured names that share the parent of a presented one or stand next to it."""
        bare = presented.removeprefix("*.")
        parent = bare.partition(".")[2]
        found = list(self._exact.get(bare, ()))[:limit] + self._exact.get(parent, [])[:limit]
        found += self._children.get(bare, [])[:limit]
        if "." in parent:
            found += self._children.get(parent, [])[:limit]
        return found[:limit]
