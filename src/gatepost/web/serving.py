"""HTTP on the admin address, by uvicorn, with bounds on whoever connects and then takes its time.

Without them a stranger could hold every file descriptor of the process, and no mail would come in. A body has its own
limits (incoming.py), and so have signing in and what each page asks for.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from gatepost.config import Settings
from gatepost.manage import Desk

from .application import application

MOST_CONNECTIONS = 200
HEAD_SECONDS = 10.0  # for the head of a request, from connecting or from the end of the answer before it


class _Connection(H11Protocol):
    """uvicorn's, closed when nothing is being answered for too long.

    uvicorn itself closes what is silent between two requests, but waits for ever for the rest of a head, or of a body
    that nobody wants any more.
    """

    transport: asyncio.Transport
    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unwatch()

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._overdue is None and not self.transport.is_closing():
            self._overdue = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _unwatch(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: app.py owns the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_web(desk: Desk, settings: Settings, door: socket.socket) -> None:
    """Serve on a listening socket until cancelled."""
    config = uvicorn.Config(
        application(desk),
        ssl_certfile=settings.admin.certificate,
        ssl_keyfile=settings.admin.key,
        log_config=None,
        log_level="critical",  # what strangers send is no line of the log; what fails inside is told by the guard
        access_log=False,
        server_header=False,
        proxy_headers=False,  # see asking.address_of
        http=_Connection,
        lifespan="off",
        ws="none",
    )
    server = _Server(config)
    try:
        await server.serve([door])
    finally:
        for listening in getattr(server, "servers", []):  # cancelled: uvicorn leaves them open
            listening.close()
