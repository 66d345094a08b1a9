"""Which connector lets a device in, what that would change, and how what was done is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatepost.errors import GatepostError

from ..refusals import Problem, refusal_of
from .audit import Change, changes_of
from .view import View
from .what_if import TAKEN

NEW = "Devices"  # the connector that device.allow makes where none is named
_TO_BE_MADE = "new "  # no GUID begins so


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A connector that may let the device in. `connector` is its GUID, or empty for one that is made."""

    connector: str
    organization: str
    words: str

    @property
    def value(self) -> str:
        """What a form says of it; the organization is told apart where several would get a new one."""
        return self.connector or f"{_TO_BE_MADE}{self.organization}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What letting it in would change, and `next`: how its last refused session would then end, or None."""

    changes: Sequence["Changed"]
    warnings: Sequence[str]
    next: Mapping[str, Any] | None

    @property
    def helps(self) -> bool:
        """Whether that session would be taken then."""
        return self.next is not None and self.next["result"] in TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One object with what changes of it. `action` is add, set or remove."""

    action: str
    kind: str
    name: str
    properties: Sequence[Change]


def chosen_of(value: str) -> tuple[str | None, str | None]:
    """The connector and the organization that a form's choice means; None for what it leaves to device.allow.

    >>> chosen_of("new Contoso"), chosen_of("Printers"), chosen_of("")
    ((None, 'Contoso'), ('Printers', None), (None, None))
    """
    if value.startswith(_TO_BE_MADE):
        return None, value.removeprefix(_TO_BE_MADE)
    return value or None, None


async def connectors_for(view: View, device: Mapping[str, Any]) -> list[Choice]:
    """Those that let devices relay. First the one for devices let in one by one, which may have to be made."""
    found = (await view.call("connector.list")).value
    organizations = [view.organization] if view.organization is not None else view.organizations
    several = len(organizations) > 1
    choices = [
        Choice(
            connector=it["Guid"],
            organization=it["Organization"],
            words=f"{it['Name']} · {it['Organization']}" if several else it["Name"],
        )
        for it in found
        if it["ConnectorType"] == "OnPremises"
    ]
    taken = {it["Organization"] for it in found if it["Name"].lower() == NEW.lower()}
    for organization in organizations:
        if organization not in taken:
            words = view.gettext("%(name)s (a new connector)") % {"name": NEW}
            choices.append(
                Choice(
                    connector="",
                    organization=organization,
                    words=f"{words} · {organization}" if several else words,
                )
            )
    # The one that takes one device after the other stands first, of the device's own organization before all.
    usual = {it["Guid"] for it in found if it["Name"].lower() == NEW.lower()} | {""}
    return sorted(
        choices,
        key=lambda it: (
            it.organization != (device["organization"] or it.organization),
            it.connector not in usual,
            it.words.casefold(),
        ),
    )


async def foreseen(view: View, address: str, choice: Choice) -> tuple[Preview | None, tuple[Problem, ...]]:
    """What `allow` would do, or why it would not."""
    try:
        answer = await view.call(
            "device.allow",
            address=address,
            connector=choice.connector or None,
            organization=choice.organization,
            what_if=True,
        )
    except GatepostError as error:
        return None, tuple(refusal_of(error).problems)
    changes = [changed_of(it) for it in answer.value["changes"]]
    return Preview(changes=changes, warnings=answer.warnings, next=answer.value["next"]), ()


def changed_of(change: Mapping[str, Any]) -> Changed:
    """A change as rows to read; of a new object only what is not empty or off."""
    new = change["action"] == "add"
    before = {it["property"]: it["before"] for it in change["differences"]}
    after = {it["property"]: it["after"] for it in change["differences"] if it["after"] or not new}
    return Changed(
        action=change["action"],
        kind=change["kind"],
        name=change["name"],
        properties=changes_of(None if new else before, after),
    )


def done(view: View, what: str, value: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What has been done, for the next page, and what is still missing."""
    match what:
        case "allow":
            said = view.gettext("%(address)s is allowed.")
        case "old-tls":
            said = view.gettext("%(address)s may use old TLS.")
        case _:
            said = view.gettext("%(address)s is blocked.")
    changes = [changed_of(it) for it in value["changes"]]
    text = " ".join([said % {"address": value["address"]}, *_sentences(view, changes)])
    again = value.get("next")
    if again is None or again["result"] in TAKEN:
        return text, []
    still = view.gettext("Its last refused session would still be refused: %(reply)s") % {"reply": again["reply"]}
    return text, [" ".join([still, *again["remedies"]])]


def _sentences(view: View, changes: Iterable[Changed]) -> Iterable[str]:
    for it in changes:
        if it.action == "add":
            yield view.gettext("The connector %(name)s has been made for it.") % {"name": it.name}
        else:
            for one in it.properties:
                yield f"{it.name}: {one.name}: {one.before or '–'} → {one.after or '–'}."
