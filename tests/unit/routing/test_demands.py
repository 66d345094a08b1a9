"""What TLS must be at a host, by everyone who may have a say: the decision table, row by row."""

from itertools import product

import pytest

from gatepost.mail import TlsWish
from gatepost.routing import (
    Answer,
    DaneMode,
    Demand,
    DomainSays,
    Fingerprint,
    FingerprintAnswer,
    MtaSts,
    PolicyKind,
    TlsFault,
    TlsPolicy,
    Unfit,
    demand_of,
)

MX, DOMAIN = "mx.fabrikam.com", "fabrikam.com"
EE = Fingerprint(usage=3, selector=1, matching=1, octets=bytes(32))
PKIX = Fingerprint(usage=1, selector=1, matching=1, octets=bytes(32))
NAME = f"_25._tcp.{MX}"
FOUND = FingerprintAnswer(answer=Answer.FOUND, name=NAME, records=(EE,))
USELESS = FingerprintAnswer(answer=Answer.FOUND, name=NAME, records=(PKIX,))
NONE = FingerprintAnswer(answer=Answer.EMPTY)
TROUBLE = FingerprintAnswer(answer=Answer.TROUBLE, name=NAME, detail="no name server answered in time")
ENFORCE = MtaSts(id="1", mode="enforce", mx=(MX,), max_age=86_400)
OTHERS = MtaSts(id="1", mode="enforce", mx=("mx.elsewhere.com",), max_age=86_400)
TESTING = MtaSts(id="1", mode="testing", mx=(MX,), max_age=86_400)
OFF = MtaSts(id="1", mode="none", max_age=86_400)


def says(tlsa: FingerprintAnswer | None = NONE, policy: MtaSts | None = None, **more: bool) -> DomainSays:
    known = {"resolver_trusted": True, "mx_proved": True, **more}
    return DomainSays(domain=DOMAIN, tlsa=tlsa, policy=policy, **known)


@pytest.mark.parametrize(
    ("said", "kind", "required", "certified"),
    [
        pytest.param(says(), PolicyKind.NONE, False, False, id="nobody asks for anything"),
        pytest.param(says(None, mx_proved=False), PolicyKind.NONE, False, False, id="an unsigned domain"),
        pytest.param(says(FOUND), PolicyKind.DANE, True, False, id="DANE"),
        pytest.param(says(FOUND, ENFORCE), PolicyKind.DANE, True, False, id="DANE is heard before MTA-STS"),
        pytest.param(says(FOUND, OTHERS), PolicyKind.DANE, True, False, id="even where MTA-STS names other hosts"),
        pytest.param(says(USELESS), PolicyKind.DANE, True, False, id="records of no use still mean TLS"),
        pytest.param(says(USELESS, ENFORCE), PolicyKind.MTA_STS, True, True, id="then MTA-STS is heard"),
        pytest.param(says(NONE, ENFORCE), PolicyKind.MTA_STS, True, True, id="MTA-STS"),
        pytest.param(says(NONE, TESTING), PolicyKind.MTA_STS, False, False, id="MTA-STS in testing only counts"),
        pytest.param(says(USELESS, TESTING), PolicyKind.MTA_STS, True, False, id="testing takes nothing back"),
        pytest.param(says(NONE, OFF), PolicyKind.NONE, False, False, id="a policy of mode none is none"),
    ],
)
def test_what_the_domain_demands(said: DomainSays, kind: PolicyKind, required: bool, certified: bool) -> None:
    found = demand_of(MX, said, level=TlsPolicy.OPPORTUNISTIC)
    assert isinstance(found, Demand)
    assert (found.kind, found.required, found.certified) == (kind, required, certified)
    assert bool(found.fingerprints) is (said.tlsa is FOUND)
    assert bool(found.because) is (kind is not PolicyKind.NONE)


