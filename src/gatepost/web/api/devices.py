"""Devices and numbers: who has connected, who is let in or kept out, and how much goes through."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .answers import Limit
from .asking import BEARER, Asked, AskedRoute, Known
from .documented import ASKING, answers
from .objects import Organization, WhatIf
from .schemas import reference

_Line = Annotated[str, Field(max_length=1000)]
_Text = Annotated[str | None, Query(max_length=1000)]


class Device(BaseModel):
    """Which device is meant."""

    model_config = ConfigDict(extra="forbid", strict=True)

    address: _Line = Field(description="Its IP address; of IPv6 also its /64.", examples=["192.0.2.9"])


class Noted(Device):
    """What is said of a device; what is null stays, an empty text takes back."""

    owner: _Line | None = Field(default=None, description="Whom to ask about it.")
    note: _Line | None = Field(default=None, description="What it is, where it stands.")
    retire_by: _Line | None = Field(default=None, description="When it is to go.", examples=["2027-03-31"])
    seen: _Line | None = Field(default=None, description="The noted_at that this is meant for; null takes any.")


class Allowed(Device):
    """Who is let in, and by which connector."""

    connector: _Line | None = Field(default=None, description="Name or GUID. null: Devices, which is made if need be.")
    minimum_tls_version: _Line | None = Field(
        default=None, description="Old TLS that it may use, too: TLSv1.0 or TLSv1.1.", examples=["TLSv1.0"]
    )


class Learning(BaseModel):
    """Whether unknown devices that are refused are to be marked, and how long."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: str = Field(max_length=10, description="start, stop or show.", examples=["start"])
    hours: float = Field(default=24, gt=0, le=168)


class Wish(BaseModel):
    """A change that is not stored: of one connector, or several in `edits`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: str = Field(default="add", max_length=10, description="add, set or remove.")
    name: _Line | None = Field(default=None, description="Of a new connector.")
    identity: _Line | None = Field(default=None, description="Of a stored one: name or GUID.")
    properties: dict[str, Any] = Field(default={}, description="As a new connector takes them.")
    outbound: bool = False
    edits: list[dict[str, Any]] | None = Field(
        default=None, max_length=1000, description="Each with action, kind, name and properties."
    )


def devices() -> APIRouter:
    """The routes of devices, of traffic, and of what a change would mean."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])
    _listing(router)
    _ordering(router)
    _numbers(router)
    return router


def _listing(router: APIRouter) -> None:
    @router.get(
        "/devices",
        operation_id="list_devices",
        summary="Who has connected, whether or not anything was taken",
        tags=["devices"],
        responses=answers("SeenDevices"),
    )
    async def list_devices(
        asked: Known,
        search: _Text = None,
        state: Annotated[
            str | None, Query(max_length=20, description="allowed, refused, blocked, noted, retire or old-tls")
        ] = None,
        learned: Annotated[bool, Query(description="Only unknown ones, refused while learning was on.")] = False,
        sort: Annotated[str, Query(max_length=20)] = "last_seen",
        descending: bool = True,
        limit: Limit = 100,
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
        organization: Organization = None,
    ) -> Response:
        return await asked.told(
            "device.list",
            search=search,
            state=state,
            learned=learned,
            sort=sort,
            descending=descending,
            limit=limit,
            page=page,
            organization=organization,
        )

    @router.get(
        "/devices/{address:path}",
        operation_id="show_device",
        summary="Everything known of one device",
        tags=["devices"],
        responses=answers("SeenDevice"),
    )
    async def show(asked: Known, address: str, organization: Organization = None) -> Response:
        return await asked.told("device.show", address=address, organization=organization)


def _ordering(router: APIRouter) -> None:
    changes: dict[str, Any] = {"tags": ["devices"], "responses": answers("DeviceChanges", refused=ASKING)}

    @router.post(
        "/devices/note",
        operation_id="note_device",
        summary="Say whose a device is, and when it is to go",
        tags=["devices"],
        responses=answers({"type": "object"}, refused=ASKING),
    )
    async def note(asked: Known, noted: Noted, organization: Organization = None, what_if: WhatIf = False) -> Response:
        return await _order(asked, "device.note", noted, organization, what_if)

    @router.post("/devices/allow", operation_id="allow_device", summary="Let a device relay", **changes)
    async def allow(
        asked: Known, allowed: Allowed, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await _order(asked, "device.allow", allowed, organization, what_if)

    @router.post("/devices/block", operation_id="block_device", summary="Keep a device out", **changes)
    async def block(
        asked: Known, blocked: Device, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await _order(asked, "device.block", blocked, organization, what_if)

    @router.post(
        "/devices/learning",
        operation_id="learn_devices",
        summary="Mark unknown devices that are refused for a while",
        tags=["devices"],
        responses=answers("DeviceLearning", refused=ASKING),
    )
    async def learning(
        asked: Known, wanted: Learning, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await _order(asked, "device.learning", wanted, organization, what_if)


def _numbers(router: APIRouter) -> None:
    @router.get(
        "/usage",
        operation_id="list_usage",
        summary="How much each connector is used",
        tags=["traffic"],
        responses=answers({"type": "array", "items": reference("ConnectorUsage")}),
    )
    async def usage(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("connector.usage", organization=organization)

    @router.get(
        "/traffic/hours",
        operation_id="list_traffic_hours",
        summary="The last 24 hours in numbers, oldest first",
        tags=["traffic"],
        responses=answers("TrafficHours"),
    )
    async def hours(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("traffic.hours", organization=organization)

    @router.get(
        "/tls-report",
        operation_id="show_tls_report",
        summary="How the sessions of a day (UTC; today where none is named) were secured, in the form of RFC 8460",
        tags=["traffic"],
        responses=answers("TlsReport"),
    )
    async def tls_report(asked: Known, day: _Text = None, domain: _Text = None) -> Response:
        return await asked.told("tls-report", day=day, domain=domain)

    @router.post(
        "/foresee",
        operation_id="foresee",
        summary="Which sessions of the last 7 days a change would let in or shut out",
        tags=["explain"],
        responses=answers("Foreseen", refused=ASKING),
    )
    async def foresee(asked: Known, wish: Wish, organization: Organization = None) -> Response:
        return await asked.told("connector.foresee", organization=organization, **wish.model_dump())


async def _order(asked: Asked, verb: str, order: BaseModel, organization: str | None, what_if: bool) -> Response:
    return await asked.told(verb, organization=organization, what_if=what_if or None, **order.model_dump())
