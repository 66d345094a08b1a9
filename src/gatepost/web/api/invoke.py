"""InvokeCommand: what speaks to Exchange Online's admin API can speak to us.

    POST /adminapi/beta/{organization}/InvokeCommand?$select=Name,Enabled
    {"CmdletInput": {"CmdletName": "Get-InboundConnector", "Parameters": {"Identity": "Printers"}}}

Pages are asked for by the same body at `@odata.nextLink`: a cmdlet that reads is run again, one that changes something
has no pages. X-AnchorMailbox, X-CmdletName and their like are taken and change nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Header, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatepost.cmdlets import Cmdlet, cmdlet_named, failure_of, invoke_command
from gatepost.config import ObjectKind
from gatepost.errors import ConfigRefused, GatepostError, NotFound
from gatepost.manage import Caller, Desk
from gatepost.shell import CommandFailed

from ..incoming import base_of
from ..refusals import AskedWrongly, one_refused
from .asking import BEARER, AskedRoute, Handler, Known
from .mistakes import refusal_of

PAGE = 1000
LARGEST = 5000
VERSIONS = ("beta", "v1.0")
_PAGE_SIZE = re.compile(r"(?:^|[,;\s])odata\.maxpagesize\s*=\s*(\d{1,9})", re.IGNORECASE)
_CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
}
_LIST = "System.Collections.Generic.List`1[System.String]"


class CmdletInput(BaseModel):
    """One cmdlet with its parameters."""

    model_config = ConfigDict(strict=True)

    CmdletName: str = Field(max_length=200, examples=["Get-InboundConnector"])
    Parameters: dict[str, Any] = Field(default={}, description="By name; hashtables as #Exchange.GenericHashTable.")


class InvokeCommand(BaseModel):
    """The body; Exchange's clients send other things beside it, which are ignored."""

    CmdletInput: CmdletInput


class AdminRoute(AskedRoute):
    """A route whose refusals have Exchange's shape."""

    origin = "cmdlet"
    strict = False  # Exchange's clients add parameters of their own

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except (GatepostError, HTTPException, RequestValidationError) as error:
                return _refused(error)

        return handler


def admin_api() -> APIRouter:
    """The routes of both versions, which are the same."""
    router = APIRouter(route_class=AdminRoute, dependencies=[BEARER])
    for version in VERSIONS:
        _invoke(router, version)
    return router


def _invoke(router: APIRouter, version: str) -> None:
    responses: dict[int | str, dict[str, Any]] = {
        200: {"content": {"application/json": {"schema": _ANSWER}}},
        "4XX": {"description": "Refused, in Exchange's shape.", "content": {"application/json": {"schema": _ERROR}}},
        "5XX": {"description": "Not now.", "content": {"application/json": {"schema": _ERROR}}},
    }

    @router.post(
        f"/adminapi/{version}/{{organization}}/InvokeCommand",
        operation_id=f"invoke_command_{version.replace('.', '_')}",
        summary="Run one cmdlet",
        tags=["InvokeCommand"],
        responses=responses,
    )
    async def invoke(
        asked: Known,
        organization: str,
        command: InvokeCommand,
        select: Annotated[str | None, Query(alias="$select", max_length=10_000)] = None,
        skip: Annotated[int, Query(alias="$skiptoken", ge=0, le=10_000_000)] = 0,
        prefer: Annotated[str | None, Header(max_length=1000)] = None,
    ) -> Response:
        name = command.CmdletInput.CmdletName
        cmdlet = cmdlet_named(name)
        caller = _within(asked.desk, asked.caller, organization, cmdlet)
        if skip and (cmdlet is None or cmdlet.changes):
            raise one_refused("$skiptoken", f"is given, and {name} has no pages", "leave it out")
        outcome = await invoke_command(asked.desk, caller, name, _untyped(command.CmdletInput.Parameters))
        size = len(outcome.objects) if cmdlet is None or cmdlet.changes else _page_size(prefer)
        rows = outcome.objects[skip : skip + size]
        base = base_of(asked.request)
        body: dict[str, Any] = {
            "@odata.context": f"{base}/adminapi/{version}/{quote(organization)}"
            "/$metadata#Collection(Exchange.GenericHashTable)",
            "value": [_typed(_selected(row, select)) for row in rows],
        }
        if skip + size < len(outcome.objects):
            query = urlencode({**asked.request.query_params, "$skiptoken": skip + size})
            body["@odata.nextLink"] = f"{base}{quote(asked.request.url.path)}?{query}"
        body["@adminapi.warnings"] = list(outcome.warnings)
        return _json(body)


