"""A claim by one of several ways over loopback: next hosts that refuse, hang, reset and flap."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from relaying import QUICK, Relay, TableResolver, mx_of, played, relaying, smart_host, table_of
from sink import Sink, running

from gatepost.outbound import OutboundSettings
from gatepost.routing import Limits, RouteTable, Way

pytestmark = pytest.mark.flow
BOB, CAROL = "bob@fabrikam.com", "carol@contoso.com"
DENIED = "550 5.7.64 TenantAttribution; Relay Access Denied"
HASTY = OutboundSettings(timeouts=replace(QUICK, another_way=0.3))


def two_ways(first: Way, *further: Way) -> RouteTable:
    return table_of({"*": first}, further=further)


@contextmanager
def dead_port() -> Iterator[int]:
    """A port at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def attempts(relay: Relay, id_: str) -> list[dict[str, Any]]:
    """The attempts of a message as its trace tells them."""
    story = await relay.spool.story(id_)
    assert story is not None
    return [event.detail for event in story.events if event.kind == "attempt"]


@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("how", ["drop", "hang", "421"])
@played
async def test_a_way_that_fails_before_the_end_costs_no_deferral(tmp_path: Path, stage: str, how: str) -> None:
    bad = {"drop": Sink(drop=stage), "hang": Sink(hang=stage), "421": Sink(say={stage: "421 4.3.2 going down"})}[how]
    async with running(bad), running(Sink()) as good:
        table = two_ways(smart_host("First", bad.port), smart_host("Second", good.port))
        async with relaying(tmp_path, table, settings=HASTY) as relay:
            id_ = await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            (attempt,) = await attempts(relay, id_)
    assert relay.facts.all("deferred") == []
    assert len(good.deliveries) == 1
    assert attempt["way"] == "Second"
    assert [it["way"] for it in attempt["not_used"]] == ["First"]


@pytest.mark.parametrize(
    "say",
    [{"greeting": "554 5.7.1 go away"}, {"mail": "530 5.7.57 Client not authenticated"}, {"end": "550 5.7.711 bad"}],
)
@played
async def test_a_way_that_refuses_us_is_left_alone_at_once(tmp_path: Path, say: dict[str, str]) -> None:
    async with running(Sink(say=say)) as bad, running(Sink()) as good:
        table = two_ways(smart_host("First", bad.port), smart_host("Second", good.port))
        async with relaying(tmp_path, table) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            (opened,) = relay.facts.all("way_opened")
            assert (opened["way"], opened["lasting"]) == ("First", True)
            before = bad.connections
            id_ = await relay.accept(BOB)
            await relay.facts.wait_for("delivered", 2)
            (attempt,) = await attempts(relay, id_)
            assert "left alone" in attempt["not_used"][0]["because"]
            (standing,) = relay.outbound.ways.standings()
            assert (standing.way, standing.standing) == ("First", "open")
    assert bad.connections == before, "the second message did not ask it"


@played
async def test_a_recipient_that_is_refused_for_our_sake_goes_on_and_the_other_is_not_sent_twice(tmp_path: Path) -> None:
    """Exchange Online takes mail for its own mailboxes and denies relaying when it does not know us any more."""

    def judge(line: str) -> str:
        return DENIED if "fabrikam" in line else "250 2.1.5 ok"

    async with running(Sink(rcpt=judge)) as cloud, running(Sink()) as good:
        table = two_ways(smart_host("Certificate", cloud.port), smart_host("Address", good.port))
        async with relaying(tmp_path, table) as relay:
            id_ = await relay.accept(BOB, CAROL)
            await relay.facts.wait_for("delivered", 2)
            assert await relay.states(id_) == {BOB: "delivered", CAROL: "delivered"}
            first, second = await attempts(relay, id_)
    assert [(first["way"], second["way"])] == [("Certificate", "Address")]
    assert DENIED in second["not_used"][0]["because"]
    assert [d.rcpt[0].split()[1] for d in (*cloud.deliveries, *good.deliveries)] == [f"TO:<{CAROL}>", f"TO:<{BOB}>"]


@pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "552 5.2.2 mailbox full", "450 4.2.1 greylisted"])
@played
async def test_what_is_the_messages_own_fate_tries_no_other_way(tmp_path: Path, reply: str) -> None:
    async with running(Sink(rcpt=lambda _: reply)) as first, running(Sink()) as second:
        table = two_ways(smart_host("First", first.port), smart_host("Second", second.port))
        async with relaying(tmp_path, table) as relay:
            await relay.accept(BOB, sender=None)
            await relay.facts.wait_for("deferred" if reply.startswith("4") else "failed")
            assert relay.facts.all("way_opened") == []
    assert second.connections == 0


@played
async def test_a_providers_daily_limit_sends_by_the_next_way_or_waits_and_is_named(tmp_path: Path) -> None:
    spent = Sink(say={"end": "550 5.1.90 Your message can't be sent because you've reached your daily limit"})
    async with running(spent) as first, running(Sink()) as second:
        table = two_ways(smart_host("First", first.port), smart_host("Second", second.port))
        async with relaying(tmp_path / "two", table) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
        async with relaying(tmp_path / "one", table_of({"*": smart_host("First", first.port)})) as relay:
            id_ = await relay.accept(BOB)
            (deferred,) = await relay.facts.wait_for("deferred")
            assert await relay.states(id_) == {BOB: "waiting"}
            (attempt,) = await attempts(relay, id_)
    assert "their limit: messages or recipients of the mailbox in 24 hours" in deferred["reason"]
    assert "their limit" in str(attempt)


@pytest.mark.parametrize("how", ["drop", "hang"])
@played
async def test_what_may_have_been_accepted_is_not_sent_by_another_way_at_once(tmp_path: Path, how: str) -> None:
    bad = Sink(drop="end") if how == "drop" else Sink(hang="end")
    quick = OutboundSettings(timeouts=replace(QUICK, another_way=0.2, final=0.6))
    async with running(bad), running(Sink()) as good:
        table = two_ways(smart_host("First", bad.port), smart_host("Second", good.port))
        async with relaying(tmp_path, table, settings=quick) as relay:
            await relay.accept(BOB)
            (deferred,) = await relay.facts.wait_for("deferred")
    assert "it may have been accepted" in deferred["reason"]
    assert good.connections == 0


@played
async def test_when_no_way_can_be_used_the_message_waits_and_says_why_for_each(tmp_path: Path) -> None:
    with dead_port() as dead:
        async with running(Sink(say={"greeting": "421 4.7.0 not now"})) as busy:
            table = two_ways(smart_host("First", dead), smart_host("Second", busy.port))
            async with relaying(tmp_path, table) as relay:
                id_ = await relay.accept(BOB)
                (deferred,) = await relay.facts.wait_for("deferred")
                assert await relay.states(id_) == {BOB: "waiting"}
    assert "'First': cannot connect" in deferred["reason"]
    assert "'Second': CONNECT: 421 4.7.0 not now" in deferred["reason"]


@played
async def test_when_every_way_refuses_for_good_the_sender_is_told(tmp_path: Path) -> None:
    async with running(Sink(rcpt=lambda _: DENIED)) as one, running(Sink(rcpt=lambda _: DENIED)) as two:
        table = two_ways(smart_host("First", one.port), smart_host("Second", two.port))
        async with relaying(tmp_path, table) as relay:
            for count in (1, 2):  # the second finds both ways left alone, and each is asked all the same
                await relay.accept(BOB, sender=None)
                await relay.facts.wait_for("failed", count)
    failed = relay.facts.all("failed")[-1]
    assert "'First'" in failed["reason"]
    assert "'Second'" in failed["reason"]


