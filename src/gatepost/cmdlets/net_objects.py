"""What .NET objects have in common, as far as scripts look at them: properties, methods, lists, constructors."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from gatepost.mail import visible
from gatepost.shell import CommandFailed, Shell, failed

T = TypeVar("T")
Taken = Callable[[Any], Any]  # how a property takes a value: converted, or refused with CommandFailed
Counts = tuple[int, ...]  # the numbers of arguments that a method has an overload for

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Instance:
    """An object of a .NET type. Its members are found without regard to case, as everywhere in PowerShell.

    A class lists `properties` by their .NET names with the way they take a value (None: they are read-only), and its
    `methods`, which are Python methods of the same name in snake_case.
    """

    type_name: str = ""
    properties: ClassVar[Mapping[str, Taken | None]] = {}
    methods: ClassVar[Mapping[str, Counts]] = {}
    # `get`, `set` and `call` raise KeyError for a member that there is not: the shell says what there is instead.

    def __init__(self, **values: Any) -> None:
        self.values: dict[str, Any] = values

    def names(self) -> Sequence[str]:
        return tuple(self.properties)

    def get(self, name: str) -> Any:
        return self.values.get(_exact(self.properties, name))

    def set(self, name: str, value: Any) -> None:
        own = _exact(self.properties, name)
        take = self.properties[own]
        if take is None:
            step = " Remedy: call its Add method." if isinstance(self.values.get(own), Listing) else ""
            raise failed(f"'{own}' is a ReadOnly property.{step}", error_id="PropertyIsReadOnly")
        self.values[own] = take(value)

    def call(self, name: str, arguments: Sequence[Any], shell: Shell) -> Any:
        own = _exact(self.methods, name)
        check_count(own, arguments, self.methods[own])
        return getattr(self, _HUMP.sub("_", own).lower())(*arguments, shell=shell)

    def dispose(self, *, shell: Shell) -> None:
        """Nothing is held open between two calls."""

    def __str__(self) -> str:
        return self.type_name


class Listing(Instance, Generic[T]):
    """A collection. `read` makes its items of whatever `Add` is given."""

    properties: ClassVar[Mapping[str, Taken | None]] = {"Count": None}
    methods: ClassVar[Mapping[str, Counts]] = {"Add": (1,), "Clear": (0,)}

    def __init__(self, type_name: str, read: Callable[[Any], Sequence[T]]) -> None:
        super().__init__()
        self.type_name = type_name
        self.items: list[T] = []
        self._read = read

    def get(self, name: str) -> Any:
        _exact(self.properties, name)
        return len(self.items)

    def add(self, value: Any, *, shell: Shell) -> Any:
        self.items.extend(self._read(value))

    def clear(self, *, shell: Shell) -> None:
        self.items.clear()

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __str__(self) -> str:
        return ", ".join(map(str, self.items))


class Constructor:
    """A type that `New-Object` and `::new()` can make. `statics` are the members that need no object."""

    def __init__(
        self,
        name: str,
        make: Callable[..., Any] | None,
        counts: Counts = (),
        *,
        statics: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.statics: Mapping[str, Any] = statics or {}
        self._make = make
        self._counts = counts

    def new(self, arguments: Sequence[Any], shell: Shell) -> Any:
        if self._make is None:
            raise failed(f"[{self.name}] is a list of names and has no objects. Remedy: write [{self.name}]::NAME.")
        check_count(".ctor", arguments, self._counts)
        return self._make(*arguments)


def check_count(method: str, arguments: Sequence[Any], counts: Counts) -> None:
    """Raise CommandFailed unless there is an overload for that many arguments."""
    if len(arguments) not in counts:
        raise failed(
            f'Cannot find an overload for "{method}" and the argument count: "{len(arguments)}". '
            f"Remedy: give it {' or '.join(map(str, counts))}.",
            error_id="MethodCountCouldNotFindBest",
        )


def wrong(message: str) -> CommandFailed:
    """A value that a .NET member cannot take."""
    return failed(message, type_name="System.ArgumentException")


def one_of(choices: Sequence[str], value: Any, what: str) -> str:
    """A name of an enumeration, in its own spelling."""
    found = next((one for one in choices if one.lower() == str(value).strip().lower()), None)
    if found is None:
        raise wrong(f"{what} cannot be '{visible(str(value))}'. Remedy: use one of {', '.join(choices)}.")
    return found


def _exact(names: Mapping[str, Any], name: str) -> str:
    found = next((one for one in names if one.lower() == name.lower()), None)
    if found is None:
        raise KeyError(name)
    return found
