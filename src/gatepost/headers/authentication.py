"""Who vouched for the message: Authentication-Results, ARC, DKIM, Received-SPF (RFC 8601, 8617, 6376, 7208).

Microsoft writes its results without the name of the server that checked; both forms are read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .meanings import MEANINGS, known
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

    @property
    def meanings(self) -> tuple[Note, ...]:
        """What the result says, if anything is known."""
        notes = known(f"{self.method}.{self.result}")
        if self.method == "compauth" and (reason := self.properties.get("reason", "")):
            notes += known(_reason_code(reason))
        if self.method == "dmarc" and (action := self.properties.get("action", "")):
            notes += known(f"action.{action}")
        return notes


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
_KEPT_TAGS = frozenset({"v", "a", "c", "d", "s", "i", "t", "x", "q", "cv", "h"})  # b and bh tell a reader nothing


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


_NEWEST = ("authentication-results", "x-ms-exchange-authentication-results")


def failed_methods(fields: Iterable[HeaderField]) -> set[str]:
    """What failed in the eyes of the server that took the message last. Some write a header for each method."""
    newest: str | None = None
    failed: set[str] = set()
    for one in fields:
        if one.key not in _NEWEST or _PROPERTY.search(one.value, 0, _LONGEST) is None:
            continue
        head = one.value[:_LONGEST].partition(";")[0]
        server = "" if "=" in head else head.partition(" ")[0].lower()
        if newest is None:
            newest = server
        elif server != newest:
            continue
        if "fail" in one.value[:_LONGEST].lower():  # most mail need not be taken apart for it
            failed |= {result.method for result in _results(one).results if result.result == "fail"}
        if not server:  # Microsoft's, which name none: another one may be of an organization before
            break
    return failed


_LOOSE = re.compile(r" {1,9}([./]) {1,9}")  # comments may stand around a dot or a slash (RFC 8601 §2.2)
# A method may have a version: `dkim/1=pass`.
_PROPERTY = re.compile(r'([A-Za-z][\w.-]{0,60}+)(?:/\d{1,3})?[ \t]{0,5}=[ \t]{0,5}("[^"]{0,500}"|[^\s"]{1,1000})')
# Quoted text, comments without another one in them, and what stands between statements; that is nearly every header.
_SIMPLE = re.compile(r'("[^"\\]*"|\([^()"\\]*\)|;)')
_LEFT_OVER = re.compile(r'["()\\]')
_MARK = re.compile(r'\\.|[()";]')


def _statements(value: str) -> list[tuple[str, str]]:
    """Parts between semicolons outside quotes and comments, each with its comments taken out and kept."""
    text = value[:_LONGEST]
    pieces = _SIMPLE.split(text)
    if _LEFT_OVER.search("".join(pieces[::2])) is not None:
        return _counted(text)
    parts: list[tuple[str, str]] = []
    bare, comment = pieces[0], ""
    for separator, following in zip(pieces[1::2], pieces[2::2], strict=True):
        if separator == ";":
            parts.append((bare.strip(), comment.strip()))
            bare, comment = following, ""
        elif separator[0] == "(":
            comment = f"{comment} {separator[1:-1]}" if comment else separator[1:-1]
            bare = f"{bare} {following}"
        else:
            bare = f"{bare}{separator}{following}"
    parts.append((bare.strip(), comment.strip()))
    return parts[:_MOST]


def _counted(text: str) -> list[tuple[str, str]]:
    """The same for quoted pairs, comments in comments, and quotes or parentheses that nobody closes."""
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
                parts.append((" ".join(bare).strip(), " ".join(comments).strip()))
                bare, comments, position = [], [], found.end()
            case _:
                pass
    bare.append("" if depth else text[position:])
    parts.append((" ".join(bare).strip(), " ".join(comments).strip()))
    return parts[:_MOST]


def _results(header: HeaderField) -> Vouched:
    server, instance = "", 0
    results: list[Result] = []
    for number, (text, comment) in enumerate(_statements(header.value)):
        pairs = _PROPERTY.findall(_LOOSE.sub(r"\1", text) if " . " in text or " / " in text else text)
        if number < 2 and not results and text.startswith("i=") and text[2:].strip().isdecimal():
            instance = min(int(text[2:].strip()[:4]), 9999)
        elif not pairs:
            if not results and not server:
                server = text.partition(" ")[0]
        else:
            (method, said), *further = pairs
            properties = {key.lower(): content.strip('"') for key, content in further}
            results.append(
                Result(method=method.lower(), result=said.strip('"').lower(), comment=comment, properties=properties)
            )
    return Vouched(header=header.name, server=server, instance=instance, results=tuple(results))


def _reason_code(reason: str) -> str:
    """Some reasons have a meaning of their own, others that of their first digit."""
    return f"reason.{reason}" if f"reason.{reason}" in MEANINGS else f"reason.{reason[:1]}xx"


_TAG = re.compile(r"(?:^|;)\s*+([A-Za-z]\w{0,20})\s*+=([^;]*)", re.ASCII)


def _signature(header: HeaderField) -> Vouched:
    tags: dict[str, str] = {}
    for key, content in _TAG.findall(header.value[:_LONGEST])[:_MOST]:
        tag = key.lower()
        if tag in _KEPT_TAGS and tag not in tags:
            tags[tag] = "".join(content.split())
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
        results=(Result(method="spf", result=said.lower(), comment=comment),),
        tags=tags,
    )
