"""/tokens: the access tokens of programs. A new one is shown once, on the next page."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import GatepostError

from .centre import Centre
from .users import ROLES
from .view import View

LIVES = ("30d", "90d", "365d", "")  # from now; "" is without an end


def routes(centre: Centre) -> list[BaseRoute]:
    """Add, change, remove; they are listed with the users."""
    return [
        centre.page("/tokens/new", show_new),
        centre.form("/tokens/new", add),
        centre.page("/tokens/{guid}", show_one),
        centre.form("/tokens/{guid}", change),
        centre.form("/tokens/{guid}/remove", remove),
    ]


async def show_new(view: View) -> Response:
    given = {"Name": view.form.text("Name"), "RoleGroup": view.form.text("RoleGroup", ROLES[1]), "life": "90d"}
    return view.draw("users/token.html", given=given, token=None, roles=ROLES, lives=LIVES)


async def add(view: View) -> Response:
    name, role, life = (view.form.text(it) for it in ("Name", "RoleGroup", "life"))
    everywhere = view.form.text("organization") == "*"
    try:
        answer = await view.call(
            "token.add",
            name=name,
            properties={"RoleGroup": role, "ExpiresUTC": life or None},
            organization=None if everywhere else view.form.text("organization") or None,
            all_organizations=everywhere or None,
        )
    except GatepostError as error:
        given = {"Name": name, "RoleGroup": role, "life": life}
        return view.refused(error, "users/token.html", given=given, token=None, roles=ROLES, lives=LIVES)
    view.notices.leave(view.visitor.seal, answer.value["Token"], "token")
    text = view.gettext("The token %(name)s has been made. It is shown now and never again.")
    return view.go("/users", text % {"name": answer.value["Name"]}, warnings=answer.warnings)


async def show_one(view: View) -> Response:
    token = (await view.call("token.show", identity=_guid(view))).value
    return view.draw("users/token.html", given=token, token=token, roles=ROLES, lives=LIVES)


async def change(view: View) -> Response:
    token = (await view.call("token.show", identity=_guid(view))).value
    given: dict[str, Any] = {"RoleGroup": view.form.text("RoleGroup"), "Enabled": view.form.ticked("Enabled")}
    if life := view.form.text("life"):
        given["ExpiresUTC"] = life
    try:
        answer = await view.call(
            "token.set", identity=_guid(view), properties=given, seen=view.form.text("seen") or None
        )
    except GatepostError as error:
        return view.refused(error, "users/token.html", given={**token, **given}, token=token, roles=ROLES, lives=LIVES)
    text = view.gettext("The token %(name)s has been changed.") % {"name": answer.value["Name"]}
    return view.go("/users", text, warnings=answer.warnings)


async def remove(view: View) -> Response:
    answer = await view.call("token.remove", identity=_guid(view))
    text = view.gettext("The token %(name)s has been removed; it is good for nothing from now on.")
    return view.go("/users", text % {"name": answer.value["removed"]}, warnings=answer.warnings)


def _guid(view: View) -> str:
    return str(view.request.path_params["guid"])
