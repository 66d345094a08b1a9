"""/what-if: a session that might come, judged by the code that judges real ones, with the remedy as a button."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import ConfigRefused, GatepostError

from .centre import Centre
from .forms import Form
from .view import View

_FIELDS = ("ip", "mail_from", "rcpt", "cert_names", "hello", "user", "tls", "tls_version")
_TEMPLATE = "what_if/page.html"
TAKEN = ("relay", "incoming")  # the results of a decision that takes the mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that would help, as a link: where it leads and what it does."""

    address: str
    kind: str
    about: str


def routes(centre: Centre) -> list[BaseRoute]:
    """By address, so that a question can be shown to somebody; by form, where it comes with a certificate."""
    return [centre.page("/what-if", ask), centre.form("/what-if", ask_with_certificate)]


async def ask(view: View) -> Response:
    given = view.form if view.form else _asked(view)
    if not given.text("ip") or not given.text("rcpt"):  # nothing to judge yet
        return view.draw(_TEMPLATE, given=given, decision=None, steps=(), certificate="")
    return await _decided(view, given, certificate="")


async def ask_with_certificate(view: View) -> Response:
    upload = view.form.files.get("certificate")
    if upload is None:
        return await _decided(view, view.form, certificate=view.form.text("pem"))
    try:
        pem = upload.octets.decode("ascii")
    except UnicodeDecodeError:
        refusal = ConfigRefused(
            [f"certificate '{upload.name}' is not PEM. Remedy: give the certificate as a PEM file."]
        )
        return view.refused(refusal, _TEMPLATE, given=view.form, decision=None, steps=(), certificate="")
    return await _decided(view, view.form, certificate=pem)


async def _decided(view: View, given: Form, *, certificate: str) -> Response:
    try:
        answer = await view.call("connector.explain", **_session(given, certificate))
    except GatepostError as error:
        return view.refused(error, _TEMPLATE, given=given, decision=None, steps=(), certificate=certificate)
    steps: tuple[Step, ...] = ()
    if answer.value["result"] not in TAKEN:
        steps = await steps_for(view, client=given.text("ip"), sender=given.text("mail_from"))
    return view.draw(_TEMPLATE, given=given, decision=answer.value, steps=steps, certificate=certificate)


def _asked(view: View) -> Form:
    """The question as it stands in the address."""
    query = view.request.query_params
    return Form(fields={name: tuple(query.getlist(name)) for name in _FIELDS if name in query})


def _session(given: Form, certificate: str) -> dict[str, Any]:
    names = [name for line in given.texts("cert_names") for name in re.split(r"[\s,;]+", line) if name]
    return {
        "ip": given.text("ip"),
        "mail_from": given.text("mail_from"),
        "rcpt": given.text("rcpt"),
        "hello": given.text("hello"),
        "user": given.text("user") or None,
        "cert_names": None if certificate else names or None,
        "cert_pem": certificate or None,
        "tls": True if given.ticked("tls") else None,
        "tls_version": given.text("tls_version") or None,
    }


async def steps_for(view: View, *, client: str, sender: str) -> tuple[Step, ...]:
    """What a person may want to do about a refusal. The sentences of the remedies say which of them helps."""
    if not view.may_change:
        return ()
    domain = sender.rpartition("@")[2].rstrip(">").lower()
    found = [
        Step(address=f"/devices/{quote(client)}", kind="device", about=client),
        Step(address="/connectors/new", kind="connector", about=client),
    ]
    known = {it["DomainName"] for it in (await view.call("domain.list")).value}
    if domain and domain not in known:
        found.append(Step(address="/domains/new", kind="domain", about=domain))
    return tuple(found)
