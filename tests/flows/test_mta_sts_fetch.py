"""Fetching an MTA-STS policy from a web server that really runs, good or bad."""

import asyncio

import pytest
from named import naming
from policy_web import Policy, policy_text, serving, trusting

from gatepost.checks import Lookups
from gatepost.outbound import FetchTerms, mta_sts

pytestmark = pytest.mark.flow
POLICY = policy_text("mail.sts.test", "*.mx.sts.test")
STS = """
_mta-sts.sts.test. 60 IN TXT "v=STSv1; id=20260101;"
mta-sts.sts.test. 60 IN A 127.0.0.1
_mta-sts.lost.test. 60 IN TXT "v=STSv1; id=1;"
_mta-sts.odd.test. 60 IN TXT "v=STSv1; nothing"
"""


@pytest.mark.parametrize(
    ("policy", "name", "problem"),
    [
        (Policy(POLICY), "mta-sts.sts.test", ""),
        (Policy("version: STSv1\nmode: none\nmax_age: 1\n"), "mta-sts.sts.test", ""),
        (Policy("mode: enforce"), "mta-sts.sts.test", "The policy is not valid"),
        (Policy(policy_text(mode="testing")), "mta-sts.sts.test", "names no mail host"),
        (Policy(POLICY, status=404), "mta-sts.sts.test", "the web server answers 404"),
        (Policy(POLICY, status=301), "mta-sts.sts.test", "the web server answers 301"),
        (Policy(POLICY, kind="text/html"), "mta-sts.sts.test", "does not call it text/plain"),
        (Policy(POLICY + "x: " + "y" * 64 * 1024), "mta-sts.sts.test", "the policy is too long"),
        (Policy(POLICY + "x: " + "y" * 10_000_000), "mta-sts.sts.test", "the policy is too long"),
        (Policy(POLICY), "www.sts.test", "certificate does not count"),
    ],
)
def test_a_policy_counts_as_the_rfc_says(policy: Policy, name: str, problem: str) -> None:
    with naming(STS) as server, serving(policy, name):
        terms = FetchTerms(context=trusting(), port=policy.port, allow_private=True)
        found = asyncio.run(mta_sts(Lookups([server]), "sts.test", terms=terms))
    assert found is not None
    assert found.id == "20260101"
    assert problem in found.problem
    assert bool(found.problem) == bool(problem)
    assert policy.hosts in ([], ["mta-sts.sts.test"])  # a redirect is not followed


@pytest.mark.parametrize(
    ("domain", "terms", "problem"),
    [
        ("sts.test", None, ""),
        ("lost.test", FetchTerms(), "it has no address"),
        ("odd.test", FetchTerms(), "The DNS record is not valid"),
        ("broken.test", FetchTerms(), "cannot be looked up"),
    ],
)
def test_a_policy_that_cannot_be_had_is_told(domain: str, terms: FetchTerms | None, problem: str) -> None:
    with naming(STS) as server:
        found = asyncio.run(mta_sts(Lookups([server]), domain, terms=terms))
        assert asyncio.run(mta_sts(Lookups([server]), "none.test", terms=terms)) is None
    assert found is not None
    assert problem in found.problem
    assert found.mode == ""


def test_a_policy_on_a_private_address_is_not_fetched() -> None:
    with naming(STS) as server:
        found = asyncio.run(mta_sts(Lookups([server]), "sts.test", terms=FetchTerms()))
    assert found is not None
    assert "its address is not public" in found.problem
