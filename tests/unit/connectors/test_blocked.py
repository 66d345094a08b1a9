"""Blocked clients: at the door, at MAIL and at RCPT, and how far one organization's word goes."""

from dataclasses import replace

import pytest

from gatepost.connectors import Directory, at_connect, at_rcpt, attribute, device_of, explain, judge
from gatepost.mail import reply

from .world import CONTOSO, FABRIKAM, accepted, by_address, facts, mailbox, networks

ANNA, BOB, OUT = mailbox("anna@contoso.com"), mailbox("bob@fabrikam.com"), mailbox("x@elsewhere.example")


def world(*contoso: str, fabrikam: tuple[str, ...] = (), alone: bool = False) -> Directory:
    organizations = [replace(CONTOSO, blocked_ip_addresses=networks(*contoso))]
    if not alone:
        organizations.append(replace(FABRIKAM, blocked_ip_addresses=networks(*fabrikam)))
    return Directory.build(
        organizations=organizations,
        accepted_domains=(accepted("contoso.com"), accepted("fabrikam.com", "Fabrikam")),
        inbound=[by_address("Printers", "192.0.2.0/24")],
    )


@pytest.mark.parametrize(
    ("client", "blocked"),
    [
        ("192.0.2.9", True),
        ("::ffff:192.0.2.9", True),
        ("192.0.2.8", False),
        ("2001:db8::5", True),
        ("2001:db8:1::5", False),
    ],
)
def test_the_only_organization_turns_its_blocked_clients_away_at_the_door(client: str, blocked: bool) -> None:
    directory = world("192.0.2.9", "2001:db8::/64", alone=True)
    refusal = at_connect(facts(client).client, directory)
    assert (refusal is not None) is blocked
    if refusal is not None:
        assert refusal.reply == reply.TURNED_AWAY and refusal.reply.closes
        assert "BlockedIPAddresses of Contoso" in refusal.reasons[0]
        assert "--remove-blocked-ip-addresses" in refusal.remedies[0]


def test_a_client_that_another_organization_may_want_is_greeted() -> None:
    client = facts("192.0.2.9")
    assert at_connect(client.client, world("192.0.2.9")) is None
    assert at_connect(client.client, world("192.0.2.9", fabrikam=("192.0.2.0/24",))) is not None


@pytest.mark.parametrize(
    ("sender", "recipient", "answer"),
    [
        pytest.param(ANNA, OUT, reply.CLIENT_BLOCKED, id="as its own sender"),
        pytest.param(OUT, ANNA, reply.CLIENT_BLOCKED, id="for its recipients"),
        pytest.param(OUT, BOB, reply.RECIPIENT_OK, id="for the other organization"),
        pytest.param(OUT, OUT, reply.RELAY_DENIED, id="for nobody of the house"),
    ],
)
def test_one_of_several_organizations_refuses_what_concerns_it(
    sender: object, recipient: object, answer: object
) -> None:
    directory, client = world("192.0.2.9"), facts("192.0.2.9")
    origin = attribute(client, sender, directory)  # type: ignore[arg-type]
    decision = at_rcpt(client, sender, recipient, origin, directory)  # type: ignore[arg-type]
    assert decision.reply == answer
    assert judge(client, sender, recipient, directory).reply == answer  # type: ignore[arg-type]


def test_what_if_knows_of_the_door() -> None:
    decision = explain(facts("192.0.2.9"), ANNA, OUT, world("192.0.2.9", alone=True))
    assert decision.reply == reply.TURNED_AWAY
    assert any("Printers" in reason for reason in decision.reasons)


@pytest.mark.parametrize(
    ("client", "device"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("2001:db8::5", "2001:db8::/64"),
        ("2001:DB8:0:0:1::/64", "2001:db8::/64"),
    ],
)
def test_a_device_is_an_address_or_a_small_network_of_ipv6(client: str, device: str) -> None:
    assert device_of(client) == device_of(device) == device


@pytest.mark.parametrize("client", ["", "printer", "192.0.2.0/24", "192.0.2.9/64", "2001:db8::/48"])
def test_what_is_no_device_is_refused(client: str) -> None:
    with pytest.raises(ValueError):
        device_of(client)
