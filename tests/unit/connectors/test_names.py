"""Certificate names: the matrix, written out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.connectors import canonical_name, certificate_domains, name_matches
from gatepost.connectors.names import NameIndex

MATRIX = [
    # configured, presented, matches
    ("relay.contoso.com", "relay.contoso.com", True),
    ("relay.contoso.com", "RELAY.Contoso.Com", True),
    ("Relay.Contoso.com.", "relay.contoso.com", True),
    ("relay.contoso.com", "relay.contoso.com.", True),
    ("relay.contoso.com", "mail.contoso.com", False),
    ("relay.contoso.com", "contoso.com", False),
    ("contoso.com", "relay.contoso.com", False),
    ("relay.contoso.com", "*.contoso.com", True),
    ("a.relay.contoso.com", "*.contoso.com", False),
    ("contoso.com", "*.contoso.com", False),
    ("*.contoso.com", "relay.contoso.com", True),
    ("*.contoso.com", "a.b.contoso.com", True),
    ("*.contoso.com", "contoso.com", True),
    ("*.contoso.com", "evilcontoso.com", False),
    ("*.contoso.com", "contoso.com.evil.example", False),
    ("*.contoso.com", "*.contoso.com", True),
    ("*.contoso.com", "*.mail.contoso.com", True),
    ("*.mail.contoso.com", "*.contoso.com", False),
    ("*.contoso.com", "com", False),
    ("contoso.com", "*.com", False),
    ("*.com", "contoso.com", False),
    ("*", "contoso.com", False),
    ("contoso.com", "*", False),
    ("f*o.contoso.com", "foo.contoso.com", False),
    ("foo.contoso.com", "f*o.contoso.com", False),
    ("a.b.contoso.com", "*.*.contoso.com", False),
    ("*.*.contoso.com", "a.b.contoso.com", False),
    ("a.b.contoso.com", "a.*.contoso.com", False),
    ("relay.contoso.com", "relay.contoso.com\0.evil.example", False),
    ("relay.contoso.com", "relay.contoso.com\n", False),
    ("relay.contoso.com", " relay.contoso.com", False),
    ("relay.contoso.com", "DNS:relay.contoso.com, DNS:a", False),
    ("xn--bcher-kva.example", "bücher.example", True),
    ("bücher.example", "xn--bcher-kva.example", True),
    ("xn--bcher-kva.bücher.example", "xn--bcher-kva.xn--bcher-kva.example", False),
    ("relay.contoso.com", "relay。contoso.com", False),
    ("relay.contoso.com", "\uff52\uff45lay.contoso.com", False),
    ("192.0.2.1", "192.0.2.1", False),
    ("[192.0.2.1]", "[192.0.2.1]", False),
    ("relay", "relay", True),
    ("", "", False),
    ("*.", "*.", False),
    ("re_lay.contoso.com", "re_lay.contoso.com", False),
    ("a" * 64 + ".com", "a" * 64 + ".com", False),
]


@pytest.mark.parametrize(("configured", "presented", "matches"), MATRIX)
def test_a_configured_name_covers_what_the_matrix_says(configured: str, presented: str, matches: bool) -> None:
    assert name_matches(configured, presented) is matches


@pytest.mark.parametrize(("configured", "presented", "matches"), MATRIX)
def test_the_index_agrees_with_the_matrix(configured: str, presented: str, matches: bool) -> None:
    index = NameIndex([(configured, "here")])
    name = canonical_name(presented)
    assert bool(name is not None and index.lookup(name)) is matches


@pytest.mark.parametrize(
    ("configured", "presented", "domains"),
    [
        ("*.contoso.com", "relay.contoso.com", ("contoso.com", "relay.contoso.com")),
        ("relay.contoso.com", "relay.contoso.com", ("relay.contoso.com", "contoso.com")),
        ("host.sub.contoso.com", "host.sub.contoso.com", ("host.sub.contoso.com", "sub.contoso.com")),
        ("*.contoso.com", "host.sub.contoso.com", ("contoso.com", "host.sub.contoso.com", "sub.contoso.com")),
        ("relay.contoso.com", "*.contoso.com", ("relay.contoso.com", "contoso.com")),
        ("contoso.com", "contoso.com", ("contoso.com",)),
    ],
)
def test_the_domains_of_which_one_must_be_accepted(configured: str, presented: str, domains: tuple[str, ...]) -> None:
    assert certificate_domains(configured, presented) == domains


LABEL = st.sampled_from(["a", "b", "contoso", "mail", "com"])
NAME = st.builds(
    lambda star, labels: ("*." if star else "") + ".".join(labels),
    st.booleans(),
    st.lists(LABEL, min_size=1, max_size=4),
)


@given(st.lists(NAME, max_size=12), NAME)
def test_the_index_finds_exactly_what_the_rule_finds(configured: list[str], presented: str) -> None:
    index = NameIndex([(name, number) for number, name in enumerate(configured)])
    shown = canonical_name(presented)
    found = set() if shown is None else {number for _, number in index.lookup(shown)}
    assert found == {number for number, name in enumerate(configured) if name_matches(name, presented)}


@given(st.text(max_size=300))
def test_no_text_makes_a_name_raise(text: str) -> None:
    name = canonical_name(text)
    assert name is None or canonical_name(name) == name


@given(NAME, NAME)
def test_a_name_that_is_shown_in_full_needs_no_wildcard_of_the_certificate(configured: str, presented: str) -> None:
    if name_matches(configured, presented) and not configured.startswith("*.") and not presented.startswith("*."):
        assert configured == presented
