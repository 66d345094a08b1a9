"""What recipient domains demand of TLS (DANE, MTA-STS) and what comes of it on the wire, with real handshakes.

The DNS stands in a table here; a real validating resolver and a signed zone stand in test_delivery_dnssec.py.
"""

import asyncio
import hashlib
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from policy_web import Policy, policy_text, serving, trusting
from relaying import QUICK, TableResolver, mx_of, played, relaying, smart_host, table_of
from sink import Sink, running

from gatepost.mail import TlsWish
from gatepost.outbound import OutboundSettings
from gatepost.routing import (
    Answer,
    DaneMode,
    Fingerprint,
    FingerprintAnswer,
    HostPort,
    MxAnswer,
    RouteTable,
    TlsPolicy,
    Way,
)

pytestmark = pytest.mark.flow
BOB = "bob@fabrikam.com"
MX = "mx.fabrikam.com"
CA = trustme.CA(key_type=trustme.KeyType.ECDSA)
STRANGER = trustme.CA(key_type=trustme.KeyType.ECDSA)


class Certificate:
    """One server certificate: its context, and the TLSA record for its key."""

    def __init__(self, *names: str, ca: trustme.CA = CA) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued = ca.issue_cert(*names, key_type=trustme.KeyType.ECDSA)
        issued.configure_cert(self.context)
        certificate = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.record = Fingerprint(usage=3, selector=1, matching=1, octets=hashlib.sha256(key).digest())


WRONG = Fingerprint(usage=3, selector=1, matching=1, octets=bytes(32))
PKIX = Fingerprint(usage=1, selector=1, matching=1, octets=bytes(32))


def tlsa(*records: Fingerprint, host: str = MX) -> dict[str, FingerprintAnswer]:
    return {host: FingerprintAnswer(answer=Answer.FOUND, name=f"_25._tcp.{host}", records=records)}


def signed(known: dict[str, FingerprintAnswer] | None = None, *hosts: str, proved: bool = True) -> TableResolver:
    """A domain whose MX is proved, and the TLSA records of its hosts."""
    names = hosts or (MX,)
    return TableResolver(
        {"fabrikam.com": mx_of(*names, proved=proved)}, dict.fromkeys(names, ("127.0.0.1",)), tlsa=known
    )


def terms(port: int, **more: Any) -> OutboundSettings:
    return OutboundSettings(timeouts=QUICK, mx_port=port, allow_private_mx=True, **more)


def by_mx(**more: Any) -> RouteTable:
    """Delivery by MX under a connector's terms, which trusts the tests' CA."""
    trusted = (CA.cert_pem.bytes().decode(),)
    return table_of({"*": Way(connector="Out", certificate_authorities=trusted, **more)})


async def fate(folder: Path, sink: Sink, resolver: TableResolver, table: RouteTable, **more: Any) -> dict[str, Any]:
    """What becomes of one message: `delivered` with its attempt's story, or `deferred` or `failed` with its reason."""
    settings = more.pop("settings", None) or terms(sink.port)
    async with relaying(folder, table, resolver=resolver, settings=settings) as relay:
        id_ = await relay.accept(BOB, **more)
        async with asyncio.timeout(20):
            while not (ends := [name for name, _ in relay.facts.told if name in ("delivered", "deferred", "failed")]):
                relay.facts.fresh.clear()
                await relay.facts.fresh.wait()
        story = await relay.spool.story(id_)
        assert story is not None
        return {"end": ends[0], **relay.facts.all(ends[0])[0], "story": str(story.events)}


# --- DANE -----------------------------------------------------------------------------------------------------


@played
async def test_a_host_is_proved_by_its_tlsa_records_and_by_nothing_else(tmp_path: Path) -> None:
    """RFC 7672 §3.1.1: neither the name, nor the dates, nor the CA of the certificate count."""
    theirs = Certificate("whatever.example", ca=STRANGER)
    async with running(Sink(tls=theirs.context)) as sink:
        found = await fate(tmp_path, sink, signed(tlsa(theirs.record)), RouteTable.build())
    assert found["end"] == "delivered"
    assert sink.deliveries[0].tls
    assert f"DANE: the TLSA records of _25._tcp.{MX} (3 1 1" in found["story"]


