"""The admin centre as one list of routes, and what every page of it has in common.

A page is `async def page(view: View) -> Response`. Who looks is found before it is called; a refusal that it does not
catch becomes a page of its own. A form's handler is the same, and is only called for a form of this very session.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles

from gatepost.errors import GatepostError, NotSignedIn
from gatepost.manage import Desk

from ..refusals import refusal_of
from .drawing import draw
from .forms import FORM_LIMIT, Form, read_form
from .interruptions import Interruptions
from .notices import Notices
from .view import Problems, View
from .visitor import Preferences, Visitor, from_here, sealed, visitor_of

Handler = Callable[[View], Awaitable[Response]]


class Centre:
    """Makes routes out of handlers. One for a server."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.notices = Notices()
        self.interruptions = Interruptions(desk.clock)
        self._pages: list[Route] = []

    def page(self, path: str, handler: Handler) -> BaseRoute:
        """A page to look at. `?resume=KEY` brings back a form that an ended session interrupted."""

        async def answer(request: Request) -> Response:
            try:
                visitor = visitor_of(request, self.desk)
            except NotSignedIn:
                return _to_the_door(request)
            key = request.query_params.get("resume", "")
            form = self.interruptions.take(key, request.url.path) if key else None
            return await self._answer(request, visitor, handler, form or Form())

        route = Route(path, answer, methods=["GET"])
        self._pages.append(route)
        return route

    def form(self, path: str, handler: Handler, *, limit: int = FORM_LIMIT) -> BaseRoute:
        """Where a form is sent."""

        async def answer(request: Request) -> Response:
            form = Form()
            try:
                from_here(request)
                form = await read_form(request, limit)
                visitor = visitor_of(request, self.desk)
                sealed(visitor, form.text("seal") or request.headers.get("x-seal", ""))
            except NotSignedIn:
                return self._interrupted(request, form)
            except GatepostError as error:
                return refused(request, error)
            return await self._answer(request, visitor, handler, form)

        return Route(path, answer, methods=["POST"])

    def view(self, request: Request, visitor: Visitor, form: Form) -> View:
        return View(
            request=request,
            desk=self.desk,
            visitor=visitor,
            preferences=Preferences.of(request),
            notices=self.notices,
            form=form,
        )

    async def _answer(self, request: Request, visitor: Visitor, handler: Handler, form: Form) -> Response:
        view = self.view(request, visitor, form)
        try:
            return await handler(view)
        except GatepostError as error:
            return refused(request, error, view)

    def _interrupted(self, request: Request, form: Form) -> Response:
        """The door, from which what was typed is reached again where there is a page to type it on."""
        looked_at = {"type": "http", "method": "GET", "path": request.url.path}
        if any(page.matches(looked_at)[0] is Match.FULL for page in self._pages):
            address = f"/sign-in?interrupted={quote(self.interruptions.keep(request.url.path, form))}"
        else:
            address = "/sign-in"
        if request.headers.get("hx-request") == "true":
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, status_code=303)


def _to_the_door(request: Request) -> Response:
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = "/sign-in" if there == "/" else f"/sign-in?next={quote(there)}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def refused(request: Request, error: Exception, view: View | None = None) -> Response:
    """A page that says what was refused; raises the error if it is none of ours."""
    refusal = refusal_of(error)
    values: dict[str, Any] = {"problems": Problems(all=refusal.problems), "status": refusal.status}
    if view is not None:
        response: Response = view.draw("problem.html", **values)
    else:
        response = draw("problem_outside.html", Preferences.of(request).language, view=None, **values)
    response.headers.update({name: it for name, it in refusal.headers.items() if name != "WWW-Authenticate"})
    return response


class _Static(StaticFiles):
    """Our own files; a browser may keep them for an hour."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        response = super().file_response(*args, **options)
        response.headers["Cache-Control"] = "max-age=3600"
        return response


def pages(desk: Desk) -> list[BaseRoute]:
    """Every page of one server."""
    from . import about, audit, dashboard, domains, live, settings, signing_in, users, users_tokens, what_if
    from .welcome import welcome

    centre = Centre(desk)
    parts = (
        signing_in,
        dashboard,
        domains,
        what_if,
        users,
        users_tokens,
        audit,
        settings,
        about,
        live,
    )
    return [
        *welcome(desk),
        Mount("/static", _Static(packages=[("gatepost.web", "static")])),
        *(route for part in parts for route in part.routes(centre)),
    ]
