"""/welcome/KEY: the page of the one-time link, where the first administrator is made. No script, no cookie."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from gatepost.errors import GatepostError, NotFound, TooManyAttempts
from gatepost.manage import Desk

from ..incoming import address_of, base_of, limited_body
from ..refusals import AskedWrongly, Problem, Refusal, refusal_of
from .catalogue import language_of
from .languages import WELCOME

_LIMIT = 16 * 1024
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Content-Language": "",
}
_STYLE = (files("gatepost.web") / "static" / "welcome.css").read_bytes()
_PAGES = Environment(
    loader=PackageLoader("gatepost.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What was typed."""

    name: str
    password: str
    again: str


def welcome(desk: Desk) -> list[BaseRoute]:
    """The page and its style."""

    async def show(request: Request) -> Response:
        try:
            desk.check_welcome(_key(request), address=address_of(request))
        except (NotFound, TooManyAttempts) as error:
            return _closed(request, refusal_of(error))
        return _page(request, "form", name="", problems={})

    async def make(request: Request) -> Response:
        try:
            form = _read(await limited_body(request, _LIMIT))
            desk.check_welcome(_key(request), address=address_of(request))
            if form.password != form.again:
                different = Problem(message=_words(request)["different"])
                return _page(request, "form", status=422, name=form.name, problems={"again": [different]})
            made = await desk.welcome(_key(request), form.name, form.password, address=address_of(request))
        except (NotFound, TooManyAttempts, AskedWrongly) as error:
            return _closed(request, refusal_of(error))
        except GatepostError as error:
            refusal = refusal_of(error)
            return _page(request, "form", status=refusal.status, name=form.name, problems=_at_fields(refusal))
        return _page(request, "done", name=made["Name"], address=base_of(request))

    async def style(_: Request) -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    return [
        Route("/welcome/{key}", show, methods=["GET"]),
        Route("/welcome/{key}", make, methods=["POST"]),
        Route("/static/welcome.css", style),
    ]


def _key(request: Request) -> str:
    return str(request.path_params["key"])


def _read(octets: bytes) -> _Form:
    try:
        fields = parse_qs(octets.decode(), keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise AskedWrongly(400, "malformed", "The form is not readable. Remedy: use the page's own form.") from None
    typed = {name: fields.get(name, [""])[0] for name in ("name", "password", "again")}
    return _Form(**typed)


def _at_fields(refusal: Refusal) -> dict[str, list[Problem]]:
    """Problems at the field they are about; others above the form."""
    found: dict[str, list[Problem]] = {}
    for problem in refusal.problems:
        place = (problem.field or "").lower()
        found.setdefault(place if place in ("name", "password") else "form", []).append(problem)
    return found


def _words(request: Request) -> dict[str, str]:
    return dict(WELCOME[language_of(request.headers.get("accept-language", ""))])


def _closed(request: Request, refusal: Refusal) -> Response:
    """The page for a link that leads nowhere, now or for good."""
    title = "wait" if refusal.status == 429 else "gone"
    return _page(
        request, "closed", status=refusal.status, headers=refusal.headers, title=title, problem=refusal.problems[0]
    )


def _page(request: Request, part: str, *, status: int = 200, headers: Any = None, **values: Any) -> Response:
    language = language_of(request.headers.get("accept-language", ""))
    text = _PAGES.get_template("welcome.html").render(part=part, language=language, words=WELCOME[language], **values)
    said = {**_HEADERS, "Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    return HTMLResponse(text, status_code=status, headers=said)
