"""The protocol log's files and sessions: what is written, what is kept back, what goes."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatepost.journal import Direction, Journal, ProtocolLog, ProtocolSession, Room, find
from gatepost.journal.protocol_files import ProtocolFiles

_DAY = 86_400.0
_NOON = 1_784_808_000.0  # 2026-07-23


def _names(files: ProtocolFiles) -> list[str]:
    return [file.name for file in files.all()]


def _files(place: Path, **room: int) -> ProtocolFiles:
    known = {"file": 100, "folder": 1000, "days": 30, **room}
    return ProtocolFiles(place, Direction.RECEIVE, Room(**known), lambda _: b"#\r\n")


def test_a_new_day_and_a_full_file_begin_the_next(tmp_path: Path) -> None:
    files = _files(tmp_path)
    for at in (_NOON, _NOON, _NOON + 1, _NOON + _DAY):
        files.append(b"x" * 60, at)
    assert _names(files) == ["RECV20260723-1.log", "RECV20260723-2.log", "RECV20260724-1.log"]
    assert files.all()[0].read_bytes() == b"#\r\n" + b"x" * 120
    again = _files(tmp_path)  # after a restart the last one is gone on with
    again.append(b"y", _NOON + _DAY)
    assert again.all()[2].read_bytes() == b"#\r\n" + b"x" * 60 + b"y"


@pytest.mark.parametrize(
    ("room", "left"),
    [
        ({"days": 1}, ["RECV20260801-1.log", "RECV20260802-1.log"]),
        ({"folder": 300}, ["RECV20260731-1.log", "RECV20260801-1.log", "RECV20260802-1.log"]),
        ({"folder": 1}, ["RECV20260802-1.log"]),
    ],
)
def test_what_is_old_or_too_much_goes_and_strangers_files_stay(
    tmp_path: Path, room: dict[str, int], left: list[str]
) -> None:
    files = _files(tmp_path, **room)
    (tmp_path / "receive").mkdir()
    (tmp_path / "receive" / "notes.txt").write_text("mine")
    for day in range(11):
        files.append(b"x" * 80, _NOON + day * _DAY)
    assert _names(files) == left
    assert (tmp_path / "receive" / "notes.txt").exists()


def _played(tmp_path: Path, play: Callable[[ProtocolSession], None], **more: Any) -> list[str]:
    """What is in the files when a session is over."""

    async def go() -> list[str]:
        room = Room(file=10_000, folder=100_000, days=1)
        log = ProtocolLog(tmp_path, journal=Journal.silent(), version="1", room=room, **more)
        session = log.session(Direction.RECEIVE, remote="192.0.2.9:1")
        session.connected()
        session.client_said("EHLO a")
        session.server_said("250 hello")
        play(session)
        session.ended()
        await log.flush()
        found = find(log.files, words=[], wanted=lambda _: True, since=0, until=2**32, limit=9)
        return [f"{it.connector} {it.event}{it.data}" for one in found for it in one.lines]

    return asyncio.run(go())


def test_a_session_is_logged_from_its_beginning_once_its_connector_is_known(tmp_path: Path) -> None:
    def play(session: ProtocolSession) -> None:
        session.client_said("MAIL FROM:<>")
        session.belongs_to("Printers", logged=True)
        session.server_said("250 ok")

    assert _played(tmp_path, play) == [
        "Printers +",
        "Printers <EHLO a",
        "Printers >250 hello",
        "Printers <MAIL FROM:<>",
        "Printers >250 ok",
        "Printers -",
    ]


def test_what_belongs_to_a_connector_that_is_not_logged_is_never_written(tmp_path: Path) -> None:
    def play(session: ProtocolSession) -> None:
        session.client_said("MAIL FROM:<private>")
        session.belongs_to("Scanners", logged=False)
        session.server_said("250 private ok")
        session.client_said("RCPT TO:<private>")
        session.server_said("250 private ok")
        session.client_said("MAIL FROM:<>")
        session.belongs_to("Printers", logged=True)
        session.server_said("250 ok")
        session.client_said("MAIL FROM:<two>")
        session.belongs_to("Scanners", logged=False)
        session.server_said("250 private ok")

    told = _played(tmp_path, play)
    assert told[:3] == ["Printers +", "Printers <EHLO a", "Printers >250 hello"]
    assert told[3:5] == ["Printers <MAIL FROM:<>", "Printers >250 ok"]
    assert "private" not in str(told)


@pytest.mark.parametrize("counts", [True, False])
def test_a_session_without_a_connector_is_logged_where_those_count(tmp_path: Path, counts: bool) -> None:
    told = _played(tmp_path, lambda _: None, without_connector=counts)
    assert told == ([" +", " <EHLO a", " >250 hello", " -"] if counts else [])


def test_a_long_beginning_is_bounded(tmp_path: Path) -> None:
    def play(session: ProtocolSession) -> None:
        for _ in range(10_000):
            session.client_said("NOOP")
        session.belongs_to("Printers", logged=True)

    assert len(_played(tmp_path, play)) < 300


def test_a_disk_that_cannot_be_written_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    facts: list[str] = []

    async def go() -> None:
        (tmp_path / "receive").write_text("in the way")
        room = Room(file=10_000, folder=100_000, days=1)
        journal = Journal(lambda name, _level, _facts: facts.append(name))
        log = ProtocolLog(tmp_path, journal=journal, version="1", room=room)
        session = log.session(Direction.RECEIVE)
        session.belongs_to("Printers", logged=True)
        for _ in range(3):
            session.client_said("NOOP")
            await log.flush()
        (tmp_path / "receive").unlink()
        session.client_said("QUIT")
        await log.flush()

    asyncio.run(go())
    assert facts == ["protocol_log_unwritable", "protocol_log_lost"]
