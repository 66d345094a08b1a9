-- name: schema
-- What operators decided. `properties` is JSON under Exchange's names; secrets stand apart and are never in it.
CREATE TABLE IF NOT EXISTS object (
    guid         TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    organization TEXT NOT NULL,
    name         TEXT NOT NULL,
    properties   TEXT NOT NULL,
    created      REAL NOT NULL,
    changed      REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS object_name ON object (kind, organization COLLATE NOCASE, name COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS secret (
    name    TEXT PRIMARY KEY,
    value   TEXT NOT NULL,
    changed REAL NOT NULL
) STRICT;
-- The recipient lists of accepted domains (layout 2); `domain` is the GUID of one, `targets` a JSON list.
CREATE TABLE IF NOT EXISTS recipient (
    domain  TEXT NOT NULL,
    address TEXT NOT NULL,
    targets TEXT NOT NULL,
    PRIMARY KEY (domain, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS audit (
    id           INTEGER PRIMARY KEY,
    at           REAL NOT NULL,
    who          TEXT NOT NULL,
    origin       TEXT NOT NULL,
    address      TEXT,
    action       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    organization TEXT NOT NULL,
    object       TEXT NOT NULL,
    before       TEXT,
    after        TEXT
) STRICT;

-- name: objects
SELECT guid, kind, organization, name, properties, created, changed FROM object;

-- name: secrets
SELECT name, value FROM secret;

-- name: recipients
SELECT domain, address, targets FROM recipient;

-- name: put_recipient
INSERT INTO recipient (domain, address, targets) VALUES (:domain, :address, :targets)
ON CONFLICT (domain, address) DO UPDATE SET targets = :targets;

-- name: drop_recipient
DELETE FROM recipient WHERE domain = :domain AND address = :address;

-- name: drop_recipients_of
DELETE FROM recipient WHERE domain = :domain;

-- name: put_object
INSERT INTO object (guid, kind, organization, name, properties, created, changed)
VALUES (:guid, :kind, :organization, :name, :properties, :created, :changed)
ON CONFLICT (guid) DO UPDATE SET name = :name, properties = :properties, changed = :changed;

-- name: drop_object
DELETE FROM object WHERE guid = :guid;

-- name: put_secret
INSERT INTO secret (name, value, changed) VALUES (:name, :value, :changed)
ON CONFLICT (name) DO UPDATE SET value = :value, changed = :changed;

-- name: drop_secret
DELETE FROM secret WHERE name = :name;

-- name: write_audit
INSERT INTO audit (at, who, origin, address, action, kind, organization, object, before, after)
VALUES (:at, :who, :origin, :address, :action, :kind, :organization, :object, :before, :after);

-- name: read_audit
-- Newest first; `before_id` continues a listing. An organization's own row belongs to it as well.
SELECT id, at, who, origin, address, action, kind, organization, object, before, after FROM audit
 WHERE (:before_id IS NULL OR id < :before_id)
   AND (:organization IS NULL OR organization = :organization COLLATE NOCASE
        OR (kind = 'organization' AND object = :organization COLLATE NOCASE))
 ORDER BY id DESC LIMIT :limit;
