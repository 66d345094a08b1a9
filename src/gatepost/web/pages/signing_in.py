"""Signing in and out, and what a browser remembers: language, theme, and the organization being looked at."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gatepost.errors import GatepostError

from ..incoming import address_of, unlisted_proxy
from ..refusals import AskedWrongly, refusal_of
from .catalogue import LANGUAGES
from .centre import Centre, refused
from .drawing import draw
from .forms import read_form
from .view import Problems, View
from .visitor import THEMES, Preferences, end_session, from_here, open_session, remember, token_of

_LIMIT = 16 * 1024
_LOCAL = re.compile(r"/(?![/\\])")


def routes(centre: Centre) -> list[BaseRoute]:
    """The door, both ways, and the preferences."""

    async def door(request: Request) -> Response:
        interrupted = request.query_params.get("interrupted", "")
        if not centre.interruptions.holds(interrupted):
            interrupted = ""
        return _door(request, next=request.query_params.get("next", ""), interrupted=interrupted)

    async def enter(request: Request) -> Response:
        name = following = interrupted = ""
        try:
            from_here(request)
            form = await read_form(request, _LIMIT)
            name, following, interrupted = form.text("name"), form.text("next"), form.text("interrupted")
            found = await centre.desk.sign_in(name, form.secret("password"), address=address_of(request), origin="web")
        except GatepostError as error:
            refusal = refusal_of(error)
            response = _door(
                request,
                status=refusal.status,
                name=name,
                next=following,
                interrupted=interrupted,
                problems=Problems(all=refusal.problems),
            )
            response.headers.update({it: text for it, text in refusal.headers.items() if it == "Retry-After"})
            return response
        centre.desk.sign_out(token_of(request))  # a browser has one session
        path = centre.interruptions.path(interrupted, found.caller.who)
        response = RedirectResponse(
            f"{path}?resume={quote(interrupted)}" if path else local(following), status_code=303
        )
        open_session(response, request, found.token)
        return response

    async def leave(view: View) -> Response:
        centre.desk.sign_out(view.visitor.token)
        response = RedirectResponse("/sign-in", status_code=303)
        end_session(response, view.request)
        return response

    async def prefer(view: View) -> Response:
        response = RedirectResponse(local(view.form.text("next")), status_code=303)
        remember(response, view.request, **_chosen(view))
        return response

    async def speak(request: Request) -> Response:
        """Before signing in, only the language can be chosen."""
        try:
            from_here(request)
            form = await read_form(request, _LIMIT)
        except GatepostError as error:
            return refused(request, error)
        response = RedirectResponse(local(form.text("next"), otherwise="/sign-in"), status_code=303)
        if form.text("language") in LANGUAGES:
            remember(response, request, language=form.text("language"))
        return response

    return [
        Route("/sign-in", door, methods=["GET"]),
        Route("/sign-in", enter, methods=["POST"]),
        Route("/language", speak, methods=["POST"]),
        centre.form("/sign-out", leave),
        centre.form("/preferences", prefer),
    ]


def local(address: str, *, otherwise: str = "/") -> str:
    """An address of this server, as a path; anything else leads to `otherwise`.

    To browsers a backslash is a slash, and any number of slashes at the start begins the name of a host.

    >>> local("/queue?page=2"), local("//evil.example/"), local("https://evil.example/")
    ('/queue?page=2', '/', '/')
    """
    return address if _LOCAL.match(address) and address.isprintable() else otherwise


def _chosen(view: View) -> dict[str, str]:
    """What of the form is one of the choices."""
    choices = {"language": tuple(LANGUAGES), "theme": THEMES, "organization": ("", *view.organizations)}
    chosen = {name: view.form.text(name) for name in choices if name in view.form.fields}
    if wrong := next((name for name, value in chosen.items() if value not in choices[name]), None):
        raise AskedWrongly(422, "refused", f"{wrong} is none of the choices. Remedy: choose from the page's list.")
    return chosen


def _door(request: Request, *, status: int = 200, **values: object) -> Response:
    given = {"name": "", "next": "", "interrupted": "", "problems": Problems(), **values}
    preferences = Preferences.of(request)
    given |= {"preferences": preferences, "languages": LANGUAGES, "proxy": unlisted_proxy(request)}
    return draw("sign_in.html", preferences.language, status=status, **given)
