"""From whatever was pasted or saved to header fields: headers alone, a whole message, an mbox, folding that was lost.

The rules for lines are those of Microsoft's analyser, whose users paste the same text here. Nothing raises, and the
time is linear in what is read, of which there is an end.
"""

import re
from binascii import a2b_base64
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

LONGEST = 16 * 1024 * 1024  # octets of header that are read; no server takes nearly as much


class Form(StrEnum):
    """What the input is."""

    NOTHING = "nothing"
    HEADERS = "headers"
    MESSAGE = "message"
    MBOX = "mbox"
    OUTLOOK = "outlook"  # an Outlook item (.msg), which is not mail as it travelled


class HeaderField(NamedTuple):
    """One field: its name as written, its value on one line, and the name in lower case.

    Text before the first field has no name.
    """

    name: str
    value: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The fields, newest first as they stand, and what was odd: `cut` says that there was more than LONGEST."""

    fields: tuple[HeaderField, ...] = ()
    form: Form = Form.NOTHING
    messages: int = 1
    folding_lost: bool = False
    cut: bool = False


_OUTLOOK_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NEXT_IN_MBOX = re.compile(rb"\n\r*\n(?=From \S[^\n]*\d\d:\d\d)")  # text may begin with "From", too
_EMPTY_LINE = re.compile(rb"\n\r*\n")
_CARRIAGE_RETURNS = re.compile(r"\r+\n?")


def read(source: bytes | str, *, message: int = 1) -> Reading:
    """Read the header of `source`; of an mbox that of its `message`th message, counted from 1."""
    octets = _octets(source)
    if octets.startswith(_OUTLOOK_MAGIC):
        return Reading(form=Form.OUTLOOK)
    octets = octets.lstrip(b" \t\r\n\0")
    messages, from_line = 1, octets.startswith(b"From ")
    if from_line:
        starts = [0, *(found.end() for found in _NEXT_IN_MBOX.finditer(octets))]
        messages = len(starts)
        octets = octets[starts[min(max(message, 1), messages) - 1] :].partition(b"\n")[2]
    end = _EMPTY_LINE.search(octets, 0, LONGEST + 2)
    head = octets[: end.start() if end is not None else LONGEST]
    text = _decoded(head).replace("\0", "").replace("\r\n", "\n")
    empty, rest = "", ""
    if "\r" in text or "\n\n" in text:  # NULs and lone CRs may have hidden where it ends
        text, empty, rest = _CARRIAGE_RETURNS.sub(_line_ends, text).partition("\n\n")
    fields, folding_lost = _fields(text)
    body = bool(rest.strip()) if empty else end is not None and end.end() < len(octets)
    if not any(field.name for field in fields):
        form = Form.NOTHING
    elif from_line:
        form = Form.MBOX
    else:
        form = Form.MESSAGE if body else Form.HEADERS
    return Reading(
        fields=fields,
        form=form,
        messages=messages,
        folding_lost=folding_lost,
        cut=end is None and len(octets) > LONGEST,
    )


def _octets(source: bytes | str) -> bytes:
    """UTF-8, whatever the editor saved: Notepad's "Unicode" is UTF-16 with a mark in front."""
    if isinstance(source, str):
        return source.encode("utf-8", "replace")
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return source[: 2 * LONGEST].decode("utf-16", "replace").encode("utf-8", "replace")
    return source.removeprefix(b"\xef\xbb\xbf")


def _line_ends(found: re.Match[str]) -> str:
    """CRLF, and CR CR LF as careless conversions make it, is one line end; a CR alone is one too."""
    return "\n" if found[0].endswith("\n") else "\n" * len(found[0])


def _decoded(head: bytes) -> str:
    try:
        return head.decode()
    except UnicodeDecodeError:
        return "\n".join(_line(line) for line in head.split(b"\n"))


def _line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # every octet is a letter of it


# A name begins with a letter: `16:20:05` and `2603:10a6::1` are pieces of folded values, and so are URLs.
_FIELD = re.compile(r"\n([A-Za-z][\w.-]*):(?!//|:)", re.ASCII)
_SIGNED_NAMES = re.compile(r"[\w.-]++(?::[\w.-]++)*[:;]?+[\w.=-]*+", re.ASCII)
_REPORT_PAIRS = re.compile(r"[A-Za-z]{1,7}:[^ ]*;")
_SIGNATURES = ("dkim-signature", "arc-message-signature")
_REPORTS = ("x-forefront-antispam-report", "x-microsoft-antispam")
_CONTINUED = frozenset(
    {
        *_SIGNATURES,
        *_REPORTS,
        *(f"{report}-untrusted" for report in _REPORTS),
        "x-microsoft-antispam-mailbox-delivery",
        "x-microsoft-antispam-message-info",
    }
)


