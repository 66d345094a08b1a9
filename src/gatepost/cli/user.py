"""gatepost user …: who may submit with AUTH, and who may operate. Passwords come from a file or the keyboard, never
from the command line."""

import getpass
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gatepost.config import ObjectKind

from . import render
from .asking import AsJson, InOrganization, answer
from .flags import must_change, read_secret, with_properties

app = typer.Typer(no_args_is_help=True, help="Users: who may submit with AUTH, and who may operate.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(app, name="user")


_Name = Annotated[str, typer.Argument(help="Login name.", metavar="NAME")]
_PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File whose first line is the password; - is standard input.", metavar="FILE"),
]


def _password(file: Path | None) -> str:
    if file is not None:
        return read_secret(file, "--password-file")
    if not sys.stdin.isatty():
        raise typer.BadParameter("give the password with --password-file FILE, or - for standard input.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise typer.BadParameter("the two passwords differ.")
    return first


@app.command("list")
def list_users(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List users.

    Example: gatepost user list
    """
    columns = {
        "Name": "NAME",
        "Enabled": "ENABLED",
        "AllowedSenders": "MAY SEND AS",
        "RoleGroups": "ROLE GROUPS",
        "Organization": "ORGANIZATION",
    }

    def show(rows: Any) -> None:
        render.table(rows, columns, empty="There are no users yet. Add one with gatepost user add.")

    answer(context, "user.list", as_json=as_json, show=show, organization=organization)


@app.command()
def show(context: typer.Context, name: _Name, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """Show one user, without the password.

    Example: gatepost user show scanner
    """
    answer(context, "user.show", as_json=as_json, show=render.pairs, identity=name, organization=organization)


@app.command()
@with_properties(ObjectKind.USER, edits=False, without=["Password"])
def add(
    context: typer.Context,
    name: _Name,
    properties: dict[str, Any],
    password_file: _PasswordFile = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Add a user. Without --role-groups it submits mail and operates nothing.

    Example: gatepost user add scanner --password-file scanner.txt --allowed-senders scanner@contoso.com
    """
    answer(
        context,
        "user.add",
        as_json=as_json,
        show=render.done("Added user"),
        name=name,
        password=_password(password_file),
        properties=properties,
        organization=organization,
    )


@app.command("set")
@with_properties(ObjectKind.USER, edits=True, without=["Password"])
def change(
    context: typer.Context,
    name: _Name,
    properties: dict[str, Any],
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Change properties of a user.

    Example: gatepost user set scanner --enabled false
    """
    must_change(properties)
    answer(
        context,
        "user.set",
        as_json=as_json,
        show=render.done("Changed user"),
        identity=name,
        properties=properties,
        organization=organization,
    )


@app.command()
def password(
    context: typer.Context,
    name: _Name,
    password_file: _PasswordFile = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Give a user a new password; who is signed in with the old one is no longer.

    Example: gatepost user password scanner --password-file scanner.txt
    """
    answer(
        context,
        "user.password",
        as_json=as_json,
        show=render.done("Changed the password of"),
        identity=name,
        password=_password(password_file),
        organization=organization,
    )


@app.command()
def remove(context: typer.Context, name: _Name, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """Remove a user.

    Example: gatepost user remove scanner
    """
    answer(
        context,
        "user.remove",
        as_json=as_json,
        show=render.done("Removed user", "removed"),
        identity=name,
        organization=organization,
    )
