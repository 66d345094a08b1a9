"""Recipient lists as files: what people have lying about is read, and what is written is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.errors import ConfigRefused
from gatepost.mail import Address
from gatepost.manage.recipient_files import read_list, write_list


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        ("anna@contoso.com\nbob@contoso.com\n", {"anna@contoso.com": [], "bob@contoso.com": []}),
        ("\ufeffanna@contoso.com\r\n\r\n# nobody\r\n", {"anna@contoso.com": []}),
        ("info@x,anna@x,bob@x", {"info@x": ["anna@x", "bob@x"]}),
        ("info@x;anna@x;bob@x", {"info@x": ["anna@x", "bob@x"]}),
        ("info@x  anna@x; bob@x", {"info@x": ["anna@x", "bob@x"]}),
        ("info@x,anna@x\ninfo@x,bob@x", {"info@x": ["anna@x", "bob@x"]}),
        ("Address,Targets\ninfo@x,anna@x;bob@x\nanna@x,", {"info@x": ["anna@x", "bob@x"], "anna@x": []}),
        (
            '"DisplayName","PrimarySmtpAddress","RecipientType"\n"Anna, Lee","anna@x","UserMailbox"\n',
            {"anna@x": []},
        ),
        ("Name,Email,Members\nInfo,info@x,anna@x", {"info@x": ["anna@x"]}),
    ],
)
def test_a_list_is_read_in_the_forms_that_people_have(text: str, read: dict[str, list[str]]) -> None:
    assert read_list(text) == read


def test_names_without_a_domain_are_of_the_one_that_is_meant() -> None:
    assert read_list("anna\ninfo,anna;guest@y", domain="x") == {"anna@x": [], "info@x": ["anna@x", "guest@y"]}


def test_a_table_without_addresses_is_refused_with_what_is_wanted() -> None:
    with pytest.raises(ConfigRefused, match=r"no column called Address: Name, Phone\. Remedy: name the column"):
        read_list("Name,Phone\nAnna,1")


ADDRESSES = st.builds(Address, st.text("abc.xyz+'!#", min_size=1, max_size=8), st.just("contoso.com"))


@given(st.dictionaries(ADDRESSES.map(str), st.lists(ADDRESSES, max_size=3).map(tuple)))
def test_what_is_written_is_read_back(entries: dict[str, tuple[Address, ...]]) -> None:
    wanted = {key: [str(it) for it in targets] for key, targets in entries.items() if not key.startswith("#")}
    kept = {key: targets for key, targets in entries.items() if key in wanted}
    assert read_list(write_list([kept])) == wanted


@given(st.text(max_size=300))
def test_no_file_raises_more_than_a_refusal(text: str) -> None:
    try:
        read_list(text)
    except ConfigRefused as refused:
        assert all("Remedy: " in it for it in refused.problems)
