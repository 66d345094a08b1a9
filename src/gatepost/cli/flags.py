"""Flags for properties, made from the table: lists repeat, booleans take a value, secrets and PEMs come from files."""

import inspect
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from gatepost.config import PROPERTIES, ObjectKind, Property

_MAX_SECRET_FILE = 65_536


def with_properties(
    *kinds: ObjectKind, edits: bool, without: Iterable[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command a flag for every property of the kinds; it takes them as `properties`, under
    Exchange's names.

    `edits` adds --add-… and --remove-… for lists. A flag that two kinds share is one flag.
    """
    items: dict[str, tuple[Property, list[ObjectKind]]] = {}
    for kind in kinds:
        for item in PROPERTIES[kind]:
            if item.name not in without:
                items.setdefault(item.field, (item, []))[1].append(kind)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = [it for it in signature.parameters.values() if it.name != "properties"]
        more = [
            parameter
            for item, owners in items.values()
            for parameter in _parameters(item, owners, several=len(kinds) > 1, edits=edits)
        ]

        @wraps(command)
        def run(**given: Any) -> None:
            kept = {it.name: given.pop(it.name) for it in own}
            command(**kept, properties=_properties(given, [item for item, _ in items.values()]))

        del run.__wrapped__  # else inspect would look through to the original
        run.__signature__ = signature.replace(parameters=own + more)  # type: ignore[attr-defined]
        run.__annotations__ = {it.name: it.annotation for it in own + more}
        return run

    return decorate


def must_change(properties: dict[str, Any]) -> None:
    """Refuse a change of nothing."""
    if not properties:
        raise typer.BadParameter("nothing to change: give at least one property.")


def foreign(properties: dict[str, Any], kind: ObjectKind) -> list[str]:
    """Flags that were given but belong to another kind of object."""
    names = {item.name for item in PROPERTIES[kind]}
    by_name = {item.name: item for items in PROPERTIES.values() for item in items}
    return [by_name[name].flag for name in properties if name not in names]


def _parameters(item: Property, owners: list[ObjectKind], *, several: bool, edits: bool) -> list[inspect.Parameter]:
    panel = "Properties"
    if several:
        panel = f"Properties of {'both' if len(owners) > 1 else owners[0]}{'' if len(owners) > 1 else 's'}"
    metavar = "FILE" if item.kind.secret else item.kind.word.upper() if "|" not in item.kind.word else item.kind.word
    words = item.help + (" Give the file that holds it." if item.kind.secret else "")
    if item.kind.each:
        words += " Repeat for several."

    def parameter(name: str, flag: str, text: str) -> inspect.Parameter:
        option = typer.Option(flag, help=text, metavar=metavar, rich_help_panel=panel)
        kind: Any = list[str] | None if item.kind.each else str | None
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option])

    made = [parameter(item.field, item.flag, words)]
    if edits and item.kind.each:
        bare = item.flag.removeprefix("--")
        made.append(parameter(f"add_{item.field}", f"--add-{bare}", f"Add to {item.name}."))
        made.append(parameter(f"remove_{item.field}", f"--remove-{bare}", f"Remove from {item.name}."))
    return made


def _properties(given: dict[str, Any], items: list[Property]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for item in items:
        value = given.get(item.field)
        if item.kind.each:
            added, removed = given.get(f"add_{item.field}") or [], given.get(f"remove_{item.field}") or []
            if value and (added or removed):
                raise typer.BadParameter(f"{item.flag} replaces the list; use it or --add-… and --remove-…, not both.")
            if added or removed:
                properties[item.name] = {
                    "Add": [_read(item, it) for it in added],
                    "Remove": [_read(item, it) for it in removed],
                }
            elif value:
                properties[item.name] = [_read(item, it) for it in value]
        elif value is not None:
            properties[item.name] = _read(item, value)
    return properties


def _read(item: Property, value: str) -> str:
    """What the server is told for the text of a flag: paths become absolute, files of secrets and PEMs are
    read here."""
    if item.kind.secret or (item.name == "CertificateAuthorities" and value):
        one_line = item.kind.secret and item.kind.word != "private key"
        return read_secret(Path(value), item.flag) if one_line else read_text(Path(value), item.flag)
    if item.kind.word == "file" and value:
        return str(Path(value).absolute())
    return value


def read_secret(file: Path, flag: str) -> str:
    """The first line of a file, without its line end; `-` is standard input."""
    return read_text(file, flag).split("\n", 1)[0].removesuffix("\r")


def read_text(file: Path, flag: str, *, most: int = _MAX_SECRET_FILE) -> str:
    """The first `most` characters of a text file, or of standard input for `-`."""
    try:
        if str(file) == "-":
            return sys.stdin.read(most)
        with file.open(encoding="utf-8") as stream:
            return stream.read(most)
    except OSError as trouble:
        raise typer.BadParameter(f"{flag}: {file} cannot be read: {trouble.strerror}.") from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{flag}: {file} is not UTF-8 text.") from None
