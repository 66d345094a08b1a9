"""/connectors: both kinds in one list, each with its flyout, and what can be done to one of them."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError, NotFound
from gatepost.manage import VERBS

from . import connectors_editing, connectors_wizard
from .centre import Centre
from .connectors_drafts import Drafts
from .connectors_list import FILTERS, Row, columns, listed
from .connectors_sentences import ends, sections
from .view import View

_KINDS = ("inbound", "outbound")


def routes(centre: Centre) -> list[BaseRoute]:
    """The list, the flyout with what it offers, the wizard."""
    drafts = Drafts(centre.desk.clock)
    return [
        centre.page("/connectors", show_list),
        *connectors_wizard.routes(centre, drafts),
        centre.page("/connectors/{kind}/{guid}", show_one),
        centre.form("/connectors/{kind}/{guid}/enable", enable),
        centre.form("/connectors/{kind}/{guid}/disable", disable),
        centre.form("/connectors/{kind}/{guid}/remove", remove),
        centre.form("/connectors/{kind}/{guid}/validate", validate),
        *connectors_editing.routes(centre, drafts),
    ]


async def show_list(view: View) -> Response:
    return await _page(view)


async def show_one(view: View) -> Response:
    return await _page(view, connector=await found(view))


async def enable(view: View) -> Response:
    return await _switched(view, "enable", view.gettext("The connector %(name)s has been turned on."))


async def disable(view: View) -> Response:
    return await _switched(view, "disable", view.gettext("The connector %(name)s has been turned off."))


async def remove(view: View) -> Response:
    outbound = kind_of(view) == "outbound"
    answer = await view.call("connector.remove", identity=view.request.path_params["guid"], outbound=outbound)
    text = view.gettext("The connector %(name)s has been deleted.") % {"name": answer.value["removed"]}
    return view.go("/connectors", text, warnings=answer.warnings)


async def validate(view: View) -> Response:
    """The result stands in the flyout; whether it was good is remembered by `manage`."""
    connector = await found(view)
    outbound = kind_of(view) == "outbound"
    recipients = view.form.texts("ValidationRecipients")
    try:
        answer = await view.call(
            "connector.validate", identity=connector["Guid"], outbound=outbound, recipients=recipients, remember=True
        )
    except GatepostError as error:
        return await _page(view, connector=connector, error=error, typed=recipients)
    return await _page(view, connector=await found(view), tasks=answer.value, warnings=answer.warnings)


async def found(view: View) -> dict[str, Any]:
    """The connector that the address names; raises NotFound."""
    connector: dict[str, Any] = (
        await view.call(
            "connector.show", identity=view.request.path_params["guid"], outbound=kind_of(view) == "outbound"
        )
    ).value
    return connector


def kind_of(view: View) -> str:
    """inbound or outbound."""
    kind = str(view.request.path_params["kind"])
    if kind not in _KINDS:
        raise NotFound("There is no such page. Remedy: choose a connector in the list.")
    return kind


async def _switched(view: View, act: str, text: str) -> Response:
    kind = kind_of(view)
    guid = view.request.path_params["guid"]
    answer = await view.call(f"connector.{act}", identity=guid, outbound=kind == "outbound")
    name = answer.value["Name"]
    return view.go(f"/connectors/{kind}/{answer.value['Guid']}", text % {"name": name}, warnings=answer.warnings)


async def _page(
    view: View, *, connector: Mapping[str, Any] | None = None, error: GatepostError | None = None, **more: Any
) -> Response:
    """The list, with a connector's flyout beside it."""
    usage = (await view.call("connector.usage")).value if "connector.usage" in VERBS else []
    rows = []
    for kind in _KINDS:
        outbound = kind == "outbound"
        for it in (await view.call("connector.list", outbound=outbound)).value:
            rows.append(Row.of(it, ends(it, view, outbound=outbound), kind=kind, usage=usage))
    filters = {name: view.asked(name) for name in FILTERS}
    values: dict[str, Any] = {
        "list": listed(rows, filters),
        "filters": filters,
        "columns": columns(view),
        "any": bool(rows),
        "connector": connector,
        "ways": (),
        "tasks": None,
        "warnings": (),
        "typed": None,
        **more,
    }
    if connector is not None:
        outbound = kind_of(view) == "outbound"
        values |= {
            "kind": kind_of(view),
            "ends": ends(connector, view, outbound=outbound),
            "sections": sections(connector, view, outbound=outbound),
            "ways": await _ways(view, connector) if outbound else (),
        }
    if error is not None:
        return view.refused(error, "connectors/list.html", **values)
    return view.draw("connectors/list.html", **values)


async def _ways(view: View, connector: Mapping[str, Any]) -> list[Any]:
    """The connector and those that stand in for it, in their order, each with how it stands."""
    rows = (await view.call("route.list", organization=connector["Organization"])).value
    named = {row["connector"]: row for row in rows}
    names = (connector["Name"], *connector["FallbackConnectors"])
    return [named[name] for name in names if name in named]
