"""/domains/…/recipients: the mailboxes and aliases of one accepted domain."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError

from .centre import Centre
from .view import View

_PAGE = 100
_FILE_LIMIT = 16 << 20  # octets: half a million addresses


def routes(centre: Centre) -> list[BaseRoute]:
    """Search, add, import, remove."""
    here = "/domains/{guid}/recipients"
    return [
        centre.page(here, show_list),
        centre.form(here, add),
        centre.form(f"{here}/import", take, limit=_FILE_LIMIT + (1 << 20), file_limit=_FILE_LIMIT),
        centre.form(f"{here}/remove", remove),
    ]


async def show_list(view: View) -> Response:
    return view.draw("domains/recipients.html", **await _shown(view))


async def add(view: View) -> Response:
    given = [{"Address": _whole(view.form.text("Address"), view), "Targets": view.form.texts("Targets")}]
    return await _changed(view, "recipient.add", recipients=given)


async def take(view: View) -> Response:
    upload = view.form.files.get("file")
    text = view.form.secret("text") if upload is None else upload.octets.decode("utf-8-sig", "replace")
    return await _changed(
        view, "recipient.import", text=text, domain=_guid(view), replace=view.form.ticked("replace") or None
    )


async def remove(view: View) -> Response:
    return await _changed(view, "recipient.remove", addresses=[view.form.text("address")])


async def _changed(view: View, verb: str, **arguments: Any) -> Response:
    try:
        answer = await view.call(verb, **arguments)
    except GatepostError as error:
        return view.refused(error, "domains/recipients.html", **await _shown(view))
    text = view.gettext("%(added)d added, %(changed)d changed, %(removed)d removed.") % answer.value
    return view.go(f"/domains/{_guid(view)}/recipients", text, warnings=answer.warnings)


async def _shown(view: View) -> dict[str, Any]:
    domain = (await view.call("domain.show", identity=_guid(view))).value
    search, after = view.asked("search"), view.asked("after")
    found = (
        await view.call("recipient.list", domain=_guid(view), search=search or None, after=after or None, limit=_PAGE)
    ).value
    return {"domain": domain, "found": found, "search": search, "after": after}


def _whole(address: str, view: View) -> str:
    """A name alone is of this domain, whose name the form carries."""
    return address if "@" in address or not address else f"{address}@{view.form.text('domain').removeprefix('*.')}"


def _guid(view: View) -> str:
    return str(view.request.path_params["guid"])
