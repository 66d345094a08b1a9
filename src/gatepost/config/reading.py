"""Reading the properties of one wish: names to fields, JSON to the model's values, every problem at once."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatepost.errors import ConfigRefused

from .kind import Wrong, Wrongs
from .properties import PROPERTIES, default_of, property_named
from .property import ObjectKind, Property
from .world import SET, Edit, Record, World

_IGNORED = frozenset({"identity", "guid", "isvalid", "whenchangedutc", "whencreatedutc", "organization", "name"})


@dataclass(kw_only=True)
class Draft:
    """A change on its way: the new world, what changed in it, what is wrong and what is worth a word."""

    world: World
    now: float
    new_guid: Callable[[], str]
    known_secrets: Mapping[str, str] = field(default_factory=dict)
    before: dict[str, Record | None] = field(default_factory=dict)  # by GUID
    secrets: dict[str, str | None] = field(default_factory=dict)  # None: forget it
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def put(self, record: Record, *, old: Record | None) -> None:
        self.before.setdefault(record.guid, old)
        self.world.put(record)

    def drop(self, record: Record) -> None:
        self.before.setdefault(record.guid, record)
        self.world.drop(record)

    def changed(self) -> list[tuple[Record | None, Record | None]]:
        """Pairs of before and after, without those that came out as they were."""
        pairs = [(old, self.world.by_guid(guid)) for guid, old in self.before.items()]
        return [(old, new) for old, new in pairs if old != new]


def secret_name(kind: ObjectKind, guid: str, name: str) -> str:
    return f"{kind.name.lower()}/{guid}/{name}"


def read_properties(
    draft: Draft,
    edit: Edit,
    properties: Mapping[str, Any],
    *,
    guid: str,
    label: str,
    model: Any,
    whole: bool = False,
) -> dict[str, Any]:
    """Values by field: the given ones, and on creation (or `whole`) the defaults of all others. Raises
    ConfigRefused."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, value in properties.items():
        item = property_named(edit.kind, name)
        if item is None:
            if name.lower() not in _IGNORED:
                problems.append(_unknown(edit.kind, label, name))
            continue
        current = getattr(model, item.field) if model is not None else None
        try:
            if item.kind.secret:
                values[item.field] = _take_secret(
                    draft, secret_name(edit.kind, guid, item.name), item, value=value, current=current
                )
            elif item.kind.each:
                before = current if model is not None and not whole else item.default
                values[item.field] = _list(item, value, before or ())
            else:
                values[item.field] = item.kind.read(value)
        except Wrongs as several:
            problems += [f"{label}: {item.name} {wrong}" for wrong in several.wrongs]
            continue
        except Wrong as wrong:
            problems.append(f"{label}: {item.name} {wrong}")
            continue
        if item.fixed and model is not None and values[item.field] != current:
            problems.append(
                f"{label}: {item.name} cannot be changed after creation, it is {current}. "
                "Remedy: remove the object and add it again."
            )
    if problems:
        raise ConfigRefused(problems)
    if model is None or whole:
        for item in PROPERTIES[edit.kind]:
            if item.field in values or (item.kind.secret and model is not None):
                continue
            if item.fixed and model is not None:
                values[item.field] = getattr(model, item.field)
            else:
                values[item.field] = "" if item.kind.hashed else default_of(item, values)
    return values


def _unknown(kind: ObjectKind, label: str, name: str) -> str:
    names = [item.name for item in PROPERTIES[kind]]
    lowered = {it.lower(): it for it in names}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1)
    remedy = f"did you mean {lowered[near[0]]}?" if near else f"known are: {', '.join(names)}."
    return f"{label}: {name} is not a property. Remedy: {remedy}"


def _list(item: Property, value: Any, current: Sequence[Any]) -> tuple[Any, ...]:
    """A whole list, one value standing for a list, or `{"Add": […], "Remove": […]}` against the current
    one."""
    if isinstance(value, Mapping):
        edits = {key.lower(): _members(item, part) for key, part in value.items() if not key.startswith("@")}
        if set(edits) - {"add", "remove"}:
            raise Wrong(f"has {', '.join(value)} for an edit", 'write {"Add": […], "Remove": […]}')
        kept = [member for member in current if member not in edits.get("remove", ())]
        return tuple(dict.fromkeys([*kept, *edits.get("add", ())]))
    return _members(item, value)


def _members(item: Property, value: Any) -> tuple[Any, ...]:
    if value is None or value in ("", "$null"):
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise Wrong(f"must be a list, is {value!r}", "write a list")
    members = list(value)
    if len(members) > 10_000:
        raise Wrong(f"has {len(members)} values", "keep it within 10000")
    read: list[Any] = []
    wrongs: list[Wrong] = []
    for member in members:
        if member == "":
            continue
        try:
            read.append(item.kind.read(member))
        except Wrong as wrong:
            wrongs.append(wrong)
    if wrongs:
        raise Wrongs(wrongs)
    return tuple(dict.fromkeys(read))


def _take_secret(draft: Draft, name: str, item: Property, *, value: Any, current: str | None) -> str | None:
    """What the model keeps of a secret: its name in the store, or the hash of one that is kept as a hash."""
    empty = "" if item.kind.hashed else None
    if value == SET:
        return current or empty
    if value is None or value == "":
        draft.secrets[name] = None
        return empty
    read: str = item.kind.read(value)
    if item.kind.hashed:
        hashed = item.kind.hashed(read)
        draft.secrets[name] = hashed
        return hashed
    if draft.known_secrets.get(name) != read:  # the same again is no change, so that apply is idempotent
        draft.secrets[name] = read
    return name
