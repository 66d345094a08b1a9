"""One message on its way in: its header is collected, judged and rewritten; the rest streams through to the spool.

What we add stands in front: our Received and X-Gatepost-Trace lines. What we remove is what strangers must not plant.
What our own organization's devices do wrong is made right (`header_repair`). Every other byte stays as it came, so that
earlier signatures still hold.
"""

import re
from collections.abc import Callable

from gatepost.mail import (
    FORGEABLE,
    FORGEABLE_PREFIXES,
    MAX_HEADER,
    Address,
    BadAuthors,
    HeaderBlock,
    HeaderTooLong,
    ReceivedFacts,
    Reply,
    TraceMark,
    read_authors,
    readable,
    received_line,
    trace_line,
    value,
)
from gatepost.mail import reply as replies
from gatepost.spool import Draft

from .header_repair import added_fields, folded, rewritten_authors

_AUTHSERV_ID = re.compile(rb'(?:[ \t]|\([^()\\]*+(?:\\.[^()\\]*+)*\))*"?([^ \t;"(]++)')
_PROMOTED = "x-ms-exchange-crosspremises-"
_ORGANIZATION = b"X-MS-Exchange-Organization-"
MAX_SUBJECT = 255  # characters that are kept of one


@value
class HeaderTerms:
    """What the matched connector grants and the house demands.

    `trusted_trace`: the client is one of our own relays (it proved a certificate), so its trace lines stay.
    `promote`: CloudServicesMailEnabled, cross-premises headers become organization headers.
    `repair`: add what a device forgot, and fold lines that are too long. `sender` is what a missing From then says.
    `rewrites`: whether another address takes an author's place, and which; None where authors stay.
    """

    max_received: int
    trusted_trace: bool = False
    promote: bool = False
    repair: bool = False
    sender: Address | None = None
    rewrites: Callable[[Address | None], Address | None] | None = None


