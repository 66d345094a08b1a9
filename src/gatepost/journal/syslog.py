"""A syslog server: messages go there from a thread of their own, and a server that is gone holds nothing up.

What it does not take is kept for a while, then lost; how much was lost is told once it takes messages again.
"""

import contextlib
import queue
import socket
import threading

from .syslog_server import SyslogServer

_MOST_WAITING = 10_000
_PAUSES = (0.2, 1.0, 5.0, 30.0)  # seconds between two tries to connect
_GOODBYE = 2.0  # seconds for what is left when we stop


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
                    if connection is not None and self.server.has_left(connection):
                        connection.close()
                        connection = None
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
