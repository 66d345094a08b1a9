"""Who vouches: the system's public CAs, and the CAs that organizations add for their own connectors.

Paths are built by `cryptography.x509.verification`, which checks signatures, validity, path lengths and name
constraints. What it leaves to its caller is checked here: an issuer's key usage and extended key usage, and a
name constraint that a certificate without SAN would slip past.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gatepost.connectors import PUBLIC, Certificate

from .credentials import system_bundle
from .kept import Shelf
from .leaf import UNREADABLE, has_alternative_names, is_self_signed, words

MAX_INTERMEDIATES = 10  # certificates of a chain that are considered; public chains have one to three
_MAX_DEPTH = 8

_ISSUER_USES = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)


def _may_sign(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("an issuer's key usage does not allow it to sign certificates")


def _for_hosts(_policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    """A public CA's intermediate for S/MIME alone must not name hosts."""
    if usage is not None and _ISSUER_USES.isdisjoint(usage):
        raise ValueError("an issuer may only issue for other purposes (its extended key usage)")


# The webpki profile would refuse serverAuth-only client certificates and most home-made CAs.
_CA_POLICY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_hosts)
)
_LEAF_POLICY = ExtensionPolicy.permit_all()


class Anchors:
    """One set of trusted CAs."""

    __slots__ = ("_store", "certificates", "subjects")

    def __init__(self, certificates: Iterable[x509.Certificate]) -> None:
        self.certificates = frozenset(certificates)
        self.subjects = frozenset(one.subject for one in self.certificates)
        self._store = Store(list(self.certificates)) if self.certificates else None

    def concerns(self, chain: Sequence[x509.Certificate]) -> bool:
        """Whether any issuer of the chain could be one of these CAs; a cheap no for most sets."""
        return any(one.issuer in self.subjects for one in chain)

    def path(self, chain: Sequence[x509.Certificate], now: datetime) -> list[x509.Certificate] | str:
        """The path from the leaf to one of these CAs, or why there is none."""
        if self._store is None:
            return "there are no such CAs"
        if chain[0] in self.certificates:
            return [chain[0]]
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(now)
            .max_chain_depth(_MAX_DEPTH)
            .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
            .build_client_verifier()
        )
        try:
            path = verifier.verify(chain[0], list(chain[1 : 1 + MAX_INTERMEDIATES])).chain
        except VerificationError as error:
            return _plain(str(error))
        except UNREADABLE:
            return "the chain cannot be read"
        # Name constraints bind SANs only; OpenSSL applies them to the CN as well where there is no SAN. We
        # refuse.
        if not has_alternative_names(chain[0]) and any(_constrains_names(one) for one in path[1:]):
            return "a CA's name constraints cannot be applied, because the certificate has no SubjectAltName"
        return path


class Roots:
    """All that is trusted under one configuration snapshot; built anew with each, and never changed.

    `problems` are sentences about an organization's CAs that could not be read.
    """

    __slots__ = ("by_name", "kept", "problems")

    def __init__(self, by_name: Mapping[str, Anchors], problems: Sequence[str] = ()) -> None:
        self.by_name = dict(by_name)
        self.problems = tuple(problems)
        self.kept: Shelf[tuple[x509.Certificate, ...], Certificate] = Shelf()

    @classmethod
    def build(
        cls,
        organizations: Mapping[str, Sequence[str]] | None = None,
        *,
        public: Iterable[x509.Certificate] | None = None,
    ) -> "Roots":
        """From organizations' names with their CAs as PEM texts; `public` None: the system's public CAs."""
        by_name = {PUBLIC: system_anchors() if public is None else Anchors(public)}
        problems: list[str] = []
        for name, texts in (organizations or {}).items():
            certificates, unread = read_anchors(texts)
            if unread:
                problems.append(f"Organization {name}: {unread} of its CA certificates cannot be read.")
            if certificates:
                by_name[name] = Anchors(certificates)
        return cls(by_name, problems)


@lru_cache(maxsize=1)
def system_anchors() -> Anchors:
    """The public CAs: the operating system's bundle, else certifi's. Read once; renewed with a restart."""
    bundle = system_bundle() or Path(certifi.where())
    certificates, _ = read_anchors([bundle.read_text("utf-8", "replace")])
    return Anchors(certificates)


def read_anchors(texts: Iterable[str]) -> tuple[list[x509.Certificate], int]:
    """The certificates in PEM texts, and how many there were that could not be read."""
    end = "-----END CERTIFICATE-----"
    certificates: list[x509.Certificate] = []
    unread = 0
    with warnings.catch_warnings():
        # Some old public roots have serial number zero; that is their business, not an administrator's.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for text in texts:
            *blocks, rest = text.split(end)
            for block in blocks:
                try:
                    certificates.append(x509.load_pem_x509_certificate((block + end).encode()))
                except UNREADABLE:
                    unread += 1
            unread += not blocks or "-----BEGIN CERTIFICATE-----" in rest
    return certificates, unread


def why_nobody_vouches(
    chain: Sequence[x509.Certificate], anchors: Sequence[Anchors], told: Sequence[str], *, sender: str
) -> str:
    """The sentence for a chain that no set of CAs vouches for. `told` are the answers of `Anchors.path`."""
    leaf = chain[0]
    if is_self_signed(leaf):
        return "The certificate is self-signed: nobody but itself vouches for it."
    walk = _walk(chain)
    top = walk[-1]
    who = f"No trusted CA vouches for '{words(leaf.subject)}'"
    if any(top.issuer in one.subjects for one in anchors) and told:
        return f"{who}: {told[-1]}."
    if top.issuer == top.subject:
        return f"{who}: its chain ends in '{words(top.subject)}', which is not a trusted CA."
    missing = words(top.issuer)
    if len(walk) == 1:
        return (
            f"{who}: the {sender} did not send the intermediate '{missing}', or that is a CA nobody here "
            f"knows. Remedy: have the {sender} present its whole chain."
        )
    return (
        f"{who}: the chain stops at '{words(top.subject)}', whose issuer '{missing}' was not sent and is not "
        "a trusted CA."
    )


def _walk(chain: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """From the leaf upwards by names, as far as the chain reaches."""
    walk = [chain[0]]
    others = list(chain[1 : 1 + MAX_INTERMEDIATES])
    while walk[-1].issuer != walk[-1].subject:
        above = next((one for one in others if one.subject == walk[-1].issuer), None)
        if above is None:
            break
        others.remove(above)
        walk.append(above)
    return walk


def _constrains_names(certificate: x509.Certificate) -> bool:
    return any(one.oid == x509.NameConstraints.oid for one in certificate.extensions)


def _plain(error: str) -> str:
    """The verifier's text without its wrapping, and without the certificate it quotes."""
    text = error.split(" (encountered", 1)[0]
    for noise in ("validation failed: ", "candidates exhausted: ", "invalid extension: "):
        text = text.replace(noise, "")
    if "no interior errors" in text:
        return "its issuer is not among them, or its signature is not that issuer's"
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
