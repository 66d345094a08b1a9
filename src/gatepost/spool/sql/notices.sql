-- What owners are to be told, and when they last were.

-- name: insert
INSERT OR IGNORE INTO notice (recipient, kind, owner, organization, at, detail) VALUES (?, ?, ?, ?, ?, ?);

-- name: owners
SELECT notice.owner, notice.organization, count(*), digest.told_at
  FROM notice LEFT JOIN digest ON digest.owner = notice.owner AND digest.organization = notice.organization
 GROUP BY notice.owner, notice.organization;

-- name: owing
SELECT coalesce(sum(kind = 'failed'), 0), coalesce(sum(kind <> 'failed'), 0), coalesce(max(id), 0) FROM notice
 WHERE owner = :owner AND organization = :organization;

-- name: notices
SELECT recipient, kind, at, detail FROM notice
 WHERE owner = :owner AND organization = :organization AND id <= :mark ORDER BY id LIMIT :limit;

-- name: forget
DELETE FROM notice WHERE owner = :owner AND organization = :organization AND id <= :mark;

-- name: remember
INSERT INTO digest (owner, organization, told_at) VALUES (:owner, :organization, :at)
    ON CONFLICT (owner, organization) DO UPDATE SET told_at = :at;

-- name: forget_owners
DELETE FROM digest WHERE told_at < :before;

-- name: alarms
SELECT key, body FROM alarm ORDER BY key;

-- name: begin_alarm
INSERT INTO alarm (key, body) VALUES (?, ?) ON CONFLICT (key) DO NOTHING;

-- name: end_alarm
DELETE FROM alarm WHERE key = ?;

-- name: insert_post
INSERT INTO post (url, body, attempts, due) VALUES (?, ?, ?, ?);

-- name: posts
SELECT id, url, body, attempts, due FROM post ORDER BY due, id LIMIT 1000;

-- name: forget_posts
DELETE FROM post WHERE id IN (SELECT value FROM json_each(:ids));

-- name: postpone
UPDATE post SET attempts = attempts + 1, due = :due WHERE id = :id;
