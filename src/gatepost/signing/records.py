"""The public key in the DNS (RFC 6376 §3.6.1): written for operators, and what was found there judged."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from .keys import PrivateKey, key_kind

MOST_OCTETS = 255  # of one string of a TXT record (RFC 1035 §3.3)
GOOD_BITS = 2048  # below this receivers take an RSA key with reserve (RFC 8301 §3.2: SHOULD)
_TTL = 3600
_WHITE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something about a record. `fatal`: receivers will not verify with it."""

    words: str
    remedy: str
    fatal: bool = True


def record_of(key: PrivateKey) -> str:
    """The text of the TXT record."""
    public = key.public_key()
    if isinstance(public, RSAPublicKey):
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 §4.2: the 32 octets themselves
    return f"v=DKIM1; k={key_kind(key)}; p={base64.b64encode(octets).decode()}"


def record_strings(record: str) -> tuple[str, ...]:
    """The record as the strings that a zone holds it in; joined they are the record, without anything between."""
    return tuple(record[at : at + MOST_OCTETS] for at in range(0, len(record), MOST_OCTETS))


def zone_line(name: str, record: str) -> str:
    """The record as a line of a zone file."""
    quoted = " ".join(f'"{it}"' for it in record_strings(record))
    return f"{name}. {_TTL} IN TXT ( {quoted} )"


def read_tags(text: str) -> dict[str, str]:
    """`name=value; …` (RFC 6376 §3.2) without white space in values; raises ValueError where a name comes twice."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, written = part.partition("=")
        name = name.strip()
        if not part.strip():
            continue
        if not equals or not name or name in tags:
            raise ValueError(name or part.strip())
        tags[name] = _WHITE.sub("", written)
    return tags


def doubts_of(texts: Sequence[str], key: PrivateKey) -> tuple[Doubt, ...]:
    """What is wrong with the TXT records found at a selector's name, compared with the key that is to sign.

    RFC 6376 §3.6.2.2: with several records the outcome is undefined, so more than one is an error.
    """
    wanted = record_of(key)
    publish = "publish the record as it is shown"
    if not texts:
        return (Doubt(words="is not in the DNS", remedy=publish),)
    if len(texts) > 1:
        return (Doubt(words=f"is there {len(texts)} times", remedy="leave only the record that is shown"),)
    try:
        tags = read_tags(texts[0])
    except ValueError:
        return (Doubt(words="is no list of tags, or has a tag twice", remedy=publish),)
    if tags.get("v", "DKIM1") != "DKIM1":
        return (Doubt(words="is no DKIM1 record", remedy=publish),)
    if not tags.get("p"):
        return (Doubt(words="is revoked: its p= is empty", remedy=f"{publish}, or rotate the key"),)
    if tags["p"] != read_tags(wanted)["p"] or tags.get("k", "rsa") != key_kind(key):
        return (_other_key(tags, publish),)
    return tuple(_less_grave(tags, key))


def _other_key(tags: dict[str, str], publish: str) -> Doubt:
    try:
        octets = base64.b64decode(tags["p"], validate=True)
        if tags.get("k", "rsa") == "rsa":
            load_der_public_key(octets)
    except (ValueError, binascii.Error):
        return Doubt(words="holds no readable key; it was perhaps cut short", remedy=publish)
    return Doubt(words="holds another key than the one that signs", remedy=publish)


def _less_grave(tags: dict[str, str], key: PrivateKey) -> list[Doubt]:
    found = []
    if "sha256" not in tags.get("h", "sha256").split(":"):
        found.append(Doubt(words="forbids SHA-256 (h=)", remedy="leave h= out"))
    if not {"*", "email"} & set(tags.get("s", "*").split(":")):
        found.append(Doubt(words="is not for e-mail (s=)", remedy="leave s= out"))
    if "y" in tags.get("t", "").split(":"):
        words = "says t=y (a test): receivers treat the mail as if it were not signed"
        found.append(Doubt(words=words, remedy="leave t=y out", fatal=False))
    public = key.public_key()
    if isinstance(public, RSAPublicKey) and public.key_size < GOOD_BITS:
        words = f"holds an RSA key of {public.key_size} bits, which some receivers no longer take"
        found.append(Doubt(words=words, remedy="rotate to a key of 2048 bits", fatal=False))
    return found
