"""What is not one object: how the relay is, what would happen if, who changed what, and everything as one document."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gatepost.config import ObjectKind

from .answers import Cursor, Limit, Page, bad_cursor, paged
from .asking import BEARER, AskedRoute, DocumentRoute, Known
from .documented import ASKING, READING, answers
from .objects import Organization
from .schemas import reference

_TASKS = {"type": "array", "items": reference("Task")}
_Line = Annotated[str, Field(max_length=1000)]


class Session(BaseModel):
    """A session that might come."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ip: _Line = Field(description="Where the client connects from.", examples=["203.0.113.9"])
    mail_from: _Line = Field(description="The envelope's sender; empty for the null sender.")
    rcpt: _Line = Field(description="The recipient.")
    cert_names: list[_Line] | None = Field(
        default=None, max_length=1000, description="Names on a client certificate that everybody trusts."
    )
    cert_pem: str | None = Field(default=None, description="A client certificate with its chain, as PEM.")
    tls: bool | None = Field(default=None, description="Whether the session is encrypted; a certificate implies it.")
    tls_version: _Line | None = Field(
        default=None, description="The newest TLS that the client knows; null: as new as any.", examples=["TLSv1.0"]
    )
    hello: _Line = Field(default="", description="What the client says in EHLO.")
    user: _Line | None = Field(default=None, description="The user that it has authenticated as.")


class Leaving(BaseModel):
    """A message that might leave."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rcpt: _Line = Field(description="The recipient.", examples=["b@fabrikam.com"])
    mail_from: _Line = Field(default="", description="The envelope's sender; empty for the null sender.")
    connector: _Line | None = Field(default=None, description="The inbound connector that took it, by name or GUID.")


class Taken(BaseModel):
    """A message that might be taken."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rcpt: _Line = Field(description="The recipient.", examples=["b@fabrikam.com"])
    mail_from: _Line = Field(default="", description="The envelope's sender; empty for the null sender.")
    ip: _Line = Field(default="127.0.0.1", description="Where the client connects from.")
    connector: _Line | None = Field(default=None, description="The inbound connector that takes it, by name.")
    subject: _Line = Field(default="", description="The subject.")
    size: int = Field(default=0, ge=0, le=2**40, description="The size in octets.")
    headers: list[_Line] = Field(
        default=[], max_length=100, description="Lines of its header.", examples=[["X-Mailer: Scanner 4.1"]]
    )


class Validation(BaseModel):
    """How to validate a connector."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipients: list[_Line] | None = Field(
        default=None, max_length=100, description="Of an outbound connector: where to send a test message."
    )


class Rotation(BaseModel):
    """How to rotate a key."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key_size: int | None = Field(default=None, ge=0, le=65_536, description="Bits of the new RSA key.")
    force: bool = Field(default=False, description="Do not look into the DNS, and do not wait for mail on the way.")


class Wanted(BaseModel):
    """A document, and whether it is the whole truth."""

    model_config = ConfigDict(extra="forbid", strict=True)

    document: Any = Field(
        description="As GET /document gives it, or as Get-InboundConnector | ConvertTo-Json prints it on Exchange.",
        json_schema_extra={"type": ["object", "array"]},
    )
    prune: bool = Field(default=False, description="Remove what the document does not mention.")
    seen: str | None = Field(
        default=None, max_length=100, description="What the plan says under this name: apply that plan or nothing."
    )


