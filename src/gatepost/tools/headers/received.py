"""One Received line, whoever wrote it: its clauses outside comments (RFC 5321 §4.4), its date, and its maker.

Everything in it but the writer's own words may be a stranger's: what the client called itself stands in the same line.
Hence addresses are taken only from the places where servers write them, and nothing is taken for an address that
merely looks like one (a version 8.17.1.9, a date 2026.07.01). Nothing raises.
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from .dates import Moment, read_date
from .owners import GOOGLE, MICROSOFT, owner_of
from .tls import Tls, read_tls

LONGEST = 8192  # characters of a line that are read; the last ones among them, for the date stands there
_TAIL = 1024


class Product(StrEnum):
    """The maker of the server that wrote a line."""

    AMAZON_SES = "Amazon SES"
    EXCHANGE = "Exchange Server"
    EXCHANGE_ONLINE = "Exchange Online"
    EXIM = "Exim"
    GATEPOST = "Gatepost"
    GMAIL = "Gmail"
    HARAKA = "Haraka"
    IIS = "IIS"
    MIMECAST = "Mimecast"
    OPENSMTPD = "OpenSMTPD"
    POSTFIX = "Postfix"
    PROOFPOINT = "Proofpoint"
    QMAIL = "qmail"
    SENDMAIL = "sendmail"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A line as read; what it does not tell is empty.

    `from_` is all that it says of the client; `hello` what the client called itself, `name` what the writer looked up
    for the client's `address`. `by` is as written, `host` the writer's name alone. `local` is a line about a message
    that came from a program on the same machine. `moment` is None where no date can be read.
    """

    from_: str = ""
    hello: str = ""
    name: str = ""
    address: str = ""
    by: str = ""
    host: str = ""
    with_: str = ""
    id: str = ""
    for_: str = ""
    via: str = ""
    envelope_from: str = ""
    moment: Moment | None = None
    tls: Tls
    product: Product = Product.UNKNOWN
    local: bool = False


# A clause word stands alone: `by` in "mail.by" and `id` in "mx.id" are country domains. `tls` is Exim's and Haraka's.
_CLAUSE = re.compile(r"(?<!\S)(from|by|with|id|for|via|tls)(?:\s+|$)", re.I)
_PAREN = re.compile(r"\\.|[()]")
_PLACE = re.compile(r"\x00(\d+)\x00")
# A client that greets as `by` or `with`: "from by (host [192.0.2.1]) by mx.example …".
_HELLO_IS_A_WORD = re.compile(r"^\s*from\s+(by|with|id|for|via|tls)\s+\x00", re.I)


def read_received(value: str) -> Received:
    """Read the value of a Received field."""
    text = " ".join(value.replace("\0", " ").split())
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - _TAIL]} {text[-_TAIL:]}"
    bare, comments = _without_comments(text)
    head, moment = _dated(bare, comments)
    clauses = _clauses(head)
    source, writer = clauses.get("from", ""), clauses.get("by", "")
    hello = _first(source)
    from_, seen = _client(source, comments)
    protocol = _words(clauses.get("with", ""))
    by, host = _words(writer), _first(writer)
    local = False
    for comment in comments:
        if comment.startswith(("qmail ", "Postfix, from userid")):
            by = f"{by} ({comment})".strip()
            local = "network" not in comment
    product = _product(host, protocol, comments)
    hello, name, address = _known_as(hello, seen)
    if product is Product.EXIM:
        hello, name = _as_exim_has_it(hello, seen)
    return Received(
        from_=from_,
        hello=hello,
        name=name,
        address=address,
        by=by,
        host=host.strip("[].,;").lower(),
        with_=protocol,
        id=_first(clauses.get("id", "")),
        for_=_first(clauses.get("for", "")).strip("<>,"),
        via=_words(clauses.get("via", "")),
        envelope_from=_envelope_from(text),
        moment=moment,
        tls=read_tls(protocol, comments, _first(clauses.get("tls", ""))),
        product=product,
        local=local or protocol.lower() in ("local", "mapi"),
    )


