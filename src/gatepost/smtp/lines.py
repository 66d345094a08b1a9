"""What has arrived and is not yet read: command lines are split off here, under limits.

A line ends at CRLF and nowhere else. An over-long line costs its sender one error, and its tail is skipped up
to the next CRLF, never taken for a command (the desynchronisation that asyncio's `readline` suffers from).
"""

from enum import Enum, auto

COMMAND_LIMIT = 2048  # RFC 5321 §4.5.3.1.4 says 512; RFC 1869 lets parameters make it longer
AUTH_LIMIT = 12_288  # RFC 4954 §4
SKIP_LIMIT = 65_536  # octets of an over-long line that we are willing to throw away


class LineTrouble(Enum):
    """Why there is no line to be had."""

    BARE_NEWLINE = auto()
    TOO_LONG = auto()  # skipped whole; the next line is fine
    ENDLESS = auto()  # more than SKIP_LIMIT without a CRLF: give up


class Inbox:
    """Bytes in order of arrival, with a reading position: no copying for each pipelined command.

    `octets` is empty when and only when nothing is waiting.
    """

    __slots__ = ("_at", "_skipped", "octets")

    def __init__(self) -> None:
        self.octets = b""
        self._at = 0
        self._skipped = 0

    def __len__(self) -> int:
        return len(self.octets) - self._at

    def add(self, piece: bytes) -> None:
        self.octets = self.octets[self._at :] + piece if self.octets else piece
        self._at = 0

    def peek(self, size: int) -> bytes:
        return self.octets[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """At most `size` octets, as many as there are."""
        octets, at = self.octets, self._at
        if size >= len(octets) - at:
            return self.take_all()
        self._at = at + size
        return octets[at : at + size]

    def take_all(self) -> bytes:
        """Everything that is waiting."""
        piece = self.octets[self._at :] if self._at else self.octets
        self.octets, self._at = b"", 0
        return piece

    def take_line(self, limit: int = COMMAND_LIMIT) -> bytes | LineTrouble | None:
        """The next line without its CRLF, or None when it is not complete."""
        octets = self.octets
        if not octets:
            return None
        at = self._at
        end = octets.find(b"\r\n", at)
        if end < 0 or self._skipped:
            return self._incomplete(limit, end)
        text = octets[at:end]
        line: bytes | LineTrouble = text
        if end - at > limit and end - at > self._generous(limit):
            line = LineTrouble.TOO_LONG
        elif b"\n" in text or b"\r" in text:
            line = LineTrouble.BARE_NEWLINE
        if end + 2 == len(octets):
            self.octets, self._at = b"", 0
        else:
            self._at = end + 2
        return line

    def _incomplete(self, limit: int, end: int) -> LineTrouble | None:
        octets, at = self.octets, self._at
        size = len(octets) - at
        if self._skipped or (size > limit + 1 and size > self._generous(limit) + 1):
            return self._skip(end)
        if octets.find(b"\n", at) >= 0 or 0 <= octets.find(b"\r", at) < len(octets) - 1:
            return LineTrouble.BARE_NEWLINE
        return None

    def _generous(self, limit: int) -> int:
        # AUTH carries its initial response on the command line (RFC 4954 §4).
        return AUTH_LIMIT if self.peek(5).upper() == b"AUTH " else limit

    def _skip(self, end: int) -> LineTrouble | None:
        if end >= 0:
            self.take(end + 2 - self._at)
            self._skipped = 0
            return LineTrouble.TOO_LONG
        dropped = self.take_all()
        if dropped.endswith(b"\r"):  # its LF may be the next octet
            self.octets, dropped = b"\r", dropped[:-1]
        self._skipped += len(dropped)
        return LineTrouble.ENDLESS if self._skipped > SKIP_LIMIT else None
