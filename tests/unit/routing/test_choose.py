"""The choice of a route, row by row."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors.model import AcceptedDomain, DomainType, OutboundConnector, TlsSettings
from gatepost.mail import Address, domain_matches, parse_mailbox
from gatepost.routing import HostPort, LmtpRoute, MailboxRoute, MxRoute, RouteTable, SmartHostRoute, TlsPolicy, choose

ORG = "Default"


def connector(name: str, *domains: str, **more: object) -> OutboundConnector:
    base = OutboundConnector(
        name=name,
        organization=ORG,
        use_mx_record=False,
        smart_hosts=(f"{name.lower()}.example:25",),
        recipient_domains=domains,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def domain(name: str, **more: object) -> AcceptedDomain:
    return replace(AcceptedDomain(name=name, organization=ORG, domain_name=name), **more)  # type: ignore[arg-type]


CONNECTORS = (
    connector("Everything", "*"),
    connector("Fabrikam", "fabrikam.com"),
    connector("BelowFabrikam", "*.fabrikam.com"),
    connector("BelowEu", "*.eu.fabrikam.com"),
    connector("Ours", all_accepted_domains=True),
)
DOMAINS = (domain("contoso.com"), domain("sub.org", match_sub_domains=True))


def chosen(address: str, organization: str | None = ORG, table: RouteTable | None = None) -> str:
    table = table or RouteTable.build(CONNECTORS, DOMAINS)
    return choose(parse_mailbox(address), organization, table).destination


@pytest.mark.parametrize(
    ("address", "destination"),
    [
        pytest.param("a@fabrikam.com", "connector:Fabrikam", id="exact domain beats its own wildcard"),
        pytest.param("a@x.fabrikam.com", "connector:BelowFabrikam", id="wildcard covers subdomains"),
        pytest.param("a@x.eu.fabrikam.com", "connector:BelowEu", id="longer wildcard first"),
        pytest.param("a@eu.fabrikam.com", "connector:BelowEu", id="a wildcard covers its own domain"),
        pytest.param("a@contoso.com", "connector:Ours", id="accepted domains beat the star"),
        pytest.param("a@deep.sub.org", "connector:Ours", id="accepted with subdomains"),
        pytest.param("a@deep.contoso.com", "connector:Everything", id="not accepted without MatchSubDomains"),
        pytest.param("a@evilfabrikam.com", "connector:Everything", id="no match by mere suffix"),
    ],
)
def test_the_most_specific_connector_takes_the_recipient(address: str, destination: str) -> None:
    assert chosen(address) == destination


def test_an_exact_recipient_domain_beats_all_accepted_domains() -> None:
    table = RouteTable.build((*CONNECTORS, connector("Special", "contoso.com")), DOMAINS)
    assert chosen("a@contoso.com", table=table) == "connector:Special"


def test_all_accepted_domains_beats_a_wildcard_on_the_same_domain() -> None:
    table = RouteTable.build((*CONNECTORS, connector("Wild", "*.contoso.com")), DOMAINS)
    assert chosen("a@contoso.com", table=table) == "connector:Ours"
    assert chosen("a@x.contoso.com", table=table) == "connector:Wild"


@pytest.mark.parametrize(
    "out_of_play",
    [
        {"enabled": False},
        {"test_mode": True},
        {"is_transport_rule_scoped": True},
        {"smart_hosts": ()},
    ],
)
def test_connectors_that_do_not_count_leave_the_mx(out_of_play: dict[str, object]) -> None:
    table = RouteTable.build((connector("Only", "*", **out_of_play),), ())
    assert choose(Address("a", "fabrikam.com"), ORG, table) == MxRoute(domain="fabrikam.com")


def test_a_connector_with_mx_carries_its_terms_along() -> None:
    table = RouteTable.build(
        (connector("Strict", "*", use_mx_record=True, tls_settings=TlsSettings.CERTIFICATE_VALIDATION),), ()
    )
    route = choose(Address("a", "fabrikam.com"), ORG, table)
    assert isinstance(route, MxRoute) and route.way is not None
    assert (route.destination, route.way.tls) == ("mx:fabrikam.com/Strict", TlsPolicy.VERIFY_CHAIN)
    assert route.way.smart_hosts == ()


@pytest.mark.parametrize(("settings", "policy"), list(zip(TlsSettings, TlsPolicy, strict=True)))
def test_every_tls_setting_has_its_policy(settings: TlsSettings, policy: TlsPolicy) -> None:
    table = RouteTable.build((connector("One", "*", tls_settings=settings),), ())
    route = choose(Address("a", "x.example"), ORG, table)
    assert isinstance(route, SmartHostRoute) and route.way.tls is policy


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("smtp.example:2525", HostPort(host="smtp.example", port=2525)),
        ("smtp.example", HostPort(host="smtp.example")),
        ("127.0.0.1:2600", HostPort(host="127.0.0.1", port=2600)),
        ("[2001:db8::1]:587", HostPort(host="2001:db8::1", port=587)),
        ("[2001:db8::1]", HostPort(host="2001:db8::1")),
    ],
)
def test_smart_hosts_are_read(text: str, host: HostPort) -> None:
    table = RouteTable.build((connector("One", "*", smart_hosts=(text,)),), ())
    route = choose(Address("a", "x.example"), ORG, table)
    assert isinstance(route, SmartHostRoute) and route.way.smart_hosts == (host,)


def test_a_mailbox_of_an_authoritative_domain_comes_before_every_connector() -> None:
    table = RouteTable.build(CONNECTORS, (domain("contoso.com", maildir="/mail/{domain}/{local}"),))
    route = choose(Address("a", "contoso.com"), None, table)
    assert route == MailboxRoute(domain="contoso.com", folder="/mail/{domain}/{local}", plus=True)


def test_each_subdomain_with_mailboxes_is_a_lane_of_its_own() -> None:
    table = RouteTable.build((), (domain("contoso.com", match_sub_domains=True, maildir="/mail/{domain}/{local}"),))
    assert chosen("a@contoso.com", table=table) == "mailbox:contoso.com"
    assert chosen("a@eu.contoso.com", table=table) == "mailbox:eu.contoso.com"


@pytest.mark.parametrize("server", ["127.0.0.1:24", "unix:/run/dovecot/lmtp"])
def test_domains_of_one_mailbox_server_share_its_lane(server: str) -> None:
    domains = (domain("contoso.com", match_sub_domains=True, lmtp=server), domain("fabrikam.com", lmtp=server))
    table = RouteTable.build(CONNECTORS, domains)
    routes = {choose(Address("a", it), ORG, table) for it in ("contoso.com", "eu.contoso.com", "fabrikam.com")}
    assert routes == {LmtpRoute(server=server)}
    assert {route.destination for route in routes} == {f"lmtp:{server}"}


def test_a_relay_domain_has_no_mailbox() -> None:
    relay = domain("contoso.com", maildir="/mail", domain_type=DomainType.INTERNAL_RELAY)
    table = RouteTable.build(CONNECTORS, (relay,))
    assert chosen("a@contoso.com", table=table) == "connector:Ours"


def test_incoming_mail_uses_the_connectors_of_the_domains_owner() -> None:
    assert chosen("a@contoso.com", None) == "connector:Ours"
    assert chosen("a@fabrikam.com", None) == "mx:fabrikam.com"


def test_organizations_do_not_use_each_others_connectors_or_accepted_domains() -> None:
    foreign = replace(domain("tailspin.com"), organization="Tailspin")
    table = RouteTable.build(CONNECTORS, (*DOMAINS, foreign))
    assert chosen("a@fabrikam.com", "Tailspin", table) == "mx:fabrikam.com"
    assert chosen("a@tailspin.com", ORG, table) == "connector:Everything"


LABELS = st.sampled_from(["a", "b", "com"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.one_of(NAMES, NAMES.map("*.{}".format), st.just("*"))


@given(patterns=st.lists(PATTERNS, max_size=6, unique=True), name=NAMES)
def test_the_hashed_choice_agrees_with_looking_at_every_pattern(patterns: list[str], name: str) -> None:
    connectors = tuple(connector(f"c{n:02}", pattern) for n, pattern in enumerate(patterns))
    matching = [p for p in patterns if domain_matches(p, name)]
    matching.sort(key=lambda p: (not p.startswith("*"), len(p)), reverse=True)
    expected = f"connector:c{patterns.index(matching[0]):02}" if matching else f"mx:{name}"
    assert chosen(f"u@{name}", table=RouteTable.build(connectors, ())) == expected


def lane(connector_name: str, organization: str, *others: OutboundConnector) -> str:
    ours = connector(connector_name, "*", organization=organization)
    return chosen("a@x.example", organization, RouteTable.build([ours, *others]))


def test_two_organizations_with_connectors_of_one_name_share_no_lane() -> None:
    theirs = connector("Upstream", "*", organization="Fabrikam")
    assert lane("Upstream", "Contoso", theirs) == "connector:Contoso/Upstream"
    assert chosen("a@x.example", "Fabrikam", RouteTable.build([theirs, replace(theirs, organization="Contoso")])) == (
        "connector:Fabrikam/Upstream"
    )


def test_a_lane_keeps_its_name_when_another_organization_comes() -> None:
    assert lane("Upstream", "Contoso") == "connector:Upstream"
    assert lane("Upstream", "Contoso", connector("Way out", "*", organization="Fabrikam")) == "connector:Upstream"


@given(
    st.sets(st.tuples(st.text("ab/%2F", min_size=1, max_size=4), st.text("Ab/%2F", min_size=1, max_size=4)), min_size=2)
)
def test_every_connector_has_a_lane_of_its_own_whatever_the_names(names: set[tuple[str, str]]) -> None:
    unique = {(organization, name.lower()): (organization, name) for organization, name in names}
    table = RouteTable.build(
        connector(name, f"d{number}.example", organization=organization)
        for number, (organization, name) in enumerate(unique.values())
    )
    lanes = {
        chosen(f"a@d{number}.example", organization, table) for number, (organization, _) in enumerate(unique.values())
    }
    assert len(lanes) == len(unique)


def test_terms_of_their_own_make_a_destination_of_their_own() -> None:
    strict = connector("Strict", "*", use_mx_record=True, tls_settings=TlsSettings.ENCRYPTION_ONLY)
    twin = replace(strict, organization="Tailspin")
    table = RouteTable.build((strict, twin), ())
    lanes = {choose(Address("a", "fabrikam.com"), whose, table).destination for whose in (ORG, "Tailspin", "Nobody")}
    assert lanes == {f"mx:fabrikam.com/{ORG}/Strict", "mx:fabrikam.com/Tailspin/Strict", "mx:fabrikam.com"}
