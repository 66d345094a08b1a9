"""What a command takes, and what became of the arguments it was given. The rules are about_Parameters'."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Takes(StrEnum):
    """The type of a parameter; the value is the word in help and in the module's manifest."""

    TEXT = "String"
    TEXTS = "String[]"
    MULTI = "MultiValuedProperty"  # a list, or @{Add = …; Remove = …}
    BOOLEAN = "Boolean"
    SWITCH = "SwitchParameter"
    INTEGER = "Int32"
    MOMENT = "DateTime"
    TABLE = "Hashtable"
    BLOCK = "ScriptBlock"
    SECURE = "SecureString"
    ANY = "Object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `position` counts from 0.

    `pipeline` takes whole objects, `by_property` their property of that name.
    `choices`: the values of an enumeration, compared without case and handed on as written here.
    `ignored`: accepted with a warning, for scripts written for Exchange.
    `remaining`: takes every value that no other position wants, as a list (`Write-Host a b c`).
    """

    name: str
    takes: Takes = Takes.TEXT
    help: str = ""
    position: int | None = None
    required: bool = False
    pipeline: bool = False
    by_property: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    default: Any = None
    sets: frozenset[str] = frozenset()  # the parameter sets it belongs to; none: all
    ignored: bool = False
    remaining: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Arguments under their parameters' full names, converted. `given` holds only what was written."""

    given: Mapping[str, Any]
    parameter_set: str | None = None
    warnings: tuple[str, ...] = field(default=())

    def get(self, name: str, default: Any = None) -> Any:
        return self.given.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.given
