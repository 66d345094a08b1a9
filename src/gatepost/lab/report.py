"""The report for people: progress while the lab works, then every trial with its reasons, replies and hops."""

import contextlib
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gatepost.headers import Hop
from gatepost.tools import plain

from .houses import BY_CERTIFICATE, CLOUD, DEVICE, EXTERNAL, INTERNAL, INTERNET, LOCAL, Lab, Tell
from .play import Copy, Played
from .trials import INSIDER, OUTSIDER
from .verdict import Verdict

WIDTH = 120  # where there is no terminal: a row of hops fits
_ROOM_FOR_ALL = 116
_CERTIFICATES = {
    "good": f"with the PFX of {LOCAL}",
    "other": "with a PFX of another name",
    "self_signed": f"with a self-signed PFX of {LOCAL}",
}


def console_for(stream: TextIO | None = None) -> Console:
    """As wide as the terminal, or wide enough for a pipe."""
    stream = sys.stdout if stream is None else stream
    width = None if stream.isatty() else WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


@contextlib.contextmanager
def telling(out: Console) -> Iterator[Tell]:
    """Progress: one line that changes on a terminal, a line for each step elsewhere."""
    if not out.is_terminal:
        yield lambda text: out.print(Text(f"{text} ..."))
        return
    with out.status(Text("Beginning")) as status:
        yield lambda text: status.update(Text(text))


def picture(out: Console) -> None:
    """The way of a message, as the lab has built it."""
    out.print(Rule(Text("Gatepost lab: the whole path on one machine", style="bold"), style="dim"))
    for text in (
        f"device {DEVICE}",
        "  |  in the clear",
        f"local relay {LOCAL}",
        "  |  TLS, showing its certificate",
        f"cloud relay {CLOUD} --> mailbox {INSIDER}",
        "  |  TLS",
        f"the Internet {INTERNET} --> mailbox {OUTSIDER}",
    ):
        out.print(Text(text, style="cyan"))
    out.print()
    out.print(
        Text(
            "The certificates count because the cloud relay's organization trusts the lab's own authority "
            f"(CertificateAuthorities). {BY_CERTIFICATE} expects the name {LOCAL}.",
            style="dim",
        )
    )


def warnings(out: Console, lab: Lab) -> None:
    """What the relays said while their connectors were made, as any face would have shown it."""
    said = [f"{house.title}: {warning}" for house in lab.houses for warning in house.warnings]
    if said:
        out.print()
        out.print(Text("Warnings while the connectors were made (each is meant here)", style="bold"))
    for one in said:
        out.print(_bullet(one, "yellow"))


def heading(out: Console, number: int, played: Played) -> None:
    """How a trial ended."""
    mark = ("  ok  ", "black on green") if played.held else (" FAIL ", "white on red")
    out.print()
    out.print(Text.assemble(mark, f" {number}. ", (played.trial.title, "bold"), (f"  {played.seconds:.2f} s", "dim")))


