"""Alerts are told once, by mail and webhook, and once more when they are over; what is not taken is posted again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import orjson
import pytest

from gatepost.config import AlertSettings, Config, load_settings
from gatepost.mail import Address, Envelope, Recipient, parse_mailbox
from gatepost.manage import Caller, Desk, Watch
from gatepost.spool import Arrival, Content, Refusal, Spool, Visit

NOON = 1_790_000_000.0
HOOK, OTHER = "https://hooks.contoso.com/a", "https://hooks.contoso.com/b"


class Office:
    """A watched desk, on a spool in a folder. `trouble` is what a webhook answers, None where it takes the post."""

    def __init__(self, folder: Path, config: Config, spool: Spool, alerts: AlertSettings) -> None:
        self.now, self.trouble, self.posted = NOON, dict[str, str](), list[tuple[str, dict[str, Any]]]()
        settings = replace(
            load_settings(environ={"GATEPOST_DATA_DIR": str(folder), "GATEPOST_HOSTNAME": "relay.contoso.com"}),
            alerts=alerts,
        )
        self.spool = spool
        self.desk = Desk(config=config, settings=settings, spool=spool, clock=lambda: self.now)
        self.watch = Watch(self.desk, post=self._post)

    async def _post(self, url: str, body: bytes, **_: Any) -> str | None:
        self.posted.append((url, orjson.loads(body)))
        return self.trouble.get(url)

    async def ask(self, verb: str, **arguments: Any) -> Any:
        return (await self.desk.call(verb, arguments, caller=Caller.owner("anna"))).value

    async def turn(self) -> None:
        await self.watch.look()
        await self.watch.send()

    async def refuse(self, client: str) -> None:
        """A device beside one that a connector lists tries to send."""
        refusal = Refusal(
            id=self.spool.new_id(),
            at=self.now,
            client=client,
            reply="550 5.7.64 TenantAttribution; Relay Access Denied",
            recipient="a@fabrikam.com",
            story={"reasons": ["No connector lists it."], "remedies": ["List it."]},
        )
        self.spool.meet(Visit(client=client, at=self.now, hello="SCANNER", first=True, accepted=False, refusal=refusal))

    async def hold(self, received_at: float, *, organization: str = "Default") -> None:
        """An operator holds a message that came then."""
        id_ = self.spool.new_id()
        arrival = Arrival(
            id=id_,
            envelope=Envelope(sender=None, recipients=(Recipient(address=Address("a", "fabrikam.com")),)),
            content=Content(octets=2, inline=b"\r\n"),
            destinations=("mx:fabrikam.com",),
            received_at=received_at,
            client="192.0.2.1",
            organization=organization,
        )
        await self.spool.accept(arrival)
        await self.spool.hold([id_], by="anna")


def play(folder: Path, scene: Callable[[Office], Awaitable[None]], **alerts: Any) -> None:
    async def run() -> None:
        spooling = Spool.open(folder, clock=lambda: NOON)
        async with Config.open(folder) as config, spooling as spool:
            office = Office(folder, config, spool, AlertSettings(**alerts))
            properties = {"ConnectorType": "OnPremises", "SenderDomains": ["*"], "SenderIPAddresses": ["192.0.2.1"]}
            await office.ask("connector.add", name="Printers", properties=properties)
            await scene(office)

    asyncio.run(run())


def test_what_begins_is_told_once_and_what_is_over_once_more(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        await office.turn()
        assert office.posted == []
        await office.refuse("192.0.2.7")
        for _ in range(3):
            await office.turn()
        [(url, told)] = office.posted
        assert (url, told["event"], told["kind"], told["about"]) == (HOOK, "raised", "near", "192.0.2.7")
        assert told["text"].startswith("[Alert] relay.contoso.com: 192.0.2.7 (SCANNER)")
        await office.ask("device.block", address="192.0.2.7")
        await office.turn()
        assert len(office.posted) == 1  # it may begin again at once
        office.now += 10 * 60
        await office.turn()
        await office.turn()
        assert [told["event"] for _, told in office.posted] == ["raised", "resolved"]

    play(tmp_path, scene, webhooks=(HOOK,))


def test_what_was_told_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    async def first(office: Office) -> None:
        await office.refuse("192.0.2.7")
        await office.turn()
        assert len(office.posted) == 1

    async def second(office: Office) -> None:
        await office.turn()
        assert office.posted == []

    play(tmp_path, first, webhooks=(HOOK,))
    (tmp_path / "config.db").unlink()
    play(tmp_path, second, webhooks=(HOOK,))


def test_a_webhook_that_does_not_take_it_is_tried_again_ever_more_rarely_and_holds_up_no_other(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        office.trouble[HOOK] = "it answered 503"
        await office.refuse("192.0.2.7")
        for after, posts in ((0, 1), (29, 1), (1, 2), (119, 2), (1, 3)):
            office.now += after
            await office.turn()
            assert sum(url == HOOK for url, _ in office.posted) == posts
        assert sum(url == OTHER for url, _ in office.posted) == 1
        del office.trouble[HOOK]
        office.now += 3600
        await office.turn()
        office.now += 3600
        await office.turn()
        assert sum(url == HOOK for url, _ in office.posted) == 4

    play(tmp_path, scene, webhooks=(HOOK, OTHER))


def test_a_webhook_that_is_not_named_any_more_gets_nothing_more(tmp_path: Path) -> None:
    async def first(office: Office) -> None:
        office.trouble[HOOK] = "it answered 503"
        await office.refuse("192.0.2.7")
        await office.turn()

    async def second(office: Office) -> None:
        office.now += 3600
        await office.turn()
        assert office.posted == []
        assert await office.spool.posts() == []

    play(tmp_path, first, webhooks=(HOOK,))
    (tmp_path / "config.db").unlink()
    play(tmp_path, second, webhooks=(OTHER,))


def test_an_alert_is_mail_as_well_which_nobody_answers(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        await office.refuse("192.0.2.7")
        await office.turn()
        [row] = await office.spool.queue()
        message = await office.spool.show(row.id)
        assert message is not None
        assert (message.sender, [str(it.address) for it in message.recipients]) == ("", ["ops@contoso.com"])

    play(tmp_path, scene, mail=(parse_mailbox("ops@contoso.com"),))


def test_an_alert_reaches_those_whom_an_alias_stands_for(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        await office.ask("domain.add", name="contoso.com", properties={"DomainType": "Authoritative"})
        alias = {"Address": "ops@contoso.com", "Targets": ["anna@fabrikam.com", "bob@fabrikam.com"]}
        await office.ask("recipient.add", recipients=[alias])
        await office.refuse("192.0.2.7")
        await office.turn()
        found = {(row.recipient, row.destination) for row in await office.spool.queue()}
        assert found == {(f"{it}@fabrikam.com", "mx:fabrikam.com") for it in ("anna", "bob")}

    play(tmp_path, scene, mail=(parse_mailbox("ops@contoso.com"),))


def test_what_grows_in_number_is_told_once(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        await office.hold(NOON)
        await office.hold(NOON)
        office.now += 86_401
        await office.turn()
        await office.hold(NOON)
        await office.turn()
        assert [told["kind"] for _, told in office.posted if told["kind"] == "held"] == ["held"]
        for number in range(21, 24):
            for client in range(2, number + 2):
                await office.refuse(f"192.0.2.{client}")
            await office.turn()
        more = [told for _, told in office.posted if told["sentence"].endswith("more like these.")]
        assert len(more) == 1

    play(tmp_path, scene, webhooks=(HOOK,), queue_minutes=0)


def test_rules_of_one_name_in_two_organizations_are_two_alerts_each_told_with_its_organization(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        await office.ask("organization.add", name="Fabrikam")
        for organization in ("Default", "Fabrikam"):
            await office.hold(NOON, organization=organization)
        office.now += 86_401
        await office.turn()
        raised = [told for _, told in office.posted if told["kind"] == "held"]
        assert sorted(it["organization"] for it in raised) == ["Default", "Fabrikam"]
        assert sorted(it["key"] for it in raised) == ["held: Default/", "held: Fabrikam/"]
        assert any(
            it["text"].startswith(
                "[Alert] relay.contoso.com (Fabrikam): Recipients that an operator holds: 1, the oldest since 20"
            )
            for it in raised
        )

    play(tmp_path, scene, webhooks=(HOOK,), queue_minutes=0)


@pytest.mark.parametrize(
    ("language", "subject", "lines"),
    [
        ("en", "[Alert] relay.contoso.com: 192.0.2.7 (SCANNER) was refused", ["What to do: If it is the same device"]),
        (
            "zh-Hans",
            "[警报] relay.contoso.com：192.0.2.7 (SCANNER) 被拒绝",
            ["解决办法：如果它是同一台设备", "-- English --"],
        ),
        (
            "zh-Hant",
            "[警示] relay.contoso.com：192.0.2.7 (SCANNER) 遭到拒絕",
            ["解決辦法：如果它是同一台裝置", "[Alert] relay"],
        ),
    ],
)
def test_an_alert_by_mail_is_in_the_language_of_the_organization(
    tmp_path: Path, language: str, subject: str, lines: list[str]
) -> None:
    async def scene(office: Office) -> None:
        await office.ask("organization.set", identity="Default", properties={"NotificationLanguage": language})
        await office.refuse("192.0.2.7")
        await office.turn()
        [row] = await office.spool.queue()
        letter = message_from_bytes(await office.spool.content(row.id) or b"", policy=policy.default)
        assert letter["Subject"].startswith(subject)
        assert all(line in letter.get_content() for line in lines)

    play(tmp_path, scene, mail=(parse_mailbox("ops@contoso.com"),))


def test_a_disk_that_gets_full_is_told_of_once_while_mail_is_still_taken(tmp_path: Path) -> None:
    async def scene(office: Office) -> None:
        assert office.spool.has_room() is None
        await office.turn()
        await office.hold(NOON)
        await office.turn()
        [(_, told)] = office.posted
        assert (told["kind"], told["key"]) == ("disk", "disk: ")
        assert "MB left; below 256 MB clients are told to try later." in told["sentence"]

    play(tmp_path, scene, webhooks=(HOOK,), disk_free=2**50)  # no disk here has so much
