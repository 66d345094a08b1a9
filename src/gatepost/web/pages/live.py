"""/live: server-sent events that name what has changed; a page then asks again for the part it shows.

An event carries no content, so that nothing is sent to whoever may not read it: the part is asked for like any page.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from gatepost.errors import NotSignedIn, TooManyAttempts
from gatepost.manage import Desk

from .centre import Centre
from .marks import marks_of
from .view import View
from .visitor import visitor_of

_SECONDS = 1.0  # between two looks; a burst of mail is one event
_MOST, _MOST_EACH = 100, 20
_QUIET_LOOKS = 15  # until a comment shows that the connection still stands


def routes(centre: Centre) -> list[BaseRoute]:
    """The one stream."""
    watching: list[str] = []  # seals, one for each open page

    async def live(view: View) -> Response:
        seal = view.visitor.seal
        if len(watching) >= _MOST or watching.count(seal) >= _MOST_EACH:
            raise TooManyAttempts("Too many pages are open. Remedy: close some of them.", retry_after=30.0)

        def stays() -> bool:
            try:
                visitor_of(view.request, centre.desk)
            except NotSignedIn:
                return False
            return True

        async def events() -> AsyncIterator[str]:
            watching.append(seal)  # here, because what never begins does not end either
            try:
                async for line in _changes(centre.desk, stays):
                    yield line
            finally:
                watching.remove(seal)

        headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
        return StreamingResponse(events(), media_type="text/event-stream", headers=headers)

    return [centre.page("/live", live)]


async def _changes(desk: Desk, stays: Callable[[], bool]) -> AsyncIterator[str]:
    """First the marks, because something may have changed since the page was drawn; then the name of each that does."""
    seen, quiet = marks_of(desk), 0
    yield f"event: here\ndata: {urlencode(seen)}\n\n"
    while stays():
        await asyncio.sleep(_SECONDS)
        now = marks_of(desk)
        changed = [name for name in now if now[name] != seen[name]]
        seen, quiet = now, 0 if changed else quiet + 1
        for name in changed:
            yield f"event: {name}\ndata: changed\n\n"
        if quiet and quiet % _QUIET_LOOKS == 0:
            yield ": here\n\n"
