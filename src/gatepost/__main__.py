"""`gatepost` and `python -m gatepost`."""

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from gatepost.config import Settings


# Modules stay for ever, and messages come and go without cycles: to look for some after every 700 new objects is a
# fifth of the start of any command and a tenth of the work of a relay, for nothing.
_GARBAGE = (20_000, 20, 50)


def commands() -> "typer.Typer":
    """The tree of commands, with the two that build whole houses."""
    from gatepost.cli import build

    return build(serve=_serve, lab=_lab)


def _serve(settings: "Settings") -> None:
    from gatepost.service import serve  # the whole house: other commands start faster without it

    serve(settings)


def _lab(*, once: bool, as_json: bool) -> int:
    from gatepost import lab

    return lab.run(once=once, as_json=as_json)


def main() -> None:
    """Run one command and end with its status."""
    gc.set_threshold(*_GARBAGE)
    if sys.argv[1:2] == ["sendmail"] and sys.argv[2:] != ["--help"]:
        # Programs start it for every message: it waits for none of the other commands.
        from gatepost.sendmail import main as sendmail

        sys.exit(sendmail(sys.argv[2:]))
    from gatepost.cli import run

    sys.exit(run(commands()))


if __name__ == "__main__":
    main()
