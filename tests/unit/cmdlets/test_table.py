"""The table holds what it promises: names, parameters for every property, verbs that exist and take the arguments."""

import inspect
import re
from typing import Any

import pytest

from gatepost.cmdlets import TABLE, Cmdlet, cmdlet_named, wish_of
from gatepost.config import PROPERTIES, ObjectKind
from gatepost.manage import VERBS, Role
from gatepost.shell import Bound, Takes

BY_NAME = {cmdlet.name: cmdlet for cmdlet in TABLE}
KINDS = {
    "InboundConnector": ObjectKind.INBOUND,
    "OutboundConnector": ObjectKind.OUTBOUND,
    "AcceptedDomain": ObjectKind.DOMAIN,
}
EVERY = pytest.mark.parametrize("cmdlet", TABLE, ids=lambda cmdlet: cmdlet.name)
VALUES: dict[Takes, Any] = {
    Takes.TEXTS: ["x"],
    Takes.MULTI: ["x"],
    Takes.BOOLEAN: False,
    Takes.SWITCH: True,
    Takes.INTEGER: 1,
}


def bound_to(cmdlet: Cmdlet, *, everything: bool, **given: Any) -> Bound:
    """A value for each parameter, or only for those that are required."""
    filled = {
        it.name: [it.choices[0]] if it.choices and it.takes is Takes.TEXTS else VALUES.get(it.takes, "5")
        for it in cmdlet.parameters
        if (everything or it.required) and it.takes not in (Takes.MOMENT, Takes.SECURE)
    }
    return Bound(given={**filled, **given})


def test_names_and_aliases_are_unique_whatever_their_case() -> None:
    names = [name.lower() for cmdlet in TABLE for name in (cmdlet.name, *cmdlet.aliases)]
    assert len(names) == len(set(names))


def test_a_cmdlet_is_found_by_name_and_alias_in_any_case() -> None:
    assert cmdlet_named("get-inboundCONNECTOR") is BY_NAME["Get-InboundConnector"]
    assert cmdlet_named("Get-MessageTraceV2") is BY_NAME["Get-MessageTrace"]
    assert cmdlet_named("Get-Mailbox") is None


@EVERY
def test_a_row_is_complete(cmdlet: Cmdlet) -> None:
    assert re.fullmatch(r"[A-Z][a-z]+-[A-Z]\w+", cmdlet.name)
    assert cmdlet.synopsis.endswith(".")
    assert cmdlet.name in cmdlet.example
    assert len(cmdlet.columns) <= 4
    assert all(parameter.help for parameter in cmdlet.parameters)


@EVERY
def test_the_parameters_of_a_cmdlet_cannot_be_confused(cmdlet: Cmdlet) -> None:
    names = [name.lower() for it in cmdlet.parameters for name in (it.name, *it.aliases)]
    assert len(names) == len(set(names))
    positions = [it.position for it in cmdlet.parameters if it.position is not None]
    assert sorted(positions) == list(range(len(positions)))


@pytest.mark.parametrize("verb", ["New", "Set"])
@pytest.mark.parametrize("noun", KINDS)
def test_every_property_has_a_parameter_of_its_name(verb: str, noun: str) -> None:
    names = {it.name for it in BY_NAME[f"{verb}-{noun}"].parameters}
    assert {item.name for item in PROPERTIES[KINDS[noun]]} <= names


def test_organizations_have_a_parameter_for_every_property() -> None:
    for name in ("Set-OrganizationConfig", "New-Organization"):
        names = {it.name for it in BY_NAME[name].parameters}
        assert {item.name for item in PROPERTIES[ObjectKind.ORGANIZATION]} <= names


@EVERY
@pytest.mark.parametrize("everything", [False, True], ids=["required only", "everything"])
def test_a_wish_is_a_verb_that_takes_its_arguments(cmdlet: Cmdlet, everything: bool) -> None:
    wish = wish_of(cmdlet, bound_to(cmdlet, everything=everything, WhatIf=True))
    known = inspect.signature(VERBS[wish.verb].function).parameters
    assert set(wish.arguments) <= set(known)
    lacking = [it.name for it in known.values() if it.default is it.empty and it.name not in wish.arguments]
    assert lacking == ["call"]


@EVERY
def test_what_changes_something_is_what_its_verb_says(cmdlet: Cmdlet) -> None:
    verb = VERBS[wish_of(cmdlet, bound_to(cmdlet, everything=False)).verb]
    assert cmdlet.changes is verb.changes
    assert cmdlet.changes is ("what_if" in inspect.signature(verb.function).parameters)
    assert (cmdlet.role is Role.ORGANIZATION_MANAGEMENT) is cmdlet.changes


@EVERY
def test_whatever_removes_asks_first(cmdlet: Cmdlet) -> None:
    assert cmdlet.asks is cmdlet.name.startswith("Remove-")


def test_no_secret_stands_in_the_repr_of_a_wish() -> None:
    bound = Bound(given={"Name": "Upstream", "Password": "hunter2"})
    assert "hunter2" not in repr(wish_of(BY_NAME["New-OutboundConnector"], bound))
