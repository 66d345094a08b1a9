"""gatepost apply, plan and export: everything operators decided as one file."""

import codecs
import json
import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gatepost.config import PROPERTIES, ObjectKind

from . import render
from .asking import REFUSED, AsJson, InOrganization, answer, ask, end

_File = Annotated[Path, typer.Argument(help="TOML or JSON file; - is standard input.", metavar="FILE")]
_Prune = Annotated[bool, typer.Option("--prune", help="Also remove what the file does not mention.")]
_MAX_FILE = 64 << 20
_SIGNS = {"add": ("+", "green"), "set": ("~", "yellow"), "remove": ("-", "red")}
_SECRETS = {
    item.name.lower(): item.name for kind in (ObjectKind.OUTBOUND,) for item in PROPERTIES[kind] if item.kind.secret
}


def register(app: typer.Typer) -> None:
    """Put the three commands on the tree."""
    app.command()(apply)
    app.command()(plan)
    app.command()(export)


def apply(
    context: typer.Context,
    file: _File,
    prune: _Prune = False,
    seen: Annotated[
        str | None,
        typer.Option("--seen", help="What plan --json says under seen: apply that plan or nothing.", metavar="TEXT"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make every object exactly as a file says, all or nothing.

    The file is a document as export writes it, or what Get-InboundConnector | ConvertTo-Json prints on Exchange.

    Example: gatepost apply relay.toml
    """
    document = read_document(file, as_json=as_json)
    answer(context, "document.apply", as_json=as_json, show=_changes, document=document, prune=prune, seen=seen)


def plan(context: typer.Context, file: _File, prune: _Prune = False, as_json: AsJson = False) -> None:
    """Show what apply would change, and change nothing.

    Example: gatepost plan relay.toml --prune
    """
    document = read_document(file, as_json=as_json)
    answer(context, "document.plan", as_json=as_json, show=_changes, document=document, prune=prune)


def export(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File to write; default is standard output.", metavar="FILE"),
    ] = None,
    powershell: Annotated[
        bool, typer.Option("--powershell", help="Write the script that recreates it on Exchange Online.")
    ] = False,
    organization: InOrganization = None,
    as_json: AsJson = False,
) -> None:
    """Write everything as one file that apply reads again.

    Secrets stay on the server.

    Example: gatepost export --output relay.toml
    """
    if organization and not powershell:
        raise typer.BadParameter("--organization goes with --powershell; a document holds every organization.")
    if powershell:
        value = ask(context, "document.recreate", as_json=as_json, organization=organization)
        text = _json(value) if as_json else value["script"]
    else:
        value = ask(context, "document.export", as_json=as_json)
        text = _json(value) if as_json else to_toml(value)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        _write(output, text)
    except OSError as trouble:
        end(
            REFUSED,
            "refused",
            (f"{output}: cannot be written: {trouble.strerror}. Remedy: name another file.",),
            as_json=as_json,
        )
    if as_json:
        sys.stdout.write(text)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def read_document(file: Path, *, as_json: bool = False) -> Any:
    """The document of a file, with files of secrets and CAs read and paths made absolute; ends the program when bad."""
    try:
        octets = sys.stdin.buffer.read(_MAX_FILE) if str(file) == "-" else file.read_bytes()
        text = _decoded(octets)
        tree = json.loads(text) if text.lstrip()[:1] in ("{", "[") and not _is_toml(text) else tomllib.loads(text)
        folder = Path() if str(file) == "-" else file.parent
        if isinstance(tree, list):  # what Exchange prints has no secrets and no paths
            return tree
        return {section: _entries(entries, folder) for section, entries in tree.items()}
    except OSError as trouble:
        end(
            REFUSED,
            "refused",
            (_unreadable(file, trouble),),
            as_json=as_json,
        )
    except UnicodeDecodeError:
        end(REFUSED, "refused", (f"{file}: is not UTF-8 text. Remedy: convert it.",), as_json=as_json)
    except (ValueError, RecursionError) as wrong:
        end(
            REFUSED,
            "refused",
            (f"{file}: is not valid TOML or JSON: {wrong}. Remedy: correct it.",),
            as_json=as_json,
        )


def _unreadable(file: Path, trouble: OSError) -> str:
    """Which file it was, where a document names others for its secrets."""
    named = "" if trouble.filename in (None, str(file)) else f"{trouble.filename}: "
    return f"{file}: cannot be read: {named}{trouble.strerror}. Remedy: name a file that is there and may be read."


def _decoded(octets: bytes) -> str:
    """UTF-8, or the UTF-16 that `>` writes in Windows PowerShell; raises UnicodeDecodeError, which is a ValueError."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return octets.decode("utf-16")
    return octets.decode("utf-8-sig")


def _is_toml(text: str) -> bool:
    """Whether a file that begins with a bracket is TOML: `[[InboundConnector]]`, and no list of JSON objects."""
    return re.match(r"\s*\[\[?\s*[A-Za-z\"']", text) is not None


def _entries(entries: Any, folder: Path) -> Any:
    if isinstance(entries, list):
        return [_entry(entry, folder) if isinstance(entry, Mapping) else entry for entry in entries]
    return _entry(entries, folder) if isinstance(entries, Mapping) else entries


def _entry(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """`PasswordFile` becomes Password; CA members that are paths become PEM texts; the PFX path becomes absolute."""
    result: dict[str, Any] = {}
    for name, value in entry.items():
        lowered = name.lower()
        if lowered.endswith("file") and lowered.removesuffix("file") in _SECRETS and isinstance(value, str):
            text = (folder / value).read_text("utf-8")
            result[_SECRETS[lowered.removesuffix("file")]] = text.split("\n", 1)[0].removesuffix("\r")
        elif lowered == "certificateauthorities" and isinstance(value, list):
            result[name] = [
                (folder / it).read_text("utf-8") if isinstance(it, str) and "-----BEGIN" not in it else it
                for it in value
            ]
        elif lowered == "clientcertificatepfx" and isinstance(value, str) and value:
            result[name] = str((folder / value).absolute())
        else:
            result[name] = value
    return result


def to_toml(document: Mapping[str, Any]) -> str:
    """TOML for what export gives: lists of tables with texts, numbers, truth values and lists of texts."""
    lines: list[str] = []
    for section, entries in document.items():
        for entry in entries:
            lines.append(f"[[{section}]]")
            lines += [f"{name} = {_toml_value(value)}" for name, value in entry.items()]
            lines.append("")
    return "\n".join(lines)


def _toml_value(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(it) for it in value) + "]"
    # JSON's escapes are TOML's; only DEL must be escaped in TOML and is not in JSON.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(file: Path, text: str) -> None:
    """Whole or not at all: an export is somebody's backup."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(stream.name).replace(file)


def _changes(value: Any) -> None:
    for change in value["changes"]:
        sign, style = _SIGNS[change["action"]]
        render.line(f"{sign} {change['kind']} '{change['name']}'", style=style)
        for it in change["differences"] if change["action"] == "set" else ():
            render.line(
                f"    {it['property']}: {render.cell(it['before']) or '(none)'} -> "
                f"{render.cell(it['after']) or '(none)'}"
            )
    for it in value["unmentioned"]:
        render.line(f"  {it['kind']} '{it['name']}' is not in the file and stays (--prune removes it)", style="dim")
    count = len(value["changes"])
    words = "no changes" if not count else f"{count} change{'s' if count > 1 else ''}"
    render.line(f"Applied: {words}." if value["applied"] else f"Plan: {words}.")
