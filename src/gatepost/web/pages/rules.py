"""/rules: the transport rules, in the order in which they are asked, and what they would make of a message."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError

from .centre import Centre
from .view import View

_LISTS = (
    "InboundConnectors",
    "SenderIpRanges",
    "From",
    "SenderDomainIs",
    "SentTo",
    "RecipientDomainIs",
    "SubjectContainsWords",
    "SubjectMatchesPatterns",
    "HeaderContainsWords",
    "HeaderMatchesPatterns",
)
_TEXTS = ("HeaderContainsMessageHeader", "HeaderMatchesMessageHeader", "MessageSizeOver")
_PREFIXES = ("", "ExceptIf")
_FORM, _TRYING = "rules/form.html", "rules/trying.html"


def routes(centre: Centre) -> list[BaseRoute]:
    """List, add, try, change, switch on and off, remove."""
    return [
        centre.page("/rules", show_list),
        centre.page("/rules/new", show_new),
        centre.form("/rules/new", add),
        centre.page("/rules/try", show_trying),
        centre.form("/rules/try", explain),
        centre.page("/rules/{guid}", show_one),
        centre.form("/rules/{guid}", change),
        centre.form("/rules/{guid}/switch", switch),
        centre.form("/rules/{guid}/remove", remove),
    ]


async def show_list(view: View) -> Response:
    return view.draw("rules/list.html", rules=(await view.call("rule.list")).value)


async def show_new(view: View) -> Response:
    return view.draw(_FORM, **_form(_typed(view)), rule=None, connectors=await _connectors(view))


async def add(view: View) -> Response:
    given = _typed(view)
    try:
        organization = view.form.text("organization") or None
        answer = await view.call("rule.add", name=view.form.text("Name"), properties=given, organization=organization)
    except GatepostError as error:
        typed = given | {"Name": view.form.text("Name")}
        return view.refused(error, _FORM, **_form(typed), rule=None, connectors=await _connectors(view))
    text = view.gettext("The rule %(name)s has been added.") % {"name": answer.value["Name"]}
    return view.go("/rules", text, warnings=answer.warnings)


async def show_trying(view: View) -> Response:
    return view.draw(_TRYING, answer=None, connectors=await _connectors(view))


async def explain(view: View) -> Response:
    form, connectors = view.form, await _connectors(view)
    asked: dict[str, Any] = {name: form.text(name) for name in ("rcpt", "mail_from", "subject")}
    asked |= {name: form.text(name) or None for name in ("connector", "organization")}
    asked |= {"ip": form.text("ip") or "127.0.0.1", "headers": form.texts("headers")}
    if form.text("size").isdecimal():
        asked["size"] = int(form.text("size")[:12])
    try:
        answer = await view.call("rule.explain", **asked)
    except GatepostError as error:
        return view.refused(error, _TRYING, answer=None, connectors=connectors)
    return view.draw(_TRYING, answer=answer.value, connectors=connectors)


async def show_one(view: View) -> Response:
    rule = (await view.call("rule.show", identity=_guid(view))).value
    given = _typed(view) | {"Name": view.form.text("Name")} if view.form else rule
    return view.draw(_FORM, **_form(given), rule=rule, connectors=await _connectors(view))


async def change(view: View) -> Response:
    given = _typed(view) | {"Name": view.form.text("Name")}
    rule = (await view.call("rule.show", identity=_guid(view))).value
    try:
        answer = await view.call(
            "rule.set", identity=_guid(view), properties=given, seen=view.form.text("seen") or None
        )
    except GatepostError as error:
        return view.refused(error, _FORM, **_form(given), rule=rule, connectors=await _connectors(view))
    text = view.gettext("The rule %(name)s has been changed.") % {"name": answer.value["Name"]}
    return view.go("/rules", text, warnings=answer.warnings)


async def switch(view: View) -> Response:
    on = view.form.text("enabled") == "true"
    answer = await view.call("rule.enable" if on else "rule.disable", identity=_guid(view))
    text = view.gettext("The rule %(name)s counts now.") if on else view.gettext("The rule %(name)s counts no longer.")
    return view.go("/rules", text % {"name": answer.value["Name"]}, warnings=answer.warnings)


async def remove(view: View) -> Response:
    answer = await view.call("rule.remove", identity=_guid(view))
    text = view.gettext("The rule %(name)s has been removed. What it holds stays held.")
    return view.go("/rules", text % {"name": answer.value["removed"]}, warnings=answer.warnings)


async def _connectors(view: View) -> list[str]:
    """Names to choose from."""
    rows = (await view.call("connector.list")).value
    return sorted({row["Name"] for row in rows}, key=str.lower)


def _guid(view: View) -> str:
    return str(view.request.path_params["guid"])


def _form(given: dict[str, Any]) -> dict[str, Any]:
    """What the form shows; its exceptions are unfolded where there are any."""
    return {"given": given, "excepted": any(value for name, value in given.items() if name.startswith("ExceptIf"))}


def _typed(view: View) -> dict[str, Any]:
    """What stands in the form; of an empty one, what a new rule begins with."""
    form = view.form
    keep = form.text("Keep", "Send")
    asked: dict[str, Any] = {
        f"{prefix}{name}": form.texts(f"{prefix}{name}") for prefix in _PREFIXES for name in _LISTS
    }
    asked |= {f"{prefix}{name}": form.text(f"{prefix}{name}") or None for prefix in _PREFIXES for name in _TEXTS}
    return asked | {
        "RedirectMessageTo": form.texts("RedirectMessageTo"),
        "BlindCopyTo": form.texts("BlindCopyTo"),
        "Enabled": form.ticked("Enabled") if form else True,
        "Priority": form.text("Priority") or 0,
        "Hold": keep == "Hold",
        "Sandbox": keep == "Sandbox",
        "StopRuleProcessing": form.ticked("StopRuleProcessing"),
        "ExpiryDate": form.text("ExpiryDate") or None,
        "Comments": form.text("Comments"),
    }
