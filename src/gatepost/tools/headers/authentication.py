"""Who vouched for the message: Authentication-Results, ARC, DKIM, Received-SPF (RFC 8601, 8617, 6376, 7208).

Microsoft writes its results without the name of the server that checked; both forms are read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .meanings import MEANINGS
from .notes import Note
from .reading import HeaderField

_MOST = 50  # results or tags of one header; headers of one message
_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check: `method` (spf, dkim, dmarc, arc, compauth …), `result` in lower case, and its properties."""

    method: str
    result: str
    comment: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    meanings: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """One header: `server` is who checked, if it says so; `instance` the number in an ARC chain, 0 elsewhere.

    `tags` are a signature's or seal's own (d, s, a, cv …), and Received-SPF's.
    """

    header: str
    server: str = ""
    instance: int = 0
    results: tuple[Result, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


_RESULTS = (
    "authentication-results",
    "authentication-results-original",
    "arc-authentication-results",
    "x-ms-exchange-authentication-results",
)
_SIGNATURES = ("dkim-signature", "arc-message-signature", "arc-seal")
_KEPT_TAGS = ("v", "a", "c", "d", "s", "i", "t", "x", "q", "cv", "h")  # b and bh tell a reader nothing


def read_authentication(fields: Iterable[HeaderField]) -> tuple[Vouched, ...]:
    """All such headers as they stand, newest first."""
    found: list[Vouched] = []
    for one in fields:
        name = one.key
        if len(found) >= _MOST:
            break
        if name in _RESULTS:
            found.append(_results(one))
        elif name in _SIGNATURES:
            found.append(_signature(one))
        elif name == "received-spf":
            found.append(_received_spf(one))
    return tuple(found)


_MARK = re.compile(r'\\.|[()";]')
_PROPERTY = re.compile(r'([A-Za-z][\w.-]{0,60}+)[ \t]{0,5}=[ \t]{0,5}("[^"]{0,500}"|[^\s"]{1,1000})')


def _statements(value: str) -> list[tuple[str, str]]:
    """Parts between semicolons outside quotes and comments, each with its comments taken out and kept."""
    text = value[:_LONGEST]
    parts: list[tuple[str, str]] = []
    bare: list[str] = []
    comments: list[str] = []
    depth, position, quoted = 0, 0, False
    for found in _MARK.finditer(text):
        match found[0]:
            case '"' if not depth:
                quoted = not quoted
            case _ if quoted:
                pass
            case "(":
                if not depth:
                    bare.append(text[position : found.start()])
                    position = found.end()
                depth += 1
            case ")" if depth:
                depth -= 1
                if not depth:
                    comments.append(text[position : found.start()])
                    position = found.end()
            case ";" if not depth:
                bare.append(text[position : found.start()])
                parts.append((" ".join(bare).strip(), " ".join(comments)))
                bare, comments, position = [], [], found.end()
            case _:
                pass
    bare.append("" if depth else text[position:])
    parts.append((" ".join(bare).strip(), " ".join(comments)))
    return parts[:_MOST]


def _results(header: HeaderField) -> Vouched:
    server, instance = "", 0
    results: list[Result] = []
    for number, (text, comment) in enumerate(_statements(header.value)):
        pairs = _PROPERTY.findall(text)
        if number < 2 and not results and text.startswith("i=") and text[2:].strip().isdecimal():
            instance = min(int(text[2:].strip()[:4]), 9999)
        elif not pairs:
            if not results and not server:
                server = text.partition(" ")[0]
        else:
            (method, said), *further = pairs
            properties = {key.lower(): content.strip('"') for key, content in further}
            results.append(_result(method.lower(), said.strip('"').lower(), comment, properties))
    return Vouched(header=header.name, server=server, instance=instance, results=tuple(results))


def _result(method: str, said: str, comment: str, properties: dict[str, str]) -> Result:
    codes = [f"{method}.{said}"]
    if method == "compauth" and (reason := properties.get("reason", "")):
        codes.append(_reason_code(reason))
    if method == "dmarc" and (action := properties.get("action", "")):
        codes.append(f"action.{action}")
    meanings = tuple(Note(code) for code in codes if code in MEANINGS)
    return Result(method=method, result=said, comment=comment, properties=properties, meanings=meanings)


def _reason_code(reason: str) -> str:
    """Some reasons have a meaning of their own, others that of their first digit."""
    return f"reason.{reason}" if f"reason.{reason}" in MEANINGS else f"reason.{reason[:1]}xx"


def _signature(header: HeaderField) -> Vouched:
    tags: dict[str, str] = {}
    for part in header.value[:_LONGEST].split(";")[:_MOST]:
        key, _, content = part.partition("=")
        key = key.strip().lower()
        if key in _KEPT_TAGS:
            tags.setdefault(key, "".join(content.split()))
    number = tags.get("i", "") if header.key.startswith("arc-") else ""
    instance = int(number) if re.fullmatch(r"\d{1,4}", number, re.ASCII) else 0
    return Vouched(header=header.name, instance=instance, tags=tags)


def _received_spf(header: HeaderField) -> Vouched:
    (text, comment), *others = _statements(header.value)
    said, _, rest = text.partition(" ")
    tags = {key.lower(): content.strip('"') for key, content in _PROPERTY.findall(rest)}
    for part, _ in others:
        tags.update((key.lower(), content.strip('"')) for key, content in _PROPERTY.findall(part))
    return Vouched(
        header=header.name,
        server=tags.get("receiver", ""),
        results=(_result("spf", said.lower(), comment, {}),),
        tags=tags,
    )
