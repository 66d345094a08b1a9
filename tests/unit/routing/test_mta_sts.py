"""The text of an MTA-STS policy, whatever a web server may send; fetching it stands in tests/flows/test_check.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.routing import MtaSts, policy_covers, read_policy

LINES = st.sampled_from(
    [
        "version: STSv1",
        "mode: enforce",
        "mode: none",
        "mode: x",
        "mx: a.test",
        "mx:*.b.test",
        "max_age: 1",
        "max_age: ١",
        "",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(LINES, max_size=8).map("\r\n".join)))
def test_any_text_is_a_policy_or_a_problem(text: str) -> None:
    found = read_policy(text, id_="1")
    assert (found.max_age is None) == bool(found.problem) or "names no mail host" in found.problem
    assert found.mode in ("", "enforce", "testing", "none")


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("mail.contoso.com", "mail.contoso.com", True),
        ("*.contoso.com", "mail.contoso.com", True),
        ("*.contoso.com", "a.mail.contoso.com", False),
        ("*.contoso.com", "contoso.com", False),
        ("mail.contoso.com", "mail2.contoso.com", False),
        ("*", "mail.contoso.com", False),
    ],
)
def test_a_star_stands_for_one_label(pattern: str, host: str, covered: bool) -> None:
    assert policy_covers(MtaSts(id="1", mx=(pattern,)), host) is covered
