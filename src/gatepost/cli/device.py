"""gatepost device …: who has connected, and letting them in or keeping them out."""

from functools import partial
from typing import Annotated, Any

import typer

from . import render
from .asking import WHAT_IF, AsJson, OfOrganization, answer

devices = typer.Typer(no_args_is_help=True, help="Devices: who has connected, whether taken or refused.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(devices, name="device")


_Address = Annotated[str, typer.Argument(help="IP address of the device; of IPv6 its /64 will do.", metavar="ADDRESS")]
_WhatIf = Annotated[bool, typer.Option("--what-if", help="Only say what would change.")]
_TOLD_BELOW = ("last_refusal", "allowed_by", "nag", "tls_advice")  # in sentences of their own
_COLUMNS = {
    "address": "ADDRESS",
    "name": "NAME",
    "hello": "SAYS IT IS",
    "tls": "TLS",
    "last_seen": "LAST SEEN",
    "accepted": "ACCEPTED",
    "refused": "REFUSED",
    "last_connector": "CONNECTOR",
    "owner": "OWNER",
}


@devices.command("list")
def list_devices(
    context: typer.Context,
    search: Annotated[
        str | None, typer.Option("--search", help="A part of anything known of a device.", metavar="TEXT")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            help="allowed, refused (nothing was ever taken), blocked, noted, retire or old-tls.",
            metavar="STATE",
        ),
    ] = None,
    learned: Annotated[
        bool, typer.Option("--learned", help="Only unknown ones that were refused while learning was on.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", help="Rows at most.", metavar="NUMBER", min=1, max=5000)] = 100,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List who has connected, the last seen first.

    Example: gatepost device list --state refused
    """

    def show(it: Any) -> None:
        render.table(it["devices"], _COLUMNS, empty="No device has connected.")
        for device in it["devices"]:
            if device["nag"]:
                render.line(device["nag"], style="yellow")
        if it["learning"]["on"]:
            render.line(f"Learning is on until {it['learning']['until']}.", style="yellow")

    answer(
        context,
        "device.list",
        as_json=as_json,
        show=show,
        search=search,
        state=state,
        learned=learned,
        limit=limit,
        organization=organization,
    )


@devices.command("show")
def show_device(
    context: typer.Context, address: _Address, organization: OfOrganization = None, as_json: AsJson = False
) -> None:
    """Show everything known of one device: what it said, what was refused, and what would help.

    Example: gatepost device show 192.0.2.9
    """
    answer(context, "device.show", as_json=as_json, show=_device, address=address, organization=organization)


@devices.command()
def note(
    context: typer.Context,
    address: _Address,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner",
            help="Whom to ask about it, best by mail address: then told of its mail that failed.",
            metavar="TEXT",
        ),
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="What it is, where it stands.", metavar="TEXT")] = None,
    retire_by: Annotated[
        str | None,
        typer.Option(
            "--retire-by-utc", "--retire-by", help="When it is to go; reminds from a month before.", metavar="DATE"
        ),
    ] = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Note whose a device is, what it is, and when it is to go. An empty text takes a note back.

    Example: gatepost device note 192.0.2.9 --owner 'Facilities' --retire-by 2027-03-31
    """
    answer(
        context,
        "device.note",
        as_json=as_json,
        show=_device,
        address=address,
        owner=owner,
        note=note,
        retire_by=retire_by,
        organization=organization,
    )


@devices.command()
def allow(
    context: typer.Context,
    address: _Address,
    connector: Annotated[
        str | None,
        typer.Option(
            "--connector", help="Inbound connector to add it to. Default: Devices, made if missing.", metavar="NAME"
        ),
    ] = None,
    minimum_tls_version: Annotated[
        str | None,
        typer.Option(
            "--minimum-tls-version",
            help="Let it use old TLS, too: TLSv1.0 or TLSv1.1. It gets a connector of its own.",
            metavar="VERSION",
        ),
    ] = None,
    what_if: _WhatIf = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Let a device relay: its address is added to an inbound connector.

    Example: gatepost device allow 192.0.2.9 --what-if
    """
    answer(
        context,
        "device.allow",
        as_json=as_json,
        show=partial(_done, what_if=what_if),
        address=address,
        connector=connector,
        minimum_tls_version=minimum_tls_version,
        what_if=what_if,
        organization=organization,
    )


@devices.command()
def block(
    context: typer.Context,
    address: _Address,
    what_if: _WhatIf = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Keep a device out: no connector names it any more, and it is refused when it connects.

    Example: gatepost device block 198.51.100.7
    """
    answer(
        context,
        "device.block",
        as_json=as_json,
        show=partial(_done, what_if=what_if),
        address=address,
        what_if=what_if,
        organization=organization,
    )


@devices.command()
def learning(
    context: typer.Context,
    action: Annotated[str, typer.Argument(help="show, start or stop.", metavar="[ACTION]")] = "show",
    hours: Annotated[float, typer.Option("--hours", help="How long, from start.", metavar="NUMBER")] = 24,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Mark the unknown devices that are refused for a while. Nothing is trusted by it.

    Example: gatepost device learning start --hours 2
    """

    def show(it: Any) -> None:
        state = f"on until {it['until']}" if it["on"] else "off"
        render.line(f"Learning is {state}; {it['learned']} learned. List them with gatepost device list --learned.")

    answer(
        context,
        "device.learning",
        as_json=as_json,
        show=show,
        action=action,
        hours=hours,
        organization=organization,
    )


def _device(it: Any) -> None:
    refusal = it["last_refusal"]
    render.pairs({key: value for key, value in it.items() if key not in _TOLD_BELOW})
    for one in it["allowed_by"]:
        render.line(f"Connector '{one['Name']}' of {one['Organization']} lists {one['Network']}.", style="green")
    if refusal is not None:
        render.line(f"Last refused {refusal['at']}: {refusal['reply']}", style="yellow")
        for sentence in (*refusal["reasons"], *refusal["remedies"]):
            render.line(f"    {sentence}")
    for sentence in (it["nag"], it["tls_advice"]):
        if sentence:
            render.line(sentence, style="yellow")


def _done(it: Any, *, what_if: bool) -> None:
    """What was changed, property by property, and how the device would fare now."""
    if not it["changes"]:
        render.line("Nothing changes.", style="yellow")
    for change in it["changes"]:
        render.line(f"{change['action']} {change['kind']} '{change['name']}'", style="green")
        for one in change["differences"]:
            if change["action"] == "set":
                render.line(f"    {one['property']}: {render.cell(one['before'])} -> {render.cell(one['after'])}")
            elif one["after"] not in (None, "", [], False):
                render.line(f"    {one['property']}: {render.cell(one['after'])}")
    after = it.get("next")
    if after is not None:
        style = "green" if after["result"] in ("relay", "incoming") else "yellow"
        render.line(f"Its last refused session would now be answered: {after['reply']}", style=style)
        for sentence in after["remedies"]:
            render.line(f"    {sentence}")
    if what_if:
        render.line(WHAT_IF, style="dim")
