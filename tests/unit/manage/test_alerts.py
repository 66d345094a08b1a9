"""What somebody should look at now, as the desk tells it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatepost.checks import CHECKED_RECIPIENT
from gatepost.config import Config, load_settings
from gatepost.journal import Journal
from gatepost.mail import Address, Envelope, Recipient
from gatepost.manage import Caller, Desk, Role
from gatepost.outbound import Leg, Ways
from gatepost.outbound.tls_counts import TlsCounts
from gatepost.routing import Finding, SmartHostRoute
from gatepost.spool import Arrival, Hold, MemorySpool, Refusal, Visit

NOON = 1_790_000_000.0
CONNECTOR = {"ConnectorType": "OnPremises", "SenderDomains": ["*"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A host that is being left alone."""

    until: float
    reason: str
    since: float | None = None
    failures: int = 0


class Carriers:
    """An outbound side whose only host refuses; `ways` knows of none that is left alone yet."""

    def __init__(self) -> None:
        self.ways = Ways(journal=Journal.silent(), clock=lambda: NOON, dice=random.Random(1))
        self.tls_counts = TlsCounts(folder=None, clock=lambda: NOON, journal=Journal.silent())

    def resting(self) -> Mapping[str, Rest]:
        return {"smarthost:192.0.2.25:25": Rest(until=NOON + 60, reason="421 4.3.2 <b>closing\u202e")}


class Scene:
    """A desk on a spool in memory, with two organizations."""

    def __init__(self, config: Config, spool: MemorySpool) -> None:
        self.now = NOON
        settings = load_settings(environ={"GATEPOST_RESOLVERS": "127.0.0.1:9"})
        kept: Any = spool
        self.carriers = Carriers()
        carriers: Any = self.carriers
        self.desk = Desk(config=config, settings=settings, spool=kept, outbound=carriers, clock=lambda: self.now)
        self.spool = spool
        self.caller = Caller.owner("anna")

    async def __call__(self, verb: str, **arguments: Any) -> Any:
        return (await self.desk.call(verb, arguments, caller=self.caller)).value

    def met(
        self, client: str, *, refused: bool = True, organization: str | None = None, recipient: str = "a@fabrikam.com"
    ) -> None:
        refusal = Refusal(
            id=self.spool.new_id(),
            at=self.now,
            client=client,
            reply="550 5.7.64 TenantAttribution; Relay Access Denied",
            recipient=recipient,
            organization=organization,
            story={"reasons": ["No connector lists it."], "remedies": ["List it."]},
        )
        self.spool.meet(
            Visit(
                client=client,
                at=self.now,
                hello="SCANNER",
                first=True,
                accepted=not refused,
                organization=None if refused else organization,
                refusal=refusal if refused else None,
                concerns=organization,
            )
        )

    async def wait_for(self, destination: str, hold: Hold | None = None) -> None:
        draft = self.spool.draft()
        draft.write(b"Subject: x\r\n\r\nhello\r\n")
        recipient = Recipient(address=Address("a", "fabrikam.com"))
        await self.spool.accept(
            Arrival(
                id=self.spool.new_id(),
                envelope=Envelope(sender=Address("b", "contoso.com"), recipients=(recipient,)),
                content=await draft.finish(),
                destinations=(destination,),
                received_at=self.now,
                client="192.0.2.9",
                connector="Printers",
                organization="Default",
                holds=() if hold is None else (hold,),
            )
        )


