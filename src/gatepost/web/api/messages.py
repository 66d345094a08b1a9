"""The queue and the trace: what waits, what became of each message, and what an operator does about it."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gatepost.manage import Answer

from .answers import Cursor, Limit, Page, bad_cursor, paged
from .asking import BEARER, Asked, AskedRoute, Known
from .documented import ASKING, answers
from .objects import Organization, WhatIf
from .schemas import reference

_TRACE_CURSOR = re.compile(r"[0-9a-f]{16}")
_Text = Annotated[str | None, Query(max_length=1000)]
_Moment = Annotated[
    str | None, Query(max_length=100, description="ISO 8601, seconds since 1970, or an age: 2h, 7d.", examples=["2h"])
]


class Named(BaseModel):
    """Which recipients are meant: exactly one of the three, and never all by silence."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[Annotated[str, Field(max_length=100)]] = Field(
        default=[], max_length=10_000, description="Queue ids of messages."
    )
    destination: str | None = Field(default=None, max_length=1000, description="Everything for one destination.")


_RULE = "What this transport rule holds."
_SANDBOX = "Everything in the sandbox, which `held` leaves out."


class NamedOrReturned(Named):
    held: bool = Field(default=False, description="Everything that is held; with a destination, what is for it.")
    rule: str | None = Field(default=None, max_length=1000, description=_RULE)


class NamedOrHeld(NamedOrReturned):
    sandbox: bool = Field(default=False, description=_SANDBOX)


