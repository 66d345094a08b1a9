"""gatepost trace …: what became of each message."""

from typing import Annotated, Any

import typer

from . import render
from .asking import REFUSED, AsJson, OfOrganization, answer, ask, end
from .protocol_log import spoken
from .queue import Limit, MessageId, message

trace = typer.Typer(no_args_is_help=True, help="The trace: what became of each message.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(trace, name="trace")


_TRACE_COLUMNS = {
    "received_at": "RECEIVED",
    "id": "ID",
    "status": "STATUS",
    "cause": "CAUSE",
    "sender": "SENDER",
    "recipient": "RECIPIENT",
    "connector": "CONNECTOR",
    "subject": "SUBJECT",
}


@trace.command()
def find(
    context: typer.Context,
    sender: Annotated[str | None, typer.Option("--sender", help="The sender's address.", metavar="ADDRESS")] = None,
    recipient: Annotated[
        str | None, typer.Option("--recipient", help="A recipient's address.", metavar="ADDRESS")
    ] = None,
    message_id: Annotated[str | None, typer.Option("--message-id", help="The Message-ID.", metavar="TEXT")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Words of the subject.", metavar="TEXT")] = None,
    connector: Annotated[str | None, typer.Option("--connector", help="The connector.", metavar="NAME")] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", help="waiting, sending, held, delivered, failed or refused.", metavar="STATUS"),
    ] = None,
    cause: Annotated[
        str | None,
        typer.Option("--cause", help="Why it failed or had to wait, such as mailbox-full or tls.", metavar="CAUSE"),
    ] = None,
    client: Annotated[
        str | None, typer.Option("--client", help="The IP address it came from.", metavar="ADDRESS")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="An IP address it was sent to, or that was tried.", metavar="ADDRESS")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="A time, or an age: 2h, 7d.", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option("--until", help="A time, or an age.", metavar="TIME")] = None,
    limit: Limit = 100,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Find messages, newest first.

    Example: gatepost trace find --recipient b@fabrikam.com --since 2h
    """

    def show(rows: Any) -> None:
        render.table(rows, _TRACE_COLUMNS, empty="Nothing was found.")

    answer(
        context,
        "trace.find",
        as_json=as_json,
        show=show,
        sender=sender,
        recipient=recipient,
        message_id=message_id,
        subject=subject,
        connector=connector,
        status=status,
        cause=cause,
        client=client,
        host=host,
        since=since,
        until=until,
        limit=limit,
        organization=organization,
    )


@trace.command("show")
def show_story(
    context: typer.Context,
    id: MessageId,  # noqa: A002
    protocol: Annotated[
        bool, typer.Option("--protocol", help="Show, too, what was said, where the protocol log has it.")
    ] = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Tell the whole story of one message.

    Example: gatepost trace show 0003f2a1b4c5d6e7 --protocol
    """
    story = ask(context, "trace.show", as_json=as_json, id=id, organization=organization)
    if protocol:
        story["protocol"] = ask(context, "trace.protocol", as_json=as_json, id=id, organization=organization)
    if as_json:
        render.json_out(story)
        return
    _story({key: value for key, value in story.items() if key != "protocol"})
    if protocol:
        _protocol(story["protocol"])


@trace.command("header")
def show_header(
    context: typer.Context,
    id: MessageId,  # noqa: A002
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Print the header of a message that has not left, with the lines that this relay put in front.

    Example: gatepost trace header 0003f2a1b4c5d6e7 | gatepost headers -
    """
    told = ask(context, "trace.header", as_json=as_json, id=id, organization=organization)
    if told["header"] is None:
        gone = "The message has left, and its content with it. Remedy: read the header where it arrived."
        end(REFUSED, "not_found", (gone,), as_json=as_json)
    if as_json:
        render.json_out(told)
    else:
        _header(told["header"])


def _header(text: str) -> None:
    for one in text.splitlines():
        render.line(one.expandtabs())


def _story(it: Any) -> None:
    message(it)
    for event in it["events"]:
        render.line("")
        render.line(f"{event['at']}  {event['kind']}", style="bold")
        _details({key: value for key, value in event.items() if key not in ("at", "kind")}, "    ")


def _protocol(sessions: Any) -> None:
    render.line("")
    if not sessions:
        words = "The protocol log has nothing of it: ProtocolLoggingLevel of its connectors was not Verbose."
        render.line(words, style="yellow")
    for session in sessions:
        spoken(session)


def _details(details: dict[str, Any], margin: str) -> None:
    """Facts of one event; lists of sentences one a line, tables indented."""
    for key, value in details.items():
        if value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            render.line(f"{margin}{key}:")
            _details(value, margin + "    ")
        elif isinstance(value, list) and all(isinstance(one, dict) for one in value):
            for one in value:
                render.line(f"{margin}{key}:")
                _details(one, margin + "    ")
        elif isinstance(value, list):
            for one in value:
                render.line(f"{margin}{key}: {render.cell(one)}")
        else:
            render.line(f"{margin}{key}: {render.cell(value)}")
