"""/users: who may submit mail and who operates, and the tokens of programs."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from gatepost.errors import ConfigRefused, GatepostError
from gatepost.manage import Role

from .centre import Centre
from .view import View

ROLES = (str(Role.ORGANIZATION_MANAGEMENT), str(Role.VIEW_ONLY))
_NEW = {
    "Name": "",
    "Enabled": True,
    "AllowedSenders": [],
    "SmtpClientAuthenticationDisabled": False,
    "RoleGroups": [],
    "AllOrganizations": False,
}


def routes(centre: Centre) -> list[BaseRoute]:
    """List, add, change, give a new password, remove."""
    return [
        centre.page("/users", show_list),
        centre.page("/users/new", show_new),
        centre.form("/users/new", add),
        centre.page("/users/{guid}", show_one),
        centre.form("/users/{guid}", change),
        centre.form("/users/{guid}/password", change_password),
        centre.form("/users/{guid}/remove", remove),
    ]


async def show_list(view: View) -> Response:
    users = (await view.call("user.list")).value
    tokens = (await view.call("token.list")).value
    return view.draw("users/list.html", users=users, tokens=tokens)


async def show_new(view: View) -> Response:
    given = {**_NEW, **_typed(view)} if view.form else _NEW
    return view.draw("users/form.html", given=given, user=None, roles=ROLES)


async def add(view: View) -> Response:
    name, given = view.form.text("Name"), _typed(view)
    try:
        password = _password(view)
        organization = view.form.text("organization") or None
        answer = await view.call("user.add", name=name, password=password, properties=given, organization=organization)
    except GatepostError as error:
        return view.refused(error, "users/form.html", given={**given, "Name": name}, user=None, roles=ROLES)
    text = view.gettext("The user %(name)s has been added.") % {"name": answer.value["Name"]}
    return view.go("/users", text, warnings=answer.warnings)


async def show_one(view: View) -> Response:
    user = (await view.call("user.show", identity=_guid(view))).value
    given = {**user, **_typed(view)} if view.form else user
    return view.draw("users/form.html", given=given, user=user, roles=ROLES)


async def change(view: View) -> Response:
    user = (await view.call("user.show", identity=_guid(view))).value
    given = _typed(view)
    try:
        answer = await view.call(
            "user.set", identity=_guid(view), properties=given, seen=view.form.text("seen") or None
        )
    except GatepostError as error:
        return view.refused(error, "users/form.html", given={**user, **given}, user=user, roles=ROLES)
    text = view.gettext("The user %(name)s has been changed.") % {"name": answer.value["Name"]}
    return view.go("/users", text, warnings=answer.warnings)


async def change_password(view: View) -> Response:
    user = (await view.call("user.show", identity=_guid(view))).value
    try:
        answer = await view.call("user.password", identity=_guid(view), password=_password(view))
    except GatepostError as error:
        return view.refused(error, "users/form.html", given=user, user=user, roles=ROLES)
    text = view.gettext("%(name)s has a new password; whoever was signed in with the old one is signed out.")
    return view.go("/users", text % {"name": user["Name"]}, warnings=answer.warnings)


async def remove(view: View) -> Response:
    answer = await view.call("user.remove", identity=_guid(view))
    text = view.gettext("The user %(name)s has been removed.") % {"name": answer.value["removed"]}
    return view.go("/users", text, warnings=answer.warnings)


def _guid(view: View) -> str:
    return str(view.request.path_params["guid"])


def _password(view: View) -> str:
    """The new password, typed twice alike."""
    first, again = view.form.secret("Password"), view.form.secret("again")
    if first != again:
        raise ConfigRefused(["again is not the same as the password. Remedy: type it twice alike."])
    return first


def _typed(view: View) -> dict[str, Any]:
    return {
        "Enabled": view.form.ticked("Enabled"),
        "AllowedSenders": view.form.texts("AllowedSenders"),
        "SmtpClientAuthenticationDisabled": not view.form.ticked("submits"),
        "RoleGroups": [role for role in (view.form.text("role"),) if role],
        "AllOrganizations": view.form.ticked("AllOrganizations"),
    }
