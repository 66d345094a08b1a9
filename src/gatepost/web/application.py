"""The whole application: REST, InvokeCommand, the admin centre and the health pages behind one guard.

FastAPI takes longer to import than most commands take to run, so only what serves may import this room.
"""

from dataclasses import replace

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatepost.manage import Desk

from .api import interface
from .guard import Guard
from .health import health
from .pages import pages, told
from .refusals import Refusal, problem, refusal_of, response_of


def application(desk: Desk) -> FastAPI:
    """The pages and interfaces of one server; `desk` answers, this only translates."""
    app = interface()
    app.state.desk = desk
    app.router.routes += [*health(desk), *pages(desk)]
    app.add_exception_handler(HTTPException, _nothing_here)
    app.add_middleware(Guard, desk=desk, names=[desk.settings.hostname, *desk.settings.admin.names], told=_answer)
    return app


_FOR_PEOPLE = {
    404: "There is no such page. Remedy: go home, and choose a page from the menu.",
    405: "There is nothing to look at here, forms are sent to this address. Remedy: go home, and choose a page.",
}


async def _nothing_here(request: Request, error: Exception) -> Response:
    """What no route takes."""
    return _answer(request, refusal_of(error))


def _answer(request: Request, refusal: Refusal) -> Response:
    """A page for people, our one shape for programs."""
    if "text/html" not in request.headers.get("accept", "") or request.url.path.startswith("/api/"):
        return response_of(refusal)
    if sentence := _FOR_PEOPLE.get(refusal.status):
        refusal = replace(refusal, problems=(problem(sentence),))
    return told(request, refusal)
