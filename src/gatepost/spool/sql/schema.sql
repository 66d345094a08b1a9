-- The tables of queue.db, version 1.
-- A message's id is milliseconds since 2020, shifted by 20 bits, plus a sequence: ids are time-ordered, so that rows are
-- appended. The low 12 bits are zero; a recipient's id is its message's id plus its place, so that a message's
-- recipients lie side by side and need neither a column nor an index to be found.

CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    received_at REAL NOT NULL,
    sender TEXT NOT NULL,          -- empty: the null sender
    octets INTEGER NOT NULL,
    client TEXT NOT NULL,
    organization TEXT,
    connector TEXT,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    extras TEXT,                   -- JSON of BODY, SMTPUTF8, RET, ENVID; NULL when none was given
    file TEXT,                     -- name under bodies/; NULL when the octets stand in `body`
    finished_at REAL,
    story TEXT NOT NULL            -- JSON: the session and the decision
) STRICT;

CREATE TABLE body (
    message INTEGER PRIMARY KEY,
    octets BLOB NOT NULL
) STRICT;

CREATE TABLE recipient (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    notify TEXT,
    orcpt TEXT,
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due REAL,
    warned INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    last_reply TEXT
) STRICT;

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL           -- JSON
) STRICT;

-- Exact look-ups of the trace. Filled behind the hot path, a piece at a time, up to message `trace_mark`.
CREATE TABLE word (
    word TEXT NOT NULL,            -- 's' sender, 'r' recipient, 'm' Message-ID (3: 'o' organization); then the value in lower case
    message INTEGER NOT NULL,
    PRIMARY KEY (word, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

-- Partial indexes only: finished recipients, soon the most, stand in none of them.
CREATE INDEX recipient_waiting ON recipient (destination, due) WHERE state = 'waiting';
CREATE INDEX recipient_sending ON recipient (id) WHERE state = 'sending';
CREATE INDEX recipient_held ON recipient (id) WHERE state = 'held';
CREATE INDEX message_file ON message (id) WHERE file IS NOT NULL;
CREATE INDEX event_message ON event (message);

INSERT INTO mark (name, value) VALUES ('trace', 0), ('probe', 0);

PRAGMA user_version = 1;
