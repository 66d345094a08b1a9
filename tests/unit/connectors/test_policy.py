"""What callers may do: the decision table row by row, and what surrounds it."""

from dataclasses import replace

import pytest

from gatepost.connectors import (
    Certificate,
    Decision,
    Directory,
    DomainType,
    Facts,
    InboundConnector,
    SmtpUser,
    at_mail,
    at_rcpt,
    attribute,
    refusal_at_mail,
)
from gatepost.mail import Reply, reply

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

OUTSIDE, INSIDE = "b@fabrikam.test", "b@contoso.com"


def judge(known: Facts, sender: str | None, recipient: str, where: Directory) -> Decision:
    origin = attribute(known, address(sender), where)
    return at_rcpt(known, address(sender), mailbox(recipient), origin, where)


ACCEPTED_NAME, FOREIGN_NAME = "relay.contoso.com", "relay.other.example"

ROWS = {
    # row of §3.4: (certificate name, client listed by address, sender, result)
    "cert match, cert domain accepted, sender accepted: relay": (
        ACCEPTED_NAME,
        False,
        "a@contoso.com",
        "relay",
    ),
    "cert match, cert domain accepted, sender not accepted: relay": (
        ACCEPTED_NAME,
        False,
        "a@x.example",
        "relay",
    ),
    "cert match, cert domain accepted, null sender: relay": (ACCEPTED_NAME, False, None, "relay"),
    "cert match, cert domain not accepted, sender accepted: relay": (
        FOREIGN_NAME,
        False,
        "a@contoso.com",
        "relay",
    ),
    "cert match, cert domain not accepted, sender not accepted: reject": (
        FOREIGN_NAME,
        False,
        "a@x.example",
        "reject",
    ),
    "cert match, cert domain not accepted, null sender: reject": (FOREIGN_NAME, False, None, "reject"),
    "IP match, sender accepted: relay": (None, True, "a@contoso.com", "relay"),
    "IP match, sender not accepted: reject": (None, True, "a@x.example", "reject"),
    "IP match, null sender: reject": (None, True, None, "reject"),
    "no match: reject": (None, False, "a@contoso.com", "reject"),
    "no match, null sender: reject": (None, False, None, "reject"),
}


def article() -> Directory:
    """The article's two connectors, and one whose certificate domain nobody has accepted."""
    return directory(
        by_address("SMTP Relay (Non-TLS)", "192.0.2.0/24"),
        by_certificate("SMTP Relay (TLS)", "relay.contoso.com"),
        by_certificate("Foreign name", FOREIGN_NAME),
    )


@pytest.mark.parametrize("row", ROWS)
def test_table_3_4_external_recipient(row: str) -> None:
    name, listed, sender, result = ROWS[row]
    shown = None if name is None else certificate(name)
    decision = judge(facts("192.0.2.7" if listed else "203.0.113.9", shown), sender, OUTSIDE, article())
    assert decision.result == result
    if result == "relay":
        assert decision.organization == "Contoso"
        assert decision.connector is not None
        assert decision.reply == reply.RECIPIENT_OK
        assert not decision.remedies
    else:
        assert decision.reply == reply.RELAY_DENIED
        assert decision.connector is None
        assert decision.remedies
    assert decision.reasons


@pytest.mark.parametrize("sender", ["a@contoso.com", "a@x.example", None])
def test_internal_recipient_without_connector_is_incoming(sender: str | None) -> None:
    decision = judge(facts("203.0.113.9"), sender, INSIDE, article())
    assert (decision.result, decision.organization, decision.connector) == ("incoming", "Contoso", None)


@pytest.mark.parametrize("kind", list(DomainType))
def test_recipients_of_every_type_of_accepted_domain_are_incoming(kind: DomainType) -> None:
    where = directory(domains=[replace(accepted("contoso.com"), domain_type=kind)])
    assert judge(facts("203.0.113.9"), "a@x.example", INSIDE, where).result == "incoming"


def test_an_address_connector_with_a_foreign_sender_still_takes_mail_for_inside() -> None:
    decision = judge(facts("192.0.2.7"), "a@x.example", INSIDE, article())
    assert (decision.result, decision.connector) == ("incoming", None)


def test_internal_recipient_through_a_connector_goes_through_the_connector() -> None:
    decision = judge(facts("192.0.2.7"), "a@contoso.com", INSIDE, article())
    assert (decision.result, decision.connector) == ("relay", "SMTP Relay (Non-TLS)")


def test_a_recipient_at_an_address_literal_is_external() -> None:
    assert judge(facts("203.0.113.9"), "a@contoso.com", "b@[127.0.0.1]", article()).reply == reply.RELAY_DENIED


def test_a_blocked_connector_refuses_the_sender() -> None:
    where = directory(replace(by_address("ip", "192.0.2.1"), blocked=True))
    known, sender = facts("192.0.2.1"), address("a@contoso.com")
    origin = attribute(known, sender, where)
    assert at_mail(known, sender, origin, where) == reply.CONNECTOR_BLOCKED
    assert at_rcpt(known, sender, mailbox(OUTSIDE), origin, where).reply == reply.CONNECTOR_BLOCKED
    refusal = refusal_at_mail(known, sender, origin, where)
    assert refusal is not None
    assert "--blocked false" in refusal.remedies[0]


