-- Version 4 of queue.db: who has connected, and the traffic in numbers. Statistics: gathered in memory and written down
-- every few seconds, so that a crash may lose the last of them.

CREATE TABLE device (
    address TEXT PRIMARY KEY,      -- an IPv4 address, or a /64 of IPv6
    first_seen REAL NOT NULL,
    last_seen REAL NOT NULL,
    sessions INTEGER NOT NULL,
    accepted INTEGER NOT NULL,     -- messages
    refused INTEGER NOT NULL,      -- commands, senders, recipients and messages
    organization TEXT,             -- whose connector or user has taken its mail; NULL: nobody's yet
    story TEXT NOT NULL            -- JSON: what it last said and showed, its last refusal
) STRICT, WITHOUT ROWID;

-- In the order in which devices are forgotten when there are too many: strangers before those whose mail was taken.
CREATE INDEX device_order ON device (accepted > 0, last_seen);

CREATE TABLE encounter (           -- one kind of session: who came how, for which domains
    client TEXT NOT NULL,
    certificate TEXT NOT NULL,     -- JSON; empty: none was shown
    tls TEXT NOT NULL,             -- the version; empty: clear
    user TEXT NOT NULL,            -- empty: nobody had signed in
    sender_domain TEXT NOT NULL,   -- empty: the null sender
    recipient_domain TEXT NOT NULL,
    hello TEXT NOT NULL,           -- these three: as the last one had them
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    times INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    last_seen REAL NOT NULL,
    PRIMARY KEY (client, certificate, tls, user, sender_domain, recipient_domain)
) STRICT, WITHOUT ROWID;

CREATE INDEX encounter_order ON encounter (accepted > 0, last_seen);

CREATE TABLE traffic (             -- one hour of one organization; '': of none
    hour INTEGER NOT NULL,         -- since 1970
    organization TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    PRIMARY KEY (hour, organization)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (               -- one day of one connector
    outbound INTEGER NOT NULL,
    organization TEXT NOT NULL,
    connector TEXT NOT NULL,
    day INTEGER NOT NULL,          -- since 1970, in UTC
    messages INTEGER NOT NULL,
    last_used REAL NOT NULL,
    PRIMARY KEY (outbound, organization, connector, day)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 4;
