"""Delivery over loopback: spool, lanes, sockets, settlement."""

import asyncio
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from relaying import MESSAGE, QUICK, TableResolver, mx_of, played, relaying, smart_host, table_of
from sink import Sink, running

from gatepost.mail import Notify
from gatepost.outbound import OutboundSettings
from gatepost.routing import Answer, MxAnswer, Patience, RouteTable, TlsPolicy, Way
from gatepost.spool import Choice, Content, Courier

pytestmark = pytest.mark.flow
BOB, CAROL = "bob@fabrikam.com", "carol@fabrikam.com"


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param((), id="no extensions"),
        pytest.param(("PIPELINING",), id="pipelining"),
        pytest.param(("PIPELINING", "CHUNKING", "8BITMIME"), id="chunking"),
        pytest.param(("CHUNKING",), id="chunking without pipelining"),
    ],
)
@played
async def test_a_message_arrives_exactly_as_it_was_stored(tmp_path: Path, offer: tuple[str, ...]) -> None:
    async with (
        running(Sink(offer=offer)) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        id_ = await relay.accept(BOB, CAROL)
        await relay.facts.wait_for("delivered", 2)
        assert await relay.states(id_) == {BOB: "delivered", CAROL: "delivered"}
    assert [d.content for d in sink.deliveries] == [MESSAGE]
    assert sink.deliveries[0].mail.startswith("MAIL FROM:<anna@contoso.com>")
    assert [line.split()[1] for line in sink.deliveries[0].rcpt] == [f"TO:<{BOB}>", f"TO:<{CAROL}>"]


@pytest.mark.parametrize("offer", [("PIPELINING",), ("PIPELINING", "CHUNKING"), ()])
@played
async def test_a_large_message_is_streamed_whole(tmp_path: Path, offer: tuple[str, ...]) -> None:
    content = MESSAGE + (b".x" * 30 + b"\r\n") * 60_000
    async with (
        running(Sink(offer=offer)) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        await relay.accept(BOB, content=content)
        await relay.facts.wait_for("delivered")
    assert sink.deliveries[0].content == content


@played
async def test_connections_are_used_again(tmp_path: Path) -> None:
    async with (
        running(Sink()) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        for count in range(1, 6):
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered", count)
    assert len(sink.deliveries) == 5
    assert sink.connections == 1


@played
async def test_a_connection_that_the_server_closed_while_idle_costs_no_delay(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        table = table_of({"*": smart_host("Up", sink.port)})
        async with relaying(tmp_path, table) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            sink.once = {"mail": "421 4.3.2 one message a connection"}
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered", 2)
    assert relay.facts.all("deferred") == []


@played
async def test_one_refused_recipient_fails_nobody_else(tmp_path: Path) -> None:
    def judge(line: str) -> str:
        if "nobody" in line:
            return "550 5.1.1 no such user"
        return "450 4.2.1 greylisted" if "later" in line else "250 2.1.5 ok"

    async with (
        running(Sink(rcpt=judge)) as sink,
        relaying(tmp_path, table_of({"fabrikam.com": smart_host("Up", sink.port)})) as relay,
    ):
        id_ = await relay.accept("nobody@fabrikam.com", BOB, "later@fabrikam.com", sender=None)
        await relay.facts.wait_for("delivered")
        await relay.facts.wait_for("failed")
        states = await relay.states(id_)
    assert states == {"nobody@fabrikam.com": "failed", BOB: "delivered", "later@fabrikam.com": "waiting"}
    assert len(sink.deliveries[0].rcpt) == 1


@pytest.mark.parametrize("offer", [("PIPELINING",), ("PIPELINING", "CHUNKING"), ()])
@played
async def test_a_connection_lost_after_the_dot_defers(tmp_path: Path, offer: tuple[str, ...]) -> None:
    async with (
        running(Sink(drop="end", offer=offer)) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        await relay.accept(BOB)
        (deferred,) = await relay.facts.wait_for("deferred")
    assert "it may have been accepted" in deferred["reason"]
    assert 60 <= deferred["due"].timestamp() - time.time() <= 76


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("how", ["drop", "421"])
@played
async def test_trouble_at_any_stage_defers_and_never_fails(tmp_path: Path, stage: str, how: str) -> None:
    sink = Sink(drop=stage) if how == "drop" else Sink(say={stage: "421 4.3.2 going down"})
    async with running(sink), relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay:
        id_ = await relay.accept(BOB)
        await relay.facts.wait_for("deferred")
        assert await relay.states(id_) == {BOB: "waiting"}
        assert relay.facts.all("failed") == []


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "data", "end"])
@played
async def test_a_server_that_says_nothing_is_left_after_its_time(tmp_path: Path, stage: str) -> None:
    short = OutboundSettings(timeouts=replace(QUICK, greeting=0.3, command=0.3, final=0.3))
    async with (
        running(Sink(hang=stage)) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)}), settings=short) as relay,
    ):
        id_ = await relay.accept(BOB)
        await relay.facts.wait_for("deferred")
        assert await relay.states(id_) == {BOB: "waiting"}


