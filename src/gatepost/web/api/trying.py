"""Trying things out over REST: test messages, the path that a message took, and what Microsoft 365 still lacks.

What goes on by itself is begun by POST, and asked for by the `id` that the answer gives; it is forgotten after a while.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .asking import BEARER, AskedRoute, Known
from .documented import ASKING, answers
from .objects import Organization
from .schemas import reference

_Line = Annotated[str, Field(max_length=1000)]
_OFTEN = (*ASKING, 429)


class TestMessage(BaseModel):
    """A test message, to a target that the server knows."""

    model_config = ConfigDict(extra="forbid", strict=True)

    target: _Line = Field(description="A `key` of GET /tests/targets.", examples=["listener-25"])
    sender: _Line = Field(description="The envelope's sender; empty for the null sender.")
    recipients: list[_Line] = Field(max_length=100, description="One to ten.")
    subject: _Line = Field(default="Test message from Gatepost")
    tls: _Line = Field(default="none", description="none, starttls or implicit, as the target offers.")
    certificate: str | None = Field(default=None, description="A PFX, or PEM with its key, in base64; it is not kept.")
    certificate_password: _Line | None = Field(default=None, description="Of the PFX.")


class Verifying(BaseModel):
    """Which message's copies to look for: one of the two."""

    model_config = ConfigDict(extra="forbid", strict=True)

    test: _Line | None = Field(default=None, description="The `id` of a test that has ended.")
    message: _Line | None = Field(default=None, description="The queue id of a message that was accepted.")


class Pasted(BaseModel):
    """Headers of a copy, from the recipient's mailbox."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipient: _Line
    headers: str = Field(max_length=1 << 20)


class Mailbox(BaseModel):
    """The mailbox in which a copy arrived, and what opens it this once; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipient: _Line
    server: _Line = Field(description="HOST or HOST:PORT, by IMAP over TLS.", examples=["imap.contoso.com"])
    user: _Line = Field(description="Whose mailbox it is there.")
    password: _Line | None = Field(default=None, description="What opens it,")
    token: str | None = Field(default=None, max_length=10_000, description="or an OAuth access token.")
    authorities: str | None = Field(default=None, description="CAs of your own as PEM, besides the system's.")


class TenantScript(BaseModel):
    """What the script for a tenant's administrator is to set up; what is left out comes from the connector."""

    model_config = ConfigDict(extra="forbid", strict=True)

    identity: _Line | None = Field(default=None, description="An outbound connector, by name or GUID.")
    parts: list[_Line] | None = Field(default=None, max_length=10, description="certificate, address, xoauth2, graph.")
    tenant: _Line | None = None
    mailbox: _Line | None = None
    application: _Line | None = None
    name: _Line | None = None
    certificate_name: _Line | None = None
    addresses: list[_Line] | None = Field(default=None, max_length=100)


class CloudCheck(BaseModel):
    """Which connector to check."""

    model_config = ConfigDict(extra="forbid", strict=True)

    identity: _Line | None = Field(default=None, description="All that lead to Microsoft 365 without it.")


def trying() -> APIRouter:
    """The routes of tests, verifications and Microsoft 365."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])
    _tests(router)
    _verifications(router)
    _cloud(router)
    return router


def _tests(router: APIRouter) -> None:
    @router.get(
        "/tests/targets",
        operation_id="list_test_targets",
        summary="Where test messages can be sent: listeners, and smart hosts of outbound connectors",
        tags=["tests"],
        responses=answers({"type": "array", "items": reference("TestTarget")}),
    )
    async def targets(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("test.targets", organization=organization)

    @router.post(
        "/tests",
        operation_id="send_test",
        summary="Send a test message",
        tags=["tests"],
        responses=answers("TestBegun", refused=_OFTEN),
    )
    async def send(asked: Known, message: TestMessage, organization: Organization = None) -> Response:
        return await asked.told("test.send", organization=organization, **message.model_dump())

    @router.get(
        "/tests/{id}",
        operation_id="show_test",
        summary="What has been said of a test message of your own, and the report once the conversation has ended",
        tags=["tests"],
        responses=answers("Test"),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("test.show", id=id, organization=organization)


def _verifications(router: APIRouter) -> None:
    @router.post(
        "/verifications",
        operation_id="begin_verification",
        summary="Look for the copies of a test, or of a message of the trace, where they arrive",
        tags=["tests"],
        responses=answers("VerificationBegun", refused=_OFTEN),
    )
    async def begin(asked: Known, which: Verifying, organization: Organization = None) -> Response:
        return await asked.told("verify.begin", organization=organization, **which.model_dump())

    @router.get(
        "/verifications/{id}",
        operation_id="show_verification",
        summary="Which copies were found, and the way that each took",
        tags=["tests"],
        responses=answers("Verification"),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("verify.show", id=id, organization=organization)

    @router.post(
        "/verifications/{id}/headers",
        operation_id="paste_headers",
        summary="Give the headers of a copy that arrived elsewhere",
        tags=["tests"],
        responses=answers("Verification", refused=ASKING),
    )
    async def paste(asked: Known, id: str, pasted: Pasted, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("verify.paste", id=id, organization=organization, **pasted.model_dump())

    @router.post(
        "/verifications/{id}/mailbox",
        operation_id="look_into_mailbox",
        summary="Look for a copy that arrived elsewhere in its mailbox, by IMAP; the answer takes up to half a minute",
        tags=["tests"],
        responses=answers("Verification", refused=_OFTEN),
    )
    async def look(asked: Known, id: str, mailbox: Mailbox, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("verify.look", id=id, organization=organization, **mailbox.model_dump())


def _cloud(router: APIRouter) -> None:
    @router.post(
        "/m365/script",
        operation_id="write_m365_script",
        summary="The PowerShell for the administrator of a Microsoft 365 tenant",
        tags=["m365"],
        responses=answers("TenantScript", refused=ASKING),
    )
    async def script(asked: Known, wanted: TenantScript, organization: Organization = None) -> Response:
        given = wanted.model_dump(exclude_none=True)
        return await asked.told("m365.script", organization=organization, **given)

    @router.post(
        "/m365/check",
        operation_id="check_m365",
        summary="What is missing for outbound connectors that lead to Microsoft 365; no mail is sent",
        tags=["m365"],
        responses=answers("Checked", refused=ASKING),
    )
    async def check(asked: Known, which: CloudCheck, organization: Organization = None) -> Response:
        return await asked.told("m365.check", organization=organization, **which.model_dump())
