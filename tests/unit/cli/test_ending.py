"""How commands end: one JSON value for every mistake, readers that go away, terminals that are narrow."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gatepost.__main__ import commands
from gatepost.cli import render, run

SOURCES = Path(__file__).resolve().parents[3] / "src"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("connector add --json", "Missing option '--name'."),
        ("connector list --json foo", "Got unexpected extra argument(s) (foo)"),
        ("foo --json", "No such command 'foo'."),
        ("queue show --json", "Missing argument 'ID'."),
        ("trace find --limit 0 --json", "Invalid value for '--limit'"),
        ("user add x --json", "Invalid value: give the password with --password-file"),
        ("send --json --server", "requires an argument"),
        ("connector set x --json", "nothing to change"),
        ("send --json --server h --from x --to a@x.example", "--from x is not an address"),
        ("send --json --server h --from a@x.example --to a@x.example --pfx /nope", "/nope"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_json_value_and_status_2(
    words: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(commands(), words.split()) == 2
    told = capsys.readouterr()
    value = json.loads(told.out)
    assert value["error"]["kind"] == "usage"
    assert problem in value["error"]["problems"][0]
    assert problem in told.err
    assert run(commands(), [word for word in words.split() if word != "--json"]) == 2
    assert capsys.readouterr().out == ""


def started(*words: str | bytes, **more: Any) -> "subprocess.CompletedProcess[bytes]":
    """A process of its own, for what only a process has: standard output of every kind, and octets as arguments."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES), "GATEPOST_DATA_DIR": "/nowhere"}
    return subprocess.run(
        [sys.executable, "-m", "gatepost", *words], env=environment, stderr=subprocess.PIPE, timeout=60, **more
    )


@pytest.mark.parametrize("words", [["version", "--json"], ["version"], ["--help"]])
def test_a_reader_that_has_gone_away_is_no_failure(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = started(*words, stdout=writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["version", "--json"], ["version"]])
def test_an_answer_that_cannot_be_written_is_told_in_a_sentence(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = started(*words, stdout=full)
    assert ended.returncode == 1
    assert ended.stderr == b"The answer cannot be written: No space left on device.\n"


def test_a_closed_output_is_no_traceback() -> None:
    assert started("version", preexec_fn=lambda: os.close(1)).stderr == b""


def test_octets_that_are_no_text_are_a_mistake_of_usage() -> None:
    ended = started("connector", "show", b"\xff\xfe", "--json", stdout=subprocess.PIPE)
    assert ended.returncode == 2
    assert json.loads(ended.stdout)["error"]["problems"] == [
        "An argument is not UTF-8 text. Remedy: write it in UTF-8."
    ]
    assert b"Traceback" not in ended.stderr


def test_a_file_name_that_is_no_text_is_told_as_json_all_the_same() -> None:
    ended = started("apply", b"/nowhere/\xff", "--json", stdout=subprocess.PIPE)
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["error"]["kind"] == "refused"
    assert b"Traceback" not in ended.stderr


ROW = {"id": "032adc389e600000", "recipient": "someone@fabrikam.com", "subject": "\x1b[31m" + "w" * 500}
COLUMNS = {"id": "ID", "recipient": "RECIPIENT", "subject": "SUBJECT"}


def shown(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setattr(render, "console", lambda: Console(file=sys.stdout, width=width, highlight=False))
    render.table([ROW, ROW], COLUMNS, empty="")
    return capsys.readouterr().out.splitlines()


def test_where_columns_have_no_room_each_row_is_a_block(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(50, monkeypatch, capsys)
    assert lines[0] == "ID        : 032adc389e600000"
    assert len(lines) == 7 and lines[3] == ""
    assert lines[2].startswith("SUBJECT   : \\x1b[31mwww")


def test_a_long_subject_is_cut_and_takes_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(120, monkeypatch, capsys)
    assert len(lines) == 3
    assert lines[1].rstrip().endswith("ww…")
    assert "\x1b" not in lines[1]
