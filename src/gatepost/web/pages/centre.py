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
from gatepost.headers import PICTURE_STYLE
from gatepost.manage import Desk

from ..refusals import AskedWrongly, Refusal, refusal_of
from .drawing import draw
from .forms import FILE_LIMIT, FORM_LIMIT, Form, read_form
from .interruptions import LARGEST, Interruptions
from .marks import marks_of
from .notices import Notices
from .view import Problems, View
from .visitor import Preferences, Visitor, from_here, sealed, visitor_of

_OUR_COLOURS = """
.page .gatepost-way {
  --way-ink: var(--ink); --way-quiet: var(--quiet); --way-paper: var(--paper); --way-edge: var(--edge);
  --way-track: var(--line); --way-accent: var(--accent); --way-own: var(--tint); --way-good: var(--good);
  --way-warn: var(--warn); --way-bad: var(--bad); --way-ground: var(--ground);
}
"""

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
            form = self.interruptions.take(key, request.url.path, visitor.caller.who) if key else None
            return await self._answer(request, visitor, handler, form or Form())

        route = Route(path, answer, methods=["GET"])
        self._pages.append(route)
        return route

    def form(self, path: str, handler: Handler, *, limit: int = FORM_LIMIT, file_limit: int = FILE_LIMIT) -> BaseRoute:
        """Where a form is sent. `limit` and `file_limit` are in octets, of all of it and of one file in it."""

        async def answer(request: Request) -> Response:
            try:
                from_here(request)
                visitor_of(request, self.desk)  # before much is read
                form = await read_form(request, limit, file_limit=file_limit)
                visitor = visitor_of(request, self.desk)
                if (key := self._of_before(request, visitor, form)) is not None:
                    return _onward(request, f"{quote(request.url.path)}?resume={key}")
                sealed(visitor, _seal(request, form))
            except NotSignedIn:
                return await self._interrupted(request)
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
            marks=marks_of(self.desk),
            form=form,
        )

    async def _answer(self, request: Request, visitor: Visitor, handler: Handler, form: Form) -> Response:
        view = self.view(request, visitor, form)
        self.interruptions.recognise(visitor.seal, visitor.caller.who)
        try:
            return await handler(view)
        except GatepostError as error:
            return refused(request, error, view)

    async def _interrupted(self, request: Request) -> Response:
        """The door, from which what was typed is reached again."""
        try:
            form = await read_form(request, LARGEST)
        except AskedWrongly:  # nothing that could be shown again
            form = Form()
        key = self._kept(request, form)
        return _onward(request, f"/sign-in?interrupted={key}" if key else "/sign-in")

    def _of_before(self, request: Request, visitor: Visitor, form: Form) -> str | None:
        """The key of a form of an earlier session of the same person, who has signed in again in another tab."""
        seal = _seal(request, form)
        ended = seal != visitor.seal and self.interruptions.owner(seal) == visitor.caller.who
        return self._kept(request, form) if ended else None

    def _kept(self, request: Request, form: Form) -> str | None:
        """The key of the form; None where there is no page to type it on again, or it is nobody's."""
        looked_at = {"type": "http", "method": "GET", "path": request.url.path}
        if not any(page.matches(looked_at)[0] is Match.FULL for page in self._pages):
            return None
        return self.interruptions.keep(request.url.path, form, _seal(request, form))


def _seal(request: Request, form: Form) -> str:
    return form.text("seal") or request.headers.get("x-seal", "")


def _to_the_door(request: Request) -> Response:
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return _onward(request, "/sign-in" if there == "/" else f"/sign-in?next={quote(there)}")


def _onward(request: Request, address: str) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def refused(request: Request, error: Exception, view: View | None = None) -> Response:
    """A page that says what was refused; raises the error if it is none of ours."""
    return told(request, refusal_of(error), view)


def told(request: Request, refusal: Refusal, view: View | None = None) -> Response:
    """The page of a refusal."""
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


async def _way(_: Request) -> Response:
    """The style of the picture of a way, which is drawn alike for files and for pages; here its colours are ours."""
    return Response(PICTURE_STYLE + _OUR_COLOURS, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def pages(desk: Desk) -> list[BaseRoute]:
    """Every page of one server."""
    from . import (
        about,
        audit,
        checks,
        connectors,
        dashboard,
        devices,
        domains,
        domains_recipients,
        headers,
        live,
        queue,
        rules,
        settings,
        signing_in,
        testing,
        trace,
        users,
        users_tokens,
        verifying,
        welcome,
        what_if,
    )

    centre = Centre(desk)
    parts = (
        signing_in,
        welcome,
        dashboard,
        trace,
        queue,
        rules,
        connectors,
        domains,
        domains_recipients,
        devices,
        what_if,
        testing,
        verifying,
        headers,
        checks,
        users,
        users_tokens,
        audit,
        settings,
        about,
        live,
    )
    return [
        Route("/static/way.css", _way),
        Mount("/static", _Static(packages=[("gatepost.web", "static")])),
        *(route for part in parts for route in part.routes(centre)),
    ]
