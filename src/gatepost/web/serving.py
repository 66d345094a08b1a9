"""HTTP on the admin address, by uvicorn, with bounds on whoever connects and then takes its time.

Without them a stranger could hold every file descriptor of the process, and no mail would come in. A body has its own
limits (incoming.py), and so have signing in and what each page asks for. Nobody can take all the connections: one
address has a quarter of them, but for the proxies that are listed, behind which each client has as many requests
(guard.py).
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from gatepost.config import Settings
from gatepost.connectors import Network, client_key
from gatepost.manage import Desk

from .application import application
from .incoming import client_in

MOST_CONNECTIONS = 200
MOST_EACH = 50  # of them, from one IPv4 address or IPv6 /64 that is no listed proxy
HEAD_SECONDS = 10.0  # for the head of a request, from connecting or from the end of the answer before it


class _Connection(H11Protocol):
    """uvicorn's, closed when nothing is being answered for too long.

    uvicorn itself closes what is silent between two requests, but waits for ever for the rest of a head, or of a body
    that nobody wants any more.
    """

    transport: asyncio.Transport
    proxies: ClassVar[tuple[Network, ...]] = ()
    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS or self._takes_too_many():
            transport.abort()
        else:
            self._watch()

    def _takes_too_many(self) -> bool:
        address = client_in(self.client)
        if address is None or any(address in network for network in self.proxies):
            return False
        mine = client_key(address)
        places = (client_in(it.client) for it in self.connections if isinstance(it, _Connection))
        return sum(it is not None and client_key(it) == mine for it in places) > MOST_EACH

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
    """uvicorn without its signal handling: service.py owns the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_web(desk: Desk, settings: Settings, door: socket.socket) -> None:
    """Serve on a listening socket until cancelled."""
    listed = settings.admin.trusted_proxies
    config = uvicorn.Config(
        application(desk),
        ssl_certfile=settings.admin.certificate,
        ssl_keyfile=settings.admin.key,
        log_config=None,
        log_level="critical",  # what strangers send is no line of the log; what fails inside is told by the guard
        access_log=False,
        server_header=False,
        proxy_headers=bool(listed),  # else anybody's word would count
        forwarded_allow_ips=[str(it) for it in listed],
        http=type("_Connection", (_Connection,), {"proxies": listed}),
        lifespan="off",
        ws="none",
    )
    server = _Server(config)
    try:
        await server.serve([door])
    finally:
        for listening in getattr(server, "servers", []):  # cancelled: uvicorn leaves them open
            listening.close()