# --- taking the line apart ------------------------------------------------------------------------------------------


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Put a numbered mark in the place of each outermost comment; an unclosed one reaches to the end."""
    bare: list[str] = []
    comments: list[str] = []
    depth, position, opened = 0, 0, 0
    for found in _PAREN.finditer(text):
        match found.group():
            case "(":
                if depth == 0:
                    bare.append(text[position : found.start()])
                    opened = found.end()
                depth += 1
            case ")" if depth == 1:
                bare.append(f" \0{len(comments)}\0 ")
                comments.append(text[opened : found.start()])
                depth, position = 0, found.end()
            case ")" if depth > 1:
                depth -= 1
            case _:
                pass  # a quoted pair, or a parenthesis that closes nothing
    if depth == 0:
        bare.append(text[position:])
    else:
        comments.append(text[opened:])
    return "".join(bare), comments


_WEEKDAY = re.compile(r"\s(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s", re.I)
_NUMBERED_DAY = re.compile(r"\s\d{4}-\d{1,2}-\d{1,2}")


def _dated(bare: str, comments: list[str]) -> tuple[str, Moment | None]:
    """What stands before the date, and the date.

    It stands behind the last semicolon; where something else does (`; envelope-from=…`), behind the one before; and
    where there is no semicolon, it begins with a weekday or a year.
    """
    head, semicolon, tail = bare.rpartition(";")
    for _ in range(3):
        if not semicolon:
            break
        if (moment := _date(tail, comments)) is not None:
            return head, moment
        further, semicolon, before = head.rpartition(";")
        if semicolon:
            head, tail = further, before
    if ";" in bare:
        return bare.partition(";")[0], None
    start = _WEEKDAY.search(f" {bare}") or _NUMBERED_DAY.search(f" {bare}")
    if start is None:
        return bare, None
    return bare[: start.start()], _date(bare[start.start() :], comments)


def _date(text: str, comments: list[str]) -> Moment | None:
    """A zone that stands in a comment only, as in `(PDT)`, counts where no other is told."""
    moment = read_date(_words(text))
    if moment is None or moment.zoned or (place := _PLACE.search(text)) is None:
        return moment
    return read_date(f"{_words(text)} {comments[int(place[1])]}")


def _clauses(head: str) -> dict[str, str]:
    """Clause word to content. A clause that comes again is added behind a semicolon, as Microsoft's analyser does."""
    name = _HELLO_IS_A_WORD.match(head)
    skip = name.end(1) if name is not None else 0
    parts = _CLAUSE.split(head[skip:])
    clauses: dict[str, str] = {"from": f"{name[1]} {parts[0]}"} if name is not None else {}
    for word, content in zip(parts[1::2], parts[2::2], strict=True):
        key, content = word.lower(), content.strip()
        if key not in clauses:
            clauses[key] = content
        elif len(clauses[key]) < LONGEST:
            clauses[key] = f"{clauses[key]}; {content}"
    return clauses


def _words(clause: str) -> str:
    return " ".join((_PLACE.sub(" ", clause) if "\0" in clause else clause).split())


def _first(clause: str) -> str:
    return _words(clause).partition(" ")[0].rstrip(";")


# --- who handed it over ---------------------------------------------------------------------------------------------

_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})(?:%[\w.-]+)?\]", re.I)
_BEFORE_LITERAL = re.compile(r"(?:(?:HELO|EHLO)\s+\S+\s+)?(?:[\w.+-]+@)?([A-Za-z0-9._-]+)\s*\[", re.I)
_GREETING = re.compile(r"(?:HELO|EHLO)\s+(\S+)", re.I)
_SAID_HELO = re.compile(r"(?:^|\s)helo=(\S+)", re.I)
_ENVELOPE = re.compile(r"envelope-from[ =]<?([^\s<>;()]*)", re.I)
_NO_NAME = frozenset({"", "unknown", "nxdomain", "dnserror"})
_MOST_SEEN = 4


