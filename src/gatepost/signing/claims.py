"""What a signature says of itself: who made it, how, and what it covers (RFC 6376 §3.5, RFC 8617 §4.1).

A DKIM-Signature, an ARC-Message-Signature and an ARC-Seal are lists of tags that share most of their words.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Literal

from gatepost.mail import BadAddress, canonical_domain, value

from .canonical import relaxed_field, simple_field
from .records import read_tags

KeyKind = Literal["rsa", "ed25519"]
_ALGORITHMS: dict[str, KeyKind] = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_PROOF = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,200}[A-Za-z0-9_])?")


class BadSignature(ValueError):
    """A signature that cannot be judged; the argument says why, as the rest of a sentence about it."""


class Form(StrEnum):
    """A canonical form."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


@value
class Signer:
    """Who proves something, with which key, and the proof itself. `unsigned` is the field without it, canonical."""

    domain: str
    selector: str
    algorithm: str
    kind: KeyKind
    proof: bytes
    unsigned: bytes

    @property
    def question(self) -> str:
        """The name under which the DNS has the public key."""
        return f"{self.selector}._domainkey.{self.domain}"


@value
class Claim:
    """What a signer vouches for: header fields by name, and the body, or only its first `length` octets.

    `identity` is the domain on whose behalf it signs (`i=`). `expires` is in seconds since 1970.
    """

    by: Signer
    names: tuple[str, ...]
    body_hash: bytes
    header_form: Form
    body_form: Form
    length: int | None
    expires: int | None
    identity: str


def tags_of(raw: bytes) -> dict[str, str]:
    """The tags of a signature's field; raises BadSignature. Stricter than for records: nobody types these."""
    text = raw.partition(b":")[2].decode("utf-8", "replace")
    try:
        tags = read_tags(text)
    except ValueError:
        raise BadSignature("is no list of tags, or has a tag twice") from None
    if any(not part.strip() for part in text.split(";")[:-1]) or not all(map(_TAG.fullmatch, tags)):
        raise BadSignature("is no list of tags (RFC 6376 §3.2)")
    return tags


def read_dkim(raw: bytes, tags: Mapping[str, str]) -> Claim:
    """The claim of a DKIM-Signature field; raises BadSignature."""
    if tags.get("v") != "1":
        raise BadSignature("is of another version (v=)")
    if "dns/txt" not in tags.get("q", "dns/txt").split(":"):
        raise BadSignature("wants its key looked up in another way (q=)")
    claim = read_claim(raw, tags)
    given = tags.get("i")
    if given is None:
        return claim
    identity = given.rpartition("@")[2].lower()
    if "@" not in given or not (identity == claim.by.domain or identity.endswith(f".{claim.by.domain}")):
        raise BadSignature("signs for a domain that is not the signer's (i=)")
    return replace(claim, identity=identity)


def read_claim(raw: bytes, tags: Mapping[str, str], *, otherwise: str = "simple/simple") -> Claim:
    """The claim of a field that signs a message, `otherwise` without a `c=`; raises BadSignature."""
    header, _, body = tags.get("c", otherwise).lower().partition("/")
    try:
        header_form, body_form = Form(header), Form(body or "simple")
    except ValueError:
        raise BadSignature("is made over an unknown canonical form (c=)") from None
    names = tuple(name.lower() for name in _needed(tags, "h").split(":"))
    if "from" not in names:
        raise BadSignature("does not cover the From field (h=)")
    made, expires = _number(tags, "t"), _number(tags, "x")
    if made is not None and expires is not None and expires < made:
        raise BadSignature("expired before it was made (x=)")
    by = read_signer(raw, tags, header_form)
    return Claim(
        by=by,
        names=names,
        body_hash=_octets(tags, "bh"),
        header_form=header_form,
        body_form=body_form,
        length=_number(tags, "l"),
        expires=expires,
        identity=by.domain,
    )


def read_signer(raw: bytes, tags: Mapping[str, str], form: Form = Form.RELAXED) -> Signer:
    """Who signed, of any of the three fields; raises BadSignature."""
    algorithm = _needed(tags, "a").lower()
    kind = _ALGORITHMS.get(algorithm)
    if kind is None:  # RFC 8301 §3.1: rsa-sha1 must not be used, nor verified
        raise BadSignature(f"is made by {algorithm[:40]}, which is not taken")
    selector = _needed(tags, "s")
    try:
        domain = canonical_domain(_needed(tags, "d"))
    except BadAddress:
        raise BadSignature("is of no domain (d=)") from None
    if not _SELECTOR.fullmatch(selector) or domain.startswith("["):
        raise BadSignature("names no place for its key (s=, d=)")
    return Signer(
        domain=domain,
        selector=selector,
        algorithm=algorithm,
        kind=kind,
        proof=_octets(tags, "b"),
        unsigned=_without_proof(raw, form),
    )


def _without_proof(raw: bytes, form: Form) -> bytes:
    """The field as it was signed: `b=` empty, and no CRLF at the end (RFC 6376 §3.7)."""
    name, _, written = raw.partition(b":")
    emptied = name + b":" + _PROOF.sub(rb"\1", written, count=1)
    canonical = relaxed_field if form is Form.RELAXED else simple_field
    return canonical(emptied).removesuffix(b"\r\n")


def _needed(tags: Mapping[str, str], name: str) -> str:
    if not tags.get(name):
        raise BadSignature(f"lacks {name}=")
    return tags[name]


def _octets(tags: Mapping[str, str], name: str) -> bytes:
    try:
        return base64.b64decode(_needed(tags, name), validate=True)
    except ValueError:  # of base64 itself, or of text beyond ASCII
        raise BadSignature(f"has a {name}= that is no base64") from None


def _number(tags: Mapping[str, str], name: str) -> int | None:
    text = tags.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise BadSignature(f"has a {name}= that is no number")
    return int(text)
