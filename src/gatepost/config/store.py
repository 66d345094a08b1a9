"""config.db: objects, secrets and the audit, changed together or not at all."""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from gatepost.connectors import Entries
from gatepost.errors import ConfigRefused
from gatepost.mail import Address, parse_mailbox

from .kind import Wrong
from .properties import MODELS, PROPERTIES, default_of
from .property import ObjectKind
from .recipients import ListChange
from .world import Model, Record, World, shown_properties

SCHEMA_VERSION = 2  # 2: the recipient lists; a file of layout 1 is only short of their table
MOST_AUDITED = 100  # entries of a list's change that the audit names


def load_sql(text: str) -> dict[str, str]:
    """Split a .sql file at its `-- name: word` lines."""
    parts = re.split(r"^-- name: (\w+)\s*$", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


SQL = load_sql(files("gatepost.config").joinpath("sql", "config.sql").read_text("utf-8"))


class Store:
    """The database of one data directory. One connection, used by one thread at a time (`Config` sees to that)."""

    def __init__(self, file: Path) -> None:
        new = not file.exists()
        if new:
            file.touch(mode=0o600)  # before SQLite makes it with the process's umask: it will hold secrets
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # an answer to the operator is a promise, too
        self._db.execute("PRAGMA busy_timeout = 5000")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            self._db.close()
            raise ConfigRefused(
                [
                    f"{file}: was written by a newer Gatepost (layout {version}). Remedy: use that "
                    f"version, or restore a backup."
                ]
            )
        self._db.executescript(SQL["schema"])
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        self._db.close()

    def read(self) -> tuple[World, dict[str, str]]:
        """Everything: the records and the secrets by name."""
        secrets = dict(self._db.execute(SQL["secrets"]).fetchall())
        world = World()
        for row in self._db.execute(SQL["objects"]):
            world.put(_record(row, secrets))
        return world, secrets

    def write(
        self,
        pairs: Iterable[tuple[Record | None, Record | None]],
        *,
        secrets: Mapping[str, str | None],
        at: float,
        by: Mapping[str, str | None],
    ) -> None:
        """One transaction: objects, secrets, and one audit row for each object, `by` whom (who, origin, address).

        Raises sqlite3.Error; then nothing is stored.
        """
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            pairs = list(pairs)
            for _, after in sorted(pairs, key=lambda pair: pair[1] is not None):  # removals first: names become free
                before = _
                if after is None and before is not None:
                    db.execute(SQL["drop_object"], {"guid": before.guid})
                    if before.kind is ObjectKind.DOMAIN:
                        db.execute(SQL["drop_recipients_of"], {"domain": before.guid})
                elif after is not None:
                    db.execute(SQL["put_object"], _row(after))
            for name, value in secrets.items():
                if value is None:
                    db.execute(SQL["drop_secret"], {"name": name})
                else:
                    db.execute(SQL["put_secret"], {"name": name, "value": value, "changed": at})
            db.executemany(
                SQL["write_audit"],
                [_audit_row(before, after) | {"at": at, **by} for before, after in pairs],
            )
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def recipients(self) -> dict[str, dict[str, tuple[Address, ...]]]:
        """The recipient lists, by the GUID of their accepted domain."""
        lists: dict[str, dict[str, tuple[Address, ...]]] = {}
        for domain, address, targets in self._db.execute(SQL["recipients"]):
            written = orjson.loads(targets) if targets != "[]" else ()
            lists.setdefault(domain, {})[address] = tuple(map(parse_mailbox, written))
        return lists

    def write_recipients(self, changes: Mapping[str, ListChange], *, at: float, by: Mapping[str, str | None]) -> None:
        """One transaction: the changes of lists by GUID of their domain, and one audit row for each.

        Raises sqlite3.Error; then nothing is stored.
        """
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            for guid, change in changes.items():
                db.executemany(
                    SQL["put_recipient"],
                    [
                        {"domain": guid, "address": key, "targets": _written(change.after[key])}
                        for key in (*change.added, *change.changed)
                    ],
                )
                db.executemany(SQL["drop_recipient"], [{"domain": guid, "address": key} for key in change.removed])
                db.execute(SQL["write_audit"], _recipients_audited(change) | {"at": at, **by})
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def note(self, entry: Mapping[str, Any]) -> None:
        """One row of the audit by itself."""
        self._db.execute(SQL["write_audit"], {"before": None, **entry})

    def audit(self, *, limit: int, before_id: int | None, organization: str | None) -> list[dict[str, Any]]:
        """Newest first; of one organization, or of everything."""
        which = {"limit": limit, "before_id": before_id, "organization": organization}
        rows: Sequence[Any] = self._db.execute(SQL["read_audit"], which).fetchall()
        names = ("id", "at", "who", "origin", "address", "action", "kind", "organization", "object", "before", "after")
        found = [dict(zip(names, row, strict=True)) for row in rows]
        for entry in found:
            for side in ("before", "after"):
                entry[side] = orjson.loads(entry[side]) if entry[side] else None
        return found


def _row(record: Record) -> dict[str, Any]:
    properties = shown_properties(record, secrets="")
    return {
        "guid": record.guid,
        "kind": record.kind.name.lower(),
        "organization": record.organization,
        "name": record.name,
        "properties": orjson.dumps(properties).decode(),
        "created": record.created,
        "changed": record.changed,
    }


def _audit_row(before: Record | None, after: Record | None) -> dict[str, Any]:
    record = after or before
    assert record is not None
    action = "add" if before is None else "remove" if after is None else "set"

    def side(it: Record | None) -> str | None:
        return orjson.dumps({"Name": it.name, **shown_properties(it)}).decode() if it else None

    return {
        "action": action,
        "kind": record.kind.name.lower(),
        "organization": record.organization,
        "object": record.name,
        "before": side(before),
        "after": side(after),
    }


def _written(targets: Sequence[Address]) -> str:
    return orjson.dumps([str(it) for it in targets]).decode()


def _recipients_audited(change: ListChange) -> dict[str, Any]:
    """What the audit keeps of a change of a list: how many, and the first of them."""

    def side(keys: Sequence[str], entries: Entries) -> list[str]:
        shown = [f"{key} → {', '.join(map(str, entries[key]))}" if entries[key] else key for key in keys[:MOST_AUDITED]]
        return [*shown, f"and {len(keys) - MOST_AUDITED} more"] if len(keys) > MOST_AUDITED else shown

    old = side((*change.changed, *change.removed), change.before)
    new = side((*change.added, *change.changed), change.after)
    return {
        "action": "set",
        "kind": "recipient",
        "organization": change.domain.organization,
        "object": change.domain.name,
        "before": orjson.dumps({"Recipients": old, "Count": len(change.before)}).decode(),
        "after": orjson.dumps({"Recipients": new, "Count": len(change.after)}).decode(),
    }


def _record(row: Sequence[Any], secrets: Mapping[str, str]) -> Record:
    guid, kind_name, organization, name, properties, created, changed = row
    kind = ObjectKind[kind_name.upper()]
    given = orjson.loads(properties)
    values: dict[str, Any] = {}
    for item in PROPERTIES[kind]:
        if item.kind.secret:
            secret = f"{kind_name}/{guid}/{item.name}"
            stored = secrets.get(secret)
            values[item.field] = (stored or "") if item.kind.hashed else (secret if stored is not None else None)
            continue
        if item.name not in given:
            continue
        value = given[item.name]
        try:
            values[item.field] = tuple(map(item.kind.read, value)) if item.kind.each else item.kind.read(value)
        except Wrong as wrong:
            raise ConfigRefused([f"config.db: {kind} '{name}': {item.name} {wrong}"]) from None
    for item in PROPERTIES[kind]:
        if item.field not in values:
            values[item.field] = default_of(item, values)
    placed = {} if kind is ObjectKind.ORGANIZATION else {"organization": organization}
    model = MODELS[kind](name=name, **placed, **values)
    return Record(
        kind=kind,
        organization=organization,
        name=name,
        guid=guid,
        created=created,
        changed=changed,
        model=model,
    )


def stamped(record: Record, created: str, changed: str) -> Model:
    """The model with its GUID and times, which attribution uses to break ties."""
    if record.kind not in (ObjectKind.DOMAIN, ObjectKind.INBOUND, ObjectKind.OUTBOUND):
        return record.model
    model: Any = record.model
    return replace(model, guid=record.guid, when_created_utc=created, when_changed_utc=changed)  # type: ignore[no-any-return]
