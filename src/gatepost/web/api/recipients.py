"""Recipient lists: the mailboxes and aliases of accepted domains."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .answers import Cursor, Limit, Page, paged
from .asking import BEARER, AskedRoute, DocumentRoute, Known
from .documented import ASKING, answers
from .objects import Organization, WhatIf

_Line = Annotated[str, Field(max_length=1000)]
_Text = Annotated[str | None, Query(max_length=1000)]
_TAGS: list[Any] = ["recipients"]


class Listed(BaseModel):
    """One recipient: a mailbox, or with targets an alias."""

    model_config = ConfigDict(extra="forbid", strict=True)

    Address: _Line = Field(examples=["info@contoso.com"])
    Targets: list[_Line] = Field(default=[], max_length=1000, examples=[["anna@contoso.com"]])


class Wanted(BaseModel):
    """Recipients to be listed; one that is listed gets these targets."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipients: list[Listed] = Field(max_length=10_000)


class File(BaseModel):
    """A whole list, as text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(description="CSV, or one address a line.", examples=["anna@contoso.com\n"])
    domain: _Line | None = Field(default=None, description="The domain of addresses without one.")
    replace: bool = Field(default=False, description="The lists become exactly this.")


def recipients() -> APIRouter:
    """The routes of recipient lists."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])

    @router.get(
        "/recipients",
        operation_id="list_recipients",
        summary="Mailboxes and aliases of accepted domains, by address",
        tags=_TAGS,
        responses=answers("Recipient", page=True),
    )
    async def list_them(
        asked: Known,
        domain: _Text = None,
        search: _Text = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        organization: Organization = None,
    ) -> Response:
        answer = await asked.call(
            "recipient.list", domain=domain, search=search, after=cursor, limit=limit, organization=organization
        )
        return paged(Page(rows=answer.value["recipients"], cursor=answer.value["next"]), asked.request)

    @router.get(
        "/recipients/export",
        operation_id="export_recipients",
        summary="The lists as a file that the import reads",
        tags=_TAGS,
        responses=answers("RecipientFile"),
    )
    async def export(asked: Known, domain: _Text = None, organization: Organization = None) -> Response:
        return await asked.told("recipient.export", domain=domain, organization=organization)

    @router.post(
        "/recipients",
        operation_id="add_recipients",
        summary="List mailboxes and aliases: all of them, or none",
        tags=_TAGS,
        responses=answers("RecipientChanges", refused=ASKING),
    )
    async def add(asked: Known, wanted: Wanted, organization: Organization = None, what_if: WhatIf = False) -> Response:
        given = [it.model_dump() for it in wanted.recipients]
        return await asked.told("recipient.add", recipients=given, organization=organization, what_if=what_if or None)

    @router.delete(
        "/recipients/{address}",
        operation_id="remove_recipient",
        summary="Take exactly this one out of its list",
        tags=_TAGS,
        responses=answers("RecipientChanges", refused=ASKING),
    )
    async def remove(
        asked: Known, address: str, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await asked.told(
            "recipient.remove", addresses=[address], organization=organization, what_if=what_if or None
        )

    return router


def recipient_files() -> APIRouter:
    """The route that takes whole lists."""
    router = APIRouter(route_class=DocumentRoute, dependencies=[BEARER])

    @router.post(
        "/recipients/import",
        operation_id="import_recipients",
        summary="List every recipient of a file: all of them, or none",
        tags=_TAGS,
        responses=answers("RecipientChanges", refused=ASKING),
    )
    async def take(asked: Known, file: File, organization: Organization = None, what_if: WhatIf = False) -> Response:
        return await asked.told(
            "recipient.import",
            text=file.text,
            domain=file.domain,
            replace=file.replace,
            organization=organization,
            what_if=what_if or None,
        )

    return router
