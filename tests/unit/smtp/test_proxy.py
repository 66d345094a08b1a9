"""PROXY headers and XCLIENT attributes, from those who may send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.smtp import ProxyHeader
from gatepost.smtp.proxy import SIGNATURE, BadProxyHeader, read_header, read_xclient


def v2(command: int, family: int, addresses: bytes, length: int | None = None) -> bytes:
    size = len(addresses) if length is None else length
    return SIGNATURE + bytes([0x20 | command, family]) + size.to_bytes(2, "big") + addresses


IPV4 = bytes([203, 0, 113, 7, 192, 0, 2, 1, 0xC7, 0x38, 0, 25])
MAPPED = b"\0" * 10 + b"\xff\xff" + IPV4[:4] + b"\0" * 16 + IPV4[8:]


@pytest.mark.parametrize(
    ("octets", "header"),
    [
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 51000 25\r\n", ProxyHeader("203.0.113.7", 51000)),
        (b"PROXY TCP6 2001:DB8::7 2001:db8::1 51000 25\r\n", ProxyHeader("2001:db8::7", 51000)),
        (b"PROXY TCP6 ::ffff:203.0.113.7 ::1 51000 25\r\n", ProxyHeader("203.0.113.7", 51000)),
        (b"PROXY UNKNOWN\r\n", ProxyHeader(None, None)),
        (b"PROXY UNKNOWN whatever it says\r\n", ProxyHeader(None, None)),
        (v2(1, 0x11, IPV4), ProxyHeader("203.0.113.7", 51000)),
        (v2(1, 0x11, IPV4 + b"\x04\0\1x"), ProxyHeader("203.0.113.7", 51000)),
        (v2(1, 0x21, MAPPED), ProxyHeader("203.0.113.7", 51000)),
        (v2(0, 0x11, IPV4), ProxyHeader(None, None)),
        (v2(1, 0x00, b""), ProxyHeader(None, None)),
        (v2(1, 0x31, b"\0" * 216), ProxyHeader(None, None)),
    ],
)
def test_headers_are_read_and_what_follows_is_left(octets: bytes, header: ProxyHeader) -> None:
    assert read_header(octets + b"EHLO x\r\n") == (header, len(octets))
    for cut in range(len(octets)):
        assert read_header(octets[:cut]) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO x\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 51000\r\n",
        b"PROXY TCP4 2001:db8::7 192.0.2.1 51000 25\r\n",
        b"PROXY TCP4 203.0.113.07 192.0.2.1 51000 25\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 70000 25\r\n",
        b"PROXY TCP4 203.0.113.7 192.0.2.1 +1 25\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 51000 25\r\n",
        b"PROXY UDP4 203.0.113.7 192.0.2.1 51000 25\r\n",
        b"PROXY UNKNOWN " + b"x" * 120,
        v2(2, 0x11, IPV4),
        v2(1, 0x11, IPV4[:8]),
        v2(1, 0x11, b"", 60000),
        SIGNATURE + b"\x11\x11\0\x0c" + IPV4,
    ],
)
def test_anything_else_is_refused(octets: bytes) -> None:
    with pytest.raises(BadProxyHeader):
        read_header(octets)


@given(st.binary(max_size=64))
def test_only_a_bad_header_is_raised(octets: bytes) -> None:
    for start in (b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11\0\x0c"):
        try:
            read_header(start + octets)
        except BadProxyHeader:
            continue


@pytest.mark.parametrize(
    ("argument", "attributes"),
    [
        ("ADDR=203.0.113.7", (("ADDR", "203.0.113.7"),)),
        ("addr=IPv6:2001:DB8::7 PORT=1", (("ADDR", "2001:db8::7"), ("PORT", "1"))),
        ("HELO=a+20b NAME=[UNAVAILABLE]", (("HELO", "a b"), ("NAME", "[UNAVAILABLE]"))),
        ("ADDR=[UNAVAILABLE]", (("ADDR", "[UNAVAILABLE]"),)),
        ("ADDR=nowhere", None),
        ("ADDR=1.2.3.4 ADDR=1.2.3.5", None),
        ("HELO=a+0Ab", None),
        ("COLOUR=red", None),
        ("ADDR", None),
        ("", None),
    ],
)
def test_xclient_attributes(argument: str, attributes: tuple[tuple[str, str], ...] | None) -> None:
    assert read_xclient(argument) == attributes
