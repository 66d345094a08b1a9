"""One section of a connector at a time; what somebody else changed meanwhile is shown, not overwritten. And cloning."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.config import PROPERTIES, SET, ObjectKind
from gatepost.errors import ConfigRefused, GatepostError, NotFound

from .centre import Centre
from .connectors_answers import answers_to, changed_properties, properties_of
from .connectors_certificates import STALE, with_certificate
from .connectors_drafts import Drafts
from .connectors_scenarios import SECTIONS, Fields, merged, missing, scenario_of
from .connectors_sentences import sections
from .forms import Form
from .view import View

_TEMPLATE = "connectors/edit.html"


def routes(centre: Centre, drafts: Drafts) -> list[BaseRoute]:
    """Each section's page and form; a clone opens the wizard."""

    async def clone(view: View) -> Response:
        from .connectors import found, kind_of

        connector = await found(view)
        outbound = kind_of(view) == "outbound"
        kind = ObjectKind.OUTBOUND if outbound else ObjectKind.INBOUND
        fields = {**answers_to(connector, outbound=outbound), "Name": (_copied(view, connector["Name"]),)}
        carried = {
            it.name: connector[it.name]
            for it in PROPERTIES[kind]
            if not it.kind.secret and it.name not in _NOT_CARRIED and connector.get(it.name) not in (None, "", [], SET)
        }
        draft = drafts.begin(view.caller.who, fields, carried=carried)
        hidden = [it.name for it in PROPERTIES[kind] if it.kind.secret and connector.get(it.name)]
        warning = view.gettext("Secrets are not copied: %(names)s.") % {"names": ", ".join(hidden)} if hidden else ""
        return view.go(draft.address("name"), warnings=[warning])

    return [
        centre.form("/connectors/{kind}/{guid}/clone", clone),
        centre.page("/connectors/{kind}/{guid}/edit/{section}", show),
        centre.form("/connectors/{kind}/{guid}/edit/{section}", change),
    ]


_NOT_CARRIED = frozenset(
    {
        "ConnectorSource",
        "IsValidated",
        "LastValidationTimestamp",
        "ClientCertificatePfx",
        # Signing in is not the wizard's to ask, and is nothing without its secret.
        "UserName",
        "Transport",
        "AuthenticationMethod",
        "OAuthTenant",
        "OAuthClientId",
        "OAuthCertificatePfx",
        "OAuthAuthority",
        "GraphEndpoint",
    }
)


def _copied(view: View, name: str) -> str:
    return (view.gettext("Copy of %(name)s") % {"name": name})[:64].strip()


async def show(view: View) -> Response:
    from .connectors import found

    connector = await found(view)
    section, outbound = _asked(view, connector)
    fields = answers_to(connector, outbound=outbound)
    seen = connector["WhenChangedUTC"]
    if view.form:  # typed before the session ended, perhaps before somebody else's change
        fields, seen = merged(fields, section, view.form), view.form.text("seen") or seen
    values = await _values(view, connector, section, fields=fields)
    return view.draw(_TEMPLATE, **values, seen=seen, conflicts=())


async def change(view: View) -> Response:
    from .connectors import found

    connector = await found(view)
    section, outbound = _asked(view, connector)
    scenario = scenario_of(connector, outbound=outbound)
    stored = Form(fields=answers_to(connector, outbound=outbound))
    fields = merged(stored.fields, section, view.form)
    given = Form(fields=fields)
    seen = view.form.text("seen")
    try:
        if wrong := missing(section, given):
            raise ConfigRefused(wrong)
        fields = await with_certificate(view, section, fields)
        given = Form(fields=fields)
        properties = changed_properties(scenario, section, before=stored, given=given)
        for name, stale in STALE.items():
            if (file := properties.get(name)) and file != connector[name]:
                properties |= dict.fromkeys(stale)
        if section == "name":
            properties["Name"] = given.text("Name")
        answer = await view.call(
            "connector.set", identity=connector["Guid"], properties=properties, outbound=outbound, seen=seen
        )
    except GatepostError as error:
        now = await found(view)
        conflicts = _conflicts(now, section, given, outbound=outbound) if now["WhenChangedUTC"] != seen else ()
        values = await _values(view, now, section, fields=fields)
        return view.refused(error, _TEMPLATE, **values, seen=now["WhenChangedUTC"], conflicts=conflicts)
    text = view.gettext("The connector %(name)s has been changed.") % {"name": answer.value["Name"]}
    return view.go(f"/connectors/{scenario.kind}/{connector['Guid']}", text, warnings=answer.warnings)


def _asked(view: View, connector: Mapping[str, Any]) -> tuple[str, bool]:
    """The section, and whether the connector is outbound; raises NotFound."""
    section, outbound = str(view.request.path_params["section"]), view.request.path_params["kind"] == "outbound"
    if section not in SECTIONS or section not in scenario_of(connector, outbound=outbound).sections:
        raise NotFound("There is no such section. Remedy: choose one at the connector.")
    return section, outbound


async def _values(view: View, connector: Mapping[str, Any], section: str, *, fields: Fields) -> dict[str, Any]:
    outbound = view.request.path_params["kind"] == "outbound"
    scenario = scenario_of(connector, outbound=outbound)
    [told] = [it for it in sections(connector, view, outbound=outbound) if it.step == section]
    return {
        "connector": connector,
        "scenario": scenario,
        "step": section,
        "told": told,
        "given": Form(fields=fields),
        "new": False,
        "others": await _others(view, connector) if section == "routing" else (),
    }


async def _others(view: View, connector: Mapping[str, Any]) -> list[str]:
    """The outbound connectors that may stand in for this one."""
    rows = (await view.call("connector.list", outbound=True, organization=connector["Organization"])).value
    return [it["Name"] for it in rows if it["Guid"] != connector["Guid"]]


def _conflicts(now: Mapping[str, Any], section: str, given: Form, *, outbound: bool) -> list[tuple[str, str, str]]:
    """Where what was typed differs from what somebody else has stored: property, theirs, ours."""
    wished = properties_of(scenario_of(now, outbound=outbound), section, given)
    if section == "name":
        wished["Name"] = given.text("Name")
    stored = properties_of(
        scenario_of(now, outbound=outbound), section, Form(fields=answers_to(now, outbound=outbound))
    )
    stored["Name"] = now["Name"]
    secret = {it.name for it in PROPERTIES[ObjectKind.OUTBOUND] if it.kind.secret}
    return [
        (name, _shown(stored.get(name)), _shown(wish))
        for name, wish in wished.items()
        if wish != stored.get(name) and name not in secret
    ]


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "–" if value in (None, "") else str(value)
