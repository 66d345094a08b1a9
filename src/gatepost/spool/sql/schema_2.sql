-- Version 2 of queue.db: what was refused, for the trace.

CREATE TABLE refusal (
    id INTEGER PRIMARY KEY,        -- an id as a message has
    at REAL NOT NULL,
    client TEXT NOT NULL,
    hello TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reply TEXT NOT NULL,
    organization TEXT,
    connector TEXT,
    tls TEXT,
    story TEXT NOT NULL            -- JSON: reasons, remedies, the certificate shown
) STRICT;

-- To count the newest without reading their stories.
CREATE INDEX refusal_order ON refusal (id);

PRAGMA user_version = 2;
