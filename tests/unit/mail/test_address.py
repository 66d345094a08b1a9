"""Addresses: what RFC 5321 allows, what relays must refuse, and what never raises anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.mail import Address, BadAddress, canonical_domain, domain_matches, parse_mailbox, parse_path

GOOD = {
    "plain": ("<a@contoso.com>", Address("a", "contoso.com")),
    "null sender": ("<>", None),
    "upper-case domain": ("<Printer@CONTOSO.com>", Address("Printer", "contoso.com")),
    "dots, plus and minus": ("<first.last+tag@a-b.example>", Address("first.last+tag", "a-b.example")),
    "trailing dot": ("<a@contoso.com.>", Address("a", "contoso.com")),
    "quoted local part": ('<"john doe"@contoso.com>', Address('"john doe"', "contoso.com")),
    "IPv4 literal": ("<a@[192.0.2.9]>", Address("a", "[192.0.2.9]")),
    "IPv6 literal": ("<a@[IPv6:2001:DB8::1]>", Address("a", "[IPv6:2001:db8::1]")),
    "all atext": ("<#$&'*+-/=?^_`{|}~@x.example>", Address("#$&'*+-/=?^_`{|}~", "x.example")),
    "U-label domain": ("<a@bücher.example>", Address("a", "xn--bcher-kva.example")),
    "UTF-8 local part": ("<ü@contoso.com>", Address("ü", "contoso.com")),
    "single label": ("<root@localhost>", Address("root", "localhost")),
}

# The forms of nmap's smtp-open-relay and others, each with the trick it tries.
BAD = {
    "percent hack": "<victim%outside.example@contoso.com>",
    "quoted percent hack": '<"victim%outside.example">',
    "quoted at": '<"victim@outside.example"@contoso.com>',
    "quoted at alone": '<"victim@outside.example">',
    "double at": "<victim@outside.example@contoso.com>",
    "bang path": "<outside.example!victim>",
    "bang path with domain": "<outside.example!victim@contoso.com>",
    "source route": "<@contoso.com:victim@outside.example>",
    "comment": "<victim(x)@outside.example>",
    "port": "<victim@outside.example:2525>",
    "NUL": "<victim@outside.example\0.contoso.com>",
    "full-width at": "<victim＠outside.example>",
    "encoded word": "<=?utf-8?q?victim=40outside.example?=@>",
    "line break": "<victim@outside.example\r\nRCPT TO:<b@c>>",
    "text behind": "<b@corp.example>x@evil.example",
    "octets that are no text": "<b@corp\udcff.example>",
    "no brackets": "a@contoso.com",
    "no domain": "<a>",
    "empty local part": "<@contoso.com>",
    "two dots": "<a..b@contoso.com>",
    "dot first": "<.a@contoso.com>",
    "dot last": "<a.@contoso.com>",
    "empty label": "<a@contoso..com>",
    "label begins with minus": "<a@-contoso.com>",
    "label ends with minus": "<a@contoso-.com>",
    "underscore in the domain": "<a@con_toso.com>",
    "bad literal": "<a@[300.1.1.1]>",
    "literal with leading zero": "<a@[010.1.1.1]>",
    "open literal": "<a@[192.0.2.9>",
    "long local part": f"<{'a' * 65}@contoso.com>",
    "long label": f"<a@{'b' * 64}.com>",
    "long path": f"<a@{'b.' * 130}com>",
    "space": "<a b@contoso.com>",
    "control in quotes": '<"a\tb"@contoso.com>',
    "ideographic full stop": "<a@relay。contoso.com>",
    "lone surrogate": "<\udc80@contoso.com>",
}


@pytest.mark.parametrize(("text", "address"), GOOD.values(), ids=GOOD)
def test_a_good_path_is_read(text: str, address: Address | None) -> None:
    assert parse_path(text) == address


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_path_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_path(text)


@given(st.text(max_size=300))
def test_no_text_raises_anything_but_bad_address(text: str) -> None:
    for parse in (parse_path, parse_mailbox, canonical_domain):
        try:
            parse(text)
        except BadAddress:
            pass


@given(st.from_regex(r"[a-z0-9]{1,20}(\.[a-z0-9]{1,10})?@[a-z0-9]{1,20}\.[a-z]{2,5}", fullmatch=True))
def test_an_address_reads_back_as_itself(text: str) -> None:
    assert str(parse_mailbox(text)) == text


@pytest.mark.parametrize(
    ("pattern", "domain", "matches"),
    [
        ("*", "anything.example", True),
        ("contoso.com", "contoso.com", True),
        ("contoso.com", "mail.contoso.com", False),
        ("*.contoso.com", "contoso.com", True),
        ("*.contoso.com", "a.b.contoso.com", True),
        ("*.contoso.com", "evilcontoso.com", False),
        ("contoso.com", "evilcontoso.com", False),
    ],
)
def test_domain_patterns_match_whole_labels(pattern: str, domain: str, matches: bool) -> None:
    assert domain_matches(pattern, domain) is matches
