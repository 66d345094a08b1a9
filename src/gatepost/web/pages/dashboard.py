"""/: how the relay is, and the first three steps of somebody who has just begun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.manage import SANDBOX_NOTE

from .centre import Centre
from .queue import fullest
from .trace import KINDS
from .view import View

_LATEST, _FULLEST, _GRAVEST = 8, 5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One hour of the picture: heights in parts of a hundred, from the bottom."""

    hour: str
    accepted: int
    refused: int
    height: float
    refused_height: float


def routes(centre: Centre) -> list[BaseRoute]:
    """The page, which asks for itself again when mail has come."""
    return [centre.page("/", show)]


async def show(view: View) -> Response:
    relay = (await view.call("status")).value
    if view.sandboxes:  # every page says so, by name
        relay["notes"].remove(SANDBOX_NOTE)
    latest = (await view.call("trace.find", limit=_LATEST)).value
    waiting = (await view.call("queue.destinations", sort="fullest", limit=_FULLEST)).value
    steps = {
        "domain": relay["accepted_domains"] > 0,
        "connector": relay["inbound_connectors"] > 0,
        "test": bool(latest),
    }
    traffic = (await view.call("traffic.hours")).value
    alerts = [] if view.partial else (await view.call("alerts.list")).value  # no part of what is asked for again
    alerts = [it for it in alerts if it["kind"] != "server"]  # which is told live
    return view.draw(
        "dashboard/page.html",
        alerts=alerts[:_GRAVEST],
        more_alerts=len(alerts[_GRAVEST:]),
        relay=relay,
        rows=latest,
        kinds=KINDS,
        waiting=waiting,
        most=fullest(waiting),
        steps=steps,
        bars=bars_of(traffic["hours"]),
        totals=traffic["totals"],
    )


def bars_of(hours: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """The hours as bars, the highest a hundred high.

    >>> bars_of([{"hour": "2026-07-01T12:00:00Z", "accepted": 3, "refused": 1}])[0].height
    75.0
    """
    most = max((row["accepted"] + row["refused"] for row in hours), default=0) or 1
    return [
        Bar(
            hour=row["hour"],
            accepted=row["accepted"],
            refused=row["refused"],
            height=round(100 * row["accepted"] / most, 1),
            refused_height=round(100 * row["refused"] / most, 1),
        )
        for row in hours
    ]
