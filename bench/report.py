"""The page docs/benchmarks.md: the rows, the machine they ran on, and how to run them again."""

import os
import platform
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from builds import chosen
from cryptography.hazmat.backends.openssl.backend import backend
from relays import ROOT, TOOLS

from gatepost import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what was measured, beside what, and whether the figure to reach was reached."""

    what: str
    postfix: str
    gatepost: str
    target: str
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one part of the bench found: its rows, and remarks a reader needs to judge them."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def flush_ms(folder: Path) -> float:
    """Median milliseconds that one small write and fsync take in this folder."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(100):
            began = time.perf_counter()
            file.write(b"x" * 512)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return 1000 * sorted(times)[50]


def _first(path: str, start: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(start):
            return line.partition(":")[2].strip()
    return "unknown"


def machine(folder: Path) -> list[str]:
    """Sentences about the machine and the programs, newest facts only."""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False
    ).stdout.strip()
    load = os.getloadavg()[0]
    busy = load > 0.5
    versions = (TOOLS / "versions").read_text().splitlines() if (TOOLS / "versions").exists() else []
    return [
        f"Date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"Processor: {_first('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores; {gib:.0f} GiB memory",
        f"System: {system}, Linux {platform.release()}; queues on {kind}; fsync {flush_ms(folder):.2f} ms",
        f"Gatepost {__version__} on {chosen().words}, SQLite {sqlite3.sqlite_version}, "
        f"{backend.openssl_version_text()}",
        f"Beside it: {', '.join(line for line in versions if 'postfix' in line) or 'no Postfix'}, of Debian",
        f"Load of the machine at the start: {load:.1f}"
        + (" (other programs were running, which costs a relay of one process more than one of many)" if busy else ""),
    ]


HEAD = """\
# Benchmarks

Written by `make bench`: both relays in the same run on the same machine, taking turns round by round.
Generator (`smtp-source`), relay and sink (`smtp-sink`) share the machine's cores.
"""

METHOD = """\
## How it is measured

- **End to end**: from the start of the generator to the arrival of the last message at the sink; the
  median of the rounds, after a warm-up. 20 sessions, one recipient a message, 4 KiB of body.
- **Both are durable**: no message is answered with `250` before it is on disk (Postfix's queue files
  with their fsync; Gatepost's group commit with `synchronous=FULL`).
- **Python**: the relay runs on the Python of the environment or, where that was built without
  optimizations and Debian's is of the same version, on Debian's, as Postfix does on Debian's compiler
  flags; the libraries are the environment's in both cases. A Python from source without
  `--enable-optimizations` takes up to a fifth more processor time.
- **Postfix** is Debian's own package, unpacked and run with its own folders on loopback ports: no DNS,
  no chroot, 100 processes, a destination concurrency of 20, its connection cache on for the sink,
  `in_flow_delay = 0` (so that it does not slow its own intake), its log in a file. `bench/relays.py`
  has the whole configuration.
- **Processor time** is that of the relay alone with all its processes (`/proc/PID/stat`, children
  included).
- **TLS rows**: RSA 2048-bit keys (`--key ec` for P-256), STARTTLS, TLS 1.3, a client certificate, no
  resumption; only the certificate opens the relay. The generator is `bench/tls_source.py`: two
  processes that pipeline, so that it costs less than what it measures.

One row alone: `make bench ARGS="--only plain"`; `--help` names them all.
"""


def page(results: Sequence[Result], folder: Path, facts: Sequence[str]) -> str:
    """The whole page as Markdown."""
    lines = [
        HEAD,
        *(f"- {fact}" for fact in facts),
        "",
        "| what | Postfix | Gatepost | to reach | |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        for row in result.rows:
            mark = "reached" if row.reached else "**missed**"
            lines.append(f"| {row.what} | {row.postfix} | {row.gatepost} | {row.target} | {mark} |")
    notes = [note for result in results for note in result.notes]
    lines += ["", *(["## Remarks", "", *(f"- {note}" for note in notes), ""] if notes else []), METHOD]
    return "\n".join(lines)


def write(results: Sequence[Result], folder: Path, facts: Sequence[str]) -> Path:
    """Replace docs/benchmarks.md, whole."""
    target = ROOT / "docs" / "benchmarks.md"
    partial = target.with_suffix(".partial")
    partial.write_text(page(results, folder, facts), encoding="utf-8")
    shutil.move(partial, target)
    return target
