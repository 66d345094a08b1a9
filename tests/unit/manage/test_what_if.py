"""What if: every change can be looked at first, is refused as the change would be, and stores nothing."""

import asyncio
import inspect
import time
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotFound
from gatepost.mail import Address, Envelope, Recipient
from gatepost.manage import VERBS, Answer, Caller, Desk
from gatepost.spool import Arrival, Spool

ANNA = Caller.owner("anna")
RELAY = {"ConnectorType": "OnPremises", "SenderDomains": "*", "SenderIPAddresses": "203.0.113.9"}


@pytest.mark.parametrize("verb", sorted(name for name, verb in VERBS.items() if verb.changes))
def test_every_change_can_be_looked_at_first(verb: str) -> None:
    assert "what_if" in inspect.signature(VERBS[verb].function).parameters


@pytest.mark.parametrize(
    ("verb", "arguments", "shown"),
    [
        ("connector.add", {"name": "New", "properties": RELAY}, {"Name": "New"}),
        ("connector.set", {"identity": "Relay", "properties": {"Name": "B", "Comment": "x"}}, {"Comment": "x"}),
        ("connector.set", {"identity": "Relay", "properties": {}}, {"Name": "Relay"}),
        ("connector.disable", {"identity": "Relay"}, {"Enabled": False}),
        ("connector.enable", {"identity": "Relay"}, {"Enabled": True}),
        ("connector.remove", {"identity": "Relay"}, {"removed": "Relay"}),
        ("domain.add", {"name": "fabrikam.com"}, {"Name": "fabrikam.com"}),
        ("domain.set", {"identity": "contoso.com", "properties": {"Default": True}}, {"Default": True}),
        ("domain.set", {"identity": "contoso.com", "properties": {}}, {"Name": "contoso.com"}),
        ("domain.remove", {"identity": "contoso.com"}, {"removed": "contoso.com"}),
        ("organization.add", {"name": "Other"}, {"Name": "Other"}),
        ("organization.set", {"properties": {"RejectDirectSend": True}}, {"RejectDirectSend": True}),
        ("organization.set", {"properties": {}}, {"Name": "Default"}),
        ("rule.add", {"name": "R", "properties": {"Hold": True}}, {"Name": "R", "Hold": True}),
    ],
)
def test_the_answer_is_the_one_that_would_come_and_nothing_is_stored(
    tmp_path: Path, verb: str, arguments: dict[str, Any], shown: dict[str, Any]
) -> None:
    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}))

        def call(verb: str, **arguments: Any) -> Answer:
            return asyncio.run(desk.call(verb, arguments, caller=ANNA))

        call("connector.add", name="Relay", properties=RELAY)
        call("domain.add", name="contoso.com")
        before, audited = config.world.copy(), config.audit()
        value = call(verb, **arguments, what_if=True).value
        assert {name: value[name] for name in shown} == shown
        assert (config.world, config.audit()) == (before, audited)
        really = call(verb, **arguments).value
        assert set(really) == set(value)
        assert {name: really[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("verb", "arguments", "refusal"),
    [
        ("connector.add", {"name": "New", "properties": {}}, ConfigRefused),
        ("connector.set", {"identity": "typo", "properties": {}}, NotFound),
        ("domain.add", {"name": "not a domain"}, ConfigRefused),
        ("organization.remove", {"identity": "Default"}, ConfigRefused),
        ("organization.remove", {"identity": "typo"}, NotFound),
    ],
)
def test_what_would_be_refused_is_refused(
    tmp_path: Path, verb: str, arguments: dict[str, Any], refusal: type[Exception]
) -> None:
    with Config.open(tmp_path) as config:
        desk = Desk(config=config, settings=load_settings(environ={}))
        with pytest.raises(refusal):
            asyncio.run(desk.call(verb, {**arguments, "what_if": True}, caller=ANNA))


async def store(spool: Spool, *recipients: str) -> str:
    draft = spool.draft()
    draft.write(b"\r\nhello\r\n")
    addresses = [Address(*it.split("@")) for it in recipients]
    arrival = Arrival(
        id=spool.new_id(),
        envelope=Envelope(sender=None, recipients=tuple(Recipient(address=it) for it in addresses)),
        content=await draft.finish(),
        destinations=tuple(f"mx:{it.domain}" for it in addresses),
        received_at=time.time(),
        client="192.0.2.9",
        organization="Default",
    )
    await spool.accept(arrival)
    return arrival.id


def test_an_order_can_be_counted_before_it_is_given(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Config.open(tmp_path) as config, Spool.open(tmp_path) as spool:
            desk = Desk(config=config, settings=load_settings(environ={}), spool=spool)

            async def ask(verb: str, **arguments: Any) -> Any:
                return (await desk.call(verb, arguments, caller=ANNA)).value

            first = await store(spool, "b@fabrikam.com", "c@example.com")
            await store(spool, "d@fabrikam.com")
            await ask("queue.hold", destination="mx:example.com")
            before = await ask("queue.list")
            for verb, arguments, count in (
                ("queue.hold", {"ids": [first]}, 1),
                ("queue.hold", {"destination": "mx:fabrikam.com"}, 2),
                ("queue.hold", {"destination": "mx:nowhere.example"}, 0),
                ("queue.retry", {"ids": [first]}, 1),
                ("queue.release", {"ids": [first]}, 1),
                ("queue.release", {"held": True}, 1),
                ("queue.drop", {"ids": [first]}, 2),
            ):
                assert await ask(verb, **arguments, what_if=True) == {"recipients": count}, (verb, arguments)
            with pytest.raises(NotFound):
                await ask("queue.drop", ids=["typo"], what_if=True)
            assert await ask("queue.list") == before

    asyncio.run(scene())


def test_destinations_are_told_with_the_numbers_of_their_recipients(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Config.open(tmp_path) as config, Spool.open(tmp_path) as spool:
            desk = Desk(config=config, settings=load_settings(environ={}), spool=spool)

            async def ask(verb: str, **arguments: Any) -> Any:
                return (await desk.call(verb, arguments, caller=ANNA)).value

            await store(spool, "b@fabrikam.com", "c@example.com")
            await store(spool, "d@fabrikam.com")
            await ask("queue.hold", destination="mx:example.com")
            told = await ask("queue.destinations")
            assert [(it["destination"], it["waiting"], it["held"]) for it in told] == [
                ("mx:example.com", 0, 1),
                ("mx:fabrikam.com", 2, 0),
            ]
            assert told[1]["due"].endswith("0Z")
            assert [it["oldest"] is not None for it in told] == [False, True]  # of what waits
            assert await ask("queue.destinations", sort="fullest") == told[::-1]
            with pytest.raises(ConfigRefused, match="sort 'age' is not known"):
                await ask("queue.destinations", sort="age")
            assert await ask("queue.destinations", destination="mx:fabrikam.com") == told[1:]
            assert await ask("queue.destinations", limit=1) == told[:1]
            with pytest.raises(NotFound, match=r"No mail waits for 'mx:typo\.example'"):
                await ask("queue.destinations", destination="mx:typo.example")

    asyncio.run(scene())


def test_a_trace_of_several_statuses_is_one_list_newest_first(tmp_path: Path) -> None:
    async def scene() -> None:
        async with Config.open(tmp_path) as config, Spool.open(tmp_path) as spool:
            desk = Desk(config=config, settings=load_settings(environ={}), spool=spool)

            async def found(**arguments: Any) -> list[str]:
                rows = (await desk.call("trace.find", arguments, caller=ANNA)).value
                return [row["recipient"] for row in rows]

            await store(spool, "b@fabrikam.com")
            held = await store(spool, "c@example.com")
            await store(spool, "d@fabrikam.com")
            await desk.call("queue.hold", {"ids": [held]}, caller=ANNA)
            both = ["d@fabrikam.com", "c@example.com", "b@fabrikam.com"]
            assert await found(status=["waiting", "held"]) == both
            assert await found(status=["waiting", "held"], limit=2) == both[:2]
            assert await found(status=["held", "held"]) == ["c@example.com"]
            assert await found(status=[]) == both
            with pytest.raises(ConfigRefused) as refused:
                await found(status=["lost", "waiting", "gone"])
            assert len(refused.value.problems) == 2

    asyncio.run(scene())