@pytest.mark.parametrize(
    ("said", "dane", "words", "fault"),
    [
        (says(TROUBLE), DaneMode.OPPORTUNISTIC, "cannot be looked up (no name server", TlsFault.DNSSEC_BOGUS),
        (says(TROUBLE, ENFORCE), DaneMode.OPPORTUNISTIC, "cannot be looked up", TlsFault.DNSSEC_BOGUS),
        (says(TROUBLE), DaneMode.MANDATORY, "cannot be looked up", TlsFault.DNSSEC_BOGUS),
        (says(NONE), DaneMode.MANDATORY, "has no TLSA records that DNSSEC proves", TlsFault.DANE_MISSING),
        (says(NONE, ENFORCE), DaneMode.MANDATORY, "has no TLSA records", TlsFault.DANE_MISSING),
        (says(USELESS), DaneMode.MANDATORY, "none of the TLSA records", TlsFault.TLSA_UNUSABLE),
        (says(None, mx_proved=False), DaneMode.MANDATORY, "does not prove who takes mail", TlsFault.DANE_MISSING),
        (says(None, resolver_trusted=False, mx_proved=False), DaneMode.MANDATORY, "Remedy: run a validating resolver",
         TlsFault.DANE_MISSING),
        (says(NONE, OTHERS), DaneMode.OPPORTUNISTIC, "does not name it", TlsFault.VALIDATION),
    ],
)  # fmt: skip
def test_a_host_is_unfit_in_words(said: DomainSays, dane: DaneMode, words: str, fault: TlsFault) -> None:
    found = demand_of(MX, said, level=TlsPolicy.OPPORTUNISTIC, dane=dane)
    assert isinstance(found, Unfit)
    assert words in found.reason
    assert found.fault is fault


EVERYTHING = [
    says(tlsa, policy) for tlsa, policy in product((None, NONE, FOUND, USELESS, TROUBLE), (None, ENFORCE, OTHERS))
]


@pytest.mark.parametrize("said", EVERYTHING)
def test_a_connector_without_tls_and_a_sender_who_does_not_mind_silence_the_domain(said: DomainSays) -> None:
    for level, wish in ((TlsPolicy.NEVER, TlsWish.USUAL), (TlsPolicy.OPPORTUNISTIC, TlsWish.OPTIONAL)):
        found = demand_of(MX, said, level=level, wish=wish)
        assert isinstance(found, Demand)
        assert (found.kind, found.required, found.fingerprints) == (PolicyKind.NONE, False, ())


@pytest.mark.parametrize("wish", TlsWish)
@pytest.mark.parametrize("level", [TlsPolicy.ENCRYPT, TlsPolicy.VERIFY_CHAIN, TlsPolicy.VERIFY_DOMAIN])
@pytest.mark.parametrize("said", EVERYTHING)
def test_nothing_that_others_say_weakens_the_connector(said: DomainSays, level: TlsPolicy, wish: TlsWish) -> None:
    found = demand_of(MX, said, level=level, wish=wish)
    assert isinstance(found, Unfit) or (found.required and found.level is level)


def test_without_dane_its_records_are_not_looked_at() -> None:
    found = demand_of(MX, says(FOUND), level=TlsPolicy.OPPORTUNISTIC, dane=DaneMode.NONE)
    assert isinstance(found, Demand)
    assert found.kind is PolicyKind.NONE


@pytest.mark.parametrize(
    ("said", "vouched"),
    [
        (says(), True),
        (says(None, mx_proved=False), False),
        (says(None, ENFORCE, mx_proved=False), True),
        (says(None, TESTING, mx_proved=False), True),
        (DomainSays(), True),  # a smart host: the operator's own word
    ],
)
def test_requiretls_needs_somebody_to_vouch_for_the_hosts_name(said: DomainSays, vouched: bool) -> None:
    found = demand_of(MX, said, level=TlsPolicy.OPPORTUNISTIC, wish=TlsWish.REQUIRED)
    assert isinstance(found, Demand)
    assert found.required
    assert found.vouched is vouched


def test_an_authority_may_have_signed_for_the_records_owner_the_host_or_the_domain() -> None:
    tlsa = FingerprintAnswer(answer=Answer.FOUND, name="_25._tcp.real.example", records=(EE,))
    found = demand_of(MX, says(tlsa), level=TlsPolicy.OPPORTUNISTIC)
    assert isinstance(found, Demand)
    assert found.names == ("real.example", MX, DOMAIN)
