"""Every dialog that the machine plays, played against a real listener over a socket.

The dialogs' client is 192.0.2.9: it comes through a proxy that says so, as behind a load balancer.
"""

import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from house import Client, House, by_address, domain, house, user
from papers import SERVER
from sink import Sink

from gatepost.config import Settings

pytestmark = pytest.mark.flow
DIALOGS = Path(__file__).parents[1] / "dialogs"
SCRIPTS = sorted(DIALOGS.glob("*.smtp"))
ADDED = re.compile(rb"Received: .*?\r\nX-Gatepost-Trace: [^\r]*\r\n", re.S)
COMPLETED = re.compile(rb"Date: [^\r]*\r\nMessage-ID: [^\r]*\r\n")
AN_ID = "0123456789abcdef Queued mail for delivery"  # the machine's; a real one is another every time


def _player() -> Any:
    """The player stands beside the dialogs, in a folder of another kind."""
    spec = importlib.util.spec_from_file_location("dialog_player", DIALOGS / "player.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


PLAYER = _player()


class Played(Client):
    """A client behind the proxy, whose pieces have a chosen size (0: as they come)."""

    def __init__(self, relay: House, terms: dict[str, Any], piece: int) -> None:
        super().__init__(relay.port, greeted=False)
        self._relay = relay
        self._piece = piece
        if not terms.get("proxy"):
            self.socket.sendall(b"PROXY TCP4 192.0.2.9 192.0.2.1 51000 25\r\n")
        if terms.get("tls"):
            super().start_tls()

    def send(self, octets: bytes) -> None:
        step = self._piece or max(len(octets), 1)
        for at in range(0, len(octets), step):
            try:
                self.socket.sendall(octets[at : at + step])
            except (BrokenPipeError, ConnectionResetError):
                return  # the server has heard enough

    def kept(self) -> bytes:
        """The last message that was accepted, without what we add in front."""
        id_ = self._relay.facts.wait_for("accepted")[-1]["id"]
        content = self._relay.run(self._relay.relay.spool.content(id_))
        assert isinstance(content, bytes)
        rest = COMPLETED.sub(b"", content[ADDED.match(content).end() :])  # type: ignore[union-attr]
        return rest if rest[:9] == b"Subject: " else rest.removeprefix(b"\r\n")


@contextmanager
def listener(folder: Path, terms: dict[str, Any]) -> Iterator[House]:
    tls = "implicit" if terms.get("tls") else "starttls" if terms.get("starttls") else "none"
    offer: dict[str, Any] = {"tls": tls, "proxies": ["127.0.0.0/8"]}
    if tls != "none":
        offer |= SERVER.files(folder)
    if terms.get("xclient"):
        offer["xclient"] = ["127.0.0.0/8"]

    def tune(settings: Settings) -> Settings:
        limits = {name: value for name, value in terms.items() if name.startswith("max_")}
        listeners = tuple(replace(one, submission=bool(terms.get("auth"))) for one in settings.listeners)
        return replace(settings, listeners=listeners, limits=replace(settings.limits, **limits))

    edits = [domain("there.example"), domain("relay.example"), domain("here.example")]
    if terms.get("auth"):
        edits.append(user("ann", "secret"))
    if terms.get("normalize_newlines"):
        edits.append(by_address("Old", "192.0.2.9", BareLineFeeds="Normalize"))
    later = Sink(say={"greeting": "421 4.3.2 later"})  # what was accepted stays where it can be read
    named = 'hostname = "relay.example"'
    with house(folder, *edits, listeners=[offer], settings=named, tune=tune, sink=later) as relay:
        yield relay


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_listener_plays_the_dialog(script: Path, tmp_path: Path) -> None:
    text = script.read_text().replace(AN_ID, "")
    terms = PLAYER.offered(text)
    with listener(tmp_path, terms) as relay:
        client = Played(relay, terms, piece=0)
        with client:
            PLAYER.play(text, client)
        assert relay.facts.all("trouble") == []


FEW = ["ordinary_message", "bdat_chunks", "dots_are_unstuffed", "pipelined_group", "starttls_forgets_everything"]


@pytest.mark.parametrize("name", FEW)
def test_the_dialog_is_the_same_byte_by_byte(name: str, tmp_path: Path) -> None:
    text = (DIALOGS / f"{name}.smtp").read_text().replace(AN_ID, "")
    terms = PLAYER.offered(text)
    with listener(tmp_path, terms) as relay:
        client = Played(relay, terms, piece=1)
        client.socket.setsockopt(6, 1, 1)  # TCP_NODELAY: every octet in a segment of its own
        with client:
            PLAYER.play(text, client)
