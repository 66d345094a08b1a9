"""The checks over REST: what the relay needs, whether a new certificate will still match, and what is wrong now."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gatepost.checks import CHECKS, DEADLINE

from .answers import said
from .asking import BEARER, AskedRoute, Known
from .documented import ASKING, READING, answers
from .objects import Organization
from .schemas import reference

_ALERTS = {"type": "array", "items": reference("Alert")}
_TOLD = {"type": "array", "items": reference("Told")}
_Name = Annotated[str, Field(max_length=100)]


class Checking(BaseModel):
    """Which checks to run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    only: list[_Name] | None = Field(
        default=None, max_length=100, description=f"All without it; else of: {', '.join(it.name for it in CHECKS)}."
    )
    deadline: float = Field(default=DEADLINE, gt=0, le=100, description="Seconds for all of them together.")


class Renewal(BaseModel):
    """A certificate that is to be put in place."""

    model_config = ConfigDict(extra="forbid", strict=True)

    new: str = Field(description="The new certificate with its chain, leaf first, as PEM; without its key.")
    old: str | None = Field(default=None, description="The one that it replaces, so that others' connectors are told.")


def checking() -> APIRouter:
    """The routes of the checks."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])

    @router.post(
        "/checks/run",
        operation_id="run_checks",
        summary="Look at what the relay needs: certificates, DNS, hosts, listeners, the machine",
        tags=["checks"],
        responses=answers("Checked", refused=ASKING),
    )
    async def run(asked: Known, which: Checking | None = None, organization: Organization = None) -> Response:
        wanted = (which or Checking()).model_dump()
        return await asked.told("check.run", organization=organization, **wanted)

    @router.post(
        "/checks",
        operation_id="begin_checks",
        summary="Begin the same and do not wait; while a run goes on, the answer is that one",
        tags=["checks"],
        responses=answers("CheckRun", refused=ASKING),
    )
    async def begin(asked: Known, which: Checking | None = None, organization: Organization = None) -> Response:
        wanted = (which or Checking()).model_dump()
        return await asked.told("check.begin", organization=organization, **wanted)

    @router.get(
        "/checks",
        operation_id="show_checks",
        summary="The run that was begun last, from here or from the admin centre, as far as it has come",
        tags=["checks"],
        responses=answers("CheckRun", refused=READING),
    )
    async def show(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("check.show", organization=organization)

    @router.post(
        "/checks/certificate",
        operation_id="check_certificate",
        summary="Say connector by connector whether a new certificate will match",
        tags=["checks"],
        responses=answers("Checked", refused=ASKING),
    )
    async def certificate(asked: Known, renewal: Renewal, organization: Organization = None) -> Response:
        return await asked.told("check.certificate", organization=organization, **renewal.model_dump())

    @router.get(
        "/alerts",
        operation_id="list_alerts",
        summary="Say what somebody should look at, the gravest first",
        tags=["checks"],
        responses=answers(_ALERTS, refused=READING),
    )
    async def alerts(asked: Known, organization: Organization = None) -> Response:
        return said((await asked.call("alerts.list", organization=organization)).value)

    @router.post(
        "/alerts/test",
        operation_id="test_alerts",
        summary="Send a test alert to every address and webhook",
        tags=["checks"],
        responses=answers(_TOLD, refused=ASKING),
    )
    async def tell(asked: Known) -> Response:
        return await asked.told("alerts.test")

    return router
