"""Refusals in words: each near miss names its connector and its remedy; nothing of it is in the reply."""

from dataclasses import replace
from typing import Any

import pytest

from gatepost.connectors import Certificate, Decision, Directory, InboundConnector, SmtpUser, explain
from gatepost.connectors.words import clean, listing, shell
from gatepost.mail import reply

from .world import (
    accepted,
    address,
    by_address,
    by_certificate,
    certificate,
    directory,
    facts,
    mailbox,
    partner,
)

OUTSIDE = "b@fabrikam.test"


def ask(
    where: Directory, client: str, shown: Certificate | None = None, sender: str | None = "a@contoso.com"
) -> Decision:
    return explain(facts(client, shown), address(sender), mailbox(OUTSIDE), where)


LISTED = by_address("SMTP Relay (Non-TLS)", "127.0.0.3")
NAMED = by_certificate("SMTP Relay (TLS)", "relay.contoso.com")

MISSES: dict[str, tuple[InboundConnector, str, Certificate | None, str | None, str, str]] = {
    # connector, client, certificate, sender, part of a reason, part of a remedy
    "an address near a listed one": (
        LISTED,
        "127.0.0.9",
        None,
        "a@contoso.com",
        "127.0.0.9 is not listed, but is close to 127.0.0.3",
        "gatepost connector set 'SMTP Relay (Non-TLS)' --organization Contoso --add-sender-ip-addresses 127.0.0.9",
    ),
    "an IPv6 address near a listed one": (
        by_address("six", "2001:db8::1"),
        "2001:db8::2",
        None,
        "a@contoso.com",
        "close to 2001:db8::1",
        "gatepost connector set six --organization Contoso --add-sender-ip-addresses 2001:db8::2",
    ),
    "a disabled connector by address": (
        replace(LISTED, enabled=False),
        "127.0.0.3",
        None,
        "a@contoso.com",
        "but it is disabled",
        "gatepost connector enable 'SMTP Relay (Non-TLS)'",
    ),
    "a disabled connector by certificate": (
        replace(NAMED, enabled=False),
        "203.0.113.9",
        certificate("relay.contoso.com"),
        "a@contoso.com",
        "but it is disabled",
        "gatepost connector enable 'SMTP Relay (TLS)'",
    ),
    "a sender domain that is not accepted": (
        LISTED,
        "127.0.0.3",
        None,
        "a@other.example",
        "sender domain other.example is not an accepted domain of Contoso",
        "gatepost domain add other.example",
    ),
    "a sender domain of another organization": (
        LISTED,
        "127.0.0.3",
        None,
        "a@fabrikam.com",
        "(it belongs to Fabrikam)",
        "Send from an accepted domain.",
    ),
    "a null sender on an address connector": (
        LISTED,
        "127.0.0.3",
        None,
        None,
        "the sender is null (<>)",
        "through a connector by certificate",
    ),
    "TLS is missing": (
        replace(LISTED, require_tls=True),
        "127.0.0.3",
        None,
        "a@contoso.com",
        "requires TLS, and the session is in the clear",
        "STARTTLS",
    ),
    "the sender is outside the connector's SenderDomains": (
        replace(LISTED, sender_domains=("sub.contoso.com",)),
        "127.0.0.3",
        None,
        "a@contoso.com",
        "its SenderDomains (sub.contoso.com) do not cover contoso.com",
        "gatepost connector set 'SMTP Relay (Non-TLS)' --organization Contoso --add-sender-domains contoso.com",
    ),
    "the accepted domain is not associated": (
        replace(LISTED, associated_accepted_domains=("pilot.example",)),
        "127.0.0.3",
        None,
        "a@contoso.com",
        "AssociatedAcceptedDomains do not name contoso.com",
        "--organization Contoso --add-associated-accepted-domains contoso.com",
    ),
    "a certificate that nobody trusted vouches for": (
        NAMED,
        "203.0.113.9",
        certificate("relay.contoso.com", trusted_by=(), problem="The certificate is self-signed."),
        "a@contoso.com",
        "The certificate is self-signed.",
        "gatepost organization set Contoso --add-certificate-authorities FILE",
    ),
    "an untrusted certificate of no known name": (
        NAMED,
        "203.0.113.9",
        certificate("x.example", trusted_by=(), problem="It expired on 2026-01-01."),
        "a@contoso.com",
        "It expired on 2026-01-01.",
        "Send a valid certificate of a public CA, with its intermediates. If the CA,",
    ),
    "a certificate trusted by another organization": (
        NAMED,
        "203.0.113.9",
        certificate("relay.contoso.com", trusted_by=("Fabrikam",)),
        "a@contoso.com",
        "not one that Contoso trusts",
        "gatepost organization set Contoso --add-certificate-authorities FILE",
    ),
    "a certificate with a name that differs": (
        NAMED,
        "203.0.113.9",
        certificate("mail.contoso.com"),
        "a@contoso.com",
        'shows mail.contoso.com; connector "SMTP Relay (TLS)" expects relay.contoso.com',
        "--tls-sender-certificate-name mail.contoso.com",
    ),
    "a certificate with a name like nobody's": (
        NAMED,
        "203.0.113.9",
        certificate("mx.x.example"),
        "a@contoso.com",
        "No connector expects a name",
        "--tls-sender-certificate-name mx.x.example",
    ),
    "a certificate domain that is not accepted": (
        by_certificate("Foreign", "relay.other.example"),
        "203.0.113.9",
        certificate("relay.other.example"),
        "a@x.example",
        "neither this name's domain nor the sender's (x.example)",
        "gatepost domain add relay.other.example",
    ),
    "nothing near": (
        LISTED,
        "203.0.113.9",
        None,
        "a@contoso.com",
        "No OnPremises connector lists 203.0.113.9",
        "gatepost connector add --name",
    ),
    "no certificate where connectors name some": (
        NAMED,
        "203.0.113.9",
        None,
        "a@contoso.com",
        "did not use TLS",
        "present its certificate",
    ),
}


