"""/settings: organizations, certificates, the start-up settings, and everything as one document."""

import json
import re

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import ConfigRefused, GatepostError, NotAllowed

from .centre import Centre
from .drawing import attached
from .foreseen import to_agree
from .view import View

_DOCUMENT_LIMIT = 4 << 20


def routes(centre: Centre) -> list[BaseRoute]:
    """Look; change an organization; take everything away and bring it back."""
    return [
        centre.page("/settings", show),
        centre.page("/settings/organizations/new", show_new),
        centre.form("/settings/organizations/new", add),
        centre.page("/settings/organizations/{name}", show_organization),
        centre.form("/settings/organizations/{name}", change),
        centre.form("/settings/organizations/{name}/remove", remove),
        centre.page("/settings/document.json", download),
        centre.page("/settings/connectors.ps1", download_script),
        centre.page("/settings/document", show_document),
        centre.form("/settings/document", bring, limit=_DOCUMENT_LIMIT, file_limit=_DOCUMENT_LIMIT),
    ]


async def show(view: View) -> Response:
    organizations = (await view.call("organization.list", organization=view.organization)).value
    try:
        server = (await view.call("setting.list")).value
        certificates = (await view.call("certificate.list")).value
    except NotAllowed:  # somebody of one organization: the server is not theirs to see
        server, certificates = None, []
    return view.draw("settings/page.html", organizations=organizations, server=server, certificates=certificates)


# --- organizations --------------------------------------------------------------------------------------------------


async def show_new(view: View) -> Response:
    given = {**_typed(view), "Name": view.form.text("Name")}
    return view.draw("settings/organization.html", given=given, found=None)


async def add(view: View) -> Response:
    name, given = view.form.text("Name"), _typed(view)
    try:
        answer = await view.call("organization.add", name=name, properties=given)
    except GatepostError as error:
        return view.refused(error, "settings/organization.html", given={**given, "Name": name}, found=None)
    text = view.gettext("The organization %(name)s has been added.") % {"name": answer.value["Name"]}
    return view.go("/settings", text, warnings=answer.warnings)


async def show_organization(view: View) -> Response:
    found = (await view.call("organization.list", organization=_name(view))).value[0]
    return view.draw("settings/organization.html", given=found, found=found)


async def change(view: View) -> Response:
    found = (await view.call("organization.list", organization=_name(view))).value[0]
    given = _typed(view)
    edit = {"action": "set", "kind": "organization", "name": found["Name"], "properties": given}
    try:
        if outlook := await to_agree(view, edit):
            return view.draw("settings/organization.html", given={**found, **given}, found=found, outlook=outlook)
        answer = await view.call(
            "organization.set", identity=_name(view), properties=given, seen=view.form.text("seen") or None
        )
    except GatepostError as error:
        return view.refused(error, "settings/organization.html", given={**found, **given}, found=found)
    text = view.gettext("The organization %(name)s has been changed.") % {"name": answer.value["Name"]}
    return view.go("/settings", text, warnings=answer.warnings)


async def remove(view: View) -> Response:
    answer = await view.call("organization.remove", identity=_name(view))
    text = view.gettext("The organization %(name)s has been removed.") % {"name": answer.value["removed"]}
    return view.go("/settings", text, warnings=answer.warnings)


def _name(view: View) -> str:
    return str(view.request.path_params["name"])


def _typed(view: View) -> dict[str, object]:
    typed: dict[str, object] = {
        "RejectDirectSend": view.form.ticked("RejectDirectSend"),
        "Postmaster": view.form.text("Postmaster") or None,
        "AuthenticationResults": view.form.ticked("AuthenticationResults"),
        "TlsReports": view.form.ticked("TlsReports"),
        "ArcSealingDomain": view.form.text("ArcSealingDomain") or None,
        "Sandbox": view.form.ticked("Sandbox"),
        "SandboxDays": view.form.text("SandboxDays") or None,
        "NotificationLanguage": view.form.text("NotificationLanguage") or "en",
    }
    if "CertificateAuthorities" in view.form.fields:
        typed["CertificateAuthorities"] = _certificates(view.form.secret("CertificateAuthorities"))
    return typed


def _certificates(text: str) -> list[str]:
    """Each certificate of a PEM text by itself, and what is left of it to be refused.

    >>> _certificates(" -----BEGIN CERTIFICATE----- A -----END CERTIFICATE----- B ")
    ['-----BEGIN CERTIFICATE----- A -----END CERTIFICATE-----', 'B']
    """
    return [it.strip() for it in re.split(r"(?<=-----END CERTIFICATE-----)", text) if it.strip()]


# --- documents ------------------------------------------------------------------------------------------------------


async def download(view: View) -> Response:
    document = (await view.call("document.export")).value
    return attached(orjson.dumps(document, option=orjson.OPT_INDENT_2), "gatepost.json", "application/json")


async def download_script(view: View) -> Response:
    answer = (await view.call("document.recreate")).value
    return attached(answer["script"] if isinstance(answer, dict) else str(answer), "connectors.ps1", "text/plain")


async def show_document(view: View) -> Response:
    return view.draw("settings/document.html", text="", plan=None)


async def bring(view: View) -> Response:
    """First what would change, then the change."""
    text = view.form.secret("document")
    upload = view.form.files.get("file")
    try:
        if upload is not None:
            text = upload.octets.decode(json.detect_encoding(upload.octets))  # PowerShell writes UTF-16, and marks
        document = orjson.loads(text)
        if view.form.text("step") == "apply":
            try:
                answer = await view.call("document.apply", document=document, seen=view.form.text("seen") or None)
            except ConfigRefused as refused:  # perhaps because somebody else was quicker: then that is shown
                plan = await view.call("document.plan", document=document)
                return view.refused(refused, "settings/document.html", text=text, plan=plan.value)
            done = view.gettext("The document has been applied.")
            return view.go("/settings", done, warnings=answer.warnings)
        plan = await view.call("document.plan", document=document)
    except ValueError:
        refusal = ConfigRefused(["document is not JSON. Remedy: give the file that /settings/document.json gives."])
        return view.refused(refusal, "settings/document.html", text=text, plan=None)
    except GatepostError as error:
        return view.refused(error, "settings/document.html", text=text, plan=None)
    return view.draw("settings/document.html", text=text, plan=plan.value)
