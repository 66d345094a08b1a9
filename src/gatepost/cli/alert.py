"""gatepost alert …: what somebody should look at now, and whether those who are to be told can be reached."""

from typing import Any

import typer

from . import render
from .asking import AsJson, OfOrganization, answer

alert = typer.Typer(no_args_is_help=True, help="Alerts: what somebody should look at now.")

_COLUMNS = {"kind": "KIND", "level": "LEVEL", "sentence": "WHAT", "remedy": "REMEDY"}
_TARGETS = {"target": "TARGET", "sent": "SENT", "trouble": "TROUBLE"}


def register(tree: typer.Typer) -> None:
    """Put the commands on the tree."""
    tree.add_typer(alert, name="alert")


@alert.command("list")
def list_alerts(context: typer.Context, organization: OfOrganization = None, as_json: AsJson = False) -> None:
    """List what somebody should look at now, the gravest first.

    Example: gatepost alert list
    """

    def show(rows: Any) -> None:
        render.table(rows, _COLUMNS, empty="Nothing needs a look.")

    answer(context, "alerts.list", as_json=as_json, show=show, organization=organization)


@alert.command("test")
def send_test(context: typer.Context, as_json: AsJson = False) -> None:
    """Send a test alert to every address and webhook of [alerts], and say what came of it.

    Example: gatepost alert test
    """

    def show(rows: Any) -> None:
        render.table(rows, _TARGETS, empty="Nobody would be told.")

    answer(context, "alerts.test", as_json=as_json, show=show)
