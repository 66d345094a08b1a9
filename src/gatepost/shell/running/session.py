"""One session of the language: what it knows, what it has been told, and how a script becomes output.

`check` refuses before anything has run; `run` prints; `invoke` gives objects. Errors of a running script go through
Reports. A ScriptRefused ends a run from outside: a limit, or a question that nobody can answer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gatepost.errors import ScriptRefused
from gatepost.mail import visible

from ..failures import CommandFailed, Ends, failed
from ..limits import Limits, Meter
from ..reading.parser import parse
from ..reading.places import Source
from ..tree import Assignment, Expression, Pipeline, Place, Script, ScriptBlock, Statement
from ..values.kinds import Block, plain, single
from ..world import Host, NetType, Runnable, StaticType
from .checking import check
from .completion import Candidate, candidates
from .evaluate import assign, evaluate
from .invoking import while_running
from .printing import Printer
from .reporting import Confirmation, Reports
from .script_arguments import script_variables
from .statements import Breaking, Continuing, Exiting, Returning, execute
from .variables import Variables


class Shell:
    """One session; variables stay from one `run` to the next."""

    host: Host
    meter: Meter

    def __init__(
        self,
        host: Host,
        commands: Iterable[Runnable],
        types: Mapping[str, NetType] | None = None,
        *,
        limits: Limits | None = None,
    ) -> None:
        self.host = host
        self.limits = limits or Limits()
        self.meter = Meter(self.limits)
        self.variables = Variables()
        self.commands = tuple(commands)
        self.exited: int | None = None  # the status that the last run's `exit` gave, if it had one
        self.trying = 0  # how many `try` with a `catch` are around what runs now
        self.catching = 0  # how many `catch` are
        self._by_name = {
            name.casefold(): command for command in self.commands for name in (command.name, *command.aliases)
        }
        self._types = {_short(net.name): net for net in (types or {}).values()}
        self._source = Source("")
        self._printer = Printer(host, self.variables)
        self.reports = Reports(host, self.variables, self._printer, self.line)
        self.report, self.remember = self.reports.report, self.reports.remember
        self.warn, self.verbose, self.write = self.reports.warn, self.reports.verbose, self.reports.write
        self.what_if, self.say_what_if = self.reports.what_if, self.reports.say_what_if
        self.open_variable = self.reports.open_variable

    # --- scripts ---

    def check(self, text: str) -> Script:
        """The script, if every command, type and static member in it exists; ScriptRefused before anything runs."""
        script = parse(text, limits=self.limits)
        check(script, self)
        return script

    def run(self, text: str, arguments: Sequence[str] = ()) -> int:
        """Runs a script and prints its output. The exit status: what `exit` says, 1 after any error shown, else 0."""
        script = self.check(text)
        before = self.reports.printed
        self._printer.start()
        try:
            for item in self._started(script, arguments):
                self._printer.feed(item)
        except CommandFailed as error:
            self.remember(error)
            self.reports.show(error)
        except Exiting as leaving:
            self.exited = leaving.status
            return leaving.status
        finally:
            self._printer.flush()
        return int(self.reports.printed > before)

    def invoke(self, script: Script | str, arguments: Sequence[str] = ()) -> list[Any]:
        """The objects a script puts out. CommandFailed when an error ended it."""
        known = self.check(script) if isinstance(script, str) else script
        found: list[Any] = []
        try:
            for item in self._started(known, arguments):
                found.append(plain(item))
                self.meter.length(len(found))
        except Exiting as leaving:
            self.exited = leaving.status
        return found

    def _started(self, script: Script, arguments: Sequence[str]) -> Iterator[Any]:
        self._source = Source(script.text)
        self.meter.start()
        self.trying = self.catching = 0
        self.reports.muted = frozenset()
        try:
            script_variables(script, arguments, self)
            yield from execute(script.body, self)
        except (Breaking, Continuing, Returning):  # at the top they end the script
            return
        except RecursionError:
            raise ScriptRefused(
                "It is nested too deeply to be run. Remedy: put parts of the expression into variables of their own."
            ) from None

    def complete(self, text: str, cursor: int) -> list[Candidate]:
        """What could stand where the cursor is."""
        return candidates(text[:cursor], self)

    # --- what statements, expressions and commands ask for ---

    def execute(self, body: Iterable[Statement]) -> Iterator[Any]:
        return execute(body, self)

    def value_of(self, statement: Statement) -> Any:
        """A statement as a value: nothing, one object, or an array of several."""
        if isinstance(statement, Assignment):
            return assign(statement, self)
        if isinstance(statement, Pipeline) and len(statement.stages) == 1:
            only = statement.stages[0]
            if isinstance(only, Expression):
                return evaluate(only, self)
        return single(self.meter.collected(execute((statement,), self)))

    def run_block(self, block: Block, item: Any) -> Iterator[Any]:
        """The output of a script block with `$_` set; `return` ends it."""
        outside: list[Any] = []

        def enter() -> None:
            outside.append(self.variables.raw("_"))
            self.variables.put("_", item)
            self.meter.deeper()

        def leave() -> None:
            self.meter.shallower()
            self.variables.put("_", outside.pop())

        try:
            yield from while_running(execute(block.body, self), enter, leave)
        except Returning:
            return

    def block_value(self, block: Block, item: Any) -> Any:
        """The output of a script block as a value."""
        return plain(single(self.meter.collected(self.run_block(block, item))))

    def confirmation(self) -> Confirmation:
        """For one invocation of a command that changes something."""
        return Confirmation(self.reports, self.host, self.variables)

    def text_of(self, items: Iterable[Any]) -> str:
        """What `run` would print for these objects (Out-String)."""
        return self._printer.text_of(items)

    def most_items(self) -> int:
        """How many items of an array a cell shows."""
        return self._printer.most_items()

    # --- names ---

    def command(self, name: str) -> Runnable:
        """A command by its name or alias."""
        found = self._by_name.get(name.casefold())
        if found is None:
            raise failed(
                f"The term '{visible(name)}' is not recognized as a name of a cmdlet.",
                type_name="System.Management.Automation.CommandNotFoundException",
                error_id="CommandNotFoundException",
            )
        return found

    def command_names(self) -> list[str]:
        return sorted({command.name for command in self.commands}, key=str.casefold)

    def knows_command(self, name: str) -> bool:
        return name.casefold() in self._by_name

    def net_type(self, name: str) -> NetType | None:
        return self._types.get(_short(name))

    def static_type(self, name: str) -> StaticType | None:
        found = self.net_type(name)
        return found if isinstance(found, StaticType) else None

    def type_names(self) -> list[str]:
        return [net.name for net in self._types.values()]

    # --- errors and places ---

    @property
    def failures(self) -> int:
        return self.reports.failures

    @property
    def muted(self) -> frozenset[str]:
        return self.reports.muted

    @muted.setter
    def muted(self, streams: frozenset[str]) -> None:
        self.reports.muted = streams

    def settle(self, error: CommandFailed, place: Place) -> None:
        """An error has ended a statement: a `try` gets it, Stop ends the script, else it is reported."""
        self.placed(error, place)
        if self.trying or error.ends is Ends.SCRIPT:
            error.ends = max(error.ends, Ends.STATEMENT)
            raise error
        self.report(error)

    def placed(self, error: CommandFailed, place: Place | None, command: str = "") -> CommandFailed:
        """The same error, knowing where it happened and to whom, unless it knew already."""
        if place and not error.line:
            error.line, error.column = place.line, place.column
        error.command = error.command or command
        return error

    def located(self, refused: ScriptRefused, place: Place) -> ScriptRefused:
        """The same refusal with a place, unless it has one."""
        return refused if refused.line else self._source.refused_at(place, refused.detail)

    def line(self, number: int) -> str:
        """One line of the running script; none if there is no such line."""
        try:
            return self._source.line(number) if number > 0 else ""
        except IndexError:
            return ""

    def source_of(self, node: ScriptBlock) -> str:
        """The text of a script block, as far as one line shows it."""
        return self.line(node.place.line)[node.place.column - 1 :].strip("{} ")


def _short(name: str) -> str:
    return name.lower().removeprefix("system.")
