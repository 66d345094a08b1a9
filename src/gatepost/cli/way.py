"""The way of a message, for people: the verdict with its evidence, a table of hops with bars, and what is odd.

A picture or a page of it is drawn by gatepost.tools, and written here.
"""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatepost.headers import Analysis, Hop, Severity, Trust, duration, say, sentence_of, word

from .asking import REFUSED, end
from .render import clean

_BAR = 20
_LONGEST_CELL = 120
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_DOUBTS = {Trust.CLAIMED: "yellow", Trust.SUSPECT: "bold red"}


def show_verdict(out: Console, found: Analysis, language: str) -> None:
    """What is concluded, in one sentence, and from what."""
    verdict = found.verdict
    style = "bold green" if verdict.certain and verdict.note.code.startswith("through_") else "bold"
    out.print(Text(clean(sentence_of(found, language=language)), style=style), soft_wrap=True)
    for note in verdict.evidence:
        out.print(Text(f"  {clean(say(note, language))}", style="dim"), soft_wrap=True)


def show_hops(out: Console, found: Analysis, language: str) -> None:
    """Each hop, the time between the first and the last, and what is odd."""
    if found.hops:
        out.print()
        out.print(_hops(found, language, wide=out.width >= _LONGEST_CELL))
        if found.total is not None:
            out.print(Text(f"{word('title.total', language)}: {duration(found.total, language)}", style="bold"))
    _findings(out, found, language)


def _hops(found: Analysis, language: str, *, wide: bool) -> Table:
    """One row a hop, the bar as long as its part of all the waiting."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    columns = ["hop", "from", "by", "role", "time", "delay", "tls", "connector"]
    if not any(hop.mark is not None for hop in found.hops):
        columns.remove("connector")
    if not wide:
        columns.remove("from")  # who handed it over is mostly the host of the row before
    for name in columns:
        table.add_column(word(f"title.{name}", language), overflow="fold")
    waited = sum(hop.delay for hop in found.hops if hop.delay is not None and hop.delay > 0)
    for hop in found.hops:
        row = _row(hop, language, waited)
        table.add_row(*(row[name] for name in columns))
    return table


def _row(hop: Hop, language: str, waited: float) -> dict[str, Text]:
    received = hop.received
    role = Text(word(f"role.{hop.role}", language))
    if hop.trust in _DOUBTS:
        role.append(f" ({word(f'trust.{hop.trust}', language)})", style=_DOUBTS[hop.trust])
    sender = Text(short(clean(received.name or received.hello or received.address)))
    if hop.from_role is not None:
        sender.append(f" ({word(f'role.{hop.from_role}', language)})", style="dim")
    tls = received.tls
    if tls.used:
        secured = Text(clean(tls.version) or "TLS", style="red" if tls.weak else "green")
    else:  # a line that names no client tells of no network
        secured = Text(word("clear", language) if received.address or received.hello else "", style="yellow")
    return {
        "hop": Text(str(hop.number)),
        "from": sender,
        "by": Text(short(clean(received.host or received.by))),
        "role": role,
        "time": Text("" if received.moment is None else f"{received.moment.at:%Y-%m-%d %H:%M:%S}"),
        "delay": _delay(hop.delay, waited, language),
        "tls": secured,
        "connector": Text(short(clean((hop.mark and hop.mark.connector) or ""))),
    }


def _delay(delay: float | None, waited: float, language: str) -> Text:
    if delay is None:
        return Text("")
    if delay <= -1:
        return Text(duration(delay, language), style="red")
    bar = round(_BAR * delay / waited) if waited else 0
    return Text.assemble(duration(delay, language), (f" {'█' * bar}" if bar else "", "blue"))


def _findings(out: Console, found: Analysis, language: str) -> None:
    if found.findings:
        out.print()
        out.print(Text(word("title.findings", language), style="bold"))
    for finding in found.findings:
        out.print(Text(f"  {clean(say(finding.note, language))}", style=_COLOURS[finding.severity]), soft_wrap=True)


def short(text: str) -> str:
    """A text that a stranger wrote, at a length that fits a line."""
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def write_drawn(text: str, output: Path | None, *, as_json: bool = False) -> None:
    """A picture or a page, into a file or to standard output: in UTF-8, whatever the terminal speaks."""
    octets = f"{text}\n".encode()
    if output is None:
        sys.stdout.buffer.write(octets)
        return
    try:
        output.write_bytes(octets)
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        sentence = f"{output} cannot be written: {reason}. Remedy: name a file in a folder that is yours."
        end(REFUSED, "refused", (sentence,), as_json=as_json)
