"""The queue and the trace: what waits, what became of each message, and what an operator does about it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from .answers import Cursor, Limit, Page, bad_cursor, paged, said
from .asking import BEARER, Asked, AskedRoute, Known
from .documented import ASKING, answers
from .objects import Organization, WhatIf
from .schemas import reference

MOST_TRACED = 5000  # rows that one question to the trace gives at most
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


class NamedOrHeld(Named):
    held: bool = Field(default=False, description="Everything that is held.")


class Held(BaseModel):
    """Which held recipients are meant: messages by id, or all that are held."""

    model_config = ConfigDict(extra="forbid", strict=True)

    ids: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=10_000)
    held: bool = Field(default=False, description="Everything that is held.")


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
        limit: Limit = 100,
        cursor: Cursor = None,
        organization: Organization = None,
    ) -> Response:
        answer = await asked.call(
            "queue.list",
            destination=destination,
            state=state,
            limit=limit + 1,  # one more tells whether anything follows
            after=cursor,
            organization=organization,
        )
        rows = [{name: value for name, value in row.items() if name != "cursor"} for row in answer.value]
        following = answer.value[limit - 1]["cursor"] if len(rows) > limit else None
        return paged(Page(rows=rows[:limit], cursor=following, warnings=answer.warnings), asked.request)

    @router.get(
        "/queue/counts",
        operation_id="count_queue",
        summary="The queue in numbers of recipients",
        tags=["queue"],
        responses=answers("QueueCounts"),
    )
    async def counts(asked: Known, organization: Organization = None) -> Response:
        return _plain(await asked.call("queue.counts", organization=organization))

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
        return _plain(
            await asked.call("queue.destinations", destination=destination, limit=limit, organization=organization)
        )

    @router.get(
        "/queue/{id}",
        operation_id="show_queued",
        summary="One message with all its recipients",
        tags=["queue"],
        responses=answers("Message"),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return _plain(await asked.call("queue.show", id=id, organization=organization))


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


async def _operate(asked: Asked, verb: str, which: BaseModel, organization: str | None, what_if: bool) -> Response:
    return _plain(await asked.call(verb, organization=organization, what_if=what_if or None, **which.model_dump()))


def _trace(router: APIRouter) -> None:
    @router.get(
        "/trace",
        operation_id="find_trace",
        summary="Recipients of messages, and refusals, newest first",
        description=f"One question reaches the newest {MOST_TRACED} rows that fit; narrow it to see older ones.",
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
        since: _Moment = None,
        until: _Moment = None,
        limit: Limit = 100,
        cursor: Cursor = None,
        organization: Organization = None,
    ) -> Response:
        answer = await asked.call(
            "trace.find",
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            subject=subject,
            connector=connector,
            status=status,
            since=since,
            until=until,
            limit=limit + 1 if cursor is None else MOST_TRACED,
            organization=organization,
        )
        return paged(_behind(answer.value, limit=limit, cursor=cursor), asked.request)

    @router.get(
        "/trace/{id}",
        operation_id="show_trace",
        summary="The whole story of one message; of a refusal, why, and what would help",
        tags=["trace"],
        responses=answers("Story"),
    )
    async def show(asked: Known, id: str, organization: Organization = None) -> Response:  # noqa: A002
        return _plain(await asked.call("trace.show", id=id, organization=organization))


def _behind(rows: list[dict[str, Any]], *, limit: int, cursor: str | None) -> Page:
    """The page behind a cursor: the id of the last row that was shown, and how many rows of that id were.

    Rows come newest first, and all recipients of a message together. What arrives meanwhile stands before the cursor.
    """
    full = len(rows) >= MOST_TRACED
    before = 0
    if cursor is not None:
        last, _, count = cursor.partition(".")
        if not count.isdecimal() or len(count) > 6:
            raise bad_cursor()
        before = int(count)
        same = [row for row in rows if row["id"] == last][before:]
        rows = same + [row for row in rows if row["id"] < last]
    shown = rows[:limit]
    warnings = []
    following = None
    if len(rows) > limit:
        final = shown[-1]["id"]
        earlier = before if cursor is not None and final == last else 0
        following = f"{final}.{earlier + sum(row['id'] == final for row in shown)}"
    elif full:
        warnings = [f"The question reached {MOST_TRACED} rows. Remedy: narrow it by until to see older ones."]
    return Page(rows=shown, cursor=following, warnings=warnings)


def _plain(answer: Any) -> Response:
    return said(answer.value, answer.warnings)
