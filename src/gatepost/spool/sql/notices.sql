-- What owners are to be told, and when they last were.

-- name: insert
INSERT OR IGNORE INTO notice (recipient, kind, owner, organization, at, detail) VALUES (?, ?, ?, ?, ?, ?);

-- name: owners
SELECT notice.owner, notice.organization, count(*), digest.told_at
  FROM notice LEFT JOIN digest ON digest.owner = notice.owner AND digest.organization = notice.organization
 GROUP BY notice.owner, notice.organization;

-- name: notices
SELECT id, recipient, kind, at, detail FROM notice
 WHERE owner = :owner AND organization = :organization ORDER BY id LIMIT :limit;

-- name: forget
DELETE FROM notice WHERE owner = :owner AND organization = :organization AND id <= :mark;

-- name: remember
INSERT INTO digest (owner, organization, told_at) VALUES (:owner, :organization, :at)
    ON CONFLICT (owner, organization) DO UPDATE SET told_at = :at;

-- name: forget_owners
DELETE FROM digest WHERE told_at < :before;
