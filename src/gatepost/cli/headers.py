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
from rich.text import Text

from gatepost.errors import SettingsRefused
from gatepost.headers import Analysis, Form, Note, Own, analyse, draw_page, draw_picture, say, word
from gatepost.headers import values as analysis_values

from . import render
from .asking import BAD_CONFIGURATION, REFUSED, AsJson, Global, end
from .render import clean
from .way import short, show_hops, show_verdict, write_drawn

MOST_READ = 256 * 1024 * 1024  # octets of a file; only the header of one message is analysed


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
    svg: Annotated[bool, typer.Option("--svg", help="Write the way as a picture.")] = False,
    html: Annotated[
        bool, typer.Option("--html", help="Write everything as one page that needs no other file.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File for --svg or --html; default is standard output.", metavar="FILE"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the way a message took, from its header.

    Hops, delays, TLS, spam verdicts, and whether it was relayed here.

    Nothing leaves this machine. Where the server runs, the message is looked for in its trace.

    Example: gatepost headers message.eml
    """
    _only_one_form(svg=svg, html=html, output=output, as_json=as_json)
    content = _content(file, as_json=as_json)
    ours = _ours(context, own or (), as_json=as_json)
    found = analyse(content, ours, now=datetime.now(UTC), message=message)
    if svg:
        write_drawn(draw_picture(found, language=language.value), output)
    elif html:
        write_drawn(draw_page([found], language=language.value), output)
    else:
        story = _story(context, found.verdict.queue_id)
        if as_json:
            render.json_out({**analysis_values(found, language=language.value), "trace": story})
        else:
            show(found, language=language.value, story=story)
    if found.form in (Form.NOTHING, Form.OUTLOOK):
        raise typer.Exit(REFUSED)


def _only_one_form(*, svg: bool, html: bool, output: Path | None, as_json: bool) -> None:
    """One of --svg, --html and --json; a file only for the first two."""
    if svg + html + as_json > 1:
        raise typer.BadParameter("--svg, --html and --json are three forms of one answer. Remedy: choose one.")
    if output is not None and not (svg or html):
        raise typer.BadParameter("--output goes with --svg or --html. Remedy: add one of them.")


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
    from gatepost.config import load_settings

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
    from gatepost.config import load_settings

    from . import remote

    said = (context.find_object(Global) or Global()).config
    try:
        return remote.ask(load_settings(said).data_dir, "trace.show", {"id": queue_id}).value
    except (SettingsRefused, remote.NotToday, remote.Declined):
        return None


# --- for people -----------------------------------------------------------------------------------------------------


def show(found: Analysis, *, language: str = "en", story: Any = None) -> None:
    """The verdict, the table of hops, what is odd, and what the filters said."""
    out = render.console()
    show_verdict(out, found, language)
    if story is not None:
        _trace(out, story, language)
    for name in ("Subject", "From", "To", "Date", "Message-ID"):
        if (value := found.summary.get(name.lower())) is not None:
            out.print(Text.assemble((f"{name:<11}", "dim"), short(clean(value))), soft_wrap=True)
    show_hops(out, found, language)
    values = analysis_values(found, language=language)
    _reports(out, values, language)
    _authentication(out, values, language)


def _trace(out: Console, story: Mapping[str, Any], language: str) -> None:
    """How the message stands at this server."""
    told = (", " if language == "en" else "，").join(
        f"{clean(it.get('address', '?'))} {_state(it.get('state', '?'), language)}" for it in story["recipients"][:5]
    )
    note = Note("trace.here", {"told": told or word("trace.nobody", language), "id": story["id"]})
    out.print(Text(f"  {clean(say(note, language))}"), soft_wrap=True)


def _state(state: str, language: str) -> str:
    from gatepost.spool import State  # a good part of the house, for a word of a story that is seldom there

    return word(f"state.{state}", language) if state in map(str, State) else state


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
            line = Text(f"  {clean(key):<{width}}  {short(clean(it['value']))}")
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
