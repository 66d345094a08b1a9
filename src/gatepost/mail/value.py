"""Values that are made for every session, message or recipient: as good as frozen, and cheap to make.

The interpreter guards a frozen dataclass by a detour through `object.__setattr__` for every field of every new object,
which took a twelfth of the time of accepting a message. Here the guard is the type checker: it refuses an assignment
to a field in every file, in every check, and costs nothing. What is made seldom (settings, connectors, routes) is a
frozen dataclass.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def value(cls: type[T], /) -> type[T]: ...
@overload
def value(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value(cls: type[T] | None = None, /, *, kw_only: bool = True) -> type[T] | Callable[[type[T]], type[T]]:
    """A dataclass with slots that is never changed: compared and hashed by its fields, copied with `replace`."""
    made = dataclass(slots=True, kw_only=kw_only, unsafe_hash=True)
    return made if cls is None else made(cls)