@pytest.mark.parametrize("stage", ["mail", "data", "end"])
@played
async def test_a_refusal_is_told_to_the_sender(tmp_path: Path, stage: str) -> None:
    async with running(Sink(say={stage: "550 5.7.1 not from you"})) as sink, running(Sink()) as home:
        ways = {"fabrikam.com": smart_host("Up", sink.port), "contoso.com": smart_host("Home", home.port)}
        async with relaying(tmp_path, table_of(ways)) as relay:
            id_ = await relay.accept(BOB)
            await home.wait_for(1)
            assert await relay.states(id_) == {BOB: "failed"}
    report = home.deliveries[0]
    assert report.mail.startswith("MAIL FROM:<>")
    assert report.rcpt[0].startswith("RCPT TO:<anna@contoso.com>")
    assert b"Action: failed" in report.content
    assert b"550 5.7.1 not from you" in report.content
    assert b"Subject: hello" in report.content


@played
async def test_no_report_is_made_on_a_report(tmp_path: Path) -> None:
    async with (
        running(Sink(rcpt=lambda _: "550 5.1.1 no")) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        await relay.accept(BOB, sender=None)
        await relay.facts.wait_for("failed")
        assert relay.facts.all("reported") == []


@played
async def test_a_report_that_cannot_be_delivered_ends_there(tmp_path: Path) -> None:
    async with (
        running(Sink(rcpt=lambda _: "550 5.1.1 no")) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        await relay.accept(BOB)
        await relay.facts.wait_for("failed", 2)
        assert len(relay.facts.all("reported")) == 1


@pytest.mark.parametrize(
    ("notify", "offer", "reports"),
    [
        pytest.param((Notify.SUCCESS,), ("PIPELINING",), 1, id="relayed to a host without DSN"),
        pytest.param((Notify.SUCCESS,), ("PIPELINING", "DSN"), 0, id="passed on to a host with DSN"),
        pytest.param((), ("PIPELINING",), 0, id="nobody asked"),
    ],
)
@played
async def test_success_is_reported_only_where_it_was_asked_for(
    tmp_path: Path, notify: tuple[Notify, ...], offer: tuple[str, ...], reports: int
) -> None:
    async with running(Sink(offer=offer)) as sink, running(Sink()) as home:
        ways = {"fabrikam.com": smart_host("Up", sink.port), "contoso.com": smart_host("Home", home.port)}
        async with relaying(tmp_path, table_of(ways)) as relay:
            await relay.accept(BOB, notify=notify)
            await relay.facts.wait_for("delivered", 1 + reports)
            assert len(relay.facts.all("reported")) == reports
    if reports:
        assert b"Action: relayed" in home.deliveries[0].content
    if "DSN" in offer and notify:
        assert "NOTIFY=SUCCESS" in sink.deliveries[0].rcpt[0]


@played
async def test_a_dead_and_a_hanging_host_delay_nobody_else(tmp_path: Path) -> None:
    async with running(Sink(hang="greeting")) as hanging, running(Sink()) as healthy:
        ways = {
            "dead.example": smart_host("Dead", 1),
            "slow.example": smart_host("Slow", hanging.port),
            "*": smart_host("Up", healthy.port),
        }
        async with relaying(tmp_path, table_of(ways)) as relay:
            for number in range(30):
                await relay.accept(f"d{number}@dead.example")
                await relay.accept(f"s{number}@slow.example")
            began = time.monotonic()
            for _ in range(20):
                await relay.accept(BOB)
            await healthy.wait_for(20)
            assert time.monotonic() - began < 2.0  # less than the hanging host's patience
            await relay.facts.wait_for("destination_blocked", 2)
    assert hanging.most_open <= 5


@played
async def test_a_dead_host_is_left_alone_and_its_mail_stays_in_the_spool(tmp_path: Path) -> None:
    async with relaying(tmp_path, table_of({"*": smart_host("Dead", 1)})) as relay:
        await relay.accept(BOB)
        await relay.facts.wait_for("deferred")
        id_ = await relay.accept(CAROL)
        assert await relay.states(id_) == {CAROL: "waiting"}
        assert relay.outbound.scheduler.takes("connector:Dead") is False
        assert relay.outbound.scheduler.takes("connector:Other") is True


@played
async def test_a_connection_limit_of_the_host_defers_nothing(tmp_path: Path) -> None:
    """A server that takes one connection and turns away the rest gets all the mail over that one."""
    sink = Sink()

    async def crowd() -> None:
        async with relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            sink.say = {"greeting": "421 4.7.0 too many connections"}
            for _ in range(10):
                await relay.accept(BOB)
            await relay.facts.wait_for("delivered", 11)
            assert relay.facts.all("deferred") == []

    async with running(sink):
        await crowd()


@played
async def test_mx_hosts_are_tried_in_order_until_one_answers(tmp_path: Path) -> None:
    async with running(Sink(), host="127.0.0.2") as sink:
        resolver = TableResolver(
            {"fabrikam.com": mx_of("mx1.example", "mx2.example")},
            {"mx1.example": ("127.0.0.3",), "mx2.example": ("127.0.0.2",)},
        )
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True)
        async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
            await relay.accept(BOB)
            (delivered,) = await relay.facts.wait_for("delivered")
    assert delivered["host"] == "mx2.example"


@played
async def test_an_mx_at_a_private_address_is_not_connected_to(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        resolver = TableResolver({"fabrikam.com": mx_of("mx.example")}, {"mx.example": ("127.0.0.1",)})
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port)
        async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
            await relay.accept(BOB)
            (deferred,) = await relay.facts.wait_for("deferred")
    assert "loopback" in deferred["reason"]
    assert sink.connections == 0


@pytest.mark.parametrize(
    ("answer", "addresses", "words"),
    [
        pytest.param(mx_of(""), {}, "null MX", id="null MX"),
        pytest.param(MxAnswer(answer=Answer.NO_NAME), {}, "does not exist", id="no such domain"),
        pytest.param(mx_of("relay.contoso.com", "b.example"), {}, "this relay itself", id="our name"),
        pytest.param(mx_of("m.example"), {"m.example": ("127.9.9.9",)}, "this relay itself", id="our address"),
    ],
)
@played
async def test_a_domain_that_takes_no_mail_fails_at_once(
    tmp_path: Path, answer: MxAnswer, addresses: dict[str, tuple[str, ...]], words: str
) -> None:
    settings = OutboundSettings(timeouts=QUICK, allow_private_mx=True, own_names=("127.9.9.9",))
    resolver = TableResolver({"fabrikam.com": answer}, addresses)
    async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
        await relay.accept(BOB, sender=None)
        (failed,) = await relay.facts.wait_for("failed")
    assert words in failed["reason"]


@played
async def test_a_mailbox_gets_the_message_with_its_marks(tmp_path: Path) -> None:
    table = table_of({}, {"contoso.com": f"{tmp_path}/mail/{{domain}}/{{local}}"})
    async with relaying(tmp_path, table) as relay:
        id_ = await relay.accept("bob@contoso.com", "carol@contoso.com")
        await relay.facts.wait_for("delivered", 2)
        assert set((await relay.states(id_)).values()) == {"delivered"}
    (letter,) = (tmp_path / "mail/contoso.com/bob/new").iterdir()
    expected = b"Return-Path: <anna@contoso.com>\r\nDelivered-To: bob@contoso.com\r\n" + MESSAGE
    assert letter.read_bytes() == expected
    assert len(list((tmp_path / "mail/contoso.com/carol/new").iterdir())) == 1
    assert list((tmp_path / "mail/contoso.com/bob/tmp").iterdir()) == []


@played
async def test_mail_that_was_retried_too_long_goes_back_to_its_sender(tmp_path: Path) -> None:
    patience = Patience(ladder=(0.2,), give_up_after=0.3)
    async with running(Sink(say={"mail": "450 4.0.0 later"})) as sink, running(Sink()) as home:
        ways = {"fabrikam.com": smart_host("Up", sink.port), "contoso.com": smart_host("Home", home.port)}
        async with relaying(tmp_path, table_of(ways), patience=patience) as relay:
            id_ = await relay.accept(BOB)
            await home.wait_for(1)
            assert await relay.states(id_) == {BOB: "failed"}
    assert b"Status: 5.4.7" in home.deliveries[0].content
    assert re.search(rb"given up after [2-9] attempts", b" ".join(home.deliveries[0].content.split()))


@played
async def test_the_sender_is_warned_once_of_a_delay(tmp_path: Path) -> None:
    patience = Patience(ladder=(0.2,), warn_after=0.0)
    async with running(Sink(say={"mail": "450 4.0.0 later"})) as sink, running(Sink()) as home:
        ways = {"fabrikam.com": smart_host("Up", sink.port), "contoso.com": smart_host("Home", home.port)}
        async with relaying(tmp_path, table_of(ways), patience=patience) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("deferred", 3)
            await home.wait_for(1)
            assert len(relay.facts.all("reported")) == 1
    assert b"Action: delayed" in home.deliveries[0].content


@played
async def test_mail_in_the_queue_follows_a_changed_configuration(tmp_path: Path) -> None:
    tables = [table_of({"*": smart_host("Dead", 1)})]
    patience = Patience(ladder=(0.2,))
    async with (
        running(Sink()) as sink,
        relaying(tmp_path, lambda: tables[-1], patience=patience) as relay,
    ):
        tables.append(table_of({"*": smart_host("Up", sink.port)}))
        id_ = await relay.accept(BOB, routed_by=tables[0])
        await sink.wait_for(1)
        await relay.facts.wait_for("delivered")
        assert await relay.states(id_) == {BOB: "delivered"}


@played
async def test_a_recipient_limit_of_the_host_is_served_in_several_transactions(tmp_path: Path) -> None:
    seen: list[str] = []

    def two_at_once(line: str) -> str:
        seen.append(line)
        return "250 2.1.5 ok" if len(seen) % 3 else "452 4.5.3 too many recipients"

    async with (
        running(Sink(rcpt=two_at_once)) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        await relay.accept(*(f"r{n}@fabrikam.com" for n in range(6)))
        await relay.facts.wait_for("delivered", 6)
    assert len(sink.deliveries) >= 2


@played
async def test_the_next_start_sends_what_was_left(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        table = table_of({"*": smart_host("Up", sink.port)})
        sink.say = {"greeting": "421 4.3.2 later"}
        async with relaying(tmp_path, table, patience=Patience(ladder=(0.1,))) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("deferred")
        sink.say = {}
        async with relaying(tmp_path, table) as relay:
            await sink.wait_for(1)
    assert sink.deliveries[0].content == MESSAGE


@played
async def test_more_mail_than_a_lane_may_hold_is_delivered_all_the_same(tmp_path: Path) -> None:
    settings = OutboundSettings(timeouts=QUICK, lane_claims=5, all_claims=8)
    async with (
        running(Sink()) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)}), settings=settings) as relay,
    ):
        await asyncio.gather(*(relay.accept(BOB) for _ in range(60)))
        await sink.wait_for(60)
        await relay.facts.wait_for("delivered", 60)
    assert len(sink.deliveries) == 60


