"""gatepost m365: what a tenant of Microsoft 365 needs to take our mail, as a script; and what is still missing."""

from typing import Annotated, Any

import typer

from . import render
from .asking import AsJson, OfOrganization, ask
from .findings import finish, show_findings

Connector = Annotated[
    str | None,
    typer.Option("--connector", help="Outbound connector that is meant: its name or GUID.", metavar="NAME"),
]

app = typer.Typer(no_args_is_help=True, help="Microsoft 365: a script for its tenant, and a check.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(app, name="m365")


@app.command("script")
def script(
    context: typer.Context,
    connector: Connector = None,
    parts: Annotated[
        list[str] | None,
        typer.Option(
            "--for", help="What to set up: certificate, address, xoauth2, graph. Repeat for several.", metavar="WAY"
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="The tenant: its GUID or a domain of it.", metavar="NAME")
    ] = None,
    mailbox: Annotated[str | None, typer.Option("--mailbox", help="The mailbox that sends.", metavar="ADDRESS")] = None,
    application: Annotated[
        str | None, typer.Option("--application", help="Name of the app registration.", metavar="NAME")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the inbound connector there.", metavar="NAME")
    ] = None,
    certificate_name: Annotated[
        str | None, typer.Option("--certificate-name", help="Name on the relay's certificate.", metavar="NAME")
    ] = None,
    addresses: Annotated[
        list[str] | None,
        typer.Option("--address", help="Public address of the relay. Repeat for several.", metavar="ADDRESS"),
    ] = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Write the PowerShell that an administrator of the tenant runs, with an explanation of every step.

    It holds no secret, and changes nothing here.

    Example: gatepost m365 script --for xoauth2 --tenant contoso.com --mailbox scanner@contoso.com
    """
    told = ask(
        context,
        "m365.script",
        as_json=as_json,
        identity=connector,
        parts=parts,
        tenant=tenant,
        mailbox=mailbox,
        application=application,
        name=name,
        certificate_name=certificate_name,
        addresses=addresses,
        organization=organization,
    )
    if as_json:
        render.json_out(told)
    else:
        typer.echo(told["script"], nl=False)


@app.command("check")
def check(
    context: typer.Context,
    connector: Connector = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Show step by step what is missing: endpoint, certificate, token, its roles, sign-in, Graph. No mail is sent.

    Ends with 1 if anything has failed; warnings do not count.

    Example: gatepost m365 check --connector 'Microsoft 365'
    """
    told: dict[str, Any] = ask(context, "m365.check", as_json=as_json, identity=connector, organization=organization)
    findings = told["findings"]
    for title in dict.fromkeys(it["section"] for it in findings) if not as_json else ():
        show_findings([it for it in findings if it["section"] == title], title)
    finish(findings, as_json=as_json)
