"""The values of the language. Where Python's own do, they are used: None, bool, int, float, str, list, datetime
(without a zone: unspecified, as in .NET), timedelta, UUID. The others are here.
"""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from uuid import UUID

from ..tree import Statement
from ..world import NetObject


class Nothing:
    """What a command leaves that puts nothing out: no value in a pipeline, `$null` as a value."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = Nothing()


class HashEntries(MutableMapping[Any, Any]):
    """A hashtable: in the order written, its text keys compared without case."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = ()) -> None:
        self._entries: dict[Any, tuple[Any, Any]] = {}
        for key, value in entries.items() if isinstance(entries, Mapping) else entries:
            self[key] = value

    def __getitem__(self, key: Any) -> Any:
        return self._entries[_folded(key)][1]

    def __setitem__(self, key: Any, value: Any) -> None:
        old = self._entries.get(_folded(key))
        self._entries[_folded(key)] = (old[0] if old else key, value)

    def __delitem__(self, key: Any) -> None:
        del self._entries[_folded(key)]

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _ in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return _folded(key) in self._entries

    def __repr__(self) -> str:
        return f"HashEntries({dict(self.items())!r})"

    __hash__ = object.__hash__  # a hashtable equals only itself, as in .NET
    __eq__ = object.__eq__


def _folded(key: Any) -> Any:
    if isinstance(key, str):
        return key.casefold()
    try:
        hash(key)
    except TypeError:  # an array as a key: its own identity, as in .NET
        return id(key)
    return (type(key).__name__, key)  # 1 and $true are different keys


class PSObject:
    """An object with properties in an order, their names compared without case.

    `columns`: the properties of its default table; none: chosen by their number. `text`: what it looks like inside a
    string. An object with behaviour is a NetObject instead.
    """

    __slots__ = ("columns", "properties", "text", "type_name")

    def __init__(
        self,
        properties: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = (),
        *,
        type_name: str = "System.Management.Automation.PSCustomObject",
        columns: tuple[str, ...] = (),
        text: str | None = None,
    ) -> None:
        self.properties = HashEntries(properties)
        self.type_name = type_name
        self.columns = columns
        self.text = text

    def get(self, name: str, default: Any = None) -> Any:
        return self.properties.get(name, default)

    def set(self, name: str, value: Any) -> None:
        self.properties[name] = value

    def names(self) -> list[str]:
        return list(self.properties)

    def __contains__(self, name: str) -> bool:
        return name in self.properties

    def __repr__(self) -> str:
        return f"PSObject({dict(self.properties.items())!r})"


class SecureString:
    """A text that is not shown: not printed, not logged, not converted. `reveal` is for whoever hands it on."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._text)

    def __repr__(self) -> str:
        return "SecureString(…)"

    def __str__(self) -> str:
        return "System.Security.SecureString"


class Credential:
    """A user name and a password, as Get-Credential gives them."""

    __slots__ = ("password", "user_name")

    def __init__(self, user_name: str, password: SecureString) -> None:
        self.user_name = user_name
        self.password = password

    def __repr__(self) -> str:
        return f"Credential({self.user_name!r}, …)"

    def __str__(self) -> str:
        return "System.Management.Automation.PSCredential"


class Block:
    """A script block as a value: statements that wait for a command to run them. `text` is its source."""

    __slots__ = ("body", "text")

    def __init__(self, body: tuple[Statement, ...], text: str = "") -> None:
        self.body = body
        self.text = text


class TypeValue:
    """`[datetime]` as a value."""

    __slots__ = ("full_name",)

    def __init__(self, full_name: str) -> None:
        self.full_name = full_name

    def __str__(self) -> str:
        return self.full_name


_TYPE_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "System.Boolean"),
    (str, "System.String"),
    (float, "System.Double"),
    (list, "System.Object[]"),
    (datetime, "System.DateTime"),
    (timedelta, "System.TimeSpan"),
    (UUID, "System.Guid"),
    (HashEntries, "System.Collections.Hashtable"),
    (SecureString, "System.Security.SecureString"),
    (Credential, "System.Management.Automation.PSCredential"),
    (Block, "System.Management.Automation.ScriptBlock"),
    (TypeValue, "System.RuntimeType"),
)


def type_name_of(value: Any) -> str:
    """The .NET name of a value's type; `$null` has none."""
    if value is None or value is NOTHING:
        return "null"
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    if isinstance(value, int):
        return "System.Int32" if -(2**31) <= value < 2**31 else "System.Int64"
    if isinstance(value, PSObject) or is_net(value):
        return str(value.type_name)
    return "System.Object"


_OURS = (*(kind for kind, _ in _TYPE_NAMES), int, Nothing, type(None), PSObject)


def is_net(value: Any) -> TypeGuard[NetObject]:
    """Is it an object with behaviour? Asking a Protocol is slow, so our own kinds are told apart first."""
    return not isinstance(value, _OURS) and isinstance(value, NetObject)


def items_of(value: Any) -> Iterable[Any]:
    """What a pipeline gets from a value: the items of a list, nothing from NOTHING, else the value itself."""
    if value is NOTHING:
        return ()
    if isinstance(value, list):
        return value
    if is_net(value) and isinstance(value, Iterable):
        return value
    return (value,)


def single(values: list[Any]) -> Any:
    """Output as a value: none is NOTHING, one stands for itself, several are an array."""
    if not values:
        return NOTHING
    return values[0] if len(values) == 1 else values


def plain(value: Any) -> Any:
    """A value that is to be kept in an array or a property: NOTHING is `$null` there."""
    return None if value is NOTHING else value
