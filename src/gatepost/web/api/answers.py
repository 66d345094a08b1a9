"""How an answer is written: one envelope for everything, pages with a way on, and a tag for each state of an object.

{"value": …, "warnings": ["…"]}                      one object, or what a change made
{"value": […], "warnings": […], "next": "/api/v1/…"}   a page of a list; `next` is null on the last one
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from ..refusals import AskedWrongly, one_refused

DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
_TAG = re.compile(r'"[^"]*"')

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many at most on a page.")]
Cursor = Annotated[str | None, Query(max_length=1000, description="Where to go on: taken from `next`.")]


def said(
    value: Any, warnings: Sequence[str] = (), *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """One value in the envelope."""
    return _written({"value": value, "warnings": list(warnings)}, status, headers or {})


def tagged(value: Mapping[str, Any], warnings: Sequence[str] = (), **more: Any) -> Response:
    """One object with the tag of its state."""
    headers = {"ETag": tag_of(value), **more.pop("headers", {})}
    return said(value, warnings, headers=headers, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of a list, and the cursor of what follows, if anything does."""

    rows: Sequence[Any]
    cursor: str | None
    warnings: Sequence[str] = ()


def paged(page: Page, request: Request) -> Response:
    """A page with the address of the next one: this one's with another cursor."""
    following = None
    if page.cursor is not None:
        query = {**request.query_params, "cursor": page.cursor}
        following = f"{quote(request.url.path)}?{urlencode(query)}"
    return _written({"value": list(page.rows), "warnings": list(page.warnings), "next": following}, 200, {})


def page_of(rows: Sequence[Any], key: Callable[[Any], str], *, limit: int, cursor: str | None) -> Page:
    """A page of a whole list in the order of its keys. Rows that come or go between two pages move no other."""
    if cursor is not None:
        last = _opened(cursor)
        rows = [row for row in rows if key(row) > last]
    shown = rows[:limit]
    return Page(rows=shown, cursor=_sealed(key(shown[-1])) if len(rows) > limit else None)


def _sealed(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise bad_cursor() from None


def bad_cursor() -> AskedWrongly:
    """What is said to a cursor that is none of ours."""
    return one_refused("cursor", "is not one that was given here", "take it from next, or leave it out")


def tag_of(value: Mapping[str, Any]) -> str:
    """The same as long as the object is the same."""
    state = f"{value['Guid']} {value['WhenChangedUTC']}".encode()
    return f'"{hashlib.sha256(state).hexdigest()[:32]}"'


def must_match(wanted: str | None, value: Mapping[str, Any]) -> None:
    """If-Match (RFC 9110 §13.1.1): the object is still in a state that the caller has seen; raises AskedWrongly."""
    if wanted is None or wanted.strip() == "*" or tag_of(value) in _strong_tags(wanted):
        return
    raise AskedWrongly(
        412,
        "changed",
        f"'{value['Name']}' is not in the state that If-Match names: it was changed at {value['WhenChangedUTC']}. "
        "Remedy: read it again, and change what you then see.",
    )


def _strong_tags(wanted: str) -> set[str]:
    """Weak tags (W/"…") never match here: two states may share one."""
    return {found[0] for found in _TAG.finditer(wanted) if wanted[max(0, found.start() - 2) : found.start()] != "W/"}


def _written(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    octets = orjson.dumps(body, default=str)
    return Response(octets, status_code=status, headers=dict(headers), media_type="application/json")
