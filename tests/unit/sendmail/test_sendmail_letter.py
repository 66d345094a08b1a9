"""Letters as programs write them: recipients found, Bcc kept secret, lines ended as mail wants it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.sendmail import Letter, addresses_in, read_letter
from gatepost.sendmail.letter import up_to_the_dot

FIELDS = [
    ("a@b.example", ["a@b.example"]),
    ("root", ["root"]),
    ("", []),
    ("A <a@b.example>, <c@d.example> ,e@f.example", ["a@b.example", "c@d.example", "e@f.example"]),
    ('"Doe, Jane" <jane@x.example>', ["jane@x.example"]),
    ('"odd, local"@x.example', ['"odd, local"@x.example']),
    ("jane@x.example (Jane (the second), of x)", ["jane@x.example"]),
    ("Staff: a@x.example, B <b@x.example>;, c@x.example", ["a@x.example", "b@x.example", "c@x.example"]),
    ("undisclosed-recipients:;", []),
    ("a@[IPv6:2001:db8::1]", ["a@[IPv6:2001:db8::1]"]),
    ("=?utf-8?q?D=C3=B6?= <d@x.example>", ["d@x.example"]),
    ("unclosed <a@b", ["unclosed <a@b"]),
]


@pytest.mark.parametrize(("field", "found"), FIELDS)
def test_addresses_are_found_in_a_field(field: str, found: list[str]) -> None:
    assert addresses_in(field) == found


@given(st.text(alphabet=' "\\()<>[],:;@ab.', max_size=40))
def test_no_field_is_too_odd_to_read(field: str) -> None:
    assert all(isinstance(found, str) and found for found in addresses_in(field))


def letter(text: bytes) -> Letter:
    return read_letter(text)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_lines_end_with_crlf_whatever_the_system_writes(newline: bytes) -> None:
    text = newline.join([b"Subject: x", b" folded", b"", b"Hello", b"", b".", b"end"])
    assert letter(text).octets() == b"Subject: x\r\n folded\r\n\r\nHello\r\n\r\n.\r\nend\r\n"


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        (b"", b"\r\n"),
        (b"just text\n", b"\r\njust text\r\n"),
        (b"\nSubject: body\n", b"\r\nSubject: body\r\n"),
        (b"Subject: x\n", b"Subject: x\r\n"),
        (b"Subject: x\nno field\n\nTo: y\n", b"Subject: x\r\n\r\nno field\r\n\r\nTo: y\r\n"),
        (b"From root Mon Jan  1\nSubject: x\n\nHello\n", b"Subject: x\r\n\r\nHello\r\n"),
        (b"Subject: \xff\n\n\xe4\n", b"Subject: \xff\r\n\r\n\xe4\r\n"),
    ],
)
def test_a_letter_with_little_header_or_none_stays_one(text: bytes, octets: bytes) -> None:
    assert letter(text).octets() == octets


def test_bcc_is_a_recipient_and_is_not_sent() -> None:
    found = letter(b"To: a@x\nBcc: b@x,\n c@x\nCC: d@x\nSubject: y\n\nBcc: text\n")
    assert found.recipients() == ["a@x", "d@x", "b@x", "c@x"]
    assert found.without().octets() == b"To: a@x\r\nCC: d@x\r\nSubject: y\r\n\r\nBcc: text\r\n"


def test_a_letter_that_is_sent_again_goes_to_those_of_resent_fields_alone() -> None:
    found = letter(b"Resent-To: new@x\nResent-Bcc: hidden@x\nTo: old@x\n\n")
    assert found.recipients() == ["new@x", "hidden@x"]
    assert found.without().octets() == b"Resent-To: new@x\r\nTo: old@x\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "before"),
    [
        (b"a\n.\nb\n", b"a\n"),
        (b"a\r\n.\r\nb", b"a\r\n"),
        (b".\n", b""),
        (b"a\n.", b"a\n"),
        (b"a\n..\n.b\n", b"a\n..\n.b\n"),
        (b"a.\n", b"a.\n"),
    ],
)
def test_a_lone_dot_ends_a_letter(text: bytes, before: bytes) -> None:
    assert up_to_the_dot(text) == before
