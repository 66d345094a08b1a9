"""Who has connected and how much went through, on the disk and on the fake in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from spool_scenes import (
    ELSEWHERE,
    LATER,
    NEVER,
    NOON,
    THERE,
    AnySpool,
    Clock,
    arrival,
    delivered,
    refusal,
    settlement,
)

from gatepost.spool import MemorySpool, Renaming, Settled, Spool, Visit
from gatepost.spool import census as counting
from gatepost.spool import devices as gathering

Play = Callable[[AnySpool], Awaitable[None]]
PRINTER = Visit(
    client="192.0.2.9",
    at=NOON,
    hello="printer",
    tls="TLSv1.2",
    certificate_names=("printer.contoso.com",),
    trusted_by=("public",),
    first=True,
    accepted=True,
    organization="contoso",
    concerns="contoso",
    connectors=(("contoso", "Printers"),),
    sender="a@contoso.com",
    recipients=("b@there.example", "c@there.example", "d@else.example"),
)


def stranger(spool: AnySpool, client: str = "198.51.100.7", *, at: float = NOON, first: bool = True) -> Visit:
    told = refusal(spool, client=client, at=at)
    return Visit(
        client=client,
        at=at,
        hello="scanner",
        first=first,
        refusal=told,
        concerns=told.organization,
        sender=told.sender,
        recipients=(told.recipient,),
    )


class CensusContract:
    def open(self, folder: Path, clock: Clock) -> AbstractAsyncContextManager[AnySpool]:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def play(self, scene: Play) -> None:
        async def run() -> None:
            async with self.open(self.folder, Clock()) as spool:
                await scene(spool)

        asyncio.run(run())

    def test_a_device_is_told_of_with_all_that_it_said_and_what_came_of_it(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            spool.meet(replace(PRINTER, at=NOON + 60, first=False, sender="x@contoso.com"))
            (device,) = await spool.devices()
            assert (device.address, device.organization, device.hello) == ("192.0.2.9", "contoso", "printer")
            assert (device.first_seen, device.last_seen) == (NOON, NOON + 60)
            assert (device.sessions, device.accepted, device.refused) == (1, 2, 0)
            assert (device.tls, device.certificate_names) == ("TLSv1.2", ("printer.contoso.com",))
            assert (device.connector, device.senders) == ("Printers", ("x@contoso.com", "a@contoso.com"))
            assert device.refusal is None

        self.play(scene)

    def test_what_was_known_before_stays_known(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            await spool.devices()  # who looks has it written down
            spool.meet(Visit(client="192.0.2.9", at=NOON + 5, first=True))  # a port scan says nothing
            again = stranger(spool, "192.0.2.9", at=NOON + 9)
            spool.meet(again)
            (device,) = await spool.devices()
            assert (device.sessions, device.accepted, device.refused) == (3, 1, 1)
            assert (device.first_seen, device.last_seen) == (NOON, NOON + 9)
            assert (device.hello, device.tls, device.organization) == ("scanner", None, "contoso")
            assert (device.connector, device.senders) == ("Printers", ("a@contoso.com",))
            assert device.refusal is not None and again.refusal is not None
            assert device.refusal["id"] == again.refusal.id
            assert device.refusal["remedies"] == ["List it."]

        self.play(scene)

    def test_one_that_said_nothing_keeps_its_name_and_its_tls(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            await spool.devices()
            spool.meet(Visit(client="192.0.2.9", at=NOON + 5, first=True))
            (device,) = await spool.devices()
            assert (device.hello, device.tls) == ("printer", "TLSv1.2")
            assert device.certificate_names == ("printer.contoso.com",)

        self.play(scene)

    @pytest.mark.parametrize("looked", [False, True], ids=["in one writing", "in two"])
    def test_another_organizations_senders_do_not_come_along(self, looked: bool) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            if looked:
                await spool.devices()
            spool.meet(replace(PRINTER, organization="fabrikam", connectors=(), sender="z@fabrikam.com", at=NOON + 1))
            (device,) = await spool.devices()
            assert (device.organization, device.connector, device.senders) == ("fabrikam", None, ("z@fabrikam.com",))
            assert await spool.devices(organization="contoso", strangers=True) == []

        self.play(scene)

    def test_a_network_of_ipv6_is_one_device_and_its_last_address_is_known(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(stranger(spool, "2001:db8::1"))
            spool.meet(stranger(spool, "2001:db8::2"))
            (device,) = await spool.devices()
            assert (device.address, device.last_address, device.sessions) == ("2001:db8::/64", "2001:db8::2", 2)

        self.play(scene)

    def test_each_organization_sees_its_own_and_strangers_where_it_may(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            spool.meet(stranger(spool, at=NOON + 1))

            async def seen(organization: str | None, *, strangers: bool = False) -> list[str]:
                return [it.address for it in await spool.devices(organization=organization, strangers=strangers)]

            assert await seen(None) == ["198.51.100.7", "192.0.2.9"]
            assert await seen("contoso") == ["192.0.2.9"]
            assert await seen("contoso", strangers=True) == ["198.51.100.7", "192.0.2.9"]
            assert await seen("fabrikam") == []

        self.play(scene)

    def test_strangers_are_forgotten_before_those_whose_mail_was_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gathering, "MOST_DEVICES", 2)

        async def scene(spool: AnySpool) -> None:
            spool.meet(replace(PRINTER, at=NOON - 900))
            for number in range(3):
                spool.meet(stranger(spool, f"198.51.100.{number}", at=NOON + number))
            assert [it.address for it in await spool.devices()] == ["198.51.100.2", "192.0.2.9"]

        self.play(scene)

    def test_no_crowd_of_strangers_fills_the_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting, "MOST_GATHERED", 2)

        async def scene(spool: AnySpool) -> None:
            for number in range(5):
                spool.meet(stranger(spool, f"198.51.100.{number}"))
            spool.meet(stranger(spool, "198.51.100.0", first=False))
            assert {it.address: it.refused for it in await spool.devices()} == {"198.51.100.0": 2, "198.51.100.1": 1}
            assert len(await spool.encounters(since=0.0, limit=10)) == 2
            (hour,) = await spool.traffic(since=NOON)
            assert hour.refused == 6  # numbers have room for everybody

        self.play(scene)

    def test_traffic_is_counted_by_hour_and_organization(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            spool.meet(replace(PRINTER, at=NOON + 3600, concerns="fabrikam"))
            spool.meet(stranger(spool))
            came = arrival(spool, "b@there.example", "c@there.example")
            await spool.accept(came)
            (claim,) = await spool.due(THERE, now=NOON, room=9)
            one, other = claim.waiting
            fates = (Settled(row=one.row, outcome=LATER, due=NOON + 2), Settled(row=other.row, outcome=NEVER))
            await spool.settle(settlement(claim, *fates))
            (claim,) = await spool.due(THERE, now=NOON + 9, room=9)
            await spool.settle(delivered(claim))
            first, second = await spool.traffic(since=NOON)
            assert first.at <= NOON < first.at + 3600 == second.at
            assert (first.accepted, first.delivered, first.deferred, first.failed, first.refused) == (1, 1, 1, 1, 1)
            assert (second.accepted, second.refused) == (1, 0)
            (own,) = await spool.traffic(since=NOON, organization="contoso")
            assert (own.accepted, own.delivered, own.refused) == (1, 1, 0)
            assert await spool.traffic(since=NOON + 7200) == []

        self.play(scene)

    def test_the_use_of_connectors_is_counted_by_day_in_both_directions(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for days in (0, 0, 1, 6, 7):
                spool.meet(replace(PRINTER, at=NOON - days * 86_400))
            await spool.accept(arrival(spool, destinations=(ELSEWHERE,)))
            (claim,) = await spool.due(ELSEWHERE, now=NOON, room=9)
            await spool.settle(delivered(claim))
            inward, outward = await spool.usage(now=NOON)
            assert (inward.outbound, inward.organization, inward.connector) == (False, "contoso", "Printers")
            assert (inward.last_used, inward.today, inward.week) == (NOON, 2, 4)
            assert (outward.outbound, outward.connector, outward.today) == (True, "Upstream", 1)
            assert await spool.usage(now=NOON, organization="fabrikam") == []
            later = await spool.usage(now=NOON + 40 * 86_400)
            assert [(it.last_used, it.today, it.week) for it in later[:1]] == [(NOON, 0, 0)]

        self.play(scene)

    def test_a_connector_that_is_renamed_keeps_what_it_has_carried(self) -> None:
        async def scene(spool: AnySpool) -> None:
            for days in (0, 1):
                spool.meet(replace(PRINTER, at=NOON - days * 86_400))
            old = Renaming(outbound=False, organization="contoso", before="Printers", now="Scanners")
            await spool.connector_renamed(old)
            await spool.connector_renamed(replace(old, outbound=True))  # another one, of the other direction
            spool.meet(PRINTER)  # a session that began before knows the old name
            await spool.connector_renamed(old)
            (use,) = await spool.usage(now=NOON)
            assert (use.connector, use.last_used, use.today, use.week) == ("Scanners", NOON, 2, 3)

        self.play(scene)

    def test_kinds_of_sessions_are_kept_by_who_how_and_which_domains(self) -> None:
        async def scene(spool: AnySpool) -> None:
            spool.meet(PRINTER)
            spool.meet(replace(PRINTER, at=NOON + 1, first=False, sender="z@contoso.com"))
            spool.meet(stranger(spool, at=NOON + 2))
            newest, *mine = await spool.encounters(since=NOON, limit=10)
            assert (newest.client, newest.certificate_names, newest.tls, newest.accepted) == (
                "198.51.100.7",
                (),
                None,
                0,
            )
            assert {(it.recipient, it.times, it.accepted) for it in mine} == {
                ("c@there.example", 2, 2),
                ("d@else.example", 2, 2),
            }
            assert {(it.certificate_names, it.trusted_by, it.sender, it.tls) for it in mine} == {
                (("printer.contoso.com",), ("public",), "z@contoso.com", "TLSv1.2")
            }
            assert await spool.encounters(since=NOON + 3, limit=10) == []
            assert len(await spool.encounters(since=NOON, limit=1)) == 1

        self.play(scene)

    @pytest.mark.parametrize(("octets", "kept"), [(4096, True), (4097, False)])
    def test_a_certificates_chain_is_kept_unless_it_is_very_long(self, octets: int, kept: bool) -> None:
        async def scene(spool: AnySpool) -> None:
            chain = (b"\xff" * octets, b"\0" * 4096)
            spool.meet(replace(PRINTER, trusted_by=(), certificate_chain=chain, recipients=("c@there.example",)))
            (found,) = await spool.encounters(since=NOON, limit=10)
            assert found.certificate_chain == (chain if kept else ())

        self.play(scene)


class TestMemoryCensus(CensusContract):
    def open(self, folder: Path, clock: Clock) -> AbstractAsyncContextManager[AnySpool]:
        return MemorySpool.open(folder, clock=clock)


class TestDiskCensus(CensusContract):
    def open(self, folder: Path, clock: Clock) -> AbstractAsyncContextManager[AnySpool]:
        return Spool.open(folder, clock=clock)


def test_the_census_is_written_down_when_the_spool_is_closed(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            spool.meet(PRINTER)
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            (device,) = await spool.devices()
            assert device.accepted == 1
            assert [it.today for it in await spool.usage(now=NOON)] == [1]

    asyncio.run(run())


def test_old_numbers_are_swept_away_but_not_when_a_connector_was_last_used(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            spool.meet(replace(PRINTER, at=NOON - 86_400))
            spool.meet(PRINTER)
            await spool.devices()
            month = NOON + 30 * 86_400
            await spool.sweep(month, keep_days=90)
            assert await spool.traffic(since=0.0) == []
            assert await spool.encounters(since=0.0, limit=10) == []
            assert [it.last_used for it in await spool.usage(now=month)] == [NOON]
            days = await spool._call(lambda connection: connection.execute("SELECT count(*) FROM usage").fetchone())
            assert days == (1,)

    asyncio.run(run())


def test_what_each_way_has_carried_is_told_by_hour_after_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            for at in (NOON - 90_000, NOON, NOON + 3_600):
                await spool.accept(arrival(spool, "a@x.example", "b@x.example", destinations=(ELSEWHERE, ELSEWHERE)))
                (claim,) = await spool.due(ELSEWHERE, now=NOON + 9_999, room=10)
                told = delivered(claim)
                await spool.settle(replace(told, at=at, story={"way": "Second"}))
        async with Spool.open(tmp_path, clock=Clock()) as spool:
            hour = int(NOON // 3_600)
            assert await spool.sent_by_way(since=NOON - 10) == {"Second": {hour: 2, hour + 1: 2}}
            used = {it.connector for it in await spool.usage(now=NOON) if it.outbound}
            assert used == {"Second"}, "the way that carried it, not the first of the queue's destination"

    asyncio.run(run())
