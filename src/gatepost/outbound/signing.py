"""DKIM signatures and ARC seals for mail on its way out, made at each attempt, so that a retry carries the key of its
own time.

What is signed is the stored message, octet for octet as it goes out; the fields stand in front of it. Signed is mail of
an organization's own senders, and what this relay wrote itself: never what a stranger sent, whatever its From says. A
stranger's message is sealed, if the organization wants that: it is passed on with what was found when it came.
"""

import asyncio
from collections.abc import Callable

from gatepost.connectors import Algorithm, DomainSigning, SigningTable, WithoutKey
from gatepost.errors import NotFound
from gatepost.mail import (
    MAX_HEADER,
    TRACE_HEADER,
    Address,
    BadAuthors,
    Deferred,
    HeaderBlock,
    parse_trace_line,
    read_authors,
    value,
)
from gatepost.mail import reply as say
from gatepost.signing import (
    BadKey,
    Chain,
    ChainState,
    PrivateKey,
    RelaxedBody,
    Signatory,
    read_key,
    seal,
    signatures,
)
from gatepost.spool import Claim, Content
from gatepost.vouching import chain_said

from .terms import Journal

_HEADER_READ = MAX_HEADER + 64 * 1024  # what was taken, and the lines that we put in front of it
_BLOCK = 256 * 1024
_REMEDY = "gatepost dkim rotate makes a new key; gatepost dkim set --without-key SendUnsigned lets the mail go."
_SEAL_REMEDY = "gatepost dkim rotate makes a new key; until then mail of strangers is passed on without a seal."


@value
class Signed:
    """Header fields to send in front of the message, and where the DNS has their keys; often there are none.

    `sealed`: they are a set of an ARC chain.
    """

    fields: bytes = b""
    by: tuple[str, ...] = ()
    sealed: bool = False


@value
class _Carried:
    """A stranger's message: what was found when it came, and how its chain stood."""

    results: str
    state: ChainState


class _NoKey(Exception):
    """A key that should sign is not there."""

    def __init__(self, signing: DomainSigning, reason: str, *, sealing: bool) -> None:
        super().__init__(reason)
        self.signing, self.reason, self.sealing = signing, reason, sealing


class Signer:
    """Signs what a claim holds. Keys are read once and kept for as long as their secret is the same."""

    def __init__(
        self,
        *,
        table: Callable[[], SigningTable],
        secrets: Callable[[str], str],
        journal: Journal,
        clock: Callable[[], float],
        relay: str,
    ) -> None:
        self._relay = relay
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
        try:
            return await asyncio.to_thread(self._sign, content, table, organization)
        except _NoKey as missing:
            signing, reason, sealing = missing.signing, missing.reason, missing.sealing
        remedy = _SEAL_REMEDY if sealing else _REMEDY
        self._journal.fact("signing_failed", id=claim.id, domain=signing.name, reason=reason, remedy=remedy)
        if sealing or signing.without_key is WithoutKey.SEND_UNSIGNED:
            return Signed()
        return Deferred("", f"{reason} Unsigned, the mail would look forged.", say.CANNOT_SIGN)

    def _sign(self, content: Content, table: SigningTable, organization: str) -> Signed:
        """Raises _NoKey."""
        with content.open() as source:
            start = source.read(_HEADER_READ)
            block = HeaderBlock(start)
            carried, author = self._carried(block), _author(block)
            if carried is not None:
                signing = table.sealer(organization)
            else:
                signing = None if author is None else table.find(organization, author.domain)
            if signing is None:
                return Signed()
            signatories = self._signatories(signing, sealing=carried is not None)
            body = RelaxedBody()
            piece = start[block.body_start :].removeprefix(b"\r\n")
            while piece:
                body.feed(piece)
                piece = source.read(_BLOCK)
        by = tuple(f"{it.selector}._domainkey.{it.domain}" for it in signatories)
        at = int(self._clock())
        if carried is None:
            return Signed(fields=signatures(block, body.finish(), signatories, at=at), by=by)
        fields = seal(block, body.finish(), carried.results, signatories[0], state=carried.state, at=at)
        return Signed(fields=fields, by=by, sealed=True) if fields else Signed()

    def _carried(self, block: HeaderBlock) -> _Carried | None:
        """What this relay has written into a stranger's message, right behind its own lines, when it came in."""
        fields = block.fields[:3]
        if tuple(it.name for it in fields) != ("received", TRACE_HEADER.lower(), "authentication-results"):
            return None
        mark = parse_trace_line(fields[1].value.decode("utf-8", "replace"))
        results = fields[2].raw.partition(b":")[2].strip().decode("utf-8", "replace")
        said = chain_said(results, self._relay)
        if mark is None or mark.relayed or said is None:
            return None
        chain = Chain(block)
        return _Carried(results=results, state=ChainState(verdict=said, length=chain.length, ended=chain.ended))

    def _signatories(self, signing: DomainSigning, *, sealing: bool) -> list[Signatory]:
        """One for each algorithm. A chain is sealed by one, and by RSA where there is a choice: everybody knows it."""
        algorithms = signing.algorithms
        if sealing:
            algorithms = (Algorithm.RSA,) if Algorithm.RSA in algorithms else algorithms[:1]
        return [self._signatory(signing, it, sealing=sealing) for it in algorithms]

    def _signatory(self, signing: DomainSigning, algorithm: Algorithm, *, sealing: bool) -> Signatory:
        name = signing.record_name(signing.signing_selector, algorithm)
        try:
            key = self._key(signing.secret(signing.signing_selector, algorithm))
        except BadKey as bad:
            raise _NoKey(signing, f"The key of {name} {bad}.", sealing=sealing) from None
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
