"""What statements do: they put out objects one by one, and errors find the `try` that wants them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, assert_never

from gatepost.errors import ScriptRefused

from ..failures import CommandFailed, Ends
from ..tree import Assignment, ForEach, If, Leave, Loop, Pipeline, Statement, Try, Unary
from ..values.convert import to_bool, to_list, to_text, to_whole
from ..values.kinds import plain
from .evaluate import assign, evaluate
from .invoking import run_pipeline, while_running
from .records import catches, error_record, thrown

if TYPE_CHECKING:
    from .session import Shell


class Leaving(Exception):
    """A script goes somewhere else: not an error."""


class Breaking(Leaving):
    """`break`."""


class Continuing(Leaving):
    """`continue`."""


class Returning(Leaving):
    """`return`."""


class Exiting(Leaving):
    """`exit`."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def execute(statements: Iterable[Statement], shell: "Shell") -> Iterator[Any]:
    """The output of statements, as it comes. An error that ends only its statement lets the next one run."""
    for statement in statements:
        shell.meter.step()
        before = shell.failures
        try:
            yield from _run(statement, shell)
        except CommandFailed as failed:
            shell.settle(failed, statement.place)
        except ScriptRefused as refused:
            raise shell.located(refused, statement.place) from None
        shell.variables.put("?", shell.failures == before)


def _run(statement: Statement, shell: "Shell") -> Iterator[Any]:
    match statement:
        case Pipeline():
            only = statement.stages[0] if len(statement.stages) == 1 else None
            if isinstance(only, Unary) and only.operator in ("++", "--"):
                evaluate(only, shell)  # as a statement of its own it puts nothing out
            else:
                yield from run_pipeline(statement, shell)
        case Assignment():
            assign(statement, shell)
        case If():
            yield from _if(statement, shell)
        case ForEach():
            yield from _for_each(statement, shell)
        case Loop():
            yield from _loop(statement, shell)
        case Try():
            yield from _try(statement, shell)
        case Leave():
            yield from _leave(statement, shell)
        case _:
            assert_never(statement)


def _if(node: If, shell: "Shell") -> Iterator[Any]:
    for condition, body in node.clauses:
        if to_bool(shell.value_of(condition)):
            yield from execute(body, shell)
            return
    yield from execute(node.otherwise or (), shell)


def _for_each(node: ForEach, shell: "Shell") -> Iterator[Any]:
    for item in list(to_list(shell.value_of(node.source))):
        shell.meter.step()
        shell.variables.set(node.variable, item)
        try:
            yield from execute(node.body, shell)
        except Continuing:
            continue
        except Breaking:
            break


def _loop(node: Loop, shell: "Shell") -> Iterator[Any]:
    if node.before:
        shell.value_of(node.before)
    asked = not node.late
    while True:
        shell.meter.step()
        if asked and node.condition and to_bool(shell.value_of(node.condition)) == node.until:
            break
        asked = True
        try:
            yield from execute(node.body, shell)
        except Continuing:
            pass
        except Breaking:
            break
        if node.after:
            shell.value_of(node.after)


def _leave(node: Leave, shell: "Shell") -> Iterator[Any]:
    value = shell.value_of(node.value) if node.value else None
    match node.keyword:
        case "break":
            raise Breaking
        case "continue":
            raise Continuing
        case "return":
            yield from to_list(value)
            raise Returning
        case "exit":
            raise Exiting(to_whole(value))
        case _:
            raise _failure(plain(value), shell)


def _failure(value: Any, shell: "Shell") -> CommandFailed:
    """What `throw` raises; alone in a catch it throws the same error again."""
    again = value if value is not None else shell.variables.get("_") if shell.catching else None
    type_name, message = thrown(again)
    text = message or to_text(again) or "ScriptHalted"
    failed = CommandFailed(type_name, text, error_id=text, category="OperationStopped", ends=Ends.SCRIPT)
    failed.thrown = value
    return failed


# --- try -----------------------------------------------------------------------------------------------------


def _try(node: Try, shell: "Shell") -> Iterator[Any]:
    pending: Exception | None = None
    try:
        yield from _tried(node, shell)
    except GeneratorExit:  # whoever listened has gone; the script's own tidying is still done
        for _ in execute(node.finally_ or (), shell):
            pass
        raise
    except Exception as error:
        pending = error
    yield from execute(node.finally_ or (), shell)
    if pending:
        raise pending


def _tried(node: Try, shell: "Shell") -> Iterator[Any]:
    def enter() -> None:
        shell.trying += bool(node.catches)

    def leave() -> None:
        shell.trying -= bool(node.catches)

    try:
        yield from while_running(execute(node.body, shell), enter, leave)
    except CommandFailed as failed:
        taker = next((one for one in node.catches if catches(one.types, failed)), None)
        if taker is None:
            raise
        shell.remember(failed)
        yield from _caught(taker.body, failed, shell)


def _caught(body: tuple[Statement, ...], failed: CommandFailed, shell: "Shell") -> Iterator[Any]:
    before = shell.variables.raw("_")

    def enter() -> None:
        shell.catching += 1
        shell.variables.put("_", error_record(failed, shell.line(failed.line)))

    def leave() -> None:
        shell.catching -= 1
        shell.variables.put("_", before)

    yield from while_running(execute(body, shell), enter, leave)
