"""The lab as a user runs it: three relays, real sockets and certificates, and a verdict that can also be bad."""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from rich.console import Console

from gatepost.lab import TRIALS, run
from gatepost.lab.houses import BY_ADDRESS, BY_CERTIFICATE, CLOUD, Lab

pytestmark = pytest.mark.flow
SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, so that what the lab leaves behind can be seen."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def _silent(width: int = 120) -> Console:
    return Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_every_expectation_holds_and_the_status_is_zero(scratch: Path) -> None:
    out = _silent()
    assert run(once=True, as_json=True, console=out, progress=_silent()) == 0
    told = json.loads(_text(out))
    assert (told["held"], told["failures"]) == (True, [])
    assert [it["name"] for it in told["trials"]] == [trial.name for trial in TRIALS]
    assert [it["connector"] for it in told["trials"]][:4] == [BY_ADDRESS, BY_CERTIFICATE, BY_CERTIFICATE, None]
    assert told["seconds"] < 15
    assert list(scratch.iterdir()) == []


def test_the_device_s_message_shows_its_way_in_the_mailbox() -> None:
    out = _silent()
    assert run(once=True, as_json=True, console=out, progress=_silent()) == 0
    device = next(it for it in json.loads(_text(out))["trials"] if it["name"] == "device")
    ways = {it["address"]: [(hop["by"], hop["tls"]) for hop in it["hops"]] for it in device["deliveries"]}
    inside = [("relay.contoso.test", False), (CLOUD, True)]
    assert ways == {"u@contoso.test": inside, "friend@fabrikam.test": [*inside, ("mx.fabrikam.test", True)]}


def test_the_second_act_arrives_by_the_other_way_and_says_why() -> None:
    out = _silent()
    assert run(once=True, as_json=True, console=out, progress=_silent()) == 0
    last = json.loads(_text(out))["trials"][-1]
    assert (last["name"], last["connector"], last["held"]) == ("fallback", BY_ADDRESS, True)
    told, alert = last["passed_over"]
    assert told.startswith("'To the cloud relay' was not used because RCPT: 550 5.7.64 TenantAttribution")
    assert alert.startswith("Alert: The outbound connector 'To the cloud relay' is not used")
    hops = [(hop["by"], hop["from"]) for hop in last["deliveries"][0]["hops"]]
    assert "127.0.0.10" in hops[1][1], "from the address that the cloud relay lists"


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_says_which_connector_matched_and_why(width: int) -> None:
    out = _silent(width)
    assert run(once=True, console=out) == 0
    text = " ".join(_text(out).split())
    for words in (
        f"Connector {BY_CERTIFICATE} of Default, at {CLOUD}",
        "the certificate's name relay.contoso.test equals relay.contoso.test.",
        "550 5.7.64 TenantAttribution; Relay Access Denied",
        "If the client's address has changed: gatepost connector set",
        f"All {len(TRIALS)} trials came out as expected",
    ):
        assert words in text
    assert " FAIL " not in text


@pytest.mark.parametrize(
    ("connector", "sentences"),
    [
        (
            BY_CERTIFICATE,
            [
                f"2 of {len(TRIALS)} trials did not come out as expected.",
                f"certificate: connector: expected {BY_CERTIFICATE}, saw no connector",
                f"device: connector: expected {BY_CERTIFICATE}, saw ",
            ],
        ),
        (
            BY_ADDRESS,
            [
                f"2 of {len(TRIALS)} trials did not come out as expected.",
                f"plain: connector: expected {BY_ADDRESS}, saw no connector",
                "fallback: delivery to friend@fabrikam.test: expected in the mailbox, saw failed at the local relay",
                "(the client's address is 127.0.0.10), but it is disabled.",
                "If it shall count: gatepost connector enable",
            ],
        ),
    ],
)
def test_a_broken_expectation_is_named_and_the_status_is_one(
    scratch: Path, connector: str, sentences: list[str]
) -> None:
    async def disable(lab: Lab) -> None:
        await lab.cloud.ask("connector.disable", identity=connector)

    out = _silent()
    assert run(once=True, console=out, prepare=disable) == 1
    text = " ".join(_text(out).split())
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert list(scratch.iterdir()) == []


@contextmanager
def _program(scratch: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "gatepost", "lab", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def _value(program: "subprocess.Popen[str]") -> Any:
    """The JSON value of a program that goes on running: its last line is the brace that stands alone."""
    assert program.stdout is not None
    lines = []
    for line in program.stdout:
        lines.append(line)
        if line == "}\n":
            break
    return json.loads("".join(lines))


def test_it_stays_open_for_the_other_commands_until_it_is_interrupted(scratch: Path) -> None:
    with _program(scratch, "--json") as program:
        told = _value(program)
        cloud = told["relays"][1]
        with urlopen(f"http://{cloud['admin']}/readyz", timeout=5) as page:
            assert page.status == 200
        command = [sys.executable, "-m", "gatepost", "--config", cloud["config"], "connector", "list", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
        listed = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=30).stdout
        assert {it["Name"] for it in json.loads(listed)} == {BY_ADDRESS, BY_CERTIFICATE}
        program.send_signal(signal.SIGINT)
        assert program.wait(timeout=20) == 0
    assert list(scratch.iterdir()) == []


def test_broken_off_at_work_it_says_so_and_leaves_nothing_behind(scratch: Path) -> None:
    with _program(scratch) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if line.startswith("Starting the cloud relay"):
                break
        program.send_signal(signal.SIGTERM)
        assert "broken off" in program.stdout.read()
        assert program.wait(timeout=20) == 1
    assert list(scratch.iterdir()) == []
