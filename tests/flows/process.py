"""`gatepost serve` as a process of its own, with the facts that it tells on standard error."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 20.0
QUIET = 'hostname = "relay.contoso.com"\ndata_dir = "data"\n'
TOML = QUIET + "[admin]\nport = 0\n[[listener]]\nport = 0\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", *sys.path]), "PYTHONWARNINGS": "error"}


def gatepost(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "gatepost", "--config", str(folder / "gatepost.toml"), *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env=ENVIRONMENT, input=stdin, check=False
    )


class Process:
    """A relay that runs until it is told to stop."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, env=ENVIRONMENT)
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.told: list[dict[str, Any]] = []
        self.port = int(self.wait_for("started")["listeners"][0].rpartition(":")[2])

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            try:
                self._lines.put(json.loads(line))
            except ValueError:  # a traceback: shown where the fact that is waited for never comes
                self._lines.put({"fact": line.decode()})
        self._lines.put(None)

    def wait_for(self, fact: str) -> dict[str, Any]:
        """The next fact of that name."""
        while (told := self._lines.get(timeout=PATIENCE)) is not None:
            self.told.append(told)
            if told["fact"] == fact:
                return told
        raise AssertionError(f"{fact} was never told, but {self.told}")

    def resident(self) -> int:
        """Octets of memory that it had at most."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit status."""
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)
        assert self._process.stderr is not None
        self._process.stderr.close()


@contextmanager
def serving(folder: Path, toml: str = TOML) -> Iterator[Process]:
    """A relay in a process, with these settings."""
    (folder / "gatepost.toml").write_text(toml)
    with started([sys.executable, "-m", "gatepost", "--config", str(folder / "gatepost.toml"), "serve"]) as process:
        yield process


@contextmanager
def started(command: list[str]) -> Iterator[Process]:
    """The relay of that command; killed at the end where the test has not stopped it."""
    process = Process(command)
    try:
        yield process
    finally:
        process.close()
