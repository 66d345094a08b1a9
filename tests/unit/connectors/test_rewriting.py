"""Connectors that write another sender: whose mail they take for it, and whose never."""

from dataclasses import replace

import pytest

from gatepost.connectors import InboundConnector, RewriteSenders, attribute, explain, rewritten_sender
from gatepost.mail import Address

from .world import accepted, address, by_address, by_certificate, certificate, directory, facts, mailbox

SCANS = mailbox("scans@contoso.com")
DEVICE = "192.0.2.9"


def writing(connector: InboundConnector, which: str = "NotAccepted", to: Address = SCANS) -> InboundConnector:
    return replace(connector, rewrite_senders=RewriteSenders(which), sender_rewrite_address=to)


PRINTERS = writing(by_address("Printers", "192.0.2.0/28"))


@pytest.mark.parametrize(
    ("which", "sender", "written"),
    [
        ("NotAccepted", "root@localhost", "scans@contoso.com"),
        ("NotAccepted", "a@contoso.com", None),
        ("NotAccepted", "a@fabrikam.com", "scans@contoso.com"),
        ("NotAccepted", None, None),
        ("All", "a@contoso.com", "scans@contoso.com"),
        ("All", "scans@contoso.com", None),
        ("All", None, None),
        ("None", "root@localhost", None),
    ],
)
def test_a_sender_is_written_anew_as_the_connector_says(which: str, sender: str | None, written: str | None) -> None:
    connector = writing(by_address("Printers", DEVICE), which)
    where = directory(connector, domains=[accepted("contoso.com"), accepted("fabrikam.com", "Fabrikam")])
    assert rewritten_sender(address(sender), connector, where) == address(written)


@pytest.mark.parametrize(
    ("client", "sender", "found"),
    [
        ("192.0.2.9", "root@localhost", "Printers"),
        ("192.0.2.9", "a@contoso.com", "Printers"),
        ("192.0.2.9", None, None),  # the null sender is never rewritten
        ("192.0.2.9", "a@fabrikam.com", None),  # another organization's name
        ("192.0.2.99", "root@localhost", None),  # a stranger
    ],
)
def test_only_listed_addresses_may_use_a_sender_that_nobody_accepts(
    client: str, sender: str | None, found: str | None
) -> None:
    where = directory(PRINTERS, domains=[accepted("contoso.com"), accepted("fabrikam.com", "Fabrikam")])
    connector = attribute(facts(client), address(sender), where).connector
    assert (None if connector is None else connector.name) == found


@pytest.mark.parametrize(
    "connector",
    [
        replace(PRINTERS, enabled=False),
        replace(PRINTERS, require_tls=True),
        replace(PRINTERS, sender_domains=("fabrikam.com",)),
        replace(PRINTERS, associated_accepted_domains=("other.example",)),
        writing(by_address("Printers", DEVICE), to=mailbox("a@nobodys.example")),
        writing(by_certificate("Printers", "relay.contoso.com")),
        replace(PRINTERS, rewrite_senders=RewriteSenders.NONE),
    ],
)
def test_the_sender_as_it_will_be_has_to_be_allowed(connector: InboundConnector) -> None:
    where = directory(connector, domains=[accepted("contoso.com")])
    assert attribute(facts(DEVICE), address("root@localhost"), where).connector is None


def test_a_certificate_that_leads_nowhere_does_not_hide_the_address() -> None:
    where = directory(PRINTERS, domains=[accepted("contoso.com")])
    origin = attribute(facts(DEVICE, certificate("other.example")), address("root@localhost"), where)
    assert origin.connector == PRINTERS


def test_where_two_organizations_would_write_the_sender_neither_does() -> None:
    theirs = writing(by_address("Theirs", DEVICE, organization="Fabrikam"), to=mailbox("a@fabrikam.com"))
    where = directory(PRINTERS, theirs, domains=[accepted("contoso.com"), accepted("fabrikam.com", "Fabrikam")])
    assert attribute(facts(DEVICE), address("root@localhost"), where).connector is None


def test_what_if_tells_of_the_sender_that_is_written() -> None:
    where = directory(PRINTERS, domains=[accepted("contoso.com")])
    told = explain(facts(DEVICE), mailbox("root@localhost"), mailbox("x@elsewhere.example"), where)
    assert told.result == "relay"
    assert "The sender root@localhost becomes scans@contoso.com." in told.reasons
    assert any(reason.endswith('connector "Printers" of Contoso: matches.') for reason in told.reasons)


def test_a_refused_device_is_told_how_its_sender_could_be_written() -> None:
    where = directory(by_address("Printers", DEVICE), domains=[accepted("contoso.com")])
    told = explain(facts(DEVICE), mailbox("root@localhost"), mailbox("x@elsewhere.example"), where)
    assert told.result == "reject"
    assert any("--rewrite-senders NotAccepted --sender-rewrite-address" in remedy for remedy in told.remedies)