class Intake:
    """Feed with `write` until the message ends, then `close`; what the header says is known after that.

    `authors` is None for a message without a From field; `tls_optional`: it says `TLS-Required: No` (RFC 8689 §4).
    `header` is what came, before anything was made right; transport rules may ask of it.
    `changes` are sentences on what was made right. `marks` is how many octets our own lines in front take.
    """

    __slots__ = (
        "_head",
        "_mark",
        "_received",
        "_terms",
        "authors",
        "changes",
        "draft",
        "header",
        "marks",
        "message_id",
        "subject",
        "tls_optional",
    )

    def __init__(self, draft: Draft, *, terms: HeaderTerms, received: ReceivedFacts, mark: TraceMark) -> None:
        self.draft = draft
        self.header: HeaderBlock | None = None
        self.subject = ""
        self.message_id = ""
        self.authors: tuple[Address, ...] | None = None
        self.changes: list[str] = []
        self.tls_optional = False
        self.marks = 0
        self._terms = terms
        self._received = received
        self._mark = mark
        self._head: bytearray | None = bytearray()

    def write(self, piece: bytes) -> Reply | None:
        """Take the next octets; a reply means: refuse the message, nothing more is wanted."""
        head = self._head
        if head is None:
            self.draft.write(piece)
            return None
        if not head and piece.find(b"\r\n\r\n", 0, MAX_HEADER) >= 0:
            return self._pass_header(piece)  # as nearly always, the header comes in one piece
        fresh = max(0, len(head) - 3)
        head += piece
        if len(head) < MAX_HEADER + 4 and head.find(b"\r\n\r\n", fresh) < 0 and not head.startswith(b"\r\n"):
            return None  # only what is new was looked at: octets that drip in cost no more than those that come at once
        try:
            end = HeaderBlock.end_of(head)
        except HeaderTooLong:
            ends = HeaderBlock(bytes(head)).body_start
            if ends > MAX_HEADER or head.find(b"\r\n", ends) < 0:
                return replies.HEADER_TOO_LONG
            return self._pass_header(bytes(head))  # a line that is no field has ended it: text that never had a header
        return None if end < 0 else self._pass_header(bytes(head))

    def close(self) -> Reply | None:
        """The message is complete; a header that never ended (no body at all) is passed now."""
        return None if self._head is None else self._pass_header(bytes(self._head))

    def _pass_header(self, head: bytes) -> Reply | None:
        """Judge and rewrite the header; `head` holds it whole, and perhaps the beginning of the body."""
        self._head = None
        block = HeaderBlock(head)
        if head.count(b"\n", 0, block.body_start) != head.count(b"\r\n", 0, block.body_start):
            return replies.BARE_NEWLINE  # BINARYMIME lets it through, and would hide fields from us that others read
        if block.count("received") >= self._terms.max_received:
            return replies.LOOP
        try:
            self.authors = _authors(block)
        except BadAuthors:
            return replies.BAD_FROM
        self.header = block
        self.subject = readable(block.first("subject"))[:MAX_SUBJECT]
        self.message_id = (block.first("message-id") or b"").decode("ascii", "replace")[:998]
        wanted = block.first("tls-required")
        self.tls_optional = wanted is not None and wanted.lower() == b"no" and block.count("tls-required") == 1
        added = received_line(self._received) + trace_line(self._mark)
        self.marks = len(added)
        rest = head[block.body_start :]
        header = self._repaired(block, self._kept(block))
        # A line that is no field ends the header. The empty line makes that plain to everybody: without it a lax reader
        # would find the fields behind it that we did not judge, and in a message without a header its first line.
        gap = b"\r\n" if not rest.startswith(b"\r\n") and (rest or not block.body_start) else b""
        self.draft.write(b"".join((added, header, gap, rest)))
        return None

    def _kept(self, block: HeaderBlock) -> bytes:
        names = frozenset() if self._terms.trusted_trace else FORGEABLE
        prefixes = FORGEABLE_PREFIXES[1:] if self._terms.trusted_trace else FORGEABLE_PREFIXES
        kept = block.without(names, prefixes)
        if not self._terms.trusted_trace and block.count("authentication-results"):
            kept = _disclaimed(kept, self._mark.relay)
        if not self._terms.promote:
            return kept
        promoted = (_ORGANIZATION + field.raw[len(_PROMOTED) :] for field in block if field.name.startswith(_PROMOTED))
        return kept + b"".join(promoted)

    def _repaired(self, block: HeaderBlock, header: bytes) -> bytes:
        """What is kept of the header, with what our own organization's devices do wrong made right."""
        terms, received, mark = self._terms, self._received, self._mark
        if terms.rewrites is not None:
            header, self.authors, told = rewritten_authors(HeaderBlock(header), self.authors, terms.rewrites)
            self.changes += told
        if not terms.repair:
            return header
        if header != block.octets:  # as a rule all of it is kept, and has been read already
            block = HeaderBlock(header)
        header, told = folded(block)
        message_id = f"<{mark.queue_id}@{mark.relay}>"
        fields, more = added_fields(block, at=received.at, message_id=message_id, sender=terms.sender)
        self.message_id = self.message_id or message_id
        if self.authors is None and terms.sender is not None:
            self.authors = (terms.sender,)
        self.changes += [*more, *told]
        return header + fields


def _disclaimed(kept: bytes, ourselves: str) -> bytes:
    """Results that claim to be of this relay go under another name: they are not its own (RFC 8601 §5)."""
    return b"".join(
        b"X-Original-" + field.raw
        if field.name == "authentication-results" and _claims_to_be(field.value, ourselves)
        else field.raw
        for field in HeaderBlock(kept)
    )


def _claims_to_be(results: bytes, ourselves: str) -> bool:
    """Whether the first word, behind comments, is our name: RFC 8601 §2.2's authserv-id."""
    found = _AUTHSERV_ID.match(results)
    return found is not None and found[1].decode("ascii", "replace").rstrip(".").lower() == ourselves.lower()


def _authors(block: HeaderBlock) -> tuple[Address, ...] | None:
    """The From field's addresses. Raises BadAuthors where readers would disagree on them.

    RFC 5322 §3.6.2: one From field, and with several authors a Sender; Exchange refuses what is not so. A device that
    names nobody is borne with.
    """
    field = block.first("from")
    if field is None:
        return None
    if block.count("from") > 1:
        raise BadAuthors("stands there more than once")
    authors = read_authors(field)
    if len(authors) > 1 and not block.count("sender"):
        raise BadAuthors("names several authors, and no Sender field says who sent it")
    return authors
