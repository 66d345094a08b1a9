"""A syslog server: messages go there from a thread of their own, and a server that is gone holds nothing up.

What it does not take is kept for a while, then lost; how much was lost is told once it takes messages again.
"""

import contextlib
import queue
import socket
import threading
from dataclasses import dataclass

_MOST_WAITING = 10_000
_MOST_DATAGRAM = 8192  # octets; RFC 5426 §3.2 lets receivers cut what is beyond 2,048
_PATIENCE = 5.0  # seconds for connecting and for a write
_PAUSES = (0.2, 1.0, 5.0, 30.0)  # seconds between two tries to connect
_GOODBYE = 2.0  # seconds for what is left when we stop


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogServer:
    """Where it is: `unix` with a path, or `udp` or `tcp` with a host and a port."""

    kind: str
    host: str
    port: int = 0

    @classmethod
    def at(cls, text: str) -> "SyslogServer":
        """Read the canonical `unix:/path`, `udp:host:port`, `tcp:[v6]:port`."""
        kind, _, place = text.partition(":")
        if kind == "unix":
            return cls(kind=kind, host=place)
        host, _, port = place.rpartition(":")
        return cls(kind=kind, host=host.strip("[]"), port=int(port))

    def __str__(self) -> str:
        return f"unix:{self.host}" if self.kind == "unix" else f"{self.kind}:{self.host}:{self.port}"

    def connect(self) -> socket.socket:
        """A socket to it; raises OSError."""
        if self.kind == "tcp":
            return socket.create_connection((self.host, self.port), _PATIENCE)
        if self.kind == "unix":
            connection, place = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), self.host
        else:
            family, _, _, _, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
            connection, place = socket.socket(family, socket.SOCK_DGRAM), address  # type: ignore[assignment]
        try:
            connection.settimeout(_PATIENCE)
            connection.connect(place)
        except OSError:
            connection.close()
            raise
        return connection

    def framed(self, message: bytes) -> bytes:
        """As it stands on the wire: counted on TCP (RFC 6587 §3.4.1), else one datagram."""
        if self.kind == "tcp":
            return b"%d %b" % (len(message), message)
        return message[:_MOST_DATAGRAM].decode("utf-8", "ignore").encode()


class Syslog:
    """Takes messages and never waits. `trouble` says why the server takes none now; `lost` counts what it never got."""

    def __init__(self, server: SyslogServer) -> None:
        self.server = server
        self.trouble: str | None = None
        self.lost = 0
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="syslog", daemon=True)
        self._thread.start()

    def send(self, message: bytes) -> None:
        """Put it behind the others, or lose it where too many wait."""
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Send what is left, as far as that is quickly done."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        if self.trouble is not None:
            self._over.set()
        self._thread.join(_GOODBYE)
        self._over.set()

    # --- the thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        connection: socket.socket | None = None
        while (message := self._waiting.get()) is not None:
            framed = self.server.framed(message)
            while not self._over.is_set():
                try:
                    connection = connection or self._connected()
                    connection.sendall(framed)
                except OSError as trouble:
                    self.trouble = trouble.strerror or str(trouble)
                    if connection is not None:
                        connection.close()
                    connection = None
                else:
                    self.trouble = None
                    break
        if connection is not None:
            connection.close()

    def _connected(self) -> socket.socket:
        """A connection, tried for until there is one or all is over."""
        tries = 0
        while True:
            try:
                return self.server.connect()
            except OSError as trouble:
                self.trouble = trouble.strerror or str(trouble)
                if self._over.wait(_PAUSES[min(tries, len(_PAUSES) - 1)]):
                    raise
                tries += 1
