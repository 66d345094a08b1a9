"""Commands that make other objects of objects: Select-Object, Sort-Object, Group-Object, Measure-Object."""

import functools
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from gatepost.mail import visible

from ..failures import CommandFailed, failed
from ..parameters import Bound, Parameter, Takes
from ..values.comparing import equal, order
from ..values.convert import to_number, to_text
from ..values.figures import settled
from ..values.kinds import PSObject, items_of
from ..values.members import get_property, has_property
from .choosing import Choice, choices, expanded, spelled
from .command import INPUT, builtin, inputs, switch

if TYPE_CHECKING:
    from ..running.session import Shell

_PROPERTY = Parameter(name="Property", takes=Takes.ANY, position=0, help="Names, script blocks, calculated properties.")


def _count(name: str, help: str) -> Parameter:  # noqa: A002 -- the word that Parameter uses
    return Parameter(name=name, takes=Takes.INTEGER, help=help)


@builtin(
    "Select-Object",
    _PROPERTY,
    Parameter(name="ExcludeProperty", takes=Takes.TEXTS, help="Names to leave out."),
    Parameter(name="ExpandProperty", help="The property whose values are put out by themselves."),
    _count("First", "So many from the beginning; what stands before is then stopped."),
    _count("Last", "So many from the end."),
    _count("Skip", "So many less from the beginning."),
    switch("Unique", "Each different object once."),
    INPUT,
    aliases=("select",),
    synopsis="Picks properties, or objects by their number.",
    example="Get-InboundConnector | Select-Object Name, Enabled -First 3",
)
def select_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    wanted = choices(bound.get("Property"))
    if not wanted and "ExcludeProperty" in bound and "ExpandProperty" not in bound:
        wanted = choices("*")
    seen: dict[str, list[Any]] = {}  # by their text, so that an object is compared with few others
    for item in _by_number(bound, inputs(bound, pipe)):
        for found in _selected(item, wanted, bound, shell):
            if not bound.get("Unique"):
                yield found
                continue
            like_it = seen.setdefault(to_text(found), [])
            if not any(_alike(found, other) for other in like_it):
                shell.meter.length(len(seen))
                like_it.append(found)
                yield found


def _by_number(bound: Bound, items: Iterable[Any]) -> Iterable[Any]:
    for name in ("First", "Last", "Skip"):
        if (bound.get(name) or 0) < 0:
            raise failed(f"-{name} is negative. Remedy: give a number from 0 on.")
    rest = islice(items, bound.get("Skip") or 0, None)
    if "First" in bound:
        return islice(rest, bound.get("First"))
    if "Last" in bound:
        return deque(rest, maxlen=bound.get("Last"))
    return rest


def _selected(item: Any, wanted: list[Choice], bound: Bound, shell: "Shell") -> Iterator[Any]:
    if "ExpandProperty" in bound:
        name = bound.get("ExpandProperty")
        if not has_property(item, name):
            shell.report(
                CommandFailed(
                    "System.Management.Automation.PSArgumentException",
                    f'Property "{visible(name)}" cannot be found. Remedy: list the properties with Get-Member.',
                    target=item,
                    error_id="ExpandPropertyNotFound",
                ),
                bound,
            )
            return
        yield from items_of(get_property(item, name))
        return
    if not wanted:
        yield item
        return
    kept = expanded(wanted, item, bound.get("ExcludeProperty") or ())
    name = item.type_name if isinstance(item, PSObject) else "System.Management.Automation.PSCustomObject"
    yield PSObject([(spelled(choice, item), choice.of(item, shell)) for choice in kept], type_name=f"Selected.{name}")


def _alike(left: Any, right: Any) -> bool:
    if isinstance(left, PSObject) and isinstance(right, PSObject):
        names = left.names()
        return names == right.names() and all(equal(left.get(name), right.get(name), exact=True) for name in names)
    return equal(left, right, exact=True)


