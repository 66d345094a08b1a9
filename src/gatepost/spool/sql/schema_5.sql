-- Version 5 of queue.db: mail that is held from the start, why a recipient has not got its message, and who is still to
-- be told of it.

ALTER TABLE recipient ADD COLUMN rule TEXT;  -- the transport rule that holds it; NULL: an operator, or the spool itself
ALTER TABLE recipient ADD COLUMN sandbox INTEGER NOT NULL DEFAULT 0;  -- held for good, and dropped when its days are over
ALTER TABLE recipient ADD COLUMN cause TEXT;  -- one of mail.Cause, of the last attempt that failed or was deferred

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

-- So that what is held is counted without a look at the messages.
CREATE INDEX recipient_held_by ON recipient (organization, rule, sandbox) WHERE state = 'held';

PRAGMA user_version = 5;
