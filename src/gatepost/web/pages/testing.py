"""/test: a test message to a place that is configured, with the conversation as it happens, and what it means."""

import base64
import re
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError

from .centre import Centre
from .forms import Form
from .view import View

_QUEUED = re.compile(r"\b([0-9a-f]{16}) Queued mail")
_NEW = {"subject": ("Test message from Gatepost",), "tls": ("none",)}


def routes(centre: Centre) -> list[BaseRoute]:
    """The form, and one conversation."""
    return [
        centre.page("/test", show_form),
        centre.form("/test", send),
        centre.page("/test/{id}", show),
    ]


async def show_form(view: View) -> Response:
    given = view.form or Form(fields=_NEW)
    return view.draw("testing/form.html", given=given, **await _places(view))


async def send(view: View) -> Response:
    form = view.form
    upload = form.files.get("certificate")
    try:
        answer = await view.call(
            "test.send",
            target=form.text("target"),
            sender=form.text("sender"),
            recipients=[it for line in form.texts("recipients") for it in re.split(r"[\s,;]+", line) if it],
            subject=form.text("subject"),
            tls=form.text("tls"),
            certificate=None if upload is None else base64.b64encode(upload.octets).decode(),
            certificate_password=form.secret("certificate_password") or None,
        )
    except GatepostError as error:
        return view.refused(error, "testing/form.html", given=form, **await _places(view))
    return view.go(f"/test/{answer.value['id']}")


async def _places(view: View) -> dict[str, Any]:
    """Where a test can go, and a domain of one's own for the example of a sender."""
    names = [str(it["DomainName"]) for it in (await view.call("domain.list")).value]
    domain = next((it for it in names if "*" not in it), "contoso.com")
    return {"targets": (await view.call("test.targets")).value, "domain": domain}


async def show(view: View) -> Response:
    test = (await view.call("test.show", id=str(view.request.path_params["id"]))).value
    queued = next((found[1] for it in test["said"] if (found := _QUEUED.search(it["text"]))), None)
    connector = None if queued is None else await _came_by(view, queued)
    return view.draw("testing/conversation.html", test=test, queued=queued, connector=connector)


async def _came_by(view: View, queued: str) -> str | None:
    """The connector that took the message, where this relay is the one that did."""
    try:
        story = (await view.call("trace.show", id=queued)).value
    except GatepostError:
        return None
    return story["connector"] or ""
