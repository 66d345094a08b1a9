"""Parameters made from the properties of `config`, so that names, values and help have one source."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from gatepost.config import PROPERTIES, ObjectKind, Property
from gatepost.shell import Bound, Parameter, Takes

from .ready import json_ready

NAME = Parameter(name="Name", help="Its name.", position=0, required=True)
NEW_NAME = Parameter(name="Name", help="A new name.")
IDENTITY = Parameter(name="Identity", help="Name or GUID.", position=0, required=True, pipeline=True, by_property=True)
ANY_IDENTITY = replace(IDENTITY, help="Name or GUID. Without it: all of them.", required=False)
ORGANIZATION = Parameter(
    name="Organization", help="The organization that is meant, where there are several.", by_property=True
)
FORCE = Parameter(name="Force", takes=Takes.SWITCH, help="Accepted for Exchange.", ignored=True)

# Scripts hand over (Get-Date).ToUniversalTime(); the store keeps text.
_MOMENTS = frozenset({"LastValidationTimestamp", "ExpiryDate"})


def parameters_of(
    kind: ObjectKind,
    *,
    required: Collection[str] = (),
    leave_out: Collection[str] = (),
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Parameter, ...]:
    """One parameter for each property of the kind, in the table's order."""
    return tuple(
        Parameter(
            name=item.name,
            takes=_takes(item),
            help=_help(item),
            required=item.name in required,
            choices=_choices(item),
            aliases=(aliases or {}).get(item.name, ()),
        )
        for item in PROPERTIES[kind]
        if item.name not in leave_out
    )


def properties_of(kind: ObjectKind, bound: Bound) -> dict[str, Any]:
    """The properties that were given, JSON-ready; `config` reads and judges them."""
    return {item.name: json_ready(bound.given[item.name]) for item in PROPERTIES[kind] if item.name in bound}


def in_organization(bound: Bound) -> dict[str, Any]:
    """The argument that says which organization is meant, or nothing where it went without saying."""
    organization = bound.get("Organization")
    return {"organization": organization} if organization else {}


def _takes(item: Property) -> Takes:
    if item.kind.secret:
        return Takes.SECURE
    if item.kind.each:
        return Takes.MULTI
    if item.kind.word == "true|false":
        return Takes.BOOLEAN
    # Numbers are text here: `$null` empties them, and `config` reads "64M" as well as 67108864.
    return Takes.MOMENT if item.name in _MOMENTS else Takes.TEXT


def _choices(item: Property) -> tuple[str, ...]:
    words = tuple(item.kind.word.split("|"))
    return words if len(words) > 1 and _takes(item) is Takes.TEXT else ()


def _help(item: Property) -> str:
    only = "" if item.applies == "both" else f" {item.applies} only."
    return f"{item.help}{only}{' (Gatepost)' if item.ours else ''}"
