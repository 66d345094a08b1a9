"""A throwaway certificate authority: server certificates, and client certificates as PFX, good and bad ones.

Built as a public authority is: a root that signs nothing but an intermediate, and leaves below the intermediate. All
keys are ECDSA P-256, everything ends in two days, and the root's key never leaves memory.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gatepost.tls import Credentials, load_password, load_pfx

_BEFORE, _AFTER = timedelta(hours=1), timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pfx:
    """A client certificate on the disk: the PFX, and a file with its password."""

    file: Path
    password_file: Path

    @property
    def password(self) -> str:
        return load_password(self.password_file)

    def load(self) -> Credentials:
        return load_pfx(self.file, self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signer:
    """Who signs: a certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """One root and one intermediate, whose papers are written into `folder` (made for the owner's eyes only)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700)
        self._root = _signer("Lab Root CA", None)
        self._intermediate = _signer("Lab Intermediate CA", self._root)
        self.file = folder / "lab-root.pem"
        self.file.write_bytes(_pem(self._root.certificate))

    @property
    def root(self) -> x509.Certificate:
        return self._root.certificate

    @property
    def root_pem(self) -> str:
        """What an organization adds to its CertificateAuthorities so that the lab's certificates count."""
        return _pem(self.root).decode()

    def server(self, name: str) -> Path:
        """A PEM file for a listener on loopback: certificate, intermediate and key."""
        key = _key()
        leaf = _leaf(name, key, self._intermediate, address=IPv4Address("127.0.0.1"))
        file = self._folder / f"{name}.pem"
        _write(file, _pem(leaf) + _pem(self._intermediate.certificate) + _key_pem(key))
        return file

    def client(self, name: str) -> Pfx:
        """A PFX with its chain. Its only extended use is serverAuth: public authorities no longer sell clientAuth,
        so this is what a reader gets today, and a relay has to take it."""
        key = _key()
        leaf = _leaf(name, key, self._intermediate)
        return self._pfx(name, key, (leaf, self._intermediate.certificate))

    def self_signed(self, name: str) -> Pfx:
        """A PFX with the right name and nobody to vouch for it."""
        key = _key()
        return self._pfx(f"self-signed-{name}", key, (_leaf(name, key, None),))

    def _pfx(self, label: str, key: ec.EllipticCurvePrivateKey, path: tuple[x509.Certificate, ...]) -> Pfx:
        password = secrets.token_urlsafe(18)
        leaf, *above = path
        content = pkcs12.serialize_key_and_certificates(
            label.encode(), key, leaf, above or None, BestAvailableEncryption(password.encode())
        )
        made = Pfx(file=self._folder / f"{label}.pfx", password_file=self._folder / f"{label}.password")
        _write(made.file, content)
        _write(made.password_file, f"{password}\n".encode())
        return made


def _signer(name: str, above: _Signer | None) -> _Signer:
    """An authority's certificate; the root vouches for itself and may have one authority below it."""
    key = _key()
    builder = _started(name, key, above)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=1 if above is None else 0), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return _Signer(certificate=_signed(builder, key, above), key=key)


def _leaf(
    name: str, key: ec.EllipticCurvePrivateKey, above: _Signer | None, *, address: IPv4Address | None = None
) -> x509.Certificate:
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if address is not None:
        names.append(x509.IPAddress(address))
    builder = _started(name, key, above)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return _signed(builder, key, above)


def _started(name: str, key: ec.EllipticCurvePrivateKey, above: _Signer | None) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, issuer_key = (subject, key) if above is None else (above.certificate.subject, above.key)
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + _AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, above: _Signer | None
) -> x509.Certificate:
    return builder.sign(key if above is None else above.key, SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(file: Path, content: bytes) -> None:
    """A file that nobody else can read, not even for a moment."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(content)