@pytest.mark.parametrize("trouble", ["wrong certificate", "no STARTTLS", "STARTTLS refused", "handshake fails"])
@played
async def test_a_host_that_does_not_prove_itself_gets_nothing(tmp_path: Path, trouble: str) -> None:
    theirs = Certificate(MX)
    sink, records = Sink(tls=theirs.context), tlsa(theirs.record)
    match trouble:
        case "wrong certificate":
            records = tlsa(WRONG)
        case "no STARTTLS":
            sink.tls = None
        case "STARTTLS refused":
            sink.say = {"starttls": "454 4.7.0 not now"}
        case _:
            sink.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # it has no certificate
    async with running(sink):
        found = await fate(tmp_path, sink, signed(records), by_mx())
    assert found["end"] == "deferred"
    assert "DANE: the TLSA records of" in found["reason"]
    assert not any(command.startswith(("MAIL", "RCPT")) for command in sink.commands)


@played
async def test_the_next_host_is_tried_where_the_first_does_not_prove_itself(tmp_path: Path) -> None:
    theirs = Certificate(MX)
    resolver = signed({**tlsa(WRONG, host="bad.example"), **tlsa(theirs.record)}, "bad.example", MX)
    async with running(Sink(tls=theirs.context)) as sink:
        found = await fate(tmp_path, sink, resolver, RouteTable.build())
    assert (found["end"], found["host"]) == ("delivered", MX)


@played
async def test_a_tlsa_lookup_that_fails_is_never_taken_for_no_records(tmp_path: Path) -> None:
    trouble = FingerprintAnswer(answer=Answer.TROUBLE, name=f"_25._tcp.{MX}", detail="no name server answered in time")
    async with running(Sink(tls=Certificate(MX).context)) as sink:
        found = await fate(tmp_path, sink, signed({MX: trouble}), RouteTable.build())
    assert found["end"] == "deferred"
    assert "the TLSA records of mx.fabrikam.com cannot be looked up (no name server answered" in found["reason"]
    assert sink.connections == 0


@played
async def test_records_of_no_use_still_require_tls(tmp_path: Path) -> None:
    async with running(Sink()) as clear:
        found = await fate(tmp_path / "clear", clear, signed(tlsa(PKIX)), RouteTable.build())
    assert found["end"] == "deferred"
    async with running(Sink(tls=Certificate("x.example", ca=STRANGER).context)) as sink:
        found = await fate(tmp_path / "tls", sink, signed(tlsa(PKIX)), RouteTable.build())
    assert found["end"] == "delivered"
    assert sink.deliveries[0].tls


@pytest.mark.parametrize(
    ("resolver", "words"),
    [
        pytest.param(signed(), "has no TLSA records that DNSSEC proves", id="no records"),
        pytest.param(signed(proved=False), "does not prove who takes mail for fabrikam.com", id="unsigned"),
        pytest.param(signed(tlsa(PKIX)), "none of the TLSA records", id="records of no use"),
    ],
)
@played
async def test_a_connector_that_insists_on_dane_sends_nothing_without(
    tmp_path: Path, resolver: TableResolver, words: str
) -> None:
    async with running(Sink(tls=Certificate(MX).context)) as sink:
        found = await fate(tmp_path, sink, resolver, by_mx(dane=DaneMode.MANDATORY))
    assert found["end"] == "deferred"
    assert words in found["reason"]
    assert sink.connections == 0


@played
async def test_without_a_trusted_resolver_dane_is_off_and_a_connector_that_insists_says_so(tmp_path: Path) -> None:
    resolver = signed(tlsa(WRONG), proved=False)
    resolver.trusted = False
    async with running(Sink(tls=Certificate(MX).context)) as sink:
        found = await fate(tmp_path / "a", sink, resolver, by_mx(dane=DaneMode.MANDATORY))
        assert found["end"] == "deferred"
        assert "Remedy: run a validating resolver on this machine" in found["reason"]
        assert (await fate(tmp_path / "b", sink, resolver, by_mx()))["end"] == "delivered"


