"""What a service manager's environment says, read without one."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatepost.errors import SettingsRefused
from gatepost.supervisor import Supervisor


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),  # meant for the process that started us
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_counts_for_the_process_it_names(environ: dict[str, str], seconds: float | None) -> None:
    assert Supervisor.around(environ, 7).watchdog_seconds == seconds


@pytest.mark.parametrize(
    "environ", [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": "8"}, {"LISTEN_FDS": "x", "LISTEN_PID": "7"}]
)
def test_sockets_that_are_not_meant_for_us_are_left_alone(environ: dict[str, str]) -> None:
    assert Supervisor.around(environ, 7).sockets == ()


def test_children_inherit_nothing_of_it() -> None:
    environ = {"NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_USEC": "1", "LISTEN_PID": "8", "PATH": "/bin"}
    Supervisor.around(environ, 7)
    assert environ == {"PATH": "/bin"}


@pytest.mark.parametrize("abstract", [False, True])
def test_news_reach_the_socket_that_is_named(tmp_path: Path, abstract: bool) -> None:
    name = f"@gatepost-test-{os.getpid()}" if abstract else str(tmp_path / "news")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name[1:] if abstract else name)
        Supervisor(news=name).tell("READY=1", "STATUS=Taking mail.")
        assert listening.recv(4096) == b"READY=1\nSTATUS=Taking mail."


def test_news_that_nobody_hears_are_lost_quietly(tmp_path: Path) -> None:
    Supervisor(news=str(tmp_path / "nobody")).tell("READY=1")
    Supervisor().tell("READY=1")


@pytest.fixture
def opened() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def test_a_socket_is_found_by_its_address_and_port(opened: socket.socket) -> None:
    port = opened.getsockname()[1]
    service = Supervisor(sockets=(opened,))
    assert service.socket_at("127.0.0.1", port) is opened
    assert service.socket_at("127.0.0.1", port + 1) is None
    assert service.socket_at("::1", port) is None
    service.check([("127.0.0.1", port)])


def test_a_socket_that_no_listener_is_meant_to_have_is_refused(opened: socket.socket, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(str(tmp_path / "odd"))
        with pytest.raises(SettingsRefused) as refused:
            Supervisor(sockets=(opened, odd)).check([("127.0.0.1", 25)])
    first, second = refused.value.problems
    assert f"a socket at 127.0.0.1:{opened.getsockname()[1]}, where gatepost.toml has no listener. Remedy: " in first
    assert "odd" in second
