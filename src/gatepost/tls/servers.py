"""The verdict on a server's certificate, for outbound connectors that ask for one.

The name rules are RFC 9525's: SubjectAltName only, a star for exactly one label. A connector's TlsDomain
may itself begin with `*.` and then stands for the domain and everything below it, as in Exchange.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from cryptography import x509

from gatepost.connectors import name_matches

from .kept import Shelf
from .leaf import ANY_USE, SERVER_AUTH, UNREADABLE, host_names, own_problem
from .roots import Anchors, system_anchors, why_nobody_vouches

_SERVER_USES = frozenset({SERVER_AUTH, ANY_USE})
_SHOWN = 5  # names quoted in a sentence

_Key = tuple[tuple[x509.Certificate, ...], str | None, tuple[x509.Certificate, ...]]
_kept: Shelf[_Key, str] = Shelf()


def judge_server(
    chain: Sequence[x509.Certificate],
    *,
    name: str | None,
    extra_cas: Sequence[x509.Certificate] = (),
    now: datetime | None = None,
) -> str | None:
    """None when the chain is valid and, unless `name` is None, bears that name; else a sentence why not.

    The chain must lead to the system's public CAs or to one of `extra_cas`. `name` is a host name,
    `*.domain`, or an IP address (which then must be a SAN iPAddress). `now` None means the clock. Never
    raises.
    """
    if not chain:
        return "The server showed no certificate."
    moment = now or datetime.now(UTC)
    key = (tuple(chain), name, tuple(extra_cas))
    verdict = _kept.find(key, moment)
    if verdict is None:
        try:
            problem, path = _judge(key[0], name, key[2], moment)
        except UNREADABLE:
            problem, path = (
                "The server's certificate cannot be read: it breaks the rules (RFC 5280).",
                [],
            )
        verdict = problem or ""
        _kept.keep(key, verdict, dated=(*chain, *path), now=moment, favourable=problem is None)
    return verdict or None


def _judge(
    chain: tuple[x509.Certificate, ...],
    name: str | None,
    extra_cas: tuple[x509.Certificate, ...],
    now: datetime,
) -> tuple[str | None, list[x509.Certificate]]:
    leaf = chain[0]
    own = _own_anchors(extra_cas)
    pinned = leaf in own.certificates
    problem = own_problem(leaf, now=now, accepted=_SERVER_USES, pinned=pinned)
    if problem is not None:
        return problem, []
    path: list[x509.Certificate] | str = []
    told: list[str] = []
    for anchors in (own, system_anchors()):
        if not anchors.concerns(chain):
            continue
        path = anchors.path(chain, now)
        if isinstance(path, list):
            break
        told.append(path)
    if isinstance(path, str) or not path:
        return why_nobody_vouches(chain, (own, system_anchors()), told, sender="server"), []
    return (None if name is None else _name_problem(leaf, name)), path


@lru_cache(maxsize=64)
def _own_anchors(certificates: tuple[x509.Certificate, ...]) -> Anchors:
    return Anchors(certificates)


def _name_problem(leaf: x509.Certificate, name: str) -> str | None:
    address = _address(name)
    if address is not None:
        try:
            alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return f"The server's certificate does not bear the address {address}."
        if address in alternative.get_values_for_type(x509.IPAddress):
            return None
        return f"The server's certificate does not bear the address {address}."
    names = host_names(leaf, common_name=False)
    if not names:
        return "The server's certificate bears no host name (SubjectAltName)."
    if any(name_matches(name, one) for one in names):
        return None
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"The server's certificate is for {shown}, not for {name}."


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name.strip("[]"))
    except ValueError:
        return None
