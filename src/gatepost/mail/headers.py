"""The header block as bytes: found, counted, filtered, and never re-serialised.

A relay adds lines in front and removes what must not pass; every other byte of the message goes out as it came in,
so that signatures made before still hold (RFC 5321 §6.4, hazards 2.5 "header rewriting").
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_HEADER = 256 * 1024  # Exchange's MaxHeaderSize; beyond it the message is refused, never truncated


class HeaderTooLong(ValueError):
    """The header block is longer than MAX_HEADER."""


class Field(NamedTuple):
    """One header field: `name` in lower case, `raw` with its folded lines and CRLFs."""

    name: str
    raw: bytes

    @property
    def value(self) -> bytes:
        """The unfolded value, without the name and the outer white space."""
        return re.sub(rb"\r\n(?=[ \t])", b"", self.raw.partition(b":")[2]).strip()


_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*")


class HeaderBlock:
    """The fields at the start of a message, up to and without the empty line.

    A line that is neither a field nor a continuation ends the block, as every mail system reads it; then the message
    simply has no (more) header.
    """

    __slots__ = ("body_start", "fields")

    def __init__(self, message: bytes) -> None:
        fields: list[Field] = []
        position, match = 0, _FIELD.match
        while found := match(message, position):
            fields.append(Field(found.group(1).decode("ascii").lower(), found.group()))
            position = found.end()
        self.fields = tuple(fields)
        self.body_start = position

    @staticmethod
    def end_of(buffer: bytes | bytearray) -> int:
        """Where the block ends (just behind the last field's CRLF), or -1 while the empty line has not come.

        Raises HeaderTooLong when it has not come within MAX_HEADER octets.
        """
        if buffer.startswith(b"\r\n"):
            return 0
        found = buffer.find(b"\r\n\r\n", 0, MAX_HEADER + 4)
        if found >= 0:
            return found + 2
        if len(buffer) > MAX_HEADER:
            raise HeaderTooLong
        return -1

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def count(self, name: str) -> int:
        return sum(1 for field in self.fields if field.name == name)

    def first(self, name: str) -> bytes | None:
        """The value of the first field of that (lower-case) name."""
        return next((field.value for field in self.fields if field.name == name), None)

    def without(self, names: Iterable[str], prefixes: tuple[str, ...] = ()) -> bytes:
        """The block's bytes less the fields of these names (lower case) or name prefixes."""
        gone = frozenset(names)
        return b"".join(
            field.raw
            for field in self.fields
            if field.name not in gone and not (prefixes and field.name.startswith(prefixes))
        )