def trial(out: Console, played: Played) -> None:
    """All that came of a trial."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True, width=9)
    grid.add_column(overflow="fold")
    grid.add_row("Client", Text(_client(played)))
    grid.add_row("Connector", _connector(played))
    _told(grid, "Why", [Text(plain(it)) for it in played.reasons])
    _told(grid, "Remedy", [Text(plain(it), style="yellow") for it in played.remedies])
    _told(grid, "Way", [Text(plain(it), style="yellow") for it in played.passed_over])
    _told(grid, "Replies", _replies(played))
    if played.sent.trouble is not None:
        grid.add_row("Trouble", Text(plain(played.sent.trouble.means), style="red"))
    for check in played.checks:
        if not check.held:
            grid.add_row("Expected", Text(plain(f"{check.what}: {check.expected}"), style="red"))
            grid.add_row("Saw", Text(plain(check.seen), style="red"))
    wide = out.width >= _ROOM_FOR_ALL
    if played.copies and wide:
        grid.add_row("Hops", _hops(played.copies, skip=()))
    out.print(grid)
    if played.copies and not wide:  # who handed it over is the relay of the hop before
        out.print(_hops(played.copies, skip=("FROM",)))


def note(out: Console) -> None:
    """How to read the last column."""
    out.print()
    out.print(
        Text(
            "CONNECTOR is what each relay wrote into the message (X-Gatepost-Trace). The Internet takes such lines of "
            "others out: anyone could have written them.",
            style="dim",
        )
    )


def verdict(out: Console, found: Verdict, commands: Sequence[tuple[str, str]]) -> None:
    """The last word, what did not hold, and three things to try next."""
    out.print()
    out.print(Rule(style="dim"))
    out.print(Text(found.sentence, style="bold green" if found.held else "bold red"))
    for failure in found.failures:
        out.print(_bullet(plain(failure), "red"))
    out.print()
    out.print(Text("Next", style="bold"))
    for number, (what, command) in enumerate(commands, 1):
        out.print(Text(f"{number}. {what}"))
        out.print(Text(f"   {command}", style="cyan"), soft_wrap=True)


def open_house(out: Console, lab: Lab) -> None:
    """Where everything is, while the lab stays up."""
    out.print()
    out.print(Text("The lab stays open until Ctrl-C; then its folder is removed.", style="bold"))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("RELAY", "SMTP", "HEALTH AND METRICS", "CONFIGURATION"):
        table.add_column(title, overflow="fold")
    for house in lab.houses:
        table.add_row(house.title, house.address, f"http://127.0.0.1:{house.admin_port}", str(house.config))
    out.print(table)
    out.print(Text(f"Certificates and their passwords: {lab.authority.file.parent}"), soft_wrap=True)
    for house, domain in ((lab.cloud, INTERNAL), (lab.internet, EXTERNAL)):
        out.print(Text(f"Mailboxes of {domain}: {house.folder / 'mail'}"), soft_wrap=True)


def _client(played: Played) -> str:
    trial = played.trial
    certificate = "" if trial.pfx is None else f" {_CERTIFICATES[trial.pfx]}"
    tls = played.sent.tls_version or "no TLS"
    return f"{trial.source} as {trial.sender}, to the {trial.by} relay, {tls}{certificate}"


def _connector(played: Played) -> Text:
    if played.connector is not None:
        return Text.assemble((plain(played.connector), "bold"), f" of {played.organization}, at {CLOUD}")
    return Text("none: taken as Internet mail" if played.result == "incoming" else "none stands for this client")


def _replies(played: Played) -> list[Text]:
    answers = played.sent.answers
    width = max((len(it.address) for it in answers), default=0)
    return [
        Text.assemble(f"{it.address:{width}}  ", (plain(str(it.reply)), "green" if it.accepted else "red"))
        for it in answers
    ]


def _told(grid: Table, title: str, lines: Sequence[Text]) -> None:
    """Several lines under one title."""
    for line in lines:
        grid.add_row(title, line)
        title = ""


def _hops(copies: Sequence[Copy], *, skip: Collection[str]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    titles = [title for title in ("COPY OF", "#", "FROM", "BY", "DELAY", "TLS", "CONNECTOR") if title not in skip]
    for title in titles:
        table.add_column(title, overflow="fold")
    for copy in copies:
        rows = [_hop(hop) for hop in copy.way.hops] if copy.way is not None else []
        rows = rows or [{"BY": Text("not delivered", style="red")}]
        rows[0]["COPY OF"] = Text(copy.address)
        for row in rows:
            table.add_row(*(row.get(title, "") for title in titles))
    return table


def _hop(hop: Hop) -> dict[str, Text]:
    connector = "-" if hop.mark is None or hop.mark.connector is None else hop.mark.connector
    return {
        "#": Text(str(hop.number)),
        "FROM": Text(plain(hop.received.from_.replace("([", "[").replace("])", "]"))),
        "BY": Text(plain(hop.received.by)),
        "DELAY": Text("" if hop.delay is None else f"{hop.delay:g} s"),
        "TLS": Text("yes", style="green") if hop.received.tls.used else Text("no", style="yellow"),
        "CONNECTOR": Text(plain(connector)),
    }


def _bullet(text: str, colour: str) -> Table:
    """A sentence with a mark in front, whose further lines stand below its first."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text("-", style=colour), Text(text, style=colour))
    return grid
