"""The ways out through the desk: how each stands, and which a message would take."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused, NotFound
from gatepost.journal import Journal
from gatepost.manage import Caller, Desk
from gatepost.outbound import Leg, Ways
from gatepost.outbound.tls_counts import TlsCounts
from gatepost.routing import Finding, SmartHostRoute

NOON = 1_790_000_000.0
Ask = Callable[..., Awaitable[Any]]


class Carriers:
    """The outbound side, as far as the ways go."""

    def __init__(self) -> None:
        self.ways = Ways(journal=Journal.silent(), clock=lambda: NOON, dice=random.Random(1))
        self.tls_counts = TlsCounts(folder=None, clock=lambda: NOON, journal=Journal.silent())
        self.failures: dict[Any, int] = {}


def play(folder: Path, scene: Callable[[Ask, Desk, Ways], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Config.open(folder) as config:
            carriers: Any = Carriers()
            desk = Desk(config=config, settings=load_settings(environ={}), outbound=carriers, clock=lambda: NOON)

            async def ask(verb: str, **arguments: Any) -> Any:
                return (await desk.call(verb, arguments, caller=Caller.owner("anna"))).value

            host = {"RecipientDomains": ["*"], "SmartHosts": ["192.0.2.25"]}
            devices = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": ["192.0.2.1"]}
            await ask("connector.add", name="Devices", properties=devices)
            await ask(
                "connector.add", outbound=True, name="Address", properties={**host, "IsTransportRuleScoped": True}
            )
            first = {**host, "FallbackConnectors": ["Address"], "LimitPreset": "Microsoft365", "MaxConnections": 2}
            await ask("connector.add", outbound=True, name="Certificate", properties=first)
            scans = {**host, "InboundConnectors": ["Devices"]}
            await ask("connector.add", outbound=True, name="Scans", properties=scans)
            await ask("connector.add", outbound=True, name="Old", properties={**host, "Enabled": False})
            await scene(ask, desk, carriers.ways)

    asyncio.run(run())


def test_a_message_is_told_its_ways_and_why_not_the_others(tmp_path: Path) -> None:
    async def scene(ask: Ask, desk: Desk, ways: Ways) -> None:
        told = await ask("route.explain", rcpt="b@fabrikam.com", mail_from="a@contoso.com")
        assert told["destination"] == "connector:Certificate"
        assert [it["way"] for it in told["ways"]] == ["Certificate", "Address"]
        assert {it["connector"] for it in told["passed"]} == {"Address", "Scans", "Old"}
        through = await ask("route.explain", rcpt="b@fabrikam.com", mail_from="<>", connector="devices")
        assert [it["way"] for it in through["ways"]] == ["Scans"]
        with pytest.raises(NotFound):
            await ask("route.explain", rcpt="b@fabrikam.com", connector="Nobody")
        with pytest.raises(ConfigRefused, match=r"Remedy: write user@contoso\.com"):
            await ask("route.explain", rcpt="nonsense")

    play(tmp_path, scene)


def test_a_way_that_is_left_alone_says_so_everywhere(tmp_path: Path) -> None:
    async def scene(ask: Ask, desk: Desk, ways: Ways) -> None:
        way = desk.config.current().routes.way("Default", "certificate")
        assert way is not None
        ways.failed(Leg(SmartHostRoute(way=way)), Finding(reason="550 5.7.64 denied", lasting=True))
        rows = {it["connector"]: it for it in await ask("route.list")}
        assert {name: row["standing"] for name, row in rows.items()} == {
            "Address": "closed",
            "Certificate": "open",
            "Old": "off",
            "Scans": "closed",
        }
        assert rows["Certificate"]["reason"] == "550 5.7.64 denied"
        assert rows["Certificate"]["limits"] == {
            "messages_per_minute": 30,
            "connections": 2,
            "session_minutes": 20,
            "recipients_per_day": 10_000,
        }
        told = await ask("route.explain", rcpt="b@fabrikam.com")
        assert [it["standing"] for it in told["ways"]] == ["open", "closed"]
        samples = await desk.metrics()
        usable = {labels["connector"]: value for name, _, labels, value in samples if name == "gatepost_way_usable"}
        assert usable == {"Address": 1.0, "Certificate": 0.0, "Old": 0.0, "Scans": 1.0}
        await ask("connector.set", outbound=True, identity="Certificate", properties={"SmartHosts": ["192.0.2.26"]})
        new = desk.config.current().routes.way("Default", "Certificate")
        assert new is not None
        assert ways.admits(Leg(SmartHostRoute(way=new))), "its terms are new: somebody may have mended it"

    play(tmp_path, scene)