@pytest.mark.parametrize("case", MISSES)
def test_a_refusal_says_what_was_nearly_right_and_what_to_do(case: str) -> None:
    connector, client, shown, sender, reason, remedy = MISSES[case]
    decision = ask(directory(connector), client, shown, sender)
    assert decision.reply == reply.RELAY_DENIED
    assert any(reason in line for line in decision.reasons), decision.reasons
    assert any(remedy in line for line in decision.remedies), decision.remedies
    assert connector.name not in str(decision.reply)


def test_a_match_says_what_matched_and_what_was_accepted() -> None:
    decision = ask(directory(by_address("Devices", "127.0.0.0/24")), "127.0.0.3")
    assert decision.reasons[:3] == (
        'Connector "Devices" matched by address: 127.0.0.3 lies in 127.0.0.0/24.',
        "The sender domain contoso.com is an accepted domain of Contoso.",
        "The recipient's domain fabrikam.test is external, and the client may relay.",
    )
    assert decision.remedies == ()


def test_a_certificate_match_says_which_domain_counted() -> None:
    where = directory(by_certificate("wild", "*.contoso.com"), by_certificate("foreign", "mx.other.example"))
    wild = ask(where, "203.0.113.9", certificate("relay.contoso.com"), None)
    assert "the certificate's name relay.contoso.com is covered by *.contoso.com" in wild.reasons[0]
    assert "falls under contoso.com" in wild.reasons[1]
    foreign = ask(where, "203.0.113.9", certificate("mx.other.example"))
    assert "equals mx.other.example" in foreign.reasons[0]
    assert "but the sender domain contoso.com is" in foreign.reasons[1]


def test_explain_has_a_line_for_every_connector() -> None:
    connectors = [
        LISTED,
        NAMED,
        replace(by_address("off", "127.0.0.3"), enabled=False),
        partner("bank", "bank.example"),
        replace(by_address("empty"), sender_ip_addresses=()),
    ]
    decision = ask(directory(*connectors), "127.0.0.3")
    lines = {
        name: [r for r in decision.reasons if f'connector "{name}" of' in r]
        for name in ("SMTP Relay (Non-TLS)", "SMTP Relay (TLS)", "off", "bank", "empty")
    }
    assert lines["SMTP Relay (Non-TLS)"][0].endswith("matches.")
    assert "no certificate was shown for relay.contoso.com" in lines["SMTP Relay (TLS)"][0]
    assert "disabled" in lines["off"][0]
    assert "do not cover contoso.com" in lines["bank"][0]
    assert "neither addresses nor a certificate" in lines["empty"][0]


def test_explain_stays_readable_among_many_connectors() -> None:
    many = [by_address(f"c{number}", f"10.0.{number // 256}.{number % 256}") for number in range(500)]
    decision = ask(directory(*many), "203.0.113.9")
    assert len(decision.reasons) < 220
    assert any("300 more connectors" in reason for reason in decision.reasons)


def test_hostile_text_is_defused_in_reasons() -> None:
    shown = certificate("evil\x1b[31m.example", trusted_by=(), problem="CN=\x1b]0;x\x07\u202eevil\r\nX: y")
    decision = ask(directory(NAMED), "203.0.113.9", shown)
    assert all(line.isprintable() for line in (*decision.reasons, *decision.remedies))


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("plain", "plain"),
        ("two words", "'two words'"),
        ("*", "'*'"),
        ('a"b', "'a\"b'"),
        ("$(reboot)", "'$(reboot)'"),
        ("it's `x`", "'it'\\''s `x`'"),
        ("", "''"),
    ],
)
def test_remedies_can_be_pasted_into_a_shell(word: str, quoted: str) -> None:
    assert shell(word) == quoted


