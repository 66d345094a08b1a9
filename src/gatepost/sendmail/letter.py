"""A letter as programs write it: lines that end as on their system, header fields, and the rest.

No dataclass here, nor anywhere in this room: the module alone takes as long to load as everything else together.
"""

import re

from .addresses import addresses_in

_NEWLINE = re.compile(rb"\r\n|\r|\n")
_FIELD = re.compile(rb"([!-9;-~]++)[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*")
_TO = ("to", "cc", "bcc")
_HIDDEN = frozenset({"bcc", "resent-bcc"})


class Letter:
    """Header fields as (lower-case name, octets with CRLF), and what comes behind them."""

    __slots__ = ("fields", "rest")

    def __init__(self, fields: list[tuple[str, bytes]], rest: bytes) -> None:
        self.fields = fields
        self.rest = rest

    def values(self, name: str) -> list[str]:
        """The unfolded value of each field of that (lower-case) name."""
        return [_value(octets) for known, octets in self.fields if known == name]

    def recipients(self) -> list[str]:
        """The addresses of To, Cc and Bcc; of a letter that is sent again those of Resent-To and so on alone."""
        names = [f"resent-{name}" for name in _TO if any(known == f"resent-{name}" for known, _ in self.fields)] or _TO
        return [found for name in names for value in self.values(name) for found in addresses_in(value)]

    def without(self, names: frozenset[str] = frozenset()) -> "Letter":
        """The letter less Bcc, which is for us alone, and the fields of these names."""
        gone = _HIDDEN | names
        return Letter([field for field in self.fields if field[0] not in gone], self.rest)

    def octets(self) -> bytes:
        """What is sent: CRLF at the end of every line, an empty line behind the header."""
        gap = b"" if self.rest.startswith(b"\r\n") or (self.fields and not self.rest) else b"\r\n"
        return b"".join((*(octets for _, octets in self.fields), gap, self.rest))


def read_letter(text: bytes) -> Letter:
    """Part a letter. A first line of a mailbox file (`From root Mon …`) is no part of it."""
    text = _NEWLINE.sub(b"\r\n", text)
    if text.startswith((b"From ", b">From ")):
        text = text.partition(b"\r\n")[2]
    if text and not text.endswith(b"\r\n"):
        text += b"\r\n"
    return part_letter(text)


def part_letter(text: bytes) -> Letter:
    """Part a letter, or its beginning, whose lines end with CRLF."""
    fields, at = [], 0
    while (found := _FIELD.match(text, at)) is not None:
        fields.append((found[1].decode("ascii").lower(), found[0]))
        at = found.end()
    return Letter(fields, text[at:])


def up_to_the_dot(text: bytes) -> bytes:
    """What stands before the first line that is a single dot: where the letter ends, unless -i says otherwise."""
    found = re.search(rb"(?:\A|(?<=\n))\.\r?(?:\n|\Z)", text)
    return text if found is None else text[: found.start()]


def _value(octets: bytes) -> str:
    return b" ".join(octets.partition(b":")[2].split()).decode("utf-8", "surrogateescape")
