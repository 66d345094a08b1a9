"""How a command ends: its status, and with --json exactly one JSON value even for what was never begun."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

from . import render
from .asking import DONE, REFUSED

# BadParameter, UsageError, ClickException: what the parser of the command line raises, wherever Typer keeps it.
_BADLY_SAID: type[Any] = typer.BadParameter.__mro__[2]


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (0 done, 1 refused or failed, 2 usage, 75, 78, 130 interrupted)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: nobody wants to read it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  as long as we live
    try:
        status = app(words, prog_name="gatepost", standalone_mode=False)
        sys.stdout.flush()
    except _BADLY_SAID as wrong:
        wrong.show()
        if as_json:
            render.json_out({"error": {"kind": "usage", "problems": [wrong.format_message()]}})
        return int(wrong.exit_code)
    except typer.Abort:
        return REFUSED
    except SystemExit as ended:
        # Typer ends so where the reader of a pipe has gone away (`gatepost queue list | head`), which is no failure.
        if isinstance(ended.__context__, BrokenPipeError):
            return _nobody_reads(DONE)
        raise
    except BrokenPipeError:
        return _nobody_reads(DONE)
    except OSError as trouble:
        print(f"The answer cannot be written: {trouble.strerror or trouble}.", file=sys.stderr)
        return _nobody_reads(REFUSED)
    return int(status or DONE)


def _nobody_reads(status: int) -> int:
    """What is left in the buffer goes nowhere, else Python complains once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return status
