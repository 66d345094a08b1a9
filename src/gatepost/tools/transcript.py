"""What both sides said, line by line, fit to be shown: no secrets, no message, no control characters."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MAX_LINES = 500
MAX_LINE = 512

_BDAT = re.compile(rb"BDAT ([0-9]{1,20})", re.I)


class Side(StrEnum):
    """Who said it; a note is ours, about what happened on the connection."""

    CLIENT = "client"
    SERVER = "server"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of a transcript; `at` is in seconds since the start."""

    at: float
    side: Side
    text: str


class Transcript:
    """Takes the plaintext of a session as it is sent and received, in any portions.

    The message is told by its size only, and what AUTH carries by asterisks. `clock` gives seconds; `told` hears each
    line at once.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, told: Callable[[Said], None] = lambda _: None
    ) -> None:
        self._clock = clock
        self._told = told
        self._start = clock()
        self._lines: list[Said] = []
        self._heard = b""
        self._last_code = b""
        self._octets = 0  # of the message, since the last reply
        self._chunk = 0  # octets of a BDAT chunk that are still to come
        self._secret = False

    @property
    def lines(self) -> tuple[Said, ...]:
        return tuple(self._lines)

    def note(self, text: str) -> None:
        self._add(Side.NOTE, text)

    def sent(self, data: bytes) -> None:
        """Plaintext on its way to the server."""
        if self._last_code == b"354":
            self._octets += len(data)
            return
        while data:
            if self._chunk:
                taken = min(self._chunk, len(data))
                self._octets += taken
                self._chunk -= taken
                data = data[taken:]
                continue
            line, _, data = data.partition(b"\r\n")
            if (bdat := _BDAT.match(line)) is not None:
                self._chunk = int(bdat.group(1))
            self._add(Side.CLIENT, self._masked(line))

    def received(self, data: bytes) -> None:
        """Plaintext from the server; an unfinished line waits for its end."""
        *lines, self._heard = (self._heard + data).split(b"\r\n")
        self._heard = self._heard[-MAX_LINE:]
        for line in lines:
            if self._octets:
                self._add(Side.CLIENT, f"(the message, {self._octets} octets)")
                self._octets = 0
            self._last_code = line[:3]
            self._add(Side.SERVER, line)

    def _masked(self, line: bytes) -> bytes:
        """AUTH PLAIN carries the password itself, and so does whatever answers a 334."""
        if self._last_code == b"334":
            return b"****"
        words = line.split(b" ", 2)
        if words[0].upper() == b"AUTH" and len(words) == 3:
            return b"%b %b ****" % (words[0], words[1])
        return line

    def _add(self, side: Side, text: bytes | str) -> None:
        if len(self._lines) >= MAX_LINES:
            return
        shown = plain(text if isinstance(text, str) else text.decode("utf-8", "replace"))
        said = Said(at=round(self._clock() - self._start, 4), side=side, text=shown)
        self._lines.append(said)
        self._told(said)


def plain(text: str) -> str:
    """Text of a stranger's made harmless for a terminal or a page: printable characters, and not too many."""
    shown = text[:MAX_LINE] + ("…" if len(text) > MAX_LINE else "")
    return shown if shown.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in shown)
