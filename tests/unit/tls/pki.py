"""A small certificate authority for the tests: every certificate with exactly what a test asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gatepost.tls import Credentials, read_pem

NOW = datetime.now(UTC).replace(microsecond=0)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

USES = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A certificate, its key, and the certificates above it without the root."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> list[x509.Certificate]:
        return [self.certificate, *self.above]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return b"".join(one.public_bytes(Encoding.PEM) for one in self.chain)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def credentials(self) -> Credentials:
        return read_pem(self.pem, self.key_pem, source="test", now=NOW)


def issue(
    name: str = "relay.contoso.com",
    *,
    by: Issued | None = None,
    key: Key | None = None,
    common_names: Sequence[str] | None = None,
    names: Sequence[x509.GeneralName | str] | None = None,
    uses: Sequence[str] | None = None,
    ca: bool | None = None,
    path_length: int | None = None,
    key_usage: Sequence[str] | None = None,
    days: tuple[float, float] = (-1, 30),
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    forged: bool = False,
) -> Issued:
    """One certificate: by default a plain leaf with one SAN, no EKU, no key usage, self-signed unless `by`.

    `names` None means a SAN of `name` for leaves; an empty list leaves the SAN out. `forged` signs with a key
    that is not the issuer's.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    common = [name] if common_names is None else common_names
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one) for one in common])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
    )
    if names is None:
        names = [] if ca else [name]
    if names:
        general = [x509.DNSName(one) if isinstance(one, str) else one for one in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    if uses is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([USES[use] for use in uses]), critical=False)
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    if key_usage is not None:
        builder = builder.add_extension(_key_usage(key_usage), critical=True)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    signer = key if by is None else by.key
    if forged:
        signer = ec.generate_private_key(ec.SECP256R1())
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else SHA256()
    certificate = builder.sign(signer, digest)
    above: tuple[x509.Certificate, ...] = ()
    if by is not None and by.certificate.issuer != by.certificate.subject:
        above = (by.certificate, *by.above)
    return Issued(certificate=certificate, key=key, above=above)


def _key_usage(words: Sequence[str]) -> x509.KeyUsage:
    on = set(words)
    return x509.KeyUsage(
        digital_signature="digital_signature" in on,
        content_commitment=False,
        key_encipherment="key_encipherment" in on,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign="key_cert_sign" in on,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


ROOT = issue("Test Root", ca=True)
INTERMEDIATE = issue("Test Intermediate", by=ROOT, ca=True, path_length=0)
STRANGER = issue("Stranger Root", ca=True)


def pem_of(*issued: Issued) -> list[str]:
    return [one.certificate.public_bytes(Encoding.PEM).decode() for one in issued]
