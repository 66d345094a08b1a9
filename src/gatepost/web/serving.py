"""HTTP on the admin address, by uvicorn."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from gatepost.config import Settings
from gatepost.manage import Desk

from .application import application


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
        lifespan="off",
        ws="none",
    )
    server = _Server(config)
    try:
        await server.serve([door])
    finally:
        for listening in getattr(server, "servers", []):  # cancelled: uvicorn leaves them open
            listening.close()
