"""/domains: the accepted domains of an organization."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.connectors import DomainType
from gatepost.errors import GatepostError

from ..refusals import AskedWrongly
from .centre import Centre
from .domains_signing import sign_on, signing_of
from .foreseen import to_agree
from .view import View


def routes(centre: Centre) -> list[BaseRoute]:
    """List, add, change, remove."""
    return [
        centre.page("/domains", show_list),
        centre.page("/domains/new", show_new),
        centre.form("/domains/new", add),
        centre.page("/domains/{guid}", show_one),
        centre.form("/domains/{guid}", change),
        centre.form("/domains/{guid}/remove", remove),
        centre.form("/domains/{guid}/signing", sign),
    ]


async def show_list(view: View) -> Response:
    domains = (await view.call("domain.list")).value
    connectors = True if view.partial or not domains else bool((await view.call("connector.list")).value)
    return view.draw("domains/list.html", domains=domains, first=not connectors)


async def show_new(view: View) -> Response:
    return view.draw(
        "domains/form.html", given=_typed(view) if view.form else _new(view), domain=None, types=tuple(DomainType)
    )


async def add(view: View) -> Response:
    given = _typed(view)
    try:
        _place_named(view)
        organization = view.form.text("organization") or None
        edit = {"action": "add", "kind": "domain", "name": given["DomainName"], "properties": given}
        if outlook := await to_agree(view, {**edit, "organization": organization}):
            return view.draw("domains/form.html", given=given, domain=None, outlook=outlook)
        answer = await view.call("domain.add", name=given["DomainName"], properties=given, organization=organization)
    except GatepostError as error:
        return view.refused(error, "domains/form.html", given=given, domain=None)
    text = view.gettext("The accepted domain %(name)s has been added.") % {"name": answer.value["DomainName"]}
    return view.go("/domains", text, warnings=answer.warnings)


async def show_one(view: View) -> Response:
    domain = (await view.call("domain.show", identity=_guid(view))).value
    given = _typed(view) if view.form else domain
    return view.draw("domains/form.html", given=given, domain=domain, **await signing_of(view, domain))


async def change(view: View) -> Response:
    given = _typed(view)
    domain = (await view.call("domain.show", identity=_guid(view))).value
    properties = {name: value for name, value in given.items() if name != "DomainName"}
    try:
        _place_named(view)
        if outlook := await to_agree(view, _edit(domain, "set", properties)):
            signing = await signing_of(view, domain)
            return view.draw("domains/form.html", given=given, domain=domain, outlook=outlook, **signing)
        answer = await view.call(
            "domain.set", identity=_guid(view), properties=properties, seen=view.form.text("seen") or None
        )
    except GatepostError as error:
        return view.refused(error, "domains/form.html", given=given, domain=domain, **await signing_of(view, domain))
    text = view.gettext("The accepted domain %(name)s has been changed.") % {"name": answer.value["DomainName"]}
    return view.go("/domains", text, warnings=answer.warnings)


async def remove(view: View) -> Response:
    domain = (await view.call("domain.show", identity=_guid(view))).value
    if outlook := await to_agree(view, _edit(domain, "remove", {})):
        return view.draw("domains/remove.html", domain=domain, outlook=outlook)
    answer = await view.call("domain.remove", identity=_guid(view))
    text = view.gettext("The accepted domain %(name)s has been removed.") % {"name": answer.value["removed"]}
    return view.go("/domains", text, warnings=answer.warnings)


async def sign(view: View) -> Response:
    """One step of signing; where it is refused, the page says why."""
    domain = (await view.call("domain.show", identity=_guid(view))).value
    try:
        text, warnings = await sign_on(view, domain, view.form.text("step"))
    except GatepostError as error:
        return view.refused(error, "domains/form.html", given=domain, domain=domain, **await signing_of(view, domain))
    return view.go(f"/domains/{domain['Guid']}#signing", text, warnings=warnings)


def _place_named(view: View) -> None:
    """Whoever chooses Maildirs or a mailbox server says which; without it the domain's mail would go out by MX."""
    chosen = view.form.text("Mailboxes")
    words = {
        "Maildir": view.gettext("The folder of the Maildirs is missing."),
        "Lmtp": view.gettext("The mailbox server is missing."),
    }
    if chosen in words and not view.form.text(chosen):
        remedy = view.gettext("Name it, or choose another place for the mailboxes.")
        raise AskedWrongly(422, "refused", f"{words[chosen]} Remedy: {remedy}", about=chosen)


def _edit(domain: Mapping[str, Any], action: str, properties: Mapping[str, object]) -> dict[str, object]:
    """A change of a stored domain, as it is foreseen."""
    place = {"name": domain["Guid"], "organization": domain["Organization"]}
    return {"action": action, "kind": "domain", "properties": properties, **place}


def _guid(view: View) -> str:
    return str(view.request.path_params["guid"])


def _new(view: View) -> dict[str, object]:
    """What an empty form holds; other pages link here with a domain to add."""
    return {"DomainName": view.asked("name"), "DomainType": DomainType.AUTHORITATIVE, "MatchSubDomains": False}


def _typed(view: View) -> dict[str, object]:
    form = view.form
    typed: dict[str, object] = {
        "DomainName": form.text("DomainName"),
        "DomainType": form.text("DomainType", DomainType.AUTHORITATIVE),
        "MatchSubDomains": form.ticked("MatchSubDomains"),
    }
    kept = form.text("Mailboxes")
    if not kept:  # a form without these parts changes nothing of them
        return typed
    return typed | {
        "Maildir": form.text("Maildir") if kept == "Maildir" else None,
        "Lmtp": form.text("Lmtp") if kept == "Lmtp" else None,
        "AddressBookEnabled": form.ticked("AddressBookEnabled"),
        "PlusAddressing": form.ticked("PlusAddressing"),
        "CatchAll": form.text("CatchAll") or None,
    }