@played
async def test_a_body_that_vanished_is_never_sent_as_something_else(tmp_path: Path) -> None:
    async with (
        running(Sink()) as sink,
        relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay,
    ):
        gone = Content(octets=10, file=tmp_path / "bodies" / "gone")
        await relay.accept_content(BOB, content=gone)
        await relay.facts.wait_for("trouble")
        await relay.facts.wait_for("deferred")
    assert sink.deliveries == []


@played
async def test_a_claim_that_was_committed_while_the_host_fell_silent_is_given_back(tmp_path: Path) -> None:
    async with relaying(tmp_path, table_of({"*": smart_host("Dead", 1)})) as relay:
        await relay.accept(BOB)
        await relay.facts.wait_for("deferred")
        relay.spool.courier = Insistent(relay.outbound.scheduler)
        id_ = await relay.accept(CAROL)
        async with asyncio.timeout(5):
            while await relay.states(id_) != {CAROL: "waiting"}:
                await asyncio.sleep(0)
        message = await relay.spool.show(id_)
    assert message is not None
    assert message.recipients[0].attempts == 0
    assert (message.recipients[0].due or 0) > time.time() + 10


class Insistent:
    """A courier that answered yes a moment before the host was found dead."""

    def __init__(self, courier: Courier) -> None:
        self.take = courier.take

    def takes(self, destination: str) -> bool:
        return True