def test_a_connector_for_internal_recipients_only_refuses_the_outside() -> None:
    where = directory(replace(by_address("ip", "192.0.2.1"), internal_recipients_only=True))
    assert judge(facts("192.0.2.1"), "a@contoso.com", OUTSIDE, where).reply == reply.INTERNAL_ONLY
    assert judge(facts("192.0.2.1"), "a@contoso.com", "b@fabrikam.com", where).reply == reply.INTERNAL_ONLY
    assert judge(facts("192.0.2.1"), "a@contoso.com", INSIDE, where).result == "relay"


SCANNER = SmtpUser(name="scanner", organization="Contoso", password_hash="")
LIMITED = replace(SCANNER, allowed_senders=("Scan@contoso.com", "*@sub.contoso.com"))


@pytest.mark.parametrize(
    ("user", "sender", "answer"),
    [
        (SCANNER, "a@contoso.com", None),
        (SCANNER, "a@fabrikam.com", reply.SENDER_NOT_ALLOWED),
        (SCANNER, "a@x.example", reply.SENDER_NOT_ALLOWED),
        (SCANNER, None, reply.SENDER_NOT_ALLOWED),
        (LIMITED, "scan@contoso.com", None),
        (LIMITED, "other@contoso.com", reply.SENDER_NOT_ALLOWED),
        (LIMITED, "anyone@sub.contoso.com", None),
        (replace(SCANNER, enabled=False), "a@contoso.com", reply.AUTH_REQUIRED),
    ],
)
def test_a_user_may_send_from_the_organizations_domains_and_allowed_senders(
    user: SmtpUser, sender: str | None, answer: Reply | None
) -> None:
    where = directory(
        users=[user],
        domains=[accepted("contoso.com", match_sub_domains=True), accepted("fabrikam.com", "Fabrikam")],
    )
    known = facts("203.0.113.9", tls=True, user="scanner")
    origin = attribute(known, address(sender), where)
    assert at_mail(known, address(sender), origin, where) == answer
    decision = at_rcpt(known, address(sender), mailbox(OUTSIDE), origin, where)
    assert decision.result == ("relay" if answer is None else "reject")


def test_an_unknown_user_gets_no_rights_from_the_address_either() -> None:
    where = directory(by_address("ip", "192.0.2.1"))
    assert judge(facts("192.0.2.1", user="ghost"), "a@contoso.com", OUTSIDE, where).reply == reply.AUTH_REQUIRED


# --- Partner connectors and direct send --------------------------------------------------------------------


def lockdown(*addresses: str, scope: str = "*") -> InboundConnector:
    listed = by_address("", *addresses).sender_ip_addresses
    return replace(partner("Filter", scope), sender_ip_addresses=listed, restrict_domains_to_ip_addresses=True)


def certified(scope: str = "*") -> InboundConnector:
    return replace(
        partner("Filter by certificate", scope),
        tls_sender_certificate_name="mx.filter.example",
        restrict_domains_to_certificate=True,
        require_tls=True,
    )


FILTER = certificate("mx.filter.example")

PARTNERS: dict[str, tuple[list[InboundConnector], str, Certificate | None, str | None, str]] = {
    "lock-down by address, from the address": (
        [lockdown("192.0.2.1")],
        "192.0.2.1",
        None,
        "a@x.example",
        "incoming",
    ),
    "lock-down by address, from elsewhere": (
        [lockdown("192.0.2.1")],
        "203.0.113.9",
        None,
        "a@x.example",
        "reject",
    ),
    "lock-down by address, null sender from elsewhere": (
        [lockdown("192.0.2.1")],
        "203.0.113.9",
        None,
        None,
        "reject",
    ),
    "lock-down by certificate, with it": ([certified()], "203.0.113.9", FILTER, "a@x.example", "incoming"),
    "lock-down by certificate, without": ([certified()], "203.0.113.9", None, "a@x.example", "reject"),
    "lock-down by certificate, untrusted": (
        [certified()],
        "203.0.113.9",
        certificate("mx.filter.example", trusted_by=(), problem="self-signed."),
        "a@x.example",
        "reject",
    ),
    "two lock-downs, one met": (
        [lockdown("192.0.2.1"), certified()],
        "203.0.113.9",
        FILTER,
        "a@x.example",
        "incoming",
    ),
    "both restrictions on one connector, one met": (
        [replace(certified(), restrict_domains_to_ip_addresses=True)],
        "203.0.113.9",
        FILTER,
        "a@x.example",
        "reject",
    ),
    "restricted domain from elsewhere": (
        [lockdown("192.0.2.1", scope="*.partner.example")],
        "203.0.113.9",
        None,
        "a@mail.partner.example",
        "reject",
    ),
    "other senders are unaffected": (
        [lockdown("192.0.2.1", scope="partner.example")],
        "203.0.113.9",
        None,
        "a@x.example",
        "incoming",
    ),
    "restricting beats allowing": (
        [partner("Allow", "partner.example"), lockdown("192.0.2.1")],
        "203.0.113.9",
        None,
        "a@partner.example",
        "reject",
    ),
    "disabled lock-down": (
        [replace(lockdown("192.0.2.1"), enabled=False)],
        "203.0.113.9",
        None,
        "a@x.example",
        "incoming",
    ),
    "lock-down for another accepted domain": (
        [replace(lockdown("192.0.2.1"), associated_accepted_domains=("pilot.example",))],
        "203.0.113.9",
        None,
        "a@x.example",
        "incoming",
    ),
    "restricted to a certificate that is not configured": (
        [replace(certified(), tls_sender_certificate_name=None)],
        "203.0.113.9",
        FILTER,
        "a@x.example",
        "reject",
    ),
}


