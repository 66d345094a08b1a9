"""gatepost connector …: who may hand mail in, and (with --outbound) how it leaves."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gatepost.config import ObjectKind

from . import render
from .asking import REFUSED, AsJson, InOrganization, answer, ask
from .flags import foreign, must_change, read_text, with_properties
from .foreseen import WhatIf, foretell

app = typer.Typer(no_args_is_help=True, help="Connectors: inbound ones, and outbound ones with --outbound.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(app, name="connector")


Outbound = Annotated[bool, typer.Option("--outbound", help="An outbound connector, not an inbound one.")]
Identity = Annotated[str, typer.Argument(help="Name or GUID.", metavar="IDENTITY")]
_BOTH = (ObjectKind.INBOUND, ObjectKind.OUTBOUND)

_INBOUND_COLUMNS = {
    "Name": "NAME",
    "ConnectorType": "TYPE",
    "SenderDomains": "SENDER DOMAINS",
    "SenderIPAddresses": "ADDRESSES",
    "TlsSenderCertificateName": "CERTIFICATE",
    "Enabled": "ENABLED",
}
_OUTBOUND_COLUMNS = {
    "Name": "NAME",
    "RecipientDomains": "RECIPIENT DOMAINS",
    "UseMXRecord": "MX",
    "SmartHosts": "SMART HOSTS",
    "TlsSettings": "TLS",
    "Enabled": "ENABLED",
}


@app.command("list")
def list_connectors(
    context: typer.Context,
    outbound: Outbound = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List connectors.

    Example: gatepost connector list --outbound
    """
    columns = _OUTBOUND_COLUMNS if outbound else _INBOUND_COLUMNS

    def show(rows: Any) -> None:
        if len({row["Organization"] for row in rows}) > 1:
            render.table(rows, {"Organization": "ORGANIZATION", **columns}, empty="")
        else:
            render.table(
                rows,
                columns,
                empty="There are no connectors of this kind yet. Add one with gatepost connector add.",
            )

    answer(context, "connector.list", as_json=as_json, show=show, outbound=outbound, organization=organization)


@app.command()
def usage(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List how much each connector is used: when last, and in messages.

    Example: gatepost connector usage
    """
    columns = {"Name": "NAME", "LastUsedUTC": "LAST USED", "MessagesToday": "TODAY", "Messages7Days": "7 DAYS"}

    def show(rows: Any) -> None:
        render.table(rows, columns, empty="There are no connectors yet. Add one with gatepost connector add.")

    answer(context, "connector.usage", as_json=as_json, show=show, organization=organization)


@app.command()
def show(
    context: typer.Context,
    identity: Identity,
    outbound: Outbound = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Show one connector with all its properties.

    Example: gatepost connector show 'SMTP Relay (TLS)'
    """
    answer(
        context,
        "connector.show",
        as_json=as_json,
        show=render.pairs,
        identity=identity,
        outbound=outbound,
        organization=organization,
    )


@app.command()
@with_properties(*_BOTH, edits=False)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Option("--name", help="Its name, at most 64 characters.", metavar="TEXT")],
    properties: dict[str, Any],
    outbound: Outbound = False,
    organization: InOrganization = None,
    what_if: WhatIf = False,
    as_json: AsJson = False,
) -> None:
    """Add a connector.

    Example: gatepost connector add --name 'SMTP Relay (Non-TLS)' --connector-type OnPremises
    --sender-domains '*' --sender-ip-addresses 192.0.2.10

    Example: gatepost connector add --outbound --name Upstream --recipient-domains '*' --use-mx-record false
    --smart-hosts 127.0.0.1:2600
    """
    _refuse_foreign(properties, outbound)
    if what_if:
        edit = _edit("add", name, properties, outbound=outbound)
        foretell(context, edit, organization=organization, as_json=as_json)
        return
    answer(
        context,
        "connector.add",
        as_json=as_json,
        show=render.done("Added connector"),
        name=name,
        properties=properties,
        outbound=outbound,
        organization=organization,
    )


@app.command("set")
@with_properties(*_BOTH, edits=True)
def change(
    context: typer.Context,
    identity: Identity,
    properties: dict[str, Any],
    name: Annotated[str | None, typer.Option("--name", help="A new name.", metavar="TEXT")] = None,
    outbound: Outbound = False,
    organization: InOrganization = None,
    what_if: WhatIf = False,
    as_json: AsJson = False,
) -> None:
    """Change properties of a connector; '' empties one.

    Example: gatepost connector set 'SMTP Relay (Non-TLS)' --add-sender-ip-addresses 192.0.2.11
    """
    _refuse_foreign(properties, outbound)
    if name is not None:
        properties["Name"] = name
    must_change(properties)
    if what_if:
        edit = _edit("set", identity, properties, outbound=outbound)
        foretell(context, edit, organization=organization, as_json=as_json)
        return
    answer(
        context,
        "connector.set",
        as_json=as_json,
        show=render.done("Changed connector"),
        identity=identity,
        properties=properties,
        outbound=outbound,
        organization=organization,
    )


def _edit(action: str, name: str, properties: dict[str, Any], *, outbound: bool) -> dict[str, Any]:
    """A change of a connector, as it is foreseen."""
    kind = "outbound" if outbound else "inbound"
    return {"action": action, "kind": kind, "name": name, "properties": properties}


