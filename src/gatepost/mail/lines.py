"""Lines that are longer than mail may have: 998 octets and CRLF (RFC 5322 §2.1.1, RFC 5321 §4.5.3.1.6).

To find one costs next to nothing: from the start of a line the last LF within reach is looked for, and the look goes
on behind it, so that ordinary text is crossed in steps of a thousand octets.
"""

MAX_LINE = 998  # octets, without the CRLF
_REACH = MAX_LINE + 2
_WHITE = b" \t"


def has_long_line(text: bytes) -> bool:
    """Whether any line is longer than may be sent."""
    start, end = 0, len(text)
    while end - start > _REACH:
        start = text.rfind(b"\n", start, start + _REACH) + 1
        if not start:
            return True
    return end - start > MAX_LINE and text.find(b"\n", start) < 0


class LongLines:
    """`has_long_line` for text that comes in pieces. `found` once there was one."""

    __slots__ = ("_open", "found")

    def __init__(self) -> None:
        self.found = False
        self._open = b""  # the line that the last piece left open: never much more than may be sent

    def feed(self, piece: bytes) -> None:
        if self.found or not piece:
            return
        text = self._open + piece
        start = text.rfind(b"\n") + 1
        self._open = text[start:]
        self.found = has_long_line(text[:start]) or len(self._open) > MAX_LINE + 1

    def finish(self) -> bool:
        """The text is complete; whether a line of it was too long."""
        self.found = self.found or len(self._open) > MAX_LINE
        return self.found


def fold_header(block: bytes) -> bytes:
    """Header fields whose lines are within bounds where white space allows it; unfolded, they read as before.

    >>> fold_header(b"Subject: " + b"word " * 300 + b"\\r\\n").count(b"\\r\\n ")
    1
    """
    return b"".join(map(_folded, block.splitlines(keepends=True))) if has_long_line(block) else block


def _folded(line: bytes) -> bytes:
    pieces = []
    while len(line) > _REACH and (at := _fold_at(line)):
        pieces.append(line[:at])
        line = line[at:]
    return b"\r\n".join((*pieces, line))


def _fold_at(line: bytes) -> int:
    """Where the line may go on in the next one: before white space that has text on both sides; 0 where nowhere."""
    end = len(line.rstrip())
    at = max(line.rfind(mark, 1, min(_REACH - 1, end)) for mark in (b" ", b"\t"))
    while at > 0 and line[at - 1] in _WHITE:
        at -= 1
    if at > 0:
        return at
    # The first word alone is too long: what stands behind it need not be on its line.
    later = [found for mark in (b" ", b"\t") if (found := line.find(mark, len(line) - len(line.lstrip()), end)) > 0]
    return min(later, default=0)
