"""Who the From field says wrote a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import BadAuthors, read_authors


@pytest.mark.parametrize(
    ("field", "authors"),
    [
        (b"a@contoso.com", ["a@contoso.com"]),
        (b"<a@contoso.com>", ["a@contoso.com"]),
        (b"Scanner <a@CONTOSO.com>", ["a@contoso.com"]),
        (b'"Scanner, 2nd floor" <a@contoso.com>', ["a@contoso.com"]),
        (b'"<boss@fabrikam.com>" <a@contoso.com>', ["a@contoso.com"]),
        (b'"a \\" quote" <a@contoso.com>', ["a@contoso.com"]),
        (b"boss@fabrikam.com <a@contoso.com>", ["a@contoso.com"]),
        (b"a@contoso.com (the (only) scanner)", []),
        (b"a@contoso.com (the scanner)", ["a@contoso.com"]),
        (b"=?utf-8?Q?Drucker?= <a@contoso.com>", ["a@contoso.com"]),
        ("Bücherei <a@bücher.example>".encode(), ["a@xn--bcher-kva.example"]),
        (b"Scan: floor 2 <a@contoso.com>", ["a@contoso.com"]),
        (b"a@contoso.com, B <b@fabrikam.com>", ["a@contoso.com", "b@fabrikam.com"]),
        (b"", []),
        (b"Scanner", []),
        (b"<>", []),
        (b"=?utf-8?Q?Drucker?=", []),
        (b"a@evil)b@corp", []),
        (b"<@x.example:a@contoso.com>", []),
        (b"\xff\xfe\x00", []),
    ],
)
def test_the_addresses_are_found_where_every_reader_finds_them(field: bytes, authors: list[str]) -> None:
    assert [str(it) for it in read_authors(field)] == authors


@pytest.mark.parametrize(
    ("field", "why"),
    [
        (b"undisclosed: a@contoso.com;", "a group"),
        (b"Friends: a@contoso.com, b@contoso.com;", "a group"),
        (b"a@contoso.com <a@contoso.com> <b@fabrikam.com>", "two addresses"),
        (b"=?utf-8?Q?boss=40fabrikam.com=3C?=@contoso.com", "an encoded word"),
        (b"Scanner <=?utf-8?Q?boss?=@contoso.com>", "an encoded word"),
        (b"x" * 5000, "longer than 4096 octets"),
        (b",".join(b"a@contoso.com" for _ in range(17)), "more than 16 authors"),
    ],
)
def test_what_readers_understand_differently_is_refused_with_a_reason(field: bytes, why: str) -> None:
    with pytest.raises(BadAuthors, match=why):
        read_authors(field)


@given(st.lists(st.sampled_from([*'<>(),:;"\\@. =?a', "a@b.example", "=?utf-8?q?x?="]), max_size=40).map("".join))
def test_any_field_is_read_or_refused_and_nothing_else_happens(field: str) -> None:
    try:
        authors = read_authors(field.encode())
    except BadAuthors as bad:
        assert str(bad)
    else:
        assert all("@" in str(it) for it in authors)