def _on_one(act: str, done: str, words: str) -> Callable[..., None]:
    """A command that does one thing to one connector, and says so."""

    def command(
        context: typer.Context,
        identity: Identity,
        outbound: Outbound = False,
        organization: InOrganization = None,
        what_if: WhatIf = False,
        as_json: AsJson = False,
    ) -> None:
        if what_if:
            properties = {} if act == "remove" else {"Enabled": act == "enable"}
            edit = _edit("remove" if act == "remove" else "set", identity, properties, outbound=outbound)
            foretell(context, edit, organization=organization, as_json=as_json)
            return
        answer(
            context,
            f"connector.{act}",
            as_json=as_json,
            show=lambda it: render.line(f"{done} connector '{it.get('removed') or it['Name']}'.", style="green"),
            identity=identity,
            outbound=outbound,
            organization=organization,
        )

    command.__doc__ = words
    return command


for _act, _done, _words in (
    ("remove", "Removed", "Remove exactly one connector.\n\nExample: gatepost connector remove 'SMTP Relay (Non-TLS)'"),
    ("enable", "Enabled", "Let a connector count again.\n\nExample: gatepost connector enable Upstream --outbound"),
    (
        "disable",
        "Disabled",
        "Keep a connector, but let it not count.\n\nExample: gatepost connector disable 'SMTP Relay (TLS)'",
    ),
):
    app.command(_act)(_on_one(_act, _done, _words))


@app.command()
def validate(
    context: typer.Context,
    identity: Identity,
    outbound: Outbound = False,
    recipients: Annotated[
        list[str] | None,
        typer.Option("--recipients", help="Who gets a test message. Repeat for several.", metavar="ADDRESS"),
    ] = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Look at a connector again; with --outbound also try its smart hosts. Status 1 when a task failed.

    Example: gatepost connector validate Upstream --outbound --recipients b@fabrikam.com
    """
    tasks = ask(
        context,
        "connector.validate",
        as_json=as_json,
        identity=identity,
        outbound=outbound,
        organization=organization,
        recipients=recipients or None,
    )
    if as_json:
        render.json_out(tasks)
    else:
        columns = {"TaskName": "TASK", "IsTaskSuccessful": "SUCCEEDED", "TaskDetail": "DETAIL"}
        render.table(tasks, columns, empty="Nothing to check.")
    if not all(task["IsTaskSuccessful"] for task in tasks):
        raise typer.Exit(REFUSED)


@app.command()
def explain(
    context: typer.Context,
    ip: Annotated[str, typer.Option("--ip", help="The client's address.", metavar="ADDRESS")],
    mail_from: Annotated[str, typer.Option("--mail-from", help="The sender; '<>' for none.", metavar="ADDRESS")],
    rcpt: Annotated[str, typer.Option("--rcpt", help="The recipient.", metavar="ADDRESS")],
    cert: Annotated[
        Path | None,
        typer.Option("--cert", help="PEM file of the client certificate, with its chain.", metavar="FILE"),
    ] = None,
    cert_name: Annotated[
        list[str] | None,
        typer.Option("--cert-name", help="A name on a trusted client certificate. Repeat for several.", metavar="NAME"),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="The session uses TLS (implied by a certificate).")] = False,
    tls_version: Annotated[
        str | None,
        typer.Option("--tls-version", help="The newest TLS the client knows: TLSv1.0 to TLSv1.3.", metavar="VERSION"),
    ] = None,
    hello: Annotated[str, typer.Option("--hello", help="The EHLO name.", metavar="NAME")] = "",
    user: Annotated[str | None, typer.Option("--user", help="The authenticated user.", metavar="NAME")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what would be decided for a session like this, and why.

    Example: gatepost connector explain --ip 203.0.113.9 --mail-from a@contoso.com --rcpt b@fabrikam.com
    """
    if cert and cert_name:
        raise typer.BadParameter("give --cert or --cert-name, not both.")
    answer(
        context,
        "connector.explain",
        as_json=as_json,
        show=_explained,
        ip=ip,
        mail_from=mail_from,
        rcpt=rcpt,
        cert_names=cert_name or None,
        cert_pem=read_text(cert, "--cert") if cert else None,
        tls=True if tls else None,
        tls_version=tls_version,
        hello=hello,
        user=user,
    )


def _explained(it: Any) -> None:
    style = {"relay": "bold green", "incoming": "bold green"}.get(it["result"], "bold red")
    render.line(f"{it['result']}: {it['reply']}", style=style)
    if it["connector"] or it["organization"]:
        render.line(f"connector {it['connector'] or '(none)'} of organization {it['organization'] or '(none)'}")
    for reason in it["reasons"]:
        render.line(f"  because  {reason}")
    for remedy in it["remedies"]:
        render.line(f"  remedy   {remedy}", style="cyan")


def _refuse_foreign(properties: dict[str, Any], outbound: bool) -> None:
    kind = ObjectKind.OUTBOUND if outbound else ObjectKind.INBOUND
    if wrong := foreign(properties, kind):
        hint = "leave --outbound out" if outbound else "add --outbound"
        raise typer.BadParameter(f"{', '.join(wrong)} is no property of an {kind}; {hint}?")
