"""/devices: who has connected, who they say they are, and letting them in or keeping them out."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError, NotFound
from gatepost.manage import Answer

from ..refusals import AskedWrongly
from .centre import Centre
from .devices_access import chosen_of, connectors_for, done, foreseen
from .signing_in import local
from .view import View

PAGE = 50
LEARNED = "learned"  # among the states of the filter; for the verb it is a word of its own
HOURS = (1, 4, 8, 24, 72, 168)  # how long to learn
_FILTERS = ("search", "state", "sort", "page")
_NOTES = ("owner", "note", "retire_by")
_UNSEEN: Mapping[str, Any] = {
    "name": None, "hello": "", "tls": None, "certificate_names": [], "user": None, "first_seen": None,
    "last_seen": None, "sessions": 0, "accepted": 0, "refused": 0, "last_refusal": None, "last_connector": None,
    "last_senders": [], "organization": None, "allowed_by": [], "blocked_by": [], "owner": "", "note": "",
    "retire_by": None, "noted_at": None, "nag": None, "learned": False, "old_tls": False, "wants_old_tls": False,
    "tls_advice": None,
}  # fmt: skip


def routes(centre: Centre) -> list[BaseRoute]:
    """The list with its learning mode, and one device: an address, or a /64 with its slash."""
    return [
        centre.page("/devices", show_list),
        centre.form("/devices", learn),
        centre.page("/devices/{address:path}", show_one),
        centre.form("/devices/{address:path}", act),
    ]


async def show_list(view: View) -> Response:
    try:
        return view.draw("devices/list.html", **await _list(view))
    except GatepostError as error:
        nothing = {"total": 0, "learning": {"on": False, "until": None, "learned": 0}, "devices": []}
        return view.refused(error, "devices/list.html", **_listed(view, nothing))


async def learn(view: View) -> Response:
    """Start or stop learning, which marks strangers and lets nobody in."""
    action, organization = view.form.text("action"), view.form.text("organization") or None
    if action not in ("start", "stop"):
        raise AskedWrongly(422, "refused", "action is none of the choices. Remedy: use the page's buttons.")
    hours = _whole(view.form.text("hours")) if action == "start" else None
    try:
        answer = await view.call("device.learning", action=action, hours=hours, organization=organization)
    except GatepostError as error:
        return view.refused(error, "devices/list.html", **await _list(view))
    started = view.gettext("Learning mode is on. Now use each device once: press Scan, or send from the application.")
    text = started if action == "start" else view.gettext("Learning mode is off.")
    return view.go("/devices", text, warnings=answer.warnings)


async def show_one(view: View) -> Response:
    return view.draw("devices/device.html", **await _device(view))


async def act(view: View) -> Response:
    """Let the device in, with old TLS or without, keep it out, or note something of it."""
    what, address = view.form.text("do"), _address(view)
    back = local(view.form.text("back"), otherwise=f"/devices/{quote(address, safe=':/')}")
    if what not in ("allow", "block", "note", "old-tls"):
        raise AskedWrongly(422, "refused", "do is none of the choices. Remedy: use the page's buttons.")
    try:
        answer = await _acted(view, what, address)
    except GatepostError as error:
        return view.refused(error, "devices/device.html", **await _device(view))
    if what == "note":
        text = view.gettext("What is noted of %(address)s has been saved.") % {"address": answer.value["address"]}
        return view.go(back, text, warnings=answer.warnings)
    text, warnings = done(view, what, answer.value)
    return view.go(back, text, warnings=(*answer.warnings, *warnings))


async def _acted(view: View, what: str, address: str) -> Answer:
    organization = view.form.text("organization") or None
    match what:
        case "allow":
            connector, place = chosen_of(view.form.text("connector"))
            return await view.call(
                "device.allow", address=address, connector=connector, organization=place or organization
            )
        case "old-tls":
            return await view.call(
                "device.allow", address=address, minimum_tls_version="TLSv1.0", organization=organization
            )
        case "block":
            return await view.call("device.block", address=address, organization=organization)
        case _:
            seen = view.form.text("seen") if "seen" in view.form.fields else None
            return await view.call("device.note", address=address, organization=organization, seen=seen, **_typed(view))


async def _list(view: View) -> dict[str, Any]:
    given = {name: view.asked(name) for name in _FILTERS}
    state, sort = given["state"], given["sort"]
    answer = await view.call(
        "device.list",
        search=given["search"] or None,
        state=state if state not in ("", LEARNED) else None,
        learned=state == LEARNED,
        sort=sort.removeprefix("-") or None,
        descending=sort.startswith("-") if sort else None,
        limit=PAGE,
        page=_page(view),
    )
    return _listed(view, answer.value)


def _listed(view: View, found: Mapping[str, Any]) -> dict[str, Any]:
    page, last = _page(view), -(-found["total"] // PAGE)
    return {
        "given": {name: view.asked(name) for name in _FILTERS},
        "devices": found["devices"],
        "total": found["total"],
        "learning": found["learning"],
        "left": None if not found["learning"]["on"] else time_left(view, found["learning"]["seconds_left"]),
        "before": min(page - 1, last) if page > 1 else None,
        "after": page + 1 if page < last else None,
        "hours": HOURS,
        "unclear": _unclear(view),
    }


async def _device(view: View) -> dict[str, Any]:
    """One device; one that has never connected can be let in before it does."""
    address = _address(view)
    try:
        device = (await view.call("device.show", address=address)).value
    except NotFound:
        if not view.may_change:
            raise
        device = {**_UNSEEN, "address": address, "last_address": address}
    unclear = _unclear(view) and not device["organization"]
    values = {"device": device, "unclear": unclear, "question": question(device), "given": {**device, **_typed(view)}}
    if not view.may_change:
        return {**values, "choices": [], "chosen": None, "preview": None, "obstacles": ()}
    choices = await connectors_for(view, device)
    wanted = view.form.text("connector") or view.asked("connector")
    chosen = next((it for it in choices if it.value == wanted), choices[0] if choices else None)
    preview, obstacles = (None, ()) if chosen is None else await foreseen(view, address, chosen)
    return {**values, "choices": choices, "chosen": chosen, "preview": preview, "obstacles": obstacles}


def question(device: Mapping[str, Any]) -> dict[str, Any]:
    """The device's last refused session, or what is known of its last one, as the question that What if asks.

    >>> question({"last_address": "192.0.2.9", "hello": "", "tls": None, "certificate_names": [], "user": None,
    ...           "last_refusal": None, "last_senders": ["scan@contoso.com"]})["mail_from"]
    'scan@contoso.com'
    """
    refusal = device["last_refusal"] or {}
    senders: Sequence[str] = device["last_senders"]
    return {
        "ip": device["last_address"],
        "mail_from": refusal.get("sender") or next(iter(senders), ""),
        "rcpt": refusal.get("recipient", ""),
        "hello": device["hello"],
        "cert_names": ", ".join(device["certificate_names"]),
        "user": device["user"],
        "tls": "true" if device["tls"] else "",
    }


def time_left(view: View, seconds: int) -> str:
    """In hours, or in minutes where there is less than two hours."""
    if seconds < 7200:
        return view.ngettext("%(num)d minute is left.", "%(num)d minutes are left.", max(1, round(seconds / 60)))
    return view.ngettext("%(num)d hour is left.", "%(num)d hours are left.", round(seconds / 3600))


def _typed(view: View) -> dict[str, str]:
    """What a form says of the device; what it does not speak of is left out."""
    return {name: view.form.text(name) for name in _NOTES if name in view.form.fields}


def _unclear(view: View) -> bool:
    """Whether it has to be said for which organization something is done."""
    return view.organization is None and len(view.organizations) > 1


def _page(view: View) -> int:
    return max(1, min(_whole(view.asked("page")) or 1, 10_000))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _address(view: View) -> str:
    return str(view.request.path_params["address"])
