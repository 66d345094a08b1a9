"""Private keys as text: read from what operators have, and written as the store keeps them."""

import base64
import binascii
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
LEAST_BITS = 1024  # RFC 8301 §3.2: a verifier takes nothing shorter, and we make none below 2048


class BadKey(ValueError):
    """The text is no private key that can sign mail; the argument ends the sentence "The key …"."""


def read_key(text: str, *, checked: bool = True) -> PrivateKey:
    """A key from PEM, or from base64 of its PKCS#8 octets as `key_text` writes them; raises BadKey.

    `checked` proves that the numbers of an RSA key belong together, which takes milliseconds: needless for a key that
    was checked when it was stored.
    """
    octets = text.strip().encode("utf-8", "replace")
    skip = not checked
    try:
        if octets.startswith(b"-----"):
            key = load_pem_private_key(octets, None, unsafe_skip_rsa_key_validation=skip)
        else:
            key = load_der_private_key(
                base64.b64decode(octets, validate=True), None, unsafe_skip_rsa_key_validation=skip
            )
    except TypeError:
        raise BadKey("is encrypted with a password") from None
    except (ValueError, binascii.Error, UnsupportedAlgorithm):  # never with their text, which may quote the key
        raise BadKey("cannot be read") from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("is neither an RSA nor an Ed25519 key")
    if key.key_size < LEAST_BITS:
        raise BadKey(f"is an RSA key of {key.key_size} bits, which nobody accepts")
    return key


def key_text(key: PrivateKey) -> str:
    """The key in one line, without a password: for the store of secrets, and nobody else."""
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def key_kind(key: PrivateKey) -> Literal["rsa", "ed25519"]:
    """The word for it in a DNS record (`k=`)."""
    return "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
