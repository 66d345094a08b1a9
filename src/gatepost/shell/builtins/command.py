"""What a builtin command is, and the parameters that many of them share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..parameters import Bound, Parameter, Takes

if TYPE_CHECKING:
    from ..running.session import Shell

Work = Callable[[Bound, Iterable[Any] | None, "Shell"], Iterable[Any]]

INPUT = Parameter(name="InputObject", takes=Takes.ANY, pipeline=True, help="The objects, if they are not piped in.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Builtin:
    """One builtin command: a Runnable whose work is a function."""

    name: str
    synopsis: str
    work: Work
    aliases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    example: str = ""

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterable[Any]:
        return self.work(bound, pipe, shell)


def builtin(
    name: str, *parameters: Parameter, aliases: tuple[str, ...] = (), synopsis: str, example: str = ""
) -> Callable[[Work], Builtin]:
    """Makes a command of the function below."""

    def make(work: Work) -> Builtin:
        return Builtin(name=name, synopsis=synopsis, work=work, aliases=aliases, parameters=parameters, example=example)

    return make


def switch(name: str, help: str) -> Parameter:  # noqa: A002 -- the word that Parameter uses
    """A switch."""
    return Parameter(name=name, takes=Takes.SWITCH, help=help)


def inputs(bound: Bound, pipe: Iterable[Any] | None) -> Iterable[Any]:
    """The objects a command works on: what is piped in, else -InputObject."""
    if pipe is not None:
        return pipe
    if "InputObject" not in bound:
        return ()
    value = bound.get("InputObject")
    return value if isinstance(value, list) else [value]
