"""What rules make of an envelope: who gets the message instead or as well, and who is held."""

from ipaddress import ip_address
from typing import Any

from gatepost.connectors import Decision, Directory, MessageFacts, Organization, RuleBook, TransportRule
from gatepost.inbound.ruling import Ruled, ruled
from gatepost.mail import Address, Envelope, Notify, Recipient, reply
from gatepost.spool import Hold

ANNA, BOB, BOSS = (Address(name, "contoso.com") for name in ("anna", "bob", "boss"))
MESSAGE = MessageFacts(at=0.0, client=ip_address("192.0.2.9"), connector=None, sender=ANNA, subject="hi", octets=100)


def taken(organization: str = "Contoso") -> Decision:
    return Decision(
        result="incoming",
        organization=organization,
        connector=None,
        reply=reply.RECIPIENT_OK,
        reasons=(),
        remedies=(),
    )


def rule(name: str, **properties: Any) -> TransportRule:
    return TransportRule(name=name, organization="Contoso", **properties)


def play(
    *rules: TransportRule, recipients: tuple[Recipient, ...], whose: tuple[str, ...] = (), sandbox: bool = False
) -> Ruled:
    owners = whose or ("Contoso",) * len(recipients)
    return ruled(
        Envelope(sender=ANNA, recipients=recipients),
        [taken(it) for it in owners],
        [it.address for it in recipients],
        message=MESSAGE,
        book=RuleBook(rules, [Organization(name="Contoso", sandbox=sandbox)]),
        directory=Directory.build(organizations=(), accepted_domains=(), inbound=()),
    )


def recipients(*addresses: Address) -> tuple[Recipient, ...]:
    return tuple(Recipient(address=it) for it in addresses)


def test_redirected_recipients_keep_what_the_sender_wants_to_hear_and_whom_was_written_to() -> None:
    wishes = Recipient(address=BOB, notify=(Notify.FAILURE,), orcpt="rfc822;list@x.example")
    found = play(
        rule("R", redirect_message_to=("boss@contoso.com",)), recipients=(*recipients(ANNA), wishes)
    ).envelope.recipients
    assert found == (Recipient(address=BOSS, orcpt="rfc822;anna@contoso.com"),)  # once, under the first name
    (alone,) = play(rule("R", redirect_message_to=("boss@contoso.com",)), recipients=(wishes,)).envelope.recipients
    assert alone == Recipient(address=BOSS, notify=(Notify.FAILURE,), orcpt="rfc822;list@x.example")


def test_who_is_held_is_said_in_the_order_of_the_envelope_and_of_nobody_where_nobody_is() -> None:
    found = play(rule("Wait", hold=True, sent_to=("bob@contoso.com",)), recipients=recipients(ANNA, BOB, BOSS))
    assert found.holds == (None, Hold(rule="Wait"), None)
    assert [it.address for it in found.envelope.recipients] == [ANNA, BOB, BOSS]
    assert play(rule("Wait", hold=True, sent_to=("x@y.example",)), recipients=recipients(ANNA)).holds == ()


def test_a_copy_is_nobodys_business_and_is_not_held_with_the_message() -> None:
    found = play(rule("Both", hold=True, blind_copy_to=("boss@contoso.com",)), recipients=recipients(ANNA, BOB))
    assert found.envelope.recipients[2] == Recipient(address=BOSS, notify=(Notify.NEVER,))
    assert found.holds == (Hold(rule="Both"), Hold(rule="Both"), None)
    assert len(found.decisions) == len(found.envelope.recipients) == 3


def test_who_is_a_recipient_already_gets_no_second_copy() -> None:
    found = play(rule("Copy", blind_copy_to=("anna@contoso.com",)), recipients=recipients(ANNA))
    assert found.envelope.recipients == recipients(ANNA)


def test_a_rule_of_one_organization_says_nothing_about_anothers_mail() -> None:
    found = play(rule("Wait", hold=True), recipients=recipients(ANNA, BOB), whose=("Contoso", "Fabrikam"))
    assert found.holds == (Hold(rule="Wait"), None)


def test_in_a_sandbox_copies_and_redirected_mail_stay_as_well() -> None:
    found = play(
        rule("Away", redirect_message_to=("boss@contoso.com",), blind_copy_to=("bob@contoso.com",)),
        recipients=recipients(ANNA),
        sandbox=True,
    )
    assert [it.address for it in found.envelope.recipients] == [BOSS, BOB]
    assert found.holds == (Hold(sandbox=True), Hold(sandbox=True))
