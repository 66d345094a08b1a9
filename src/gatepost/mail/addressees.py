"""Whom the header says a message is for: the addresses of To, Cc and Bcc, groups among them (RFC 5322 §3.4).

Read where a server sends by the header instead of the envelope: what cannot be read for certain is refused.
"""

from .address import Address, BadAddress, parse_mailbox
from .authors import pieces

MAX_ADDRESSEES_FIELD = 64 * 1024  # octets of one field


class BadAddressees(ValueError):
    """A field that does not say for certain whom it names; the argument says why, in words for an operator."""


def read_addressees(field: bytes) -> tuple[Address, ...]:
    """The addresses in the value of a To, Cc or Bcc field; raises BadAddressees.

    >>> [str(it) for it in read_addressees(b'Anna <anna@contoso.com>, Staff: bob@contoso.com, eve@contoso.com;')]
    ['anna@contoso.com', 'bob@contoso.com', 'eve@contoso.com']
    >>> read_addressees(b"undisclosed-recipients:;")
    ()
    """
    if len(field) > MAX_ADDRESSEES_FIELD:
        raise BadAddressees(f"is longer than {MAX_ADDRESSEES_FIELD} octets")
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError:
        raise BadAddressees("is neither ASCII nor UTF-8") from None
    found: dict[Address, None] = {}
    angle: str | None = None
    words, grouped = "", False
    for piece in (*pieces(text), ","):
        if piece in (",", ";"):
            if piece == ";" and not grouped:
                raise BadAddressees("ends a group that has not begun")
            spec = words.strip() if angle is None else angle
            if spec:
                found[_address(spec)] = None
            angle, words, grouped = None, "", grouped and piece == ","
        elif piece.startswith("<") and piece.endswith(">") and len(piece) > 1:
            if angle is not None:
                raise BadAddressees("gives one name two addresses")
            angle = piece[1:-1].strip()
        elif piece == ":":
            if grouped or angle is not None:
                raise BadAddressees("has a colon where none can stand")
            words, grouped = "", True  # what stood before it is the group's name
        elif not piece.startswith("("):
            words += piece
    if grouped:
        raise BadAddressees("has a group without an end")
    return tuple(found)


def _address(spec: str) -> Address:
    try:
        return parse_mailbox(spec)
    except BadAddress as wrong:
        raise BadAddressees(f"names something that is no address: {wrong}") from None
