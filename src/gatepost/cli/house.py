"""gatepost serve, lab, status, audit and version: the relay itself."""

import errno
import platform
import sqlite3
import ssl
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatepost.errors import GatepostError, Refused

from . import render
from .asking import BAD_CONFIGURATION, REFUSED, AsJson, OfOrganization, answer, end, settings_of

if TYPE_CHECKING:
    from gatepost.config import Settings

Serve = Callable[["Settings"], None]
Lab = Callable[..., int]


def register(app: typer.Typer, *, serve: Serve, lab: Lab) -> None:
    """Put the commands on the tree. The two that build whole houses come from above: `app` and `lab` are the roof."""
    app.command()(_serve_command(serve))
    app.command()(_lab_command(lab))
    app.command()(status)
    app.command()(audit)
    app.command()(version)


def _serve_command(run: Serve) -> Callable[..., None]:
    def serve(context: typer.Context) -> None:
        """Run the relay until it is told to stop (Ctrl-C, SIGTERM).

        Example: gatepost --config /etc/gatepost/gatepost.toml serve
        """
        settings = settings_of(context)
        try:
            run(settings)
        except Refused as refused:
            end(BAD_CONFIGURATION, "configuration", refused.problems)
        except GatepostError as trouble:
            end(REFUSED, "refused", (str(trouble),))
        except OSError as trouble:
            end(REFUSED, "refused", (_cannot_start(trouble),))

    return serve


def _cannot_start(trouble: OSError) -> str:
    remedy = ""
    if trouble.errno == errno.EADDRINUSE:
        remedy = (
            " Remedy: stop what listens there (ss -ltnp names it; it may be another Gatepost), or choose another port."
        )
    return f"The relay cannot start: {trouble.strerror or trouble}.{remedy}"


def _lab_command(run: Lab) -> Callable[..., None]:
    def lab(
        once: Annotated[bool, typer.Option("--once", help="Run the tests, print the verdict, and end.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Show the whole path of mail on this machine.

        A device, a local relay, a cloud relay, a mailbox and a pretend Internet, on loopback.

        Example: gatepost lab --once
        """
        raise typer.Exit(run(once=once, as_json=as_json))

    return lab


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say how the running relay is.

    Example: gatepost status
    """
    answer(context, "status", as_json=as_json, show=render.pairs)


def audit(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", help="Rows at most.", metavar="NUMBER", min=1, max=1000)] = 50,
    organization: OfOrganization = None,
    as_json: AsJson = False,
) -> None:
    """List who changed what, newest first.

    Example: gatepost audit --limit 10
    """
    columns = {
        "at": "WHEN",
        "who": "WHO",
        "origin": "FACE",
        "address": "FROM",
        "action": "ACTION",
        "kind": "KIND",
        "object": "OBJECT",
    }

    def show(rows: Any) -> None:
        render.table(rows, columns, empty="Nothing was changed yet.")

    answer(context, "audit.list", as_json=as_json, show=show, limit=limit, organization=organization)


def version(as_json: AsJson = False) -> None:
    """Print the version, and those of what it stands on.

    Example: gatepost version --json
    """
    try:
        own = installed("gatepost")
    except PackageNotFoundError:  # run from a source tree that was never installed
        from gatepost import __version__ as own
    found = {
        "version": own,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION.removeprefix("OpenSSL ").split(" ")[0],
    }
    if as_json:
        render.json_out(found)
    else:
        render.line(f"Gatepost {own} (Python {found['python']}, SQLite {found['sqlite']}, OpenSSL {found['openssl']})")
