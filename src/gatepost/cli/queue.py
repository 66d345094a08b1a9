"""gatepost queue …: what waits, and what an operator does about it."""

from typing import Annotated, Any

import typer

from . import render
from .asking import AsJson, OfOrganization, answer

queue = typer.Typer(no_args_is_help=True, help="The queue: mail that has not left.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(queue, name="queue")


_Ids = Annotated[list[str] | None, typer.Argument(help="Queue ids.", metavar="[ID]...")]
MessageId = Annotated[str, typer.Argument(help="Queue id.", metavar="ID")]
_Destination = Annotated[
    str | None,
    typer.Option("--destination", help="Everything for one destination, as queue list names it.", metavar="NAME"),
]
_Held = Annotated[
    bool, typer.Option("--held", help="Everything that is held; with --destination, what is held for it.")
]
_Rule = Annotated[str | None, typer.Option("--rule", help="What this transport rule holds.", metavar="NAME")]
_Sandbox = Annotated[bool, typer.Option("--sandbox", help="What is held in the sandbox, which --held leaves out.")]
Limit = Annotated[int, typer.Option("--limit", help="Rows at most.", metavar="NUMBER", min=1, max=5000)]

_QUEUE_COLUMNS = {
    "id": "ID",
    "state": "STATE",
    "sender": "SENDER",
    "recipient": "RECIPIENT",
    "destination": "DESTINATION",
    "attempts": "TRIES",
    "due": "DUE",
    "last_reply": "LAST REPLY",
}


def order(context: typer.Context, verb: str, *, done: str, as_json: bool, **which: Any) -> None:
    """Give an order on mail in the queue, and say how many recipients it reached."""

    def show(it: Any) -> None:
        count = it["recipients"]
        render.line(f"{done}: {count} recipient{'' if count == 1 else 's'}.", style="green" if count else "yellow")

    answer(context, f"queue.{verb}", as_json=as_json, show=show, **(which | {"ids": which["ids"] or []}))


@queue.command("list")
def list_queue(
    context: typer.Context,
    destination: _Destination = None,
    state: Annotated[str | None, typer.Option("--state", help="waiting, sending or held.", metavar="STATE")] = None,
    held: Annotated[bool, typer.Option("--held", help="Only what is held; the same as --state held.")] = False,
    rule: _Rule = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Only what is held in the sandbox.")] = False,
    limit: Limit = 100,
    after: Annotated[
        str | None, typer.Option("--after", help="Go on behind this cursor (from --json).", metavar="CURSOR")
    ] = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List recipients that have not left.

    Example: gatepost queue list --held
    """
    answer(
        context,
        "queue.list",
        as_json=as_json,
        show=_waiting,
        destination=destination,
        state=state or ("held" if held else None),
        rule=rule,
        sandbox=sandbox or None,
        limit=limit,
        after=after,
        organization=organization,
    )


@queue.command("destinations")
def list_destinations(
    context: typer.Context,
    limit: Limit = 1000,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List where mail waits: how much, since when, what was last said there, and when it is tried next.

    Example: gatepost queue destinations
    """
    given = {"sort": "fullest", "limit": limit, "organization": organization}
    answer(context, "queue.destinations", as_json=as_json, show=_destinations, **given)


@queue.command("show")
def show_message(
    context: typer.Context,
    id: MessageId,  # noqa: A002
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Show one message with all its recipients.

    Example: gatepost queue show 0003f2a1b4c5d6e7
    """
    answer(context, "queue.show", as_json=as_json, show=message, id=id, organization=organization)


@queue.command()
def retry(
    context: typer.Context,
    ids: _Ids = None,
    destination: _Destination = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Try waiting mail now.

    Example: gatepost queue retry --destination connector:Upstream
    """
    order(
        context, "retry", done="Due now", as_json=as_json, ids=ids, destination=destination, organization=organization
    )


@queue.command()
def hold(
    context: typer.Context,
    ids: _Ids = None,
    destination: _Destination = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Keep waiting mail back until it is released.

    Example: gatepost queue hold 0003f2a1b4c5d6e7
    """
    order(context, "hold", done="Held", as_json=as_json, ids=ids, destination=destination, organization=organization)


@queue.command()
def release(
    context: typer.Context,
    ids: _Ids = None,
    destination: _Destination = None,
    held: _Held = False,
    rule: _Rule = None,
    sandbox: _Sandbox = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Let held mail go on.

    Example: gatepost queue release --held
    """
    which = {"ids": ids, "destination": destination, "held": held, "rule": rule, "organization": organization}
    which["sandbox"] = sandbox
    order(context, "release", done="Released", as_json=as_json, **which)


@queue.command()
def drop(
    context: typer.Context,
    ids: _Ids = None,
    destination: _Destination = None,
    held: _Held = False,
    rule: _Rule = None,
    sandbox: _Sandbox = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Give mail up without telling its sender.

    Example: gatepost queue drop 0003f2a1b4c5d6e7
    """
    which = {"ids": ids, "destination": destination, "held": held, "rule": rule, "organization": organization}
    which["sandbox"] = sandbox
    order(context, "drop", done="Dropped", as_json=as_json, **which)


@queue.command()
def bounce(
    context: typer.Context,
    ids: _Ids = None,
    destination: _Destination = None,
    held: _Held = False,
    rule: _Rule = None,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Give mail up now, and report to its sender that it was not delivered.

    Example: gatepost queue bounce 0003f2a1b4c5d6e7
    """
    which = {"ids": ids, "destination": destination, "held": held, "rule": rule, "organization": organization}
    order(context, "bounce", done="Returned to the sender", as_json=as_json, **which)


def _destinations(rows: Any) -> None:
    columns = {
        "destination": "DESTINATION",
        "waiting": "WAITING",
        "sending": "SENDING",
        "held": "HELD",
        "oldest": "OLDEST",
        "next": "NEXT ATTEMPT",
        "last_error": "LAST ERROR",
        "since": "SINCE",
        "failures": "FAILURES",
    }
    told = [
        {
            **it,
            "next": it["left_alone_until"] or it["due"],
            "last_error": it["left_alone_because"] or it["last_reply"],
            "since": it["left_alone_since"],
            "failures": it["left_alone_failures"] or None,
        }
        for it in rows
    ]
    render.table(told, columns, empty="Nothing waits anywhere.")


def _waiting(rows: Any) -> None:
    """The queue, and below it the hosts that are not asked today as soon as mail for them is due.

    What has not been tried because its host is left alone says so, where others have their last reply.
    """
    shown = [
        it
        if it["last_reply"] or it["left_alone_until"] is None
        else {**it, "due": it["left_alone_until"], "last_reply": f"Not tried: {it['left_alone_because']}"}
        for it in rows
    ]
    render.table(shown, _QUEUE_COLUMNS, empty="The queue is empty.")
    resting = {it["destination"]: it for it in rows if it["left_alone_until"] is not None}
    if resting:
        render.line("")
    for name, it in resting.items():
        until, reason = it["left_alone_until"], it["left_alone_because"]
        render.line(f"{name} is left alone until {until}, after: {reason}", style="yellow")


def message(it: Any) -> None:
    """Print one message with all its recipients."""
    render.pairs({key: value for key, value in it.items() if key not in ("recipients", "events", "extras")})
    columns = {
        "address": "RECIPIENT",
        "state": "STATE",
        "destination": "DESTINATION",
        "attempts": "TRIES",
        "due": "DUE",
        "cause": "CAUSE",
        "last_reply": "LAST REPLY",
    }
    render.line("")
    render.table(it["recipients"], columns, empty="No recipients.")
