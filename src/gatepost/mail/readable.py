"""The value of a header field as people read it: encoded words decoded, on one line, nothing that is not printable."""

from email.errors import MessageError
from email.header import decode_header, make_header


def readable(value: bytes | None, *, octets: int = 2000) -> str:
    """The text of a value, of which only the first `octets` are looked at; never raises.

    What cannot be decoded stays as it stands. Decoding an encoded word (RFC 2047) takes time that grows with the square
    of a hostile value's length, so that nobody should ask for many octets.

    >>> readable(b"=?utf-8?q?Rechnung_f=C3=BCr_M=C3=A4rz?=")
    'Rechnung für März'
    """
    if not value:
        return ""
    text = value[:octets].decode("utf-8", "replace")
    if "=?" in text:
        try:
            text = str(make_header(decode_header(text)))
        except (LookupError, ValueError, MessageError):  # unknown charset or broken encoding: as it stands
            pass
    if text.isprintable():
        return text
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