@played
async def test_a_stop_lets_the_message_on_the_wire_finish_and_keeps_the_rest(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        settings = OutboundSettings(timeouts=QUICK, most_connections_a_destination=1)
        table = table_of({"*": smart_host("Up", sink.port)})
        async with relaying(tmp_path, table, settings=settings) as relay:
            ids = await asyncio.gather(*(relay.accept(BOB) for _ in range(30)))
            await sink.wait_for(1)
            relay.outbound.stop()
        delivered = len(relay.facts.all("delivered"))
        assert len(sink.deliveries) == delivered < 30
        async with relaying(tmp_path, table) as relay:
            await sink.wait_for(30)
            await relay.facts.wait_for("delivered", 30 - delivered)
            states = [await relay.states(id_) for id_ in ids]
    assert states == [{BOB: "delivered"}] * 30
    assert len(sink.deliveries) == 30


# --- two organizations that write to one domain share its lane, and nothing else


SHARED = "mx:fabrikam.com"


@pytest.mark.parametrize("refusal", ["550 5.7.1 this sender is banned", "451 4.7.1 this sender is greylisted"])
@played
async def test_what_a_host_says_to_one_organization_is_not_held_against_another(tmp_path: Path, refusal: str) -> None:
    async with running(Sink(once={"mail": refusal})) as sink:
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True)
        resolver = TableResolver({"fabrikam.com": mx_of("127.0.0.1")})
        async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
            theirs = await relay.accept(BOB, sender=None, organization="Contoso")
            await relay.facts.wait_for("failed" if refusal.startswith("5") else "deferred")
            ours = await relay.accept(BOB, organization="Fourth Coffee")
            await relay.facts.wait_for("delivered")
            assert relay.outbound.resting() == {}
            assert (await relay.states(theirs))[BOB] in ("failed", "waiting")
            assert await relay.spool.show(theirs, organization="Fourth Coffee") is None
            assert await relay.spool.show(ours, organization="Fourth Coffee") is not None
    assert len(sink.deliveries) == 1


