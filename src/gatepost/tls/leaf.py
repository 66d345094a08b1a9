"""What one certificate says of itself: names, purposes, key, and what is wrong with it before anyone is
asked.

The certificate is a stranger's: every extension is read with the expectation that it cannot be read.
"""

import re
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gatepost.connectors import canonical_name

from .credentials import validity_problem

MAX_NAMES = 100  # names considered; public CAs put no more than 100 on a certificate
MAX_WORDS = 120  # octets of a subject or issuer shown to people

_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}
SERVER_AUTH, CLIENT_AUTH, ANY_USE = "serverAuth", "clientAuth", "anyExtendedKeyUsage"

# What cryptography raises for extensions and names that break their rules; none of it may reach a session.
UNREADABLE = (
    ValueError,  # covers UnicodeError
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)

_LDH = re.compile(r"(\*\.)?[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.?")


def words(name: x509.Name) -> str:
    """A distinguished name for people: its common name if it has one, printable and short. Never raises."""
    try:
        common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
        text = str(common[-1].value) if common else name.rfc4514_string()
    except UNREADABLE:
        return "(unreadable)"
    clean = "".join(c if c.isprintable() else "?" for c in text[: MAX_WORDS + 1])
    return clean if len(clean) <= MAX_WORDS else clean[:MAX_WORDS] + "…"


def distinguished(certificate: x509.Certificate, *, issuer: bool = False) -> str:
    """The whole name of the subject or the issuer, RFC 4514, printable and short. Never raises."""
    try:
        text = (certificate.issuer if issuer else certificate.subject).rfc4514_string()
    except UNREADABLE:
        return "(unreadable)"
    clean = "".join(c if c.isprintable() else "?" for c in text[:256])
    return clean if len(text) <= 256 else clean + "…"


def host_name(text: str) -> str | None:
    """A name from a certificate in canonical form, or None when it is no host name.

    Anything but letters, digits, hyphens and dots is refused whole: a NUL, a blank or a look-alike letter is
    how one name is passed off as another (CVE-2009-2408, CVE-2021-44531). A star may only be the whole first
    label, with at least two labels behind it.
    """
    return canonical_name(text) if len(text) <= 255 and _LDH.fullmatch(text) else None


def has_alternative_names(certificate: x509.Certificate) -> bool:
    """Whether there is a SubjectAltName at all, whatever it holds."""
    return any(one.oid == x509.SubjectAlternativeName.oid for one in certificate.extensions)


def host_names(certificate: x509.Certificate, *, common_name: bool) -> tuple[str, ...]:
    """Every usable SAN dNSName, or, if `common_name`, the last CN when there is no SAN at all.

    RFC 9525 §2 knows SANs only; the CN is Exchange's flavour, for client certificates. Raises UNREADABLE.
    """
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        if not common_name:
            return ()
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        texts = [str(common[-1].value)] if common else []
    else:
        texts = alternative.get_values_for_type(x509.DNSName)[:MAX_NAMES]
    names = [name for text in texts if (name := host_name(text)) is not None]
    return tuple(dict.fromkeys(names))


def purposes(certificate: x509.Certificate) -> tuple[str, ...] | None:
    """The extended key usages in words, None when the extension is absent. Raises UNREADABLE."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return tuple(_PURPOSES.get(one, one.dotted_string) for one in usage)


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether basicConstraints say CA:TRUE. Raises UNREADABLE."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether the certificate is its own issuer and its own key signed it."""
    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def own_problem(certificate: x509.Certificate, *, now: datetime, accepted: frozenset[str], pinned: bool) -> str | None:
    """What is wrong with the certificate in itself, as a sentence; None when nothing is. Raises UNREADABLE.

    `accepted` are the extended key usages of which one must be there if there are any. A certificate that an
    organization added itself (`pinned`) may be a CA: `openssl req -x509` makes them so.
    """
    if (problem := validity_problem(certificate, now)) is not None:
        return problem
    if (problem := _key_problem(certificate)) is not None:
        return problem
    uses = purposes(certificate)
    if uses is not None and not accepted.intersection(uses):
        return (
            f"The certificate is not meant for this: its extended key usage is {', '.join(uses)[:200]}; "
            f"{' or '.join(sorted(accepted - {ANY_USE}))} is needed."
        )
    if not pinned and is_ca(certificate):
        return "The certificate is a CA's own (CA:TRUE), not a host's."
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    if not usage.digital_signature:
        return "The certificate's key usage does not include digitalSignature, which TLS needs."
    return None


def _key_problem(certificate: x509.Certificate) -> str | None:
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        if not 2048 <= key.key_size <= 8192:  # small keys can be broken, huge ones cost us time
            return f"The certificate's RSA key has {key.key_size} bits; 2048 to 8192 are accepted."
        return None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1 | SECP384R1 | SECP521R1):
        return None
    return "The certificate's key is neither RSA nor ECDSA on P-256, P-384 or P-521."