@played
async def test_dane_that_is_switched_off_asks_nothing(tmp_path: Path) -> None:
    resolver = signed(tlsa(WRONG))
    async with running(Sink(tls=Certificate(MX).context)) as sink:
        found = await fate(tmp_path, sink, resolver, by_mx(dane=DaneMode.NONE, mta_sts=False))
    assert found["end"] == "delivered"
    assert resolver.asked == []


@played
async def test_a_smart_host_by_name_is_held_to_its_records_as_well(tmp_path: Path) -> None:
    theirs = Certificate("smart.example", ca=STRANGER)
    for record, end in ((theirs.record, "delivered"), (WRONG, "deferred")):
        async with running(Sink(tls=theirs.context)) as sink:
            resolver = TableResolver({}, {"smart.example": ("127.0.0.1",)}, tlsa=tlsa(record, host="smart.example"))
            way = Way(connector="Up", smart_hosts=(HostPort(host="smart.example", port=sink.port),))
            found = await fate(tmp_path / end, sink, resolver, table_of({"*": way}))
        assert found["end"] == end


# --- MTA-STS --------------------------------------------------------------------------------------------------


def with_policy(*hosts: str, id_: str = "1") -> TableResolver:
    names = hosts or (MX,)
    return TableResolver(
        {"fabrikam.com": mx_of(*names)},
        {**dict.fromkeys(names, ("127.0.0.1",)), "mta-sts.fabrikam.com": ("127.0.0.1",)},
        texts={"_mta-sts.fabrikam.com": f"v=STSv1; id={id_};"},
    )


def fetching(sink: Sink, policy: Policy, **more: Any) -> OutboundSettings:
    return terms(sink.port, policy_port=policy.port, policy_context=trusting(), **more)


@pytest.mark.parametrize(
    ("names", "ca", "policy", "end", "words"),
    [
        pytest.param([MX], CA, policy_text(MX), "delivered", "enforce) names the host", id="good"),
        pytest.param(["*.fabrikam.com"], CA, policy_text("*.fabrikam.com"), "delivered", "enforce)", id="stars"),
        pytest.param(["other.example"], CA, policy_text(MX), "deferred", "is for other.example, not", id="name"),
        pytest.param([MX], STRANGER, policy_text(MX), "deferred", "does not count", id="unknown CA"),
        pytest.param([MX], CA, policy_text("mx.other.example"), "deferred", "does not name it", id="host not named"),
        pytest.param([], CA, policy_text(MX), "deferred", "does not offer STARTTLS", id="STARTTLS stripped"),
        pytest.param(["other.example"], CA, policy_text(MX, mode="testing"), "delivered", "testing", id="testing"),
        pytest.param([], CA, policy_text("x.example", mode="testing"), "delivered", "testing", id="testing, no TLS"),
        pytest.param(["other.example"], CA, policy_text(mode="none"), "delivered", "", id="none"),
        pytest.param(["other.example"], CA, "not a policy", "delivered", "", id="no policy to be had"),
    ],
)
@played
async def test_an_mta_sts_policy_is_kept_to(
    tmp_path: Path, names: list[str], ca: trustme.CA, policy: str, end: str, words: str
) -> None:
    with serving(Policy(policy), "mta-sts.fabrikam.com") as served:
        async with running(Sink(tls=Certificate(*names, ca=ca).context if names else None)) as sink:
            found = await fate(tmp_path, sink, with_policy(), by_mx(), settings=fetching(sink, served))
    assert found["end"] == end
    assert words in (found["story"] if end == "delivered" else found["reason"])
    assert bool(sink.deliveries) is (end == "delivered")


