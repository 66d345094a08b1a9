"""/trace: what became of each message, from the client's hello to the last host's reply or to our refusal."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError
from gatepost.spool import State
from gatepost.tools import Form as HeaderForm
from gatepost.tools import Own, analyse, page_values

from .centre import Centre
from .view import View

PAGE = 50
KINDS = {
    "delivered": "good", "waiting": "warn", "sending": "", "held": "warn", "failed": "bad", "expired": "bad",
    "refused": "bad", "dropped": "bad",
}  # fmt: skip
_FILTERS = ("sender", "recipient", "subject", "message_id", "client", "connector", "status", "since", "until")
_MOST_HEADERS = 1 << 20


def routes(centre: Centre) -> list[BaseRoute]:
    """The search, one message, and the headers of the copy that arrived."""
    return [
        centre.page("/trace", search),
        centre.page("/trace/{id}", show),
        centre.form("/trace/{id}/headers", join, limit=2 * _MOST_HEADERS),
    ]


async def search(view: View) -> Response:
    given = {name: view.asked(name) for name in _FILTERS}
    values: dict[str, Any] = {"given": given, "statuses": tuple(State), "kinds": KINDS}
    asked = {name: value for name, value in given.items() if value} | {"limit": PAGE}
    try:
        rows = (await view.call("trace.find", **asked, after=view.asked("after") or None)).value
    except GatepostError as error:
        return view.refused(error, "trace/list.html", rows=[], older=None, first=True, **values)
    older = rows[-1]["cursor"] if len(rows) == PAGE else None
    return view.draw("trace/list.html", rows=rows, older=older, first=not view.asked("after"), **values)


async def show(view: View) -> Response:
    story = (await view.call("trace.show", id=_id(view))).value
    return view.draw("trace/message.html", **told(view, story), report=None, strange=False)


async def join(view: View) -> Response:
    """The same page with the way that the pasted headers of the received copy tell."""
    story = (await view.call("trace.show", id=_id(view))).value
    own = Own(hosts=frozenset({view.desk.settings.hostname.lower()}), addresses=())
    text = view.form.secret("headers")
    found = await asyncio.to_thread(analyse, text, own, now=datetime.now(UTC))
    if found.form in (HeaderForm.NOTHING, HeaderForm.OUTLOOK):
        return view.draw("trace/message.html", **told(view, story), report=None, strange=True)
    report = page_values(found, language=view.preferences.language)
    strange = found.verdict.queue_id.lower() != story["id"].lower()
    return view.draw("trace/message.html", **told(view, story), report=report, strange=strange)


def told(view: View, story: Mapping[str, Any]) -> dict[str, Any]:
    """A message's story for its page."""
    events = [(event, kind_of(event)) for event in story["events"]]
    decision = next((event for event in story["events"] if event.get("reasons")), None)
    live = any(it["state"] in ("waiting", "sending", "held") for it in story["recipients"])
    return {"story": story, "events": events, "decision": decision, "kinds": KINDS, "live": live}


def kind_of(event: Mapping[str, Any]) -> str:
    """How an event stands: good, warn, bad or nothing."""
    if event["kind"] == "accepted":
        return "good"
    outcomes = {it.get("outcome") for it in event.get("results", ()) if isinstance(it, Mapping)}
    if event["kind"] in ("refused", "failed", "expired", "dropped") or "failed" in outcomes:
        return "bad"
    return "warn" if "deferred" in outcomes else "good" if "delivered" in outcomes else ""


def _id(view: View) -> str:
    return str(view.request.path_params["id"])
