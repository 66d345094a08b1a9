"""Addresses as scripts write them: with names, in lists, and never read as something that they do not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.cmdlets.correspondents import Correspondent, read_correspondent, read_correspondents
from gatepost.mail import BadAddress, parse_mailbox

A, B = parse_mailbox("a@contoso.com"), parse_mailbox("b@fabrikam.com")


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("a@contoso.com", A, ""),
        (" a@contoso.com ", A, ""),
        ("<a@contoso.com>", A, ""),
        ("Anna <a@contoso.com>", A, "Anna"),
        ('"Anna, 2nd floor" <a@contoso.com>', A, "Anna, 2nd floor"),
        (r'"The \"Scanner\"" <a@contoso.com>', A, 'The "Scanner"'),
        ('"<b@fabrikam.com>" <a@contoso.com>', A, "<b@fabrikam.com>"),
        ("张三 <a@contoso.com>", A, "张三"),
    ],
)
def test_an_address_may_have_a_name(text: str, address: object, name: str) -> None:
    assert read_correspondent(text) == Correspondent(address=address, name=name)  # type: ignore[arg-type]


def test_several_stand_in_one_text_with_commas() -> None:
    found = read_correspondents('"Anna, 2nd floor" <a@contoso.com>, b@fabrikam.com,')
    assert [(one.address, one.name) for one in found] == [(A, "Anna, 2nd floor"), (B, "")]
    assert read_correspondents(" ") == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "a@contoso.com b@fabrikam.com",
        "<a@contoso.com> b@fabrikam.com",
        "<a@contoso.com",
        "a@evil)b@contoso.com",
        "a@contoso.com\r\nRCPT TO:<b@fabrikam.com>",
        "a@contoso.com; b@fabrikam.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        read_correspondent(text)


def test_the_wrong_one_of_several_is_named() -> None:
    with pytest.raises(BadAddress, match="'nobody' is not an address"):
        read_correspondents("a@contoso.com, nobody")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_correspondents(text)
    except BadAddress:
        return
    assert all(parse_mailbox(str(one.address)) == one.address for one in found)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])).map(str.strip))
def test_a_name_in_quotes_comes_back_as_it_was(name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    assert read_correspondent(f'"{quoted}" <a@contoso.com>').name == name
