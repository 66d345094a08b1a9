"""The service manager around a relay: the sockets it hands over, and what it is told.

systemd's three small protocols, each documented as stable: sd_listen_fds(3) for sockets, sd_notify(3) for news,
sd_watchdog_enabled(3) for signs of life. Where no service manager speaks them, everything here does nothing.
"""

import contextlib
import os
import socket
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address

from gatepost.errors import SettingsRefused

_FIRST = 3  # sockets are handed over from this file number on
_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """What the environment says of it. It must hear from us within `watchdog_seconds`, or starts us again."""

    news: str | None = None  # the path of its socket; a leading @ stands for an abstract one
    watchdog_seconds: float | None = None
    sockets: tuple[socket.socket, ...] = ()

    @classmethod
    def around(cls, environ: MutableMapping[str, str], pid: int) -> "Supervisor":
        """Read what is meant for this process, and take it out of the environment: children are not meant."""
        told = {name: environ.pop(name, "") for name in _VARIABLES}
        for_us = told["WATCHDOG_PID"] in ("", str(pid))
        watched = told["WATCHDOG_USEC"].isdecimal() and int(told["WATCHDOG_USEC"]) > 0 and for_us
        count = int(told["LISTEN_FDS"]) if told["LISTEN_PID"] == str(pid) and told["LISTEN_FDS"].isdecimal() else 0
        return cls(
            news=told["NOTIFY_SOCKET"] or None,
            watchdog_seconds=int(told["WATCHDOG_USEC"]) / 1e6 if watched else None,
            sockets=tuple(map(_handed_over, range(_FIRST, _FIRST + count))),
        )

    def tell(self, *lines: str) -> None:
        """Send news such as READY=1. It is lost where nobody listens: a relay does not depend on being watched."""
        if self.news is None:
            return
        address = "\0" + self.news[1:] if self.news.startswith("@") else self.news
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.setblocking(False)
            sending.sendto("\n".join(lines).encode(), address)

    def tell_reloading(self) -> None:
        """A reload begins; READY=1 ends it."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def socket_at(self, address: str, port: int) -> socket.socket | None:
        """The socket it has opened for this listener."""
        return next((it for it in self.sockets if _place(it) == (ip_address(address), port)), None)

    def check(self, listeners: list[tuple[str, int]]) -> None:
        """Raise SettingsRefused where it hands over a socket that no listener of the settings is meant to have."""
        known = {(ip_address(address), port) for address, port in listeners}
        if problems := [_stranger(it) for it in self.sockets if _place(it) not in known]:
            raise SettingsRefused(problems)


def _handed_over(number: int) -> socket.socket:
    os.set_inheritable(number, False)
    return socket.socket(fileno=number)


def _place(handed: socket.socket) -> object:
    if handed.family not in (socket.AF_INET, socket.AF_INET6) or handed.type != socket.SOCK_STREAM:
        return None
    address, port, *_ = handed.getsockname()
    return ip_address(address), port


def _stranger(handed: socket.socket) -> str:
    where = handed.getsockname()
    place = f"{where[0]}:{where[1]}" if isinstance(where, tuple) else str(where)
    return (
        f"The service manager hands over a socket at {place}, where gatepost.toml has no listener. "
        "Remedy: give a [[listener]] or [admin] that address and port, or take the line out of gatepost.socket."
    )
