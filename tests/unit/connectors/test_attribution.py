"""Who is calling: the order of attribution, certificate domains, and ties."""

from dataclasses import replace

import pytest

from gatepost.connectors import Certificate, Directory, Facts, InboundConnector, SmtpUser, attribute

from .world import (
    accepted,
    address,
    by_address,
    by_certificate,
    certificate,
    directory,
    facts,
    partner,
)


def found(known: Facts, sender: str | None, where: Directory) -> str | None:
    connector = attribute(known, address(sender), where).connector
    return None if connector is None else connector.name


def test_a_certificate_connector_comes_before_an_address_connector() -> None:
    where = directory(by_address("ip", "192.0.2.1"), by_certificate("tls", "*.contoso.com"))
    origin = attribute(facts("192.0.2.1", certificate("relay.contoso.com")), address("a@contoso.com"), where)
    assert origin.connector is not None
    assert (origin.connector.name, origin.by, origin.organization) == ("tls", "certificate", "Contoso")
    assert any('"ip" matches too' in reason and "before an address" in reason for reason in origin.reasons)


def test_an_untrusted_certificate_leaves_the_address_connectors() -> None:
    where = directory(by_address("ip", "192.0.2.1"), by_certificate("tls", "*.contoso.com"))
    shown = certificate("relay.contoso.com", trusted_by=(), problem="The certificate is self-signed.")
    origin = attribute(facts("192.0.2.1", shown), address("a@contoso.com"), where)
    assert origin.by == "address"
    assert any("self-signed" in reason for reason in origin.reasons)


@pytest.mark.parametrize(
    ("trusted_by", "name"), [(("Contoso",), "tls"), (("Fabrikam",), None), (("public",), "tls"), ((), None)]
)
def test_a_private_ca_counts_only_for_the_organization_that_added_it(
    trusted_by: tuple[str, ...], name: str | None
) -> None:
    where = directory(by_certificate("tls", "relay.contoso.com"))
    assert (
        found(facts("192.0.2.1", certificate("relay.contoso.com", trusted_by=trusted_by)), "x@y.example", where) == name
    )


@pytest.mark.parametrize(
    ("configured", "presented", "domains", "matches"),
    [
        ("*.contoso.com", "exchange.contoso.com", ["contoso.com"], True),
        ("*.contoso.com", "a.b.contoso.com", ["contoso.com"], True),
        ("relay.contoso.com", "relay.contoso.com", ["relay.contoso.com"], True),
        ("host.sub.contoso.com", "host.sub.contoso.com", ["sub.contoso.com"], True),
        ("host.sub.contoso.com", "host.sub.contoso.com", ["contoso.com"], False),
        ("relay.other.example", "relay.other.example", ["contoso.com"], False),
        ("*.other.example", "relay.other.example", ["contoso.com"], False),
        ("relay.contoso.com", "*.contoso.com", ["contoso.com"], True),
    ],
)
def test_the_certificate_domain_must_be_accepted(
    configured: str, presented: str, domains: list[str], matches: bool
) -> None:
    where = directory(by_certificate("tls", configured), domains=[accepted(d) for d in domains])
    assert (found(facts("192.0.2.1", certificate(presented)), None, where) == "tls") is matches


def test_match_sub_domains_accepts_the_certificate_domain_at_any_depth() -> None:
    where = directory(
        by_certificate("tls", "host.sub.contoso.com"),
        domains=[accepted("contoso.com", match_sub_domains=True)],
    )
    assert found(facts("192.0.2.1", certificate("host.sub.contoso.com")), None, where) == "tls"


def test_across_organizations_the_most_specific_accepted_domain_wins() -> None:
    where = directory(
        by_certificate("wide", "*.contoso.com"),
        by_certificate("narrow", "*.sub.contoso.com", organization="Fabrikam"),
        domains=[accepted("contoso.com"), accepted("sub.contoso.com", "Fabrikam")],
    )
    origin = attribute(facts("192.0.2.1", certificate("host.sub.contoso.com")), None, where)
    assert origin.organization == "Fabrikam"
    assert any('"wide" of Contoso' in reason for reason in origin.reasons)


def test_another_organizations_accepted_domain_lends_no_certificate_domain() -> None:
    where = directory(by_certificate("thief", "*.contoso.com", organization="Fabrikam"))
    assert found(facts("192.0.2.1", certificate("relay.contoso.com")), "a@contoso.com", where) is None


