"""`gatepost` and `python -m gatepost`."""

import os
import sys

import typer

from gatepost.cli import build
from gatepost.config import Settings


def commands() -> typer.Typer:
    """The tree of commands, with the two that build whole houses."""
    return build(serve=_serve, lab=_lab)


def _serve(settings: Settings) -> None:
    from gatepost.app import serve  # the whole house: other commands start faster without it

    serve(settings)


def _lab(*, once: bool, as_json: bool) -> int:
    from gatepost.lab import run

    return run(once=once, as_json=as_json)


def main() -> None:
    """Run one command; a reader that goes away (`gatepost queue list | head`) is no error."""
    try:
        commands()(prog_name="gatepost")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains once more at exit
        sys.exit(0)


if __name__ == "__main__":
    main()
