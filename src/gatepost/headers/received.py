"""One Received line, whoever wrote it: its clauses outside comments (RFC 5321 §4.4), its date, and its maker.

Everything in it but the writer's own words may be a stranger's: what the client called itself stands in the same line.
Hence addresses are taken only from the places where servers write them, and nothing is taken for an address that
merely looks like one (a version 8.17.1.9, a date 2026.07.01). Nothing raises.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from gatepost.mail import TraceMark

from .comments import without_comments
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
_CLAUSES = frozenset({"from", "by", "with", "id", "for", "via", "tls"})
_EMPTY: tuple[str, ...] = ()
_NO_MARKS: Mapping[str, TraceMark] = {}


def read_received(value: str, marks: Mapping[str, TraceMark] = _NO_MARKS) -> Received:
    """Read the value of a Received field. `marks` are those of the same header by queue id: they tell our own lines."""
    text = " ".join(value.replace("\0", " ").split())
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - _TAIL]} {text[-_TAIL:]}"
    bare, comments = without_comments(text)
    head, moment = _dated(bare, comments)
    clauses, seen = _clauses(head.split(), comments)
    source, writer = clauses.get("from", _EMPTY), clauses.get("by", _EMPTY)
    protocol = _words(clauses.get("with", _EMPTY))
    by, host = _words(writer), _first(writer)
    # Only where no client is named: what a client calls itself may look like a comment.
    for comment in comments if not source else ():
        if comment.startswith(("qmail ", "Postfix, from userid")):
            by = f"{by} ({comment})".strip()
    host, queue_id = host.strip("[].,;").lower(), _first(clauses.get("id", _EMPTY))
    signed = queue_id in marks and marks[queue_id].relay.lower() == host
    product = Product.GATEPOST if signed else _product(host, protocol, comments)
    hello, name, address = _known_as(_first(source), seen)
    if product is Product.EXIM:
        hello, name = _as_exim_has_it(hello, seen)
    return Received(
        from_=_client(_words(source), seen),
        hello=hello,
        name=name,
        address=address,
        by=by,
        host=host,
        with_=protocol,
        id=queue_id,
        for_=_first(clauses.get("for", _EMPTY)).strip("<>,"),
        via=_words(clauses.get("via", _EMPTY)),
        envelope_from=_envelope_from(text),
        moment=moment,
        tls=_tls(protocol, comments, clauses.get("tls", _EMPTY)),
        product=product,
        local=_is_local(protocol, product, comments, seen if source else None),
    )


# --- taking the line apart ------------------------------------------------------------------------------------------

_WEEKDAY = re.compile(r"\s(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s", re.I)
_NUMBERED_DAY = re.compile(r"\s\d{4}-\d{1,2}-\d{1,2}")
_MARK = re.compile(r"\x00(\d+)\x00")


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
    if "\0" not in text:
        return read_date(text)
    told = _MARK.sub("", text)
    moment = read_date(told)
    if moment is None or moment.zoned or (mark := _MARK.search(text)) is None:
        return moment
    return read_date(f"{told} {comments[int(mark[1])]}")


def _clauses(head: list[str], comments: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Clause word to the words behind it, and the comments that stand behind `from`.

    A clause that comes again is added behind a semicolon, as at Microsoft's. A client may greet as `by` or `with`: in
    "from by (host [192.0.2.1]) by mx.example" the comment tells.
    """
    clauses: dict[str, list[str]] = {}
    seen: list[str] = []
    clause = ""
    content: list[str] = []  # what stands before the first clause is nobody's
    hello = 1 if len(head) > 2 and head[0].lower() == "from" and head[2][0] == "\0" else -1
    for place, word in enumerate(head):
        if word[0] == "\0":
            if clause == "from":
                seen.append(comments[int(word[1:-1])])
        elif (key := word.lower()) not in _CLAUSES or place == hello:
            content.append(word)
        else:
            clause = key
            content = clauses.setdefault(clause, [])
            if content:
                content.append(";")
    return clauses, seen[:_MOST_SEEN]


def _words(clause: Sequence[str]) -> str:
    return " ".join(clause).replace(" ;", ";")


def _first(clause: Sequence[str]) -> str:
    return clause[0].rstrip(";") if clause else ""


def _tls(protocol: str, comments: list[str], clause: Sequence[str]) -> Tls:
    """Exim's and Haraka's `tls` names a cipher; OpenSMTPD once wrote there what others write into a comment."""
    cipher = _first(clause)
    if cipher.startswith("version="):
        return read_tls(protocol, [*comments, " ".join(clause)])
    return read_tls(protocol, comments, cipher)


# --- who handed it over ---------------------------------------------------------------------------------------------

_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]{2,45})(?:%[\w.-]+)?\]", re.I)
_BEFORE_LITERAL = re.compile(r"(?:(?:HELO|EHLO)\s+\S+\s+)?(?:[\w.+-]+@)?([A-Za-z0-9._-]+)\s*\[", re.I)
_GREETING = re.compile(r"(?:HELO|EHLO)\s+(\S+)", re.I)
_QUOTED_GREETING = re.compile(r'"(?:HELO|EHLO)\s+([^\s"]+)"', re.I)  # ZMailer
_ADDRESS_FIRST = re.compile(r"(\[[^\s\]]+\])\s+(?=\[)")  # Haraka's first: "name ([10.0.0.7] [192.0.2.1])"
_LOCAL_CLIENT = re.compile(r"[\w.-]+ \[local\]")
# qmail's, Postfix's and sendmail's words for a message that a command of theirs took.
_LOCAL_SIGN = re.compile(r"qmail \d+ invoked (?!from network)|Postfix, from userid|from \S+@localhost$")
_SAID_HELO = re.compile(r"(?:^|\s)helo=(\S+)", re.I)
_ENVELOPE = re.compile(r"envelope-from[ =]<?([^\s<>;()]*)", re.I)
_NO_NAME = frozenset({"", "unknown", "nxdomain", "dnserror"})
_MOST_SEEN = 4


def _client(told: str, seen: list[str]) -> str:
    """All that the line says of the client: `told` by itself, and what the writer saw, which stands in a comment.

    It is the first comment, but qmail's second: `unknown (HELO name) (192.0.2.1)`.
    """
    if not seen:
        return told
    shown = seen[:2] if _GREETING.match(seen[0]) else seen[:1]
    return " ".join([told, *(f"({comment})" for comment in shown)]).strip()


def _known_as(hello: str, seen: list[str]) -> tuple[str, str, str]:
    """What the client called itself, its looked-up name and its address."""
    name = ""
    for comment in seen:
        if (greeting := _GREETING.match(comment)) is not None:
            hello, name = greeting[1], hello
        elif (greeting := _ADDRESS_FIRST.match(comment)) is not None:
            hello, name, comment = greeting[1], hello, comment[greeting.end() :]
        elif '"' in comment and (greeting := _QUOTED_GREETING.search(comment)) is not None:
            hello = greeting[1]
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


def _is_local(protocol: str, product: Product, comments: list[str], seen: list[str] | None) -> bool:
    """Did it come from a program on the same machine? `seen` is None where no client is named at all.

    Much is believed of such a line, so that what a client may have written itself counts for nothing.
    """
    if protocol.lower() in ("local", "mapi"):
        return True
    if seen is not None:
        return product is Product.OPENSMTPD and bool(seen) and _LOCAL_CLIENT.fullmatch(seen[0]) is not None
    return any(_LOCAL_SIGN.match(comment) for comment in comments)


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
