"""The replies of a server, read under limits: whatever a stranger sends comes out as a short, printable
value.

RFC 5321 §4.2 is followed strictly in what counts (the code, the continuation mark, one code a reply) and not
at all in what the text says: that is for people, and an enhanced code is taken where there is one (RFC 2034).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from gatepost.mail import Reply

LINE_LIMIT = 4096  # RFC 5321 §4.5.3.1.5 says 512; there are servers that write essays
LINES_LIMIT = 100
TEXT_LIMIT = 8192  # characters of one reply that are kept

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.([0-9]{1,3}\.[0-9]{1,3})(?: |$)")


class Nonsense(ValueError):
    """This is no SMTP reply; the argument says why."""


class AnswerLine(NamedTuple):
    """One line of a reply; `alone` is the reply that it is when no more follow."""

    more: bool
    alone: Reply


class Answers:
    """Replies split off from what has arrived."""

    __slots__ = ("_at", "_lines", "_octets")

    def __init__(self) -> None:
        self._octets = b""
        self._at = 0
        self._lines: list[Reply] = []

    @property
    def pending(self) -> bool:
        """Whether anything has arrived that no reply has used up."""
        return self._at < len(self._octets) or bool(self._lines)

    def add(self, piece: bytes) -> None:
        self._octets = self._octets[self._at :] + piece if self._at < len(self._octets) else piece
        self._at = 0

    def take(self) -> Reply | None:
        """The next reply, None when it is not complete; raises Nonsense."""
        while True:
            octets, at = self._octets, self._at
            end = octets.find(b"\n", at)
            if (end if end >= 0 else len(octets)) - at > LINE_LIMIT:
                raise Nonsense("a reply line is too long")
            if end < 0:
                return None
            line = read_line(octets[at:end])
            self._at = end + 1
            if not self._lines and not line.more:
                return line.alone
            self._lines.append(line.alone)
            code = line.alone.code
            if code != self._lines[0].code:
                raise Nonsense("the code changes inside a reply")
            if len(self._lines) > LINES_LIMIT:
                raise Nonsense("a reply has too many lines")
            if not line.more:
                lines, self._lines = self._lines, []
                detail = next((row.subject_detail for row in lines if row.subject_detail), None)
                text = "\n".join(row.text for row in lines)
                return Reply(code, detail, text[:TEXT_LIMIT])


@lru_cache(maxsize=1024)
def read_line(octets: bytes) -> AnswerLine:
    """`250-2.1.5 Recipient OK`, raises Nonsense. Cached: servers repeat themselves."""
    found = _LINE.fullmatch(octets.rstrip(b"\r"))
    if found is None:
        raise Nonsense("a reply line does not begin with a code")
    code, mark, rest = found.groups()
    text = (rest or b"").decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    detail = None
    enhanced = _ENHANCED.match(text)
    if enhanced and enhanced[1] == octets[:1].decode():
        detail, text = enhanced[2], text[enhanced.end() :]
    return AnswerLine(mark == b"-", Reply(int(code), detail, text.strip()))
