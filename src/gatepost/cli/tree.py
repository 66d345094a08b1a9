"""The tree of commands. A command's own module is imported when that command is asked for, or explained: some stand on
half the house, and `gatepost queue list` should not wait for them."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from . import house
from .asking import Global

# The commands behind those of `house`, in the order of the help, each with its module.
_MODULES = {
    "apply": "document",
    "plan": "document",
    "export": "document",
    "send": "send",
    "headers": "headers",
    "sendmail": "sendmail",
    "verify": "verify",
    "mx": "mx",
    "check": "check",
    "m365": "m365",
    "pwsh": "pwsh",
    "connector": "connector",
    "route": "route",
    "domain": "domain",
    "organization": "domain",
    "dkim": "dkim",
    "recipient": "recipient",
    "rule": "rule",
    "queue": "queue",
    "sandbox": "sandbox",
    "trace": "trace",
    "protocol-log": "protocol_log",
    "device": "device",
    "user": "user",
    "token": "token",
    "setting": "server",
    "certificate": "server",
    "alert": "alert",
    "traffic": "server",
    "tls-report": "server",
}
_MANNERS: dict[str, Any] = {
    "no_args_is_help": True,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": None,
}


class _Commands(TyperGroup):
    """The commands that are there already, and those that are read when they are wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *(name for name in _MODULES if name not in self.commands)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _MODULES and cmd_name not in self.commands:
            part = typer.Typer(**_MANNERS)
            import_module(f"{__package__}.{_MODULES[cmd_name]}").register(part)
            return get_group(part).commands[cmd_name]
        return super().get_command(ctx, cmd_name)


def below(command: Any) -> dict[str, Any]:
    """The commands right below one of the tree, all of them read; empty for one that does something itself."""
    names = command.list_commands(None) if hasattr(command, "list_commands") else ()
    return {name: command.get_command(None, name) for name in names}


def build(*, serve: house.Serve, lab: house.Lab) -> typer.Typer:
    """Every command, ready to run. `serve` runs a relay, `lab` the laboratory; both live above this room."""
    app = typer.Typer(
        name="gatepost",
        cls=_Commands,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Gatepost: an SMTP relay with Exchange-style connectors that explains itself.",
        **_MANNERS,
    )

    @app.callback()
    def before(
        context: typer.Context,
        config: Annotated[
            Path | None,
            typer.Option("--config", help="gatepost.toml of the server that is meant.", metavar="FILE"),
        ] = None,
    ) -> None:
        context.obj = Global(config=config)

    house.register(app, serve=serve, lab=lab)
    return app
