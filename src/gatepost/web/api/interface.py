"""REST and InvokeCommand as one application, with the document that describes them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import gatepost
from gatepost.errors import GatepostError

from ..refusals import response_of
from .checking import checking
from .deciding import deciding, documents
from .devices import devices
from .invoke import admin_api
from .messages import messages
from .mistakes import refusal_of
from .objects import objects
from .preparing import preparing
from .recipients import recipient_files, recipients
from .schemas import components
from .signing_in import entrance, inside
from .trying import trying

API = "/api/v1"
_ABOUT = """\
Everything an operator can do, as resources. Send `Authorization: Bearer TOKEN` (`gatepost token add`, or `sign-in`).

Every answer is `{"value": …, "warnings": […]}`, and a list has `next`, the address of its next page. Every refusal is
`{"error": {"code": …, "message": …, "problems": [{"field": …, "message": …, "remedy": …}]}}` with all problems at once.
"""


def interface() -> FastAPI:
    """REST and InvokeCommand with the document that describes them, the same for every server."""
    app = _empty(None)
    app.router.routes += _whole().router.routes  # they ask the application that a request came to
    return app


def _empty(openapi_url: str | None) -> FastAPI:
    return FastAPI(
        title="Gatepost",
        version=gatepost.__version__,
        description=_ABOUT,
        openapi_url=openapi_url,
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False},
        exception_handlers={
            **dict.fromkeys((GatepostError, HTTPException, RequestValidationError), _refuse),
            Exception: _leave,
        },
    )


@cache
def _whole() -> FastAPI:
    """Every route, made once: reading their signatures takes longer than all else that a server needs to begin."""
    app = _empty(f"{API}/openapi.json")
    deciders = (deciding(), checking(), documents(), preparing())
    for router in (
        entrance(), inside(), objects(), recipients(), recipient_files(), messages(), devices(), trying(), *deciders
    ):  # fmt: skip
        app.include_router(router, prefix=API)
    app.include_router(admin_api())
    app.openapi = _with_components(app.openapi)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    return app


def openapi_document() -> dict[str, Any]:
    """What /api/v1/openapi.json says."""
    return _whole().openapi()


async def _refuse(_: Request, error: Exception) -> Response:
    """Every refusal in our one shape."""
    return response_of(refusal_of(error))


async def _leave(_: Request, error: Exception) -> Response:
    """What fails inside is answered by the guard, and not by Starlette."""
    raise error


def _with_components(describe: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The document with the schemas that are made from the table of properties."""

    def described() -> dict[str, Any]:
        document = describe()
        document.setdefault("components", {}).setdefault("schemas", {}).update(components())
        return document

    return described
