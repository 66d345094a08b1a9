"""/welcome/KEY: the page of the one-time link, where the first administrator is made, and is signed in at once."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gatepost.errors import GatepostError, NotFound, TooManyAttempts

from ..incoming import address_of
from ..refusals import AskedWrongly, Problem, refusal_of
from .catalogue import words_of
from .centre import Centre
from .drawing import draw
from .forms import Form, read_form
from .view import Problems
from .visitor import Preferences, from_here, open_session

_LIMIT = 16 * 1024
_CLOSING = (NotFound, TooManyAttempts, AskedWrongly)


def routes(centre: Centre) -> list[BaseRoute]:
    """The page, and what its form does."""
    desk = centre.desk

    async def show(request: Request) -> Response:
        try:
            desk.check_welcome(_key(request), address=address_of(request))
        except _CLOSING as error:
            return _closed(request, error)
        return _page(request, name="", problems=Problems())

    async def make(request: Request) -> Response:
        form = Form()
        try:
            from_here(request)
            form = await read_form(request, _LIMIT)
            desk.check_welcome(_key(request), address=address_of(request))
            name, password = form.text("name"), form.secret("password")
            if password != form.secret("again"):
                words = words_of(Preferences.of(request).language)
                different = words.gettext("The two passwords are not the same.")
                remedy = words.gettext("Type the same password in both fields.")
                problems = Problems(all=(Problem(message=different, field="again", remedy=remedy),))
                return _page(request, status=422, name=name, problems=problems)
            made = await desk.welcome(_key(request), name, password, address=address_of(request))
            found = await desk.sign_in(made["Name"], password, address=address_of(request), origin="web")
        except _CLOSING as error:
            return _closed(request, error)
        except GatepostError as error:
            refusal = refusal_of(error)
            problems = Problems(all=refusal.problems)
            return _page(request, status=refusal.status, name=form.text("name"), problems=problems)
        response = RedirectResponse("/", status_code=303)
        open_session(response, request, found.token)
        return response

    return [
        Route("/welcome/{key}", show, methods=["GET"]),
        Route("/welcome/{key}", make, methods=["POST"]),
    ]


def _key(request: Request) -> str:
    return str(request.path_params["key"])


def _page(request: Request, *, status: int = 200, **values: Any) -> Response:
    return draw("welcome.html", Preferences.of(request).language, status=status, closed=None, **values)


def _closed(request: Request, error: GatepostError) -> Response:
    """The page for a link that leads nowhere, now or for good."""
    refusal = refusal_of(error)
    closed = "wait" if refusal.status == 429 else "gone"
    problems = Problems(all=refusal.problems)
    language = Preferences.of(request).language
    response = draw("welcome.html", language, status=refusal.status, closed=closed, name="", problems=problems)
    response.headers.update({name: it for name, it in refusal.headers.items() if name == "Retry-After"})
    return response
