"""Killed at every step from the body to the answer, and at random under load: nothing promised is lost."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from spool_child import LANE, LARGE, SMALL, body_of

from gatepost.spool import Spool, State
from gatepost.spool.steps import STEPS

pytestmark = pytest.mark.crash

CHILD = Path(__file__).with_name("spool_child.py")
SOURCES = str(Path(__file__).parents[2] / "src")

# Step, what the child does, whether the message is there afterwards.
ACCEPT_STEPS = [
    ("body written", "accept large", False),
    ("body synced", "accept large", False),
    ("renamed", "accept large", False),
    ("folder synced", "accept large", False),
    ("rows written", "accept large", False),
    ("rows written", "accept small", False),
    ("committed", "accept large", True),
    ("committed", "accept small", True),
    ("before answer", "accept large", True),
    ("before answer", "accept small", True),
]
SETTLE_STEPS = [
    ("before settle", State.WAITING),
    ("settle written", State.WAITING),
    ("settle committed", State.DELIVERED),
]


def run(folder: Path, deed: str, step: str | None = None) -> list[tuple[str, str]]:
    """Let a child do something, and die at a step if one is named; returns what it said."""
    environment = {**os.environ, "PYTHONPATH": SOURCES}
    environment.pop("GATEPOST_CRASH_AT", None)
    if step is not None:
        environment["GATEPOST_CRASH_AT"] = step
    ended = subprocess.run(
        [sys.executable, str(CHILD), str(folder), deed],
        env=environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == (0 if step is None else 137), ended.stderr.decode()
    return said(ended.stdout)


def said(output: bytes) -> list[tuple[str, str]]:
    whole = output[: output.rfind(b"\n") + 1].decode()
    return [(word, queue_id) for word, queue_id in (line.split() for line in whole.splitlines())]


async def is_whole(spool: Spool, queue_id: str) -> bool:
    content = await spool.content(queue_id)
    return content in (body_of(queue_id, SMALL), body_of(queue_id, LARGE))


def test_every_step_has_a_case() -> None:
    assert {step for step, *_ in ACCEPT_STEPS} | {step for step, _ in SETTLE_STEPS} == set(STEPS)


@pytest.mark.parametrize(("step", "deed", "there"), ACCEPT_STEPS)
def test_a_crash_while_accepting_leaves_all_or_nothing(tmp_path: Path, step: str, deed: str, there: bool) -> None:
    (_, (_, before)) = run(tmp_path, "accept small")
    ((word, killed),) = run(tmp_path, deed, step)
    assert word == "began"  # and nothing was acknowledged

    async def look() -> None:
        async with Spool.open(tmp_path) as spool:
            assert await is_whole(spool, before)
            assert (await spool.story(killed) is not None) == there
            assert (await spool.content(killed) is not None) == there
            if there:
                assert await is_whole(spool, killed)
            claims = await spool.due(LANE, now=2e9, room=99)
            assert [claim.id for claim in claims] == ([before, killed] if there else [before])
            assert all(len(claim.waiting) == 2 for claim in claims)
            files = list((tmp_path / "bodies").iterdir())
            assert len(files) == (there and deed == "accept large")

    asyncio.run(look())


@pytest.mark.parametrize(("step", "state"), SETTLE_STEPS)
def test_a_crash_while_settling_delivers_again_or_is_done_but_never_loses(
    tmp_path: Path, step: str, state: State
) -> None:
    (_, (_, queue_id)) = run(tmp_path, "accept small")
    assert run(tmp_path, "settle", step) == [("delivered", queue_id)]

    async def look() -> None:
        async with Spool.open(tmp_path) as spool:
            story = await spool.story(queue_id)
            assert story is not None
            assert {one.state for one in story.message.recipients} == {state}
            assert await is_whole(spool, queue_id) == (state is State.WAITING)
            assert spool.swept.restarted == (2 if state is State.WAITING else 0)

    asyncio.run(look())


@pytest.mark.parametrize("promises", [1, 40, 700])
def test_kill_9_under_load_loses_nothing_that_was_acknowledged(tmp_path: Path, promises: int) -> None:
    environment = {**os.environ, "PYTHONPATH": SOURCES}
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(tmp_path), "load"], env=environment, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    heard: list[bytes] = []
    acknowledged = 0
    while acknowledged < promises:
        line = child.stdout.readline()
        assert line, "the child ended by itself"
        heard.append(line)
        acknowledged += line.startswith(b"acknowledged")
    child.kill()
    rest = child.stdout.read()  # not `communicate`: it would drop what `readline` has read ahead
    child.wait(timeout=60)
    words = said(b"".join(heard) + rest)

    async def look() -> None:
        async with Spool.open(tmp_path) as spool:
            promised = {queue_id for word, queue_id in words if word == "acknowledged"}
            done = {queue_id for word, queue_id in words if word == "settled"}
            sent = {queue_id for word, queue_id in words if word == "delivered"}
            assert len(promised) >= promises
            for queue_id in {queue_id for _, queue_id in words}:
                story = await spool.story(queue_id)
                if story is None:
                    assert queue_id not in promised | sent, "acknowledged and lost"
                    continue
                states = {one.state for one in story.message.recipients}
                if queue_id in done:
                    assert states == {State.DELIVERED}
                elif states != {State.DELIVERED}:
                    assert states == {State.WAITING}
                    assert await is_whole(spool, queue_id), "acknowledged and torn"
                else:
                    assert queue_id in sent, "marked delivered and never sent"
            assert spool.swept.quarantined == 0

    asyncio.run(look())
