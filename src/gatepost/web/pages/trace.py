"""/trace: what became of each message, from the client's hello to the last host's reply or to our refusal."""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError, NotFound
from gatepost.headers import Form as HeaderForm
from gatepost.headers import page_values
from gatepost.mail import Cause
from gatepost.spool import State

from .centre import Centre
from .drawing import attached
from .headers import analysed
from .view import View
from .what_if import steps_for

PAGE = 50
KINDS = {"delivered": "good", "waiting": "warn", "sending": "", "held": "warn", "failed": "bad", "refused": "bad"}
LIVE = ("waiting", "sending", "held")
_FILTERS = (
    *("sender", "recipient", "subject", "message_id", "client", "connector", "status", "cause"),
    *("since", "from", "until"),
)
_QUEUE_ID = re.compile(r"[0-9a-f]{16}")
_MOST_NAMES = 200  # of connectors, to choose from
_MOST_HEADERS = 1 << 20


def routes(centre: Centre) -> list[BaseRoute]:
    """The search, one message, itself where it is in the sandbox, and the headers of the copy that arrived."""
    return [
        centre.page("/trace", search),
        centre.page("/trace/{id}", show),
        centre.form("/trace/{id}/letter", download),
        centre.form("/trace/{id}/headers", join, limit=2 * _MOST_HEADERS),
    ]


async def search(view: View) -> Response:
    given = {name: view.asked(name) for name in _FILTERS}
    if (found := await _by_queue_id(view, given["message_id"])) is not None:
        return view.go(f"/trace/{quote(found)}")
    connectors = [] if view.partial else (await view.call("connector.list")).value
    names = sorted({it["Name"] for it in connectors})[:_MOST_NAMES]
    choices = {"statuses": tuple(State), "causes": tuple(Cause), "names": names}
    values: dict[str, Any] = {"given": given, "kinds": KINDS, **choices}
    asked = {name: value for name, value in given.items() if value and name != "from"} | {"limit": PAGE}
    if given["from"]:  # a moment says more than an age
        asked["since"] = given["from"]
    try:
        rows = (await view.call("trace.find", **asked, after=view.asked("after") or None)).value
    except GatepostError as error:
        return view.refused(error, "trace/list.html", rows=[], older=None, first=True, **values)
    older = rows[-1]["cursor"] if len(rows) == PAGE else None
    return view.draw("trace/list.html", rows=rows, older=older, first=not view.asked("after"), **values)


async def _by_queue_id(view: View, text: str) -> str | None:
    """The message that somebody has pasted the queue id of, perhaps out of a reply."""
    if _QUEUE_ID.fullmatch(text.lower()) is None:
        return None
    try:
        return str((await view.call("trace.show", id=text.lower())).value["id"])
    except NotFound:
        return None


async def show(view: View) -> Response:
    story = (await view.call("trace.show", id=_id(view))).value
    values = await _told(view, story)
    report = header = None
    if values["live"] and not view.partial:
        header = (await view.call("trace.header", id=_id(view))).value["header"]
    if header:
        report = page_values(await analysed(view, header), language=view.preferences.language)
    return view.draw(
        "trace/message.html",
        **values,
        report=report,
        header=header,
        joined=False,
        strange=False,
        sessions=[] if view.partial else (await view.call("trace.protocol", id=_id(view))).value,
    )


async def join(view: View) -> Response:
    """The same page with the way that the pasted headers of the received copy tell."""
    story = (await view.call("trace.show", id=_id(view))).value
    found = await analysed(view, view.form.secret("headers"))
    nothing = found.form in (HeaderForm.NOTHING, HeaderForm.OUTLOOK)
    return view.draw(
        "trace/message.html",
        **await _told(view, story),
        report=None if nothing else page_values(found, language=view.preferences.language),
        header=None,
        sessions=[],
        joined=not nothing,
        strange=nothing or found.verdict.queue_id.lower() != story["id"].lower(),
    )


async def download(view: View) -> Response:
    """A message in the sandbox, as a file; the audit log says who has read it, so it is a form and no link."""
    letter = (await view.call("sandbox.show", id=_id(view))).value
    return attached(b64decode(letter["message"]), f"{letter['id']}.eml", "application/octet-stream")


async def _told(view: View, story: Mapping[str, Any]) -> dict[str, Any]:
    """A message's story for its page."""
    decision = next((event for event in story["events"] if event.get("reasons")), None)
    refused = decision is not None and decision["kind"] == "refused"
    states = {it["state"] for it in story["recipients"]} or ({"refused"} if refused else set())
    sender = "" if story["sender"] == "<>" else story["sender"]
    return {
        "story": story,
        "events": [(event, kind_of(event)) for event in story["events"]],
        "decision": decision,
        "steps": await steps_for(view, client=story["client"], sender=sender) if refused else (),
        "kinds": KINDS,
        "states": states,
        "live": not states.isdisjoint(LIVE),
        "kept": sorted({(it["sandbox"], it["rule"] or "") for it in story["recipients"] if it["state"] == State.HELD}),
    }


def kind_of(event: Mapping[str, Any]) -> str:
    """How an event stands: good, warn, bad or nothing.

    >>> kind_of({"kind": "attempt", "results": [{"outcome": "delivered"}, {"outcome": "deferred"}]})
    'warn'
    """
    outcomes = {it.get("outcome") for it in event.get("results", ()) if isinstance(it, Mapping)}
    if event["kind"] in ("refused", "drop", "bounce") or "failed" in outcomes:
        return "bad"
    if event["kind"] in ("hold", "quarantine", "restarted") or "deferred" in outcomes:
        return "warn"
    return "good" if event["kind"] == "accepted" or "delivered" in outcomes else ""


def _id(view: View) -> str:
    return str(view.request.path_params["id"])