def _within(desk: Desk, caller: Caller, organization: str, cmdlet: Cmdlet | None) -> Caller:
    """The caller inside the organization of the address; raises NotFound for one that is not there or not theirs."""
    wanted = organization.strip().lower()
    for record in desk.config.world.of(ObjectKind.ORGANIZATION):
        if wanted in (record.name.lower(), record.guid) and caller.organization in (None, record.name):
            # A cmdlet without an organization concerns the whole server, and only those of every organization may.
            inside = cmdlet is None or any(it.name == "Organization" for it in cmdlet.parameters)
            return replace(caller, organization=record.name) if inside else caller
    raise NotFound(f"No organization is called '{organization}'. Remedy: use the name or GUID of your own.")


def _page_size(prefer: str | None) -> int:
    found = _PAGE_SIZE.search(prefer or "")
    return min(max(int(found[1]), 1), LARGEST) if found else PAGE


def _selected(row: Mapping[str, Any], select: str | None) -> dict[str, Any]:
    if not select:
        return dict(row)
    wanted = {name.strip().lower() for name in select.split(",")}
    return {name: value for name, value in row.items() if name.lower() in wanted}


def _typed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Multi-valued properties with their two companions, as Exchange's clients look for them."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, list | tuple) and all(isinstance(it, str) for it in value):
            found[f"{name}@data.type"] = _LIST
            found[f"{name}@odata.type"] = "#Collection(String)"
        found[name] = value
    return found


def _untyped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without OData's annotations: `Name@odata.type`, and `@odata.type` inside hashtables."""
    return {
        name: _untyped(value) if isinstance(value, dict) else value for name, value in given.items() if "@" not in name
    }


def _refused(error: Exception) -> Response:
    refusal = None if isinstance(error, CommandFailed) else refusal_of(error)
    status = 400 if refusal is None or refusal.status == 422 else refusal.status
    if isinstance(error, GatepostError) and not isinstance(error, AskedWrongly):
        type_name, message = failure_of(error)
    else:  # the body itself: what is wrong with it is wrong with a parameter
        problems = () if refusal is None else refusal.problems
        sentences = [f"{it.message} Remedy: {it.remedy}" if it.remedy else it.message for it in problems]
        type_name, message = failure_of(ConfigRefused(sentences))
    text = f"|{type_name}|{message}"
    inner = {"message": text, "type": type_name}
    body = {
        "error": {
            "code": _CODES.get(status, "BadRequest"),
            "message": text,
            "details": [{"code": "Context", "target": "", "message": text}],
            "innererror": {"message": message, "type": type_name, "internalexception": inner},
        }
    }
    return _json(body, status=status, headers=refusal.headers if refusal else {})


def _json(body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    octets = orjson.dumps(body, default=str)
    return Response(octets, status_code=status, headers=dict(headers or {}), media_type="application/json")


def _needing(required: Sequence[str], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}


_TEXT = {"type": "string"}
_ANSWER = _needing(
    ["@odata.context", "value", "@adminapi.warnings"],
    {
        "@odata.context": _TEXT,
        "value": {"type": "array", "items": {"type": "object"}},
        "@odata.nextLink": {**_TEXT, "description": "POST the same body there for the next page."},
        "@adminapi.warnings": {"type": "array", "items": _TEXT},
    },
)
_ERROR = _needing(
    ["error"],
    {
        "error": _needing(
            ["code", "message", "details", "innererror"],
            {
                "code": _TEXT,
                "message": {**_TEXT, "description": "`|Type|message`"},
                "details": {"type": "array", "items": {"type": "object"}},
                "innererror": {"type": "object"},
            },
        )
    },
)