@pytest.mark.parametrize("case", PARTNERS)
def test_partner_restrictions_hold_for_their_sender_domains(case: str) -> None:
    connectors, client, shown, sender, result = PARTNERS[case]
    decision = judge(facts(client, shown), sender, INSIDE, directory(*connectors))
    assert decision.result == result
    if result == "reject":
        assert decision.reply == reply.PARTNER_RESTRICTED
        assert decision.remedies


def test_a_partner_that_requires_tls_refuses_plain_sessions() -> None:
    where = directory(replace(partner("Bank", "bank.example"), require_tls=True))
    plain = judge(facts("203.0.113.9"), "a@bank.example", INSIDE, where)
    assert (plain.reply, plain.connector) == (reply.PARTNER_NEEDS_TLS, "Bank")
    secure = judge(facts("203.0.113.9", tls=True), "a@bank.example", INSIDE, where)
    assert (secure.result, secure.connector) == ("incoming", "Bank")
    assert judge(facts("203.0.113.9"), "a@x.example", INSIDE, where).result == "incoming"


def test_the_most_specific_sender_domains_speak_for_the_sender() -> None:
    where = directory(replace(partner("All", "*"), require_tls=True), partner("One", "bank.example"))
    assert judge(facts("203.0.113.9"), "a@bank.example", INSIDE, where).connector == "One"
    assert judge(facts("203.0.113.9"), "a@x.example", INSIDE, where).reply == reply.PARTNER_NEEDS_TLS


def test_a_matched_on_premises_connector_is_not_subject_to_partner_restrictions() -> None:
    where = directory(by_address("ip", "198.51.100.1"), lockdown("192.0.2.1"))
    assert judge(facts("198.51.100.1"), "a@contoso.com", INSIDE, where).result == "relay"


@pytest.mark.parametrize(
    ("sender", "denied"),
    [
        ("a@contoso.com", True),
        ("a@sub.contoso.com", True),
        ("a@plain.example", True),
        ("a@sub.plain.example", False),
        ("a@x.example", False),
        ("a@fabrikam.com", False),
        (None, False),
    ],
)
def test_reject_direct_send_refuses_the_organizations_own_domains_from_strangers(
    sender: str | None, denied: bool
) -> None:
    domains = [
        accepted("contoso.com", match_sub_domains=True),
        accepted("plain.example"),
        accepted("fabrikam.com", "Fabrikam"),
    ]
    where = directory(domains=domains, reject_direct_send=True)
    decision = judge(facts("203.0.113.9"), sender, INSIDE, where)
    assert (decision.reply == reply.DIRECT_SEND_DENIED) is denied


def test_direct_send_is_open_to_whom_a_connector_identifies() -> None:
    listed = by_address("", "192.0.2.1").sender_ip_addresses
    by_ip = replace(partner("Service", "contoso.com"), sender_ip_addresses=listed)
    named = replace(partner("Service", "contoso.com"), tls_sender_certificate_name="mx.filter.example")
    for connector, known in [
        (by_ip, facts("192.0.2.1")),
        (named, facts("203.0.113.9", FILTER)),
        (by_address("ip", "192.0.2.1"), facts("192.0.2.1")),
    ]:
        where = directory(connector, reject_direct_send=True)
        assert judge(known, "a@contoso.com", INSIDE, where).result in ("incoming", "relay")
        assert judge(facts("203.0.113.9"), "a@contoso.com", INSIDE, where).reply == reply.DIRECT_SEND_DENIED


def test_one_organizations_connector_does_not_get_round_anothers_terms() -> None:
    where = directory(by_certificate("theirs", "*.fabrikam.com", organization="Fabrikam"), reject_direct_send=True)
    known = facts("203.0.113.9", certificate("relay.fabrikam.com"))
    assert judge(known, "a@contoso.com", INSIDE, where).reply == reply.DIRECT_SEND_DENIED
    friendly = judge(known, "a@fabrikam.com", INSIDE, where)
    assert (friendly.result, friendly.organization) == ("relay", "Fabrikam")
