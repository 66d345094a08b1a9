"""System.Security.Cryptography.X509Certificates for scripts: a certificate from a file, with its key if it is a PFX."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from gatepost.errors import CertificateUnusable
from gatepost.shell import SecureString, Shell, failed, to_text
from gatepost.tls import Credentials, distinguished, host_names, load_pfx, read_certificates

from .net_objects import Counts, Instance, Listing, Taken, wrong

STORAGE_FLAGS = (
    "DefaultKeySet",
    "UserKeySet",
    "MachineKeySet",
    "Exportable",
    "UserProtected",
    "PersistKeySet",
    "EphemeralKeySet",
)
_MAX_FILE = 64 * 1024
_CRYPTOGRAPHIC = "System.Security.Cryptography.CryptographicException"


class Certificate(Instance):
    """X509Certificate2. `credentials` are there when the file held the private key."""

    type_name = "System.Security.Cryptography.X509Certificates.X509Certificate2"
    properties: ClassVar[Mapping[str, Taken | None]] = {
        "Subject": None,
        "Issuer": None,
        "Thumbprint": None,
        "SerialNumber": None,
        "NotBefore": None,
        "NotAfter": None,
        "HasPrivateKey": None,
        "DnsNameList": None,
    }
    methods: ClassVar[Mapping[str, Counts]] = {"Dispose": (0,), "ToString": (0,)}

    def __init__(self, certificate: x509.Certificate, credentials: Credentials | None = None) -> None:
        super().__init__(
            Subject=distinguished(certificate),
            Issuer=distinguished(certificate, issuer=True),
            Thumbprint=certificate.fingerprint(SHA1()).hex().upper(),  # noqa: S303  a name by custom, not a proof
            SerialNumber=f"{certificate.serial_number:X}",
            NotBefore=certificate.not_valid_before_utc.astimezone(),
            NotAfter=certificate.not_valid_after_utc.astimezone(),
            HasPrivateKey=credentials is not None,
            DnsNameList=_names(certificate),
        )
        self.credentials = credentials

    @classmethod
    def make(cls, path: Any, password: Any = None, flags: Any = None) -> "Certificate":
        """From a PFX, PEM or DER file; the flags say where Windows keeps the key, and there is no such place here."""
        if isinstance(path, cls):
            return path
        return open_certificate(to_text(path), password)

    def to_string(self, *, shell: Shell) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n\n".join(f"[{name}]\n  {self.values[name]}" for name in ("Subject", "Issuer", "Thumbprint"))


def open_certificate(path: str, password: Any = None) -> Certificate:
    """A certificate from a file; `password` is a text or a SecureString. Raises CommandFailed with the reason."""
    secret = password.reveal() if isinstance(password, SecureString) else to_text(password)
    try:
        alone = _without_key(Path(path))
        if alone is not None:
            return Certificate(alone)
        found = load_pfx(Path(path), secret or None)
    except CertificateUnusable as unusable:
        raise failed(_with_remedy(str(unusable)), type_name=_CRYPTOGRAPHIC) from None
    return Certificate(found.certificate, found)


def client_certificates() -> Listing[Certificate]:
    """What SmtpClient.ClientCertificates is: certificates that can prove themselves."""
    return _Certificates("System.Security.Cryptography.X509Certificates.X509CertificateCollection", _with_key)


class _Certificates(Listing[Certificate]):
    def add(self, value: Any, *, shell: Shell) -> int:
        """Its place in the collection, which is why scripts write `[void]` before it."""
        super().add(value, shell=shell)
        return len(self.items) - 1


def _with_key(value: Any) -> list[Certificate]:
    if not isinstance(value, Certificate):
        raise wrong(
            "ClientCertificates takes certificates. Remedy: make one with [X509Certificate2]::new(FILE, PASSWORD)."
        )
    if value.credentials is None:
        raise wrong(
            f"The certificate {value.values['Subject']} has no private key here, so it proves nothing. "
            "Remedy: open a PFX file, which holds certificate and key, with its password."
        )
    return [value]


def _without_key(path: Path) -> x509.Certificate | None:
    """The certificate in a PEM or DER file, None when it is some other file."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE)
    except (OSError, ValueError):
        return None  # load_pfx says why
    if b"-----BEGIN CERTIFICATE-----" in content:
        return read_certificates(content, source=str(path))[0]
    try:
        return x509.load_der_x509_certificate(content)
    except ValueError:
        return None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        return list(host_names(certificate, common_name=True))
    except Exception:  # an extension can break in any way, and only names are lost
        return []


def _with_remedy(sentence: str) -> str:
    if "Remedy:" in sentence:
        return sentence
    if "cannot be read (" in sentence:
        return f"{sentence} Remedy: check the path, which is looked up from the folder that the script was started in."
    if "password" in sentence:
        return f"{sentence} Remedy: check the password."
    return f"{sentence} Remedy: export the certificate once more, as a PFX with its private key."
