"""gatepost sendmail: in the tree for those who look for it; `__main__` runs it without the rest of the house."""

from typing import Annotated

import typer

from gatepost.sendmail import main

_AS_IT_IS = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": ["--help"]}


def register(app: typer.Typer) -> None:
    """Put the command on the tree."""
    app.command(context_settings=_AS_IT_IS)(sendmail)


def sendmail(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FLAGS] [RECIPIENT]...", help="As for sendmail(1): -t -i -f -F -r -N -R -V -B -v."),
    ] = None,
) -> None:
    """Send the letter on standard input, as sendmail does.

    For programs that call /usr/sbin/sendmail. Also: gatepost-sendmail.

    Example: gatepost sendmail -t < letter.eml
    """
    raise typer.Exit(main(words or []))
