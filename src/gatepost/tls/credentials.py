"""A certificate with its key and chain, from PEM or PFX, checked before anyone relies on it.

Every failure is a CertificateUnusable whose sentence names the file, the cause and, where there is one, the
remedy. Keys and passwords never appear in a repr or in a message.
"""

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)

from gatepost.errors import CertificateUnusable, PfxLocked

from .iterations import asked_work

MAX_PFX = 64 * 1024  # a PFX with a long chain is below 20 kB
MAX_PEM = 1024 * 1024  # a system's whole CA bundle fits
MAX_ITERATIONS = 10_000_000  # a 2.6 kB file that says 2^31-1 costs 19 minutes of one core

# RFC 7292 appendix C, in DER: pbeWithSHAAnd128BitRC4, …40BitRC4, …128BitRC2-CBC, …40BitRC2-CBC.
_OLD_CIPHER = re.compile(rb"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01[\x01\x02\x05\x06]")

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey
_KEYS = (RSAPrivateKey, EllipticCurvePrivateKey, Ed25519PrivateKey, Ed448PrivateKey)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A certificate, its private key, and the intermediates in sending order (the leaf's issuer first).

    `source` says where it came from, for messages.
    """

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: PrivateKey = field(repr=False, compare=False)
    source: str

    @property
    def presented(self) -> tuple[x509.Certificate, ...]:
        """What the other side is shown: the leaf and its whole chain."""
        return (self.certificate, *self.chain)


def load_pem(certificate: Path, key: Path | None = None, *, now: datetime | None = None) -> Credentials:
    """Read a PEM file of certificates (leaf anywhere) and its key, from its own file or from the same one."""
    text = _content(certificate, MAX_PEM)
    key_text = text if key is None else _content(key, MAX_PEM)
    named = str(certificate) if key is None else f"{certificate} with {key}"
    return read_pem(text, key_text, source=named, now=now)


def load_pfx(path: Path, password: str | None = None, *, now: datetime | None = None) -> Credentials:
    """Read a PFX (PKCS#12) file with its password; no password means none, or the empty one."""
    return read_pfx(_content(path, MAX_PFX), password, source=str(path), now=now)


def load_password(path: Path) -> str:
    """The password in a file: its first line, without the line end."""
    content = _content(path, 4096)
    try:
        return content.decode("utf-8-sig").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        raise CertificateUnusable(f"{path}: the password file is not UTF-8 text.") from None


def read_pem(text: bytes, key: bytes, *, source: str, now: datetime | None = None) -> Credentials:
    """The same from PEM texts."""
    certificates = read_certificates(text, source=source)
    try:
        private = load_pem_private_key(key, None)
    except TypeError:
        raise CertificateUnusable(
            f"{source}: the private key is encrypted. Remedy: store it without a passphrase, readable by the "
            "relay alone, or use a PFX with a password file."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateUnusable(f"{source}: there is no private key that can be read.") from None
    return _checked(certificates, private, source=source, now=now)


def read_pfx(content: bytes, password: str | None, *, source: str, now: datetime | None = None) -> Credentials:
    """The same from the octets of a PFX.

    Absurd iteration counts are refused before anything is derived from the password, as far as they stand
    in clear (those of the file's MAC and of its outer layers; a count inside an encrypted layer needs the
    password to be seen).
    """
    if len(content) > MAX_PFX:
        raise CertificateUnusable(f"{source}: the PFX is larger than 64 KiB.")
    count = asked_work(content)
    if count is None:
        raise CertificateUnusable(f"{source}: this is not a PFX (PKCS#12) file.")
    if count > MAX_ITERATIONS:
        raise CertificateUnusable(
            f"{source}: the PFX asks for {count} iterations; 10 million is the limit. Remedy: export it again."
        )
    found = _open_pfx(content, password)
    if found is None:
        word = "no password was given" if password is None else "the password is wrong"
        if password is None or _OLD_CIPHER.search(content) is None:
            raise PfxLocked(f"{source}: the PFX cannot be opened: {word}, or the file is damaged.")
        raise PfxLocked(
            f"{source}: the PFX cannot be opened: {word}, or this system does not know its old encryption (RC2 or "
            "RC4). Remedy: check the password, else export it again with AES: `Export-PfxCertificate "
            "-CryptoAlgorithmOption AES256_SHA256` on Windows; elsewhere `openssl pkcs12 -legacy -in OLD.pfx -nodes "
            "-out ALL.pem`, then `openssl pkcs12 -export -in ALL.pem -out NEW.pfx`."
        )
    if found.key is None:
        raise CertificateUnusable(f"{source}: the PFX holds no private key. Remedy: export it with the private key.")
    certificates = [] if found.cert is None else [found.cert.certificate]
    certificates.extend(extra.certificate for extra in found.additional_certs)
    return _checked(certificates, found.key, source=source, now=now)


def read_certificates(text: bytes, *, source: str) -> list[x509.Certificate]:
    """All certificates of a PEM text, at least one. Raises CertificateUnusable."""
    try:
        certificates = x509.load_pem_x509_certificates(text)
    except (ValueError, TypeError, x509.InvalidVersion):
        raise CertificateUnusable(f"{source}: there is no PEM certificate that can be read.") from None
    return certificates


def _open_pfx(content: bytes, password: str | None) -> pkcs12.PKCS12KeyAndCertificates | None:
    tries: Sequence[bytes | None] = (None, b"") if password is None else (password.encode(),)
    for attempt in tries:
        try:
            return pkcs12.load_pkcs12(content, attempt)
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
            continue
    return None


def _checked(
    certificates: Sequence[x509.Certificate], key: object, *, source: str, now: datetime | None
) -> Credentials:
    if not isinstance(key, _KEYS):
        raise CertificateUnusable(f"{source}: the key is neither RSA, ECDSA nor EdDSA.")
    if isinstance(key, RSAPrivateKey) and not 2048 <= key.key_size <= 8192:
        raise CertificateUnusable(f"{source}: the RSA key has {key.key_size} bits; 2048 to 8192 are accepted.")
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    leaf = next((one for one in certificates if _public(one) == public), None)
    if leaf is None:
        raise CertificateUnusable(f"{source}: the private key does not belong to any of the certificates.")
    if (problem := validity_problem(leaf, now or datetime.now(UTC))) is not None:
        raise CertificateUnusable(f"{source}: {problem}")
    return Credentials(certificate=leaf, chain=_path(leaf, certificates), key=key, source=source)


def validity_problem(certificate: x509.Certificate, now: datetime) -> str | None:
    """A sentence when the certificate has expired or is not valid yet."""
    if now > certificate.not_valid_after_utc:
        return f"The certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC."
    if now < certificate.not_valid_before_utc:
        return f"The certificate is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC."
    return None


def _path(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The certificates that lead up from the leaf, in order (RFC 8446 §4.4.2). Strangers stay out."""
    path, here = [leaf], leaf
    while here.issuer != here.subject:
        above = next((one for one in certificates if one.subject == here.issuer and one not in path), None)
        if above is None:
            break
        path.append(above)
        here = above
    return tuple(path[1:])


def _public(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _content(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise CertificateUnusable(f"{path}: cannot be read ({error.strerror or 'unknown reason'}).") from None
    if len(content) > limit:
        raise CertificateUnusable(f"{path}: the file is larger than {limit // 1024} KiB.")
    return content


def system_bundle() -> Path | None:
    """The file of public CAs that the operating system keeps, None when it keeps none."""
    places = ssl.get_default_verify_paths()
    candidates = (
        places.cafile,
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    )
    return next((Path(place) for place in candidates if place and Path(place).is_file()), None)
