"""`gatepost pwsh`: PowerShell scripts that manage mail, from a file, a text, a pipe or the keyboard."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from .asking import USAGE, AsJson, end, settings_of

_EXAMPLE = "gatepost pwsh -c 'Get-InboundConnector | Format-List Name, SenderIPAddresses'"


def register(app: typer.Typer) -> None:
    """Hang the command into the tree. What stands behind the script's name is the script's own."""
    app.command(name="pwsh", context_settings={"allow_interspersed_args": False}, epilog=f"Example: {_EXAMPLE}")(pwsh)


def pwsh(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCRIPT [ARGUMENTS]", help="A file (- is standard input), and what its param() takes."),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option("-c", "--command", metavar="TEXT", help="Run this text; its arguments stand behind --."),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="CAs, PEM, that may vouch for mail servers and for -ConnectionUri."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run PowerShell scripts that manage mail, or type commands.

    It knows the cmdlets of Exchange Online and the language around them, and starts no programs.
    """
    from .interpreter import Interpreter, trusted_in  # the language is large: other commands start faster without it
    from .terminal import Terminal

    arguments = list(words or ())
    typed = text is None and not arguments and sys.stdin.isatty()
    piped = text is None and not typed and arguments[:1] in ([], ["-"])
    if typed and as_json:
        end(USAGE, "usage", ("--json needs a script. Remedy: give a file, or -c TEXT.",), as_json=True)
    settings = settings_of(context, as_json=as_json)
    terminal = Terminal(asks=not piped and sys.stdin.isatty())
    try:
        interpreter = Interpreter(settings.data_dir, terminal, trusted=trusted_in(ca), ca=ca)
        if text is None and not typed:
            source = arguments.pop(0) if arguments else "-"
            text = terminal.read_input() if source == "-" else terminal.read_text(source)
    except OSError as trouble:
        end(USAGE, "usage", (str(trouble),), as_json=as_json)
    with closing(interpreter):
        if text is None:
            raise typer.Exit(interpreter.converse())
        raise typer.Exit((interpreter.run_as_json if as_json else interpreter.run)(text, arguments))
