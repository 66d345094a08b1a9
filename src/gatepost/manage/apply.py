"""Everything operators decided as one document: plan shows the differences, apply makes them so, export
writes it.

A document is a mapping of six lists: Organization, AcceptedDomain, DkimSigningConfig, InboundConnector,
OutboundConnector, TransportRule. An object in it is described whole: a property that is left out takes its default
(only secrets stay as they are). An object that is not in it stays, unless `prune` is asked for. An organization without
a name is the only one, and just what is given of it changes: so Exchange prints it.

Of a domain's signing, what rotation has come to stays as it is, and nothing is switched on: a key signs only when its
record was found in the DNS, and its private part is in no document.

What Exchange prints (exchange.py) is taken for a document, too. With `organization` a document is of that one alone.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gatepost.config import PROPERTIES, Changed, Edit, ObjectKind, Record, World, shown_properties
from gatepost.connectors import DomainSigning
from gatepost.errors import ConfigRefused

from .asked import whose
from .desk import Answer, Call
from .exchange import read_exchange
from .recreate import script_of
from .shown import changes_shown

SECTIONS: dict[str, ObjectKind] = {
    "Organization": ObjectKind.ORGANIZATION,
    "AcceptedDomain": ObjectKind.DOMAIN,
    "DkimSigningConfig": ObjectKind.SIGNING,
    "InboundConnector": ObjectKind.INBOUND,
    "OutboundConnector": ObjectKind.OUTBOUND,
    "TransportRule": ObjectKind.RULE,
}
_ROTATION = ("SigningSelector", "RotationBegunUTC", "RotatedUTC")
_NAMES = {form.lower(): name for name in SECTIONS for form in (name, name + "s")}


async def plan(call: Call, *, document: Any, prune: bool = False, organization: str | None = None) -> Answer:
    """What `apply` would change; nothing is stored."""
    return await apply(call, document=document, prune=prune, organization=organization, what_if=True)


async def apply(
    call: Call,
    *,
    document: Any,
    prune: bool = False,
    seen: str | None = None,
    organization: str | None = None,
    what_if: bool = False,
) -> Answer:
    """Make the objects of the document exactly so, all or nothing. Applied again it changes nothing.

    `seen` is what the plan says under that name: where the configuration has changed since, nothing is applied.
    """
    world = call.desk.config.world
    found = world.fingerprint()  # before it is compared with the document: what comes between is noticed
    only = whose(call, organization)
    read, told = read_exchange(document)
    edits, kept = _edits(world, read, prune=prune, only=only)
    edits, left_off = _signing_left_off(world, edits)
    changed = await call.change(edits, what_if=what_if, seen=seen)
    answer = _answer(changed, kept, (*told, *left_off), applied=not what_if)
    return Answer(value={**answer.value, "seen": found}, warnings=answer.warnings) if what_if else answer


async def export(call: Call, *, organization: str | None = None) -> Answer:
    """The document of everything, or of one organization, without secrets; `apply` of it changes nothing."""
    world = call.desk.config.world
    only = whose(call, organization)
    several = only is None and len(list(world.of(ObjectKind.ORGANIZATION))) > 1
    document: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        found = [_described(record, several=several) for record in world.of(kind) if only in (None, _owner(record))]
        if found:
            document[section] = found
    return Answer(value=document)


async def recreate(call: Call, *, organization: str | None = None) -> Answer:
    """The PowerShell script that makes one organization's connectors on Exchange Online."""
    world = call.desk.config.world
    name = world.organization(organization)
    own = [it for it in world.records() if _owner(it) == name]
    own.sort(key=lambda it: (list(ObjectKind).index(it.kind), it.name.lower()))
    return Answer(value={"script": script_of(own)})


def _owner(record: Record) -> str:
    """The organization that an object belongs to; an organization belongs to itself."""
    return record.name if record.kind is ObjectKind.ORGANIZATION else record.organization


def _described(record: Record, *, several: bool) -> dict[str, Any]:
    """Name first, then every property that is not at its plain default."""
    result: dict[str, Any] = {} if record.kind is ObjectKind.DOMAIN else {"Name": record.name}
    if several and record.organization:
        result["Organization"] = record.organization
    shown = shown_properties(record, secrets="")
    for item in PROPERTIES[record.kind]:
        # A default that depends on other values (None in the table) is always written, so that nobody need
        # know it.
        plain = item.default is not None and getattr(record.model, item.field) == item.default
        if record.kind is ObjectKind.SIGNING and item.name in _ROTATION:
            continue
        if shown.get(item.name) is not None and not plain:
            result[item.name] = shown[item.name]
    return result