def play(folder: Path, scene: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Config.open(folder) as config, MemorySpool.open(folder, clock=lambda: NOON) as spool:
            played = Scene(config, spool)
            await played("connector.add", name="Printers", properties={**CONNECTOR, "SenderIPAddresses": ["192.0.2.1"]})
            await scene(played)

    asyncio.run(run())


def test_where_all_is_well_there_are_no_alerts(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met("192.0.2.1", refused=False, organization="Default")
        assert await ask("alerts.list") == []

    play(tmp_path, scene)


def test_an_address_beside_a_connectors_is_told_with_both(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met("192.0.2.7")
        [alert] = await ask("alerts.list")
        assert (alert["kind"], alert["level"], alert["about"]) == ("near", "warning", "192.0.2.7")
        assert "192.0.2.7 (SCANNER)" in alert["sentence"]
        assert "connector 'Printers' lists 192.0.2.1" in alert["sentence"]
        assert (alert["remedy"], bool(alert["id"])) == ("If it is the same device or its neighbour, allow it.", True)

    play(tmp_path, scene)


def test_a_device_that_is_refused_is_told_for_a_day_unless_it_is_blocked(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met("198.51.100.7")
        [alert] = await ask("alerts.list")
        assert alert["sentence"].startswith("198.51.100.7 (SCANNER) is new and was refused: 550 5.7.64")
        assert (alert["kind"], alert["remedy"]) == ("device", "List it.")
        await ask("device.block", address="198.51.100.7")
        assert await ask("alerts.list") == []
        ask.met("203.0.113.4")
        ask.now += 86_401
        assert await ask("alerts.list") == []

    play(tmp_path, scene)


def test_what_the_checks_ask_of_our_own_listeners_is_no_alert(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met("127.0.0.1", recipient=CHECKED_RECIPIENT)
        assert await ask("alerts.list") == []
        ask.met("198.51.100.7", recipient=CHECKED_RECIPIENT)  # somebody else who writes there is no check of ours
        assert len(await ask("alerts.list")) == 1

    play(tmp_path, scene)


def test_of_very_many_strangers_a_few_are_told_and_the_rest_are_counted(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        for number in range(50):
            ask.met(f"198.51.100.{number}")
        alerts = await ask("alerts.list")
        assert len(alerts) == 21
        assert alerts[-1]["sentence"] == "There are 30 more like these."

    play(tmp_path, scene)


def test_a_host_that_takes_no_mail_is_told_while_mail_waits_for_it(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        assert await ask("alerts.list") == []
        await ask.wait_for("smarthost:192.0.2.25:25")
        [alert] = await ask("alerts.list")
        assert (alert["kind"], alert["about"]) == ("destination", "smarthost:192.0.2.25:25")
        assert alert["sentence"].startswith("Mail to smarthost:192.0.2.25:25 waits: 421 4.3.2")

    play(tmp_path, scene)


def test_what_is_held_for_a_day_is_told_until_somebody_decides(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await ask.wait_for("mx:fabrikam.com", Hold(rule="Guests wait"))
        await ask.wait_for("mx:fabrikam.com", Hold(sandbox=True))  # where nobody is to decide
        assert await ask("alerts.list") == []
        ask.now += 86_401
        (alert,) = await ask("alerts.list")
        assert (alert["kind"], alert["about"]) == ("held", "Guests wait")
        assert alert["sentence"].startswith("Recipients that rule 'Guests wait' holds: 1, the oldest since 20")
        assert await ask("queue.release", rule="Guests wait") == {"recipients": 1}
        assert [it["kind"] for it in await ask("alerts.list")] == ["queue"]  # it is on its way, and old

    play(tmp_path, scene)


def test_a_device_that_was_to_be_retired_is_told(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await ask("device.note", address="192.0.2.1", owner="Anna", retire_by="2020-01-01")
        [alert] = await ask("alerts.list")
        assert alert["sentence"].startswith("Device 192.0.2.1 was to be out of service by 2020-01-01.")
        assert alert["remedy"].startswith("replace it")

    play(tmp_path, scene)


def test_one_organization_hears_nothing_of_anothers_devices_connectors_and_mail(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await ask("organization.add", name="Fabrikam")
        ask.met("192.0.2.7")
        ask.met("198.51.100.7", organization="Default")
        await ask.wait_for("smarthost:192.0.2.25:25")
        assert len(await ask("alerts.list")) == 3
        ask.caller = Caller(who="fritz", origin="web", role=Role.VIEW_ONLY, organization="Fabrikam")
        assert await ask("alerts.list") == []

    play(tmp_path, scene)


def test_an_outbound_connector_that_cannot_be_used_is_told_though_its_mail_leaves(tmp_path: Path) -> None:
    async def scene(it: Scene) -> None:
        host = {"RecipientDomains": ["*"], "SmartHosts": ["192.0.2.25"]}
        await it("organization.add", name="Fabrikam")
        await it("connector.add", name="Cloud", outbound=True, organization="Default", properties=host)
        way = it.desk.config.current().routes.way("Default", "Cloud")
        assert way is not None
        it.carriers.ways.failed(Leg(SmartHostRoute(way=way)), Finding(reason="550 5.7.64 denied", lasting=True))
        [alert] = [one for one in await it("alerts.list") if one["kind"] == "way"]
        assert alert["sentence"] == "The outbound connector 'Cloud' is not used: 550 5.7.64 denied"
        assert alert["about"] == "Cloud"
        await it.wait_for("connector:Cloud")  # due, and it will go by the next way: nothing is said of it as waiting
        assert [row["left_alone_because"] for row in await it("queue.destinations")] != [None]
        assert [one["kind"] for one in await it("alerts.list")] == ["way"]
        assert [one for one in await it("alerts.list", organization="Fabrikam") if one["kind"] == "way"] == []

    play(tmp_path, scene)
