"""/queue: what waits, where, why, and what an operator does about it."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError

from ..refusals import AskedWrongly
from .centre import Centre
from .signing_in import local
from .view import View

PAGE = 100
ACTIONS = ("retry", "hold", "release", "bounce", "drop")
SORTS = ("fullest", "name")


def routes(centre: Centre) -> list[BaseRoute]:
    """Destinations, the recipients that wait, and one way of acting on them."""
    return [
        centre.page("/queue", show),
        centre.page("/queue/messages", show_messages),
        centre.form("/queue/act", act),
    ]


async def show(view: View) -> Response:
    sort = view.asked("sort") if view.asked("sort") in SORTS else SORTS[0]
    number = int(view.asked("page")) if view.asked("page").isdecimal() and len(view.asked("page")) < 5 else 1
    first = PAGE * (max(1, number) - 1)
    rows = (await view.call("queue.destinations", sort=sort, limit=first + PAGE + 1)).value[first:]
    counts = (await view.call("queue.counts")).value
    return view.draw(
        "queue/list.html",
        rows=rows[:PAGE],
        counts=counts,
        most=fullest(rows),
        sort=sort,
        number=max(1, number),
        more=len(rows) > PAGE,
    )


def fullest(rows: list[dict[str, Any]]) -> int:
    """How many recipients the fullest of these destinations has."""
    return max((row["waiting"] + row["sending"] + row["held"] for row in rows), default=0)


async def show_messages(view: View) -> Response:
    given = {name: view.asked(name) for name in ("destination", "state", "rule", "sandbox")}
    if given["rule"] or given["sandbox"]:
        given["state"] = "held"
    asked: dict[str, Any] = {name: value for name, value in given.items() if value}
    if given["state"] == "held":  # what is in the sandbox is listed, and released, by itself
        asked["sandbox"] = bool(given["sandbox"])
    values: dict[str, Any] = {"given": given}
    try:
        rows = (await view.call("queue.list", **asked, limit=PAGE, after=view.asked("after") or None)).value
    except GatepostError as error:
        return view.refused(error, "queue/messages.html", rows=[], further=None, first=True, **values)
    further = rows[-1]["cursor"] if len(rows) == PAGE else None
    return view.draw("queue/messages.html", rows=rows, further=further, first=not view.asked("after"), **values)


async def act(view: View) -> Response:
    """One action on the ticked messages, or on all that waits for a destination, or is held there or at all."""
    action, back = view.form.text("action"), local(view.form.text("back"), otherwise="/queue")
    if action not in ACTIONS:
        raise AskedWrongly(422, "refused", "action is none of the choices. Remedy: use the page's buttons.")
    which: dict[str, Any] = {
        "ids": list(dict.fromkeys(view.form.texts("ids"))) or None,
        "destination": view.form.text("destination") or None,
        "held": True if view.form.ticked("held") else None,
        "rule": view.form.text("rule") or None,
    }
    if view.form.ticked("sandbox") and action in ("release", "drop"):
        which["sandbox"] = True
    if not any(which.values()):
        raise AskedWrongly(422, "refused", "No message is ticked. Remedy: tick those that are meant.")
    answer = await view.call(f"queue.{action}", **which)
    return view.go(back, _done(view, action, answer.value["recipients"]), warnings=answer.warnings)


def _done(view: View, action: str, count: int) -> str:
    """What has been done, in words; nothing is often as important as something."""
    match action:
        case "retry":
            return view.ngettext("%(num)d recipient is tried now.", "%(num)d recipients are tried now.", count)
        case "hold":
            return view.ngettext("%(num)d recipient is held.", "%(num)d recipients are held.", count)
        case "release":
            return view.ngettext("%(num)d recipient is released.", "%(num)d recipients are released.", count)
        case "bounce":
            return view.ngettext("%(num)d recipient is returned.", "%(num)d recipients are returned.", count)
    return view.ngettext("%(num)d recipient is dropped.", "%(num)d recipients are dropped.", count)
