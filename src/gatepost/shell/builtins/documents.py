"""JSON: ConvertTo-Json and ConvertFrom-Json."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from ..failures import CommandFailed, Ends
from ..parameters import Bound, Parameter, Takes
from ..values.convert import to_text
from ..values.figures import number_text
from ..values.kinds import Credential, HashEntries, PSObject
from ..values.members import properties_of
from ..values.moments import format_moment
from ..world import NetObject
from .command import builtin, inputs, switch

if TYPE_CHECKING:
    from ..running.session import Shell

_DEPTH = 2  # PowerShell's own default
_DEEPEST = 100


@builtin(
    "ConvertTo-Json",
    Parameter(name="InputObject", takes=Takes.ANY, position=0, pipeline=True, help="The objects."),
    Parameter(name="Depth", takes=Takes.INTEGER, default=_DEPTH, help="How deep objects in objects are written."),
    switch("Compress", "Without spaces and line ends."),
    switch("AsArray", "An array, even of one object."),
    switch("EnumsAsStrings", "Accepted; they always are."),
    synopsis="Objects as JSON.",
    example="Get-InboundConnector | ConvertTo-Json",
)
def convert_to_json(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    depth = bound.get("Depth", _DEPTH)
    if not 0 <= depth <= _DEEPEST:
        raise CommandFailed(
            "System.ArgumentOutOfRangeException", f"-Depth is from 0 to {_DEEPEST}. Remedy: give such a number."
        )
    if pipe is not None:
        items = shell.meter.collected(pipe)
        if not items:
            return
        value: Any = items if len(items) > 1 or bound.get("AsArray") else items[0]
    else:
        value = bound.get("InputObject")
        if bound.get("AsArray") and not isinstance(value, list):
            value = [value]
    cut: list[str] = []
    plain = _plain(value, depth + isinstance(value, list), cut)
    if cut:
        shell.warn(f"Resulting JSON is truncated as serialization has exceeded the set depth of {depth}.", bound)
    if bound.get("Compress"):
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    else:
        text = json.dumps(plain, ensure_ascii=False, indent=2)
    shell.meter.size(len(text))
    yield text


def _plain(value: Any, depth: int, cut: list[str]) -> Any:
    """A value as JSON knows it; what lies too deep is written as text, and noted in `cut`."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if value == value and abs(value) != float("inf") else number_text(value)
        case datetime():
            return format_moment(value, "o")
        case list():
            if depth < 0:
                cut.append("array")
                return to_text(value)
            return [_plain(item, depth - 1, cut) for item in value]
        case HashEntries() | PSObject() | NetObject() | Credential():
            if depth < 0:
                cut.append("object")
                return to_text(value)
            return {name: _plain(held, depth - 1, cut) for name, held in properties_of(value).items()}
        case _:
            return to_text(value)


@builtin(
    "ConvertFrom-Json",
    Parameter(name="InputObject", takes=Takes.ANY, position=0, pipeline=True, help="The text."),
    switch("AsHashtable", "Hashtables instead of objects."),
    Parameter(name="Depth", takes=Takes.INTEGER, help="Accepted."),
    switch("NoEnumerate", "An array stays one object."),
    synopsis="Objects from JSON.",
    example="Get-Content connectors.json -Raw | ConvertFrom-Json",
)
def convert_from_json(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    text = "\n".join(to_text(item) for item in shell.meter.collected(inputs(bound, pipe)))
    if not text.strip():
        return
    try:
        read = json.loads(text, parse_constant=_no_constant)
        value = _held(read, as_hash=bool(bound.get("AsHashtable")))
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise CommandFailed(
            "System.ArgumentException",
            f"Conversion from JSON failed with error: {why}. Remedy: check the text at that place; "
            "a whole file is read with Get-Content -Raw.",
            error_id="ConvertFromJsonCommand",
            ends=Ends.STATEMENT,
        ) from None
    yield from value if isinstance(value, list) and not bound.get("NoEnumerate") else [value]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _held(value: Any, *, as_hash: bool) -> Any:
    if isinstance(value, dict):
        pairs = [(name, _held(held, as_hash=as_hash)) for name, held in value.items()]
        return HashEntries(pairs) if as_hash else PSObject(pairs)
    if isinstance(value, list):
        return [_held(item, as_hash=as_hash) for item in value]
    return value


COMMANDS = (convert_to_json, convert_from_json)
