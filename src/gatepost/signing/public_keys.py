"""The keys of others, as the DNS has them, and what they prove (RFC 6376 §3.6.1, §6.1.2; RFC 8463)."""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gatepost.mail import value

from .claims import BadSignature, Signer
from .keys import LEAST_BITS
from .records import read_tags


@value
class PublicKey:
    """A key and what its owner says of it. `strict`: not for subdomains (t=s). `testing`: not to be relied on (t=y)."""

    key: RSAPublicKey | Ed25519PublicKey
    strict: bool
    testing: bool


def public_key(by: Signer, texts: Sequence[str]) -> PublicKey:
    """The key from the TXT records at the signer's name; raises BadSignature."""
    if not texts:
        raise BadSignature("has no key in the DNS")
    if len(texts) > 1:  # RFC 6376 §3.6.2.2: undefined, so nobody's
        raise BadSignature("has several keys in the DNS under one name")
    try:
        tags = read_tags(texts[0])
    except ValueError:
        raise BadSignature("has a key record that is no list of tags") from None
    if tags.get("v", "DKIM1") != "DKIM1":
        raise BadSignature("has a key record of another version")
    if "p" not in tags:
        raise BadSignature("has a record without a key")
    if not tags["p"]:
        raise BadSignature("has a key that was revoked")
    if tags.get("k", "rsa") != by.kind:
        raise BadSignature("has a key of another kind")
    if "sha256" not in tags.get("h", "sha256").split(":"):
        raise BadSignature("has a key that forbids SHA-256")
    if not {"*", "email"} & set(tags.get("s", "*").split(":")):
        raise BadSignature("has a key that is not for e-mail")
    flags = tags.get("t", "").split(":")
    return PublicKey(key=_read(tags["p"], by.kind), strict="s" in flags, testing="y" in flags)


def proves(key: PublicKey, by: Signer, octets: bytes) -> bool:
    """Whether the signer's proof is of these octets."""
    try:
        if isinstance(key.key, Ed25519PublicKey):
            key.key.verify(by.proof, hashlib.sha256(octets).digest())
        else:
            key.key.verify(by.proof, octets, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=512)
def _read(text: str, kind: str) -> RSAPublicKey | Ed25519PublicKey:
    try:
        octets = base64.b64decode(text, validate=True)
        key = Ed25519PublicKey.from_public_bytes(octets) if kind == "ed25519" else load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        raise BadSignature("has a key that cannot be read") from None
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise BadSignature("has a key of another kind")
    if key.key_size < LEAST_BITS:  # RFC 8301 §3.2
        raise BadSignature(f"has an RSA key of {key.key_size} bits, which is too short")
    return key
