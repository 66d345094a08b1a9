"""/headers: pasted headers, analysed: the way of a message, what filters said of it, whether it went through here."""

import asyncio
from datetime import UTC, datetime

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError
from gatepost.headers import Analysis, Own, analyse, page_values
from gatepost.headers import Form as HeaderForm

from .centre import Centre
from .view import View

_LIMIT = 4 << 20  # octets of the form: a header of a megabyte, written as a form writes it
_FILE_LIMIT = 1 << 20  # octets
_TEMPLATE = "headers/page.html"


def routes(centre: Centre) -> list[BaseRoute]:
    """The form and its answer."""
    return [centre.page("/headers", show), centre.form("/headers", read, limit=_LIMIT, file_limit=_FILE_LIMIT)]


async def show(view: View) -> Response:
    return view.draw(_TEMPLATE, text=view.form.secret("headers"), report=None, nothing=False, ours=None)


async def read(view: View) -> Response:
    upload = view.form.files.get("file")
    source = view.form.secret("headers") if upload is None else upload.octets
    found = await analysed(view, source)
    text = source if isinstance(source, str) else source.decode("utf-8", "replace")
    if found.form in (HeaderForm.NOTHING, HeaderForm.OUTLOOK):
        return view.draw(_TEMPLATE, status=422, text=text, report=None, nothing=True, ours=None)
    report = page_values(found, language=view.preferences.language)
    ours = await _traced(view, found.verdict.queue_id)
    return view.draw(_TEMPLATE, text=text, report=report, nothing=False, ours=ours)


async def analysed(view: View, source: str | bytes) -> Analysis:
    """Headers, read where our own host is known; in a thread, because they may be a megabyte."""
    own = Own(hosts=frozenset({view.desk.settings.hostname.lower()}), addresses=())
    return await asyncio.to_thread(analyse, source, own, now=datetime.now(UTC))


async def _traced(view: View, queue_id: str) -> str | None:
    """The queue id, where it is of a message that this relay knows and the caller may see."""
    if not queue_id:
        return None
    try:
        story = (await view.call("trace.show", id=queue_id)).value
    except GatepostError:
        return None
    return str(story["id"])
