"""/audit: who changed what, from where, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from .centre import Centre
from .view import View

_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One property of an object, before and after."""

    name: str
    before: str
    after: str


def routes(centre: Centre) -> list[BaseRoute]:
    """The one list."""
    return [centre.page("/audit", show)]


async def show(view: View) -> Response:
    cursor = view.asked("before")
    before_id = int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None
    entries = (await view.call("audit.list", limit=_PAGE, before_id=before_id)).value
    rows = [(entry, changes_of(entry["before"], entry["after"])) for entry in entries]
    older = entries[-1]["id"] if len(entries) == _PAGE else None
    return view.draw("audit/list.html", rows=rows, older=older, newest=before_id is None)


def changes_of(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """What differs; of a new or a removed object everything that is not empty.

    >>> [it.name for it in changes_of({"A": 1, "B": [2]}, {"A": 1, "B": [3]})]
    ['B']
    """
    old, new = before or {}, after or {}
    names = dict.fromkeys((*old, *new))
    return [
        Change(name=name, before=_text(old.get(name)), after=_text(new.get(name)))
        for name in names
        if old.get(name) != new.get(name) and (_text(old.get(name)) or _text(new.get(name)))
    ]


def _text(value: Any) -> str:
    if value is None or value == []:
        return ""
    return ", ".join(str(it) for it in value) if isinstance(value, list) else str(value)
