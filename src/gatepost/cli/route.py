"""gatepost route: the ways out, how each stands, and which a message would take."""

from typing import Annotated, Any

import typer

from . import render
from .asking import AsJson, InOrganization, answer

routes = typer.Typer(no_args_is_help=True, help="The ways out: how each stands, which a message would take.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(routes, name="route")


@routes.command("list")
def list_routes(context: typer.Context, organization: InOrganization = None, as_json: AsJson = False) -> None:
    """List the outbound connectors as ways: closed is in use, open is left alone until it is asked again.

    Example: gatepost route list
    """
    columns = {
        "connector": "WAY",
        "standing": "STANDING",
        "asked_again_at": "ASKED AGAIN",
        "next": "NEXT WAYS",
        "minute": "A MINUTE",
        "connections": "CONNECTIONS",
        "day": "24 HOURS",
    }

    def show(rows: Any) -> None:
        told = [{**it, "next": ", ".join(it["fallback_connectors"]), **_measured(it)} for it in rows]
        render.table(told, columns, empty="There is no outbound connector. Mail goes to the MX of its domain.")
        for it in rows:
            if it["reason"]:
                render.line(f"{it['connector']} is not used: {it['reason']}", style="yellow")

    answer(context, "route.list", as_json=as_json, show=show, organization=organization)


@routes.command("explain")
def explain_route(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", help="The recipient.", metavar="ADDRESS")],
    sender: Annotated[str, typer.Option("--from", help="The sender; '<>' for none.", metavar="ADDRESS")] = "",
    connector: Annotated[
        str | None, typer.Option("--connector", help="The inbound connector that took the message.", metavar="NAME")
    ] = None,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Say by which ways a message would leave, in their order, and why not by the others.

    Example: gatepost route explain --from scanner@contoso.com --to b@fabrikam.com --connector Devices
    """
    answer(
        context,
        "route.explain",
        as_json=as_json,
        show=_explained,
        rcpt=to,
        mail_from=sender,
        connector=connector,
        organization=organization,
    )


def _explained(it: Any) -> None:
    render.line(f"destination {it['destination']} of organization {it['organization'] or '(none)'}", style="bold")
    for number, way in enumerate(it["ways"], 1):
        hosts = f" ({', '.join(way['hosts'])})" if way["hosts"] else ""
        style = "green" if way["standing"] == "closed" else "yellow"
        render.line(f"  {number}. {way['way']}{hosts}", style=style)
        if way["standing"] != "closed":
            render.line(f"     passed over until {way['asked_again_at']}: {way['reason']}", style="yellow")
    for words in it["left_out"]:
        render.line(f"  left out {words}", style="yellow")
    for other in it["passed"]:
        render.line(f"  not by '{other['connector']}', because {other['because']}")


def _measured(row: Any) -> dict[str, str]:
    """What went by the way, and what may."""
    used, limits = row["used"], row["limits"]

    def of(number: int, most: int | None) -> str:
        return "" if most is None else f"{number:,} of {most:,}"

    return {
        "minute": of(used["messages_of_a_minute"], limits["messages_per_minute"]),
        "connections": of(used["connections"], limits["connections"]),
        "day": of(used["recipients_of_24_hours"], limits["recipients_per_day"]),
    }
