"""Disk and database fail under a running relay: clients are told to try later, deliveries go on, none is lost."""

import errno
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from ledger import Ledger, Letter, Sink, letters, send_one
from relay_process import RelayProcess, contoso, in_a_loop, relay_in

pytestmark = pytest.mark.crash

SMALL, LARGE = 3_000, 400_000
SETTINGS = "[limits]\nmin_free_space = 0\n"  # the disk itself says when it is full
# $1 is the data directory; what was prepared in it goes onto a small disk that only this namespace sees.
SMALL_DISK = """
cp -a "$1" "$1.was" && mount -t tmpfs -o size=40m none "$1" && cp -a "$1.was/." "$1/" && echo ready && exec sleep 600
"""


def namespaces() -> list[str] | None:
    """How to run a program with mounts of its own here, or None."""
    for way in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        if shutil.which("unshare") is None:
            return None
        tried = subprocess.run(
            [*way, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False, timeout=20
        )
        if tried.returncode == 0:
            return way
    return None


class FullDisk:
    """A disk of 40 MB under the data directory, that can be filled to the last octet and outlives the relay."""

    def __init__(self, relay: RelayProcess, way: list[str]) -> None:
        holder = [*way, "sh", "-c", SMALL_DISK, "sh", str(relay.data)]
        self._holder = subprocess.Popen(holder, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"ready\n"
        users = ["--user", "--preserve-credentials"] if len(way) > 2 else []
        relay.wrapper = ["nsenter", "--target", str(self._holder.pid), "--mount", *users]
        self.folder = Path(f"/proc/{self._holder.pid}/root{relay.data}")

    def gone(self) -> None:
        self._holder.kill()
        self._holder.communicate()

    def fail(self) -> None:
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            for piece in (1 << 20, 4096):
                try:
                    while True:
                        ballast.write(bytes(piece))
                except OSError as full:
                    assert full.errno == errno.ENOSPC

    def mend(self) -> None:
        (self.folder / "ballast").unlink()


class NoLongerFiles:
    """No file of the relay may grow: every write behind its end fails with EFBIG, which SQLite calls an I/O error."""

    def __init__(self, relay: RelayProcess) -> None:
        self.relay = relay
        self.folder = relay.data

    def gone(self) -> None:
        """There was no disk of our own."""

    def fail(self) -> None:
        _, hard = resource.prlimit(self.relay.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.relay.pid, resource.RLIMIT_FSIZE, (4096, hard))

    def mend(self) -> None:
        _, hard = resource.prlimit(self.relay.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.relay.pid, resource.RLIMIT_FSIZE, (hard, hard))


async def refused(ledger: Ledger, relay: RelayProcess, pile: Iterator[Letter]) -> str:
    """Send until the relay will not; its reply. What it still took before is promised like anything else."""
    for _ in range(200):
        reply = await send_one(ledger, relay.port, next(pile))
        if not reply.startswith("250"):
            return reply
    raise AssertionError("200 letters were taken")


@in_a_loop
async def test_a_full_disk_is_answered_452_deliveries_go_on_and_space_heals_it(tmp_path: Path) -> None:
    ledger = Ledger()
    way = namespaces()
    async with Sink(ledger).running() as sink:
        with (
            ExitStack() as cleaning,
            relay_in(tmp_path / "relay", *contoso(sink.port), settings=SETTINGS) as relay,
        ):
            disk = FullDisk(relay, way) if way else NoLongerFiles(relay)
            cleaning.callback(disk.gone)
            await relay.start()
            small, large = letters("small", [SMALL]), letters("large", [LARGE])
            sink.gate.clear()
            for pile in (small, large) * 10:
                assert (await send_one(ledger, relay.port, next(pile))).startswith("250")
            await ledger.until(lambda: sink.behind_gate >= 5)

            disk.fail()
            assert (await refused(ledger, relay, large))[:3] == "452"
            expected = "452" if way else "451"  # where only files may not grow, SQLite does not say why
            assert (await refused(ledger, relay, small))[:3] == expected
            why = await relay.until_health(503)
            assert "cannot be written" in why
            assert relay.facts("trouble") or not way, "the log says so, too"
            assert (await relay.ask("status", folder=disk.folder))["ready"] is False
            sink.gate.set()
            if way:  # what was promised leaves all the same, and the reserve is what its results are written in
                await ledger.until(lambda: not ledger.missing)
                assert (await relay.counts(folder=disk.folder))["waiting"] == 0
                assert (await refused(ledger, relay, small))[:3] == "452", "the reserve is not for new mail"

            disk.mend()
            await relay.until_health(200)
            for pile in (small, large):
                assert (await send_one(ledger, relay.port, next(pile))).startswith("250")
            await relay.until_counts(folder=disk.folder, waiting=0, sending=0, held=0)
            await ledger.until(lambda: not ledger.missing)
            assert not list((disk.folder / "bodies").iterdir()), "nothing half received is left behind"
            assert (disk.folder / "reserve").stat().st_size == 8 << 20
            duplicates = 0
            if way:  # and a relay that finds the disk full when it starts delivers what is there, in the reserve
                sink.gate.clear()
                earlier = sink.behind_gate
                for _ in range(10):
                    assert (await send_one(ledger, relay.port, next(small))).startswith("250")
                await ledger.until(lambda: sink.behind_gate >= earlier + 5)
                await relay.kill()
                duplicates = sink.behind_gate - earlier
                sink.gate.set()
                disk.fail()
                await relay.start()
                await relay.until_counts(folder=disk.folder, waiting=0, sending=0, held=0)
                assert "cannot be written" in await relay.until_health(503)
                assert (await refused(ledger, relay, small))[:3] == "452"
                disk.mend()
                await relay.until_health(200)
                assert (await send_one(ledger, relay.port, next(small))).startswith("250")
                await relay.until_counts(folder=disk.folder, waiting=0, sending=0, held=0)
            await relay.stop()
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt) == ((), (), ()), ledger
    assert verdict.duplicates <= duplicates, ledger


@in_a_loop
async def test_a_database_that_cannot_be_written_is_answered_451_and_results_are_not_forgotten(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Sink(ledger).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port), settings=SETTINGS) as relay:
            trouble = NoLongerFiles(relay)
            await relay.start()
            pile = letters("io", [SMALL])
            sink.gate.clear()
            for _ in range(5):
                assert (await send_one(ledger, relay.port, next(pile))).startswith("250")
            await ledger.until(lambda: sink.behind_gate == 5)
            trouble.fail()
            assert (await refused(ledger, relay, pile))[:3] == "451"
            assert "cannot be written" in await relay.until_health(503)
            sink.gate.set()  # delivered, and it cannot be written down
            await ledger.until(lambda: not ledger.missing)
            assert (await relay.counts())["sending"] > 0
            trouble.mend()
            await relay.until_health(200)
            await relay.until_empty()
            assert (await send_one(ledger, relay.port, next(pile))).startswith("250")
            await relay.until_empty()
            await relay.stop()
            await relay.start()
            assert not relay.facts("swept"), "every result was written in the end"
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0), ledger


