"""What every command does: find the server, ask, print, and end with the right status."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from gatepost.errors import SettingsRefused

from . import render

if TYPE_CHECKING:
    from gatepost.config import Settings

DONE, REFUSED, USAGE, TRY_LATER, BAD_CONFIGURATION = 0, 1, 2, 75, 78  # sysexits.h: EX_TEMPFAIL, EX_CONFIG

WHAT_IF = "Nothing was changed: --what-if only says what would be."

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of a table.")]
InOrganization = Annotated[
    str | None,
    typer.Option("--organization", help="Organization; needed only where there are several.", metavar="NAME"),
]
OfOrganization = Annotated[
    str | None, typer.Option("--organization", help="Only what belongs to this organization.", metavar="NAME")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Global:
    """What stands before the command."""

    config: Path | None = None


def settings_of(context: typer.Context, *, as_json: bool = False) -> "Settings":
    """The settings, or the end with status 78."""
    from gatepost.config import load_settings  # `gatepost version` needs none of it

    found: Global = context.find_object(Global) or Global()
    try:
        return load_settings(found.config)
    except SettingsRefused as refused:
        end(BAD_CONFIGURATION, "configuration", refused.problems, as_json=as_json)


def ask(context: typer.Context, verb: str, *, as_json: bool, **arguments: Any) -> Any:
    """The server's answer; its warnings go to standard error. Ends the program where there is none."""
    from . import remote

    settings = settings_of(context, as_json=as_json)
    try:
        told = remote.ask(settings.data_dir, verb, arguments)
    except remote.NotToday as trouble:
        end(TRY_LATER, "try_later", (str(trouble),), as_json=as_json)
    except remote.Declined as no:
        status = {"try_later": TRY_LATER, "usage": USAGE}.get(no.kind, REFUSED)
        end(status, no.kind, no.problems, as_json=as_json)
    render.sentences((f"Warning: {it}" for it in told.warnings), style="yellow")
    return told.value


def answer(
    context: typer.Context,
    verb: str,
    *,
    as_json: bool,
    show: Callable[[Any], None],
    **arguments: Any,
) -> None:
    """Ask, and print the answer as JSON or as `show` does."""
    value = ask(context, verb, as_json=as_json, **arguments)
    if as_json:
        render.json_out(value)
    else:
        show(value)


def end(status: int, kind: str, problems: tuple[str, ...], *, as_json: bool = False) -> NoReturn:
    """Say why on standard error (and as the one JSON value), and leave with the status."""
    render.sentences(problems, style="red")
    if as_json:
        render.json_out({"error": {"kind": kind, "problems": list(problems)}})
    raise typer.Exit(status)
