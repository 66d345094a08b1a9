"""Recipient lists, aliases and catch-alls: who is reached, who is refused, and that nothing runs in a circle."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors import (
    AcceptedDomain,
    AddressBook,
    Directory,
    DomainType,
    Standing,
    circle,
    compared,
    expand,
    explain,
    reach,
)
from gatepost.mail import Address, parse_mailbox
from gatepost.mail import reply as say

from .world import CONTOSO, FABRIKAM, accepted, by_address, facts

OURS = "contoso.com"
ANNA, INFO = "anna@contoso.com", "info@contoso.com"
LIST = {
    ANNA: (),
    "bob@contoso.com": (),
    INFO: (ANNA, "bob@contoso.com"),
    "all@contoso.com": (INFO, "guest@fabrikam.com"),
}


def world(entries: Mapping[str, tuple[str, ...]] = LIST, **domain: Any) -> Directory:
    ours: AcceptedDomain = replace(accepted(OURS), **domain)
    book = {OURS: {key: tuple(map(parse_mailbox, targets)) for key, targets in entries.items()}}
    return Directory.build(
        organizations=(CONTOSO, FABRIKAM),
        accepted_domains=(ours, accepted("fabrikam.com", "Fabrikam")),
        inbound=(by_address("Devices", "192.0.2.0/24"),),
        address_book=AddressBook(book),
    )


@pytest.mark.parametrize(
    ("recipient", "settings", "standing"),
    [
        (ANNA, {}, Standing.MAILBOX),
        ("ANNA@contoso.com", {}, Standing.MAILBOX),
        ('"anna"@contoso.com', {}, Standing.MAILBOX),
        ("anna+news@contoso.com", {}, Standing.MAILBOX),
        ("anna+news@contoso.com", {"plus_addressing": False}, Standing.UNKNOWN),
        (INFO, {}, Standing.ALIAS),
        ("nobody@contoso.com", {}, Standing.UNKNOWN),
        ("Postmaster@contoso.com", {}, Standing.POSTMASTER),
        ("abuse@contoso.com", {}, Standing.UNKNOWN),
        ("nobody@contoso.com", {"address_book_enabled": False}, Standing.TAKEN),
        ("nobody@contoso.com", {"catch_all": ANNA}, Standing.CATCH_ALL),
        ("postmaster@contoso.com", {"catch_all": ANNA}, Standing.CATCH_ALL),
        ("nobody@contoso.com", {"domain_type": DomainType.INTERNAL_RELAY}, Standing.TAKEN),
        ("nobody@contoso.com", {"domain_type": DomainType.INTERNAL_RELAY, "catch_all": ANNA}, Standing.TAKEN),
        (INFO, {"domain_type": DomainType.INTERNAL_RELAY}, Standing.ALIAS),
        ("nobody@fabrikam.com", {}, Standing.TAKEN),
        ("nobody@elsewhere.example", {}, Standing.OUTSIDE),
    ],
)
def test_what_a_domain_says_of_an_address(recipient: str, settings: dict[str, Any], standing: Standing) -> None:
    directory = world(**{"address_book_enabled": True} | settings)
    assert reach(parse_mailbox(recipient), directory).standing is standing


@pytest.mark.parametrize("sender", [Address("a", "fabrikam.com"), None])
@pytest.mark.parametrize("client", ["192.0.2.9", "198.51.100.1"])
def test_nobody_may_write_to_whom_there_is_not(sender: Address | None, client: str) -> None:
    decision = explain(facts(client), sender, Address("nobody", OURS), world(address_book_enabled=True))
    assert decision.reply == say.RECIPIENT_UNKNOWN
    assert str(decision.reply) == "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"
    assert "nobody@contoso.com is not in the recipient list of contoso.com, which takes no others." in decision.reasons
    assert any("gatepost recipient add nobody@contoso.com" in it for it in decision.remedies)


def test_who_may_not_send_here_does_not_hear_who_is_here() -> None:
    directory = world(address_book_enabled=True)
    outside = explain(facts("198.51.100.1"), None, Address("nobody", "elsewhere.example"), directory)
    assert outside.reply == say.RELAY_DENIED


def test_an_alias_is_told_with_whom_it_leads_to() -> None:
    decision = explain(facts("198.51.100.1"), None, parse_mailbox("all@contoso.com"), world())
    assert decision.reply == say.RECIPIENT_OK
    assert "all@contoso.com is an alias of info@contoso.com and guest@fabrikam.com." in decision.reasons


@pytest.mark.parametrize(
    ("recipient", "ends"),
    [
        ("all@contoso.com", [ANNA, "bob@contoso.com", "guest@fabrikam.com"]),
        ("info+x@contoso.com", [ANNA, "bob@contoso.com"]),
        ("anna+x@contoso.com", ["anna+x@contoso.com"]),
        ("nobody@contoso.com", ["nobody@contoso.com"]),
        ("guest@fabrikam.com", ["guest@fabrikam.com"]),
    ],
)
def test_aliases_lead_on_to_their_ends(recipient: str, ends: list[str]) -> None:
    assert [str(it) for it in expand(parse_mailbox(recipient), world())] == ends


def test_an_alias_of_itself_and_others_keeps_a_copy() -> None:
    directory = world({ANNA: (ANNA, "anna@fabrikam.com")})
    assert [str(it) for it in expand(parse_mailbox(ANNA), directory)] == [ANNA, "anna@fabrikam.com"]
    assert circle([parse_mailbox(ANNA)], directory) == ()


def test_the_catch_all_itself_may_be_in_no_list() -> None:
    directory = world({}, catch_all="rest@contoso.com")
    assert [str(it) for it in expand(parse_mailbox("x@contoso.com"), directory)] == ["rest@contoso.com"]
    assert circle([parse_mailbox("rest@contoso.com")], directory) == ()


@pytest.mark.parametrize(
    ("entries", "settings", "found"),
    [
        ({"a@contoso.com": ("b@contoso.com",), "b@contoso.com": ("a@contoso.com",)}, {}, ("a", "b", "a")),
        ({"a@contoso.com": ("b@contoso.com",)}, {"catch_all": "a@contoso.com"}, ("a", "b", "a")),
        ({"a@contoso.com": ("B+x@contoso.com",), "b@contoso.com": ("A@contoso.com",)}, {}, ("a", "b", "a")),
        (LIST, {}, ()),
        (LIST, {"catch_all": "all@contoso.com"}, ()),
    ],
)
def test_a_circle_is_found_and_named(
    entries: Mapping[str, tuple[str, ...]], settings: dict[str, Any], found: tuple[str, ...]
) -> None:
    directory = world(entries, **settings)
    assert circle([parse_mailbox(it) for it in entries], directory) == tuple(f"{it}@contoso.com" for it in found)


NAMES = st.sampled_from(["a", "b", "c", "d", "e"]).map(lambda it: f"{it}@contoso.com")


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3).map(tuple)), st.none() | NAMES)
def test_whatever_leads_where_somebody_is_reached_and_once(
    entries: dict[str, tuple[str, ...]], catch_all: str | None
) -> None:
    directory = world(entries, catch_all=catch_all)
    for start in ("a@contoso.com", "z@contoso.com"):
        ends = [compared(it, plus=True) for it in expand(parse_mailbox(start), directory)]
        assert ends and len(set(ends)) == len(ends)
        if not circle([parse_mailbox(start)], directory):
            for end in ends:
                onward = [str(it) for it in reach(parse_mailbox(end), directory).targets]
                assert not onward or end in onward


@given(st.text(min_size=1, max_size=30), st.booleans())
def test_the_compared_form_of_itself_is_itself(local: str, plus: bool) -> None:
    once = compared(Address(local, OURS), plus=plus)
    name, _, domain = once.rpartition("@")
    assert domain == OURS
    if not name.startswith('"') and not local.startswith('"'):
        assert compared(Address(name, domain), plus=plus) in (once, compared(Address(name, domain), plus=True))
