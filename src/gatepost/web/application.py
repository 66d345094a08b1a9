"""The whole application: REST, InvokeCommand, the admin centre and the health pages behind one guard."""

from dataclasses import replace

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatepost.errors import GatepostError
from gatepost.manage import Desk

from .guard import Guard
from .health import health
from .pages import pages, told
from .programs import Programs
from .refusals import Refusal, problem, refusal_of, response_of


def application(desk: Desk) -> Starlette:
    """The pages and interfaces of one server; `desk` answers, this only translates."""
    app = Starlette(
        routes=[Programs(desk), *health(desk), *pages(desk)],
        exception_handlers={GatepostError: _refused, HTTPException: _nothing_here},
    )
    app.state.desk = desk
    app.router.redirect_slashes = False
    app.add_middleware(Guard, desk=desk, names=[desk.settings.hostname, *desk.settings.admin.names], told=_answer)
    return app


_FOR_PEOPLE = {
    404: "There is no such page. Remedy: go home, and choose a page from the menu.",
    405: "There is nothing to look at here, forms are sent to this address. Remedy: go home, and choose a page.",
}


async def _refused(_: Request, error: Exception) -> Response:
    """What a health page cannot tell; the others refuse in pages of their own."""
    return response_of(refusal_of(error))


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
