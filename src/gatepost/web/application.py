"""The whole application: REST, InvokeCommand, the admin centre and the health pages behind one guard.

FastAPI takes longer to import than most commands take to run, so only what serves may import this room.
"""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatepost.manage import Desk

from .api import interface, refuse
from .guard import Guard
from .health import health
from .pages import pages, refused


def application(desk: Desk) -> FastAPI:
    """The pages and interfaces of one server; `desk` answers, this only translates."""
    app = interface()
    app.state.desk = desk
    app.router.routes += [*health(desk), *pages(desk)]
    app.add_exception_handler(HTTPException, _nothing_here)
    app.add_middleware(Guard, desk=desk, names=[desk.settings.hostname, *desk.settings.admin.names])
    return app


async def _nothing_here(request: Request, error: Exception) -> Response:
    """What no route takes: a page for people, our one shape for programs."""
    for_people = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    return refused(request, error) if for_people else await refuse(request, error)
