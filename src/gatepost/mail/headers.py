"""The header block as bytes: found, counted, filtered, and never re-serialised.

A relay adds lines in front and removes what must not pass; every other byte of the message goes out as it came in,
so that signatures made before still hold (RFC 5321 §6.4).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
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
        return _unfolded(self.raw)


# One pass finds where the block ends, a second parts it into fields; both in C, and nothing stands behind the repeated
# groups that would make them go back. Possessive groups would be wrong in Python before 3.11.5 (gh-106052).
_NAME, _REST = rb"[!-9;-~]++", rb"[ \t]*+:[^\r]*+\r\n(?:[ \t][^\r]*+\r\n)*"
_BLOCK = re.compile(rb"(?:" + _NAME + _REST + rb")*")
_FIELDS = re.compile(rb"((" + _NAME + rb")" + _REST + rb")")
_FOLD = re.compile(rb"\r\n(?=[ \t])")


class HeaderBlock:
    """The fields at the start of a message, up to and without the empty line.

    A line that is neither a field nor a continuation ends the block, as every mail system reads it; then the message
    simply has no (more) header.
    """

    __slots__ = ("_block", "_names", "_raws", "body_start")

    def __init__(self, message: bytes) -> None:
        found = _BLOCK.match(message)
        self.body_start = found.end() if found is not None else 0
        self._block = message[: self.body_start]
        parted = _FIELDS.findall(self._block)
        self._raws = [raw for raw, _ in parted]
        self._names = [name.lower() for _, name in parted]

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

    @property
    def octets(self) -> bytes:
        """The block itself."""
        return self._block

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(Field(name.decode("ascii"), raw) for name, raw in zip(self._names, self._raws, strict=True))

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def count(self, name: str) -> int:
        return self._names.count(name.encode("ascii"))

    def first(self, name: str) -> bytes | None:
        """The value of the first field of that (lower-case) name."""
        try:
            number = self._names.index(name.encode("ascii"))
        except ValueError:
            return None
        return _unfolded(self._raws[number])

    def every(self, name: str) -> list[bytes]:
        """The values of all fields of that (lower-case) name, in their order."""
        wanted = name.encode("ascii")
        return [_unfolded(raw) for own, raw in zip(self._names, self._raws, strict=True) if own == wanted]

    def without(self, names: frozenset[str], prefixes: tuple[str, ...] = ()) -> bytes:
        """The block's bytes less the fields of these names (lower case) or name prefixes."""
        gone, starts = _encoded(names, prefixes)
        kept = [
            raw
            for name, raw in zip(self._names, self._raws, strict=True)
            if name not in gone and not name.startswith(starts)
        ]
        return self._block if len(kept) == len(self._raws) else b"".join(kept)


def _unfolded(raw: bytes) -> bytes:
    """What stands behind the colon of a field, in one line."""
    written = raw.partition(b":")[2]
    return (_FOLD.sub(b"", written) if written.count(b"\n") > 1 else written).strip()


@lru_cache(maxsize=16)  # callers have constants
def _encoded(names: frozenset[str], prefixes: tuple[str, ...]) -> tuple[frozenset[bytes], tuple[bytes, ...]]:
    return frozenset(name.encode("ascii") for name in names), tuple(prefix.encode("ascii") for prefix in prefixes)
