"""A certificate that the relay makes itself, so that TLS can be tried before anybody has got one.

Nobody vouches for it: it encrypts, and proves nothing. What devices in a network are shown comes from a CA.
"""

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gatepost.errors import CertificateUnusable

from .credentials import load_pem
from .leaf import UNREADABLE

_LIFE = timedelta(days=5 * 365)
_RENEWED = timedelta(days=90)  # before its end, at the next start
_BEFORE = timedelta(hours=1)  # valid already where a clock is slow
_THIS_MACHINE = ("127.0.0.1", "::1")


def keep_made_certificate(file: Path, hostname: str) -> None:
    """Make the certificate and its key, in one PEM file that the relay alone can read, unless there is one that serves.

    A new one is made where the old is about to end, cannot be read, or names another host. Raises OSError.
    """
    now = datetime.now(UTC)
    try:
        if hostname in _names(load_pem(file, now=now + _RENEWED).certificate):
            return
    except (CertificateUnusable, *UNREADABLE):
        pass  # there is none, or none that serves for long
    file.parent.mkdir(mode=0o700, exist_ok=True)
    partial = file.with_name(f".{file.name}")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(_made(hostname, now))
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)


def _names(certificate: x509.Certificate) -> list[str]:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


def _made(hostname: str, now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostname[:64])])  # X.520 allows no more
    names: list[x509.GeneralName] = [x509.DNSName(it) for it in dict.fromkeys((hostname, "localhost"))]
    names += [x509.IPAddress(ip_address(it)) for it in _THIS_MACHINE]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)
