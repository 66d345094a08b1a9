"""DMARC: which domains belong together by RFC 9989's walk, what their records ask for, and what that comes to."""

import asyncio

import pytest
from answering import Table

from gatepost.signing import Verdict, Verified
from gatepost.vouching.dmarc import check_dmarc, organization_of, read_policy, way_up
from gatepost.vouching.questions import Questions
from gatepost.vouching.spf import Spf
from gatepost.vouching.statements import Statement


@pytest.mark.parametrize(
    ("domain", "way"),
    [
        ("com", "com"),
        ("contoso.com", "contoso.com com"),
        ("a.b.c.d.e.f.g.h", "a.b.c.d.e.f.g.h b.c.d.e.f.g.h c.d.e.f.g.h d.e.f.g.h e.f.g.h f.g.h g.h h"),
        ("x.y.z.a.b.c.d.e.f.g", "x.y.z.a.b.c.d.e.f.g a.b.c.d.e.f.g b.c.d.e.f.g c.d.e.f.g d.e.f.g e.f.g f.g g"),
    ],
)
def test_the_way_up_leaps_over_what_is_too_deep(domain: str, way: str) -> None:
    assert way_up(domain) == tuple(way.split())


@pytest.mark.parametrize(
    ("records", "organization"),
    [
        ({}, "a.mail.contoso.com"),
        ({"contoso.com": ""}, "contoso.com"),
        ({"mail.contoso.com": "", "contoso.com": ""}, "contoso.com"),
        ({"mail.contoso.com": "psd=n", "contoso.com": ""}, "mail.contoso.com"),
        ({"contoso.com": "psd=y"}, "mail.contoso.com"),
        ({"com": "psd=y"}, "contoso.com"),
        ({"a.mail.contoso.com": "psd=y"}, "a.mail.contoso.com"),
    ],
)
def test_the_organization_begins_where_the_records_say(records: dict[str, str], organization: str) -> None:
    domain = "a.mail.contoso.com"
    texts = {name: (f"v=DMARC1; p=none; {more}",) for name, more in records.items()}
    found = {name: read_policy(texts.get(name, ()), name) for name in way_up(domain)}
    assert organization_of(domain, found) == organization


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("hello",),
        ("v=DMARC1",),
        ("v=DMARC1; p=sometimes",),
        ("v=DMARC2; p=reject",),
        ("p=reject; v=DMARC1",),
        ("v=DMARC1; p=reject; p=none",),
        ("v=DMARC1; p=reject", "v=DMARC1; p=none"),
    ],
)
def test_what_is_no_single_record_is_none(texts: tuple[str, ...]) -> None:
    assert read_policy(texts, "contoso.com") is None


def test_a_record_that_only_wants_reports_asks_for_nothing() -> None:
    policy = read_policy(("v=DMARC1; rua=mailto:a@contoso.com", "other text"), "contoso.com")
    assert policy is not None
    assert policy.wish == "none"


PASS, FAIL = Verdict.PASS, Verdict.FAIL


def checked(
    author: str,
    records: dict[str, str],
    *,
    spf: tuple[Verdict, str] = (Verdict.NONE, "x.example"),
    dkim: tuple[Verdict, str] | None = None,
    broken: str = "",
) -> Statement:
    """The result, where the DNS has these DMARC records (and one question is without an answer)."""
    table = Table({f"_dmarc.{name}": (f"v=DMARC1; {text}",) for name, text in records.items()}, broken=broken)
    verdict, domain = spf
    found = Spf(verdict=verdict, domain=domain, statement=Statement(method="spf", verdict=verdict))
    signatures = [] if dkim is None else [Verified(verdict=dkim[0], domain=dkim[1])]

    async def play() -> Statement:
        return await check_dmarc(Questions(table, patience=5.0), author, spf=found, dkim=signatures)

    return asyncio.run(play())


ONE = {"contoso.com": "p=reject; sp=quarantine; np=none"}


@pytest.mark.parametrize(
    ("author", "records", "spf", "dkim", "verdict", "wish"),
    [
        ("contoso.com", {}, (PASS, "contoso.com"), None, Verdict.NONE, ""),
        ("contoso.com", ONE, (PASS, "contoso.com"), None, PASS, ""),
        ("contoso.com", ONE, (PASS, "bounce.contoso.com"), None, PASS, ""),
        ("contoso.com", ONE, (FAIL, "contoso.com"), (PASS, "mail.contoso.com"), PASS, ""),
        ("contoso.com", ONE, (FAIL, "contoso.com"), (FAIL, "contoso.com"), FAIL, "reject"),
        ("contoso.com", ONE, (PASS, "notcontoso.com"), (PASS, "com"), FAIL, "reject"),
        ("contoso.com", ONE, (PASS, "x.example"), (Verdict.POLICY, "contoso.com"), FAIL, "reject"),
        ("contoso.com", {"contoso.com": "p=reject; aspf=s"}, (PASS, "m.contoso.com"), None, FAIL, "reject"),
        ("contoso.com", {"contoso.com": "p=reject; adkim=s"}, (FAIL, "x"), (PASS, "m.contoso.com"), FAIL, "reject"),
        ("contoso.com", {"contoso.com": "p=reject; t=y"}, (FAIL, "x"), None, FAIL, "quarantine"),
        ("here.contoso.com", ONE, (FAIL, "x"), None, FAIL, "quarantine"),
        ("gone.contoso.com", ONE, (FAIL, "x"), None, FAIL, "none"),
        ("here.contoso.com", {"contoso.com": "p=reject"}, (FAIL, "x"), None, FAIL, "reject"),
        ("here.contoso.com", ONE | {"here.contoso.com": "p=none"}, (FAIL, "x"), None, FAIL, "none"),
        ("here.contoso.com", ONE, (PASS, "other.contoso.com"), None, PASS, ""),
        ("a.users.example", {"users.example": "p=reject; psd=y"}, (PASS, "b.users.example"), None, FAIL, "reject"),
        ("contoso.com", ONE, (Verdict.TEMPERROR, "contoso.com"), None, Verdict.TEMPERROR, ""),
    ],
)
def test_what_was_proved_has_to_be_of_the_author_s_organization(
    author: str,
    records: dict[str, str],
    spf: tuple[Verdict, str],
    dkim: tuple[Verdict, str] | None,
    verdict: Verdict,
    wish: str,
) -> None:
    found = checked(author, records, spf=spf, dkim=dkim)
    assert (found.verdict, dict(found.properties).get("policy.dmarc", "")) == (verdict, wish)
    assert dict(found.properties)["header.from"] == author


def test_without_an_answer_nothing_is_guessed() -> None:
    assert checked("contoso.com", ONE, broken="_dmarc.contoso.com").verdict is Verdict.TEMPERROR