@played
async def test_the_mx_may_be_the_last_way_for_each_domain(tmp_path: Path) -> None:
    resolver = TableResolver({"fabrikam.com": mx_of("mx.fabrikam.com"), "contoso.com": mx_of("mx.contoso.com")},
                             {"mx.fabrikam.com": ("127.0.0.1",), "mx.contoso.com": ("127.0.0.2",)})  # fmt: skip
    with dead_port() as dead:
        async with running(Sink()) as fabrikam, running(Sink(), host="127.0.0.2", port=fabrikam.port) as contoso:
            settings = OutboundSettings(timeouts=QUICK, mx_port=fabrikam.port, allow_private_mx=True)
            table = two_ways(smart_host("First", dead), Way(connector="Direct"))
            async with relaying(tmp_path, table, resolver=resolver, settings=settings) as relay:
                for count in (1, 2):
                    id_ = await relay.accept(BOB, CAROL)
                    await relay.facts.wait_for("delivered", 2 * count)
                    assert await relay.states(id_) == {BOB: "delivered", CAROL: "delivered"}
    assert [len(sink.deliveries) for sink in (fabrikam, contoso)] == [2, 2]
    assert all("fabrikam" in d.rcpt[0] and len(d.rcpt) == 1 for d in fabrikam.deliveries)


@played
async def test_a_way_that_is_back_carries_mail_again(tmp_path: Path) -> None:
    now = [time.time()]
    async with running(Sink(say={"greeting": "554 5.7.1 go away"})) as first, running(Sink()) as second:
        table = two_ways(smart_host("First", first.port), smart_host("Second", second.port))
        async with relaying(tmp_path, table, clock=lambda: now[0]) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
            first.say = {}
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered", 2)
            assert (len(first.deliveries), len(second.deliveries)) == (0, 2), "it is still left alone"
            now[0] += 120
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered", 3)
            (closed,) = relay.facts.all("way_closed")
            assert (len(first.deliveries), closed["way"]) == (1, "First")


@played
async def test_a_flapping_way_neither_bounces_nor_multiplies(tmp_path: Path) -> None:
    async with running(Sink()) as first, running(Sink()) as second:
        table = two_ways(smart_host("First", first.port), smart_host("Second", second.port))
        async with relaying(tmp_path, table, settings=HASTY) as relay:
            for number in range(40):
                first.once = {("greeting", "mail", "data")[number % 3]: "421 4.3.2 flapping"} if number % 2 else {}
                await relay.accept(f"r{number}@fabrikam.com")
                await relay.facts.wait_for("delivered", number + 1)
            assert relay.facts.all("failed") == relay.facts.all("deferred") == []
    taken = [d.rcpt[0] for d in (*first.deliveries, *second.deliveries)]
    assert len(taken) == len(set(taken)) == 40


@played
async def test_beyond_a_limit_mail_waits_and_leaves_when_it_may(tmp_path: Path) -> None:
    now = [time.time()]
    async with running(Sink()) as sink:
        way = smart_host("Up", sink.port, limits=Limits(messages_per_minute=3))
        async with relaying(tmp_path, table_of({"*": way}), clock=lambda: now[0]) as relay:
            ids = [await relay.accept(BOB) for _ in range(5)]
            await sink.wait_for(3)
            await relay.facts.wait_for("way_limited")
            async with asyncio.timeout(10):
                while [*(await relay.states(ids[-1])).values()] != ["waiting"]:
                    await asyncio.sleep(0.01)
            assert len(sink.deliveries) == 3
            assert relay.facts.all("deferred") == []
            (rest,) = relay.outbound.resting().values()
            assert "3 messages have gone within a minute" in rest.reason
            now[0] += 61
            relay.spool.changed.set()
            await sink.wait_for(5)
            await relay.facts.wait_for("delivered", 5)


@played
async def test_beyond_a_limit_mail_goes_by_the_next_way_where_that_is_wanted(tmp_path: Path) -> None:
    async with running(Sink()) as first, running(Sink()) as second:
        limited = smart_host("First", first.port, limits=Limits(recipients_per_day=2), passes_on=True)
        async with relaying(tmp_path, two_ways(limited, smart_host("Second", second.port))) as relay:
            for count in range(1, 5):
                await relay.accept(BOB)
                await relay.facts.wait_for("delivered", count)
    assert (len(first.deliveries), len(second.deliveries)) == (2, 2)


