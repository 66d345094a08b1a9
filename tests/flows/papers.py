"""Certificates of throwaway authorities: good ones, and every way in which one can be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A certificate, its key, and the intermediates above it."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def files(self, folder: Path, name: str = "server", *, chain: bool = True) -> dict[str, str]:
        """PEM files for a listener or a client: `certificate` (with its chain) and `key`."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        above = [one.public_bytes(Encoding.PEM) for one in self.above if chain]
        certificate.write_bytes(b"".join([self.pem.encode(), *above]))
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {"certificate": str(certificate), "key": str(key)}

    def pfx(self, folder: Path, name: str = "server", password: str = "secret") -> dict[str, str]:
        """A PFX file for a listener: `pfx` and `pfx_password`."""
        path = folder / f"{name}.pfx"
        how = BestAvailableEncryption(password.encode())
        path.write_bytes(serialize_key_and_certificates(b"x", self.key, self.certificate, self.above, how))
        return {"pfx": str(path), "pfx_password": password}


def issue(
    name: str = "relay.contoso.com",
    *,
    by: Paper | None = None,
    ca: bool = False,
    days: tuple[float, float] = (-1, 30),
    uses: Sequence[x509.ObjectIdentifier] = (),
    key: Key | None = None,
) -> Paper:
    """A certificate for one name, self-signed unless `by`; valid for `days` from now."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    certificate = builder.sign(by.key if by else key, SHA256())
    rooted = by is None or by.certificate.issuer == by.certificate.subject
    above = () if by is None or rooted else (by.certificate, *by.above)
    return Paper(certificate=certificate, key=key, above=above)


SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
ROOT = issue("Test Root", ca=True)
INTERMEDIATE = issue("Test Intermediate", by=ROOT, ca=True)
STRANGER = issue("Stranger Root", ca=True)
SERVER = issue("relay.contoso.com", by=INTERMEDIATE, uses=[SERVER_AUTH])
