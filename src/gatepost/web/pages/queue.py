"""/queue: what waits, where, why, and what an operator does about it."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError
from gatepost.manage import VERBS

from ..refusals import AskedWrongly
from .centre import Centre
from .signing_in import local
from .view import View

PAGE = 100
ACTIONS = tuple(it for it in ("retry", "hold", "release", "bounce", "drop") if f"queue.{it}" in VERBS)


def routes(centre: Centre) -> list[BaseRoute]:
    """Destinations, the recipients that wait, and one way of acting on them."""
    return [
        centre.page("/queue", show),
        centre.page("/queue/messages", show_messages),
        centre.form("/queue/act", act),
    ]


async def show(view: View) -> Response:
    rows = (await view.call("queue.destinations")).value
    counts = (await view.call("queue.counts")).value
    most = max((row["waiting"] + row["sending"] + row["held"] for row in rows), default=0)
    return view.draw("queue/list.html", rows=rows, counts=counts, most=most, actions=ACTIONS)


async def show_messages(view: View) -> Response:
    given = {name: view.asked(name) for name in ("destination", "state")}
    asked = {name: value for name, value in given.items() if value}
    values: dict[str, Any] = {"given": given, "actions": ACTIONS}
    try:
        rows = (await view.call("queue.list", **asked, limit=PAGE, after=view.asked("after") or None)).value
    except GatepostError as error:
        return view.refused(error, "queue/messages.html", rows=[], further=None, first=True, **values)
    further = rows[-1]["cursor"] if len(rows) == PAGE else None
    return view.draw("queue/messages.html", rows=rows, further=further, first=not view.asked("after"), **values)


async def act(view: View) -> Response:
    """One action on the ticked messages, on one destination, or on all that is held."""
    action, back = view.form.text("action"), local(view.form.text("back"), otherwise="/queue")
    if action not in ACTIONS:
        raise AskedWrongly(422, "refused", "action is none of the choices. Remedy: use the page's buttons.")
    which: dict[str, Any] = {"ids": list(dict.fromkeys(view.form.texts("ids")))}
    if destination := view.form.text("destination"):
        which = {"destination": destination}
    elif action == "release" and not which["ids"]:
        which = {"held": True}
    answer = await view.call(f"queue.{action}", **which)
    count = next((it for it in answer.value.values() if isinstance(it, int)), 0)
    text = view.ngettext("%(num)d recipient: done.", "%(num)d recipients: done.", count)
    return view.go(back, text, warnings=answer.warnings)
