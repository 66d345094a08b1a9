"""How much work a PFX asks for, read from its DER before any work is done.

PKCS#12's MAC, its old encryption schemes (RFC 7292 appendix B), PBKDF2 (RFC 8018) and scrypt (RFC 7914) all
write their count the same way: an OCTET STRING, the salt, and right behind it in the same SEQUENCE an
INTEGER. Finding that shape is enough; nothing else is understood, and nothing a file says can make this
raise, recurse deeply or run long. Where the octets stop making sense, reading stops, as OpenSSL's does.
"""

from itertools import pairwise

_SEQUENCE, _OCTETS, _OCTETS_IN_PIECES, _INTEGER = 0x30, 0x04, 0x24, 0x02
_CONSTRUCTED = 0x20
_MAX_DEPTH = 40  # OpenSSL itself refuses more than 30 constructed levels
_MAX_ELEMENTS = 20_000  # in 64 KiB a real file has a few hundred

_Element = tuple[int, bytes]


class _TooDeepError(Exception):
    pass


def asked_work(content: bytes) -> int | None:
    """All iteration counts that stand in clear, added up; None when this is no PFX or an absurd one."""
    if not content or content[0] != _SEQUENCE:
        return None
    work, seen = 0, 0
    waiting = [(content, 1)]
    try:
        while waiting:
            octets, depth = waiting.pop()
            elements = _elements(octets)
            seen += len(elements)
            if seen > _MAX_ELEMENTS or depth > _MAX_DEPTH:
                return None
            for (tag, _), (next_tag, number) in pairwise(elements):
                if tag in (_OCTETS, _OCTETS_IN_PIECES) and next_tag == _INTEGER and len(number) <= 64:
                    work += max(0, int.from_bytes(number, "big", signed=True))
            waiting.extend((inside, depth + 1) for inside in map(_inside, elements) if inside)
    except _TooDeepError:
        return None
    return work if seen else None


def _inside(element: _Element) -> bytes:
    """What an element holds, if it may hold elements: a safe travels as a SEQUENCE in an OCTET STRING."""
    tag, value = element
    if tag == _OCTETS_IN_PIECES:
        value = b"".join(piece for _, piece in _elements(value))
    elif tag & _CONSTRUCTED:
        return value
    elif tag != _OCTETS:
        return b""
    return value if value[:1] == b"\x30" else b""


def _elements(content: bytes) -> list[_Element]:
    """The elements at the start of the octets, as far as they make sense."""
    found: list[_Element] = []
    position = 0
    while (element := _element(content, position, 0)) is not None:
        tag, value, position = element
        found.append((tag, value))
    return found


def _element(content: bytes, position: int, depth: int) -> tuple[int, bytes, int] | None:
    """One element at a position: its tag's first octet, its value, and where the next one begins."""
    if depth > _MAX_DEPTH:
        raise _TooDeepError
    if position + 2 > len(content):
        return None
    tag = content[position]
    position += 1
    if tag & 0x1F == 0x1F:  # a tag of several octets: the last has its top bit clear
        while position < len(content) and content[position] & 0x80:
            position += 1
        position += 1
    if position >= len(content):
        return None
    length = content[position]
    position += 1
    if length == 0x80:  # BER's indefinite length: up to two zero octets
        begin = position
        while content[position : position + 2] != b"\0\0":
            inner = _element(content, position, depth + 1)
            if inner is None:
                return None
            position = inner[2]
        return tag, content[begin:position], position + 2
    if length > 0x80:
        octets = length & 0x7F
        length = int.from_bytes(content[position : position + octets], "big")
        position += octets
    if position + length > len(content):
        return None
    return tag, content[position : position + length], position + length
