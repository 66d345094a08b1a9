"""The verdict on a client certificate, made after the handshake: names, who vouches, and why it does not
count.

A certificate that does not count harms nobody: the session goes on, and connectors by address still apply.
What a certificate that counts may do is decided in `connectors`.
"""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gatepost.connectors import PUBLIC, Certificate

from .leaf import (
    ANY_USE,
    CLIENT_AUTH,
    SERVER_AUTH,
    UNREADABLE,
    distinguished,
    has_alternative_names,
    host_names,
    own_problem,
)
from .roots import Roots, why_nobody_vouches

# Public CAs stopped issuing clientAuth in 2026: a server's certificate is as good.
_CLIENT_USES = frozenset({CLIENT_AUTH, SERVER_AUTH, ANY_USE})


def judge_client(chain: Sequence[x509.Certificate], *, roots: Roots, now: datetime) -> Certificate:
    """Judge a client's chain as it was sent, leaf first, at the time `now` (aware). Never raises.

    Names count from every SAN dNSName (at most 100), or from the last CN where there is no SAN. The chain
    must lead to the public CAs or to an organization's own; the leaf must be in date, with an extended key
    usage of serverAuth, clientAuth, any or none. Verdicts are kept inside `roots` until a date in the chain
    is reached.
    """
    key = tuple(chain)
    verdict = roots.kept.find(key, now)
    if verdict is None:
        verdict, path = _judge(key, roots, now)
        roots.kept.keep(key, verdict, dated=(*key, *path), now=now, favourable=verdict.problem is None)
    return verdict


def _judge(
    chain: tuple[x509.Certificate, ...], roots: Roots, now: datetime
) -> tuple[Certificate, list[x509.Certificate]]:
    """The verdict, and the certificates beyond the chain whose dates it depends on."""
    leaf = chain[0]
    names: tuple[str, ...] = ()
    trusted: list[str] = []
    path: list[x509.Certificate] = []
    try:
        names = host_names(leaf, common_name=True)
        pinned = any(leaf in anchors.certificates for anchors in roots.by_name.values())
        problem = own_problem(leaf, now=now, accepted=_CLIENT_USES, pinned=pinned)
        if problem is None and not names:
            problem = _nameless(leaf)
        if problem is None:
            told: list[str] = []
            for name, anchors in roots.by_name.items():
                if not anchors.concerns(chain):
                    continue
                found = anchors.path(chain, now)
                if isinstance(found, str):
                    told.append(found)
                else:
                    trusted.append(name)
                    path.extend(found)
            if not trusted:
                problem = why_nobody_vouches(chain, list(roots.by_name.values()), told, sender="client")
    except UNREADABLE:
        names, trusted, problem = (), [], "The certificate cannot be read: it breaks the rules (RFC 5280)."
    return (
        Certificate(
            names=names,
            subject=distinguished(leaf),
            issuer=distinguished(leaf, issuer=True),
            fingerprint=leaf.fingerprint(SHA256()).hex(),
            not_after=f"{leaf.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
            trusted_by=frozenset(trusted),
            problem=problem,
            chain=() if PUBLIC in trusted else tuple(it.public_bytes(Encoding.DER) for it in chain),
        ),
        path,
    )


def _nameless(leaf: x509.Certificate) -> str:
    if has_alternative_names(leaf):
        return "The certificate's SubjectAltName holds no usable host name, and then the CN does not count."
    return "The certificate has no SubjectAltName, and its CN is not a host name."
