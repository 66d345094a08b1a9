"""gatepost sandbox …: mail that is kept to be looked at, and not sent."""

from base64 import b64decode
from pathlib import Path
from typing import Annotated, Any

import typer

from . import render
from .asking import REFUSED, AsJson, OfOrganization, answer, ask, end
from .queue import order

sandbox = typer.Typer(no_args_is_help=True, help="The sandbox: mail that is kept and not sent.")


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(sandbox, name="sandbox")


_Id = Annotated[str, typer.Argument(help="Queue id.", metavar="ID")]
_Ids = Annotated[list[str] | None, typer.Argument(help="Queue ids.", metavar="[ID]...")]
_Rule = Annotated[
    str | None, typer.Option("--rule", help="What this transport rule has put into the sandbox.", metavar="NAME")
]
_All = Annotated[bool, typer.Option("--all", help="Everything in the sandbox.")]
_COLUMNS = {
    "id": "ID",
    "received_at": "RECEIVED",
    "sender": "SENDER",
    "recipient": "RECIPIENT",
    "destination": "WOULD GO TO",
    "subject": "SUBJECT",
    "rule": "RULE",
}


@sandbox.command("list")
def list_sandbox(
    context: typer.Context,
    rule: _Rule = None,
    limit: Annotated[int, typer.Option("--limit", help="Rows at most.", metavar="NUMBER", min=1, max=5000)] = 100,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List what is in the sandbox, oldest first.

    Example: gatepost sandbox list
    """

    def show(rows: Any) -> None:
        render.table(rows, _COLUMNS, empty="The sandbox is empty.")

    given = {"sandbox": True, "rule": rule, "limit": limit, "organization": organization}
    answer(context, "queue.list", as_json=as_json, show=show, **given)


@sandbox.command("show")
def show_message(
    context: typer.Context,
    id: _Id,  # noqa: A002
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Print a message as it would have been sent, header first. The audit log says that it was read.

    With --json `message` is the message in Base64.

    Example: gatepost sandbox show 0003f2a1b4c5d6e7
    """
    found = ask(context, "sandbox.show", as_json=as_json, id=id, organization=organization)
    if as_json:
        render.json_out(found)
        return
    octets = b64decode(found["message"])
    typer.echo(octets.decode("utf-8", "replace").replace("\r\n", "\n"))


@sandbox.command("save")
def save_message(
    context: typer.Context,
    id: _Id,  # noqa: A002
    file: Annotated[Path, typer.Argument(help="Where to write it; mail programs open .eml.", metavar="FILE")],
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Save a message as a file. The audit log says that it was read.

    Example: gatepost sandbox save 0003f2a1b4c5d6e7 letter.eml
    """
    octets = b64decode(ask(context, "sandbox.show", as_json=as_json, id=id, organization=organization)["message"])
    try:
        file.write_bytes(octets)
    except OSError as trouble:
        end(
            REFUSED,
            "refused",
            (f"{file} cannot be written: {trouble.strerror}. Remedy: name another file.",),
            as_json=as_json,
        )
    if as_json:
        render.json_out({"id": id, "octets": len(octets), "file": str(file)})
        return
    render.line(f"Saved {len(octets)} octets as {file}.", style="green")


@sandbox.command("release")
def release(
    context: typer.Context,
    ids: _Ids = None,
    rule: _Rule = None,
    all_of_it: _All = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Send mail after all: it leaves for its real recipients.

    Example: gatepost sandbox release 0003f2a1b4c5d6e7
    """
    which = _meant(ids, rule, all_of_it=all_of_it)
    order(context, "release", done="Released", as_json=as_json, organization=organization, **which)


@sandbox.command("drop")
def drop(
    context: typer.Context,
    ids: _Ids = None,
    rule: _Rule = None,
    all_of_it: _All = False,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Throw mail in the sandbox away. Nobody is told.

    Example: gatepost sandbox drop --all
    """
    which = _meant(ids, rule, all_of_it=all_of_it)
    order(context, "drop", done="Dropped", as_json=as_json, organization=organization, **which)


def _meant(ids: list[str] | None, rule: str | None, *, all_of_it: bool) -> dict[str, Any]:
    """Which mail an order is about; nothing is meant by leaving all of it out."""
    if sum((bool(ids), rule is not None, all_of_it)) != 1:
        raise typer.BadParameter("say which mail is meant: queue ids, or --rule NAME, or --all.")
    return {"ids": ids, "rule": rule, "sandbox": not ids}
