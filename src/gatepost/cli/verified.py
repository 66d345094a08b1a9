"""What `gatepost verify` found, for people: each recipient's copy with its path, the verdict and what is wrong."""

from typing import Any

from rich.console import Console
from rich.text import Text

from gatepost.tools import Verified, analysis_values

from . import render
from .render import clean

_COLUMNS = {"hop": "#", "from": "FROM", "by": "BY", "delay": "DELAY", "tls": "TLS", "connector": "CONNECTOR"}
_COLOURS = {"error": "red", "warning": "yellow"}


def show_verified(out: Console, verified: Verified) -> None:
    """One recipient: where the copy is, its path, the verdict with its evidence, and every problem."""
    found = verified.found
    title = f"{clean(verified.sent.recipient)}: "
    if found is None:
        out.print(Text.assemble((title, "bold"), ("no copy", "red")), soft_wrap=True)
    else:
        place = f"found after {verified.seconds:.1f} s, {clean(found.place)}"
        out.print(Text.assemble((title, "bold"), (place, "green")), soft_wrap=True)
    if verified.analysis is not None:
        _path(out, analysis_values(verified.analysis))
    if verified.entry is not None:
        text = f"Trace here: {verified.entry.status}; gatepost trace show {verified.entry.id}"
        out.print(Text(text, style="dim"), soft_wrap=True)
    for problem in verified.problems:
        out.print(Text(clean(problem), style="red"), soft_wrap=True)
    for remark in verified.remarks:
        out.print(Text(clean(remark), style="yellow"), soft_wrap=True)
    out.print()


def _path(out: Console, told: dict[str, Any]) -> None:
    rows = [
        {
            **hop,
            "delay": "" if hop["delay_seconds"] is None else f"{hop['delay_seconds']:g} s",
            "tls": (hop["tls_version"] or "yes") if hop["tls"] else "no",
        }
        for hop in told["hops"]
    ]
    render.table(rows, _COLUMNS, empty="The copy has no Received lines.")
    out.print(Text(clean(told["verdict"]), style="bold"), soft_wrap=True)
    for sentence in told["evidence"]:
        out.print(Text(f"  {clean(sentence)}", style="dim"), soft_wrap=True)
    for finding in told["findings"]:
        if finding["severity"] in _COLOURS:
            out.print(Text(clean(finding["sentence"]), style=_COLOURS[finding["severity"]]), soft_wrap=True)
