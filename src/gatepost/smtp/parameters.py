"""ESMTP parameters of MAIL and RCPT: strict, because they travel on to other servers and into reports."""

import re

from gatepost.mail import BodyKind, Notify

_KEYWORD = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")  # RFC 3461 §4
_HEX = re.compile(r"\+([0-9A-F]{2})")
_DIGITS = re.compile(r"[0-9]{1,20}")
_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9-]{1,32}")

MAX_ENVID = 100  # RFC 3461 §5.4, decoded
MAX_ORCPT = 500  # RFC 3461 §5.4, decoded


class BadParameter(ValueError):
    """A parameter that we know has a value that it cannot have."""


class UnknownParameter(ValueError):
    """A parameter that no extension of ours defines: RFC 5321 §4.1.1.11 wants 555."""


def split_parameters(text: str, known: frozenset[str]) -> dict[str, str | None]:
    """`SIZE=10 BODY=8BITMIME SMTPUTF8` as a mapping; raises BadParameter, UnknownParameter."""
    parameters: dict[str, str | None] = {}
    for word in text.split(" "):
        if not word:
            continue
        keyword, equals, value = word.partition("=")
        keyword = keyword.upper()
        if not _KEYWORD.fullmatch(keyword) or keyword in parameters or (equals and not value):
            raise BadParameter(keyword)
        if keyword not in known:
            raise UnknownParameter(keyword)
        parameters[keyword] = value if equals else None
    return parameters


def flag(words: dict[str, str | None], keyword: str) -> bool:
    """Whether a keyword that takes no value is there."""
    if words.get(keyword) is not None:
        raise BadParameter(keyword)
    return keyword in words


def number(value: str | None) -> int:
    """ASCII digits only: `int()` would take `1_0`, `+5` and Arabic digits (hazard F7)."""
    if value is None or not _DIGITS.fullmatch(value):
        raise BadParameter("number")
    return int(value)


def is_xtext(value: str, limit: int) -> bool:
    """Whether this is xtext that decodes to printable ASCII of at most `limit` characters."""
    if len(value) > 3 * limit or not _XTEXT.fullmatch(value):
        return False
    decoded = _HEX.sub(lambda found: chr(int(found[1], 16)), value)
    return len(decoded) <= limit and decoded.isascii() and decoded.isprintable()


def decode_xtext(value: str) -> str | None:
    """The text behind xtext, or None when it is none or hides control characters."""
    if not _XTEXT.fullmatch(value):
        return None
    decoded = _HEX.sub(lambda found: chr(int(found[1], 16)), value)
    return decoded if decoded.isprintable() else None


def body_kind(value: str | None) -> BodyKind:
    try:
        return BodyKind((value or "").upper())
    except ValueError:
        raise BadParameter("BODY") from None


def ret(value: str | None) -> str:
    word = (value or "").upper()
    if word not in ("FULL", "HDRS"):
        raise BadParameter("RET")
    return word


def envid(value: str | None) -> str:
    if not value or not is_xtext(value, MAX_ENVID):
        raise BadParameter("ENVID")
    return value


def auth_identity(value: str | None) -> None:
    """AUTH= of MAIL (RFC 4954 §5) is checked and forgotten: we trust nobody's word about a third party."""
    if not value or not (value == "<>" or is_xtext(value, MAX_ORCPT)):
        raise BadParameter("AUTH")


def notify(value: str | None) -> tuple[Notify, ...]:
    """NEVER stands alone (RFC 3461 §4.1)."""
    try:
        words = tuple(dict.fromkeys(Notify(word) for word in (value or "").upper().split(",")))
    except ValueError:
        raise BadParameter("NOTIFY") from None
    if Notify.NEVER in words and len(words) > 1:
        raise BadParameter("NOTIFY")
    return words


def orcpt(value: str | None, *, smtputf8: bool) -> str:
    """`rfc822;b@example.com`; with SMTPUTF8 also `utf-8;…` with the characters themselves (RFC 6533 §3)."""
    kind, semicolon, address = (value or "").partition(";")
    if not semicolon or not address or not _ADDRESS_TYPE.fullmatch(kind):
        raise BadParameter("ORCPT")
    if not address.isascii():
        if not smtputf8 or kind.lower() != "utf-8" or len(address.encode()) > MAX_ORCPT or "=" in address:
            raise BadParameter("ORCPT")
    elif not is_xtext(address, MAX_ORCPT):
        raise BadParameter("ORCPT")
    return f"{kind};{address}"
