"""The canonical forms "relaxed" and "simple" (RFC 6376 §3.4): what a signature still covers when white space changed on
the way. We sign in the first, and verify in both."""

import hashlib
import re
from collections.abc import Iterable
from typing import ClassVar

_BLANKS = re.compile(rb"\t[ \t]*+| [ \t]++")  # whatever is not one space already
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_NEWLINE = b"\r\n"
_MANY = 4_096  # empty lines that are hashed at once


def relaxed_field(raw: bytes) -> bytes:
    """A header field in one line: name in lower case, white space squeezed, CRLF at the end (§3.4.2).

    >>> relaxed_field(b"SUBJECT :  AbC  \\r\\n\\tdef \\r\\n")
    b'subject:AbC def\\r\\n'
    """
    name, _, written = raw.partition(b":")
    value = _BLANKS.sub(b" ", _FOLD.sub(b"", written.removesuffix(_NEWLINE))).strip(b" ")
    return b"%b:%b\r\n" % (name.rstrip(b" \t").lower(), value)


def simple_field(raw: bytes) -> bytes:
    """A header field as it stands (§3.4.1)."""
    return raw


class _Body:
    """The SHA-256 of a body in canonical form, fed in pieces of any size, within little memory.

    What may turn out to be the end is held back: a blank, and empty lines, which are only counted. `lengths` are those
    of beginnings that are wanted, too (`l=`): one look at the body does for all, however many signatures there are.
    `octets` is how many the canonical form has; `beginnings` holds the digest of each that is no longer than that.
    """

    __slots__ = ("_digest", "_empty_lines", "_held", "_lengths", "_said", "beginnings", "octets")
    _ends: ClassVar[bytes]  # of what the end may consist

    def __init__(self, lengths: Iterable[int] = ()) -> None:
        self._digest = hashlib.sha256()
        self._held = b""  # "", " ", "\r" or " \r": what the next octet decides on
        self._empty_lines = 0  # CRLFs that count only if more text follows
        self._said = False
        self._lengths = sorted(set(lengths), reverse=True)  # those still to come, the shortest last
        self.beginnings: dict[int, bytes] = {}
        self.octets = 0

    def feed(self, piece: bytes) -> None:
        self._take(self._held + piece if self._held else piece)

    def finish(self) -> bytes:
        raise NotImplementedError

    def _take(self, text: bytes) -> None:
        kept = len(text.rstrip(self._ends))
        # Behind the last lone CR or LF: of BINARYMIME, an octet like others and no end of a line. Found in two looks,
        # however many there are, for strangers send millions. A CR at the very end is not known to be one yet.
        paired = text[kept:].replace(_NEWLINE, b"  ")
        kept += max(paired.rfind(b"\n"), paired.rfind(b"\r", 0, max(len(paired) - 1, 0))) + 1
        if kept:
            self._say(text[:kept])
        ends = text[kept:]
        self._empty_lines += ends.count(_NEWLINE)
        self._held = ends[ends.rfind(b"\n") + 1 :]

    def _say(self, text: bytes) -> None:
        while self._empty_lines:
            count = min(self._empty_lines, _MANY)
            self._hash(_NEWLINE * count)
            self._empty_lines -= count
        self._hash(text)
        self._said = True

    def _hash(self, octets: bytes) -> None:
        while self._lengths and self._lengths[-1] <= self.octets + len(octets):
            length = self._lengths.pop()
            first, octets = octets[: length - self.octets], octets[length - self.octets :]
            self._digest.update(first)
            self.octets = length
            self.beginnings[length] = self._digest.digest()
        self._digest.update(octets)
        self.octets += len(octets)


class RelaxedBody(_Body):
    """A body in relaxed form (§3.4.4)."""

    __slots__ = ()
    _ends = b" \r\n"

    def feed(self, piece: bytes) -> None:
        text = self._held + piece if self._held else piece
        if b"  " in text or b"\t" in text:  # most bodies have neither, and looking is cheaper than replacing
            text = _BLANKS.sub(b" ", text)
        self._take(text.replace(b" \r\n", _NEWLINE))

    def finish(self) -> bytes:
        """The digest; a body without text is an empty one, and any other ends with CRLF."""
        if self._held.endswith(b"\r"):
            self._say(self._held)
        self._hash(_NEWLINE if self._said else b"")
        return self._digest.digest()


class SimpleBody(_Body):
    """A body in simple form (§3.4.3)."""

    __slots__ = ()
    _ends = b"\r\n"

    def finish(self) -> bytes:
        """The digest; any body ends with CRLF, even an empty one."""
        if self._held:
            self._say(self._held)
        self._hash(_NEWLINE)
        return self._digest.digest()
