"""Message bodies on their way in: how they are read, how much has come, and why one will be refused.

A refused body is still read to its true end, because what follows it must not be taken for commands; but not
for ever: beyond DRAIN_LIMIT the session is closed instead.
"""

from collections import deque
from dataclasses import replace
from enum import Enum, auto

from gatepost.mail import BodyKind, Envelope, Reply
from gatepost.mail import reply as say

from .commands import Chunk
from .dots import BinaryReader, BodyReader, ChunkReader, DotReader
from .events import BodyChunk, BodyLost, ServerEvent
from .lines import Inbox

DRAIN_LIMIT = 268_435_456  # octets beyond the maximum that are read for the sake of a clean 552

_HOPELESS = replace(say.TOO_BIG, closes=True)


class Progress(Enum):
    """How far reading has come."""

    STARVED = auto()  # needs bytes
    MOVED = auto()
    CHUNK_OVER = auto()  # the octets of one BDAT are read
    BODY_OVER = auto()
    STRAY_OVER = auto()  # the octets of a BDAT that belonged to no body are gone


class Reception:
    """The body of one envelope. `refusal` is the reply that its end will get, None while all is well."""

    __slots__ = ("_binary", "_limit", "_reader", "dots", "drained", "envelope", "octets", "refusal", "told")

    def __init__(self, envelope: Envelope, reader: BodyReader, limit: int) -> None:
        self.envelope = envelope
        self.octets = 0
        self.drained = 0
        self.refusal: Reply | None = None
        self.told = False  # the shell knows of the refusal
        self.dots = reader if isinstance(reader, DotReader) else None
        self._reader = reader
        self._binary = isinstance(reader, BinaryReader)
        self._limit = limit

    @property
    def repaired(self) -> bool:
        """Whether lone CRs or LFs have become CRLF."""
        return self._reader.repaired

    def feed(self, piece: bytes) -> bytes:
        """The text in a piece, to be handed on; empty from the moment that the body is refused."""
        return self._judged(self._reader.feed(piece), len(piece))

    def finish(self) -> bytes:
        return self._judged(self._reader.finish(), 0)

    def announce(self, octets: int) -> None:
        """A chunk of that size begins: what is too big is known before it is read."""
        if self.octets + octets > self._limit:
            if self.refusal is None:
                self.refusal = say.TOO_BIG
            if octets > self._limit + DRAIN_LIMIT:
                self.refusal = _HOPELESS

    def _judged(self, text: bytes, arrived: int) -> bytes:
        if self._reader.bare:
            self.refusal = say.BARE_NEWLINE  # outranks any other: it closes
        if self.refusal is not None:
            self.drained += arrived
            if self.drained > DRAIN_LIMIT:
                self.refusal = _HOPELESS
            return b""
        self.octets += len(text)
        if self.octets > self._limit:
            self.refusal = say.TOO_BIG
        elif not self._binary and b"\0" in text:
            self.refusal = say.NUL_IN_MESSAGE
        else:
            return text
        return b""


class Intake:
    """The bodies of one session, one after the other. Pieces of text and BodyLost go to `events`."""

    __slots__ = ("_events", "_inbox", "_unread", "body", "chunk", "stray")

    def __init__(self, inbox: Inbox, events: "deque[ServerEvent]") -> None:
        self.body: Reception | None = None
        self._inbox = inbox
        self._events = events
        self.chunk: Chunk | None = None  # a BDAT whose octets are still due
        self._unread = 0
        self.stray: Reply | None = None

    def begin_text(self, envelope: Envelope, limit: int, *, normalize: bool) -> None:
        """DATA is under way."""
        self.body = Reception(envelope, DotReader(normalize=normalize), limit)

    def begin_chunks(self, envelope: Envelope, limit: int, *, normalize: bool) -> None:
        """A series of BDATs begins; its first chunk is announced already."""
        binary = envelope.body is BodyKind.BINARY
        reader: BodyReader = BinaryReader() if binary else ChunkReader(normalize=normalize)
        self.body = Reception(envelope, reader, limit)
        self._weigh()

    def announce(self, chunk: Chunk, stray: Reply | None = None) -> None:
        """The octets of a BDAT follow. `stray` is what it will get when it belongs to no body."""
        self.chunk, self._unread, self.stray = chunk, chunk.octets, stray
        if self.body is not None:
            self._weigh()

    def drop(self) -> bool:
        """Forget the body and the octets that are due; whether the shell still believed in it."""
        body, self.body, self.chunk = self.body, None, None
        return body is not None and body.refusal is None

    def read_chunk(self) -> Progress:
        """Octets of a BDAT, exactly as many as were announced (hazard F7)."""
        assert self.chunk is not None
        piece = self._inbox.take(self._unread) if self._unread else b""
        if self._unread and not piece:
            return Progress.STARVED
        self._unread -= len(piece)
        body, over = self.body, self._unread == 0
        if self.stray is not None or body is None:
            if not over:
                return Progress.MOVED
            self.chunk = None
            return Progress.STRAY_OVER
        believed = body.refusal is None
        text = body.feed(piece) if piece else b""
        if over and self.chunk.last:
            text += body.finish()
        self._report(body, text, believed=believed)
        if body.refusal is _HOPELESS:
            self.chunk = None
            return Progress.BODY_OVER
        if not over:
            return Progress.MOVED
        last, self.chunk = self.chunk.last, None
        return Progress.BODY_OVER if last else Progress.CHUNK_OVER

    def read_text(self) -> Progress:
        """What has arrived of DATA. What stands behind its end goes back into the inbox."""
        body = self.body
        assert body is not None and body.dots is not None
        piece = self._inbox.take_all()
        if not piece:
            return Progress.STARVED
        believed = body.refusal is None
        self._report(body, body.feed(piece), believed=believed)
        if body.dots.finished:
            self._inbox.add(body.dots.rest)
            return Progress.BODY_OVER
        return Progress.BODY_OVER if body.refusal is _HOPELESS else Progress.MOVED

    def _weigh(self) -> None:
        if self.body is not None and self.chunk is not None:
            believed = self.body.refusal is None
            self.body.announce(self.chunk.octets)
            self._report(self.body, b"", believed=believed)

    def _report(self, body: Reception, text: bytes, *, believed: bool) -> None:
        if text:
            self._events.append(BodyChunk(text))
        if believed and body.refusal is not None:
            self._events.append(BodyLost())
