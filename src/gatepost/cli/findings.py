"""How findings are shown: for people section by section, for scripts as one JSON value; and the end with 0 or 1."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import typer
from rich.text import Text

from gatepost.checks import Level

from . import render
from .asking import DONE, REFUSED

_COLOURS = {"ok": "green", "skipped": "dim", "warning": "yellow", "failed": "bold red"}


def show_findings(findings: Sequence[Mapping[str, Any]], title: str) -> None:
    """One section: the level, the check, what it concerns, and the sentence; a remedy on a line of its own."""
    if not findings:
        return
    out = render.console()
    if title:
        out.print(Text(title, style="bold"))
    width = max(len(it["check"]) for it in findings)
    for it in findings:
        about = f"{render.clean(it['about'])}: " if it["about"] else ""
        out.print(
            Text.assemble(
                (f"  {it['level']:8}", _COLOURS[it["level"]]),
                f" {it['check']:{width}} ",
                (f"{it['seconds']:6.2f} s  " if title else " ", "dim"),
                f"{about}{render.clean(it['sentence'])}",
            ),
            soft_wrap=True,
        )
        if it["remedy"]:
            out.print(Text(f"           Remedy: {render.clean(it['remedy'])}", style="cyan"), soft_wrap=True)


def finish(findings: Sequence[Mapping[str, Any]], *, as_json: bool) -> NoReturn:
    """The sum in one line or the one JSON value, and the end with 0 or 1."""
    counts = {level: sum(it["level"] == level for it in findings) for level in Level}
    passed = not counts[Level.FAILED]
    worst = max((it for it, count in counts.items() if count), key=list(Level).index, default=Level.OK)
    if as_json:
        render.json_out({"passed": passed, "worst": str(worst), "findings": list(findings)})
    else:
        render.line(", ".join(f"{count} {level}" for level, count in counts.items() if count), style=_COLOURS[worst])
    raise typer.Exit(DONE if passed else REFUSED)
