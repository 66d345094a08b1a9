"""Signing in and out: a name and a password for a token that lasts some hours; longer ones are made on purpose."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from gatepost.manage import Caller, Desk

from ..incoming import address_of
from .answers import said
from .asking import BEARER, AskedRoute, Known, OpenRoute, bearer
from .documented import ASKING, READING, answers


class Credentials(BaseModel):
    """Who signs in, and the proof."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=1024, repr=False)]


def entrance() -> APIRouter:
    """The one route for those who are not known yet."""
    router = APIRouter(route_class=OpenRoute)

    @router.post(
        "/sign-in",
        operation_id="sign_in",
        summary="A token for a name and a password",
        tags=["sign-in"],
        responses=answers("SignedIn", refused=(*ASKING, 429)),
    )
    async def sign_in(request: Request, credentials: Credentials) -> Response:
        desk: Desk = request.app.state.desk
        found = await desk.sign_in(credentials.name, credentials.password, address=address_of(request))
        return said({"token": found.token, "expires": found.expires, **_shown(found.caller)})

    return router


def inside() -> APIRouter:
    """Who I am, and leaving."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])

    @router.get(
        "/caller",
        operation_id="caller",
        summary="Whom the token stands for, and in which role",
        tags=["sign-in"],
        responses=answers("Caller", refused=READING),
    )
    async def caller(asked: Known) -> Response:
        return said(_shown(asked.caller))

    @router.post(
        "/sign-out",
        operation_id="sign_out",
        summary="End a token that sign-in gave",
        tags=["sign-in"],
        responses=answers("Caller", refused=READING),
    )
    async def sign_out(asked: Known) -> Response:
        asked.desk.sign_out(bearer(asked.request))
        return said(_shown(asked.caller))

    return router


def _shown(caller: Caller) -> dict[str, Any]:
    return {"who": caller.who, "role": str(caller.role), "organization": caller.organization}
