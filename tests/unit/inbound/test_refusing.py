"""Whose a refusal is."""

import pytest

from gatepost.connectors import AcceptedDomain, Directory, Organization
from gatepost.inbound.refusing import advice_on, concerned
from gatepost.mail import reply as replies


def directory(*organizations: str) -> Directory:
    return Directory.build(
        organizations=[Organization(name=name) for name in organizations],
        accepted_domains=[
            AcceptedDomain(name=it, organization=it, domain_name=f"{it.lower()}.com") for it in organizations
        ],
        inbound=[],
    )


@pytest.mark.parametrize(
    ("sender", "organizations", "expected"),
    [
        ("a@contoso.com", ("Contoso", "Fabrikam"), "Contoso"),
        ("a@fabrikam.com", ("Contoso", "Fabrikam"), "Fabrikam"),
        ("a@stranger.example", ("Contoso", "Fabrikam"), None),
        ("", ("Contoso", "Fabrikam"), None),
        ("a@stranger.example", ("Contoso",), "Contoso"),
        ("", ("Contoso",), "Contoso"),
    ],
)
def test_a_refusal_is_shown_to_whom_the_sender_claims_to_belong_to(
    sender: str, organizations: tuple[str, ...], expected: str | None
) -> None:
    assert concerned(sender, directory(*organizations)) == expected


def test_a_refused_author_has_a_remedy() -> None:
    (remedy,) = advice_on(replies.BAD_FROM)["remedies"]
    assert "exactly one From field" in remedy
