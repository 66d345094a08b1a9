"""The admin socket: who may, what is said, and that nothing a client sends can break it."""

import asyncio
import getpass
import json
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gatepost.config import Config, load_settings, socket_address
from gatepost.manage import Desk, serve_admin_socket

Talk = Callable[[bytes], Awaitable[list[Any]]]


def play(folder: Path, scene: Callable[[Desk, Talk], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Config.open(folder) as config:
            desk = Desk(config=config, settings=load_settings(environ={}))
            opened = asyncio.Event()
            serving = asyncio.create_task(serve_admin_socket(desk, folder, opened=opened))
            await asyncio.wait_for(opened.wait(), 5)

            async def talk(octets: bytes) -> list[Any]:
                with socket_address(folder) as address:
                    reader, writer = await asyncio.open_unix_connection(address, limit=1 << 24)
                writer.write(octets)
                writer.write_eof()
                said = await reader.read()
                writer.close()
                return [json.loads(line) for line in said.splitlines()]

            try:
                await asyncio.wait_for(scene(desk, talk), 20)
            finally:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(run())


def test_only_the_owner_may_open_it_and_it_goes_away_with_the_server(tmp_path: Path) -> None:
    async def scene(desk: Desk, talk: Talk) -> None:
        assert stat.S_IMODE((tmp_path / "admin.sock").stat().st_mode) == 0o600

    play(tmp_path, scene)
    assert not (tmp_path / "admin.sock").exists()


def test_what_a_killed_server_left_is_in_nobodys_way(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "admin.sock"))
    left.close()

    async def scene(desk: Desk, talk: Talk) -> None:
        assert await talk(b'{"verb": "domain.list"}\n') == [{"result": [], "warnings": []}]

    play(tmp_path, scene)


def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 60) / ("y" * 60)
    folder.mkdir(parents=True)

    async def scene(desk: Desk, talk: Talk) -> None:
        assert (await talk(b'{"verb": "domain.list"}\n'))[0]["result"] == []

    play(folder, scene)


def test_several_questions_come_over_one_connection(tmp_path: Path) -> None:
    async def scene(desk: Desk, talk: Talk) -> None:
        add = b'{"verb": "domain.add", "arguments": {"name": "contoso.com"}, "who": "anna"}\n'
        answers = await talk(add + b'{"verb": "domain.list"}\n' + add)
        assert [list(it) for it in answers] == [["result", "warnings"], ["result", "warnings"], ["error"]]
        assert answers[2]["error"]["kind"] == "refused"
        login = getpass.getuser()
        assert desk.config.audit()[0]["who"] == f"{login} (anna)"

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"not json\n",
        b"[]\n",
        b"null\n",
        b'{"verb": 5}\n',
        b'{"verb": "domain.list", "arguments": []}\n',
        b'{"verb": "domain.list", "who": {}}\n',
        b'{"arguments": {}}\n',
        b"\xff\xfe\n",
        b'{"verb": "domain.list"',
        b"[" * 100_000 + b"\n",
    ],
)
def test_nonsense_is_answered_and_the_server_goes_on(tmp_path: Path, line: bytes) -> None:
    async def scene(desk: Desk, talk: Talk) -> None:
        (answer,) = await talk(line)
        assert answer["error"]["kind"] == "refused"
        assert (await talk(b'{"verb": "domain.list"}\n'))[0]["result"] == []

    play(tmp_path, scene)


def test_a_line_without_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost.manage.socket.MAX_LINE", 1000)

    async def scene(desk: Desk, talk: Talk) -> None:
        (answer,) = await talk(b"x" * 5000)
        assert "longer than 1000 octets" in answer["error"]["problems"][0]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("request_line", "kind"),
    [
        (b'{"verb": "nothing"}\n', "not_found"),
        (b'{"verb": "connector.remove", "arguments": {"identity": "x"}}\n', "not_found"),
        (b'{"verb": "connector.add", "arguments": {"name": "x", "properties": {}}}\n', "refused"),
        (b'{"verb": "connector.add", "arguments": {"name": "x", "properties": 5}}\n', "trouble"),
    ],
)
def test_refusals_have_kinds(tmp_path: Path, request_line: bytes, kind: str) -> None:
    async def scene(desk: Desk, talk: Talk) -> None:
        (answer,) = await talk(request_line)
        assert answer["error"]["kind"] == kind
        assert all("Remedy: " in it for it in answer["error"]["problems"])

    play(tmp_path, scene)


@pytest.mark.parametrize(("said", "kept"), [("cmdlet", "cmdlet"), ("cli", "cli"), ("web", "cli"), (7, "cli")])
def test_the_audit_tells_cmdlets_from_commands_and_believes_no_other_face(
    tmp_path: Path, said: object, kept: str
) -> None:
    async def scene(desk: Desk, talk: Talk) -> None:
        asked = {"verb": "domain.add", "arguments": {"name": "contoso.com"}, "origin": said}
        (reply,) = await talk(json.dumps(asked).encode() + b"\n")
        assert reply["result"]["Name"] == "contoso.com"
        assert desk.config.audit(limit=1)[0]["origin"] == kept

    play(tmp_path, scene)
