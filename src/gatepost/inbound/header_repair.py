"""What is made right in the headers of our own organization's devices, each change with a sentence for the trace.

RFC 6409 §8 lets a submission server add what RFC 5322 requires, and replace a sender that it knows to be wrong. Nobody
else's header is touched, and no line of a signed one is folded: a signature may cover its line breaks.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from gatepost.mail import MAX_LINE, Address, BadAuthors, HeaderBlock, fold_header, read_authors

Authors = tuple[Address, ...] | None
Rewrites = Callable[[Address | None], Address | None]

_SIGNATURES = ("dkim-signature", "arc-message-signature", "domainkey-signature")
_TOLD = 100  # characters of a stranger's field that the trace repeats


def added_fields(block: HeaderBlock, *, at: float, message_id: str, sender: Address | None) -> tuple[bytes, list[str]]:
    """The fields that are missing, and what to say of them. `at` is when the message came, in seconds since 1970."""
    fields, told = b"", []
    if block.count("date") == 0:
        fields += f"Date: {format_datetime(datetime.fromtimestamp(at, UTC))}\r\n".encode()
        told.append("Date was missing and has been added.")
    if block.count("message-id") == 0:
        fields += f"Message-ID: {message_id}\r\n".encode()
        told.append("Message-ID was missing and has been added.")
    if block.count("from") == 0 and sender is not None:
        fields += f"From: <{sender}>\r\n".encode()
        told.append(f"From was missing and has been added: {sender}, as in MAIL FROM.")
    return fields, told


def folded(block: HeaderBlock) -> tuple[bytes, list[str]]:
    """The header with its long lines folded, and what to say of it."""
    header = block.octets
    if (made := fold_header(header)) == header:
        return header, []
    if any(block.count(name) for name in _SIGNATURES):
        return header, [f"Header lines over {MAX_LINE} octets are left as they are, because the message is signed."]
    return made, [f"Header lines over {MAX_LINE} octets have been folded."]


def rewritten_authors(block: HeaderBlock, authors: Authors, rewrites: Rewrites) -> tuple[bytes, Authors, list[str]]:
    """The header with other addresses in From where the connector writes them, who wrote it now, and what to say.

    Who is replaced can be answered all the same: a Reply-To names them, where the device has set none of its own. A
    Sender field that would have to be replaced goes: From says it all.
    """
    if authors is None:
        return block.octets, None, []
    written = [(author, rewrites(author)) for author in authors or (None,)]
    address = next((other for _, other in written if other is not None), None)
    if address is None:
        return block.octets, authors, []
    field = block.first("from") or b""
    replaced = [author for author, other in written if author is not None and other is not None]
    said = ", ".join(map(str, replaced)) or "no address that can be read: " + _shown(field)
    told = [f"From said {said}; it now says {address}."]
    lines = []
    for one in block:
        if one.name == "from":
            lines.append(b"From: " + _with_address(field, authors, address) + b"\r\n")
        elif one.name == "sender" and _is_foreign(one.value, rewrites):
            told.append(f"The Sender field is gone; it said {_shown(one.value)}.")
        else:
            lines.append(one.raw)
    if replaced and block.count("reply-to") == 0:
        lines.append(f"Reply-To: {', '.join(f'<{author}>' for author in replaced)}\r\n".encode())
        told.append(f"Reply-To has been added: {said}.")
    elif replaced:
        told.append("Reply-To stays as the device has set it.")
    if any(block.count(name) for name in _SIGNATURES):
        told.append("The message was signed before; the signature no longer holds.")
    return b"".join(lines), (address,), told


def _with_address(field: bytes, authors: Sequence[Address], address: Address) -> bytes:
    """The value of a From field with another address, and the author's name where it can be kept."""
    plain = f"<{address}>".encode()
    if len(authors) != 1:
        return plain
    head, sign, tail = field.rpartition(str(authors[0]).encode())
    kept = head + str(address).encode() + tail
    try:
        return kept if sign and read_authors(kept) == (address,) else plain
    except BadAuthors:
        return plain


def _is_foreign(field: bytes, rewrites: Rewrites) -> bool:
    try:
        found = read_authors(field)
    except BadAuthors:
        return True
    return any(rewrites(address) is not None for address in found or (None,))


def _shown(field: bytes) -> str:
    text = field.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text[:_TOLD]) or "nothing"
