"""The DKIM-Signature field (RFC 6376 §3.5, §3.7; RFC 8463 for Ed25519)."""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from gatepost.mail import HeaderBlock

from .canonical import relaxed_field
from .keys import PrivateKey, key_kind


def _by_key(*names: str) -> dict[str, str]:
    """Names of fields as they are written, by the names that a header block knows them under."""
    return {name.lower(): name for name in names}


# What readers see and what says how to read it. Named once more than it stands there: a second From, or a first
# Reply-To, that somebody adds later breaks the signature (RFC 6376 §5.4.2, §8.15).
_OVERSIGNED = _by_key(
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
# RFC 6376 §5.4.1; signed as often as it stands there, because lists and forwarders may add some.
_SIGNED = _by_key(
    "Sender", "In-Reply-To", "References", "Content-ID", "Content-Description",
    "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Date", "Resent-Message-ID",
    "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe", "List-Post", "List-Owner",
    "List-Archive",
    "TLS-Report-Domain", "TLS-Report-Submitter",  # RFC 8460 §5.3
)  # fmt: skip
_WIDTH = 76


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who signs: a domain, under one of its selectors."""

    domain: str
    selector: str
    key: PrivateKey


def signatures(block: HeaderBlock, body_hash: bytes, signatories: Sequence[Signatory], *, at: int) -> bytes:
    """A DKIM-Signature field for each signatory, to stand in front of the message as it is; `at` in seconds since 1970.

    `body_hash` is that of `RelaxedBody`.
    """
    names = signed_names(block)
    content = signed_fields(block, names)
    return b"".join(_signature(it, names, content, body_hash=body_hash, at=at) for it in signatories)


def signed_names(block: HeaderBlock) -> tuple[str, ...]:
    """The fields to sign, for `h=`: those that stand there, and one of the most telling more."""
    stands = Counter(field.name for field in block)
    names: list[str] = []
    for key, name in _OVERSIGNED.items():
        names += [name] * (stands[key] + 1)
    for key, name in _SIGNED.items():
        if key in stands:
            names += [name] * stands[key]
    return tuple(names)


def signed_fields(
    block: HeaderBlock, names: Sequence[str], canonical: Callable[[bytes], bytes] = relaxed_field
) -> bytes:
    """The fields that the names mean, in canonical form: of several with one name the last comes first (§5.4.2)."""
    waiting: dict[str, list[bytes]] = {}
    for field in block:
        waiting.setdefault(field.name, []).append(field.raw)
    chosen = [waiting[name].pop() for name in map(str.lower, names) if waiting.get(name)]
    return b"".join(map(canonical, chosen))


def _signature(who: Signatory, names: Sequence[str], content: bytes, *, body_hash: bytes, at: int) -> bytes:
    text = (
        f"DKIM-Signature: v=1; a={key_kind(who.key)}-sha256; c=relaxed/relaxed; d={who.domain};\r\n"
        f"\ts={who.selector}; t={at};\r\n"
        f"\th={folded_names(names)};\r\n"
        f"\tbh={base64.b64encode(body_hash).decode()};\r\n"
        "\tb="
    )
    unsigned = relaxed_field(text.encode() + b"\r\n").removesuffix(b"\r\n")
    return f"{text}{folded_octets(sign_octets(who.key, content + unsigned))}\r\n".encode()


def sign_octets(key: PrivateKey, octets: bytes) -> bytes:
    """The signature itself; of Ed25519 over the hash of the octets (RFC 8463 §3)."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(hashlib.sha256(octets).digest())
    return key.sign(octets, PKCS1v15(), SHA256())


def folded_octets(octets: bytes) -> str:
    """`b=` as base64 in lines of a reasonable length."""
    text = base64.b64encode(octets).decode()
    return "\r\n\t ".join(text[at : at + _WIDTH - 4] for at in range(0, len(text), _WIDTH - 4))


@lru_cache(maxsize=128)  # devices send the same fields again and again
def folded_names(names: tuple[str, ...]) -> str:
    """`h=` in lines of a reasonable length, broken behind a colon."""
    lines, line = [], ""
    for number, name in enumerate(names):
        piece = name if number == len(names) - 1 else f"{name}:"
        if line and len(line) + len(piece) > _WIDTH - 4:
            lines.append(line)
            line = ""
        line += piece
    return "\r\n\t ".join([*lines, line])
