"""The runner of the checks, and the checks of the machine."""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gatepost.checks import AT_ONCE, CHECKS, Check, Level, Lookups, Section, Site, run_checks, worst
from gatepost.checks import table as table
from gatepost.checks.greetings import Greeting, Target
from gatepost.checks.machine import greeting_date, kernel_is_synchronised
from gatepost.checks.site import Finding, ok
from gatepost.config import ListenerSettings, Settings, load_settings
from gatepost.connectors import Directory, InboundConnector

NOBODY = "127.0.0.1:9"


def site(folder: Path, **settings: object) -> Site:
    loaded = load_settings(environ={"GATEPOST_DATA_DIR": str(folder / "state"), "GATEPOST_RESOLVERS": NOBODY})
    return Site(
        settings=replace(loaded, **settings) if settings else loaded,  # type: ignore[arg-type]
        lookups=Lookups([NOBODY], lifetime=0.2),
        clock=lambda: 1_800_000_000.0,
    )


def findings(where: Site, *names: str, deadline: float = 20.0) -> list[Finding]:
    rows = asyncio.run(run_checks(where, names, deadline=deadline))
    return [finding for _, found in rows for finding in found]


def test_every_check_has_a_name_of_its_own_and_asks_a_question() -> None:
    names = [it.name for it in CHECKS]
    assert len(names) == len(set(names))
    assert all(it.question.endswith("?") for it in CHECKS)
    assert {it.section for it in CHECKS} == set(Section)


@pytest.mark.parametrize(
    ("levels", "result"),
    [
        ([], "ok"),
        ([Level.OK, Level.SKIPPED], "skipped"),
        ([Level.WARNING, Level.OK], "warning"),
        ([Level.FAILED, Level.WARNING], "failed"),
    ],
)
def test_the_worst_level_decides(levels: list[Level], result: str) -> None:
    assert worst(levels) == result


def with_checks(monkeypatch: pytest.MonkeyPatch, **runs: object) -> None:
    """Put checks of the test's own in the table's place."""
    rows = [
        Check(name=name, section=Section.MACHINE, question="?", run=run)  # type: ignore[arg-type]
        for name, run in runs.items()
    ]
    monkeypatch.setattr(table, "CHECKS", tuple(rows))


def test_checks_run_side_by_side_and_a_late_one_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    met = asyncio.Event()
    cancelled = []

    async def first(_: Site) -> Sequence[Finding]:
        await met.wait()
        return (ok("Met."),)

    async def second(_: Site) -> Sequence[Finding]:
        met.set()
        return (ok("Met."),)

    async def never(_: Site) -> Sequence[Finding]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return ()

    with_checks(monkeypatch, first=first, never=never, second=second)
    found = findings(site(tmp_path), deadline=0.5)
    assert [it.level for it in found] == ["ok", "failed", "ok"]
    assert found[1].sentence == "It was not done after 0.5 seconds."
    assert cancelled == [True]


def test_no_more_than_two_runs_go_on_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = most = 0

    async def counted(_: Site) -> Sequence[Finding]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _turn in range(5):
            await asyncio.sleep(0)
        running -= 1
        return (ok("Done."),)

    async def many() -> list[Finding]:
        rows = await asyncio.gather(*(run_checks(site(tmp_path)) for _ in range(7)))
        return [finding for row in rows for _, found in row for finding in found]

    with_checks(monkeypatch, counted=counted)
    assert [it.level for it in asyncio.run(many())] == ["ok"] * 7
    assert most == AT_ONCE == 2


def test_a_run_whose_turn_does_not_come_says_that_it_looked_at_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()

    async def waits(_: Site) -> Sequence[Finding]:
        await release.wait()
        return (ok("Done."),)

    async def three() -> tuple[Finding, list[Finding]]:
        others = [asyncio.create_task(run_checks(site(tmp_path))) for _ in range(AT_ONCE)]
        await asyncio.sleep(0)
        [(_, [told])] = await run_checks(site(tmp_path), patience=0.01)
        release.set()
        return told, [finding for rows in await asyncio.gather(*others) for _, found in rows for finding in found]

    with_checks(monkeypatch, waits=waits)
    told, others = asyncio.run(three())
    assert told.level == "failed" and "It was not looked at: 2 other runs" in told.sentence and told.remedy
    assert [it.level for it in others] == ["ok", "ok"]


def test_a_check_that_breaks_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(_: Site) -> Sequence[Finding]:
        raise ZeroDivisionError("\x1b[31mred")

    async def works(_: Site) -> Sequence[Finding]:
        return (ok("Fine."),)

    with_checks(monkeypatch, breaks=breaks, works=works)
    broken, fine = findings(site(tmp_path))
    assert broken.level == "failed"
    assert "ZeroDivisionError" in broken.sentence
    assert "\x1b" not in broken.sentence
    assert fine.level == "ok"


def test_work_that_several_checks_need_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    async def work() -> str:
        done.append(True)
        return "learnt"

    async def asks(where: Site) -> Sequence[Finding]:
        return (ok(await where.once("it", work)),)

    with_checks(monkeypatch, one=asks, two=asks)
    assert [it.sentence for it in findings(site(tmp_path))] == ["learnt", "learnt"]
    assert done == [True]