class Held(BaseModel):
    """Which held recipients are meant: messages by id, those for a destination or of a rule, or all that are held."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=10_000)
    destination: str | None = Field(default=None, max_length=1000, description="What is held for one destination.")
    held: bool = Field(default=False, description="Everything that is held.")
    rule: str | None = Field(default=None, max_length=1000, description=_RULE)
    sandbox: bool = Field(default=False, description=_SANDBOX)


def messages() -> APIRouter:
    """The routes of queue and trace."""
    router = APIRouter(route_class=AskedRoute, dependencies=[BEARER])
    _queue(router)
    _operating(router)
    _trace(router)
    return router


def _queue(router: APIRouter) -> None:
    @router.get(
        "/queue",
        operation_id="list_queue",
        summary="Recipients that have not left",
        tags=["queue"],
        responses=answers("QueuedRecipient", page=True),
    )
    async def list_queue(
        asked: Known,
        destination: _Text = None,
        state: Annotated[str | None, Query(max_length=20, description="waiting, sending or held")] = None,
        rule: Annotated[str | None, Query(max_length=1000, description=_RULE)] = None,
        sandbox: Annotated[bool | None, Query(description="What is held in the sandbox, or outside it.")] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        organization: Organization = None,
    ) -> Response:
        answer = await asked.call(
            "queue.list",
            destination=destination,
            state=state,
            rule=rule,
            sandbox=sandbox,
            limit=limit + 1,
            after=cursor,
            organization=organization,
        )
        return paged(_page(answer, limit), asked.request)

    @router.get(
        "/queue/counts",
        operation_id="count_queue",
        summary="The queue in numbers of recipients",
        tags=["queue"],
        responses=answers("QueueCounts"),
    )
    async def counts(asked: Known, organization: Organization = None) -> Response:
        return await asked.told("queue.counts", organization=organization)

    @router.get(
        "/queue/destinations",
        operation_id="list_queue_destinations",
        summary="Where mail waits, and what was last said there",
        tags=["queue"],
        responses=answers({"type": "array", "items": reference("QueueDestination")}),
    )
    async def destinations(
        asked: Known, destination: _Text = None, limit: Limit = 1000, organization: Organization = None
    ) -> Response:
        return await asked.told("queue.destinations", destination=destination, limit=limit, organization=organization)

    @router.get(
        "/queue/{id}",
        operation_id="show_queued",
        summary="One message with all its recipients",
        tags=["queue"],
        responses=answers("Message"),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("queue.show", id=id, organization=organization)

    @router.post(
        "/queue/{id}/read",
        operation_id="read_sandboxed",
        summary="A message that is in the sandbox, in Base64; the audit log says who has read it",
        tags=["queue"],
        responses=answers("Letter"),
    )
    async def read(
        asked: Known,
        id: str,  # noqa: A002
        organization: Organization = None,
        what_if: WhatIf = False,
    ) -> Response:
        return await asked.told("sandbox.show", id=id, organization=organization, what_if=what_if or None)


def _operating(router: APIRouter) -> None:
    more: dict[str, Any] = {"tags": ["queue"], "responses": answers("Touched", refused=ASKING)}

    @router.post(
        "/queue/retry", operation_id="retry", summary="Try again now, even hosts that are being left alone", **more
    )
    async def retry(asked: Known, which: Named, organization: Organization = None, what_if: WhatIf = False) -> Response:
        return await _operate(asked, "queue.retry", which, organization, what_if)

    @router.post("/queue/hold", operation_id="hold", summary="Keep back until released", **more)
    async def hold(asked: Known, which: Named, organization: Organization = None, what_if: WhatIf = False) -> Response:
        return await _operate(asked, "queue.hold", which, organization, what_if)

    @router.post("/queue/release", operation_id="release", summary="Let what is held go on", **more)
    async def release(
        asked: Known, which: Held, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await _operate(asked, "queue.release", which, organization, what_if)

    @router.post(
        "/queue/drop", operation_id="drop", summary="Give recipients up, without a report to the sender", **more
    )
    async def drop(
        asked: Known, which: NamedOrHeld, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await _operate(asked, "queue.drop", which, organization, what_if)

    @router.post(
        "/queue/bounce", operation_id="bounce", summary="Give recipients up now, with a report to the sender", **more
    )
    async def bounce(
        asked: Known, which: NamedOrReturned, organization: Organization = None, what_if: WhatIf = False
    ) -> Response:
        return await _operate(asked, "queue.bounce", which, organization, what_if)


async def _operate(asked: Asked, verb: str, which: BaseModel, organization: str | None, what_if: bool) -> Response:
    return await asked.told(verb, organization=organization, what_if=what_if or None, **which.model_dump())


def _trace(router: APIRouter) -> None:
    @router.get(
        "/trace",
        operation_id="find_trace",
        summary="Recipients of messages, and refusals, newest first",
        tags=["trace"],
        responses=answers("TracedRecipient", page=True),
    )
    async def find(
        asked: Known,
        sender: _Text = None,
        recipient: _Text = None,
        message_id: _Text = None,
        subject: _Text = None,
        connector: _Text = None,
        status: Annotated[str | None, Query(max_length=20, description="A state, or refused")] = None,
        cause: Annotated[
            str | None, Query(max_length=30, description="Why it failed or had to wait: one of the causes.")
        ] = None,
        since: _Moment = None,
        until: _Moment = None,
        client: Annotated[str | None, Query(max_length=100, description="The IP address it came from.")] = None,
        host: Annotated[
            str | None, Query(max_length=100, description="An IP address it was sent to, or that was tried.")
        ] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        organization: Organization = None,
    ) -> Response:
        if cursor is not None and not _TRACE_CURSOR.fullmatch(cursor):
            raise bad_cursor()
        answer = await asked.call(
            "trace.find",
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            subject=subject,
            connector=connector,
            status=status,
            cause=cause,
            since=since,
            until=until,
            client=client,
            host=host,
            limit=limit + 1,
            after=cursor,
            organization=organization,
        )
        return paged(_page(answer, limit), asked.request)

    @router.get(
        "/trace/{id}",
        operation_id="show_trace",
        summary="The whole story of one message; of a refusal, why, and what would help",
        tags=["trace"],
        responses=answers("Story"),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("trace.show", id=id, organization=organization)

    @router.get(
        "/trace/{id}/header",
        operation_id="show_header",
        summary="The header of a message that has not left, with the lines that this relay put in front",
        tags=["trace"],
        responses=answers("Header"),
    )
    async def header(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("trace.header", id=id, organization=organization)

    @router.get(
        "/trace/{id}/protocol",
        operation_id="show_protocol",
        summary="What was said when one message came and went, where the protocol log has it",
        tags=["trace"],
        responses=answers({"type": "array", "items": reference("LoggedSession")}),
    )
    async def protocol(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return await asked.told("trace.protocol", id=id, organization=organization)


def _page(answer: Answer, limit: int) -> Page:
    """The page that these rows are, of which one more than its limit was asked for: that one tells that it goes on."""
    rows = answer.value
    shown = [{name: value for name, value in row.items() if name != "cursor"} for row in rows[:limit]]
    following = rows[limit - 1]["cursor"] if len(rows) > limit else None
    return Page(rows=shown, cursor=following, warnings=answer.warnings)
