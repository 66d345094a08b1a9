"""The way to REST and InvokeCommand, which are made when the first program asks for them.

FastAPI and the signatures of every route take longer than all else that a server needs to begin, and a third of its
memory; a relay whose programs only send mail needs neither.
"""

import asyncio
from typing import Any

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from gatepost.manage import Desk

_ADDRESSES = ("/api/", "/adminapi/")


class Programs(BaseRoute):
    """Every address of the interfaces for programs, of one server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._interface: ASGIApp | None = None
        self._making = asyncio.Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope["type"] == "http" and scope["path"].startswith(_ADDRESSES)
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._making:
            if self._interface is None:
                self._interface = await asyncio.to_thread(_made, self._desk)  # mail goes on meanwhile
        await self._interface(scope, receive, send)


def _made(desk: Desk) -> ASGIApp:
    from .api import interface

    app = interface()
    app.state.desk = desk
    return app


def openapi_document() -> dict[str, Any]:
    """What /api/v1/openapi.json says."""
    from .api import openapi_document as described

    return described()
