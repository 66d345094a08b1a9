"""What must hold for any facts: no exception, no relay for strangers, nothing by a disabled connector."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.connectors import (
    PUBLIC,
    AcceptedDomain,
    Certificate,
    ConnectorType,
    Directory,
    Facts,
    InboundConnector,
    Organization,
    SmtpUser,
    at_mail,
    at_rcpt,
    attribute,
    certificate_domains,
    explain,
    name_matches,
)
from gatepost.mail import Address, domain_matches, reply

ORGANIZATIONS = ["A", "B"]
DOMAINS = ["a.example", "sub.a.example", "b.example", "x.example"]
NAMES = ["relay.a.example", "*.a.example", "h.sub.a.example", "relay.b.example", "*.b.example", "q.x.example"]
CLIENTS = st.one_of(
    st.builds(lambda n: IPv4Address(0xC0000200 + n), st.integers(0, 7)),
    st.builds(lambda n: IPv6Address((0x20010DB8 << 96) + n), st.integers(0, 7)),
)
ADDRESSES = st.builds(Address, st.sampled_from(["u", "v"]), st.sampled_from(DOMAINS))
SENDERS = st.one_of(st.none(), ADDRESSES)


def _some(values: Iterable[str], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=most, unique=True).map(tuple)


NETWORKS = st.builds(
    lambda client, cut: ip_network((client, client.max_prefixlen - cut), strict=False),
    CLIENTS,
    st.integers(0, 3),
)
CONNECTORS = st.builds(
    InboundConnector,
    name=st.uuids().map(str),
    organization=st.sampled_from(ORGANIZATIONS),
    enabled=st.sampled_from([True, True, True, False]),
    connector_type=st.sampled_from([*ConnectorType, ConnectorType.ON_PREMISES, ConnectorType.ON_PREMISES]),
    sender_ip_addresses=st.lists(NETWORKS, max_size=2).map(tuple),
    sender_domains=_some(["*", "a.example", "*.a.example", "b.example"]),
    associated_accepted_domains=st.one_of(st.just(()), _some(DOMAINS, 1)),
    require_tls=st.booleans(),
    restrict_domains_to_ip_addresses=st.booleans(),
    restrict_domains_to_certificate=st.booleans(),
    tls_sender_certificate_name=st.one_of(st.none(), st.sampled_from(NAMES)),
    internal_recipients_only=st.booleans(),
    blocked=st.sampled_from([False, False, False, True]),
)
ACCEPTED = st.builds(
    lambda domain, organization, below: AcceptedDomain(
        name=domain, organization=organization, domain_name=domain, match_sub_domains=below
    ),
    st.sampled_from([*DOMAINS[:3], "*.b.example"]),
    st.sampled_from(ORGANIZATIONS),
    st.booleans(),
)
USERS = st.builds(
    SmtpUser,
    name=st.sampled_from(["u", "v"]),
    organization=st.sampled_from(ORGANIZATIONS),
    password_hash=st.just(""),
    enabled=st.booleans(),
    allowed_senders=_some(["u@a.example", "*@b.example"]),
)
CERTIFICATES = st.builds(
    Certificate,
    names=st.one_of(_some(NAMES), _some(NAMES), st.lists(st.text(max_size=20), max_size=3).map(tuple)),
    subject=st.text(max_size=10),
    issuer=st.text(max_size=10),
    fingerprint=st.just(""),
    not_after=st.just(""),
    trusted_by=st.frozensets(st.sampled_from([PUBLIC, *ORGANIZATIONS])),
    problem=st.one_of(st.none(), st.text(max_size=20)),
)
FACTS = st.builds(
    Facts,
    client=CLIENTS,
    hello=st.text(max_size=10),
    tls_version=st.one_of(st.none(), st.just("TLSv1.3")),
    certificate=st.one_of(st.none(), CERTIFICATES),
    user=st.one_of(st.none(), st.none(), st.sampled_from(["u", "v", "w"])),
)
DIRECTORIES = st.builds(
    lambda domains, inbound, users, direct: Directory.build(
        organizations=[Organization(name=name, reject_direct_send=direct) for name in ORGANIZATIONS],
        accepted_domains=domains,
        inbound=inbound,
        users=users,
    ),
    st.lists(ACCEPTED, max_size=4, unique_by=lambda d: d.domain_name),
    st.lists(CONNECTORS, max_size=6),
    st.lists(USERS, max_size=2),
    st.booleans(),
)


def entitled(connector: InboundConnector, facts: Facts, sender: Address | None, directory: Directory) -> bool:
    """The rule of §3.4 said once more, as plainly as possible: may this connector relay for this client?"""
    if not connector.enabled or connector.blocked or connector.connector_type is not ConnectorType.ON_PREMISES:
        return False
    certificate = facts.certificate
    if connector.require_tls and facts.tls_version is None and certificate is None:
        return False
    patterns = connector.sender_domains
    if sender is not None and patterns and not any(domain_matches(p, sender.domain) for p in patterns):
        return False
    sender_accepted = sender is not None and directory.organization_of(sender.domain) == connector.organization
    named = (
        certificate is not None
        and (PUBLIC in certificate.trusted_by or connector.organization in certificate.trusted_by)
        and connector.tls_sender_certificate_name is not None
        and any(name_matches(connector.tls_sender_certificate_name, name) for name in certificate.names)
    )
    listed = any(n.version == facts.client.version and facts.client in n for n in connector.sender_ip_addresses)
    if named:
        assert certificate is not None
        configured = connector.tls_sender_certificate_name or ""
        covered = [name for name in certificate.names if name_matches(configured, name)]
        domains = {domain for name in covered for domain in certificate_domains(configured, name)}
        if any(directory.organization_of(domain) == connector.organization for domain in domains):
            return True
    return sender_accepted and (named or listed)


@settings(max_examples=400, deadline=None)
@given(DIRECTORIES, FACTS, SENDERS, ADDRESSES)
def test_relay_is_said_only_to_a_user_or_a_connector_that_is_entitled(
    directory: Directory, facts: Facts, sender: Address | None, recipient: Address
) -> None:
    origin = attribute(facts, sender, directory)
    decision = at_rcpt(facts, sender, recipient, origin, directory)
    assert decision.result in ("relay", "incoming", "reject")
    assert decision.reasons
    if decision.result == "relay":
        assert decision.reply == reply.RECIPIENT_OK
        assert at_mail(facts, sender, origin, directory) is None
        if origin.by == "user":
            assert sender is not None
            assert directory.organization_of(sender.domain) == origin.organization == decision.organization
        else:
            assert facts.user is None
            assert origin.connector is not None
            assert origin.connector.name == decision.connector
            assert origin.connector.organization == decision.organization
            assert entitled(origin.connector, facts, sender, directory)
    elif decision.result == "incoming":
        assert directory.organization_of(recipient.domain) == decision.organization is not None
    else:
        assert decision.reply.code >= 500
        assert decision.remedies


BY_CERTIFICATE = st.builds(
    InboundConnector,
    name=st.uuids().map(str),
    organization=st.sampled_from(ORGANIZATIONS),
    connector_type=st.just(ConnectorType.ON_PREMISES),
    sender_domains=st.just(("*",)),
    tls_sender_certificate_name=st.sampled_from(NAMES),
)
SHOWN = st.builds(
    lambda names, trusted_by: Certificate(
        names=names, subject="", issuer="", fingerprint="", not_after="", trusted_by=trusted_by
    ),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple),
    st.frozensets(st.sampled_from([PUBLIC, *ORGANIZATIONS]), max_size=1),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(BY_CERTIFICATE, min_size=1, max_size=4), SHOWN, SENDERS)
def test_a_certificate_relays_exactly_when_some_connector_is_entitled_by_it(
    connectors: list[InboundConnector], shown: Certificate, sender: Address | None
) -> None:
    directory = Directory.build(
        organizations=[Organization(name=name) for name in ORGANIZATIONS],
        accepted_domains=[
            AcceptedDomain(name="a.example", organization="A", domain_name="a.example"),
            AcceptedDomain(name="b.example", organization="B", domain_name="b.example"),
        ],
        inbound=connectors,
    )
    facts = Facts(client=IPv4Address("192.0.2.1"), tls_version="TLSv1.3", certificate=shown)
    origin = attribute(facts, sender, directory)
    entitling = [c for c in connectors if entitled(c, facts, sender, directory)]
    if origin.connector is None:
        assert not entitling
    else:
        assert origin.connector in entitling
    recipient = Address("u", "x.example")
    assert (at_rcpt(facts, sender, recipient, origin, directory).result == "relay") is bool(entitling)


@settings(max_examples=200, deadline=None)
@given(DIRECTORIES, FACTS, SENDERS, ADDRESSES)
def test_without_enabled_connectors_and_users_nobody_relays(
    directory: Directory, facts: Facts, sender: Address | None, recipient: Address
) -> None:
    off = Directory.build(
        organizations=directory.organizations.values(),
        accepted_domains=[],
        inbound=[replace(c, enabled=False) for c in directory.inbound],
    )
    origin = attribute(facts, sender, off)
    assert origin.connector is None
    assert origin.organization is None
    assert at_rcpt(facts, sender, recipient, origin, off).result == "reject"


@settings(max_examples=200, deadline=None)
@given(DIRECTORIES, FACTS, SENDERS, ADDRESSES)
def test_explain_decides_as_the_session_would_and_asking_twice_changes_nothing(
    directory: Directory, facts: Facts, sender: Address | None, recipient: Address
) -> None:
    first = explain(facts, sender, recipient, directory)
    origin = attribute(facts, sender, directory)
    decision = at_rcpt(facts, sender, recipient, origin, directory)
    assert (first.result, first.connector, first.reply) == (
        decision.result,
        decision.connector,
        decision.reply,
    )
    again = explain(facts, sender, recipient, directory)
    assert (first.reply, first.reasons, first.remedies) == (again.reply, again.reasons, again.remedies)


@settings(max_examples=200, deadline=None)
@given(st.lists(CONNECTORS, max_size=6), FACTS, SENDERS)
def test_the_order_in_which_connectors_are_given_decides_nothing(
    connectors: list[InboundConnector], facts: Facts, sender: Address | None
) -> None:
    def build(inbound: list[InboundConnector]) -> Directory:
        return Directory.build(
            organizations=[Organization(name=name) for name in ORGANIZATIONS],
            accepted_domains=[
                AcceptedDomain(name="a.example", organization="A", domain_name="a.example"),
                AcceptedDomain(name="b.example", organization="B", domain_name="b.example"),
            ],
            inbound=inbound,
        )

    turned = list(reversed(connectors))
    assert attribute(facts, sender, build(connectors)) == attribute(facts, sender, build(turned))
