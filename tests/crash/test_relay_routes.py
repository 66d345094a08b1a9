"""Next hosts that are dead, hang or refuse: the others are not delayed, and the sender hears what became of it."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from ledger import Ledger, Letter, Load, Sink, letters, send_one
from relay_process import HOST, RelayProcess, contoso, devices, domain, in_a_loop, quiet_port, relay_in, smart_host

from gatepost.app import running
from gatepost.config import load_settings
from gatepost.journal import Journal

pytestmark = pytest.mark.crash

MANY = 1_000  # messages, each with a recipient at the healthy host and one at a host that is not


@contextmanager
def silent_host() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(64)
        yield listening.getsockname()[1]


@in_a_loop
async def test_dead_and_silent_hosts_delay_nobody_else_and_their_mail_waits_with_a_reason(tmp_path: Path) -> None:
    ledger = Ledger()
    alive, dead, silent = "anna@alive.test", "ben@dead.test", "cleo@silent.test"
    revived = Sink(ledger, port=quiet_port())
    with silent_host() as silent_port:
        async with Sink(ledger).running() as healthy:
            world = (
                domain("contoso.test", "InternalRelay"),
                devices(),
                smart_host("Healthy", "alive.test", healthy.port),
                smart_host("Dead", "dead.test", revived.port),
                smart_host("Silent", "silent.test", silent_port),
            )
            with relay_in(tmp_path / "relay", *world) as relay:
                await relay.start()
                # One to two: for each recipient of a dead host there is one of the healthy host in the same message.
                piles = [letters(name, [2_000], MANY // 2, to=(alive, to)) for name, to in (("d", dead), ("s", silent))]
                await asyncio.gather(*(Load.of(ledger, relay.port, pile).run(5) for pile in piles))
                assert len(ledger.promised) == MANY
                await ledger.until(lambda: sum(alive in it for it in ledger.acknowledged.values()) == MANY)

                await relay.until_counts(waiting=MANY // 2)  # of the dead host; the silent one still holds its own
                rows = await relay.ask("queue.list", destination="connector:Dead", limit=MANY)
                assert len(rows) == MANY // 2
                assert {row["state"] for row in rows} == {"waiting"}
                assert not [row for row in rows if row["attempts"] and not row["last_reply"]], (
                    "a reason for each attempt"
                )
                assert any("refused" in (row["last_reply"] or "") for row in rows)
                assert {row["recipient"] for row in rows} == {dead}
                async with asyncio.timeout(10):
                    while await relay.ask("queue.list", destination="connector:Healthy"):
                        await asyncio.sleep(0.02)  # what it has acknowledged is being written down
                counts = await relay.counts()
                assert counts["waiting"] + counts["sending"] == MANY, "and nothing of the healthy host is left"

                async with revived.running():
                    await relay.command("queue", "retry", "--destination", "connector:Dead")
                    await ledger.until(lambda: sum(dead in it for it in ledger.acknowledged.values()) == MANY // 2)
    verdict = ledger.verdict()
    assert {it.partition(" ")[2] for it in verdict.lost} == {silent}, "still in the queue"
    assert (verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), 0)


@in_a_loop
async def test_mail_that_waited_for_a_host_leaves_page_after_page_without_a_pause(tmp_path: Path) -> None:
    ledger = Ledger()
    revived = Sink(ledger, port=quiet_port())
    with relay_in(tmp_path / "relay", *contoso(revived.port)) as relay:
        await relay.start()
        pile = letters("p", [120_000], 200)  # more than is read into memory at once
        await Load.of(ledger, relay.port, pile).run(5)
        await relay.until_counts(waiting=200)
        async with revived.running():
            await relay.ask("queue.retry", destination="connector:Upstream")
            await relay.until_counts(waiting=0, sending=0, held=0, seconds=20)
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0), ledger


# --- several ways ---------------------------------------------------------------------------------------------------


@in_a_loop
async def test_a_crash_between_two_ways_neither_loses_nor_repeats_what_the_first_has_taken(tmp_path: Path) -> None:
    """The first way takes one recipient and denies relaying to the other; the relay dies when that is written down."""

    def first_way(address: str) -> str:
        return "250 2.1.5 ok" if address.startswith("anna@") else "550 5.7.64 TenantAttribution; Relay Access Denied"

    ledger = Ledger()
    both = ("anna@fabrikam.test", "ben@fabrikam.test")
    async with Sink(ledger, rcpt=first_way).running() as first, Sink(ledger).running() as second:
        behind = smart_host("Second", "*", second.port)
        behind = replace(behind, properties={**behind.properties, "IsTransportRuleScoped": True})
        cloud = smart_host("First", "*", first.port)
        cloud = replace(cloud, properties={**cloud.properties, "FallbackConnectors": ["Second"]})
        world = (domain("contoso.test", "InternalRelay"), devices(), behind, cloud)
        with relay_in(tmp_path / "relay", *world) as relay:
            await relay.start(crash_at="settle committed")
            reply = await send_one(ledger, relay.port, Letter(id="two", octets=2_000, to=both))
            assert reply.startswith("250")
            assert await relay.ended() == 137, relay.last_words()
            await relay.start()
            await relay.until_empty()
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0), ledger
    assert ledger.acknowledged["two"] == set(both)


# --- reports ------------------------------------------------------------------------------------------------------


def refusing(address: str) -> str:
    """A host that does not know ben."""
    return "550 5.1.1 no such person here" if address.startswith("ben@") else "250 2.1.5 ok"


def status_of(report: bytes) -> dict[str, str]:
    """The fields of the recipients in a report (RFC 3464), of several the last."""
    whole = message_from_bytes(report)
    assert whole.get_content_type() == "multipart/report"
    (status,) = [part for part in whole.walk() if part.get_content_type() == "message/delivery-status"]
    fields: dict[str, str] = {}
    for block in status.get_payload():
        assert isinstance(block, Message)
        fields.update({name.lower(): value for name, value in block.items()})
    return fields


@in_a_loop
async def test_a_refused_recipient_is_reported_once_and_the_other_one_gets_the_message(tmp_path: Path) -> None:
    ledger = Ledger()
    both = ("anna@fabrikam.test", "ben@fabrikam.test")
    home = ("anna@contoso.test", "ben@contoso.test")
    async with Sink(ledger, rcpt=refusing).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port)) as relay:
            await relay.start()
            reply = await send_one(ledger, relay.port, Letter(id="two", octets=2_000, to=both))
            assert reply.startswith("250")
            await ledger.until(lambda: bool(ledger.reports))
            await relay.until_empty()
            for letter in (
                Letter(id="from-nobody", octets=2_000, to=home, sender=""),  # a report itself: none for a report
                Letter(id="all-well", octets=2_000, to=both[:1]),
            ):
                assert (await send_one(ledger, relay.port, letter)).startswith("250")
            await relay.until_empty()
            story = await relay.ask("trace.find", sender="device@contoso.test", recipient=both[1])
    assert ledger.acknowledged["two"] == {both[0]}
    ours = [(to, report) for to, report in ledger.reports if b"X-Letter: from-nobody\r\n" not in report[:2000]]
    ((to, report),) = ours
    assert to == "device@contoso.test"
    fields = status_of(report)
    assert fields["action"] == "failed"
    assert fields["status"] == "5.1.1"
    assert fields["final-recipient"].endswith(both[1])
    assert "550 5.1.1 no such person here" in fields["diagnostic-code"]
    assert b"X-Letter: two" in report, "it says which message"
    assert len(ledger.reports) == 2, "ours, and the message from nobody as it was delivered to anna"
    assert [row["status"] for row in story] == ["failed"]


@in_a_loop
async def test_mail_that_is_too_old_is_returned_after_its_last_attempt(tmp_path: Path) -> None:
    ledger = Ledger()
    reporting = Sink(ledger)
    async with reporting.running():
        edits = (
            domain("contoso.test", "InternalRelay"),
            devices(),
            smart_host("Dead", "fabrikam.test", quiet_port()),
            smart_host("Home", "contoso.test", reporting.port),
        )
        relay = RelayProcess(tmp_path)
        relay.configure(*edits)
        settings = load_settings(tmp_path / "gatepost.toml", {})
        settings = replace(settings, delivery=replace(settings.delivery, expire_after_hours=0))
        async with running(settings, Journal.silent()):
            assert (await send_one(ledger, relay.port, Letter(id="old", octets=2_000))).startswith("250")
            await relay.until_counts(waiting=1)
            assert not ledger.reports, "one failure is not enough, however old the message is"
            await relay.ask("queue.retry", destination="connector:Dead")
            await ledger.until(lambda: bool(ledger.reports))
            await relay.until_empty()
    ((to, report),) = ledger.reports
    fields = status_of(report)
    assert (to, fields["action"], fields["status"]) == ("device@contoso.test", "failed", "5.4.7")
    assert re.search(rb"given up after 2 attempts", report)
