"""Which mail a transport rule is for, and what the rules together make of it."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors import HeaderTexts, MessageFacts, Organization, Questions, RuleBook, TransportRule
from gatepost.connectors.conditions import contains_word
from gatepost.mail import Address, HeaderBlock

ANNA, GUEST, BOSS = Address("anna", "contoso.com"), Address("guest", "fabrikam.com"), Address("boss", "contoso.com")
MESSAGE = MessageFacts(
    at=1_000.0,
    client=ip_address("192.0.2.9"),
    connector="Printers",
    sender=ANNA,
    subject="Re: Invoice 7",
    octets=5_000,
    header=HeaderTexts(
        HeaderBlock(
            b"X-Mailer: Scanner\r\n 4.1 (beta)\r\n"
            b"Keywords: first\r\nKEYWORDS: =?utf-8?q?Pr=C3=BCfung?=\r\n =?utf-8?b?wqAyMDI3?=\r\n"
            b"X-Long: " + b"a" * 2_000 + b"needle\r\n"
            b"X-Broken: =?nonsense?q?x?= =?utf-8?b?!!!?= \x00\x1b[0m\xff\r\n"
        )
    ),
)


def header(verb: str, field: str, wanted: str, prefix: str = "") -> dict[str, Any]:
    """A condition, or an exception, on a header field."""
    what = "words" if verb == "contains" else "patterns"
    return {f"{prefix}header_{verb}_message_header": field, f"{prefix}header_{verb}_{what}": (wanted,)}


def why_not(rule: TransportRule, message: MessageFacts) -> str | None:
    return Questions(rule).why_not(message)


def rule(name: str = "R", **properties: Any) -> TransportRule:
    return TransportRule(name=name, organization="Contoso", **({"hold": True} | properties))


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({}, None),
        ({"enabled": False}, "disabled"),
        ({"expiry_date": 1_000.0}, "ExpiryDate has passed"),
        ({"expiry_date": 1_000.5}, None),
        ({"inbound_connectors": ("PRINTERS",)}, None),
        ({"inbound_connectors": ("Others",)}, 'came through "Printers"'),
        ({"sender_ip_ranges": (ip_network("192.0.2.0/24"),)}, None),
        ({"sender_ip_ranges": (ip_network("2001:db8::/64"), ip_network("192.0.2.8/32"))}, "192.0.2.9 is not in"),
        ({"from_": ("Anna@contoso.com",)}, None),
        ({"from_": ("boss@contoso.com",)}, "anna@contoso.com is not in From"),
        ({"sender_domain_is": ("*.contoso.com",)}, None),
        ({"sender_domain_is": ("fabrikam.com",)}, "in no domain of SenderDomainIs (fabrikam.com)"),
        ({"subject_contains_words": ("credit note", "INVOICE")}, None),
        ({"subject_contains_words": ("voice",)}, "none of SubjectContainsWords"),
        ({"message_size_over": 4_999}, None),
        ({"message_size_over": 5_000}, "not over MessageSizeOver"),
        ({"from_": ("anna@contoso.com",), "message_size_over": 5_000}, "not over"),  # everything must hold
        ({"subject_matches_patterns": ("^invoice", r"invoice \d$")}, None),
        ({"subject_matches_patterns": ("^invoice",)}, "matches none of SubjectMatchesPatterns (^invoice)"),
        (header("contains", "x-mailer", "scanner 4.1"), None),  # a folded field is one line
        (header("contains", "X-Mailer", "scan"), "X-Mailer contains none of HeaderContainsWords (scan)"),
        (header("contains", "X-Spam", "yes"), "The message has no header field X-Spam."),
        (header("contains", "Keywords", "prüfung"), None),  # the second field of the name, encoded
        (header("contains", "X-Long", "needle"), "X-Long contains none"),  # nobody makes us look further
        (header("contains", "X-Broken", "[0m"), None),
        (header("matches", "X-Mailer", r"^scanner \d+\."), None),
        (header("matches", "X-Mailer", "^4"), "X-Mailer matches none of HeaderMatchesPatterns (^4)"),
        (header("matches", "X-Long", "(a+)+b"), "matches none"),
        # exceptions: one that holds is enough
        ({"except_if_from": ("anna@contoso.com",)}, "Its exception ExceptIfFrom (anna@contoso.com) holds."),
        ({"except_if_from": ("boss@contoso.com",)}, None),
        ({"except_if_sender_domain_is": ("x.example", "contoso.com")}, "ExceptIfSenderDomainIs (x.example and contoso"),
        ({"except_if_message_size_over": 4_999}, "ExceptIfMessageSizeOver (4999) holds"),
        ({"except_if_sender_ip_ranges": (ip_network("192.0.2.0/24"),)}, "ExceptIfSenderIpRanges (192.0.2.0/24)"),
        ({"from_": ("anna@contoso.com",), "except_if_subject_contains_words": ("invoice",)}, "(invoice) holds"),
        (header("contains", "X-Mailer", "scanner", "except_if_"), "HeaderContainsWords (X-Mailer: scanner) holds"),
        (header("matches", "X-Spam", "yes", "except_if_"), None),  # there is no such field
    ],
)
def test_a_rule_says_why_it_is_not_for_a_message(properties: dict[str, Any], says: str | None) -> None:
    why = why_not(rule(**properties), MESSAGE)
    assert why is None if says is None else why is not None and says in why and why.endswith(".")


@pytest.mark.parametrize("properties", [{"from_": ("anna@contoso.com",)}, {"sender_domain_is": ("contoso.com",)}])
def test_the_null_sender_is_nobody_of_a_rule(properties: dict[str, Any]) -> None:
    assert "The sender <> is" in (why_not(rule(**properties), replace(MESSAGE, sender=None)) or "")


@pytest.mark.parametrize(
    ("properties", "recipient", "holds"),
    [
        ({}, (GUEST,), True),
        ({"sent_to": ("GUEST@fabrikam.com",)}, (GUEST,), True),
        ({"sent_to": ("guest@fabrikam.com",)}, (ANNA,), False),
        ({"sent_to": ("boss@contoso.com",)}, (BOSS, ANNA), True),  # the alias that was written to
        ({"sent_to": ("anna@contoso.com",)}, (BOSS, ANNA), True),  # and whom it leads to
        ({"recipient_domain_is": ("*.fabrikam.com",)}, (GUEST,), True),
        ({"recipient_domain_is": ("fabrikam.com",)}, (ANNA,), False),
        ({"except_if_sent_to": ("anna@contoso.com",)}, (ANNA,), False),
        ({"except_if_sent_to": ("anna@contoso.com",)}, (GUEST,), True),
        ({"recipient_domain_is": ("*",), "except_if_recipient_domain_is": ("contoso.com",)}, (BOSS,), False),
    ],
)
def test_a_rule_asks_about_each_recipient_by_itself(
    properties: dict[str, Any], recipient: tuple[Address, ...], holds: bool
) -> None:
    assert (Questions(rule(**properties)).why_not_for(recipient) is None) is holds


@pytest.mark.parametrize(
    ("subject", "word", "there"),
    [
        ("Invoices", "invoice", False),
        ("Re:invoice!", "Invoice", True),
        ("the last\tcredit  note", "credit note", True),
        ("a[b]c (x)", "(x)", True),
        ("本月发票已寄出", "发票", True),
        ("Überweisung", "weisung", False),
        ("STRASSE", "straße", True),
        ("", "x", False),
    ],
)
def test_words_of_a_subject_stand_by_themselves_where_words_have_borders(subject: str, word: str, there: bool) -> None:
    assert contains_word(subject, word) is there


@given(st.text(), st.text(min_size=1).filter(str.strip))
def test_a_word_between_spaces_is_always_found(subject: str, word: str) -> None:
    assert contains_word(f"{subject} {word} {subject}", word)


def treatment(*rules: TransportRule, recipient: Address = GUEST, sandbox: bool = False) -> Any:
    book = RuleBook(rules, [Organization(name="Contoso", sandbox=sandbox)])
    return book.treatment("Contoso", (recipient,), book.concerning("Contoso", MESSAGE))


def test_no_rule_means_nothing_and_costs_no_question() -> None:
    assert not RuleBook()
    assert treatment(rule(enabled=False)) is None
    assert RuleBook([rule()]).treatment("Another", (GUEST,), []) is None


def test_rules_come_by_priority_and_then_by_name_and_the_first_of_a_kind_settles() -> None:
    late = rule("A", priority=2, hold=False, redirect_message_to=("a@x.example",))
    early = rule("B", priority=1, hold=False, redirect_message_to=("b@x.example",), blind_copy_to=("c@x.example",))
    third = rule("C", priority=2, blind_copy_to=("c@x.example", "d@x.example"))
    found = treatment(late, third, early)
    assert found.redirected == (Address("b", "x.example"),)
    assert found.held_by == "C" and found.held and not found.sandbox
    assert found.copies == (Address("c", "x.example"), Address("d", "x.example"))
    assert found.reasons == (
        "Rule 'B' redirects mail for guest@fabrikam.com to b@x.example.",
        "Rule 'B' sends a copy to c@x.example.",
        "Rule 'C' sends a copy to c@x.example and d@x.example.",
        "Rule 'C' holds mail for guest@fabrikam.com.",
    )


def test_a_rule_that_stops_keeps_later_ones_away_from_the_recipients_it_is_for() -> None:
    spared = rule("Not the boss", hold=False, stop_rule_processing=True, sent_to=("boss@contoso.com",))
    everything = rule("Hold all", priority=1)
    assert treatment(spared, everything, recipient=BOSS) is None
    assert treatment(spared, everything, recipient=GUEST).held_by == "Hold all"


def test_rules_say_how_many_recipients_they_may_add_each_counted_once() -> None:
    copies = rule("A", hold=False, blind_copy_to=("a@x.example", "b@x.example"))
    elsewhere = rule("B", hold=False, redirect_message_to=("b@x.example", "c@x.example"))
    off = rule("C", hold=False, enabled=False, blind_copy_to=("d@x.example",))
    assert RuleBook([copies, elsewhere, off]).most_added("Contoso") == 3
    assert RuleBook().most_added("Contoso") == 0


def test_in_an_organization_that_is_a_sandbox_nothing_is_left_out_even_by_a_rule() -> None:
    found = treatment(rule("Redirect", hold=False, redirect_message_to=("b@x.example",)), sandbox=True)
    assert found.held and found.sandbox and found.held_by is None and found.redirected
    assert found.reasons[-1] == "Organization 'Contoso' is a sandbox: mail for guest@fabrikam.com is not sent."
    assert treatment(rule("Hold"), sandbox=True).sandbox
    assert treatment(rule("Box", hold=False, sandbox=True)).reasons == (
        "Rule 'Box' keeps mail for guest@fabrikam.com in the sandbox.",
    )
