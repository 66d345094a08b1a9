"""gatepost recipient …: the mailboxes and aliases of accepted domains."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from . import render
from .asking import WHAT_IF, AsJson, InOrganization, OfOrganization, answer, ask
from .flags import read_text

recipients = typer.Typer(no_args_is_help=True, help="Recipients of accepted domains: mailboxes and aliases.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(recipients, name="recipient")


_Addresses = Annotated[list[str], typer.Argument(help="One or more addresses.", metavar="ADDRESS…")]
_Domain = Annotated[str | None, typer.Argument(help="Only this accepted domain.", metavar="DOMAIN")]
_WhatIf = Annotated[bool, typer.Option("--what-if", help="Say what would change, and change nothing.")]
_MOST = 32 << 20  # characters of a file: half a million recipients
_COLUMNS = {"Address": "ADDRESS", "RecipientType": "TYPE", "Targets": "LEADS TO", "DomainName": "DOMAIN"}


def _show_change(told: Any, *, what_if: bool) -> None:
    if not told["domains"]:
        render.line("Nothing changes: the lists are as they are wanted.")
    for it in told["domains"]:
        render.line(
            f"{it['DomainName']}: {it['added']} added, {it['changed']} changed, {it['removed']} removed; "
            f"{it['total']} in the list.",
            style="green",
        )
    if what_if:
        render.line(WHAT_IF, style="dim")


@recipients.command("list")
def list_recipients(
    context: typer.Context,
    domain: _Domain = None,
    search: Annotated[str | None, typer.Option("--search", help="Part of an address.", metavar="TEXT")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Go on behind this address.", metavar="ADDRESS")] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=1000)] = 100,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List recipients, by address.

    Example: gatepost recipient list contoso.com --search anna
    """

    def show(told: Any) -> None:
        render.table(told["recipients"], _COLUMNS, empty="No recipient is listed. Add one with gatepost recipient add.")
        if told["next"]:
            render.line(f"There are more: gatepost recipient list --after {told['next']}", style="dim")

    answer(
        context,
        "recipient.list",
        as_json=as_json,
        show=show,
        domain=domain,
        search=search,
        after=after,
        limit=limit,
        organization=organization,
    )


@recipients.command("show")
def show_recipient(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The address.", metavar="ADDRESS")],
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Show one recipient, and whom it leads to.

    Example: gatepost recipient show info@contoso.com
    """
    answer(context, "recipient.show", as_json=as_json, show=render.pairs, address=address, organization=organization)


@recipients.command("add")
def add_recipients(
    context: typer.Context,
    addresses: _Addresses,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", help="Make it an alias of this address. Repeat for several.", metavar="ADDRESS"),
    ] = None,
    what_if: _WhatIf = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List mailboxes, or an alias with what it stands for.

    Example: gatepost recipient add info@contoso.com --to anna@contoso.com --to bob@contoso.com
    """
    answer(
        context,
        "recipient.add",
        as_json=as_json,
        show=partial(_show_change, what_if=what_if),
        recipients=[{"Address": it, "Targets": to or []} for it in addresses],
        what_if=what_if,
        organization=organization,
    )


@recipients.command("remove")
def remove_recipients(
    context: typer.Context,
    addresses: _Addresses,
    what_if: _WhatIf = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Take addresses out of the list of their domain.

    Example: gatepost recipient remove anna@contoso.com
    """
    answer(
        context,
        "recipient.remove",
        as_json=as_json,
        show=partial(_show_change, what_if=what_if),
        addresses=addresses,
        what_if=what_if,
        organization=organization,
    )


@recipients.command("import")
def import_recipients(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, or one address a line; - is standard input.", metavar="FILE")],
    domain: Annotated[
        str | None, typer.Option("--domain", help="The domain of addresses without one.", metavar="DOMAIN")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="The lists become exactly this: others are taken out.")
    ] = False,
    what_if: _WhatIf = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List every recipient that a file names: all of them, or none if one is wrong.

    Example: gatepost recipient import recipients.csv --replace --what-if
    """
    answer(
        context,
        "recipient.import",
        as_json=as_json,
        show=partial(_show_change, what_if=what_if),
        text=read_text(file, "FILE", most=_MOST),
        domain=domain,
        replace=replace,
        what_if=what_if,
        organization=organization,
    )


@recipients.command("export")
def export_recipients(
    context: typer.Context, domain: _Domain = None, organization: OfOrganization = None, as_json: AsJson = False
) -> None:
    """Print the lists as CSV, which import reads.

    Example: gatepost recipient export contoso.com > recipients.csv
    """
    told = ask(context, "recipient.export", as_json=as_json, domain=domain, organization=organization)
    if as_json:
        render.json_out(told)
    else:
        typer.echo(told["text"], nl=False)
