"""Messages that other software has signed (dkimpy), with their keys, for the tests of verification."""

import base64
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import dkim  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gatepost.mail import HeaderBlock
from gatepost.signing import PrivateKey, Verification, Verified, record_of
from gatepost.signing.claims import Form, read_claim, tags_of
from gatepost.signing.signature import sign_octets, signed_fields

NOW = 1_800_000_000.0
MESSAGE = (
    b"From: a@contoso.com\r\nTo: b@fabrikam.com\r\nSubject:  toner \r\n\tlow\r\n\r\nbody  text \t \r\n\r\n.\r\n\r\n\r\n"
)


@cache
def keys() -> dict[str, PrivateKey]:
    return {"rsa": generate_private_key(public_exponent=65537, key_size=2048), "ed": Ed25519PrivateKey.generate()}


@cache
def private_text(selector: str) -> bytes:
    """The key as dkimpy wants it."""
    key = keys()[selector]
    if isinstance(key, Ed25519PrivateKey):
        return base64.b64encode(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def record(selector: str, more: str = "") -> str:
    return record_of(keys()[selector]).replace("v=DKIM1; ", f"v=DKIM1; {more}")


def signed(message: bytes = MESSAGE, *, selector: str = "rsa", **how: Any) -> bytes:
    """The message with a signature that dkimpy has made in front."""
    algorithm = b"rsa-sha256" if selector == "rsa" else b"ed25519-sha256"
    field: bytes = dkim.sign(
        message, selector.encode(), b"contoso.com", private_text(selector), signature_algorithm=algorithm, **how
    )
    return field + message


def resigned(message: bytes, change: tuple[bytes, bytes] = (b"", b""), *, selector: str = "rsa") -> bytes:
    """The message with the tags of its first signature changed, and signed anew over what they say."""
    field = HeaderBlock(message).fields[0].raw
    rest = message[len(field) :]
    field = field.replace(*change)
    claim = read_claim(field, tags_of(field))
    assert claim.header_form is Form.RELAXED
    content = signed_fields(HeaderBlock(rest), claim.names) + claim.by.unsigned
    proof = base64.b64encode(sign_octets(keys()[selector], content))
    return re.sub(rb"(;\s*b=|:\s*b=)[^;]*", rb"\g<1>" + proof, field.rstrip()) + b"\r\n" + rest


def verified(
    message: bytes, answers: dict[str, Sequence[str] | None] | None = None, *, size: int = 7
) -> tuple[Verified, ...]:
    """What we find, the body being fed in pieces of `size`."""
    block = HeaderBlock(message)
    verification = Verification(block)
    body = message[block.body_start :].removeprefix(b"\r\n")
    for at in range(0, len(body), size):
        verification.feed(body[at : at + size])
    known = {name: [record(name.partition(".")[0])] for name in verification.questions}
    return verification.judge({**known, **(answers or {})}, now=NOW)


def public_pem_text(selector: str) -> str:
    """The RSA key as RFC 6376 has it, without the wrapping of X.509."""
    octets = keys()[selector].public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return base64.b64encode(octets).decode()


def by_dkimpy(message: bytes, records: dict[str, str] | None = None, *, number: int = 0) -> bool:
    """Whether dkimpy finds the signature of that number good."""
    known = {f"{it}._domainkey.contoso.com.": record(it) for it in keys()} | (records or {})
    try:
        return bool(
            dkim.DKIM(message).verify(idx=number, dnsfunc=lambda name, timeout=5: known[name.decode()].encode())
        )
    except (dkim.DKIMException, KeyError):
        return False
