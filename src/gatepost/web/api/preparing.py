"""What comes before a connector is stored, over REST: its certificate is kept, it is tried, it is written as commands.

The wizard of the admin centre asks the same of the desk, step by step.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .asking import BEARER, AskedRoute, Known
from .documented import ASKING, READING, answers
from .objects import Organization, WhatIf
from .schemas import reference

_Line = Annotated[str, Field(max_length=1000)]
_Properties = Annotated[dict[str, Any], Field(max_length=100)]


class Brought(BaseModel):
    """A client certificate with its key."""

    model_config = ConfigDict(extra="forbid", strict=True)

    content: str = Field(description="A PFX, or PEM of the certificate, its chain and its key, in base64.")
    password: _Line = Field(default="", description="Of the PFX; it is not kept.")
    name: _Line = Field(default="certificate", description="What a refusal calls the file.")


class Rehearsed(BaseModel):
    """An outbound connector that is not stored yet."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Line = Field(description="What it is to be called.", examples=["Upstream"])
    properties: _Properties = Field(
        description="As a new connector gets them.",
        json_schema_extra={"allOf": [reference("OutboundConnectorChange")]},
    )
    recipients: list[_Line] | None = Field(
        default=None, max_length=100, description="Who gets a test message through each smart host."
    )


class Written(BaseModel):
    """A connector to be written as the other faces write it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Line = Field(description="What it is to be called.", examples=["Printers"])
    properties: _Properties = Field(description="As a new connector gets them.")


def preparing() -> APIRouter:
    """The routes of certificates that are kept, validations of what is not stored, and commands."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])
    _keeping(router)
    _validating(router)
    _writing(router, path="inbound-connectors", outbound=False)
    _writing(router, path="outbound-connectors", outbound=True)
    return router


def _keeping(router: APIRouter) -> None:
    @router.post(
        "/client-certificates",
        operation_id="keep_client_certificate",
        summary="Bring a client certificate: `File` is what ClientCertificatePfx or OAuthCertificatePfx wants",
        tags=["outbound-connectors"],
        responses=answers("KeptCertificate", refused=ASKING),
    )
    async def keep(asked: Known, brought: Brought, what_if: WhatIf = False) -> Response:
        return await asked.told("certificate.keep", what_if=what_if or None, **brought.model_dump())


def _validating(router: APIRouter) -> None:
    tags: Any = ["outbound-connectors"]

    @router.post(
        "/validations",
        operation_id="begin_validation",
        summary="Begin to try an outbound connector that is not stored: its hosts, and a test message if wanted",
        tags=tags,
        responses=answers("ValidationBegun", refused=(*ASKING, 429)),
    )
    async def begin(
        asked: Known, connector: Rehearsed, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await asked.told(
            "validation.begin", organization=organization, what_if=what_if or None, **connector.model_dump()
        )

    @router.get(
        "/validations/{id}",
        operation_id="show_validation",
        summary="How far a validation of your own is: its tasks, and what was said",
        tags=tags,
        responses=answers("Validation", refused=READING),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("validation.show", id=id, organization=organization)

    @router.post(
        "/validations/{id}/stop",
        operation_id="stop_validation",
        summary="End a validation where it is",
        tags=tags,
        responses=answers("Validation", refused=READING),
    )
    async def stop(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("validation.stop", id=id, organization=organization)


def _writing(router: APIRouter, *, path: str, outbound: bool) -> None:
    word = path.replace("-", "_").removesuffix("s")

    @router.post(
        f"/{path}/commands",
        operation_id=f"write_{word}",
        summary="The cmdlet, the command line and the body that make this connector; nothing is checked or stored",
        tags=[path],
        responses=answers("Commands", refused=ASKING),
    )
    async def write(asked: Known, connector: Written, organization: Organization = None) -> Response:
        return await asked.told(
            "connector.commands", outbound=outbound, organization=organization, **connector.model_dump()
        )
