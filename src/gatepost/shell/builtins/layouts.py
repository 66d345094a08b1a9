"""Commands that decide how objects look: Format-Table, Format-List, Out-String, Out-Host."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..parameters import Bound, Parameter, Takes
from ..running.formatting import Column, Formatted, listing, table
from ..values.convert import to_text
from ..values.kinds import HashEntries, PSObject
from ..values.members import properties_of
from ..values.methods import entries
from .choosing import Choice, choices, expanded, spelled
from .command import INPUT, builtin, inputs, switch

if TYPE_CHECKING:
    from ..running.session import Shell

_PROPERTY = Parameter(name="Property", takes=Takes.ANY, position=0, help="Names, script blocks, calculated properties.")
_GROUP_BY = Parameter(name="GroupBy", takes=Takes.ANY, help="A new table or list for each of its values.")
_MOST_COLUMNS = 10  # what PowerShell shows of an object nobody has asked more about
_PLAIN = (str, int, float)


def _groups(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[tuple[list[str], list[Any]]]:
    """The objects, divided where -GroupBy changes; and the lines that say so."""
    by = next(iter(choices(bound.get("GroupBy"))), None)
    title: list[str] = []
    group: list[Any] = []
    for item in shell.meter.counted(inputs(bound, pipe)):
        for one in entries(item) if isinstance(item, HashEntries) else [item]:
            here = ["", f"   {by.title}: {to_text(by.of(one, shell))}"] if by else []
            if group and here != title:
                yield title, group
                group = []
            title = here
            group.append(one)
            shell.meter.length(len(group))
    if group:
        yield title, group


@builtin(
    "Format-Table",
    _PROPERTY,
    switch("AutoSize", "Accepted; columns are always as wide as their values."),
    switch("Wrap", "Long values go on in the next line instead of being cut."),
    switch("HideTableHeaders", "Without titles."),
    _GROUP_BY,
    INPUT,
    aliases=("ft",),
    synopsis="Shows objects as a table.",
    example="Get-InboundConnector | Format-Table Name, @{Name='From'; Expression={ $_.SenderIPAddresses }}",
)
def format_table(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    wanted = choices(bound.get("Property"))
    for title, items in _groups(bound, pipe, shell):
        if not wanted and isinstance(items[0], _PLAIN):
            yield from items
            continue
        chosen = expanded(wanted or _default(items[0]), items[0])
        yield Formatted(
            title
            + table(
                [
                    Column(title=spelled(one, items[0]), pattern=one.pattern, width=one.width, right=one.right)
                    for one in chosen
                ],
                [[one.of(item, shell) for one in chosen] for item in items],
                width=shell.host.width(),
                most=shell.most_items(),
                wrap=bool(bound.get("Wrap")),
                titles=not bound.get("HideTableHeaders"),
            )
        )


def _default(item: Any) -> list[Choice]:
    if isinstance(item, PSObject) and item.columns:
        return choices(list(item.columns))
    return choices(list(properties_of(item))[:_MOST_COLUMNS])


@builtin(
    "Format-List",
    _PROPERTY,
    _GROUP_BY,
    INPUT,
    aliases=("fl",),
    synopsis="Shows objects as lists, one property a line.",
    example="Get-InboundConnector 'SMTP Relay (TLS)' | Format-List *",
)
def format_list(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    wanted = choices(bound.get("Property"))
    for title, items in _groups(bound, pipe, shell):
        lines = [*title, ""]
        for item in items:
            if not wanted and isinstance(item, _PLAIN):
                lines.append(to_text(item))
                continue
            chosen = expanded(wanted or choices("*"), item)
            lines += listing(
                [Column(title=spelled(one, item), pattern=one.pattern) for one in chosen],
                [one.of(item, shell) for one in chosen],
                width=shell.host.width(),
                most=shell.most_items(),
            )
        yield Formatted(lines)


@builtin(
    "Out-String",
    switch("Stream", "Line by line."),
    Parameter(name="Width", takes=Takes.INTEGER, help="Accepted; the host's width is used."),
    INPUT,
    synopsis="What would be printed, as text.",
    example="Get-Queue | Out-String",
)
def out_string(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    text = shell.text_of(inputs(bound, pipe))
    shell.meter.size(len(text))
    if bound.get("Stream"):
        yield from text.removesuffix("\n").split("\n")
    else:
        yield text


@builtin("Out-Host", INPUT, switch("Paging", "Accepted."), aliases=("oh",), synopsis="Prints objects.")
def out_host(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    yield from inputs(bound, pipe)


COMMANDS = (format_table, format_list, out_string, out_host)
