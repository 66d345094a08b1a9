"""Messages whose lines are too long, written so that every server takes them and every reader reads the same.

A part that stands there as it is (7bit, 8bit) and has a line of over 998 octets is encoded anew: text as
quoted-printable, or as base64 where much of it is beyond ASCII, everything else as base64. Decoded, its octets are the
same. Left alone is what a signature covers (multipart/signed, DKIM, ARC), what may not be encoded (message/rfc822,
RFC 2046 §5.2.1), what is encoded already, and text beyond ASCII that names no character set: a reader guesses, and
would guess differently.

The message is read twice, line by line: once for `survey_parts`, once for `encode_parts`. A line that is longer than a
piece comes in several, so memory stays small whatever comes.
"""

from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable, Iterator
from email.message import Message
from enum import Enum, auto

from .headers import MAX_HEADER, HeaderBlock
from .lines import MAX_LINE
from .value import value

PIECE = 64 * 1024  # octets: what `readline` may return of a long line; lines below come whole

_SIGNED = ("dkim-signature", "arc-message-signature", "domainkey-signature")
_AS_IT_IS = (b"", b"7bit", b"8bit", b"binary")
_DEEPEST = 20  # multiparts inside each other that are looked into
_BEYOND_ASCII = bytes(range(128, 256))
_BASE64_LINE = 57  # octets, which make 76


@value
class Survey:
    """What a message needs. `parts`: the encoding for each part, by its number; `left`: some long lines must stay."""

    parts: dict[int, str]
    left: bool
    signed: bool


def survey_parts(lines: Iterable[bytes]) -> Survey:
    """Read a message once: pieces end with CRLF, or are PIECE octets of a longer line."""
    parts: dict[int, _Part] = {}
    left = signed = False
    for it in _walk(lines):
        if it.kind is _Kind.HEAD and it.top:
            block = HeaderBlock(it.octets)
            signed = any(block.count(name) for name in _SIGNED)
        if it.kind is _Kind.HEAD and it.part is not None:
            parts[it.part] = _Part(HeaderBlock(it.octets))
        elif it.kind is _Kind.BODY and it.part is not None:
            parts[it.part].read(it.octets)
        elif len(it.octets) > MAX_LINE + 2 and it.kind is not _Kind.HEAD:
            left = True
    wanted = {number: part.encoding for number, part in parts.items() if part.long}
    usable = {} if signed else {number: encoding for number, encoding in wanted.items() if encoding is not None}
    return Survey(parts=usable, left=left or len(usable) < len(wanted), signed=signed)


def encode_parts(lines: Iterable[bytes], found: Survey) -> Iterator[bytes]:
    """The message with the parts of the survey encoded anew."""
    encoder: _QuotedPrintable | _Coded64 | None = None
    for it in _walk(lines):
        if it.kind is _Kind.BODY and encoder is not None:
            yield encoder.feed(it.octets)
            continue
        if encoder is not None:
            yield encoder.finish(inside=True)
            encoder = None
        encoding = found.parts.get(it.part) if it.kind is _Kind.HEAD and it.part is not None else None
        if encoding is None:
            yield it.octets
        else:
            yield _relabelled(it.octets, encoding, top=it.top)
            encoder = _Coded64() if encoding == "base64" else _QuotedPrintable()
    if encoder is not None:
        yield encoder.finish(inside=False)


# --- the walk through the parts ---------------------------------------------------------------------------------


class _Kind(Enum):
    HEAD = auto()  # the whole header of an entity, its empty line included
    BODY = auto()
    BETWEEN = auto()  # boundaries, what stands before the first and behind the last


@value
class _Step:
    """`part` numbers what might be encoded anew; None for all else."""

    kind: _Kind
    octets: bytes
    part: int | None = None
    top: bool = False


def _walk(lines: Iterable[bytes]) -> Iterator[_Step]:
    boundaries: list[tuple[bytes, bool]] = []  # innermost last; whether it is a digest's
    head: bytearray | None = bytearray()
    part: int | None = None
    count, top, line_start = 0, True, True
    for piece in lines:
        fresh, line_start = line_start, piece.endswith(b"\n")
        if fresh and boundaries and piece.startswith(b"--") and (met := _boundary(piece, boundaries)) is not None:
            depth, over = met
            if head:
                yield _Step(kind=_Kind.BETWEEN, octets=bytes(head))  # a part that is all header
            del boundaries[depth + (not over) :]
            head, part = (None if over else bytearray()), None
            yield _Step(kind=_Kind.BETWEEN, octets=piece)
        elif head is None:
            yield _Step(kind=_Kind.BETWEEN if part is None else _Kind.BODY, octets=piece, part=part)
        else:
            head += piece
            if not (fresh and piece == b"\r\n") and len(head) <= 2 * MAX_HEADER:
                continue
            kind, boundary = _entity(bytes(head), in_digest=bool(boundaries) and boundaries[-1][1])
            part = None
            if boundary is not None and len(boundaries) < _DEEPEST:
                boundaries.append((boundary, kind == "digest"))
            elif kind == "leaf" and piece == b"\r\n":
                part, count = count, count + 1
            yield _Step(kind=_Kind.HEAD, octets=bytes(head), part=part, top=top)
            head, top = None, False
    if head:
        yield _Step(kind=_Kind.HEAD, octets=bytes(head), top=top)


