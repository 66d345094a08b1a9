"""Throwaway certificates: one authority, one server, one client, made anew for every run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """All that the TLS rows need; `authority` is the PEM file of the CA that signed both."""

    authority: Path
    server: Identity
    client: Identity


def _new_key(kind: str) -> Key:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(name: str, key: Key, issuer: tuple[str, Key] | None) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer_name, signer = issuer or (name, key)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer_name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if issuer is None:
        usages = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(**usages, key_cert_sign=True, crl_sign=True), critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _write(folder: Path, name: str, certificate: x509.Certificate, key: Key) -> Identity:
    identity = Identity(certificate=folder / f"{name}.pem", key=folder / f"{name}.key")
    identity.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    identity.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    identity.key.chmod(0o600)
    return identity


def make_identities(folder: Path, kind: str) -> Identities:
    """Write the files; `kind` is the keys' kind, rsa (2048 bits) or ec (P-256)."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key = _new_key(kind)
    authority = _write(folder, "authority", _certificate("Bench CA", authority_key, None), authority_key)
    made = {}
    for name, host in (("server", "relay.bench.test"), ("client", "relay.contoso.test")):
        key = _new_key(kind)
        made[name] = _write(folder, name, _certificate(host, key, ("Bench CA", authority_key)), key)
    return Identities(authority=authority.certificate, server=made["server"], client=made["client"])
