"""The canonical form "relaxed" (RFC 6376 §3.4): what a signature still covers when white space changed on the way."""

import hashlib
import re

_BLANKS = re.compile(rb"\t[ \t]*+| [ \t]++")  # whatever is not one space already
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
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


class RelaxedBody:
    """The SHA-256 of a body in relaxed form (§3.4.4), fed in pieces of any size, within little memory.

    What may turn out to be the end is held back: a blank, and empty lines, which are only counted.
    """

    __slots__ = ("_digest", "_empty_lines", "_held", "_said")

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._held = b""  # "", " ", "\r" or " \r": what the next octet decides on
        self._empty_lines = 0  # CRLFs that count only if more text follows
        self._said = False

    def feed(self, piece: bytes) -> None:
        text = self._held + piece if self._held else piece
        if b"  " in text or b"\t" in text:  # most bodies have neither, and looking is cheaper than replacing
            text = _BLANKS.sub(b" ", text)
        text = text.replace(b" \r\n", _NEWLINE)
        kept = len(text.rstrip(b" \r\n"))
        for lone in _LONE.finditer(text, kept):  # of BINARYMIME: an octet like others, no end of a line
            if lone.end() < len(text) or lone[0] == b"\n":
                kept = lone.end()
        if kept:
            self._say(text[:kept])
        ends = text[kept:]
        self._empty_lines += ends.count(_NEWLINE)
        self._held = ends[ends.rfind(b"\n") + 1 :]

    def finish(self) -> bytes:
        """The digest; a body without text is an empty one, and any other ends with CRLF."""
        if self._held.endswith(b"\r"):
            self._say(self._held)
        if self._said:
            self._digest.update(_NEWLINE)
        return self._digest.digest()

    def _say(self, text: bytes) -> None:
        while self._empty_lines:
            count = min(self._empty_lines, _MANY)
            self._digest.update(_NEWLINE * count)
            self._empty_lines -= count
        self._digest.update(text)
        self._said = True
