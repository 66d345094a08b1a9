"""Pipelines: every command gets its arguments first; then objects are pulled through, one by one, from the last stage.

So `Select-Object -First 1` stops what stands before it, and a message written half-way comes at its time.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from gatepost.mail import visible

from ..failures import BINDING, BindingRefused, CommandFailed, Ends, failed
from ..parameters import Bound
from ..tree import Call, Command, Expression, ListOf, Literal, Named, Pipeline, Splat, Variable
from ..values.convert import to_text
from ..values.fitting import Written
from ..values.kinds import NOTHING, HashEntries, items_of, plain
from ..world import Runnable
from .binding import Argument, bind
from .evaluate import evaluate

if TYPE_CHECKING:
    from .session import Shell

T = TypeVar("T")


def run_pipeline(node: Pipeline, shell: "Shell") -> Iterator[Any]:
    """The output of the last stage."""
    first, *others = node.stages
    if isinstance(first, Command):
        prepared = [_prepare(first, shell, piped=False)]
    else:
        prepared = []
    for stage in others:
        assert isinstance(stage, Command)  # the parser lets only the first stage be an expression
        prepared.append(_prepare(stage, shell, piped=True))
    flow: Iterator[Any] | None = None if isinstance(first, Command) else _items(first, shell)
    for command, bound, silent in prepared:
        flow = _muted(command, bound, flow, silent, shell) if silent else _stage(command, bound, flow, shell)
    assert flow is not None
    return flow


def _items(node: Expression, shell: "Shell") -> Iterator[Any]:
    """An expression at the head of a pipeline."""
    if isinstance(node, Variable):
        value = shell.variables.raw(node.name)
    else:
        value = evaluate(node, shell)
        if value is None and isinstance(node, Call):
            value = NOTHING
    return shell.meter.counted(map(plain, items_of(value)))


def _prepare(node: Command, shell: "Shell", *, piped: bool) -> tuple[Runnable, Bound, tuple[str, ...]]:
    command = shell.command(node.name)
    try:
        bound = bind(command.name, command.parameters, _arguments(node, shell), piped=piped)
    except BindingRefused as refused:
        text = " ".join(refused.problems)
        error = CommandFailed(BINDING, text, category="InvalidArgument", ends=Ends.STATEMENT)
        raise shell.placed(error, node.place, command.name) from None
    except CommandFailed as error:
        raise shell.placed(error, node.place) from None
    for text in bound.warnings:
        shell.warn(text, bound)
    return command, bound, node.silent


def _arguments(node: Command, shell: "Shell") -> Iterator[Argument]:
    for argument in node.arguments:
        match argument:
            case Named():
                if argument.value is None:
                    yield Argument(name=argument.name, has_value=False)
                else:
                    yield _argument(argument.value, shell, name=argument.name)
            case Splat():
                yield from _splatted(argument, shell)
            case _:
                yield _argument(argument, shell)


def _argument(node: Expression, shell: "Shell", *, name: str | None = None) -> Argument:
    written: Written = None
    if isinstance(node, Literal):
        written = node.written
    elif isinstance(node, ListOf):
        written = tuple(item.written if isinstance(item, Literal) else None for item in node.items)
    return Argument(name=name, value=plain(evaluate(node, shell)), written=written)


def _splatted(node: Splat, shell: "Shell") -> Iterator[Argument]:
    """`@params`: a hashtable gives names with their values, an array gives positions."""
    value = shell.variables.get(node.variable)
    if isinstance(value, HashEntries):
        for name, held in value.items():
            yield Argument(name=to_text(name), value=held)
    elif isinstance(value, list):
        for item in value:
            yield Argument(value=item)
    elif value is None:
        raise failed(
            f"The variable '@{visible(node.variable)}' cannot be splatted: ${visible(node.variable)} has no value. "
            f"Remedy: give it one before: ${visible(node.variable)} = @{{ Name = 'value' }}."
        )
    else:
        yield Argument(value=value)


def _stage(command: Runnable, bound: Bound, pipe: Iterator[Any] | None, shell: "Shell") -> Iterator[Any]:
    """One command at work. An error that it raises as its own is reported by -ErrorAction, and its output ends."""
    kept: list[Any] | None = None
    if "OutVariable" in bound:
        kept = shell.open_variable(str(bound.get("OutVariable")))
    if "ErrorVariable" in bound:
        shell.open_variable(str(bound.get("ErrorVariable")))
    try:
        for item in command.run(bound, pipe, shell):
            if kept is not None:
                kept.append(plain(item))
            yield item
    except CommandFailed as error:
        shell.placed(error, None, command.name)
        if error.ends is not Ends.NOTHING:
            raise
        shell.report(error, bound)


def _muted(
    command: Runnable, bound: Bound, pipe: Iterator[Any] | None, silent: tuple[str, ...], shell: "Shell"
) -> Iterator[Any]:
    """`2>$null`: the streams are silent while this stage works, and not while what stands before it does."""
    outside: list[frozenset[str]] = []

    def mute() -> None:
        outside.append(shell.muted)
        shell.muted |= frozenset(silent)

    def unmute() -> None:
        shell.muted = outside.pop()

    def pause() -> None:
        outside.append(shell.muted)
        shell.muted = outside[-2]

    heard = while_running(pipe, pause, unmute) if pipe is not None else None
    return while_running(_stage(command, bound, heard, shell), mute, unmute)


def while_running(items: Iterator[T], enter: Callable[[], None], leave: Callable[[], None]) -> Iterator[T]:
    """The same items; what `enter` sets up holds while they are made, and not while whoever takes them works."""
    while True:
        enter()
        try:
            item = next(items)
        except StopIteration:
            return
        finally:
            leave()
        yield item
