"""A cmdlet as one row of the table: what it takes, which verb of `manage` it is, and what becomes of the answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gatepost.manage import Role
from gatepost.shell import Bound, Parameter

Shown = list[dict[str, Any]]  # objects: properties by name, in the order they are printed

# Text in JSON, moments in the language, so that scripts can compare and reckon with them.
MOMENTS = frozenset(
    {
        "Date",
        "DateReceived",
        "EndDate",
        "LastValidationTimestamp",
        "NextRetryTime",
        "Received",
        "RunDate",
        "StartDate",
        "WhenChangedUTC",
        "WhenCreatedUTC",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Exactly one verb with its arguments, so that a cmdlet is one transaction."""

    verb: str
    arguments: dict[str, Any] = field(repr=False)  # may hold secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a cmdlet gave: JSON-ready objects, and sentences worth a word."""

    objects: Shown
    warnings: tuple[str, ...] = ()


def as_listed(value: Any, bound: Bound) -> Shown:
    """The verb's own objects: one, or a list of them."""
    return value if isinstance(value, list) else [value]


def nothing(value: Any, bound: Bound) -> Shown:
    """Exchange's Set- and Remove- cmdlets print nothing."""
    return []


def named(bound: Bound) -> str:
    """What a cmdlet acts on, for -WhatIf and for the question whether it is meant."""
    return str(bound.get("Identity") or bound.get("Name") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cmdlet:
    """One row. `translate` and `show` are pure; who may use it, and whether it is possible, is decided by the verb.

    `changes`: the verb stores, sends or drops something, and takes `what_if`. `asks`: for confirmation, as Exchange's
    Remove- cmdlets do. `columns`: the default table. `remarks`: sentences about an answer.
    """

    name: str
    synopsis: str
    parameters: tuple[Parameter, ...]
    translate: Callable[[Bound], Wish]
    show: Callable[[Any, Bound], Shown] = as_listed
    remarks: Callable[[Any, Bound], tuple[str, ...]] = lambda value, bound: ()
    target: Callable[[Bound], str] = named
    aliases: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    changes: bool = False
    asks: bool = False
    example: str = ""

    @property
    def role(self) -> Role:
        """The least that is needed."""
        return Role.ORGANIZATION_MANAGEMENT if self.changes else Role.VIEW_ONLY
