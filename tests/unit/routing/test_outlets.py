"""Which connector takes a message, by recipient, inbound connector and sender: the order that outlets.py tells."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors.model import AcceptedDomain, OutboundConnector
from gatepost.mail import Address
from gatepost.routing import MxRoute, RouteTable, SmartHostRoute, choose, explain_choice

ORG = "Default"


def connector(name: str, *domains: str, **more: object) -> OutboundConnector:
    base = OutboundConnector(
        name=name, organization=ORG, use_mx_record=False, smart_hosts=("up.example:25",), recipient_domains=domains
    )
    return replace(base, **more)  # type: ignore[arg-type]


OURS = AcceptedDomain(name="contoso.com", organization=ORG, domain_name="contoso.com")
WORLD = (
    connector("All", "*"),
    connector("Fabrikam", "fabrikam.com"),
    connector("Scans", "*", inbound_connectors=("Scanners",)),
    connector("Scans of sales", "*", inbound_connectors=("Scanners",), sender_domains=("sales.contoso.com",)),
    connector("Sales", "*", sender_domains=("sales.contoso.com",)),
    connector("Below", "*", sender_domains=("*.contoso.com",)),
    connector("Any sender", "tailspin.com", sender_domains=("*",)),
    connector("No sender named", "tailspin.com"),
    connector("Accepted", all_accepted_domains=True),
    connector("B twin", "twins.org"),
    connector("A twin", "twins.org"),
    connector("Scoped", "*", is_transport_rule_scoped=True),
    connector("Off", "*", enabled=False),
)


@pytest.mark.parametrize(
    ("to", "sender", "through", "taken_by"),
    [
        pytest.param("x.org", "a@elsewhere.org", None, "All", id="nothing but the star"),
        pytest.param("x.org", "a@sales.contoso.com", None, "Sales", id="the sender's domain"),
        pytest.param("x.org", "a@hr.contoso.com", None, "Below", id="a wildcard of the sender's domain"),
        pytest.param("x.org", "a@elsewhere.org", "Scanners", "Scans", id="the inbound connector"),
        pytest.param("x.org", "a@hr.contoso.com", "scanners", "Scans", id="the inbound connector before the sender"),
        pytest.param("x.org", "a@sales.contoso.com", "Scanners", "Scans of sales", id="both before either"),
        pytest.param("x.org", "a@sales.contoso.com", "Printers", "Sales", id="another inbound connector"),
        pytest.param("fabrikam.com", "a@sales.contoso.com", "Scanners", "Fabrikam", id="the recipient before all"),
        pytest.param("contoso.com", "a@sales.contoso.com", None, "Accepted", id="accepted domains before the star"),
        pytest.param("tailspin.com", "a@x.org", None, "Any sender", id="who names any sender before who names none"),
        pytest.param("tailspin.com", None, None, "Any sender", id="the null sender is of any domain"),
        pytest.param("x.org", None, None, "All", id="the null sender is of no domain"),
        pytest.param("twins.org", "a@x.org", None, "A twin", id="of equals the first by name"),
    ],
)
def test_the_most_specific_connector_takes_the_message(
    to: str, sender: str | None, through: str | None, taken_by: str
) -> None:
    table = RouteTable.build(WORLD, (OURS,))
    local, _, domain = (sender or "").partition("@")
    came = {"sender": Address(local, domain) if sender else None, "connector": through}
    route = choose(Address("b", to), ORG, table, **came)  # type: ignore[arg-type]
    assert isinstance(route, SmartHostRoute)
    assert route.way.connector == taken_by
    told = explain_choice(Address("b", to), ORG, table, **came)  # type: ignore[arg-type]
    assert told.route == route
    assert {name for name, _ in told.passed} == {it.name for it in WORLD} - {taken_by}, "a reason for each other"


@pytest.mark.parametrize(
    ("to", "name", "words"),
    [
        ("x.org", "Fabrikam", "no recipient domain of it covers x.org"),
        ("x.org", "Scans", "it takes mail from 'Scanners', and this came through no connector"),
        ("x.org", "Sales", "it takes mail of sales.contoso.com, and the sender is elsewhere.org"),
        ("fabrikam.com", "All", "'Fabrikam' names the recipient's domain more exactly"),
        ("tailspin.com", "No sender named", "'Any sender' names the inbound connector or the sender's domain more"),
        ("twins.org", "B twin", "'A twin' fits as well and comes first by name"),
        ("x.org", "Scoped", "it is scoped to transport rules and never chosen for a domain"),
        ("x.org", "Off", "it is disabled"),
    ],
)
def test_every_connector_that_is_not_chosen_says_why(to: str, name: str, words: str) -> None:
    table = RouteTable.build(WORLD, (OURS,))
    told = explain_choice(Address("b", to), ORG, table, sender=Address("a", "elsewhere.org"))
    assert dict(told.passed)[name].startswith(words)


def test_further_ways_stand_in_their_order_and_may_be_scoped_but_not_disabled() -> None:
    table = RouteTable.build(
        (connector("First", "*", fallback_connectors=("scoped", "Off", "Direct")), *WORLD[-2:],
         connector("Direct", use_mx_record=True, smart_hosts=(), is_transport_rule_scoped=True))
    )  # fmt: skip
    told = explain_choice(Address("b", "x.org"), ORG, table)
    assert isinstance(told.route, SmartHostRoute)
    assert [way.connector for way in told.route.further] == ["Scoped", "Direct"]
    assert told.left_out == ("'Off': it is disabled",)


def test_a_connector_by_mx_may_have_further_ways_too() -> None:
    table = RouteTable.build((connector("First", "*", use_mx_record=True, fallback_connectors=("All",)), WORLD[0]))
    route = choose(Address("b", "x.org"), ORG, RouteTable.build(
        (connector("A first", "*", use_mx_record=True, smart_hosts=(), fallback_connectors=("All",)), WORLD[0])
    ))  # fmt: skip
    assert isinstance(route, MxRoute)
    assert [way.connector for way in route.further] == ["All"]
    assert table.most_connections("connector:First") is None


DOMAINS = ("a.org", "b.a.org", "c.b.a.org", "z.net")
PATTERNS = (*DOMAINS, "*", "*.a.org", "*.b.a.org", "*.net")
SOME = st.lists(st.sampled_from(PATTERNS), max_size=3, unique=True).map(tuple)
MADE = st.builds(
    lambda recipients, senders, inbound, accepted: {
        "recipient_domains": recipients,
        "sender_domains": senders,
        "inbound_connectors": inbound,
        "all_accepted_domains": accepted,
    },
    SOME,
    SOME,
    st.lists(st.sampled_from(["One", "Two"]), max_size=2, unique=True).map(tuple),
    st.booleans(),
)


def obvious(world: Sequence[OutboundConnector], to: str, sender: str | None, through: str | None) -> str | None:
    """The order as it is told, one connector after the other."""

    def fit(patterns: tuple[str, ...], domain: str | None) -> int:
        fits = [0]
        for pattern in patterns:
            if pattern == "*":
                fits.append(1)
            elif domain is not None and pattern.startswith("*."):
                fits.append(len(pattern) if f".{domain}".endswith(pattern[1:]) else 0)
            elif domain == pattern:
                fits.append(1_000)
        return max(fits)

    found: list[tuple[tuple[int, int, int], str]] = []
    for it in world:
        to_fit = fit(it.recipient_domains, to)
        if to_fit < 1_000 and it.all_accepted_domains and to == "a.org":
            to_fit = 999
        if not to_fit or (it.inbound_connectors and through not in it.inbound_connectors):
            continue
        if it.sender_domains and not fit(it.sender_domains, sender):
            continue
        found.append(((to_fit, int(bool(it.inbound_connectors)), fit(it.sender_domains, sender)), it.name))
    best = max((rank for rank, _ in found), default=None)
    return min((name for rank, name in found if rank == best), default=None)


@given(
    st.lists(MADE, max_size=8),
    st.sampled_from(DOMAINS),
    st.sampled_from([None, *DOMAINS]),
    st.sampled_from([None, "One", "Two"]),
)
def test_the_hashed_choice_agrees_with_the_obvious_one(
    made: list[dict[str, object]], to: str, sender: str | None, through: str | None
) -> None:
    world = [connector(f"c{number}", **more) for number, more in enumerate(made)]
    table = RouteTable.build(world, (replace(OURS, name="a.org", domain_name="a.org"),))
    asked = {"sender": Address("a", sender) if sender else None, "connector": through}
    route = choose(Address("b", to), ORG, table, **asked)  # type: ignore[arg-type]
    assert not isinstance(route, MxRoute) or route.way is None
    name = route.way.connector if isinstance(route, SmartHostRoute) else None
    assert name == obvious(world, to, sender, through)
    told = explain_choice(Address("b", to), ORG, table, **asked)  # type: ignore[arg-type]
    assert (told.route, len(told.passed)) == (route, len(world) - (name is not None))
