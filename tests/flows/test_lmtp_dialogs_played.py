"""Every conversation with a mailbox server, played by a server on a socket with a relay that delivers for real."""

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from relaying import played, relaying, table_of

pytestmark = pytest.mark.flow
TESTS = Path(__file__).parents[1]
SCRIPTS = sorted((TESTS / "dialogs" / "lmtp").glob("*.lmtp"))
ENDS = {"delivered": "delivered", "deferred": "waiting", "failed": "failed"}


def _player() -> Any:
    """The player stands beside the dialogs, in a package of the tests' own."""
    sys.path.insert(0, str(TESTS))
    try:
        return importlib.import_module("dialogs.lmtp_player")
    finally:
        sys.path.remove(str(TESTS))


PLAYER = _player()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
@played
async def test_a_relay_plays_the_dialog_with_a_mailbox_server(tmp_path: Path, path: Path) -> None:
    script = PLAYER.read(path.read_text())
    wrong: list[object] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for step in script.steps:
            if isinstance(step, PLAYER.Say):
                if not step.octets:
                    break
                writer.write(step.octets)
            elif step.whole == "line":
                heard = await reader.readline()
                wrong.extend([] if heard.startswith(step.octets) else [(step, heard)])
            else:
                heard = await reader.readexactly(len(step.octets))
                wrong.extend([] if heard == step.octets else [(step, heard)])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, relaying(tmp_path, table_of({}, {"contoso.com": f"lmtp:127.0.0.1:{port}"})) as relay:
        await relay.accept(*script.recipients, sender=None, content=PLAYER.MESSAGE)
        async with asyncio.timeout(20):
            while len(told := [(it, facts) for it in ENDS for facts in relay.facts.all(it)]) < len(script.recipients):
                relay.facts.fresh.clear()
                await relay.facts.fresh.wait()
    assert wrong == []
    found = {facts["to"]: (ENDS[name], facts.get("reason", "")) for name, facts in told}
    for recipient, (fate, words) in script.fates.items():
        assert found[recipient][0] == fate, recipient
        assert words in found[recipient][1]
