"""Running the lab: build it, play the trials, report, and stay open until somebody says it is enough."""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from gatepost.errors import GatepostError
from gatepost.service import event_loop

from . import report
from .houses import Lab, NoLoopback, Tell, standing
from .play import Played, play
from .trials import OUTSIDER, SENDER, TRIALS
from .verdict import Verdict, as_values, troubles_of

PATIENCE = 8.0  # seconds that a message may take from the client to its mailboxes
Prepare = Callable[[Lab], Awaitable[Any]]


def run(
    *,
    once: bool,
    as_json: bool = False,
    console: Console | None = None,
    progress: Console | None = None,
    prepare: Prepare | None = None,
    in_full: Collection[str] | None = None,
) -> int:
    """Run the lab; returns the exit status, 0 only if every expectation held.

    The report goes to `console` (standard output), progress to `progress` (the same, or standard error for JSON).
    `prepare` may change the lab before the trials begin; it is how a test breaks one on purpose. `in_full` names the
    trials that are told at length (None: all); of the others the report says only how they ended.
    """
    out = console or report.console_for()
    if progress is None:
        progress = report.console_for(sys.stderr) if as_json else out
    lab_run = _Run(out, progress, once=once, as_json=as_json, prepare=prepare, in_full=in_full)
    try:
        with asyncio.Runner(loop_factory=event_loop()) as runner:
            return runner.run(_until_told(lab_run))
    except (GatepostError, NoLoopback, OSError) as trouble:
        progress.print(f"The lab cannot be built: {trouble}", soft_wrap=True)
        return 1


class _Run:
    """One run of the lab. `enough` is set by Ctrl-C."""

    def __init__(
        self,
        out: Console,
        progress: Console,
        *,
        once: bool,
        as_json: bool,
        prepare: Prepare | None,
        in_full: Collection[str] | None,
    ) -> None:
        self.out, self.progress, self.once, self.as_json = out, progress, once, as_json
        self.prepare, self.in_full = prepare, in_full
        self.enough = asyncio.Event()
        self.reported = False

    async def go(self) -> int:
        async with contextlib.AsyncExitStack() as stack:
            with report.telling(self.progress) as tell:
                clock = asyncio.get_running_loop().time
                started = clock()
                lab = await stack.enter_async_context(standing(tell))
                if self.prepare is not None:
                    await self.prepare(lab)
                played = await _trials(lab, tell)
                found = Verdict(played=played, troubles=troubles_of(lab), seconds=clock() - started)
            self._report(found, lab)
            self.reported = True
            if not self.once:
                await self.enough.wait()
        return found.status

    def _report(self, found: Verdict, lab: Lab) -> None:
        commands = _next(lab, found, once=self.once)
        if self.as_json:
            value = orjson.dumps(as_values(found, lab, commands), option=orjson.OPT_INDENT_2).decode()
            self.out.file.write(f"{value}\n")
            self.out.file.flush()
            return
        report.picture(self.out)
        report.warnings(self.out, lab)
        for number, played in enumerate(found.played, 1):
            report.heading(self.out, number, played)
            if self.in_full is None or played.trial.name in self.in_full or not played.held:
                report.trial(self.out, played)
        report.note(self.out)
        report.verdict(self.out, found, commands)
        if not self.once:
            report.open_house(self.out, lab)


async def _trials(lab: Lab, tell: Tell) -> tuple[Played, ...]:
    """One after the other: each has the relays for itself, so what they tell is about it."""
    played = []
    for number, trial in enumerate(TRIALS, 1):
        tell(f"Trial {number} of {len(TRIALS)}: {trial.title}")
        played.append(await play(trial, lab, patience=PATIENCE))
    return tuple(played)


async def _until_told(lab_run: _Run) -> int:
    """Ctrl-C ends a lab that stays open, and breaks off one that is still at work; both leave nothing behind."""
    work = asyncio.create_task(lab_run.go())

    def told() -> None:
        if lab_run.reported:
            lab_run.enough.set()
        else:
            work.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told)
    try:
        return await work
    except asyncio.CancelledError:
        lab_run.progress.print("The lab was broken off before its end.")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _next(lab: Lab, found: Verdict, *, once: bool) -> list[tuple[str, str]]:
    """Three things to try, as commands that work as they stand."""
    us = _ourselves()
    if once:
        return [
            ("Keep the lab open, and ask its relays yourself:", f"{us} lab"),
            ("Start a relay of your own:", f"{us} serve"),
            ("Let it accept a domain (a connector for your devices comes next):", f"{us} domain add contoso.com"),
        ]
    cloud = f"{us} --config {_quoted(lab.cloud.config)}"
    send = f"{us} send --server {lab.cloud.address} --from {SENDER} --to {OUTSIDER}"
    pfx = f"--pfx {_quoted(lab.good.file)} --pfx-password-file {_quoted(lab.good.password_file)}"
    pfx += f" --ca {_quoted(lab.authority.file)}"
    ids = [it.queue_ids[lab.cloud.title] for it in found.played if lab.cloud.title in it.queue_ids]
    story = f"{cloud} trace show {ids[-1]}" if ids else f"{cloud} trace find"
    for it in found.played:
        if it.trial.name == "device" and lab.cloud.title in it.queue_ids:
            story = f"{cloud} trace show {it.queue_ids[lab.cloud.title]}"
    local = f"{us} --config {_quoted(lab.local.config)}"
    second = [
        it.queue_ids[lab.local.title] for it in found.played if it.passed_over and lab.local.title in it.queue_ids
    ]
    return [
        *(
            (
                "Read why its second message left by another way, as the local relay tells it:",
                f"{local} trace show {id_}",
            )
            for id_ in second
        ),
        ("Read the whole story of the device's message, as the cloud relay tells it:", story),
        ("Send with the PFX yourself, and see the conversation (without it you are refused):", f"{send} {pfx}"),
        (
            "Ask what a client would be told that is not there:",
            f"{cloud} connector explain --ip 127.0.0.66 --mail-from {SENDER} --rcpt {OUTSIDER}",
        ),
    ]


def _ourselves() -> str:
    """How this program is called from here."""
    if shutil.which("gatepost"):
        return "gatepost"
    program = Path(sys.executable)
    with contextlib.suppress(ValueError):
        program = Path(os.path.abspath(program)).relative_to(Path.cwd())  # noqa: PTH100  # a venv's link must stay
    beside = program.with_name("gatepost")
    return _quoted(beside) if beside.is_file() else f"{_quoted(program)} -m gatepost"


def _quoted(path: Path) -> str:
    """A path as a shell takes it."""
    return shlex.quote(str(path))
