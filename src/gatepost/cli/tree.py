"""The tree of commands."""

from pathlib import Path
from typing import Annotated

import typer

from . import check, connector, document, domain, headers, house, mx, pwsh, queue, send, server, token, user, verify
from .asking import Global


def build(*, serve: house.Serve, lab: house.Lab) -> typer.Typer:
    """Every command, ready to run. `serve` runs a relay, `lab` the laboratory; both live above this room."""
    app = typer.Typer(
        name="gatepost",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Gatepost: an SMTP relay with Exchange-style connectors that explains itself.",
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
    app.add_typer(connector.app, name="connector")
    app.add_typer(domain.domains, name="domain")
    app.add_typer(domain.organizations, name="organization")
    document.register(app)
    app.add_typer(queue.queue, name="queue")
    app.add_typer(queue.trace, name="trace")
    app.add_typer(user.app, name="user")
    app.add_typer(token.app, name="token")
    app.add_typer(server.settings, name="setting")
    app.add_typer(server.certificates, name="certificate")
    send.register(app)
    headers.register(app)
    verify.register(app)
    mx.register(app)
    check.register(app)
    pwsh.register(app)
    return app
