"""A row of the table as a command of the shell: objects in and out, -WhatIf, -Confirm, and an error for each object."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from gatepost.shell import Bound, CommandFailed, Confirmation, Parameter, PSObject, Shell, each_bound

from .cmdlet import MOMENTS, Cmdlet, Outcome
from .connections import Connection
from .table import TABLE


class ServerCmdlet:
    """One cmdlet, put to whatever server the connection leads to."""

    def __init__(self, cmdlet: Cmdlet, connection: Connection) -> None:
        self.cmdlet, self._connection = cmdlet, connection

    @property
    def name(self) -> str:
        return self.cmdlet.name

    @property
    def aliases(self) -> tuple[str, ...]:
        return self.cmdlet.aliases

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.cmdlet.parameters

    @property
    def synopsis(self) -> str:
        return self.cmdlet.synopsis

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: Shell) -> Iterator[PSObject]:
        """Once, or once for each piped object. One that fails is reported, and the next one has its turn."""
        confirmation = shell.confirmation()
        if pipe is None:
            yield from self._printed(self._done(bound, shell, confirmation), bound, shell)
            return
        for item in pipe:
            try:
                (one,) = each_bound(bound, self.parameters, (item,))
                outcome = self._done(one, shell, confirmation)
            except CommandFailed as error:
                shell.report(shell.placed(error, None, self.name), bound)
                continue
            yield from self._printed(outcome, bound, shell)

    def _done(self, bound: Bound, shell: Shell, confirmation: Confirmation) -> Outcome:
        """What came of one invocation; nothing where it is only supposed, or not confirmed."""
        if not self.cmdlet.changes:
            return self._connection.invoke(self.cmdlet, bound)
        target = self.cmdlet.target(bound)
        if shell.what_if(bound):
            return self._supposed(bound, target, shell)
        if not confirmation.allows(self.name, target, bound, asks=self.cmdlet.asks):
            return Outcome(objects=[])
        shell.verbose(f'Performing the operation "{self.name}" on target "{target}".', bound)
        return self._connection.invoke(self.cmdlet, bound)

    def _supposed(self, bound: Bound, target: str, shell: Shell) -> Outcome:
        """-WhatIf: the server checks it as if it were meant."""
        given = {**bound.given, "WhatIf": True}  # it may be $WhatIfPreference alone that says so
        outcome = self._connection.invoke(self.cmdlet, Bound(given=given, parameter_set=bound.parameter_set))
        shell.say_what_if(self.name, target)
        return outcome

    def _printed(self, outcome: Outcome, bound: Bound, shell: Shell) -> Iterator[PSObject]:
        for sentence in outcome.warnings:
            shell.warn(sentence, bound)
        noun = self.name.partition("-")[2]
        for it in outcome.objects:
            yield _object(it, type_name=f"Gatepost.{noun}", columns=self.cmdlet.columns)


def server_cmdlets(connection: Connection) -> tuple[ServerCmdlet, ...]:
    """Every cmdlet of the table, put to one server."""
    return tuple(ServerCmdlet(cmdlet, connection) for cmdlet in TABLE)


def _object(properties: dict[str, Any], *, type_name: str, columns: tuple[str, ...] = ()) -> PSObject:
    return PSObject(
        {name: _value(name, value) for name, value in properties.items()}, type_name=type_name, columns=columns
    )


def _value(name: str, value: Any) -> Any:
    """JSON as the language's values: moments are DateTimes, objects within objects are objects."""
    if isinstance(value, dict):
        return _object(value, type_name=f"Gatepost.{name}")
    if isinstance(value, list):
        return [_value(name, it) for it in value]
    if isinstance(value, str) and name in MOMENTS:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