def test_who_sees_one_organization_gets_no_check_of_the_whole_server(tmp_path: Path) -> None:
    rows = asyncio.run(run_checks(replace(site(tmp_path), whole=False)))
    assert [check.name for check, _ in rows] == [it.name for it in CHECKS if not it.whole]


def test_the_room_on_the_disk_is_compared_with_the_floor(tmp_path: Path) -> None:
    where = site(tmp_path)
    assert findings(where, "disk")[0].level == "skipped"  # there is no folder yet
    (tmp_path / "state").mkdir()
    for floor, level in ((0, "ok"), (1 << 60, "failed")):
        limits = replace(where.settings.limits, min_free_space=floor)
        [found] = findings(site(tmp_path, limits=limits), "disk")
        assert found.level == level
    assert "answered 452" in found.sentence


def test_files_that_others_may_read_have_failed(tmp_path: Path) -> None:
    state, key = tmp_path / "state", tmp_path / "relay.key"
    state.mkdir(mode=0o700)
    key.write_text("key")
    key.chmod(0o600)
    listener = ListenerSettings(certificate=tmp_path / "relay.pem", key=key)
    where = site(tmp_path, listeners=(listener,))
    assert [it.level for it in findings(where, "files")] == ["ok"]
    key.chmod(0o644)
    state.chmod(0o755)
    folder, file = findings(where, "files")
    assert (folder.level, folder.about) == ("failed", str(state))
    assert (file.level, file.about, file.remedy) == ("failed", str(key), f"chmod o-rwx {key}")
    key.unlink()
    assert "cannot be looked at" in findings(where, "files")[-1].sentence


@pytest.mark.parametrize(("inside", "mode", "failed"), [("", 0o644, False), ("pfx_password = 'x'\n", 0o644, True)])
def test_a_settings_file_is_closed_where_it_holds_a_password(
    tmp_path: Path, inside: str, mode: int, failed: bool
) -> None:
    file = tmp_path / "gatepost.toml"
    file.write_text(f"data_dir = 'state'\n[[listener]]\nport = 0\ntls = 'none'\n{inside}")
    file.chmod(mode)
    listener = ListenerSettings(pfx=None, pfx_password="x" if inside else None)
    found = findings(site(tmp_path, source=file, listeners=(listener,)), "files")
    assert [it.level for it in found] == ["failed" if failed else "ok"]


def test_the_version_of_sqlite_is_told(tmp_path: Path) -> None:
    [found] = findings(site(tmp_path), "sqlite")
    assert found.level == "ok"
    assert sqlite3.sqlite_version in found.sentence


def test_the_kernel_is_asked_for_its_clock() -> None:
    assert kernel_is_synchronised() in (None, True, False)


def greeting(banner: str) -> Greeting:
    from datetime import UTC, datetime

    from gatepost.tools import ProbeResult, Said, Side

    line = Said(at=0.1, side=Side.SERVER, text=banner)
    target = Target(host="mx.contoso.com", port=25, domain="contoso.com")
    return Greeting(
        target=target, result=ProbeResult(answers=(), transcript=(line,)), heard_at=datetime(2025, 7, 1, 12, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("banner", "date"),
    [
        (
            "220 XX0PEPF0000ABCD.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at "
            "Tue, 1 Jul 2025 12:00:00 +0000 [x]",
            "2025-07-01T12:00:00+00:00",
        ),
        ("220 mx.example ESMTP Exim 4.96 Tue, 01 Jul 2025 14:00:00 +0200", "2025-07-01T14:00:00+02:00"),
        ("220 mx.example ESMTP Postfix", None),
        ("220 mx.example Tue, 99 Jul 2025 14:00:00 +0200", None),
        ("", None),
    ],
)
def test_the_date_in_a_greeting_is_found(banner: str, date: str | None) -> None:
    found = greeting_date(greeting(banner))
    assert (found.isoformat() if found else None) == date


def test_the_site_gives_secrets_to_nobody_who_prints_it(tmp_path: Path) -> None:
    settings: Settings = site(tmp_path).settings
    listener = replace(settings.listeners[0], pfx_password="geheim")
    assert "geheim" not in repr(site(tmp_path, listeners=(listener,)))
    assert os.sep in repr(site(tmp_path))


@pytest.mark.parametrize(
    ("inbound", "level", "words"),
    [
        ((), "warning", "There is no inbound connector: nobody may relay."),
        ((False,), "warning", "Every inbound connector is turned off"),
        ((True, False), "ok", "1 inbound connector may hand in mail."),
    ],
)
def test_whether_anybody_may_relay_is_said(tmp_path: Path, inbound: tuple[bool, ...], level: str, words: str) -> None:
    made = [
        InboundConnector(name=f"c{number}", organization="Default", enabled=enabled)
        for number, enabled in enumerate(inbound)
    ]
    directory = Directory.build(organizations=(), accepted_domains=(), inbound=made)
    first, domains, way = findings(replace(site(tmp_path), running=True, directory=directory), "connectors")
    assert (first.level, first.sentence[: len(words)]) == (level, words)
    assert level == "ok" or "gatepost connector" in first.remedy
    assert domains.sentence.startswith("There is no accepted domain")
    assert way.level == "ok"
