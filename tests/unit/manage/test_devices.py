"""Devices through the desk: seen, noted, let in, kept out, and learned."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from device_scenes import PRINTER, STRANGER, Scene, play

from gatepost.errors import ConfigRefused, NotAllowed, NotFound
from gatepost.manage import Caller, Role


def test_devices_are_listed_the_last_seen_first_with_what_they_would_need(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        assert await ask("device.list") == {
            "total": 0,
            "learning": {"on": False, "since": None, "until": None, "seconds_left": 0, "learned": 0},
            "devices": [],
        }
        ask.met()
        ask.now += 60
        ask.refused()
        listed = await ask("device.list")
        stranger, printer = listed["devices"]
        assert (stranger["address"], stranger["hello"], stranger["organization"]) == (STRANGER, "SCANNER", None)
        assert stranger["last_refusal"]["remedies"] == ["List it."]
        assert stranger["last_refusal"]["reply"].startswith("550 5.7.64")
        assert (printer["organization"], printer["last_connector"]) == ("Default", "Printers")
        assert (printer["last_senders"], printer["accepted"]) == (["scan@contoso.com"], 1)
        assert printer["last_refusal"] is None
        assert printer == await ask("device.show", address=PRINTER)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"search": "SCANN"}, [STRANGER]),
        ({"search": "scan@"}, [PRINTER]),
        ({"state": "refused"}, [STRANGER]),
        ({"state": "allowed"}, []),
        ({"state": "noted"}, []),
        ({"sort": "address", "descending": False}, [PRINTER, STRANGER]),
        ({"sort": "refused"}, [STRANGER, PRINTER]),
        ({"sort": "name"}, [STRANGER, PRINTER]),
        ({"limit": 1, "page": 2}, [PRINTER]),
    ],
)
def test_the_list_is_filtered_sorted_and_paged(tmp_path: Path, asked: Mapping[str, Any], found: list[str]) -> None:
    async def scene(ask: Scene) -> None:
        ask.met()
        ask.now += 60
        ask.refused()
        assert [it["address"] for it in (await ask("device.list", **asked))["devices"]] == found

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("device.list", {"state": "lost"}),
        ("device.list", {"sort": "colour"}),
        ("device.show", {"address": "printer"}),
        ("device.note", {"address": PRINTER}),
        ("device.note", {"address": PRINTER, "retire_by": "soon"}),
        ("device.allow", {"address": "192.0.2.0/24"}),
        ("device.block", {"address": ""}),
        ("device.learning", {"action": "trust"}),
        ("device.learning", {"action": "start", "hours": 1000}),
        ("device.learning", {"action": "start", "hours": True}),
    ],
)
def test_what_is_meant_wrongly_is_refused_with_a_remedy(
    tmp_path: Path, verb: str, arguments: Mapping[str, Any]
) -> None:
    async def scene(ask: Scene) -> None:
        with pytest.raises(ConfigRefused, match="Remedy"):
            await ask(verb, **arguments)
        with pytest.raises(NotFound, match="No device has connected"):
            await ask("device.show", address="203.0.113.1")

    play(tmp_path, scene)


def test_a_note_is_configuration_and_reminds_of_the_end(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met()
        noted = await ask("device.note", address=PRINTER, owner="Facilities", note="2nd floor")
        assert (noted["owner"], noted["note"], noted["retire_by"], noted["nag"]) == (
            "Facilities",
            "2nd floor",
            None,
            None,
        )
        noted = await ask("device.note", address=f"::ffff:{PRINTER}", retire_by="2026-09-30")
        assert noted["owner"] == "Facilities"
        assert "is to be out of service by 2026-09-30" in noted["nag"] and "Facilities" in noted["nag"]
        assert [it["address"] for it in (await ask("device.list", state="retire"))["devices"]] == [PRINTER]
        ask.now += 30 * 86_400
        assert "was to be out of service" in (await ask("device.show", address=PRINTER))["nag"]
        assert (await ask("device.note", address=PRINTER, retire_by="", owner=""))["nag"] is None
        entries = [it for it in await ask("audit.list") if it["kind"] == "device"]
        assert [it["object"] for it in entries] == [PRINTER] * 3
        assert entries[-1]["after"]["Owner"] == "Facilities"

    play(tmp_path, scene)


def test_a_note_that_somebody_else_has_changed_is_not_overwritten(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met()
        first = await ask("device.note", address=PRINTER, owner="Anna", seen="")
        ask.now += 5
        await ask("device.note", address=PRINTER, owner="Bob", seen=first["noted_at"])
        for seen in ("", first["noted_at"]):
            with pytest.raises(ConfigRefused, match="after it was read"):
                await ask("device.note", address=PRINTER, owner="Anna", seen=seen)
        assert (await ask("device.show", address=PRINTER))["owner"] == "Bob"

    play(tmp_path, scene)


def test_nobody_is_reminded_of_a_device_that_is_blocked(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met()
        assert (await ask("device.note", address=PRINTER, retire_by="2026-09-30"))["nag"] is not None
        await ask("device.block", address=PRINTER)
        assert (await ask("device.show", address=PRINTER))["nag"] is None
        assert (await ask("device.list", state="retire"))["devices"] == []

    play(tmp_path, scene)


def test_a_device_can_be_noted_before_it_ever_connects(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        would = await ask("device.note", address="2001:db8::5", note="to come", what_if=True)
        assert [it["action"] for it in would["changes"]] == ["add"]
        assert (await ask("device.list"))["total"] == 0
        noted = await ask("device.note", address="2001:db8::5", note="to come")
        assert (noted["address"], noted["first_seen"], noted["note"]) == ("2001:db8::/64", None, "to come")

    play(tmp_path, scene)


def test_one_click_lets_a_refused_device_in_and_says_what_it_did(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.refused()
        would = await ask("device.allow", address=STRANGER, what_if=True)
        assert await ask("connector.list") == []
        done = await ask("device.allow", address=STRANGER)
        assert done == would
        (change,) = done["changes"]
        assert (change["action"], change["kind"], change["name"]) == ("add", "inbound connector", "Devices")
        assert {"property": "SenderIPAddresses", "before": None, "after": [STRANGER]} in change["differences"]
        assert (done["next"]["result"], done["next"]["connector"]) == ("relay", "Devices")
        again = await ask("device.allow", address="198.51.100.8")
        (change,) = again["changes"]
        assert change["differences"] == [
            {"property": "SenderIPAddresses", "before": [STRANGER], "after": [STRANGER, "198.51.100.8"]}
        ]
        assert again["next"] is None  # it was never refused
        (row,) = (await ask("device.list", state="allowed"))["devices"]
        assert [(it["Name"], it["Network"], it["Exactly"]) for it in row["allowed_by"]] == [("Devices", STRANGER, True)]
        assert "has 198.51.100.7 already" in " ".join(await ask.warned("device.allow", address=STRANGER))

    play(tmp_path, scene)


def test_letting_in_says_what_is_still_missing(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.refused(sender="scan@unknown.example")
        done = await ask("device.allow", address=STRANGER)
        assert done["next"]["result"] == "reject"
        assert any("unknown.example" in it for it in done["next"]["remedies"])

    play(tmp_path, scene)


def test_a_connector_may_be_named_but_no_partners(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ours = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": [PRINTER], "Enabled": False}
        await ask("connector.add", name="Printers", properties=ours)
        await ask("connector.add", name="Bank", properties={"SenderDomains": ["bank.example"]})
        warnings = await ask.warned("device.allow", address=STRANGER, connector="printers")
        assert "is disabled" in " ".join(warnings)
        shown = await ask("connector.show", identity="Printers")
        assert shown["SenderIPAddresses"] == [PRINTER, STRANGER]
        with pytest.raises(ConfigRefused, match="of type Partner"):
            await ask("device.allow", address=STRANGER, connector="Bank")
        with pytest.raises(NotFound, match="Nowhere"):
            await ask("device.allow", address=STRANGER, connector="Nowhere")

    play(tmp_path, scene)


def test_blocking_takes_a_device_out_of_connectors_and_refuses_it(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ours = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": [PRINTER, "198.51.100.8"]}
        await ask("connector.add", name="Printers", properties=ours)
        await ask("connector.add", name="Office", properties={**ours, "SenderIPAddresses": ["192.0.2.0/24"]})
        would = await ask("device.block", address=PRINTER, what_if=True)
        done = await ask("device.block", address=PRINTER)
        assert done == would
        assert {it["name"]: it["differences"][0]["after"] for it in done["changes"]} == {
            "Printers": ["198.51.100.8"],
            "Default": [PRINTER],
        }
        assert "Office" in " ".join(await ask.warned("device.block", address=PRINTER))
        judged = await ask("connector.explain", ip=PRINTER, mail_from="a@contoso.com", rcpt="b@fabrikam.example")
        assert (judged["result"], judged["reply"][:9]) == ("reject", "550 5.7.1")
        ask.refused(PRINTER)
        (row,) = (await ask("device.list", state="blocked"))["devices"]
        assert row["blocked_by"] == [PRINTER]
        let_in = await ask("device.allow", address=PRINTER)
        assert {it["name"] for it in let_in["changes"]} == {"Default", "Devices"}
        assert (await ask("device.show", address=PRINTER))["blocked_by"] == []
        await ask("organization.set", identity="Default", properties={"BlockedIPAddresses": ["192.0.2.0/28"]})
        with pytest.raises(ConfigRefused, match="holds more than this device"):
            await ask("device.allow", address=PRINTER)

    play(tmp_path, scene)


def test_of_a_network_of_ipv6_the_last_address_is_let_in_and_all_of_it_is_blocked(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.refused("2001:db8::7")
        done = await ask("device.allow", address="2001:db8::/64")
        assert {"property": "SenderIPAddresses", "before": None, "after": ["2001:db8::7"]} in done["changes"][0][
            "differences"
        ]
        done = await ask("device.block", address="2001:db8::7")
        assert [it["differences"][0]["after"] for it in done["changes"]] == [[], ["2001:db8::/64"]]

    play(tmp_path, scene)


def test_learning_marks_who_was_refused_meanwhile_and_trusts_nobody(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.refused("198.51.100.1")
        ask.now += 60
        told = await ask("device.learning", action="start", hours=2)
        assert (told["on"], told["seconds_left"], told["learned"]) == (True, 7200, 0)
        ask.now += 60
        ask.met()
        ask.refused()
        assert await ask("connector.list") == []
        listed = await ask("device.list", learned=True)
        assert [it["address"] for it in listed["devices"]] == [STRANGER]
        assert (listed["learning"]["on"], listed["learning"]["learned"]) == (True, 1)
        assert not (await ask("device.learning", action="stop"))["on"]
        ask.now += 60
        ask.refused("198.51.100.9")
        assert (await ask("device.list", learned=True))["total"] == 1  # what was learned stays to be looked at
        await ask("device.allow", address=STRANGER)
        assert (await ask("device.learning"))["learned"] == 0

    play(tmp_path, scene)


def test_one_organization_sees_and_touches_no_other(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await ask("organization.add", name="Fabrikam", properties={})
        ask.met()
        ask.met("203.0.113.5", organization="Fabrikam", connector="Theirs")
        ask.refused()
        ask.refused(PRINTER, organization="Fabrikam")
        assert (await ask("device.list"))["total"] == 3
        with pytest.raises(ConfigRefused, match="several organizations"):
            await ask("device.allow", address=STRANGER)
        assert (await ask("device.note", address=PRINTER, note="ours", organization="Default"))["note"] == "ours"
        ask.caller = Caller(who="bo", origin="web", role=Role.ORGANIZATION_MANAGEMENT, organization="Default")
        (mine,) = (await ask("device.list"))["devices"]
        assert (mine["address"], mine["last_refusal"], mine["refused"]) == (PRINTER, None, 1)
        for address in ("203.0.113.5", STRANGER):
            with pytest.raises(NotFound):
                await ask("device.show", address=address)
        assert (await ask("device.allow", address=STRANGER))["next"] is None
        assert {it["Organization"] for it in await ask("connector.list")} == {"Default"}
        ask.caller = Caller(who="vi", origin="web", role=Role.VIEW_ONLY, organization="Fabrikam")
        assert [it["address"] for it in (await ask("device.list"))["devices"]] == ["203.0.113.5"]
        for verb in ("note", "allow", "block", "learning"):
            with pytest.raises(NotAllowed):
                await ask(f"device.{verb}", address=PRINTER)

    play(tmp_path, scene)


def test_connectors_say_how_much_they_are_used(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ours = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": [PRINTER]}
        await ask("connector.add", name="Printers", properties=ours)
        hosts = {"UseMXRecord": False, "SmartHosts": ["relay.example"]}
        await ask("connector.add", name="Up", outbound=True, properties=hosts)
        ask.met()
        ask.now += 86_400
        ask.met()
        used, unused = await ask("connector.usage")
        assert (used["Name"], used["Outbound"], used["MessagesToday"], used["Messages7Days"]) == (
            "Printers",
            False,
            1,
            2,
        )
        assert used["LastUsedUTC"].startswith("2026-09-22T")
        assert (unused["Name"], unused["LastUsedUTC"], unused["MessagesToday"]) == ("Up", None, 0)
        await ask("connector.set", identity="Printers", properties={"Name": "Scanners"})
        renamed, _ = await ask("connector.usage")
        assert (renamed["Name"], renamed["Messages7Days"], renamed["Guid"]) == ("Scanners", 2, used["Guid"])
        assert {it["Guid"] for it in (used, unused)} == {
            it["Guid"] for flag in (False, True) for it in await ask("connector.list", outbound=flag)
        }

    play(tmp_path, scene)


def test_the_last_day_is_told_hour_by_hour(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        ask.met()
        ask.refused()
        ask.now += 23 * 3600
        ask.met()
        told = await ask("traffic.hours")
        assert len(told["hours"]) == 24
        assert (told["hours"][0]["accepted"], told["hours"][0]["refused"], told["hours"][-1]["accepted"]) == (1, 1, 1)
        assert told["hours"][0]["hour"] < told["hours"][-1]["hour"]
        assert told["totals"] == {"accepted": 2, "delivered": 0, "deferred": 0, "failed": 0, "refused": 1}

    play(tmp_path, scene)