@pytest.mark.parametrize(
    ("names", "ca", "fault"),
    [
        (["other.example"], CA, "certificate-host-mismatch"),
        ([MX], STRANGER, "certificate-not-trusted"),
        ([], CA, "starttls-not-supported"),
    ],
)
@pytest.mark.parametrize("mode", ["enforce", "testing"])
@played
async def test_what_is_wrong_is_counted_for_the_domains_report(
    tmp_path: Path, mode: str, names: list[str], ca: trustme.CA, fault: str
) -> None:
    with serving(Policy(policy_text(MX, mode=mode)), "mta-sts.fabrikam.com") as served:
        async with (
            running(Sink(tls=Certificate(*names, ca=ca).context if names else None)) as sink,
            relaying(tmp_path, by_mx(), resolver=with_policy(), settings=fetching(sink, served)) as relay,
        ):
            await relay.accept(BOB)
            await relay.facts.wait_for("deferred" if mode == "enforce" else "delivered")
            counts = relay.outbound.tls_counts
            [counted] = counts.of(counts.days()[0])
    assert counted["policy"]["policy-type"] == "sts"
    assert counted["policy"]["policy-string"] == ["version: STSv1", f"mode: {mode}", f"mx: {MX}"]
    assert [it["result-type"] for it in counted["failure-details"]] == [fault]
    assert counted["summary"]["total-successful-session-count"] == 0


@played
async def test_a_policy_that_cannot_be_fetched_is_counted_and_told(tmp_path: Path) -> None:
    with serving(Policy("", status=500), "mta-sts.fabrikam.com") as served:
        async with (
            running(Sink(tls=Certificate(MX).context)) as sink,
            relaying(tmp_path, by_mx(), resolver=with_policy(), settings=fetching(sink, served)) as relay,
        ):
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            (told,) = await relay.facts.wait_for("policy_not_fetched")
            assert ("sts", "sts-policy-fetch-error") in relay.outbound.tls_counts.totals
    assert "the web server answers 500" in told["problem"]


@played
async def test_the_next_host_is_tried_where_the_policy_does_not_name_the_first(tmp_path: Path) -> None:
    with serving(Policy(policy_text(MX)), "mta-sts.fabrikam.com") as served:
        async with running(Sink(tls=Certificate(MX).context)) as sink:
            resolver = with_policy("mx.elsewhere.example", MX)
            found = await fate(tmp_path, sink, resolver, by_mx(), settings=fetching(sink, served))
    assert (found["end"], found["host"]) == ("delivered", MX)


@played
async def test_a_policy_outlives_a_restart_and_the_loss_of_its_web_server_and_record(tmp_path: Path) -> None:
    async with running(Sink(tls=Certificate(MX).context)) as sink:
        with serving(Policy(policy_text(MX)), "mta-sts.fabrikam.com") as served:
            settings = fetching(sink, served, folder=tmp_path)
            assert (await fate(tmp_path / "1", sink, with_policy(), by_mx(), settings=settings))["end"] == "delivered"
        assert served.fetched == 1
    for record in ("v=STSv1; id=2;", "SERVFAIL", None):  # another policy that cannot be fetched; no answer; none
        resolver = with_policy()
        resolver.texts = {} if record is None else {"_mta-sts.fabrikam.com": record}
        async with running(Sink()) as stripped:
            settings = fetching(stripped, served, folder=tmp_path)
            found = await fate(tmp_path / f"2{record}", stripped, resolver, by_mx(), settings=settings)
        assert found["end"] == "deferred"
        assert "MTA-STS: the policy of fabrikam.com (id 1, enforce)" in found["reason"]


@played
async def test_a_policy_is_fetched_anew_when_its_id_changes(tmp_path: Path) -> None:
    with serving(Policy(policy_text(MX)), "mta-sts.fabrikam.com") as served:
        async with running(Sink(tls=Certificate(MX).context)) as sink:
            settings = fetching(sink, served, folder=tmp_path)
            for id_, fetched in (("1", 1), ("1", 1), ("2", 2)):
                folder = tmp_path / f"{id_}{len(sink.deliveries)}"
                found = await fate(folder, sink, with_policy(id_=id_), by_mx(), settings=settings)
                assert f"id {id_}" in found["story"]
                assert served.fetched == fetched


