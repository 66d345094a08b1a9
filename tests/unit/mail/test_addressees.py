"""Whom To, Cc and Bcc name: read for certain, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, BadAddressees, read_addressees


@pytest.mark.parametrize(
    ("field", "named"),
    [
        (b"", []),
        (b"anna@contoso.com", ["anna@contoso.com"]),
        (b"Anna <anna@contoso.com>", ["anna@contoso.com"]),
        (b'"Smith, Anna" <anna@contoso.com>, bob@contoso.com', ["anna@contoso.com", "bob@contoso.com"]),
        (b"anna@contoso.com (at, home), bob@contoso.com", ["anna@contoso.com", "bob@contoso.com"]),
        (b"undisclosed-recipients:;", []),
        (b"Staff: anna@contoso.com, Bob <bob@contoso.com>;, c@contoso.com",
         ["anna@contoso.com", "bob@contoso.com", "c@contoso.com"]),
        (b"anna@contoso.com,, bob@contoso.com,", ["anna@contoso.com", "bob@contoso.com"]),
        (b"anna@contoso.com, Anna <anna@CONTOSO.com>", ["anna@contoso.com"]),
        (b"=?utf-8?q?J=C3=B6rg?= <joerg@contoso.com>", ["joerg@contoso.com"]),
    ],
)  # fmt: skip
def test_the_addresses_of_a_field_are_read(field: bytes, named: list[str]) -> None:
    assert [str(it) for it in read_addressees(field)] == named


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (b"someone", "no address"),
        (b"anna@contoso.com bob@contoso.com", "no address"),
        (b"Anna <anna@contoso.com> <bob@contoso.com>", "two addresses"),
        (b"Staff: anna@contoso.com", "without an end"),
        (b"anna@contoso.com;", "has not begun"),
        (b"Staff: anna@contoso.com: bob@contoso.com;", "colon"),
        (b"anna@contoso.com\xff", "neither ASCII nor UTF-8"),
        (b"=?utf-8?q?anna=40contoso.com?=", "no address"),
        (b"a@b.example," * 6000, "longer than"),
    ],
)
def test_what_names_nobody_for_certain_is_refused(field: bytes, words: str) -> None:
    with pytest.raises(BadAddressees, match=words):
        read_addressees(field)


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(field: bytes) -> None:
    try:
        found = read_addressees(field)
    except BadAddressees:
        return
    assert all(isinstance(it, Address) for it in found)


_LOCAL = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


@given(st.lists(_LOCAL, max_size=8, unique=True), st.sampled_from(["{}", "A <{}>", '"A, B" <{}>', "(x) {}"]))
def test_what_is_written_is_read_again(names: list[str], form: str) -> None:
    field = ", ".join(form.format(f"{name}@contoso.com") for name in names)
    assert [it.local for it in read_addressees(field.encode())] == names
