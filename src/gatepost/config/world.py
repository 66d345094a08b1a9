"""The objects of the store as values: records under their names, before and after a change."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gatepost.connectors import (
    AcceptedDomain,
    DomainSigning,
    InboundConnector,
    Organization,
    OutboundConnector,
    SmtpUser,
    TransportRule,
)
from gatepost.errors import ConfigRefused, NotFound

from .access import AccessToken
from .kinds import utc
from .notes import DeviceNote
from .properties import PROPERTIES
from .property import ObjectKind

Model = (
    Organization
    | AcceptedDomain
    | InboundConnector
    | OutboundConnector
    | SmtpUser
    | AccessToken
    | DeviceNote
    | DomainSigning
    | TransportRule
)
Key = tuple[ObjectKind, str, str]
_NAMED_IN_DOCUMENTS = (
    ObjectKind.ORGANIZATION,
    ObjectKind.DOMAIN,
    ObjectKind.INBOUND,
    ObjectKind.OUTBOUND,
    ObjectKind.RULE,
)
SET = "(set)"  # how a secret is shown; given back, it means: as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One stored object; times are seconds since 1970.

    `organization` is "" for an organization itself, and for a token that holds in all of them.
    """

    kind: ObjectKind
    organization: str
    name: str
    guid: str
    created: float
    changed: float
    model: Model

    @property
    def key(self) -> Key:
        return key_of(self.kind, self.organization, self.name)

    @property
    def label(self) -> str:
        """How sentences call it: `inbound connector 'Printers'`."""
        return f"{self.kind} '{self.name}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One wish. `name` is a name or GUID, `properties` stand under Exchange's names.

    `action`: add, set, remove; `put` adds the object or makes it exactly this; `check` only looks at it
    again. `organization` None is the only one there is; "" is all of them, for a token. `seen` is the WhenChangedUTC
    of the state that a `set` or `remove` is meant for; None takes any.
    """

    action: str
    kind: ObjectKind
    name: str
    organization: str | None = None
    seen: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict, repr=False)  # may hold secrets


def key_of(kind: ObjectKind, organization: str, name: str) -> Key:
    """Names are unique within kind and organization, upper and lower case alike; users' in all organizations."""
    return (
        kind,
        "" if kind in (ObjectKind.ORGANIZATION, ObjectKind.USER) else organization.lower(),
        name.lower(),
    )


class World:
    """Every record by key and by GUID; copied for a change, swapped when the change is stored."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._kinds: dict[ObjectKind, dict[Key, Record]] = {kind: {} for kind in ObjectKind}
        self._guids: dict[str, Record] = {}
        for record in records:
            self.put(record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, World) and self._guids == other._guids

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __len__(self) -> int:
        return len(self._guids)

    def __contains__(self, key: Key) -> bool:
        return key in self._kinds[key[0]]

    def copy(self) -> "World":
        made = World()
        made._kinds = {kind: dict(records) for kind, records in self._kinds.items()}
        made._guids = dict(self._guids)
        return made

    def put(self, record: Record) -> None:
        """Add a record, or put it in the place of the one with its GUID."""
        if (old := self._guids.get(record.guid)) is not None:
            self.drop(old)
        self._kinds[record.kind][record.key] = record
        self._guids[record.guid] = record

    def drop(self, record: Record) -> None:
        del self._kinds[record.kind][record.key]
        del self._guids[record.guid]

    def get(self, key: Key) -> Record | None:
        return self._kinds[key[0]].get(key)

    def by_guid(self, guid: str) -> Record | None:
        return self._guids.get(guid)

    def records(self) -> Iterable[Record]:
        return self._guids.values()

    def fingerprint(self) -> str:
        """What names this state of what documents describe: another, once anything of it changes."""
        digest = hashlib.sha256()
        for kind in _NAMED_IN_DOCUMENTS:
            for it in self.of(kind):
                digest.update(f"{it.guid} {utc(it.changed)}\n".encode())
        return digest.hexdigest()

    def of(self, kind: ObjectKind, organization: str | None = None) -> Iterator[Record]:
        """Records of one kind, in one organization or in all, by name."""
        found: Iterable[Record] = self._kinds[kind].values()
        if organization is not None:
            found = [it for it in found if it.organization.lower() == organization.lower()]
        return iter(sorted(found, key=lambda it: (it.organization.lower(), it.name.lower())))

    def organization(self, name: str | None) -> str:
        """The organization's name as stored, by name or GUID. None is allowed while there is only one; raises
        NotFound, ConfigRefused."""
        if name:
            record = self.get(key_of(ObjectKind.ORGANIZATION, "", name)) or self._guids.get(name.lower())
            if record is None or record.kind is not ObjectKind.ORGANIZATION:
                known = ", ".join(it.name for it in self.of(ObjectKind.ORGANIZATION))
                raise NotFound(f"No organization is called '{name}'. Remedy: use one of: {known}.")
            return record.name
        names = [record.name for record in self.of(ObjectKind.ORGANIZATION)]
        if len(names) != 1:
            raise ConfigRefused(
                [f"There are several organizations: {', '.join(names)}. Remedy: say which one is meant."]
            )
        return names[0]

    def find(self, kind: ObjectKind, name: str, organization: str | None = None) -> Record:
        """The one object of that name or GUID; raises NotFound, never returns another."""
        wanted = name.strip().lower() if isinstance(name, str) else ""
        if organization:
            organization = self.organization(organization)
        named = self._guids.get(wanted)
        if named is not None and named.kind is kind and organization in (None, "", named.organization):
            return named
        owners = [organization] if organization else [*(it.name for it in self.of(ObjectKind.ORGANIZATION)), ""]
        keys = dict.fromkeys(key_of(kind, owner, wanted) for owner in owners)
        candidates = [self.get(key) for key in keys]
        # The key of a user tells no organization, so it is looked at here as well.
        found = [it for it in candidates if it is not None and (not organization or it.organization == organization)]
        if len(found) == 1:
            return found[0]
        if found:
            places = ", ".join(it.organization or "all of them" for it in found)
            raise ConfigRefused(
                [f"{found[0].label} exists in several organizations: {places}. Remedy: say which one is meant."]
            )
        known = [it.name for it in self.of(kind, organization)]
        shown = ", ".join(f"'{it}'" for it in known[:10]) + (" and more" if len(known) > 10 else "")
        remedy = f"use one of: {shown}." if known else "add one first."
        raise NotFound(f"No {kind} is called '{name}'. Remedy: {remedy}")


def shown_properties(record: Record, *, secrets: str = SET) -> dict[str, Any]:
    """The properties as JSON values, in Exchange's order. A secret is `secrets` when set; "" leaves secrets
    out."""
    result: dict[str, Any] = {}
    for item in PROPERTIES[record.kind]:
        value = getattr(record.model, item.field)
        if item.kind.secret:
            if secrets:
                result[item.name] = secrets if value else None
        elif item.kind.each:
            result[item.name] = [item.kind.show(member) for member in value]
        else:
            result[item.name] = item.kind.show(value)
    return result
