"""gatepost headers: the way a message took, read from its own header, with what filters and connectors said of it."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatepost.config import load_settings
from gatepost.errors import SettingsRefused
from gatepost.tools import (
    Analysis,
    Form,
    Hop,
    Own,
    Severity,
    Trust,
    analyse,
    analysis_values,
    duration,
    say,
    sentence_of,
    word,
)

from . import remote, render
from .asking import BAD_CONFIGURATION, REFUSED, AsJson, Global, end
from .render import clean

MOST_READ = 256 * 1024 * 1024  # octets of a file; only the header of one message is analysed
_BAR = 20
_LONGEST_CELL = 120
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_DOUBTS = {Trust.CLAIMED: "yellow", Trust.SUSPECT: "bold red"}


class Language(Enum):
    """The languages of the words."""

    ENGLISH = "en"
    SIMPLIFIED = "zh-Hans"
    TRADITIONAL = "zh-Hant"


def register(app: typer.Typer) -> None:
    """Put the command on the tree."""
    app.command()(headers)


def headers(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(help="A header, a message (.eml) or an mbox; - for standard input.", metavar="FILE")
    ] = "-",
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--own",
            help="A host name, address or network of yours, beside this server's own name. Repeat for several.",
            metavar="HOST",
        ),
    ] = None,
    message: Annotated[int, typer.Option("--message", help="Which message of an mbox, counted from 1.", min=1)] = 1,
    language: Annotated[Language, typer.Option("--language", help="The language of the words.")] = Language.ENGLISH,
    as_json: AsJson = False,
) -> None:
    """Show the way a message took, from its header: hops, delays, TLS, spam verdicts, and whether it was relayed here.

    Nothing leaves this machine. Where the server runs, the message is looked for in its trace.

    Example: gatepost headers message.eml
    """
    content = _content(file, as_json=as_json)
    ours = _ours(context, own or (), as_json=as_json)
    found = analyse(content, ours, now=datetime.now(UTC), message=message)
    story = _story(context, found.verdict.queue_id)
    if as_json:
        values = analysis_values(found, language=language.value)
        render.json_out({**values, "trace": story})
    else:
        show(found, language=language.value, story=story)
    if found.form in (Form.NOTHING, Form.OUTLOOK):
        raise typer.Exit(REFUSED)


def _content(file: str, *, as_json: bool) -> bytes:
    """What to read, or the end of the command with a sentence."""
    if file == "-":
        if sys.stdin.isatty():
            render.sentences(("Paste the header, then press Ctrl-D on a line of its own.",), style="dim")
        return sys.stdin.buffer.read(MOST_READ)
    try:
        with Path(file).open("rb") as stream:
            return stream.read(MOST_READ)
    except (OSError, ValueError) as trouble:
        reason = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble)
        end(
            REFUSED,
            "refused",
            (f"{file} cannot be read: {reason}. Remedy: name a file with the message, or - to paste its header.",),
            as_json=as_json,
        )


def _ours(context: typer.Context, named: Sequence[str], *, as_json: bool) -> Own:
    """This server's host name, and what the command line names. Without a configuration the analyser works as well."""
    hosts, addresses = set(), []
    for one in named:
        try:
            addresses.append(str(ip_network(one, strict=False)))
        except ValueError:
            hosts.add(one.lower().rstrip("."))
    said = (context.find_object(Global) or Global()).config
    try:
        hosts.add(load_settings(said).hostname.lower())
    except SettingsRefused as refused:
        if said is not None:
            end(BAD_CONFIGURATION, "configuration", refused.problems, as_json=as_json)
    return Own(hosts=frozenset(hosts), addresses=tuple(addresses))


def _story(context: typer.Context, queue_id: str) -> Any:
    """The message's trace at the server, or None where there is no server, or it does not know the message."""
    if not queue_id:
        return None
    said = (context.find_object(Global) or Global()).config
    try:
        return remote.ask(load_settings(said).data_dir, "trace.show", {"id": queue_id}).value
    except (SettingsRefused, remote.NotToday, remote.Declined):
        return None


# --- for people -----------------------------------------------------------------------------------------------------


def show(found: Analysis, *, language: str = "en", story: Any = None) -> None:
    """The verdict, the table of hops, what is odd, and what the filters said."""
    out = render.console()
    _verdict(out, found, language)
    if story is not None:
        _trace(out, story)
    for name in ("Subject", "From", "To", "Date", "Message-ID"):
        if (value := found.summary.get(name.lower())) is not None:
            out.print(Text.assemble((f"{name:<11}", "dim"), _short(clean(value))), soft_wrap=True)
    if found.hops:
        out.print()
        out.print(_hops(found, language, wide=out.width >= _LONGEST_CELL))
        if found.total is not None:
            out.print(Text(f"{word('title.total', language)}: {duration(found.total, language)}", style="bold"))
    _findings(out, found, language)
    values = analysis_values(found, language=language)
    _reports(out, values, language)
    _authentication(out, values, language)


def _verdict(out: Console, found: Analysis, language: str) -> None:
    verdict = found.verdict
    style = "bold green" if verdict.certain and verdict.note.code.startswith("through_") else "bold"
    out.print(Text(clean(sentence_of(found, language=language)), style=style), soft_wrap=True)
    for note in verdict.evidence:
        out.print(Text(f"  {clean(say(note, language))}", style="dim"), soft_wrap=True)


def _trace(out: Console, story: Mapping[str, Any]) -> None:
    """How the message stands at this server."""
    told = ", ".join(f"{clean(it.get('address', '?'))} {clean(it.get('state', '?'))}" for it in story["recipients"][:5])
    out.print(Text(f"  Trace of this server: {told or 'no recipients'}; gatepost trace show {clean(story['id'])}"))


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
    sender = Text(_short(clean(received.name or received.hello or received.address)))
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
        "by": Text(_short(clean(received.host or received.by))),
        "role": role,
        "time": Text("" if received.moment is None else f"{received.moment.at:%Y-%m-%d %H:%M:%S}"),
        "delay": _delay(hop.delay, waited, language),
        "tls": secured,
        "connector": Text(_short(clean((hop.mark and hop.mark.connector) or ""))),
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


def _reports(out: Console, values: Mapping[str, Any], language: str) -> None:
    """The reports of Microsoft's filter, a key a line; what is empty or unexplained is left to --json."""
    for title, entries in values["antispam"].items():
        rows = [(key, it) for key, it in entries.items() if it["value"]]
        if not rows:
            continue
        out.print()
        out.print(Text(word(f"title.{title}", language), style="bold"))
        width = max(len(key) for key, _ in rows)
        for key, it in rows:
            line = Text(f"  {clean(key):<{width}}  {_short(clean(it['value']))}")
            line.append(f"  {it['meaning'] or it['label']}", style="dim")
            out.print(line, soft_wrap=True)


def _authentication(out: Console, values: Mapping[str, Any], language: str) -> None:
    vouched = [one for one in values["authentication"] if one["results"]]
    if vouched:
        out.print()
        out.print(Text(word("title.authentication", language), style="bold"))
    for one in vouched:
        told = "; ".join(f"{it['method']}={it['result']}" for it in one["results"])
        server = f" ({clean(one['server'])})" if one["server"] else ""
        out.print(Text(f"  {clean(one['header'])}{server}: {clean(told)}"), soft_wrap=True)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
