"""Validating outbound connectors against a host that answers, refuses, or is not there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings
from gatepost.errors import ConfigRefused
from gatepost.manage import Answer, Caller, Desk

Ask = Callable[..., Awaitable[Answer]]


class Host:
    """A mail host that says 250 to everything but what `refuses` names."""

    def __init__(self, *, greeting: bytes = b"220 host.example ESMTP\r\n", refuses: bytes = b"nobody") -> None:
        self.greeting, self.refuses, self.heard = greeting, refuses, b""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting)
        letter = False
        while line := await reader.readline():
            self.heard += line
            if letter:
                letter = line != b".\r\n"
                writer.write(b"" if letter else b"250 2.6.0 Queued\r\n")
            elif line.startswith(b"DATA"):
                letter = True
                writer.write(b"354 Go on\r\n")
            elif self.refuses in line:
                writer.write(b"550 5.7.64 TenantAttribution; Relay Access Denied\r\n")
            else:
                writer.write(b"221 2.0.0 Bye\r\n" if line.startswith(b"QUIT") else b"250 2.0.0 OK\r\n")
        writer.close()


def play(folder: Path, host: Host, scene: Callable[[Ask, int], Awaitable[None]]) -> None:
    async def run() -> None:
        server = await asyncio.start_server(host.talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Config.open(folder) as config:
            desk = Desk(config=config, settings=load_settings(environ={"GATEPOST_HOSTNAME": "relay.example"}))

            async def ask(verb: str, **arguments: Any) -> Answer:
                return await desk.call(verb, arguments, caller=Caller.owner("anna"))

            await ask(
                "connector.add",
                outbound=True,
                name="Upstream",
                properties={"RecipientDomains": "fabrikam.com", "SmartHosts": f"127.0.0.1:{port}"},
            )
            await scene(ask, port)
        server.close()

    asyncio.run(run())


def validate(ask: Ask, *recipients: str) -> Awaitable[Answer]:
    return ask("connector.validate", identity="Upstream", outbound=True, recipients=list(recipients))


def test_a_host_that_answers_succeeds_and_gets_the_test_message(tmp_path: Path) -> None:
    host = Host()

    async def scene(ask: Ask, port: int) -> None:
        await ask("organization.set", properties={"Postmaster": "postmaster@contoso.com"})
        tasks = (await validate(ask, "b@fabrikam.com")).value
        assert [it["TaskName"] for it in tasks] == [
            "Check the properties",
            f"Connect to 127.0.0.1 port {port}",
            "Send to b@fabrikam.com through 127.0.0.1",
        ]
        assert all(it["IsTaskSuccessful"] for it in tasks)

    play(tmp_path, host, scene)
    assert b"MAIL FROM:<postmaster@contoso.com>" in host.heard
    assert b"Subject: Test message of a connector" in host.heard


def test_without_recipients_nothing_is_sent(tmp_path: Path) -> None:
    host = Host()

    async def scene(ask: Ask, port: int) -> None:
        assert [it["IsTaskSuccessful"] for it in (await validate(ask)).value] == [True, True]

    play(tmp_path, host, scene)
    assert b"MAIL" not in host.heard


def test_a_refusal_is_a_failed_task_with_its_reply_and_what_it_means(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        (*_, sent) = (await validate(ask, "b@fabrikam.com")).value
        assert sent["IsTaskSuccessful"] is False
        assert sent["TaskDetail"].startswith("550 5.7.64 TenantAttribution; Relay Access Denied The relay found")

    play(tmp_path, Host(refuses=b"RCPT"), scene)


def test_a_host_that_greets_badly_fails_before_anything_is_sent(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        tasks = (await validate(ask, "b@fabrikam.com")).value
        assert [it["IsTaskSuccessful"] for it in tasks] == [True, False]
        assert tasks[1]["TaskDetail"] == "421 4.3.2 Not now"

    play(tmp_path, Host(greeting=b"421 4.3.2 Not now\r\n"), scene)


def test_a_host_that_is_not_there_and_a_missing_pfx_are_told_in_words(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        async def change(**properties: Any) -> None:
            await ask("connector.set", outbound=True, identity="Upstream", properties=properties)

        await change(SmartHosts="127.0.0.1:1")
        tasks = (await validate(ask, "b@fabrikam.com")).value
        assert (len(tasks), tasks[1]["IsTaskSuccessful"]) == (2, False)
        assert "127.0.0.1" in tasks[1]["TaskDetail"]
        await change(ClientCertificatePfx="/nowhere/relay.pfx", TlsSettings="EncryptionOnly")
        tasks = (await validate(ask)).value
        assert (tasks[1]["TaskName"], tasks[1]["IsTaskSuccessful"]) == ("Load the client certificate", False)
        assert "/nowhere/relay.pfx" in tasks[1]["TaskDetail"]

    play(tmp_path, Host(), scene)


def test_recipients_must_be_in_the_connectors_domains(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        with pytest.raises(ConfigRefused) as refused:
            await validate(ask, "b@contoso.com", "nobody")
        assert len(refused.value.problems) == 2
        assert "The domain of the recipient is not configured as part of connector." in refused.value.problems[0]

    play(tmp_path, Host(), scene)


def test_a_result_is_remembered_where_asked(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        before = (await ask("connector.show", identity="Upstream", outbound=True)).value
        await validate(ask)
        assert (await ask("connector.show", identity="Upstream", outbound=True)).value == before
        arguments = {"identity": "Upstream", "outbound": True, "remember": True}
        await ask("connector.validate", **arguments, recipients=["b@fabrikam.com"])
        good = (await ask("connector.show", identity="Upstream", outbound=True)).value
        assert (good["IsValidated"], good["ValidationRecipients"]) == (True, ["b@fabrikam.com"])
        await ask("connector.validate", **arguments, recipients=["nobody@fabrikam.com"])
        bad = (await ask("connector.show", identity="Upstream", outbound=True)).value
        assert bad["IsValidated"] is False
        assert good["LastValidationTimestamp"] <= bad["LastValidationTimestamp"]

    play(tmp_path, Host(), scene)


def test_what_does_not_speak_smtp_is_not_repeated(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        (*_, greeted) = (await validate(ask, "b@fabrikam.com")).value
        assert (greeted["IsTaskSuccessful"], "secret" in greeted["TaskDetail"]) == (False, False)

    play(tmp_path, Host(greeting=b"+OK secret of another service\r\n"), scene)


def unsaved(port: int, **more: Any) -> dict[str, Any]:
    properties = {"RecipientDomains": "fabrikam.com", "SmartHosts": f"127.0.0.1:{port}", **more}
    return {"name": "Unsaved", "properties": properties, "recipients": ["b@fabrikam.com"]}


async def ended(ask: Ask, key: str) -> dict[str, Any]:
    """The validation once it has ended."""
    while (run := (await ask("validation.show", id=key)).value)["running"]:
        await asyncio.sleep(0.01)
    assert isinstance(run, dict)
    return run


def test_a_connector_is_validated_before_it_is_stored(tmp_path: Path) -> None:
    host = Host()

    async def scene(ask: Ask, port: int) -> None:
        before = (await ask("connector.list", outbound=True)).value
        assert (await ask("validation.begin", **unsaved(port), what_if=True)).value["id"] is None
        run = await ended(ask, (await ask("validation.begin", **unsaved(port))).value["id"])
        assert (run["succeeded"], run["stopped"], run["doing"]) == (True, False, "")
        assert [it["TaskName"] for it in run["tasks"]][-1] == "Send to b@fabrikam.com through 127.0.0.1"
        assert any("RCPT TO:<b@fabrikam.com>" in it["text"] for it in run["said"])
        assert (await ask("connector.list", outbound=True)).value == before

    play(tmp_path, host, scene)


def test_what_could_not_be_stored_is_not_tried_either(tmp_path: Path) -> None:
    host = Host()

    async def scene(ask: Ask, port: int) -> None:
        for wrong in ({"TlsSettings": "Sometimes"}, {"SmartHosts": "not a host"}):
            with pytest.raises(ConfigRefused):
                await ask("validation.begin", **unsaved(port, **wrong))

    play(tmp_path, host, scene)
    assert host.heard == b""


def test_a_validation_is_stopped_and_says_so(tmp_path: Path) -> None:
    async def scene(ask: Ask, port: int) -> None:
        key = (await ask("validation.begin", **unsaved(port))).value["id"]
        run = (await ask("validation.stop", id=key)).value
        assert (run["running"], run["stopped"], run["succeeded"]) == (False, True, False)
        assert (await ask("validation.stop", id=key)).value == run

    play(tmp_path, Host(greeting=b""), scene)  # it never says anything