def test_an_address_shared_by_organizations_is_told_apart_by_the_sender_domain() -> None:
    where = directory(by_address("c", "192.0.2.1"), by_address("f", "192.0.2.0/24", organization="Fabrikam"))
    assert found(facts("192.0.2.1"), "a@contoso.com", where) == "c"
    assert found(facts("192.0.2.1"), "a@fabrikam.com", where) == "f"
    assert found(facts("192.0.2.1"), "a@elsewhere.example", where) is None


OLD, NEW = "2024-01-01T00:00:00.0000000Z", "2025-01-01T00:00:00.0000000Z"

TIES = {
    "exact name before wildcard": (
        by_certificate("first", "relay.contoso.com"),
        by_certificate("second", "*.contoso.com"),
        "an exact name",
    ),
    "longer wildcard before shorter": (
        by_certificate("first", "*.eu.contoso.com"),
        by_certificate("second", "*.contoso.com"),
        "more specific",
    ),
    "longer prefix before shorter": (
        by_address("first", "192.0.2.1/32"),
        by_address("second", "192.0.2.0/24"),
        "more specific",
    ),
    "older before newer": (
        replace(by_address("first-z", "192.0.2.1"), when_created_utc=OLD),
        replace(by_address("second-a", "192.0.2.1"), when_created_utc=NEW),
        "older",
    ),
    "then the name": (
        replace(by_address("first", "192.0.2.1"), when_created_utc=OLD),
        replace(by_address("second", "192.0.2.1"), when_created_utc=OLD),
        "name decides",
    ),
}


@pytest.mark.parametrize("tie", TIES)
@pytest.mark.parametrize("turned", [False, True], ids=["given in order", "given turned round"])
def test_ties_inside_an_organization_follow_the_order_of_3_6(tie: str, turned: bool) -> None:
    winner, loser, why = TIES[tie]
    where = directory(
        *((loser, winner) if turned else (winner, loser)),
        domains=[accepted("contoso.com", match_sub_domains=True)],
    )
    names = ("relay.contoso.com", "relay.eu.contoso.com")
    shown = certificate(*names) if winner.tls_sender_certificate_name else None
    origin = attribute(facts("192.0.2.1", shown), address("a@contoso.com"), where)
    assert origin.connector is winner
    assert any(loser.name in reason and why in reason for reason in origin.reasons)


@pytest.mark.parametrize(
    "connector",
    [by_address("off", "192.0.2.0/24"), by_certificate("off", "relay.contoso.com")],
    ids=["address", "certificate"],
)
def test_a_disabled_connector_does_not_count(connector: InboundConnector) -> None:
    known = facts("192.0.2.1", certificate("relay.contoso.com"))
    assert found(known, "a@contoso.com", directory(connector)) == "off"
    assert found(known, "a@contoso.com", directory(replace(connector, enabled=False))) is None


def test_a_partner_connector_never_makes_mail_originate() -> None:
    listed = replace(partner("p", "*"), sender_ip_addresses=by_address("", "192.0.2.1").sender_ip_addresses)
    assert found(facts("192.0.2.1"), "a@contoso.com", directory(listed)) is None


def test_require_tls_makes_an_address_connector_match_over_tls_only() -> None:
    where = directory(replace(by_address("ip", "192.0.2.1"), require_tls=True))
    assert found(facts("192.0.2.1"), "a@contoso.com", where) is None
    assert found(facts("192.0.2.1", tls=True), "a@contoso.com", where) == "ip"


def test_sender_domains_of_an_on_premises_connector_are_enforced_when_narrowed() -> None:
    domains = [accepted("contoso.com"), accepted("other.example")]
    where = directory(replace(by_address("ip", "192.0.2.1"), sender_domains=("*.contoso.com",)), domains=domains)
    assert found(facts("192.0.2.1"), "a@contoso.com", where) == "ip"
    assert found(facts("192.0.2.1"), "a@other.example", where) is None


