"""Who the header says wrote a message: the addresses of its From field (RFC 5322 §3.4, §3.6.2).

`email.utils.parseaddr` is not used: it finds an address where others find none. What readers take for different
addresses is refused, what names none is merely empty.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from .address import Address, BadAddress, parse_mailbox

MAX_FIELD = 4096  # octets of a From field that are read at all
MAX_AUTHORS = 16

# Quoted strings, comments without nesting, what stands in angle brackets, marks, and everything else.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"|\([^()\\]*+(?:\\.[^()\\]*+)*\)|<[^<>]*+>|[,:;()<>"]|[^,:;()<>"]+')


class BadAuthors(ValueError):
    """A From field that readers understand differently; the argument says why, in words for an operator."""


@lru_cache(maxsize=512)
def read_authors(field: bytes) -> tuple[Address, ...]:
    """The addresses in the value of a From field, those that can be read; raises BadAuthors.

    >>> [str(author) for author in read_authors(b'"Scanner, 2nd floor" <scan@contoso.com>')]
    ['scan@contoso.com']
    """
    if len(field) > MAX_FIELD:
        raise BadAuthors(f"is longer than {MAX_FIELD} octets")
    text = field.decode("utf-8", "replace")
    authors: list[Address] = []
    for spec in _specs(text):
        if "=?" in spec and "@" in spec:
            raise BadAuthors("hides an address in an encoded word")
        try:
            authors.append(parse_mailbox(spec))
        except BadAddress:
            continue
        if len(authors) > MAX_AUTHORS:
            raise BadAuthors(f"names more than {MAX_AUTHORS} authors")
    return tuple(authors)


def pieces(text: str) -> list[str]:
    """Quoted strings, comments, bracketed addresses, marks and words of a list of addresses, as they stand."""
    return _TOKEN.findall(text)


def _specs(text: str) -> Iterator[str]:
    """Of each mailbox of a list what should be its address."""
    angle: str | None = None
    words = ""
    colon = False
    for piece in pieces(text):
        if piece == ",":
            yield words.strip() if angle is None else angle
            angle, words = None, ""
        elif piece.startswith("<") and piece.endswith(">") and len(piece) > 1:
            if angle is not None:
                raise BadAuthors("names one author with two addresses")
            angle = piece[1:-1].strip()
        elif piece == ":":
            colon = True
        elif piece == ";" and colon:
            raise BadAuthors("names a group instead of an author")
        elif not piece.startswith("("):
            words += piece
    yield words.strip() if angle is None else angle
