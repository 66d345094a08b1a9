"""DKIM signatures for mail on its way out, made at each attempt, so that a retry carries the key of its own time.

What is signed is the stored message, octet for octet as it goes out; the signatures stand in front of it. Signed is
mail of an organization's own senders, and what this relay wrote itself: never what a stranger sent, whatever its From
says.
"""

import asyncio
from collections.abc import Callable

from gatepost.connectors import DomainSigning, SigningTable, WithoutKey
from gatepost.errors import NotFound
from gatepost.mail import (
    MAX_HEADER,
    Address,
    BadAuthors,
    Deferred,
    HeaderBlock,
    parse_trace_line,
    read_authors,
    value,
)
from gatepost.mail import reply as say
from gatepost.signing import BadKey, PrivateKey, RelaxedBody, Signatory, read_key, signatures
from gatepost.spool import Claim, Content

from .terms import Journal

_HEADER_READ = MAX_HEADER + 64 * 1024  # what was taken, and the lines that we put in front of it
_BLOCK = 256 * 1024
_REMEDY = "gatepost dkim rotate makes a new key; gatepost dkim set --without-key SendUnsigned lets the mail go."


@value
class Signed:
    """Header fields to send in front of the message, and where the DNS has their keys; often there are none."""

    fields: bytes = b""
    by: tuple[str, ...] = ()


class _NoKey(Exception):
    """A key that should sign is not there; the argument ends the sentence "The key of … "."""


class Signer:
    """Signs what a claim holds. Keys are read once and kept for as long as their secret is the same."""

    def __init__(
        self,
        *,
        table: Callable[[], SigningTable],
        secrets: Callable[[str], str],
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        self._table = table
        self._secrets = secrets
        self._journal = journal
        self._clock = clock
        self._keys: dict[str, tuple[str, PrivateKey]] = {}

    async def sign(self, claim: Claim, content: Content) -> Signed | Deferred:
        """The signatures of a message as it will go out, or why it has to wait.

        An RSA signature takes its time: off the loop.
        """
        organization, table = claim.organization, self._table()
        if organization is None or not table.concerns(organization):
            return Signed()
        signed = await asyncio.to_thread(self._sign, content, table, organization)
        if isinstance(signed, Signed):
            return signed
        signing, reason = signed
        self._journal.fact("signing_failed", id=claim.id, domain=signing.name, reason=reason, remedy=_REMEDY)
        if signing.without_key is WithoutKey.SEND_UNSIGNED:
            return Signed()
        return Deferred("", f"{reason} Unsigned, the mail would look forged.", say.CANNOT_SIGN)

    def _sign(self, content: Content, table: SigningTable, organization: str) -> Signed | tuple[DomainSigning, str]:
        with content.open() as source:
            start = source.read(_HEADER_READ)
            block = HeaderBlock(start)
            author = _author(block)
            signing = None if author is None else table.find(organization, author.domain)
            if signing is None:
                return Signed()
            try:
                signatories = [self._signatory(signing, at) for at in range(len(signing.algorithms))]
            except _NoKey as missing:
                return signing, str(missing)
            body = RelaxedBody()
            piece = start[block.body_start :].removeprefix(b"\r\n")
            while piece:
                body.feed(piece)
                piece = source.read(_BLOCK)
        return Signed(
            fields=signatures(block, body.finish(), signatories, at=int(self._clock())),
            by=tuple(f"{it.selector}._domainkey.{it.domain}" for it in signatories),
        )

    def _signatory(self, signing: DomainSigning, number: int) -> Signatory:
        algorithm = signing.algorithms[number]
        name = signing.record_name(signing.signing_selector, algorithm)
        try:
            key = self._key(signing.secret(signing.signing_selector, algorithm))
        except BadKey as bad:
            raise _NoKey(f"The key of {name} {bad}.") from None
        return Signatory(domain=signing.name, selector=signing.selector(signing.signing_selector, algorithm), key=key)

    def _key(self, name: str | None) -> PrivateKey:
        if name is None:
            raise BadKey("is missing")
        try:
            text = self._secrets(name)
        except NotFound:
            raise BadKey("is missing") from None
        known = self._keys.get(name)
        if known is None or known[0] != text:
            if len(self._keys) > 1_000:
                self._keys.clear()
            known = self._keys[name] = text, read_key(text, checked=False)
        return known[1]


def _author(block: HeaderBlock) -> Address | None:
    """Whose name the message bears, if it is ours to vouch for.

    What came in begins with our Received and trace lines (inbound.intake), and the trace line says whether it came from
    an own sender; what begins otherwise was written by this relay.
    """
    fields = block.fields
    if not fields:
        return None
    if fields[0].name == "received":
        mark = parse_trace_line(fields[1].value.decode("utf-8", "replace")) if len(fields) > 1 else None
        if mark is None or not mark.relayed:
            return None
    try:
        authors = read_authors(block.first("from") or b"")
    except BadAuthors:
        return None
    return authors[0] if authors else None
