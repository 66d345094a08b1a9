"""Letting one device use old TLS: what changes, for whom, and what is said of it afterwards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from device_scenes import PRINTER, STRANGER, Scene, play

from gatepost.errors import ConfigRefused
from gatepost.mail import reply
from gatepost.spool import Refusal, Visit

NEIGHBOUR = "192.0.2.10"
OURS = {"ConnectorType": "OnPremises", "SenderDomains": ["contoso.com"], "InternalRecipientsOnly": True,
        "MaxMessagesPerMinute": 30, "RequireTls": True}  # fmt: skip


async def printers(ask: Scene, *addresses: str, **more: Any) -> None:
    await ask("connector.add", name="Printers", properties={**OURS, "SenderIPAddresses": list(addresses), **more})


async def connectors(ask: Scene) -> dict[str, Mapping[str, Any]]:
    return {it["Name"]: it for it in await ask("connector.list")}


def allow(ask: Scene, address: str = PRINTER, version: str = "TLSv1.0", **more: Any) -> Any:
    return ask("device.allow", address=address, minimum_tls_version=version, **more)


def test_a_connector_of_the_device_alone_is_changed(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await printers(ask, PRINTER)
        done = await allow(ask)
        [change] = done["changes"]
        assert change["differences"] == [{"property": "MinimumTlsVersion", "before": "TLSv1.2", "after": "TLSv1.0"}]
        assert list(await connectors(ask)) == ["Printers"]

    play(tmp_path, scene)


def test_of_a_network_the_device_gets_a_connector_of_its_own_with_the_same_terms(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await printers(ask, "192.0.2.0/28")
        would = await allow(ask, what_if=True)
        assert list(await connectors(ask)) == ["Printers"]
        assert await allow(ask) == would
        found = await connectors(ask)
        own, theirs = found["Printers (old TLS)"], found["Printers"]
        assert own["SenderIPAddresses"] == [PRINTER] and own["MinimumTlsVersion"] == "TLSv1.0"
        for name in ("InternalRecipientsOnly", "MaxMessagesPerMinute", "RequireTls", "SenderDomains", "ConnectorType"):
            assert own[name] == theirs[name], name
        assert theirs["MinimumTlsVersion"] == "TLSv1.2" and theirs["SenderIPAddresses"] == ["192.0.2.0/28"]

    play(tmp_path, scene)


def test_a_device_listed_by_itself_moves_and_the_next_one_joins_it(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await printers(ask, PRINTER, NEIGHBOUR, STRANGER)
        await allow(ask, version="TLSv1.1")
        await allow(ask, NEIGHBOUR, "tlsv1.0")
        found = await connectors(ask)
        assert found["Printers"]["SenderIPAddresses"] == [STRANGER]
        own = found["Printers (old TLS)"]
        assert (own["SenderIPAddresses"], own["MinimumTlsVersion"]) == ([PRINTER, NEIGHBOUR], "TLSv1.0")

    play(tmp_path, scene)


def test_an_unknown_device_is_let_in_as_well(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        await ask("device.block", address=STRANGER)
        await allow(ask, STRANGER)
        own = (await connectors(ask))["Devices (old TLS)"]
        assert (own["SenderIPAddresses"], own["SenderDomains"]) == ([STRANGER], ["smtp:*;1"])
        assert [it["BlockedIPAddresses"] for it in await ask("organization.list")] == [[]]
        assert await ask.warned("device.allow", address=STRANGER, minimum_tls_version="TLSv1.1") == (
            f"{STRANGER} may use TLSv1.1 already.",
        )

    play(tmp_path, scene)


def test_a_named_connector_lends_its_terms_and_a_long_name_is_cut(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        name = "The printers of the whole building, all floors, and of the annex"
        await ask("connector.add", name=name, properties={**OURS, "SenderIPAddresses": [NEIGHBOUR]})
        await allow(ask, connector=name)
        (own,) = [it for it in await connectors(ask) if it != name]
        assert own == "The printers of the whole building, all floors, and of (old TLS)"

    play(tmp_path, scene)


@pytest.mark.parametrize("version", ["TLSv1.2", "SSLv3", "", "1.0"])
def test_only_a_version_that_needs_it_is_allowed(tmp_path: Path, version: str) -> None:
    async def scene(ask: Scene) -> None:
        with pytest.raises(ConfigRefused, match=r"write TLSv1\.0 or TLSv1\.1"):
            await allow(ask, version=version)

    play(tmp_path, scene)


def seen(ask: Scene, tls: str | None, *remedies: str) -> None:
    refusal = None
    if remedies:
        refusal = Refusal(
            id=ask.spool.new_id(),
            at=ask.now,
            client=PRINTER,
            reply=str(reply.TLS_TOO_OLD),
            hello="printer",
            sender="",
            recipient="",
            story={"reasons": ["The client knows only TLS 1.0."], "remedies": list(remedies)},
        )
    ask.spool.meet(Visit(client=PRINTER, at=ask.now, hello="printer", tls=tls, first=True, refusal=refusal))


def test_a_refused_handshake_says_that_one_click_would_help_until_it_was_made(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        seen(ask, None, f"Update it, or: gatepost device allow {PRINTER} --minimum-tls-version TLSv1.0")
        assert (await ask("device.show", address=PRINTER))["wants_old_tls"] is True
        await allow(ask)
        row = await ask("device.show", address=PRINTER)
        assert (row["wants_old_tls"], row["minimum_tls_version"], row["old_tls"]) == (False, "TLSv1.0", False)

    play(tmp_path, scene)


def test_old_tls_is_counted_and_each_device_reminds_of_its_end(tmp_path: Path) -> None:
    async def scene(ask: Scene) -> None:
        seen(ask, "TLSv1")
        (row,) = (await ask("device.list", state="old-tls"))["devices"]
        assert row["tls_advice"].endswith(f"gatepost device note {PRINTER} --retire-by DATE")
        (alert,) = [it for it in await ask("alerts.list") if it["kind"] == "old-tls"]
        assert alert["sentence"] == f"One device uses old TLS, which somebody on the line can break: {PRINTER}."
        await ask("device.note", address=PRINTER, retire_by="2029-01-01")
        assert "--retire-by" not in (await ask("device.show", address=PRINTER))["tls_advice"]
        await allow(ask)
        seen(ask, "TLSv1.3")
        assert (await ask("device.list", state="old-tls"))["total"] == 0
        assert "its last session had TLSv1.3" in (await ask("device.show", address=PRINTER))["tls_advice"]
        assert not [it for it in await ask("alerts.list") if it["kind"] == "old-tls"]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("version", "result"), [("TLSv1.0", "reject"), ("TLSv1.1", "relay"), ("TLSv1.3", "relay"), (None, "relay")]
)
def test_explain_asks_with_the_newest_version_that_the_client_knows(
    tmp_path: Path, version: str | None, result: str
) -> None:
    async def scene(ask: Scene) -> None:
        await printers(ask, PRINTER, MinimumTlsVersion="TLSv1.1", RequireTls=False, InternalRecipientsOnly=False)
        session = {"ip": PRINTER, "mail_from": "a@contoso.com", "rcpt": "b@fabrikam.com"}
        answer = await ask("connector.explain", **session, tls_version=version)
        assert answer["result"] == result
        with pytest.raises(ConfigRefused, match=r"tls_version is 'SSLv3'\. Remedy: write TLSv1\.0"):
            await ask("connector.explain", **session, tls_version="SSLv3")

    play(tmp_path, scene)
