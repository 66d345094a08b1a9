"""Where TLS reports go to, as strangers write it into the DNS."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address
from gatepost.routing import report_addresses

MAIL = Address("tls", "fabrikam.com")


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["v=TLSRPTv1;rua=mailto:tls@fabrikam.com"], (MAIL,)),
        (["v=TLSRPTv1; rua=mailto:tls@fabrikam.com , https://x.example/v1; new=1;"], (MAIL, "https://x.example/v1")),
        (["v=TLSRPTv1; rua=mailto:tls%40fabrikam.com?subject=x"], (MAIL,)),
        (["v=TLSRPTv1; rua=MAILTO:tls@fabrikam.com,mailto:tls@fabrikam.com"], (MAIL,)),
        (["other", "v=TLSRPTv1; rua=mailto:tls@fabrikam.com"], (MAIL,)),
        (["v=TLSRPTv1; rua=mailto:tls@fabrikam.com"] * 2, ()),
        (["v=TLSRPTv1 rua=mailto:tls@fabrikam.com"], ()),
        (["v=TLSRPTv1;"], ()),
        (["v=TLSRPTv1; rua=http://x.example/"], ()),
        (["v=TLSRPTv1; rua=https://user:word@x.example/"], ()),
        (["v=TLSRPTv1; rua=https://x.example:99999/"], ()),
        (["v=TLSRPTv1; rua=https:///x"], ()),
        (["v=TLSRPTv1; rua=https://x.example/\r\nX: y"], ()),
        (["v=TLSRPTv1; rua=mailto:tls%0d%0a@fabrikam.com"], ()),
        (["v=TLSRPTv1; rua=mailto:nobody"], ()),
        (["v=TLSRPTv1; rua=mailto:%E4%BD%A0@fabrikam.com"], ()),
        ([], ()),
    ],
)
def test_a_record_names_mailboxes_and_web_servers(texts: list[str], found: tuple[Address | str, ...]) -> None:
    assert report_addresses(texts) == found


def test_a_record_cannot_make_us_write_to_many() -> None:
    uris = ",".join(f"mailto:a{n}@fabrikam.com" for n in range(100))
    assert len(report_addresses([f"v=TLSRPTv1; rua={uris}"])) == 5


@given(st.lists(st.text() | st.text().map("v=TLSRPTv1; rua=mailto:".__add__)))
def test_any_text_is_read(texts: list[str]) -> None:
    for it in report_addresses(texts):
        assert isinstance(it, Address) or it.lower().startswith("https://")
