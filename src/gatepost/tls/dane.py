"""The verdict on a server's certificate by the TLSA records of its host (RFC 7671, RFC 7672 §3)."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gatepost.connectors import name_matches
from gatepost.routing import Fingerprint

from .leaf import ANY_USE, SERVER_AUTH, UNREADABLE, host_names, own_problem
from .roots import MAX_INTERMEDIATES, Anchors

_SERVER_USES = frozenset({SERVER_AUTH, ANY_USE})


def judge_fingerprints(
    chain: Sequence[x509.Certificate],
    fingerprints: Sequence[Fingerprint],
    *,
    names: Sequence[str],
    now: datetime | None = None,
) -> str | None:
    """None when one of the records matches what the server showed; else a sentence why none does.

    DANE-EE(3) is about the key alone: neither names nor dates nor the chain count (RFC 7672 §3.1.1). DANE-TA(2) names
    an authority that must have signed the certificate, which must be valid and bear one of `names`. Never raises.
    """
    if not chain:
        return "The server showed no certificate."
    try:
        if any(_matches(chain[0], it) for it in fingerprints if not it.of_authority):
            return None
        return _by_authority(chain, fingerprints, names, now or datetime.now(UTC))
    except UNREADABLE:
        return "The server's certificate cannot be read: it breaks the rules (RFC 5280)."


def _by_authority(
    chain: Sequence[x509.Certificate], fingerprints: Sequence[Fingerprint], names: Sequence[str], now: datetime
) -> str | None:
    authorities = [it for it in fingerprints if it.of_authority]
    anchors = list(_anchors(chain[1 : 1 + MAX_INTERMEDIATES], authorities))
    if not anchors:
        sent = " nor is any authority that was sent with it" if authorities else ""
        return f"The server's certificate is not the one in its TLSA records,{sent}.".replace(",.", ".")
    if (problem := own_problem(chain[0], now=now, accepted=_SERVER_USES, pinned=False)) is not None:
        return problem
    if not any(isinstance(Anchors([it]).path(chain, now), list) for it in anchors):
        return "The authority in the TLSA records has not signed the server's certificate, or its chain is not valid."
    shown = host_names(chain[0], common_name=True)  # RFC 7672 §3.2.3 still knows the common name
    if any(name_matches(wanted, it) for wanted in names for it in shown):
        return None
    return f"The server's certificate is for {', '.join(shown[:5]) or 'no host'}, not for {' or '.join(names)}."


def _anchors(sent: Sequence[x509.Certificate], authorities: Sequence[Fingerprint]) -> Iterator[x509.Certificate]:
    """The authorities that the records name: among those that were sent, or whole in a record (RFC 7671 §5.2.1)."""
    for it in authorities:
        yield from (one for one in sent if _matches(one, it))
        if not (it.of_key or it.digest):
            try:
                yield x509.load_der_x509_certificate(it.octets)
            except UNREADABLE:  # a record that is no certificate matches nothing
                continue


def _matches(certificate: x509.Certificate, fingerprint: Fingerprint) -> bool:
    if fingerprint.of_key:
        octets = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = certificate.public_bytes(Encoding.DER)
    if fingerprint.digest:
        octets = hashlib.new(fingerprint.digest, octets).digest()
    return octets == fingerprint.octets