@played
async def test_a_dead_host_rests_for_all_and_one_organizations_retry_moves_only_its_own_mail(tmp_path: Path) -> None:
    async with running(Sink(once={"greeting": "421 4.3.2 down"})) as sink:
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True)
        resolver = TableResolver({"fabrikam.com": mx_of("127.0.0.1")})
        async with relaying(tmp_path, RouteTable.build(), resolver=resolver, settings=settings) as relay:
            theirs = await relay.accept(BOB, organization="Contoso")
            await relay.facts.wait_for("deferred")
            ours = await relay.accept(CAROL, organization="Fourth Coffee")
            rest = relay.outbound.resting()[SHARED]
            assert rest.until > time.time() and "down" in rest.reason
            counted = await relay.spool.retry(Choice(destination=SHARED), by="erika", organization="Fourth Coffee")
            assert counted == 1
            relay.outbound.wake({SHARED})
            await relay.facts.wait_for("delivered")
            assert await relay.states(ours) == {CAROL: "delivered"}
            waiting = await relay.spool.show(theirs)
            assert waiting is not None and waiting.recipients[0].attempts == 1
            assert await relay.states(theirs) == {BOB: "waiting"}


@played
async def test_a_host_that_does_not_meet_one_organizations_terms_still_gets_the_others_mail(tmp_path: Path) -> None:
    async with running(Sink()) as sink:  # it offers no TLS
        settings = OutboundSettings(timeouts=QUICK, mx_port=sink.port, allow_private_mx=True)
        resolver = TableResolver({"fabrikam.com": mx_of("127.0.0.1")})
        strict = table_of({"*": Way(connector="Strict", tls=TlsPolicy.ENCRYPT)})
        async with relaying(tmp_path, strict, resolver=resolver, settings=settings) as relay:
            theirs = await relay.accept(BOB)
            await relay.facts.wait_for("deferred")
            assert set(relay.outbound.resting()) == {f"{SHARED}/Strict"}
            ours = await relay.accept(BOB, organization="Fourth Coffee")
            await relay.facts.wait_for("delivered")
            assert await relay.states(ours) == {BOB: "delivered"}
            assert await relay.states(theirs) == {BOB: "waiting"}