@in_a_loop
async def test_a_locked_database_is_answered_451_until_the_lock_is_gone(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Sink(ledger).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port), settings=SETTINGS) as relay:
            await relay.start()
            assert (await send_one(ledger, relay.port, Letter(id="before", octets=SMALL))).startswith("250")
            await relay.until_empty()
            with closing(sqlite3.connect(relay.data / "queue.db", isolation_level=None)) as stranger:
                stranger.execute("BEGIN EXCLUSIVE")
                reply = await send_one(ledger, relay.port, Letter(id="refused-in-time", octets=SMALL))
                assert reply[:3] == "451"
                assert "locked" in await relay.until_health(503)
                reply = await send_one(ledger, relay.port, Letter(id="refused-at-once", octets=SMALL))
                assert reply[:3] == "451"
                stranger.execute("ROLLBACK")
            await relay.until_health(200)
            assert (await send_one(ledger, relay.port, Letter(id="after", octets=SMALL))).startswith("250")
            await relay.until_empty()
    verdict = ledger.verdict()
    assert (verdict.lost, verdict.phantom, verdict.corrupt, verdict.duplicates) == ((), (), (), 0), ledger
    assert set(ledger.promised) == {"before", "after"}


@in_a_loop
async def test_too_little_free_space_refuses_mail_before_it_is_sent_and_says_why(tmp_path: Path) -> None:
    ledger = Ledger()
    free = os.statvfs(tmp_path)
    settings = f"[limits]\nmin_free_space = {min(2 * free.f_bavail * free.f_frsize, 2**50)}\n"
    async with Sink(ledger).running() as sink:
        with relay_in(tmp_path / "relay", *contoso(sink.port), settings=settings) as relay:
            await relay.start()
            reply = await send_one(ledger, relay.port, Letter(id="refused", octets=SMALL))
            assert reply.startswith("452 4.3.1")
            status, why = await relay.health()
            assert (status, "no room" in why) == (503, True)
    assert ledger.verdict().phantom == ()