def _client(source: str, comments: list[str]) -> tuple[str, list[str]]:
    """All that the line says of the client, and the comments where the writer tells what it saw itself.

    It is the first comment, but qmail's second: `unknown (HELO name) (192.0.2.1)`.
    """
    words = _words(source)
    seen = [comments[int(found[1])] for found in _PLACE.finditer(source)][:_MOST_SEEN]
    if not seen:
        return words, seen
    shown = seen[:2] if _GREETING.match(seen[0]) else seen[:1]
    return " ".join([words, *(f"({comment})" for comment in shown)]).strip(), seen


def _known_as(hello: str, seen: list[str]) -> tuple[str, str, str]:
    """What the client called itself, its looked-up name and its address."""
    name = ""
    for comment in seen:
        if (greeting := _GREETING.match(comment)) is not None:
            hello, name = greeting[1], hello
        if (found := _LITERAL.search(comment)) is not None:
            before = _BEFORE_LITERAL.match(comment)
            name = before[1] if before is not None else name
            return hello, _name(name), _address(found[1])
        alone = _address(comment.strip("[]").partition("%")[0])  # Exchange and qmail: (203.0.113.9)
        if alone:
            return hello, _name(name), alone
    literal = _LITERAL.fullmatch(hello)
    return hello, _name(name), _address(literal[1] if literal is not None else hello)


def _name(text: str) -> str:
    lower = text.lower().rstrip(".")
    return "" if lower in _NO_NAME else lower


def _as_exim_has_it(hello: str, seen: list[str]) -> tuple[str, str]:
    """Exim puts the looked-up name first, and what the client said into `helo=` where it differs."""
    said = _SAID_HELO.search(seen[0]) if seen else None
    looked_up = hello.lower() if "." in hello and not hello.startswith("[") else ""
    return (said[1] if said is not None else hello), looked_up


@lru_cache(maxsize=1024)  # the few hosts that much mail comes from
def _address(text: str) -> str:
    """The address in its plain form, or nothing."""
    if not text[:1].isalnum() and not text.startswith(":"):
        return ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _envelope_from(text: str) -> str:
    found = _ENVELOPE.search(text) if "nvelope-" in text or "NVELOPE-" in text else None
    return "" if found is None else found[1]


# --- who wrote it ---------------------------------------------------------------------------------------------------

# What a maker writes into a comment of its own (never the client's: that one stands first, behind `from`).
_SIGNED = (
    ("Postfix", Product.POSTFIX),
    ("Exim", Product.EXIM),
    ("Haraka", Product.HARAKA),
    ("OpenSMTPD", Product.OPENSMTPD),
    ("qmail ", Product.QMAIL),
)
# Whose servers write without a name of their own.
_HOUSES = {
    "Proofpoint": Product.PROOFPOINT,
    "Mimecast": Product.MIMECAST,
    "Amazon SES": Product.AMAZON_SES,
    GOOGLE: Product.GMAIL,
}
_SENDMAIL = re.compile(r"\d+\.\d+(?:\.\d+)*(?:[+-]\w+)?/\d+\.\d+")


def _product(host: str, protocol: str, comments: list[str]) -> Product:
    if protocol.startswith("Microsoft SMTPSVC"):
        return Product.IIS
    owner = owner_of(host)
    if owner == MICROSOFT:
        return Product.EXCHANGE_ONLINE
    if protocol.startswith(("Microsoft SMTP Server", "mapi")):
        return Product.EXCHANGE
    if (product := _HOUSES.get(owner)) is not None:
        return product
    for comment in comments:
        for sign, maker in _SIGNED:
            if comment.startswith(sign):
                return maker
        if _SENDMAIL.match(comment):
            return Product.SENDMAIL
    return Product.UNKNOWN
