"""One message examined: what SPF, DKIM, ARC and DMARC say of it, in words that a field can carry."""

import asyncio
from io import BytesIO
from ipaddress import ip_address

import pytest
from answering import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from gatepost.headers.authentication import read_authentication
from gatepost.headers.reading import read
from gatepost.mail import Address, HeaderBlock
from gatepost.signing import Verdict
from gatepost.vouching import Introduced, Statement, Witness, chain_said, results_field
from gatepost.vouching.statements import results_of

LETTER = b"From: guest@fabrikam.com\r\nSubject: x\r\n\r\ntext\r\n"
SPF = {"fabrikam.com": ("v=spf1 a mx:m.fabrikam.com include:p.example ip6:2001:db8::/32 -all",)}
OTHERS = {
    ("fabrikam.com", "A"): ("192.0.2.1",),
    ("m.fabrikam.com", "MX"): ("10 h.fabrikam.com.",),
    ("h.fabrikam.com", "A"): ("192.0.2.2",),
}


def examined(
    table: Table,
    *,
    client: str = "192.0.2.1",
    sender: str | None = "guest@fabrikam.com",
    authors: tuple[str, ...] = ("guest@fabrikam.com",),
    hello: str = "mail.fabrikam.com",
    patience: float = 5.0,
) -> dict[str, Statement]:
    def address(text: str) -> Address:
        local, _, domain = text.rpartition("@")
        return Address(local, domain)

    who = Introduced(
        client=ip_address(client),
        hello=hello,
        sender=None if sender is None else address(sender),
        authors=tuple(map(address, authors)),
    )
    witness = Witness(table, relay="relay.contoso.com", clock=lambda: 1_790_000_000.0, patience=patience)
    testimony = asyncio.run(witness.examine(lambda: BytesIO(LETTER), who))
    assert HeaderBlock(testimony.field).octets == testimony.field  # one field, whatever was found
    (told,) = read_authentication(read(testimony.field + LETTER).fields)
    assert told.server == "relay.contoso.com"
    assert [(it.method, it.result) for it in told.results] == [(it.method, it.verdict) for it in testimony.statements]
    return {it.method: it for it in testimony.statements}


@pytest.mark.parametrize(
    ("client", "verdict"),
    [
        ("192.0.2.1", Verdict.PASS),
        ("192.0.2.2", Verdict.PASS),
        ("192.0.2.3", Verdict.PASS),
        ("2001:db8::7", Verdict.PASS),
        ("192.0.2.9", Verdict.FAIL),
    ],
)
def test_spf_is_evaluated_by_our_own_resolver(client: str, verdict: Verdict) -> None:
    table = Table(SPF | {"p.example": ("v=spf1 ip4:192.0.2.3 ?all",)}, OTHERS)
    found = examined(table, client=client)
    assert found["spf"].verdict is verdict
    assert ("fabrikam.com", "TXT") in table.asked


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ("v=spf1 include:fabrikam.com -all", Verdict.PERMERROR),
        ("v=spf1 nonsense:x -all", Verdict.PERMERROR),
        ("v=spf1 ~all", Verdict.SOFTFAIL),
        ("v=spf1 ?all", Verdict.NEUTRAL),
        ("no record", Verdict.NONE),
        ("v=spf1 " + "a " * 10_000, Verdict.NONE),
    ],
)
def test_spf_has_its_own_words(record: str, verdict: Verdict) -> None:
    assert examined(Table({"fabrikam.com": (record,)}))["spf"].verdict is verdict


def test_the_greeting_stands_for_a_sender_that_is_empty() -> None:
    found = examined(Table({"mail.fabrikam.com": ("v=spf1 ip4:192.0.2.1 -all",)}), sender=None)["spf"]
    assert (found.verdict, found.properties) == (Verdict.PASS, (("smtp.helo", "mail.fabrikam.com"),))


def test_a_name_server_that_is_silent_holds_nobody_up_beyond_our_patience() -> None:
    found = examined(Table(silent=True), patience=0.05)
    assert {name: it.verdict for name, it in found.items()} == {
        "arc": Verdict.NONE,
        "spf": Verdict.TEMPERROR,
        "dkim": Verdict.NONE,
        "dmarc": Verdict.TEMPERROR,
    }


@pytest.mark.parametrize("authors", [(), ("a@contoso.com", "b@fabrikam.com")])
def test_dmarc_needs_one_author_s_domain(authors: tuple[str, ...]) -> None:
    assert examined(Table(), authors=authors)["dmarc"].verdict is Verdict.PERMERROR


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=100))
def test_whatever_a_stranger_calls_itself_the_field_is_one_and_the_chain_s_state_ours(hello: str) -> None:
    statements = (
        Statement(method="arc", verdict=Verdict.FAIL, reason=hello),
        Statement(method="spf", verdict=Verdict.NONE, reason=hello, properties=(("smtp.helo", hello),)),
    )
    results = results_of("relay.contoso.com", statements)
    field = results_field(results)
    assert HeaderBlock(field + b"\r\n").octets == field
    assert chain_said(results, "relay.contoso.com") is Verdict.FAIL
    assert chain_said(results, "other.contoso.com") is None