@played
async def test_a_policy_whose_max_age_is_over_holds_no_longer(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    with serving(Policy(policy_text(MX, max_age=600)), "mta-sts.fabrikam.com") as served:
        async with running(Sink()) as sink:
            resolver, settings = with_policy(), fetching(sink, served)
            async with relaying(tmp_path, by_mx(), resolver=resolver, settings=settings, clock=lambda: now[0]) as relay:
                await relay.accept(BOB)
                await relay.facts.wait_for("deferred")
                now[0] += 700.0
                resolver.texts.clear()
                relay.outbound.wake(["mx:fabrikam.com/Out"])
                await relay.facts.wait_for("delivered")


@played
async def test_mail_waits_a_little_for_a_slow_policy_and_what_comes_later_counts_then(tmp_path: Path) -> None:
    gate = threading.Event()
    with (
        serving(Policy(policy_text("mx.other.example"), gate=gate), "mta-sts.fabrikam.com") as served,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("gatepost.outbound.sts_policies.PATIENCE", 0.05)
        async with running(Sink()) as sink:
            settings = terms(sink.port, policy_port=served.port, policy_context=trusting())
            resolver = with_policy()
            async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
                await relay.accept(BOB)
                await relay.facts.wait_for("delivered")
                gate.set()
                await relay.facts.wait_for("policy_fetched")
                await relay.accept("carol@fabrikam.com", tls=TlsWish.REQUIRED)  # needs a connection of its own
                await relay.facts.wait_for("deferred")
    assert served.fetched == 1


@played
async def test_a_policy_is_asked_for_beside_the_mail_hosts_and_not_after_them(tmp_path: Path) -> None:
    class Slow(TableResolver):
        async def mx(self, domain: str) -> MxAnswer:
            async with asyncio.timeout(20):
                while f"_mta-sts.{domain}" not in self.asked:
                    await asyncio.sleep(0)
            return await super().mx(domain)

    resolver = Slow({"fabrikam.com": mx_of(MX)}, {MX: ("127.0.0.1",)})
    async with running(Sink()) as sink:
        assert (await fate(tmp_path, sink, resolver, RouteTable.build()))["end"] == "delivered"


@played
async def test_dane_is_heard_before_mta_sts(tmp_path: Path) -> None:
    theirs = Certificate("whatever.example", ca=STRANGER)
    with serving(Policy(policy_text("mx.other.example")), "mta-sts.fabrikam.com") as served:
        async with running(Sink(tls=theirs.context)) as sink:
            resolver = TableResolver(
                {"fabrikam.com": mx_of(MX, proved=True)},
                {MX: ("127.0.0.1",), "mta-sts.fabrikam.com": ("127.0.0.1",)},
                tlsa=tlsa(theirs.record),
                texts={"_mta-sts.fabrikam.com": "v=STSv1; id=1;"},
            )
            found = await fate(tmp_path, sink, resolver, by_mx(), settings=fetching(sink, served))
    assert found["end"] == "delivered"
    assert "DANE" in found["story"]


# --- the sender's wish ----------------------------------------------------------------------------------------


OFFERS = ("PIPELINING", "SIZE 1000000", "8BITMIME", "DSN", "REQUIRETLS")


@pytest.mark.parametrize(
    ("names", "offer", "proved", "end", "words"),
    [
        pytest.param([MX], OFFERS, True, "delivered", "", id="good"),
        pytest.param([MX], OFFERS[:-1], True, "failed", "does not offer REQUIRETLS", id="not offered"),
        pytest.param(["other.example"], OFFERS, True, "failed", "does not prove that it is the host", id="name"),
        pytest.param([MX], OFFERS, False, "failed", "neither DNSSEC nor MTA-STS proves", id="nobody vouches"),
        pytest.param([], OFFERS, True, "failed", "does not offer STARTTLS", id="no TLS"),
    ],
)
@played
async def test_requiretls_is_passed_on_or_the_sender_hears_why_not(
    tmp_path: Path, names: list[str], offer: tuple[str, ...], proved: bool, end: str, words: str
) -> None:
    async with running(Sink(tls=Certificate(*names).context if names else None, offer=offer)) as sink:
        found = await fate(tmp_path, sink, signed(proved=proved), by_mx(), tls=TlsWish.REQUIRED)
    assert found["end"] == end
    assert words in str(found)
    if end == "delivered":
        assert sink.deliveries[0].mail.endswith(" REQUIRETLS")
    else:
        assert sink.deliveries == []
        assert "550 5.7.30" in found["story"]


@played
async def test_the_next_way_is_tried_where_the_first_cannot_keep_the_promise(tmp_path: Path) -> None:
    ours, trusted = Certificate("127.0.0.1"), (CA.cert_pem.bytes().decode(),)
    async with (
        running(Sink(tls=ours.context, offer=OFFERS[:-1])) as lesser,
        running(Sink(tls=ours.context, offer=OFFERS)) as better,
    ):
        first, next_ = (
            smart_host(name, sink.port, certificate_authorities=trusted)
            for name, sink in (("First", lesser), ("Next", better))
        )
        table = table_of({"*": first}, further=(next_,))
        async with relaying(tmp_path, table) as relay:
            for wish in (TlsWish.REQUIRED, TlsWish.USUAL):
                await relay.accept(BOB, tls=wish)
                await relay.facts.wait_for("delivered", 2 if wish is TlsWish.USUAL else 1)
    assert better.deliveries[0].mail.endswith(" REQUIRETLS")
    assert len(lesser.deliveries) == 1  # it is as good a way as ever for others


@played
async def test_tls_required_no_outweighs_the_domains_policies_but_not_the_connectors(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        found = await fate(tmp_path / "a", sink, signed(tlsa(WRONG)), by_mx(), tls=TlsWish.OPTIONAL)
        assert found["end"] == "delivered"
        assert "TLS-Required: No" in found["story"]
        table = by_mx(tls=TlsPolicy.ENCRYPT)
        found = await fate(tmp_path / "b", sink, signed(), table, tls=TlsWish.OPTIONAL)
        assert found["end"] == "deferred"


@played
async def test_a_connection_made_for_a_lesser_wish_carries_no_greater_one(tmp_path: Path) -> None:
    theirs = Certificate(MX)
    async with running(Sink(tls=theirs.context, offer=OFFERS)) as sink:
        resolver = signed(tlsa(theirs.record))
        async with relaying(tmp_path, by_mx(), resolver=resolver, settings=terms(sink.port)) as relay:
            for number, (wish, connections) in enumerate(
                [
                    (TlsWish.OPTIONAL, 1),
                    (TlsWish.USUAL, 2),
                    (TlsWish.USUAL, 2),
                    (TlsWish.REQUIRED, 2),  # proved by DANE already
                    (TlsWish.OPTIONAL, 2),
                ],
                1,
            ):
                await relay.accept(BOB, tls=wish)
                await relay.facts.wait_for("delivered", number)
                assert sink.connections == connections


@played
async def test_what_does_not_mind_is_delivered_while_the_rest_waits_for_a_host_that_proves_itself(
    tmp_path: Path,
) -> None:
    async with running(Sink(tls=Certificate(MX).context)) as sink:
        resolver = signed(tlsa(WRONG))
        async with relaying(tmp_path, by_mx(), resolver=resolver, settings=terms(sink.port)) as relay:
            wishes = (TlsWish.USUAL, TlsWish.OPTIONAL, TlsWish.USUAL)
            await asyncio.gather(*(relay.accept(BOB, tls=wish) for wish in wishes))  # before the lane rests
            await relay.facts.wait_for("delivered")
            await relay.facts.wait_for("deferred", 2)
    assert len(sink.deliveries) == 1
