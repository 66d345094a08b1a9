"""`gatepost send --repeat`: the same test many times, with a progress bar, and its figures."""

import asyncio
from collections.abc import Callable

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from gatepost.tools import ProbeRequest, Volley, answer_kinds, report_values, send_repeatedly, volley_values

from .conversation import show_advice
from .render import clean, console, json_out

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def send_volley(make: Callable[[], ProbeRequest], *, server: str, count: int, concurrency: int, as_json: bool) -> None:
    """Send, show, and end the command: with 0 only if every recipient of every message was accepted.

    Interrupted, it tells the figures of what was done.
    """
    volley = Volley(count)
    interrupted = False
    errors = console(error=True)
    columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[bad]}"))
    with Progress(*columns, TimeRemainingColumn(), console=errors, disable=not errors.is_terminal) as bar:
        task = bar.add_task("", total=count, bad="")

        def told() -> None:
            bad = volley.done - volley.accepted
            bar.update(task, completed=volley.done, bad=f"{bad} not accepted" if bad else "")

        try:
            asyncio.run(send_repeatedly(make, volley, concurrency=concurrency, told=told))
        except KeyboardInterrupt:
            interrupted = True
    accepted = volley.accepted == count
    if as_json:
        first = None if volley.first_bad is None else report_values(volley.first_bad)
        json_out({"server": server, "accepted": accepted, **volley_values(volley), "first_not_accepted": first})
    else:
        _show(console(), volley, server)
    raise typer.Exit(_INTERRUPTED if interrupted else 0 if accepted else 1)


def _show(out: Console, volley: Volley, server: str) -> None:
    bad = volley.done - volley.accepted
    for kind in answer_kinds(volley):
        colour = "green" if kind.stage == "END" and kind.reply.startswith("2") else "red"
        line = f"{kind.count:7} × {clean(kind.reply)} ({kind.stage})"
        out.print(Text(line, style=colour), soft_wrap=True)
        if kind.advice is not None:
            show_advice(out, kind.advice, indent=" " * 10)
    told = f"{volley.accepted} of {volley.done} messages were accepted by {clean(server)}"
    if bad:
        told += f", {volley.refused} refused, {volley.failed} without an answer"
    out.print(Text(f"{told}.", style="bold red" if bad else "bold green"), soft_wrap=True)
    if volley.done < volley.wanted:
        out.print(Text(f"{volley.wanted - volley.done} were not sent any more."), soft_wrap=True)
    out.print(Text(f"{volley.seconds:.2f} s, {volley.per_second:.1f} a second"), soft_wrap=True)
    if (latency := volley.latency) is not None:
        figures = (
            ("min", latency.least),
            ("median", latency.median),
            ("p95", latency.p95),
            ("max", latency.most),
        )
        told = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in figures)
        out.print(Text(f"From connecting to the final answer: {told}"), soft_wrap=True)
