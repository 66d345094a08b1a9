"""How a request is read: first who asks, then the body, within limits and strictly.

A stranger is turned away before a body is read, so that nobody unknown can make us hold one.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import orjson
from fastapi import Depends, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from gatepost.errors import NotSignedIn
from gatepost.manage import Answer, Caller, Desk

from ..incoming import address_of, limited_body
from ..refusals import AskedWrongly
from .answers import said

MIB = 1 << 20
DOCUMENT_LIMIT = 64 * MIB
MAX_DEPTH = 32
_IN_A_THREAD = 256 * 1024  # octets above which reading would keep the mail waiting

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def read_json(octets: bytes) -> Any:
    """JSON as RFC 8259 has it: no NaN, no lone surrogate, no key twice, at most MAX_DEPTH deep; raises AskedWrongly."""
    try:
        _shallow(orjson.loads(octets))  # orjson is the strict one, but it lets the last of two equal keys win
        return json.loads(octets, object_pairs_hook=_once)
    except orjson.JSONDecodeError as wrong:
        where = f"line {wrong.lineno}, column {wrong.colno}"
        raise AskedWrongly(
            400, "malformed", f"The body is not JSON ({where}: {wrong.msg}). Remedy: correct it there."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise AskedWrongly(400, "malformed", f"The body has the key '{twice}' twice. Remedy: keep one of the two.")
    return found


def _shallow(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for it in level if isinstance(it, (dict, list)) for child in _children(it)]
        if not level:
            return
    raise AskedWrongly(
        400, "malformed", f"The body is nested more than {MAX_DEPTH} deep. Remedy: nothing here needs that."
    )


def _children(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


class JsonRequest(Request):
    """A request whose body is JSON of at most `limit` octets, declared as such, and here in time."""

    limit: int = MIB

    async def body(self) -> bytes:
        if not hasattr(self, "_octets"):
            self._octets = await self._read()
        return self._octets

    async def json(self) -> Any:
        if not hasattr(self, "_value"):
            octets = await self.body()
            large = len(octets) > _IN_A_THREAD
            self._value: Any = await asyncio.to_thread(read_json, octets) if large else read_json(octets)
        return self._value

    async def properties(self) -> dict[str, Any]:
        """The body where it must be an object of properties."""
        value = await self.json()
        if not isinstance(value, dict):
            raise AskedWrongly(422, "refused", "The body must be a JSON object. Remedy: write {…}.")
        return value

    async def _read(self) -> bytes:
        octets = await limited_body(self, self.limit)
        # This also keeps foreign web pages out: a browser sends no JSON across sites without asking first.
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if octets and kind != "application/json":
            raise AskedWrongly(
                415,
                "not_json",
                f"The body is '{kind[:100]}', not JSON. Remedy: send JSON with Content-Type: application/json.",
            )
        return octets


class OpenRoute(APIRoute):
    """A route for whoever comes, such as signing in; its bodies are small."""

    limit: ClassVar[int] = 16 * 1024
    strict: ClassVar[bool] = True  # a parameter that is not known is refused: `whatif` is no `what_if`

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        known = {field.alias for field in self.dependant.query_params}

        async def handler(request: Request) -> Response:
            asked = JsonRequest(request.scope, request.receive)
            asked.limit = self.limit
            self.admit(asked)
            if self.strict:
                _all_known(asked, known)
            return await handle(asked)

        return handler

    def admit(self, request: JsonRequest) -> None:
        """Whoever comes."""


def _all_known(request: Request, known: Collection[str]) -> None:
    for name in request.query_params:
        if name not in known:
            words = ", ".join(sorted(known)) or "there are none here"
            raise AskedWrongly(
                422, "refused", f"{name[:100]} is not a parameter. Remedy: known are: {words}.", about=name[:100]
            )


class AskedRoute(OpenRoute):
    """A route for those who are known. The caller is found before anything is read."""

    limit: ClassVar[int] = MIB
    origin: ClassVar[str] = "rest"

    def admit(self, request: JsonRequest) -> None:
        request.state.caller = identify(request, origin=self.origin)


class DocumentRoute(AskedRoute):
    """A route that takes whole documents."""

    limit: ClassVar[int] = DOCUMENT_LIMIT


def bearer(request: Request) -> str:
    """The token of the request; raises NotSignedIn."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn("The request carries no token. Remedy: send Authorization: Bearer TOKEN.")
    return token.strip()


def identify(request: Request, *, origin: str) -> Caller:
    """Who asks; raises NotSignedIn."""
    desk: Desk = request.app.state.desk
    return desk.identify_token(bearer(request), origin=origin, address=address_of(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request whose caller is known, on its way to the desk."""

    desk: Desk
    caller: Caller
    request: JsonRequest

    async def call(self, verb: str, **arguments: Any) -> Answer:
        """Ask the desk. An argument that is None was not given."""
        given = {name: value for name, value in arguments.items() if value is not None}
        return await self.desk.call(verb, given, caller=self.caller)

    async def told(self, verb: str, **arguments: Any) -> Response:
        """Ask the desk, and put what it answers into the envelope."""
        answer = await self.call(verb, **arguments)
        return said(answer.value, answer.warnings)


async def _asked(request: Request) -> Asked:
    assert isinstance(request, JsonRequest), "only a JsonRequest reads strictly: the route must be an AskedRoute"
    return Asked(desk=request.app.state.desk, caller=request.state.caller, request=request)


Known = Annotated[Asked, Depends(_asked)]
BEARER = Security(HTTPBearer(auto_error=False, scheme_name="token", description="A token of `gatepost token add`."))
