"""Commands that let objects through: Where-Object, ForEach-Object, Out-Null."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..failures import failed
from ..parameters import Bound, Parameter, Takes
from ..values.convert import to_bool
from ..values.kinds import Block, items_of, plain
from ..values.members import call_method, get_property, has_property
from ..values.methods import methods_of
from ..values.operators import CONTAINMENTS, apply_binary, plain_name
from .command import INPUT, builtin, inputs

if TYPE_CHECKING:
    from ..running.session import Shell

_TESTS = ("eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch", *CONTAINMENTS, "is", "isnot")
_BLOCK, _PROPERTY = frozenset({"ScriptBlock"}), frozenset({"Property"})


def _test(name: str) -> Parameter:
    return Parameter(
        name=name, takes=Takes.SWITCH, sets=_PROPERTY, aliases=(f"i{name}",), help=f"The operator -{name}."
    )


@builtin(
    "Where-Object",
    Parameter(
        name="FilterScript", takes=Takes.BLOCK, position=0, sets=_BLOCK, help="Lets through what it is true for."
    ),
    Parameter(name="Property", position=0, sets=_PROPERTY, required=True, help="The property that is compared."),
    Parameter(name="Value", takes=Takes.ANY, position=1, sets=_PROPERTY, help="What it is compared with."),
    *(_test(name) for name in _TESTS),
    *(_test(f"c{name}") for name in _TESTS if not name.startswith("is")),
    Parameter(name="Not", takes=Takes.SWITCH, sets=_PROPERTY, help="Lets through what lacks the property."),
    INPUT,
    aliases=("?", "where"),
    synopsis="Lets through the objects for which a condition is true.",
    example="Get-InboundConnector | Where-Object { $_.Enabled -and $_.RequireTls }",
)
def where_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    block = bound.get("FilterScript")
    if block is None and "Property" not in bound:
        raise failed("Where-Object has no condition. Remedy: write one in braces: Where-Object { $_.Enabled }.")
    operator = next((name for name in bound.given if plain_name(name)[0] in _TESTS and bound.get(name) is True), None)
    for item in inputs(bound, pipe):
        shell.meter.step()
        if isinstance(block, Block):
            passed = to_bool(shell.block_value(block, item))
        else:
            value = get_property(item, bound.get("Property"))
            if operator:
                value = apply_binary(f"-{operator}", value, bound.get("Value"), shell.meter)
            passed = to_bool(value) != bool(bound.get("Not"))
        if passed:
            yield item


@builtin(
    "ForEach-Object",
    Parameter(name="Process", takes=Takes.BLOCK, position=0, sets=_BLOCK, remaining=True, help="Runs for each object."),
    Parameter(name="MemberName", position=0, sets=_PROPERTY, help="The property or method of each object."),
    Parameter(name="ArgumentList", takes=Takes.ANY, position=1, sets=_PROPERTY, remaining=True, help="For a method."),
    Parameter(name="Begin", takes=Takes.BLOCK, sets=_BLOCK, help="Runs before the first object."),
    Parameter(name="End", takes=Takes.BLOCK, sets=_BLOCK, help="Runs after the last object."),
    INPUT,
    aliases=("%", "foreach"),
    synopsis="Does something for each object.",
    example='Get-InboundConnector | ForEach-Object { "$($_.Name) is $($_.Enabled)" }',
)
def for_each_object(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    begin, blocks, end = _blocks(bound)
    if begin:
        yield from shell.run_block(begin, None)
    for item in inputs(bound, pipe):
        shell.meter.step()
        for block in blocks:
            yield from shell.run_block(block, item)
        if not blocks and "MemberName" in bound:
            yield from items_of(_member(item, bound, shell))
    if end:
        yield from shell.run_block(end, None)


def _blocks(bound: Bound) -> tuple[Block | None, list[Block], Block | None]:
    """Begin, process and end; of several positional blocks the first begins, and of three the last ends."""
    given = bound.get("Process")
    blocks = list(given) if isinstance(given, list) else [given] if given else []
    begin, end = bound.get("Begin"), bound.get("End")
    if len(blocks) > 1 and begin is None:
        begin, *blocks = blocks
        if len(blocks) > 1 and end is None:
            *blocks, end = blocks
    return begin, blocks, end


def _member(item: Any, bound: Bound, shell: "Shell") -> Any:
    name = bound.get("MemberName")
    given = bound.get("ArgumentList")
    if "ArgumentList" not in bound:
        if has_property(item, name) or name.lower() not in methods_of(item):
            return get_property(item, name)
        given = []
    return plain(call_method(item, name, given if isinstance(given, list) else [given], shell))


@builtin(
    "Out-Null",
    INPUT,
    synopsis="Swallows its input.",
    example="New-AcceptedDomain -Name contoso.com -DomainName contoso.com | Out-Null",
)
def out_null(bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterator[Any]:
    for _ in inputs(bound, pipe):
        pass
    yield from ()


COMMANDS = (where_object, for_each_object, out_null)
