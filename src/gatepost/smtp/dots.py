"""Message text on the wire: dots stuffed and unstuffed (RFC 5321 §4.5.2), on runs of lines, not bytes.

Only CRLF.CRLF ends a message. A lone CR or LF is an error or, where a connector says Normalize, is folded to
CRLF without ever ending anything: a lone dot that touches a bare newline is text (hazard F1).
"""

import re
from io import IncrementalNewlineDecoder
from typing import Protocol

END = b"\r\n.\r\n"

_LINE_START = re.compile(rb"(?:\r\n|\r|\n)(?:\.\r?)?\Z")
_STUFFED = re.compile(rb"([\r\n])\.(?=[^\r\n])")
_NEWLINE = re.compile(rb"\r\n|\r|\n")


def has_bare_newline(text: bytes) -> bool:
    """Whether any CR or LF stands alone. `text` must not be cut between a CR and its LF."""
    # The decoder behind text files notes which newlines it has met. One pass: up to four times as fast, by the build of
    # Python, as looking for what is left without the CRLFs.
    decoder = IncrementalNewlineDecoder(None, translate=False)
    decoder.decode(text.decode("latin-1"), final=True)
    return decoder.newlines not in (None, "\r\n")


class BodyReader(Protocol):
    """How the text of one message is read, piece by piece."""

    bare: bool  # a bare CR or LF was met: nothing more comes out
    repaired: bool  # one was met and made a CRLF

    def feed(self, piece: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class DotReader:
    """The text of DATA. Feed pieces until `finished`; what came behind the end is `rest`.

    Held back from each piece is only what might be the beginning of the end (at most four octets), so a line
    may be as long as it likes. The stream is read as if a CRLF stood before it: the first line is a line like
    others.
    """

    __slots__ = ("_held", "_imagined", "_normalize", "bare", "finished", "repaired", "rest")

    def __init__(self, *, normalize: bool = False) -> None:
        self._held = b"\r\n"
        self._imagined = True
        self._normalize = normalize
        self.bare = False
        self.repaired = False
        self.finished = False
        self.rest = b""

    def feed(self, piece: bytes) -> bytes:
        """The text in this piece, without stuffed dots; empty once a bare newline was met."""
        text = self._held + piece
        end = dot = text.find(b"\r\n.")
        if dot >= 0 and not text.startswith(END, dot):
            end = text.find(END, dot)
        if end >= 0:
            self.finished = True
            self.rest = text[end + 5 :]
            self._held = b""
            text = text[: end + 2]
        else:
            kept = self._line_start(text)
            self._held = text[len(text) - kept :]
            text = text[: len(text) - kept]
        if not text or self.bare:
            return b""
        if self._normalize:
            self.repaired = self.repaired or has_bare_newline(text)
            text = _NEWLINE.sub(b"\r\n", _STUFFED.sub(rb"\1", text))
        elif has_bare_newline(text):
            self.bare = True
            return b""
        elif dot != end:
            text = text.replace(b"\r\n.", b"\r\n")
        if self._imagined:
            self._imagined = False
            return text[2:]
        return text

    def finish(self) -> bytes:
        return b""

    def _line_start(self, text: bytes) -> int:
        """How many octets at the end might open a line with a dot that ends the message."""
        last = text[-4:]
        if self._normalize:
            found = _LINE_START.search(last)
            return len(last) - found.start() if found else 0
        if last.endswith(b"\r"):
            return 4 if last == b"\r\n.\r" else 1
        if last.endswith(b"\r\n"):
            return 2
        return 3 if last.endswith(b"\r\n.") else 0


class ChunkReader:
    """The text of BDAT chunks: no dots, and the same rule for newlines, across chunks."""

    __slots__ = ("_held", "_normalize", "bare", "repaired")

    def __init__(self, *, normalize: bool = False) -> None:
        self._held = b""
        self._normalize = normalize
        self.bare = False
        self.repaired = False

    def feed(self, piece: bytes) -> bytes:
        text = self._held + piece if self._held else piece
        self._held = b""
        if text.endswith(b"\r"):  # its LF may open the next piece
            text, self._held = text[:-1], b"\r"
        return self._checked(text)

    def finish(self) -> bytes:
        """What was held back, when the last chunk is over."""
        text, self._held = self._held, b""
        return self._checked(text)

    def _checked(self, text: bytes) -> bytes:
        if self.bare or not text:
            return b""
        if self._normalize:
            self.repaired = self.repaired or has_bare_newline(text)
            return _NEWLINE.sub(b"\r\n", text)
        if has_bare_newline(text):
            self.bare = True
            return b""
        return text


class BinaryReader:
    """The octets of a BODY=BINARYMIME message: whatever they are (RFC 3030 §3)."""

    __slots__ = ("bare", "repaired")

    def __init__(self) -> None:
        self.bare = False
        self.repaired = False

    def feed(self, piece: bytes) -> bytes:
        return piece

    def finish(self) -> bytes:
        return b""


class Stuffer:
    """The sender's side: doubles the dot that opens a line, also across two pieces."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before = b"\r\n"

    def feed(self, piece: bytes) -> bytes:
        before = self._before
        text = before + piece
        self._before = b"\r\n" if text.endswith(b"\r\n") else b"\r" if text.endswith(b"\r") else b""
        if b"\r\n." in text:
            text = text.replace(b"\r\n.", b"\r\n..")
        return text[len(before) :]

    def end(self) -> bytes:
        """The end of the message, with the CRLF that the text may lack."""
        return b".\r\n" if self._before == b"\r\n" else END


def stuff(text: bytes) -> bytes:
    """A whole message for DATA, its end included."""
    stuffed = text.replace(b"\r\n.", b"\r\n..")
    dot = b"." if text.startswith(b".") else b""
    return b"".join((dot, stuffed, b".\r\n" if not text or text.endswith(b"\r\n") else END))
