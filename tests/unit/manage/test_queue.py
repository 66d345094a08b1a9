"""Queue and trace through the desk, on a real spool."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotFound
from gatepost.journal import Journal
from gatepost.mail import Address, Cause, Envelope, Failed, Recipient
from gatepost.manage import Caller, Desk
from gatepost.outbound import Resting, Ways
from gatepost.outbound.tls_counts import TlsCounts
from gatepost.spool import Arrival, Claim, Hold, Refusal, Settled, Settlement, Spool

Ask = Callable[..., Awaitable[Any]]


class Courier:
    """Outbound as the desk sees it: one destination is being left alone."""

    def __init__(self) -> None:
        self.woken: list[set[str]] = []
        self.failures: dict[Cause, int] = {}
        self.spool: Spool | None = None
        self.ways = Ways(journal=Journal.silent(), clock=time.time, dice=random.Random(1))
        self.tls_counts = TlsCounts(folder=None, clock=lambda: 1_790_000_000.0, journal=Journal.silent())

    def resting(self) -> dict[str, Resting]:
        return {
            "mx:fabrikam.com": Resting(
                until=1_790_000_000.0, reason="connection refused", since=1_789_996_400.0, failures=3
            )
        }

    def wake(self, destinations: Iterable[str]) -> None:
        self.woken.append(set(destinations))

    async def send_back(self, claims: Iterable[Claim], *, by: str) -> None:
        assert self.spool is not None
        for claim in claims:
            fates = [Settled(row=it.row, outcome=Failed("", f"Returned by {by}.")) for it in claim.waiting]
            await self.spool.settle(Settlement(claim=claim, at=1.0, results=tuple(fates), kind="bounce"))


def play(folder: Path, scene: Callable[[Ask, Spool], Awaitable[None]], courier: Courier | None = None) -> None:
    """Run a scene with a desk on a spool that nobody empties."""

    async def run() -> None:
        async with Config.open(folder) as config, Spool.open(folder) as spool:
            desk = Desk(config=config, settings=load_settings(environ={}), spool=spool, outbound=courier)

            async def ask(verb: str, **arguments: Any) -> Any:
                return (await desk.call(verb, arguments, caller=Caller.owner("anna"))).value

            await scene(ask, spool)

    asyncio.run(run())


async def store(
    spool: Spool,
    *recipients: str,
    subject: str = "Scan",
    organization: str = "Default",
    hold: Hold | None = None,
) -> str:
    draft = spool.draft()
    draft.write(b"Subject: Scan\r\n\r\nhello\r\n")
    content = await draft.finish()
    addresses = [Address(*it.split("@")) for it in recipients]
    arrival = Arrival(
        id=spool.new_id(),
        envelope=Envelope(
            sender=Address("a", "contoso.com"), recipients=tuple(Recipient(address=it) for it in addresses)
        ),
        content=content,
        destinations=tuple(f"mx:{it.domain}" for it in addresses),
        received_at=time.time(),
        client="192.0.2.9",
        connector="Printers",
        organization=organization,
        subject=subject,
        message_id="<1@contoso.com>",
        story={"reasons": ["matched"]},
        holds=() if hold is None else (hold,) * len(addresses),
    )
    await spool.accept(arrival)
    return arrival.id


def test_the_queue_is_listed_shown_held_released_retried_and_dropped(tmp_path: Path) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        number = await store(spool, "b@fabrikam.com", "c@example.com")
        rows = await ask("queue.list")
        assert {(it["recipient"], it["state"]) for it in rows} == {
            ("b@fabrikam.com", "waiting"),
            ("c@example.com", "waiting"),
        }
        assert rows[0]["received_at"].endswith("0Z")
        assert len(await ask("queue.list", destination="mx:example.com")) == 1
        shown = await ask("queue.show", id=number)
        assert [it["address"] for it in shown["recipients"]] == ["b@fabrikam.com", "c@example.com"]
        assert await ask("queue.hold", ids=[number]) == {"recipients": 2}
        assert (await ask("queue.counts"))["held"] == 2
        assert await ask("queue.release", held=True) == {"recipients": 2}
        assert await ask("queue.retry", destination="mx:example.com") == {"recipients": 1}
        assert await ask("queue.hold", destination="mx:example.com") == {"recipients": 1}
        assert await ask("queue.drop", ids=[number]) == {"recipients": 2}
        assert await ask("queue.list") == []
        story = await ask("trace.show", id=number)
        assert story["events"][0]["kind"] == "accepted"
        assert "anna" in repr(story["events"])

    play(tmp_path, scene)


@pytest.mark.parametrize("verb", ["retry", "hold", "release", "drop"])
def test_no_operation_means_all_by_silence(tmp_path: Path, verb: str) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        await store(spool, "b@fabrikam.com")
        with pytest.raises(ConfigRefused, match="Nothing, or too much, is named"):
            await ask(f"queue.{verb}")
        assert len(await ask("queue.list")) == 1

    play(tmp_path, scene)


def test_the_queue_says_which_host_is_left_alone_and_until_when(tmp_path: Path) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        number = await store(spool, "b@fabrikam.com", "c@example.com")
        waiting, other = await ask("queue.list", destination="mx:fabrikam.com"), await ask("queue.list")
        assert waiting[0]["left_alone_until"] == "2026-09-21T14:13:20.0000000Z"
        assert waiting[0]["left_alone_because"] == "connection refused"
        assert {row["left_alone_until"] for row in other if row["recipient"] == "c@example.com"} == {None}
        await ask("queue.hold", ids=[await store(spool, "held@fabrikam.com")])  # hides nothing of who waits
        lanes = {row["destination"]: row for row in await ask("queue.destinations")}
        assert lanes["mx:fabrikam.com"]["left_alone_because"] == "connection refused"
        assert lanes["mx:fabrikam.com"]["left_alone_since"] == "2026-09-21T13:13:20.0000000Z"
        assert (lanes["mx:fabrikam.com"]["left_alone_failures"], lanes["mx:fabrikam.com"]["held"]) == (3, 1)
        assert lanes["mx:example.com"]["left_alone_because"] is None
        await ask("queue.hold", ids=[number])
        assert {row["left_alone_until"] for row in await ask("queue.list")} == {None}

    play(tmp_path, scene, Courier())


def test_retry_asks_the_hosts_of_what_it_counted(tmp_path: Path) -> None:
    courier = Courier()

    async def scene(ask: Ask, spool: Spool) -> None:
        number = await store(spool, "b@fabrikam.com", "c@example.com")
        assert await ask("queue.retry", destination="mx:fabrikam.com") == {"recipients": 1}
        assert await ask("queue.retry", ids=[number]) == {"recipients": 2}
        assert await ask("queue.retry", destination="mx:nowhere.example") == {"recipients": 0}
        assert courier.woken == [{"mx:fabrikam.com"}, {"mx:fabrikam.com", "mx:example.com"}]
        host = {"RecipientDomains": ["*"], "SmartHosts": ["192.0.2.25"]}
        await ask("connector.add", outbound=True, name="Cloud", properties=host)
        assert await ask("queue.retry", destination="connector:Cloud") == {"recipients": 0}
        assert courier.woken[2:] == [{"connector:Cloud"}], "its next message asks it, if it was left alone"

    play(tmp_path, scene, courier)


def test_one_organization_neither_sees_nor_touches_anothers_mail(tmp_path: Path) -> None:
    courier = Courier()

    async def scene(ask: Ask, spool: Spool) -> None:
        await ask("organization.add", name="Fabrikam")
        ours = await store(spool, "b@example.com")
        theirs = await store(spool, "b@example.com", "c@fabrikam.com", organization="Fabrikam")
        assert [row["id"] for row in await ask("queue.list", organization="Default")] == [ours]
        assert [row["id"] for row in await ask("trace.find", organization="default", since="5m")] == [ours]
        assert (await ask("queue.counts", organization="Default"))["waiting"] == 1
        assert [row["destination"] for row in await ask("queue.destinations", organization="Default")] == [
            "mx:example.com"
        ]
        for verb in ("queue.show", "trace.show"):
            with pytest.raises(NotFound, match=theirs):
                await ask(verb, id=theirs, organization="Default")
        for verb in ("queue.retry", "queue.hold", "queue.release", "queue.drop"):
            for what_if in (True, False):
                with pytest.raises(NotFound, match=theirs):
                    await ask(verb, ids=[theirs], organization="Default", what_if=what_if)
        assert courier.woken == []
        everybodys = {"destination": "mx:example.com", "organization": "Default"}
        assert await ask("queue.hold", **everybodys, what_if=True) == {"recipients": 1}
        assert await ask("queue.hold", **everybodys) == {"recipients": 1}
        assert await ask("queue.hold", destination="mx:example.com") == {"recipients": 1}
        assert await ask("queue.release", held=True, organization="Default", what_if=True) == {"recipients": 1}
        assert await ask("queue.release", held=True, organization="Default") == {"recipients": 1}
        assert await ask("queue.drop", **everybodys) == {"recipients": 1}
        counts = await ask("queue.counts", organization="Fabrikam")
        [held] = counts["held_by"]
        assert (held["organization"], held["rule"], held["recipients"]) == ("Fabrikam", None, 1)
        assert counts == {
            "waiting": 1,
            "sending": 0,
            "held": 1,
            "by_destination": {"mx:fabrikam.com": 1},
            "in_sandbox": 0,
            "held_by": [held],
        }
        with pytest.raises(NotFound, match="Nobody"):
            await ask("queue.list", organization="Nobody")

    play(tmp_path, scene, courier)


def test_a_sandbox_says_what_is_still_sent_and_later_what_it_still_keeps(tmp_path: Path) -> None:
    async def run() -> None:
        async with Config.open(tmp_path) as config, Spool.open(tmp_path) as spool:
            desk = Desk(config=config, settings=load_settings(environ={}), spool=spool)

            async def told(sandbox: bool) -> tuple[str, ...]:
                wish = {"properties": {"Sandbox": sandbox}}
                return (await desk.call("organization.set", wish, caller=Caller.owner("anna"))).warnings

            assert await told(False) == await told(True) == await told(False) == ()
            await store(spool, "b@fabrikam.com")
            there = await store(spool, "c@fabrikam.com", hold=Hold(sandbox=True))
            (stays,) = (await desk.call("queue.retry", {"ids": [there]}, caller=Caller.owner("anna"))).warnings
            assert f"stays there. Remedy: send it with gatepost sandbox release {there}" in stays
            (sent,) = await told(True)
            assert "that waits already is still sent (recipients: 1). Remedy: hold" in sent
            (kept,) = await told(False)
            assert "stays there (recipients: 1). Remedy: send it with gatepost sandbox release --all" in kept

    asyncio.run(run())


@pytest.mark.parametrize("number", ["", "zz", "0000000000000000", "' OR 1=1 --"])
def test_an_unknown_id_is_not_found(tmp_path: Path, number: str) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        for verb in ("queue.show", "trace.show"):
            with pytest.raises(NotFound):
                await ask(verb, id=number)
        for verb in ("queue.retry", "queue.drop"):
            with pytest.raises(NotFound):
                await ask(verb, ids=[number])

    play(tmp_path, scene)


def test_the_trace_is_searched_by_what_people_remember(tmp_path: Path) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        number = await store(spool, "b@fabrikam.com")
        for question in (
            {"recipient": "b@fabrikam.com"},
            {"sender": "a@contoso.com"},
            {"message_id": "<1@contoso.com>"},
            {"connector": "Printers"},
            {"since": "5m", "until": "2999-01-01T00:00:00+00:00"},
            {"status": "waiting"},
        ):
            assert [it["id"] for it in await ask("trace.find", **question)] == [number], question
        assert await ask("trace.find", recipient="x@fabrikam.com") == []
        assert await ask("trace.find", until="2026-07-23T22:00:00Z") == []
        assert [it["id"] for it in await ask("trace.find", client="[::ffff:192.0.2.9]")] == [number]
        assert await ask("trace.find", client="192.0.2.2") == await ask("trace.find", host="192.0.2.1") == []
        for bad in ({"since": "yesterday"}, {"status": "lost"}, {"client": "printer"}, {"host": "192.0.2.0/24"}):
            with pytest.raises(ConfigRefused, match="Remedy"):
                await ask("trace.find", **bad)
        with pytest.raises(ConfigRefused, match="not one of a queue"):
            await ask("queue.list", state="delivered")

    play(tmp_path, scene)


def test_the_header_is_shown_while_the_message_is_here(tmp_path: Path) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        number = await store(spool, "b@fabrikam.com")
        assert (await ask("trace.header", id=number))["header"].startswith("Subject: ")
        await ask("queue.drop", ids=[number])
        assert await ask("trace.header", id=number) == {"id": number, "header": None}
        other = await store(spool, "b@fabrikam.com", organization="Fabrikam")
        for foreign in ({"id": "typo"}, {"id": other, "organization": "Default"}):
            with pytest.raises(NotFound):
                await ask("trace.header", **foreign)

    play(tmp_path, scene)


def test_a_refusal_is_found_and_shown_with_reasons_and_remedies(tmp_path: Path) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        number = spool.new_id()
        spool.note(
            Refusal(
                id=number,
                at=time.time(),
                client="198.51.100.7",
                reply="550 5.7.64 TenantAttribution; Relay Access Denied",
                recipient="b@fabrikam.com",
                story={"reasons": ["No connector lists 198.51.100.7."], "remedies": ["Add it to a connector."]},
            )
        )
        (row,) = await ask("trace.find", status="refused", since="5m")
        assert (row["id"], row["status"], row["sender"]) == (number, "refused", "<>")
        shown = await ask("trace.show", id=number)
        (event,) = shown["events"]
        assert event["kind"] == "refused"
        assert event["reasons"] == ["No connector lists 198.51.100.7."]
        assert event["remedies"] == ["Add it to a connector."]
        assert await ask("queue.list") == []

    play(tmp_path, scene)


def test_mail_is_sent_back_by_id_by_destination_and_where_it_is_held(tmp_path: Path) -> None:
    courier = Courier()

    async def scene(ask: Ask, spool: Spool) -> None:
        courier.spool = spool
        number = await store(spool, "b@fabrikam.com", "c@example.com")
        assert await ask("queue.bounce", ids=[number], what_if=True) == {"recipients": 2}
        assert await ask("queue.bounce", destination="mx:fabrikam.com") == {"recipients": 1}
        await ask("queue.hold", ids=[number])
        assert await ask("queue.bounce", destination="mx:fabrikam.com", held=True) == {"recipients": 0}
        assert await ask("queue.drop", destination="mx:example.com", held=True, what_if=True) == {"recipients": 1}
        assert await ask("queue.release", destination="mx:example.com") == {"recipients": 1}
        assert await ask("queue.bounce", ids=[number]) == {"recipients": 1}
        shown = await ask("trace.show", id=number)
        assert {it["state"] for it in shown["recipients"]} == {"failed"}
        assert [it["kind"] for it in shown["events"]] == ["accepted", "bounce", "hold", "release", "bounce"]
        kept = await store(spool, "b@fabrikam.com", hold=Hold(sandbox=True))
        for what_if in (True, False):
            assert await ask("queue.bounce", ids=[kept], what_if=what_if) == {"recipients": 0}
        with pytest.raises(NotFound, match="No message"):
            await ask("queue.bounce", ids=["0000000000001000"])
        for bad in ({}, {"ids": [number], "held": True}):
            with pytest.raises(ConfigRefused, match="Nothing, or too much"):
                await ask("queue.bounce", **bad)

    play(tmp_path, scene, courier)


def test_a_server_that_sends_nothing_sends_nothing_back(tmp_path: Path) -> None:
    async def scene(ask: Ask, spool: Spool) -> None:
        with pytest.raises(ConfigRefused, match="sends nothing"):
            await ask("queue.bounce", ids=[await store(spool, "b@fabrikam.com")])

    play(tmp_path, scene)
