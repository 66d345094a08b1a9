"""gatepost protocol-log …: what was said in sessions that are logged, as `gatepost trace show --protocol` shows it."""

from typing import Annotated, Any

import typer

from . import render
from .asking import AsJson, answer

protocol_log = typer.Typer(no_args_is_help=True, help="The protocol log: what was said in sessions.")

_COLUMNS = {
    "began": "BEGAN",
    "session": "SESSION",
    "direction": "DIRECTION",
    "connector": "CONNECTOR",
    "remote": "REMOTE",
}


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(protocol_log, name="protocol-log")


@protocol_log.command("find")
def find_sessions(
    context: typer.Context,
    connector: Annotated[str | None, typer.Option("--connector", help="The connector.", metavar="NAME")] = None,
    host: Annotated[str | None, typer.Option("--host", help="The other side's IP address.", metavar="ADDRESS")] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="Words of a command, a reply or a note.", metavar="TEXT")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="A time, or an age: 2h, 7d.", metavar="TIME")] = "1d",
    until: Annotated[str | None, typer.Option("--until", help="A time, or an age.", metavar="TIME")] = None,
    limit: Annotated[int, typer.Option("--limit", help="Rows at most.", metavar="NUMBER", min=1, max=5000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Find sessions of connectors whose ProtocolLoggingLevel is Verbose, newest first.

    Example: gatepost protocol-log find --host 192.0.2.9 --text 5.7.64
    """

    def show(rows: Any) -> None:
        render.table(rows, _COLUMNS, empty="Nothing was found.")

    answer(
        context,
        "protocol-log.find",
        as_json=as_json,
        show=show,
        connector=connector,
        host=host,
        text=text,
        since=since,
        until=until,
        limit=limit,
    )


@protocol_log.command("show")
def show_session(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Session id.", metavar="SESSION")],
    as_json: AsJson = False,
) -> None:
    """Show what was said in one session.

    Example: gatepost protocol-log show 8F0C2D1E6A5B4978
    """
    answer(context, "protocol-log.show", as_json=as_json, show=spoken, session=session)


def spoken(it: Any) -> None:
    """A session, as a person reads it: who, then line by line."""
    whose = it["connector"] or "no connector"
    way = "from" if it["direction"] == "receive" else "to"
    render.line(f"{it['began']}  session {it['session']} {way} {it['remote']}, {whose}", style="bold")
    for line in it["lines"]:
        words = (
            f"{line['context']}: {line['data']}"
            if line["context"] and line["data"]
            else line["context"] or line["data"]
        )
        render.line(f"    {line['at'][11:23]} {line['event']} {words}".rstrip())
