"""gatepost token …: how programs sign in to REST and InvokeCommand. A token is shown once, when it is made."""

from typing import Annotated, Any

import typer

from gatepost.config import RoleGroup

from . import render
from .asking import AsJson, InOrganization, answer

app = typer.Typer(no_args_is_help=True, help="Access tokens: how programs sign in.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(app, name="token")


_Name = Annotated[str, typer.Argument(help="Name of the token, or its GUID.", metavar="NAME")]
_All = Annotated[bool, typer.Option("--all-organizations", help="Good in every organization of the server.")]
_Expires = Annotated[
    str | None,
    typer.Option(
        "--expires",
        help="When it stops being good: 12h, 90d, 52w, a date such as 2027-01-31, or never.",
        metavar="TIME",
    ),
]
_Role = Annotated[
    str | None, typer.Option("--role", help=f"What it may do: {' or '.join(RoleGroup)}.", metavar="ROLEGROUP")
]


def _properties(role: str | None, expires: str | None, enabled: str | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {"RoleGroup": role, "ExpiresUTC": expires, "Enabled": enabled}
    given = {name: value for name, value in given.items() if value is not None}
    if expires is not None and expires.strip().lower() == "never":
        given["ExpiresUTC"] = None
    return given


@app.command("list")
def list_tokens(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List access tokens.

    Example: gatepost token list
    """
    columns = {
        "Name": "NAME",
        "Enabled": "ENABLED",
        "RoleGroup": "ROLE GROUP",
        "Organization": "ORGANIZATION",
        "ExpiresUTC": "EXPIRES",
        "LastUsedUTC": "LAST USED",
    }

    def show(rows: Any) -> None:
        empty = "There are no access tokens yet. Make one with gatepost token add."
        render.table([_in_words(row) for row in rows], columns, empty=empty)

    answer(context, "token.list", as_json=as_json, show=show, organization=organization)


@app.command()
def show(context: typer.Context, name: _Name, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """Show one access token, without its secret.

    Example: gatepost token show backup
    """
    answer(
        context,
        "token.show",
        as_json=as_json,
        show=lambda it: render.pairs(_in_words(it)),
        identity=name,
        organization=organization,
    )


def _in_words(token: dict[str, Any]) -> dict[str, Any]:
    """A token for people: what is not set has a meaning."""
    return {
        **token,
        "Organization": token["Organization"] or "(all)",
        "ExpiresUTC": token["ExpiresUTC"] or "(never)",
        "LastUsedUTC": token["LastUsedUTC"] or "(not since the start)",
    }


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the token: what it is for.", metavar="NAME")],
    role: _Role = None,
    expires: _Expires = None,
    all_organizations: _All = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Make an access token and print it, this once. Without --role it only reads; without --expires it lasts 90 days.

    Example: gatepost token add backup --role 'Organization Management' --expires 52w
    """
    if all_organizations and organization is not None:
        raise typer.BadParameter("give --organization or --all-organizations, not both.")

    def show(it: Any) -> None:
        until = f"good until {it['ExpiresUTC']}" if it["ExpiresUTC"] else "good for ever"
        words = f"Made token '{it['Name']}', {until}. Keep it now: it is not shown again."
        render.sentences((words,), style="green")
        render.line(it["Token"])

    answer(
        context,
        "token.add",
        as_json=as_json,
        show=show,
        name=name,
        properties=_properties(role, expires),
        organization=organization,
        all_organizations=all_organizations,
    )


@app.command("set")
def change(
    context: typer.Context,
    name: _Name,
    role: _Role = None,
    expires: _Expires = None,
    enabled: Annotated[str | None, typer.Option("--enabled", help="Whether it counts.", metavar="true|false")] = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Change an access token; its secret stays.

    Example: gatepost token set backup --expires 52w
    """
    properties = _properties(role, expires, enabled)
    if not properties:
        raise typer.BadParameter("nothing to change: give --role, --expires or --enabled.")
    answer(
        context,
        "token.set",
        as_json=as_json,
        show=render.done("Changed token"),
        identity=name,
        properties=properties,
        organization=organization,
    )


@app.command()
def remove(context: typer.Context, name: _Name, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """Remove an access token; it is refused from the next request on.

    Example: gatepost token remove backup
    """
    answer(
        context,
        "token.remove",
        as_json=as_json,
        show=render.done("Removed token", "removed"),
        identity=name,
        organization=organization,
    )