@builtin(
    "Sort-Object",
    _PROPERTY,
    switch("Descending", "The greatest first."),
    switch("Unique", "Of equal ones the first."),
    switch("CaseSensitive", "Upper and lower case differ."),
    INPUT,
    aliases=("sort",),
    synopsis="Puts objects in order.",
    example="Get-Queue | Sort-Object MessageCount -Descending",
)
def sort_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    wanted = choices(bound.get("Property"))
    items = shell.meter.collected(inputs(bound, pipe))
    keyed = [([choice.of(item, shell) for choice in wanted] if wanted else [item], item) for item in items]
    down = bool(bound.get("Descending"))
    downs = [down if choice.descending is None else choice.descending for choice in wanted] or [down]
    exact = bool(bound.get("CaseSensitive"))

    def compare(left: tuple[list[Any], Any], right: tuple[list[Any], Any]) -> int:
        for a, b, reverse in zip(left[0], right[0], downs, strict=True):
            found = _ordered(a, b, exact=exact)
            if found:
                return -found if reverse else found
        return 0

    keyed.sort(key=functools.cmp_to_key(compare))
    last: tuple[list[Any], Any] | None = None
    for entry in keyed:
        if not (bound.get("Unique") and last is not None and compare(last, entry) == 0):
            yield entry[1]
            last = entry


def _ordered(left: Any, right: Any, *, exact: bool) -> int:
    """An order for values of any kinds: what cannot be compared is compared as text."""
    try:
        return order(left, right, exact=exact)
    except CommandFailed:
        return order(to_text(left), to_text(right), exact=exact)


@builtin(
    "Group-Object",
    _PROPERTY,
    switch("NoElement", "Without the objects themselves."),
    INPUT,
    aliases=("group",),
    synopsis="Puts objects that share a value together.",
    example="Get-MessageTrace | Group-Object Status -NoElement",
)
def group_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    wanted = choices(bound.get("Property"))
    groups: dict[str, tuple[str, list[Any]]] = {}
    for item in shell.meter.counted(inputs(bound, pipe)):
        name = ", ".join(to_text(choice.of(item, shell)) for choice in wanted) if wanted else to_text(item)
        groups.setdefault(name.casefold(), (name, []))[1].append(item)
    for _, (name, members) in sorted(groups.items()):
        held: dict[str, Any] = {"Count": len(members), "Name": name}
        if not bound.get("NoElement"):
            held["Group"] = members
        yield PSObject(held, type_name="Microsoft.PowerShell.Commands.GroupInfo")


@builtin(
    "Measure-Object",
    Parameter(name="Property", position=0, help="The property that is measured."),
    *(switch(name, f"The {name.lower()}.") for name in ("Sum", "Average", "Maximum", "Minimum", "AllStats")),
    INPUT,
    aliases=("measure",),
    synopsis="Counts objects, and adds up a property.",
    example="Get-MessageTrace | Measure-Object Size -Sum -Maximum",
)
def measure_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    name = bound.get("Property")
    asked = {stat for stat in ("Sum", "Average", "Maximum", "Minimum") if bound.get(stat) or bound.get("AllStats")}
    count = 0
    total: int | float = 0
    least = most = None
    for item in shell.meter.counted(inputs(bound, pipe)):
        value = get_property(item, name) if name else item
        if value is None:
            continue
        count += 1
        if asked & {"Sum", "Average"}:
            total = settled(total + to_number(value))
        if asked & {"Maximum", "Minimum"}:
            least = value if least is None or _ordered(value, least, exact=False) < 0 else least
            most = value if most is None or _ordered(value, most, exact=False) > 0 else most
    yield PSObject(
        {
            "Count": count,
            "Average": total / count if "Average" in asked and count else None,
            "Sum": total if "Sum" in asked else None,
            "Maximum": most if "Maximum" in asked else None,
            "Minimum": least if "Minimum" in asked else None,
            "Property": name,
        },
        type_name="Microsoft.PowerShell.Commands.GenericMeasureInfo",
    )


COMMANDS = (select_object, sort_object, group_object, measure_object)
