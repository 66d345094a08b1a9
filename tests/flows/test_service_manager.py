"""`gatepost serve` under a service manager: ready when it is, alive while it is, at the ports it is handed."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from process import ENVIRONMENT, PATIENCE, QUIET, TOML, serving

pytestmark = pytest.mark.flow
UNITS = Path(__file__).parents[2] / "packaging"

# What systemd does between fork and exec: sockets from file number 3 on, and the number of the process they are for.
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), WATCHDOG_PID=str(os.getpid()))
os.execv(sys.executable, [sys.executable, "-m", "gatepost", *sys.argv[2:]])
"""


class Manager:
    """A service manager as far as a service sees one."""

    def __init__(self, folder: Path) -> None:
        self._news = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._news.settimeout(PATIENCE)
        self._news.bind(str(folder / "news"))
        self.environment = {"NOTIFY_SOCKET": str(folder / "news"), "WATCHDOG_USEC": "90000"}

    def close(self) -> None:
        self._news.close()

    def hear(self, line: str) -> list[str]:
        """The next news with that line."""
        while True:
            lines = self._news.recv(4096).decode().split("\n")
            if line in lines:
                return lines


@contextmanager
def managed(folder: Path, door: socket.socket) -> Iterator[tuple[Manager, subprocess.Popen[bytes]]]:
    manager = Manager(folder)
    words = ["--config", str(folder / "gatepost.toml"), "serve"]
    process = subprocess.Popen(
        [sys.executable, "-c", HAND_OVER, str(door.fileno()), *words],
        env={**ENVIRONMENT, **manager.environment},
        pass_fds=[door.fileno()],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield manager, process
    finally:
        process.kill()
        process.wait(PATIENCE)
        manager.close()


def test_a_service_manager_hands_over_the_port_and_hears_the_whole_life(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        (tmp_path / "gatepost.toml").write_text(f"{QUIET}[admin]\nport = 0\n[[listener]]\nport = {port}\n")
        early = socket.create_connection(("127.0.0.1", port), PATIENCE)  # before the relay runs: it waits
        with early, managed(tmp_path, door) as (manager, process):
            assert f"STATUS=Taking mail at 127.0.0.1:{port}." in manager.hear("READY=1")
            assert early.recv(4) == b"220 "
            with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as later:
                assert later.ehlo()[0] == 250
            for _ in range(3):
                manager.hear("WATCHDOG=1")
            process.send_signal(signal.SIGHUP)
            assert any(it.startswith("MONOTONIC_USEC=") for it in manager.hear("RELOADING=1"))
            manager.hear("READY=1")
            process.terminate()
            manager.hear("STOPPING=1")
            assert process.wait(PATIENCE) == 0


def test_a_reload_says_what_needs_a_restart_and_what_is_wrong(tmp_path: Path) -> None:
    with serving(tmp_path, TOML) as server:
        server.signal(signal.SIGHUP)
        assert "needs_restart" not in server.wait_for("reloaded")
        more = 'hostname = "mx.contoso.com"\ndata_dir = "data"\n[limits]\nmax_connections = 30\n'
        (tmp_path / "gatepost.toml").write_text(more + "[admin]\nport = 0\n[[listener]]\nport = 0\n")
        server.signal(signal.SIGHUP)
        assert server.wait_for("reloaded")["needs_restart"] == ["hostname", "limits.max_connections"]
        (tmp_path / "gatepost.toml").write_text("hostnam = 1\n")
        server.signal(signal.SIGHUP)
        assert "is not a known key" in server.wait_for("reload_refused")["problems"][0]
        assert server.port  # it runs on


def test_the_unit_files_are_understood_and_hardened(tmp_path: Path) -> None:
    unit = (UNITS / "gatepost.service").read_text()
    for name in ("gatepost.service", "gatepost.socket"):
        (tmp_path / name).write_text((UNITS / name).read_text().replace("/opt/gatepost/bin/gatepost", sys.executable))
    units = [str(tmp_path / it) for it in ("gatepost.service", "gatepost.socket")]
    verified = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", units[0]],
        capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout
    assert "Type=notify" in unit