def test_associated_accepted_domains_narrow_a_connector() -> None:
    domains = [accepted("contoso.com"), accepted("pilot.example")]
    where = directory(
        replace(by_address("ip", "192.0.2.1"), associated_accepted_domains=("pilot.example",)),
        replace(by_certificate("tls", "*.contoso.com"), associated_accepted_domains=("pilot.example",)),
        domains=domains,
    )
    shown = certificate("relay.contoso.com")
    assert found(facts("192.0.2.1"), "a@pilot.example", where) == "ip"
    assert found(facts("192.0.2.1"), "a@contoso.com", where) is None
    assert found(facts("198.51.100.1", shown), "a@pilot.example", where) == "tls"
    assert found(facts("198.51.100.1", shown), "a@contoso.com", where) is None


def test_an_ipv6_client_and_its_mapped_form_are_found() -> None:
    where = directory(by_address("six", "2001:db8::/64"), by_address("four", "192.0.2.1"))
    assert found(facts("2001:db8::7"), "a@contoso.com", where) == "six"
    assert found(facts("::ffff:192.0.2.1"), "a@contoso.com", where) == "four"


def test_an_authenticated_user_is_the_organizations() -> None:
    user = SmtpUser(name="scanner", organization="Contoso", password_hash="")
    where = directory(by_address("ip", "192.0.2.1"), users=[user])
    origin = attribute(facts("192.0.2.1", tls=True, user="scanner"), address("a@contoso.com"), where)
    assert (origin.organization, origin.connector, origin.by) == ("Contoso", None, "user")


def test_only_the_first_hundred_certificate_names_are_looked_at() -> None:
    names = [f"n{number}.example" for number in range(10_000)]
    where = directory(by_certificate("tls", "*.contoso.com"))
    assert found(facts("192.0.2.1", certificate(*names, "relay.contoso.com")), None, where) is None


def test_an_answer_is_remembered_per_client_sender_and_certificate() -> None:
    where = directory(by_address("ip", "192.0.2.1"), by_certificate("tls", "*.contoso.com"))
    cases: list[tuple[str, Certificate | None, str | None, str | None]] = [
        ("192.0.2.1", None, "a@contoso.com", "ip"),
        ("192.0.2.1", certificate("relay.contoso.com"), "a@contoso.com", "tls"),
        ("192.0.2.1", certificate("relay.contoso.com"), None, "tls"),
        ("192.0.2.1", certificate("relay.contoso.com", trusted_by=()), "a@contoso.com", "ip"),
        ("192.0.2.1", None, None, None),
        ("192.0.2.2", None, "a@contoso.com", None),
        ("::c000:201", None, "a@contoso.com", None),  # the same number in the other family
    ]
    for _ in range(2):
        for client, shown, sender, name in cases:
            assert found(facts(client, shown), sender, where) == name


def test_what_is_remembered_stays_bounded_and_strangers_add_nothing() -> None:
    where = directory(by_certificate("tls", "*.contoso.com"))
    for number in range(5000):
        attribute(facts("192.0.2.1", certificate("relay.contoso.com")), address(f"a@d{number}.example"), where)
        attribute(facts("198.51.100.1"), address(f"a@d{number}.example"), where)
    assert len(where.origins) <= 4096
    before = len(where.origins)
    attribute(facts("198.51.100.2"), address("a@contoso.com"), where)
    assert len(where.origins) == before


@pytest.mark.parametrize(
    ("domain", "organization"),
    [
        ("contoso.com", "Contoso"),
        ("sub.contoso.com", "Contoso"),
        ("deep.sub.contoso.com", "Contoso"),
        ("eu.contoso.com", "Fabrikam"),
        ("x.eu.contoso.com", "Contoso"),
        ("fabrikam.com", "Fabrikam"),
        ("a.fabrikam.com", "Fabrikam"),
        ("plain.example", "Contoso"),
        ("a.plain.example", None),
        ("evilcontoso.com", None),
        ("com", None),
    ],
)
def test_accepted_domains_match_exactly_by_sub_domains_or_by_wildcard(domain: str, organization: str | None) -> None:
    where = directory(
        domains=[
            accepted("contoso.com", match_sub_domains=True),
            accepted("eu.contoso.com", "Fabrikam"),
            accepted("*.fabrikam.com", "Fabrikam"),
            accepted("plain.example"),
            accepted("*"),
        ]
    )
    assert where.organization_of(domain) == organization


def test_a_client_certificate_is_wanted_only_while_an_enabled_connector_names_one() -> None:
    named = by_certificate("tls", "relay.contoso.com")
    assert directory(named).wants_client_certificate
    assert not directory(replace(named, enabled=False), by_address("ip", "192.0.2.1")).wants_client_certificate
