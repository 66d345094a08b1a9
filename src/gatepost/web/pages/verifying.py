"""/verify: the copies of a message that was sent, found where they arrived, with the way that each one took.

Where a copy arrives elsewhere its headers can be pasted, or its mailbox be looked into by IMAP.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError
from gatepost.headers import page_values

from .centre import Centre
from .headers import analysed
from .view import View

_MOST_HEADERS = 1 << 20
_TEMPLATE = "verifying/page.html"


def routes(centre: Centre) -> list[BaseRoute]:
    """Where a search is begun, the search, and the headers of a copy that arrived elsewhere."""
    return [
        centre.form("/verify", begin),
        centre.page("/verify/{id}", show),
        centre.form("/verify/{id}", paste, limit=2 * _MOST_HEADERS),
        centre.form("/verify/{id}/mailbox", look),
    ]


async def begin(view: View) -> Response:
    asked = {name: view.form.text(name) or None for name in ("test", "message")}
    answer = await view.call("verify.begin", **asked)
    return view.go(f"/verify/{answer.value['id']}")


async def show(view: View) -> Response:
    run = (await view.call("verify.show", id=_id(view))).value
    return view.draw(_TEMPLATE, **await _told(view, run), typed={}, mailbox={})


async def paste(view: View) -> Response:
    """Without a script every copy that is not here has a form of its own, and one of them is sent."""
    recipient, headers = view.form.text("recipient"), view.form.secret("headers")
    try:
        await view.call("verify.paste", id=_id(view), recipient=recipient, headers=headers)
    except GatepostError as error:
        run = (await view.call("verify.show", id=_id(view))).value
        return view.refused(error, _TEMPLATE, **await _told(view, run), typed={recipient: headers}, mailbox={})
    return view.go(f"/verify/{_id(view)}")


async def look(view: View) -> Response:
    """Into the recipient's mailbox. Where it is refused everything typed is there again but what opens the mailbox."""
    form = view.form
    given = {name: form.text(name) for name in ("recipient", "server", "user", "authorities")}
    key = "token" if form.text("kind") == "token" else "password"
    opened = {key: form.secret("secret") or None, "authorities": given["authorities"] or None}
    try:
        await view.call("verify.look", id=_id(view), **given | opened)
    except GatepostError as error:
        run = (await view.call("verify.show", id=_id(view))).value
        return view.refused(error, _TEMPLATE, **await _told(view, run), typed={}, mailbox=given)
    return view.go(f"/verify/{_id(view)}")


async def _told(view: View, run: Mapping[str, Any]) -> dict[str, Any]:
    """The search, with a report on each copy in the language of the page."""
    reports = {}
    for it in run["recipients"]:
        if it["header"] is not None:
            found = await analysed(view, it["header"])
            reports[it["recipient"]] = page_values(found, language=view.preferences.language)
    origin = f"/test/{quote(run['test'])}" if run["test"] else f"/trace/{quote(run['message'])}"
    return {"run": run, "reports": reports, "origin": origin}


def _id(view: View) -> str:
    return str(view.request.path_params["id"])