def _boundary(line: bytes, boundaries: list[tuple[bytes, bool]]) -> tuple[int, bool] | None:
    """Which multipart a delimiter line belongs to, and whether it is its last."""
    text = line.rstrip()[2:]
    for depth in range(len(boundaries) - 1, -1, -1):
        boundary = boundaries[depth][0]
        if text == boundary:
            return depth, False
        if text == boundary + b"--":
            return depth, True
    return None


def _entity(head: bytes, *, in_digest: bool) -> tuple[str, bytes | None]:
    """What an entity's header makes of it: `leaf`, `digest`, or something to be left alone; a multipart's boundary."""
    block = HeaderBlock(head)
    if block.count("content-type") > 1 or block.count("content-transfer-encoding") > 1:
        return "unclear", None
    if _encoding(block) not in _AS_IT_IS:
        return "encoded", None
    typed = block.first("content-type")
    if typed is None:
        return "message" if in_digest else "leaf", None
    main, kind, boundary = _content_type(typed)
    if main == "multipart":
        looked_into = kind not in ("signed", "encrypted") and boundary
        return kind, boundary if looked_into else None
    return ("message" if main in ("message", "") or kind.startswith(("pkcs7", "x-pkcs7")) else "leaf"), None


def _encoding(block: HeaderBlock) -> bytes:
    return (block.first("content-transfer-encoding") or b"").partition(b";")[0].strip().lower()


def _content_type(field: bytes) -> tuple[str, str, bytes]:
    """Main type, subtype and boundary; the main type is empty where they cannot be read."""
    if field.count(b"/") < 1:
        return "", "", b""
    reader = Message()
    reader["Content-Type"] = field.decode("latin-1")
    try:
        boundary = (reader.get_boundary("") or "").encode("latin-1")
    except (LookupError, ValueError):  # RFC 2231 with an encoding that is none
        boundary = b""
    return reader.get_content_maintype(), reader.get_content_subtype(), boundary


class _Part:
    """One part as far as it is read: whether it has a long line, and which encoding suits it."""

    def __init__(self, block: HeaderBlock) -> None:
        typed = block.first("content-type")
        self._untyped = typed is None
        self._text = typed is None or _content_type(typed)[0] == "text"
        self._octets = self._beyond = 0
        self.long = False

    def read(self, piece: bytes) -> None:
        self.long = self.long or len(piece) > MAX_LINE + 2
        self._octets += len(piece)
        if not piece.isascii():
            self._beyond += len(piece) - len(piece.translate(None, _BEYOND_ASCII))

    @property
    def encoding(self) -> str | None:
        """None where it has to stay as it is."""
        if self._untyped and self._beyond:
            return None
        return "quoted-printable" if self._text and self._beyond * 5 < self._octets else "base64"


def _relabelled(head: bytes, encoding: str, *, top: bool) -> bytes:
    block = HeaderBlock(head)
    fields = block.without(frozenset({"content-transfer-encoding"}))
    if top and not block.count("mime-version"):
        fields += b"MIME-Version: 1.0\r\n"
    return fields + f"Content-Transfer-Encoding: {encoding}\r\n".encode() + head[block.body_start :]


# --- the encodings ----------------------------------------------------------------------------------------------


class _QuotedPrintable:
    """RFC 2045 §6.7, for pieces of text whose lines end with CRLF."""

    def __init__(self) -> None:
        self._held = b""  # a CR whose LF may open the next piece

    def feed(self, piece: bytes) -> bytes:
        piece = self._held + piece
        self._held = b"\r" if piece.endswith(b"\r") else b""
        piece = piece.removesuffix(self._held)
        text = piece.removesuffix(b"\r\n")
        written = b2a_qp(text).replace(b"=\n", b"=\r\n")
        if len(text) < len(piece):
            return written + b"\r\n"
        return written + b"=\r\n" if written else b""  # the line goes on: a soft break

    def finish(self, *, inside: bool) -> bytes:
        return b"" if inside or not self._held else b"=0D=\r\n"


class _Coded64:
    """RFC 2045 §6.8. Inside a multipart the last CRLF is the boundary's, not the part's."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, piece: bytes) -> bytes:
        waiting = self._waiting + piece
        ready = max(0, len(waiting) - 2) // _BASE64_LINE * _BASE64_LINE
        self._waiting = waiting[ready:]
        return encodebytes(waiting[:ready]).replace(b"\n", b"\r\n") if ready else b""

    def finish(self, *, inside: bool) -> bytes:
        rest = self._waiting.removesuffix(b"\r\n") if inside else self._waiting
        return encodebytes(rest).replace(b"\n", b"\r\n")
