"""--what-if of a change of connectors, domains and organizations: what of the last week it would let in or shut out."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from . import render
from .asking import answer

WhatIf = Annotated[
    bool, typer.Option("--what-if", help="Only say which sessions of the last 7 days would be judged differently.")
]
_COLUMNS = {
    "change": "NOW",
    "client": "CLIENT",
    "sender": "SENDER",
    "recipient": "RECIPIENT",
    "before": "BEFORE",
    "after": "AFTER",
}


def foretell(context: typer.Context, edit: Mapping[str, Any], *, organization: str | None, as_json: bool) -> None:
    """Print what `connector.foresee` says of one edit. Nothing is stored; what could not be is refused."""
    answer(context, "connector.foresee", as_json=as_json, show=_show, edits=[dict(edit)], organization=organization)


def _show(told: Any) -> None:
    days = told["days"]
    if told["accepted"] or told["refused"]:
        for change in ("accepted", "refused"):
            if told[change]:
                render.line(f"Kinds of sessions of the last {days} days that would now be {change}: {told[change]}.")
        render.table(told["examples"], _COLUMNS, empty="")
    else:
        render.line(f"No session of the last {days} days would be judged differently.")
    if not told["complete"]:
        render.line("Not every session could be judged: there are many, or their certificates were not kept.")
