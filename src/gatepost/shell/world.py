"""What the language asks of whoever uses it: a host, commands, and the few .NET types they offer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from .parameters import Bound, Parameter

if TYPE_CHECKING:
    from .running.session import Shell


class Host(Protocol):
    """Everything the language may touch of the world."""

    def now(self) -> datetime:
        """The time, with its zone: local time is that zone's."""

    def write(self, stream: str, text: str) -> None:
        """Text with its line ends, ready to print. `stream`: output, error, warning, verbose or host.

        `WARNING: ` and the like are there already; a host that colours goes by the stream.
        """

    def ask(self, prompt: str, *, secret: bool = False) -> str:
        """One line from the person at the keyboard; ScriptRefused when there is none."""

    def sleep(self, seconds: float) -> None: ...

    def read_text(self, path: str) -> str:
        """A whole text file; OSError with a sentence, FileNotFoundError when there is no such file."""

    def write_text(self, path: str, text: str) -> None:
        """Replaces a text file; OSError with a sentence."""

    def width(self) -> int:
        """Columns of the screen."""


class Runnable(Protocol):
    """A command the shell can run.

    `run` is called once for each stage of a pipeline. `pipe` is None when nothing was piped in; a command that takes
    objects iterates it, by `each_bound` where one invocation per object is wanted. What it raises as CommandFailed is
    treated by -ErrorAction; for one of several objects use `shell.report` and go on.
    """

    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def parameters(self) -> tuple[Parameter, ...]: ...
    @property
    def synopsis(self) -> str: ...

    def run(self, bound: Bound, pipe: Iterable[Any] | None, shell: "Shell") -> Iterable[Any]: ...


@runtime_checkable
class NetObject(Protocol):
    """An object with behaviour. `str()` is its text; one that is iterable is unrolled by pipelines.

    `get` and `set` raise KeyError for a property it does not have. `names` lists the properties it shows.
    """

    type_name: str

    def get(self, name: str) -> Any: ...
    def set(self, name: str, value: Any) -> None: ...
    def call(self, name: str, arguments: Sequence[Any], shell: "Shell") -> Any: ...
    def names(self) -> Sequence[str]: ...


class NetType(Protocol):
    """A .NET type that New-Object and `::new()` can make. Its name needs no case, and no `System.`."""

    @property
    def name(self) -> str: ...

    def new(self, arguments: Sequence[Any], shell: "Shell") -> Any: ...


@runtime_checkable
class StaticType(NetType, Protocol):
    """A NetType that has static properties, too: `[System.Net.SecurityProtocolType]::Tls12`."""

    @property
    def statics(self) -> Mapping[str, Any]: ...
