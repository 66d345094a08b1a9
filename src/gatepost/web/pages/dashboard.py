"""/: how the relay is, and the first three steps of somebody who has just begun."""

from starlette.responses import Response
from starlette.routing import BaseRoute

from .centre import Centre
from .view import View

_LATEST = 8


def routes(centre: Centre) -> list[BaseRoute]:
    """The page, and its part that goes stale."""
    return [centre.page("/", show)]


async def show(view: View) -> Response:
    status = (await view.call("status")).value
    queue = (await view.call("queue.counts")).value
    latest = (await view.call("trace.find", limit=_LATEST)).value
    template = "dashboard/_now.html" if view.partial else "dashboard/page.html"
    return view.draw(template, status=200, relay=status, queue=queue, latest=latest)
