"""`Config`: what operators decided, remembered and changed; every change is a new snapshot, swapped whole."""

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gatepost.connectors import (
    AcceptedDomain,
    Directory,
    DomainType,
    Entries,
    TransportRule,
    circle,
)
from gatepost.errors import ConfigRefused, NotFound
from gatepost.mail import Address as Mailbox
from gatepost.mail import parse_mailbox

from .gateways import Address, Trust, Witness, default_gateways
from .kinds import utc
from .property import ObjectKind
from .reading import Draft
from .recipients import ListChange, RecipientEdit, loose_ends, read_edit
from .rules_transport import rule_crowds, rule_ends
from .settings import Settings
from .snapshot import Snapshot, build_snapshot
from .store import Store, stamped
from .validate import draft_change
from .world import Edit, Model, Record, World

DEFAULT_ORGANIZATION = "Default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a change did (or would do): pairs of record before and after, and sentences worth a word."""

    pairs: tuple[tuple[Record | None, Record | None], ...]
    warnings: tuple[str, ...]
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsChanged:
    """What a change of recipient lists did (or would do)."""

    changes: tuple[ListChange, ...]
    warnings: tuple[str, ...]


class Config:
    """The configuration of one data directory. `current` is cheap and safe from any thread; `change` writes to disk."""

    def __init__(
        self,
        store: Store,
        *,
        journal: Witness | None = None,
        clock: Callable[[], float] = time.time,
        gateways: Callable[[], Iterable[Address]] = default_gateways,
    ) -> None:
        self._store, self._journal, self._clock = store, journal, clock
        self._trust = Trust(journal, gateways)
        self._lock = threading.Lock()
        self.world, self._secrets = store.read()
        self._lists: dict[str, Entries] = dict(store.recipients())  # by GUID of the accepted domain
        self._models: dict[str, tuple[Record, Model]] = {}
        self._snapshot = self._build(self.world, generation=0)
        self._trust.tell([(None, record) for record in self.world.of(ObjectKind.INBOUND)])
        if not self.world:
            add = Edit(action="add", kind=ObjectKind.ORGANIZATION, name=DEFAULT_ORGANIZATION)
            self.change([add], who="gatepost", origin="start")

    @classmethod
    def open(
        cls,
        where: Settings | Path,
        journal: Witness | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Open (or make) `config.db` in the data directory; `async with Config.open(settings, journal) as config`."""
        folder = where.data_dir if isinstance(where, Settings) else where
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            store = Store(folder / "config.db")
        except (OSError, sqlite3.Error) as trouble:
            raise ConfigRefused(
                [f"{folder / 'config.db'}: cannot be opened: {trouble}. Remedy: check the data directory."]
            ) from trouble
        return cls(store, journal=journal, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def current(self) -> Snapshot:
        return self._snapshot

    def change(
        self,
        edits: Sequence[Edit],
        *,
        who: str,
        origin: str,
        address: str | None = None,
        seen: str | None = None,
    ) -> Changed:
        """Check and store all edits, or none; raises ConfigRefused or NotFound. `origin` is the face (cli,
        rest …), `address` where the wish came from; `seen` the fingerprint of the world that it is meant for.

        Writes with fsync: from the event loop call it in a thread.
        """
        with self._lock:
            if seen is not None and seen != self.world.fingerprint():
                raise ConfigRefused(
                    [
                        "The configuration has changed since the plan was made. "
                        "Remedy: look at the new plan, and apply that one."
                    ]
                )
            draft = self._draft(edits)
            pairs = tuple(draft.changed())
            if not pairs and not draft.secrets:
                return Changed(pairs=(), warnings=tuple(draft.warnings), snapshot=self._snapshot)
            snapshot = self._build(draft.world, generation=self._snapshot.generation + 1)
            warnings = [*draft.warnings, *_judged(pairs, snapshot)]
            try:
                by = {"who": who, "origin": origin, "address": address}
                self._store.write(pairs, secrets=draft.secrets, at=draft.now, by=by)
            except sqlite3.Error as trouble:
                raise _unwritable(trouble) from trouble
            for name, value in draft.secrets.items():
                self._secrets.pop(name, None)
                if value is not None:
                    self._secrets[name] = value
            self.world, self._snapshot = draft.world, snapshot
            for before, after in pairs:
                if before is not None and after is None:
                    self._lists.pop(before.guid, None)
        self._tell(pairs, who=who, origin=origin)
        return Changed(pairs=pairs, warnings=tuple(warnings), snapshot=snapshot)

    def change_recipients(
        self, edit: RecipientEdit, *, who: str, origin: str, address: str | None = None, what_if: bool = False
    ) -> RecipientsChanged:
        """Change recipient lists, or none; raises ConfigRefused. With `what_if` nothing is stored.

        Writes with fsync: from the event loop call it in a thread.
        """
        with self._lock:
            changes = read_edit(edit, self._snapshot.directory)
            guids = {it.model.domain_name: it.guid for it in self.world.of(ObjectKind.DOMAIN)}  # type: ignore[union-attr]
            by_guid = {guids[it.domain.domain_name]: it for it in changes}
            lists = self._lists | {guid: it.after for guid, it in by_guid.items()}
            generation = self._snapshot.generation + 1
            snapshot = (
                self._build(self.world, generation=generation, keep=False, lists=lists) if changes else self._snapshot
            )
            starts = [parse_mailbox(key) for it in changes for key in (*it.added, *it.changed) if it.after[key]]
            _refuse_circles(starts, snapshot.directory)
            if changes and not what_if:
                try:
                    by = {"who": who, "origin": origin, "address": address}
                    self._store.write_recipients(by_guid, at=self._clock(), by=by)
                except sqlite3.Error as trouble:
                    raise _unwritable(trouble) from trouble
                self._lists, self._snapshot = lists, snapshot
        if self._journal is not None and not what_if:
            for it in changes:
                self._journal.fact(
                    "configuration_changed",
                    action="set",
                    object=f"recipients of '{it.domain.name}'",
                    who=who,
                    origin=origin,
                )
        return RecipientsChanged(changes=tuple(changes), warnings=tuple(loose_ends(changes, snapshot.directory)))

    def preview(self, edits: Sequence[Edit]) -> Changed:
        """What `change` would do; nothing is stored. The snapshot is the one that would be."""
        with self._lock:
            draft = self._draft(edits)
            snapshot = self._build(draft.world, generation=self._snapshot.generation + 1, keep=False)
            pairs = tuple(draft.changed())
            warnings = (*draft.warnings, *_judged(pairs, snapshot))
        return Changed(pairs=pairs, warnings=warnings, snapshot=snapshot)

    def note(self, entry: Mapping[str, str | None], *, who: str, origin: str, address: str | None = None) -> None:
        """A row of the audit for an act that changes no object: `action`, `kind`, `organization`, `object`, `after`.

        Writes with fsync: from the event loop call it in a thread. Raises ConfigRefused.
        """
        try:
            with self._lock:
                self._store.note({**entry, "at": self._clock(), "who": who, "origin": origin, "address": address})
        except sqlite3.Error as trouble:
            raise _unwritable(trouble) from trouble

    def secret(self, name: str) -> str:
        """The value of a secret, for the hands that need it at that moment; raises NotFound."""
        try:
            return self._secrets[name]
        except KeyError:
            raise NotFound(f"No secret is called '{name}'. Remedy: set it again.") from None

    def audit(
        self, *, limit: int = 100, before_id: int | None = None, organization: str | None = None
    ) -> list[dict[str, Any]]:
        """Who changed what, newest first, in one organization or in all; secrets only as set or not set."""
        with self._lock:
            return self._store.audit(limit=limit, before_id=before_id, organization=organization)

    def _tell(self, pairs: Sequence[tuple[Record | None, Record | None]], *, who: str, origin: str) -> None:
        if self._journal is None:
            return
        for before, after in pairs:
            record = after or before
            assert record is not None
            action = "add" if before is None else "remove" if after is None else "set"
            self._journal.fact("configuration_changed", action=action, object=record.label, who=who, origin=origin)
        self._trust.tell(pairs)

    def _draft(self, edits: Sequence[Edit]) -> Draft:
        draft = draft_change(
            self.world,
            edits,
            now=self._clock(),
            new_guid=lambda: str(uuid.uuid4()),
            known_secrets=self._secrets,
        )
        if draft.problems:
            raise ConfigRefused(draft.problems)
        return draft

    def _build(
        self, world: World, *, generation: int, keep: bool = True, lists: Mapping[str, Entries] | None = None
    ) -> Snapshot:
        """The snapshot of a world. Records that have not changed keep the models they have; `keep` these for later."""
        models: dict[str, tuple[Record, Model]] = {}
        for record in world.records():
            known = self._models.get(record.guid)
            if known is None or known[0] is not record:
                known = (record, stamped(record, utc(record.created), utc(record.changed)))
            models[record.guid] = known
        if keep:
            self._models = models
        return build_snapshot(models.values(), lists=self._lists if lists is None else lists, generation=generation)


def _unwritable(trouble: sqlite3.Error) -> ConfigRefused:
    return ConfigRefused([f"config.db cannot be written: {trouble}. Remedy: check the disk of the data directory."])


def _judged(pairs: Sequence[tuple[Record | None, Record | None]], snapshot: Snapshot) -> list[str]:
    """What accepted domains and rules that have changed mean together with the recipient lists: warnings, or
    ConfigRefused."""
    directory = snapshot.directory
    models = [after.model for _, after in pairs if after is not None]
    domains = [it for it in models if isinstance(it, AcceptedDomain)]
    _refuse_circles([parse_mailbox(it.catch_all) for it in domains if it.catch_all], directory)
    rules = [it for it in models if isinstance(it, TransportRule)]
    if crowds := rule_crowds({it.organization for it in rules}, snapshot.rulebook):
        raise ConfigRefused(crowds)
    ends = rule_ends(rules, directory)
    return ends + [
        f"accepted domain '{it.name}': AddressBookEnabled is true and its recipient list is empty, so that all but "
        f"postmaster@{it.domain_name} are refused. Remedy: fill the list: gatepost recipient import FILE."
        for it in domains
        if it.address_book_enabled
        and not it.catch_all
        and not directory.address_book.of(it.domain_name)
        and it.domain_type is DomainType.AUTHORITATIVE
    ]


def _refuse_circles(starts: Iterable[Mailbox], directory: Directory) -> None:
    found = circle(starts, directory)
    if found:
        raise ConfigRefused(
            [
                f"recipient '{found[0]}': leads back to itself: {' → '.join(found)}. "
                "Remedy: let one of these lead to a mailbox."
            ]
        )