def _fields(text: str) -> tuple[tuple[HeaderField, ...], bool]:
    """Part the text into fields, and say whether a continuation came without its white space."""
    before, *parts = _FIELD.split(f"\n{text.rstrip()}")
    found: list[HeaderField] = []
    lost = False
    name, key = "", ""
    value = [before] if before.strip() else []
    for further, content in zip(parts[::2], parts[1::2], strict=True):
        if key in _CONTINUED and _belongs(key, f"{further}:{content}".partition("\n")[0]):
            value.append(f"{further}:{content}")
            lost = True
            continue
        if value:
            found.append(HeaderField(name, _glued(value), key))
        name, key, value = further, further.lower(), [content]
        if "\n" in content:
            lost = lost or content.count("\n") > content.count("\n ") + content.count("\n\t")
    if value:
        found.append(HeaderField(name, _glued(value), key))
    return tuple(found), lost


def _glued(value: list[str]) -> str:
    """On one line, a space where each line ended."""
    text = value[0] if len(value) == 1 else "\n".join(value)
    return " ".join([line.strip() for line in text.split("\n")]).strip() if "\n" in text else text.strip()


def _belongs(name: str, line: str) -> bool:
    """Does a line that looks like a field go on with the one before, its white space lost?

    A signature's list of names (`Message-ID:Content-Type:MIME-Version;`) does, and a report's pairs (`SFV:SPM;H:a;`).
    """
    if name in _SIGNATURES:
        return _SIGNED_NAMES.fullmatch(line) is not None and not line.endswith("=")
    return _REPORT_PAIRS.match(line) is not None


# --- encoded words, RFC 2047 ----------------------------------------------------------------------------------------

# Only charsets that mail uses: a name from a stranger must not choose among all of Python's codecs (some inflate).
_CHARSETS = {
    "big5": "big5hkscs",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252",
    "us-ascii": "cp1252",
    **{name: name for name in ("utf-8", "gb18030", "shift_jis", "iso-2022-jp", "euc-jp", "euc-kr", "koi8-r", "koi8-u")},
    **{f"iso-8859-{part}": f"iso-8859-{part}" for part in range(2, 17) if part != 12},
    **{f"windows-{page}": f"cp{page}" for page in (874, *range(1250, 1259))},
}
_WORD = re.compile(r"=\?([\w.-]{1,40})(?:\*[\w-]{1,20})?\?([bqBQ])\?([^? ]{0,1000})\?=", re.ASCII)
_LONGEST_ENCODED = 64 * 1024
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")


def decoded(value: str) -> str:
    """The value with its encoded words read; one that cannot be read stays as it is."""
    if "=?" not in value or len(value) > _LONGEST_ENCODED:
        return value
    return "".join(_runs(value))


def _runs(value: str) -> Iterator[str]:
    """Plain text and decoded words in turn. Neighbours of one charset are joined first: letters may span them."""
    charset, octets, end = "", b"", 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        end = found.end()
        codec = _CHARSETS.get(found[1].lower(), "")
        raw = _raw(found[2], found[3]) if codec else None
        if raw is not None and codec == charset and not between.strip():
            octets += raw
            continue
        yield octets.decode(charset, "replace") if charset else ""
        # White space between two encoded words is not part of the text (RFC 2047 §6.2).
        yield between if between.strip() or not charset or raw is None else ""
        charset, octets = (codec, raw) if raw is not None else ("", b"")
        if raw is None:
            yield found[0]
    yield octets.decode(charset, "replace") if charset else ""
    yield value[end:]


def _raw(kind: str, text: str) -> bytes | None:
    octets = text.encode("utf-8")
    if kind in "qQ":
        return _HEX.sub(lambda it: bytes([int(it[1], 16)]), octets.replace(b"_", b" "))
    try:
        return a2b_base64(octets + b"=" * (-len(octets) % 4))
    except ValueError:
        return None
