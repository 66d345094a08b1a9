-- Version 6 of queue.db: what owners of devices and administrators are still to be told.

CREATE TABLE notice (
    id INTEGER PRIMARY KEY,        -- in the order of the commits
    recipient INTEGER NOT NULL,
    kind TEXT NOT NULL,            -- 'failed' or 'delayed'
    owner TEXT NOT NULL,           -- a mail address
    organization TEXT NOT NULL,
    at REAL NOT NULL,
    detail TEXT NOT NULL,          -- JSON: what a digest says of it
    UNIQUE (recipient, kind)
) STRICT;

CREATE INDEX notice_of ON notice (owner, organization, id);

CREATE TABLE digest (
    owner TEXT NOT NULL,
    organization TEXT NOT NULL,
    told_at REAL NOT NULL,
    PRIMARY KEY (owner, organization)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarm (               -- what has begun, was told, and is not over
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL             -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE post (                -- what webhooks are still to get
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due REAL NOT NULL
) STRICT;

PRAGMA user_version = 6;
