"""What a client has offered, read from the first octets of its handshake: for words about one that came to nothing."""

from collections.abc import Mapping

ENOUGH = 11  # octets: a record's header (5), the message's (4), and the version (2); RFC 5246 §6.2.1, §7.4.1.2
_HANDSHAKE, _CLIENT_HELLO = 0x16, 0x01
_VERSIONS: Mapping[bytes, str] = {
    b"\x00\x02": "SSLv2",
    b"\x03\x00": "SSLv3",
    b"\x03\x01": "TLSv1",
    b"\x03\x02": "TLSv1.1",
    b"\x03\x03": "TLSv1.2",  # and newer, which hides in an extension (RFC 8446 §4.1.2)
}


def offered_version(begin: bytes) -> str | None:
    """The newest version that a client without TLS 1.3 knows, by OpenSSL's name; None where this is no ClientHello.

    >>> offered_version(bytes.fromhex("160301007f0100007b0301"))
    'TLSv1'
    """
    if len(begin) < ENOUGH:
        return None
    if begin[0] & 0x80 and begin[2] == _CLIENT_HELLO:  # the hello of SSL 2.0, which old clients wrap newer ones in
        return _VERSIONS.get(begin[3:5])
    if begin[0] == _HANDSHAKE and begin[5] == _CLIENT_HELLO:
        return _VERSIONS.get(begin[9:11])
    return None