@played
async def test_a_way_has_no_more_connections_than_it_may_have(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        way = smart_host("Up", sink.port, limits=Limits(connections=2))
        async with relaying(tmp_path, table_of({"*": way})) as relay:
            await asyncio.gather(*(relay.accept(BOB) for _ in range(40)))
            await relay.facts.wait_for("delivered", 40)
    assert sink.most_open <= 2


@played
async def test_a_connection_is_not_used_longer_than_it_may_be(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        way = smart_host("Up", sink.port, limits=Limits(session_minutes=0))
        async with relaying(tmp_path, table_of({"*": way})) as relay:
            for count in range(1, 4):
                await relay.accept(BOB)
                await relay.facts.wait_for("delivered", count)
    assert sink.connections == 3


@played
async def test_the_host_is_reached_from_the_address_that_it_lists(tmp_path: Path) -> None:
    async with running(Sink()) as sink:
        way = smart_host("Up", sink.port, source="127.0.0.10")
        async with relaying(tmp_path, table_of({"*": way})) as relay:
            await relay.accept(BOB)
            await relay.facts.wait_for("delivered")
    assert sink.clients == ["127.0.0.10"]


@played
async def test_the_sender_hears_from_every_way_that_refused(tmp_path: Path) -> None:
    def first(line: str) -> str:
        return DENIED if "fabrikam" in line else "250 2.1.5 ok"

    def second(line: str) -> str:
        return "550 5.7.54 SMTP; Unable to relay" if "fabrikam" in line else "250 2.1.5 ok"

    async with running(Sink(rcpt=first)) as one, running(Sink(rcpt=second)) as two:
        table = two_ways(smart_host("First", one.port), smart_host("Second", two.port))
        async with relaying(tmp_path, table) as relay:
            await relay.accept(BOB, sender="anna@contoso.com")
            await relay.facts.wait_for("failed")
            await relay.facts.wait_for("delivered")  # the report
    ((report,),) = ([d.content.decode() for d in (*one.deliveries, *two.deliveries)],)
    assert "5.7.54" in report
    assert "TenantAttribution" in report


@played
async def test_a_way_that_is_the_only_one_elsewhere_is_still_found_out_about_here(tmp_path: Path) -> None:
    with dead_port() as dead:
        async with running(Sink(say={"greeting": "554 5.7.1 go away"})) as bad:
            only = smart_host("Only", bad.port, limits=Limits(messages_per_minute=100))
            table = table_of({"fabrikam.com": smart_host("First", dead), "contoso.com": only}, further=(only,))
            async with relaying(tmp_path, table) as relay:
                await relay.accept(BOB)
                await relay.facts.wait_for("way_opened")
                await relay.facts.wait_for("deferred")
                await relay.accept(CAROL)
                await relay.facts.wait_for("deferred", 2)
                standings = {it.way: str(it.standing) for it in relay.outbound.ways.standings()}
    assert standings == {"Only": "open"}, "no message is asking it"


@pytest.mark.parametrize("stage", ["greeting", "mail"])
@played
async def test_a_host_that_asks_for_a_pause_gets_it(tmp_path: Path, stage: str) -> None:
    busy = "421 4.7.0" if stage == "greeting" else "451 4.7.500"
    sink = Sink(say={stage: f"{busy} Server busy. Please try again in 5 minutes"})
    async with running(sink), relaying(tmp_path, table_of({"*": smart_host("Up", sink.port)})) as relay:
        await relay.accept(BOB)
        await relay.facts.wait_for("deferred")
        (rest,) = relay.outbound.resting().values()
    assert 290 <= rest.until - time.time() <= 301
    assert "Server busy" in rest.reason
