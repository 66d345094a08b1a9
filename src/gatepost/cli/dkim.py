"""gatepost dkim …: signing of a domain's mail, its keys and their records."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gatepost.config import ObjectKind

from . import render
from .asking import REFUSED, AsJson, InOrganization, answer, ask
from .flags import must_change, with_properties

signing = typer.Typer(no_args_is_help=True, help="DKIM: sign the mail of accepted domains.")

_Domain = Annotated[str, typer.Argument(help="The accepted domain.", metavar="DOMAIN")]
_Force = Annotated[bool, typer.Option("--force", help="Do not look into the DNS, and do not wait for mail on the way.")]
_Unchecked = Annotated[bool, typer.Option("--unchecked", help="Do not look into the DNS first.")]
_COLUMNS = {
    "Name": "DOMAIN",
    "Enabled": "ENABLED",
    "Algorithms": "ALGORITHMS",
    "SigningSelector": "SIGNS",
    "RotatedUTC": "ROTATED",
    "Organization": "ORGANIZATION",
}
_OURS = ["SigningSelector", "RotationBegunUTC", "RotatedUTC"]  # rotation's own


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(signing, name="dkim")


@signing.command("list")
def list_signings(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List the domains whose mail is signed, or is going to be.

    Example: gatepost dkim list
    """

    def show(rows: Any) -> None:
        render.table(rows, _COLUMNS, empty="No domain signs its mail. Begin with gatepost dkim create DOMAIN.")

    answer(context, "dkim.list", as_json=as_json, show=show, organization=organization)


@signing.command("create")
@with_properties(ObjectKind.SIGNING, edits=False, without=["Enabled", *_OURS])
def create(
    context: typer.Context,
    domain: _Domain,
    properties: dict[str, Any],
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Make the keys of a domain, and show the records to publish.

    Example: gatepost dkim create contoso.com
    """

    def show(value: Any) -> None:
        render.line(f"Made the keys of {value['Name']}. Publish this, then switch signing on:", style="green")
        _show_records(value["Records"])
        render.line(f"gatepost dkim set {value['Name']} --enabled true")

    answer(
        context, "dkim.add", as_json=as_json, show=show, name=domain, properties=properties, organization=organization
    )


@signing.command("show")
def show_signing(
    context: typer.Context, domain: _Domain, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Show how a domain signs, and its records for the DNS.

    Example: gatepost dkim show contoso.com
    """

    def show(value: Any) -> None:
        records = value.pop("Records")
        render.pairs(value)
        _show_records(records)

    answer(context, "dkim.show", as_json=as_json, show=show, identity=domain, organization=organization)


@signing.command("set")
@with_properties(ObjectKind.SIGNING, edits=True, without=_OURS)
def change(
    context: typer.Context,
    domain: _Domain,
    properties: dict[str, Any],
    unchecked: _Unchecked = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Switch signing on or off, or change how it is done.

    Example: gatepost dkim set contoso.com --enabled true
    """
    must_change(properties)
    answer(
        context,
        "dkim.set",
        as_json=as_json,
        show=lambda it: render.line(
            f"Mail of {it['Name']} is {'signed' if it['Enabled'] else 'not signed'}.", style="green"
        ),
        identity=domain,
        properties=properties,
        unchecked=unchecked,
        organization=organization,
    )


@signing.command("check")
def check(
    context: typer.Context, domain: _Domain, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Look whether the DNS has the records, as receivers find them.

    Example: gatepost dkim check contoso.com
    """
    rows = ask(context, "dkim.check", as_json=as_json, identity=domain, organization=organization)
    if as_json:
        render.json_out(rows)
    else:
        columns = {"Level": "", "Sentence": "WHAT WAS FOUND", "Remedy": "REMEDY"}
        render.table(rows, columns, empty="There is nothing to look for.")
    if any(row["Level"] == "failed" for row in rows):
        raise typer.Exit(REFUSED)


@signing.command("rotate")
def rotate(
    context: typer.Context,
    domain: _Domain,
    key_size: Annotated[int | None, typer.Option("--key-size", help="Bits of the new RSA key.")] = None,
    force: _Force = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Change the key in two steps: make a new one; and, once its record is published, sign with it.

    Example: gatepost dkim rotate contoso.com
    """
    answer(
        context,
        "dkim.rotate",
        as_json=as_json,
        show=lambda it: _show_records([row for row in it["Records"] if row["Use"] == "next"]),
        identity=domain,
        key_size=key_size,
        force=force,
        organization=organization,
    )


@signing.command("remove")
def remove(
    context: typer.Context, domain: _Domain, organization: InOrganization = None, as_json: AsJson = False
) -> None:
    """Sign no more, and forget the keys.

    Example: gatepost dkim remove contoso.com
    """
    answer(
        context,
        "dkim.remove",
        as_json=as_json,
        show=lambda it: render.line(f"Mail of {it['removed']} is no longer signed.", style="green"),
        identity=domain,
        organization=organization,
    )


def _show_records(records: Sequence[Any]) -> None:
    for row in records:
        render.line("")
        render.line(f"{row['Selector']} ({row['Algorithm']}, {row['Use']})", style="bold")
        if row["Problem"]:
            render.line(row["Problem"], style="red")
            continue
        render.line(f"Name:  {row['Name']}")
        render.line("Type:  TXT")
        render.line(f"Value: {row['Value']}")
        render.line(f"Zone:  {row['Zone']}")