def _edits(
    world: World, document: Mapping[str, Any], *, prune: bool, only: str | None
) -> tuple[list[Edit], list[Record]]:
    """The edits that the document means, and the stored records it does not mention. Raises ConfigRefused."""
    problems: list[str] = []
    edits: list[Edit] = []
    seen: dict[tuple[ObjectKind, str, str], int] = {}
    for section, number, entry in _entries(document, problems):
        kind = SECTIONS[section]
        place = f"{section} number {number}"
        key = "DomainName" if kind is ObjectKind.DOMAIN else "Name"
        named = {name.lower(): value for name, value in entry.items()}
        name = named.get(key.lower(), named.get("name"))
        if name is None and kind is ObjectKind.ORGANIZATION:
            edits.append(Edit(action="set", kind=kind, name=world.organization(only), properties=entry))
            continue
        if not isinstance(name, str) or not name.strip():
            problems.append(f"{place}: {key} is missing. Remedy: give it.")
            continue
        organization = named.get("organization")
        if organization is not None and not isinstance(organization, str):
            problems.append(f"{place}: Organization must be text, is {organization!r}. Remedy: write its name.")
            continue
        foreign = name if kind is ObjectKind.ORGANIZATION else organization or only
        if only is not None and foreign is not None and foreign.strip().lower() != only.lower():
            problems.append(f"{place}: the document is of organization '{only}' alone. Remedy: take '{foreign}' out.")
            continue
        if kind is not ObjectKind.ORGANIZATION:
            organization = only or organization
        first = seen.setdefault((kind, (organization or "").lower(), name.strip().lower()), number)
        if first != number:
            problems.append(f"{place}: '{name}' is already number {first}. Remedy: keep one of the two.")
            continue
        properties = {it: value for it, value in entry.items() if it.lower() != "organization"}
        edits.append(Edit(action="put", kind=kind, name=name.strip(), organization=organization, properties=properties))
    if problems:
        raise ConfigRefused(problems)
    kept = [record for record in _unmentioned(world, edits) if only in (None, _owner(record))]
    if prune:
        if not any(edit.kind is ObjectKind.ORGANIZATION for edit in edits):
            kept = [it for it in kept if it.kind is not ObjectKind.ORGANIZATION]  # the file is silent about them
        order = list(reversed(SECTIONS.values()))  # connectors before the domains they use
        kept.sort(key=lambda record: order.index(record.kind))
        edits += [
            Edit(action="remove", kind=it.kind, name=it.guid, organization=it.organization or None) for it in kept
        ]
        return edits, []
    return edits, kept


def _signing_left_off(world: World, edits: list[Edit]) -> tuple[list[Edit], list[str]]:
    """The edits with what they must leave of a domain's signing: how far its rotation is, and that it is off.

    Raises ConfigRefused where a document would rotate.
    """
    kept: list[Edit] = []
    notes: list[str] = []
    problems: list[str] = []
    for edit in edits:
        if edit.kind is not ObjectKind.SIGNING or edit.action != "put":
            kept.append(edit)
            continue
        name = edit.name.lower().removesuffix(".")
        theirs = world.of(ObjectKind.SIGNING, world.organization(edit.organization))
        old = next((it for it in theirs if it.name.lower() == name), None)
        given = {name.lower(): value for name, value in edit.properties.items()}
        properties = dict(edit.properties)
        if old is not None:
            shown = shown_properties(old, secrets="")
            for name in _ROTATION:
                if name.lower() in given and given[name.lower()] != shown[name]:
                    problems.append(
                        f"{old.label}: {name} is changed by rotation alone. Remedy: leave it out of the document, and "
                        f"use gatepost dkim rotate {old.name}."
                    )
            properties = {it: value for it, value in properties.items() if it not in _ROTATION}
            properties |= {name: shown[name] for name in _ROTATION}
        was_on = isinstance(old.model, DomainSigning) and old.model.enabled if old is not None else False
        if given.get("enabled") in (True, "true", "True", "$true") and not was_on:
            properties = {it: value for it, value in properties.items() if it.lower() != "enabled"}
            notes.append(
                f"DKIM signing of {edit.name} is left off: its key has to be there, and its record in the DNS. "
                f"Remedy: gatepost dkim show {edit.name}; then gatepost dkim set {edit.name} --enabled true."
            )
        kept.append(replace(edit, properties=properties))
    if problems:
        raise ConfigRefused(problems)
    return kept, notes


def _entries(document: Mapping[str, Any], problems: list[str]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """Every entry in the order of SECTIONS; singular and plural names of lists are the same."""
    lists: dict[str, Any] = {}
    for key, value in document.items():
        section = _NAMES.get(key.lower())
        if section is None:
            near = difflib.get_close_matches(key.lower(), list(_NAMES), n=1)
            remedy = f"did you mean {_NAMES[near[0]]}?" if near else f"known are: {', '.join(SECTIONS)}."
            problems.append(f"{key} is not a list of a document. Remedy: {remedy}")
        else:
            lists.setdefault(section, []).extend(value if isinstance(value, list) else [value])
    for section in SECTIONS:
        for number, entry in enumerate(lists.get(section, []), 1):
            if isinstance(entry, Mapping):
                yield section, number, entry
            else:
                problems.append(
                    f"{section} number {number}: must be a table, is {entry!r}. Remedy: write [[{section}]]."
                )


def _unmentioned(world: World, edits: list[Edit]) -> list[Record]:
    only = [it.name for it in world.of(ObjectKind.ORGANIZATION)]
    named = set()
    for edit in edits:
        organization = edit.organization or (only[0] if len(only) == 1 else "")
        place = "" if edit.kind is ObjectKind.ORGANIZATION else organization.lower()
        named.add((edit.kind, place, edit.name.lower().removesuffix(".")))
    wanted = set(SECTIONS.values())
    return [record for record in world.records() if record.kind in wanted and record.key not in named]


def _answer(changed: Changed, kept: list[Record], told: tuple[str, ...], *, applied: bool) -> Answer:
    unmentioned = [
        {"kind": str(it.kind), "organization": it.organization or None, "name": it.name}
        for it in kept
        if it.kind is not ObjectKind.ORGANIZATION
    ]
    value = {"applied": applied, "changes": changes_shown(changed.pairs), "unmentioned": unmentioned}
    return Answer(value=value, warnings=(*told, *changed.warnings))