def deciding() -> APIRouter:
    """The routes of status, explain, validate and audit."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])

    @router.get(
        "/status",
        operation_id="status",
        summary="Whether it is ready, and its numbers",
        tags=["status"],
        responses=answers("Status"),
    )
    async def status(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("status", organization=organization)

    @router.get(
        "/settings",
        operation_id="list_settings",
        summary="The start-up settings, without secrets",
        tags=["status"],
        responses=answers("Settings"),
    )
    async def settings(asked: Known) -> Response:
        return await asked.told("setting.list")

    @router.get(
        "/certificates",
        operation_id="list_certificates",
        summary="The certificate of each listener",
        tags=["status"],
        responses=answers({"type": "array", "items": reference("ServedCertificate")}),
    )
    async def certificates(asked: Known) -> Response:
        return await asked.told("certificate.list")

    @router.post(
        "/explain-rules",
        operation_id="explain_rules",
        summary="What the transport rules would make of a message, and of each rule why not",
        tags=["explain"],
        responses=answers("Ruling", refused=ASKING),
    )
    async def explain_rules(asked: Known, message: Taken, organization: Organization = None) -> Response:
        return await asked.told("rule.explain", organization=organization, **message.model_dump())

    @router.post(
        "/explain",
        operation_id="explain",
        summary="What a session like this would be told, and why",
        tags=["explain"],
        responses=answers("Decision", refused=ASKING),
    )
    async def explain(asked: Known, session: Session, organization: Organization = None) -> Response:
        return await asked.told("connector.explain", organization=organization, **session.model_dump())

    @router.get(
        "/routes",
        operation_id="list_routes",
        summary="The outbound connectors as ways: how each stands, its limits and what went by it",
        tags=["explain"],
        responses=answers({"type": "array", "items": reference("Way")}),
    )
    async def routes(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("route.list", organization=organization)

    @router.post(
        "/routes/explain",
        operation_id="explain_route",
        summary="By which ways a message like this would leave, and why not by the others",
        tags=["explain"],
        responses=answers("RouteChoice", refused=ASKING),
    )
    async def explain_route(asked: Known, leaving: Leaving, organization: Organization = None) -> Response:
        return await asked.told("route.explain", organization=organization, **leaving.model_dump())

    @router.get(
        "/audit",
        operation_id="list_audit",
        summary="Who changed what, newest first",
        tags=["audit"],
        responses=answers("AuditEntry", page=True),
    )
    async def audit(
        asked: Known, limit: Limit = 100, cursor: Cursor = None, organization: Organization = None
    ) -> Response:
        if cursor is not None and not (cursor.isdecimal() and len(cursor) < 19):
            raise bad_cursor()
        before_id = None if cursor is None else int(cursor)
        answer = await asked.call("audit.list", limit=limit, before_id=before_id, organization=organization)
        following = str(answer.value[-1]["id"]) if len(answer.value) == limit else None
        return paged(Page(rows=answer.value, cursor=following), asked.request)

    _validation(router, kind=ObjectKind.INBOUND, path="inbound-connectors", outbound=False)
    _validation(router, kind=ObjectKind.OUTBOUND, path="outbound-connectors", outbound=True)
    _rotation(router)
    return router


def _rotation(router: APIRouter) -> None:
    path = "dkim-signing-configs"

    @router.get(
        f"/{path}/{{identity}}/check",
        operation_id="check_dkim_signing_configuration",
        summary="What the DNS says of the keys that sign, and of those that wait to",
        tags=[path],
        responses=answers({"type": "array", "items": reference("KeyFinding")}),
    )
    async def check(asked: Known, identity: str, organization: Organization = None) -> Response:
        return await asked.told("dkim.check", identity=identity, organization=organization)

    @router.post(
        f"/{path}/{{identity}}/rotate",
        operation_id="rotate_dkim_signing_configuration",
        summary="Make the next key; called again, once its record is published, sign with it",
        tags=[path],
        responses=answers("DkimSigningConfiguration", refused=ASKING),
    )
    async def rotate(
        asked: Known, identity: str, how: Rotation | None = None, organization: Organization = None
    ) -> Response:
        given = {} if how is None else how.model_dump(exclude_none=True)
        return await asked.told("dkim.rotate", identity=identity, organization=organization, **given)


def _validation(router: APIRouter, *, kind: ObjectKind, path: str, outbound: bool) -> None:
    @router.post(
        f"/{path}/{{identity}}/validate",
        operation_id=f"validate_{str(kind).replace(' ', '_')}",
        summary=f"Look at a stored {kind} again" + (", and try its hosts" if outbound else ""),
        tags=[path],
        responses=answers(_TASKS, refused=ASKING),
    )
    async def validate(
        asked: Known, identity: str, how: Validation | None = None, organization: Organization = None
    ) -> Response:
        return await asked.told(
            "connector.validate",
            identity=identity,
            outbound=outbound,
            organization=organization,
            recipients=None if how is None else how.recipients,
        )


def documents() -> APIRouter:
    """The routes of whole documents; their bodies may be large."""
    router = APIRouter(route_class=DocumentRoute, dependencies=[BEARER])
    tags: Any = ["document"]

    @router.get(
        "/document",
        operation_id="export",
        summary="Everything as one document, without secrets",
        tags=tags,
        responses=answers("Document", refused=READING),
    )
    async def export(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("document.export", organization=organization)

    @router.get(
        "/document/powershell",
        operation_id="recreate",
        summary="The PowerShell script that makes the same connectors on Exchange Online",
        tags=tags,
        responses=answers("Recreation", refused=READING),
    )
    async def recreate(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("document.recreate", organization=organization)

    @router.post(
        "/document/plan",
        operation_id="plan",
        summary="What applying the document would change",
        tags=tags,
        responses=answers("Plan", refused=ASKING),
    )
    async def plan(asked: Known, wanted: Wanted, organization: Organization = None) -> Response:
        return await asked.told(
            "document.plan", document=wanted.document, prune=wanted.prune, organization=organization
        )

    @router.post(
        "/document/apply",
        operation_id="apply",
        summary="Make everything as the document says, or nothing",
        tags=tags,
        responses=answers("Plan", refused=ASKING),
    )
    async def apply(asked: Known, wanted: Wanted, organization: Organization = None) -> Response:
        return await asked.told(
            "document.apply",
            document=wanted.document,
            prune=wanted.prune,
            seen=wanted.seen,
            organization=organization,
        )

    return router
