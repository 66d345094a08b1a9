"""Commands that read and write files, all through the host: Get-Content, Import-Csv, Export-Csv, and CSV as text."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gatepost.mail import as_cell, from_cell, visible

from ..failures import CommandFailed
from ..parameters import Bound, Parameter, Takes
from ..values.convert import to_list, to_text
from ..values.kinds import PSObject
from ..values.members import properties_of
from ..values.moments import SHORT, format_moment
from .command import INPUT, builtin, inputs, switch

if TYPE_CHECKING:
    from ..running.session import Shell

_PATH = Parameter(name="Path", position=0, required=True, aliases=("LiteralPath", "PSPath"), help="The file.")
_ENCODING = Parameter(name="Encoding", help="Accepted; files are UTF-8.")
_DELIMITER = Parameter(name="Delimiter", position=1, default=",", help="The sign between the fields.")
_HEADER = Parameter(name="Header", takes=Takes.TEXTS, help="The names of the columns, if the text has none.")
_QUOTES = Parameter(name="UseQuotes", choices=("Always", "AsNeeded", "Never"), help="Which fields get quotation marks.")
_UNTYPED = switch("NoTypeInformation", "Accepted; type lines are never written.")


def _read(path: str, shell: "Shell") -> str:
    try:
        text = shell.host.read_text(path)
    except (OSError, UnicodeError) as error:
        raise _file_error("read", path, error) from None
    shell.meter.size(len(text))
    return text.removeprefix("\ufeff")


def _write(path: str, text: str, shell: "Shell") -> None:
    try:
        shell.host.write_text(path, text)
    except (OSError, UnicodeError) as error:
        raise _file_error("write", path, error) from None


def _file_error(verb: str, path: str, error: OSError | UnicodeError) -> CommandFailed:
    why = "it is not UTF-8" if isinstance(error, UnicodeError) else error.strerror
    if why:
        remedy = "Remedy: check its name, its place and its permissions."
        sentence = f"Cannot {verb} the file '{visible(path)}': {why}. {remedy}"
    else:
        sentence = str(error)  # the host's own
    missing = isinstance(error, FileNotFoundError)
    return CommandFailed(
        "System.IO.FileNotFoundException" if missing else "System.IO.IOException",
        sentence,
        target=path,
        error_id="FileOpenFailure",
        category="ObjectNotFound" if missing else "OpenError",
    )


@builtin(
    "Get-Content",
    _PATH,
    switch("Raw", "The whole text at once instead of its lines."),
    Parameter(name="TotalCount", takes=Takes.INTEGER, aliases=("First", "Head"), help="So many lines."),
    Parameter(name="Tail", takes=Takes.INTEGER, aliases=("Last",), help="So many lines from the end."),
    _ENCODING,
    aliases=("gc", "cat", "type"),
    synopsis="The lines of a text file.",
    example="Get-Content domains.txt | ForEach-Object { New-AcceptedDomain -Name $_ -DomainName $_ }",
)
def get_content(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    text = _read(bound.get("Path"), shell)
    if bound.get("Raw"):
        yield text
        return
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    if "Tail" in bound:
        lines = lines[max(len(lines) - max(bound.get("Tail"), 0), 0) :]
    yield from lines[: max(bound.get("TotalCount"), 0)] if "TotalCount" in bound else lines


# --- CSV -----------------------------------------------------------------------------------------------------


@builtin(
    "Import-Csv",
    _PATH,
    _DELIMITER,
    _HEADER,
    _ENCODING,
    aliases=("ipcsv",),
    synopsis="Objects from a CSV file: its first line names their properties.",
    example="Import-Csv printers.csv | ForEach-Object { $_.Address }",
)
def import_csv(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    yield from _objects(_read(bound.get("Path"), shell), bound, shell)


@builtin(
    "ConvertFrom-Csv",
    Parameter(name="InputObject", takes=Takes.TEXTS, position=0, pipeline=True, help="The lines."),
    _DELIMITER,
    _HEADER,
    synopsis="Objects from CSV text.",
)
def convert_from_csv(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    lines = shell.meter.collected(inputs(bound, pipe))
    yield from _objects("\n".join(to_text(line) for line in lines), bound, shell)


def _objects(text: str, bound: Bound, shell: "Shell") -> Iterator[PSObject]:
    names: list[str] = bound.get("Header") or []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(bound))
    try:
        for row in shell.meter.counted(reader):
            if not row or (not names and row[0].startswith("#TYPE")):
                continue
            if not names:
                names = [from_cell(name) or f"H{at + 1}" for at, name in enumerate(row)]
                continue
            padded = [*map(from_cell, row), *[None] * (len(names) - len(row))]
            yield PSObject(zip(names, padded, strict=False))
    except csv.Error as error:
        raise CommandFailed(
            "System.FormatException",
            f"Line {reader.line_num} is not CSV: {error}. Remedy: check its quotation marks and its length.",
        ) from None


def _delimiter(bound: Bound) -> str:
    sign = to_text(bound.get("Delimiter") or ",")
    if len(sign) != 1 or sign in '"\r\n':
        raise CommandFailed(
            "System.ArgumentException",
            "A delimiter is one character. Remedy: write -Delimiter ';' or -Delimiter \"`t\".",
        )
    return sign


@builtin(
    "Export-Csv",
    _PATH,
    _DELIMITER,
    _QUOTES,
    _UNTYPED,
    _ENCODING,
    switch("Append", "Behind what the file holds."),
    switch("Force", "Accepted."),
    INPUT,
    aliases=("epcsv",),
    synopsis="Writes objects into a CSV file.",
    example="Get-MessageTrace | Export-Csv trace.csv",
)
def export_csv(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    path = bound.get("Path")
    before = ""
    if bound.get("Append"):
        try:
            before = shell.host.read_text(path)
        except FileNotFoundError:
            before = ""
        except (OSError, UnicodeError) as error:
            raise _file_error("read", path, error) from None
    columns: list[str] | None = None
    if before:
        first = next(csv.reader(io.StringIO(before.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(bound)))
        columns = list(map(from_cell, first))
        before = before if before.endswith("\n") else f"{before}\n"
    lines = list(_lines(inputs(bound, pipe), bound, shell, columns))
    _write(path, before + "".join(f"{line}\n" for line in lines), shell)
    yield from ()


@builtin(
    "ConvertTo-Csv",
    _DELIMITER,
    _QUOTES,
    _UNTYPED,
    INPUT,
    synopsis="Objects as lines of CSV.",
    example="Get-AcceptedDomain | ConvertTo-Csv",
)
def convert_to_csv(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    yield from _lines(inputs(bound, pipe), bound, shell, None)


def _lines(items: Iterable[Any], bound: Bound, shell: "Shell", columns: list[str] | None) -> Iterator[str]:
    """The lines; the first object says which columns there are, unless the file has them already."""
    sign, quotes = _delimiter(bound), bound.get("UseQuotes") or "Always"
    for item in shell.meter.counted(items):
        held = {name.casefold(): value for name, value in properties_of(item).items()}
        if columns is None:
            columns = list(properties_of(item))
            yield _joined(list(map(as_cell, columns)), sign, quotes)
        yield _joined([_field(held.get(name.casefold())) for name in columns], sign, quotes)


def _field(value: Any) -> str | None:
    """A value in one field; the items of an array are separated by commas, as Exchange's lists are.

    PowerShell would write a formula as a formula; what our cmdlets tell was written by strangers (decision 0017).
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return format_moment(value, SHORT)
    text = ", ".join(to_text(item) for item in to_list(value)) if isinstance(value, list) else to_text(value)
    return as_cell(text)


def _joined(fields: Sequence[str | None], sign: str, quotes: str) -> str:
    return sign.join(_quoted(field, sign, quotes) for field in fields)


def _quoted(field: str | None, sign: str, quotes: str) -> str:
    if field is None:
        return ""
    if quotes == "Never" or (quotes == "AsNeeded" and not any(mark in field for mark in (sign, '"', "\n", "\r"))):
        return field
    return '"' + field.replace('"', '""') + '"'


COMMANDS = (get_content, import_csv, convert_from_csv, export_csv, convert_to_csv)