def test_lists_and_long_text_are_cut() -> None:
    assert listing(["a"]) == "a"
    assert listing(["a", "b"]) == "a and b"
    assert listing(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert len(clean("x" * 10_000)) == 120


def test_a_single_organization_needs_no_naming_in_commands() -> None:
    where = Directory.build(
        organizations=(directory().organizations["Contoso"],),
        accepted_domains=(accepted("contoso.com"),),
        inbound=(LISTED,),
    )
    assert "--organization" not in " ".join(ask(where, "127.0.0.9").remedies)


@pytest.mark.parametrize("tls", [False, True], ids=["in the clear", "over TLS"])
def test_a_client_without_certificate_is_told_of_the_disabled_connector_that_would_ask_for_one(tls: bool) -> None:
    session = replace(facts("203.0.113.9"), tls_version="TLSv1.3" if tls else None)
    asleep = replace(NAMED, enabled=False)
    decision = explain(session, address("a@contoso.com"), mailbox(OUTSIDE), directory(asleep))
    words = "a certificate for relay.contoso.com, which the client did not show"
    assert f'Connector "SMTP Relay (TLS)" would match ({words}), but it is disabled.' in decision.reasons
    assert any("gatepost connector enable 'SMTP Relay (TLS)'" in it for it in decision.remedies)


@pytest.mark.parametrize("sender", [None, "a@other.example", "a@fabrikam.com"])
def test_disabled_connectors_by_certificate_are_named_to_their_own_senders_only(sender: str | None) -> None:
    decision = ask(directory(replace(NAMED, enabled=False)), "203.0.113.9", sender=sender)
    assert not any("would match" in it for it in decision.reasons)


def test_few_of_many_disabled_connectors_by_certificate_are_named() -> None:
    many = [replace(by_certificate(f"c{n}", f"r{n}.contoso.com"), enabled=False) for n in range(1000)]
    decision = ask(directory(*many), "203.0.113.9")
    assert sum("would match" in it for it in decision.reasons) == 2


def test_direct_send_that_is_refused_may_be_a_device_of_ones_own_or_a_service() -> None:
    decision = explain(
        facts("203.0.113.9"), address("a@contoso.com"), mailbox("b@contoso.com"), directory(reject_direct_send=True)
    )
    assert decision.reply == reply.DIRECT_SEND_DENIED
    own, service = decision.remedies
    assert own.endswith(
        "gatepost connector add --name 'Relay from 203.0.113.9' --connector-type OnPremises "
        "--sender-domains '*' --sender-ip-addresses 203.0.113.9 --organization Contoso"
    )
    assert service.endswith(
        "gatepost connector add --name 'Direct send from 203.0.113.9' --connector-type Partner --sender-domains "
        "contoso.com --sender-ip-addresses 203.0.113.9 --require-tls false --organization Contoso"
    )


def test_a_partner_with_a_certificate_that_nobody_vouches_for_gets_the_remedy_of_all_such_certificates() -> None:
    theirs = replace(
        partner("Filter", "fabrikam.test"),
        restrict_domains_to_certificate=True,
        tls_sender_certificate_name="mx.filter.example",
    )
    shown = certificate("mx.filter.example", trusted_by=(), problem="The certificate is self-signed.")
    decision = explain(
        facts("203.0.113.9", shown), address("a@fabrikam.test"), mailbox("b@contoso.com"), directory(theirs)
    )
    assert decision.reply == reply.PARTNER_RESTRICTED
    assert "gatepost organization set Contoso --add-certificate-authorities FILE" in decision.remedies[0]


@pytest.mark.parametrize(
    ("user", "sender", "remedy"),
    [
        (None, "a@contoso.com", "gatepost user add anna --organization NAME"),
        ({"enabled": False}, "a@contoso.com", "gatepost user set anna --organization Contoso --enabled true"),
        (
            {"smtp_client_authentication_disabled": True},
            "a@contoso.com",
            "gatepost user set anna --organization Contoso --smtp-client-authentication-disabled false",
        ),
        ({}, "a@x.example", "gatepost domain add x.example --domain-type Authoritative --organization Contoso"),
        (
            {"allowed_senders": ("anna@contoso.com",)},
            "o'b@contoso.com",
            "gatepost user set anna --organization Contoso --add-allowed-senders 'o'\\''b@contoso.com'",
        ),
    ],
)
def test_a_user_is_told_what_to_change_and_in_which_organization(
    user: dict[str, Any] | None, sender: str, remedy: str
) -> None:
    users = [] if user is None else [SmtpUser(name="anna", organization="Contoso", password_hash="x", **user)]
    who = facts("203.0.113.9", tls=True, user="anna")
    decision = explain(who, address(sender), mailbox(OUTSIDE), directory(users=users))
    assert decision.remedies[0].endswith(remedy)
