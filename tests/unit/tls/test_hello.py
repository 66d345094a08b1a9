"""What the first octets of a client tell of its age."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.tls.hello import ENOUGH, offered_version


@pytest.mark.parametrize(
    ("begin", "version"),
    [
        ("160300007f0100007b0300", "SSLv3"),
        ("160301007f0100007b0301", "TLSv1"),
        ("160301007f0100007b0302", "TLSv1.1"),
        ("1603010200010001fc0303", "TLSv1.2"),
        ("802e0100020015000000100700c0", "SSLv2"),  # an SSL 2.0 hello that means it
        ("802e0103010015000000100700c0", "TLSv1"),  # and one that wraps TLS 1.0
        ("1603010200010001fc0399", None),
        ("1703010200010001fc0303", None),  # no handshake
        ("1603010200020001fc0303", None),  # a ServerHello
        ("47455420202f20485454502f31", None),  # GET / HTTP/1
        ("160301", None),
    ],
)
def test_the_version_is_read_where_it_stands(begin: str, version: str | None) -> None:
    assert offered_version(bytes.fromhex(begin)) == version


@given(st.binary(max_size=2 * ENOUGH))
def test_no_octets_make_it_fail(begin: bytes) -> None:
    offered_version(begin)
