-- Who has connected, and the traffic in numbers: what is written down every few seconds, and what is asked.

-- name: devices_there
SELECT address, first_seen, last_seen, sessions, accepted, refused, organization, story
  FROM device WHERE address IN (SELECT value FROM json_each(:addresses));

-- name: put_device
INSERT OR REPLACE INTO device (address, first_seen, last_seen, sessions, accepted, refused, organization, story)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: forget_devices
DELETE FROM device
 WHERE address IN (SELECT address FROM device ORDER BY accepted > 0, last_seen
                    LIMIT max(0, (SELECT count(*) FROM device) - :most));

-- name: devices
SELECT address, first_seen, last_seen, sessions, accepted, refused, organization, story FROM device
 WHERE :organization IS NULL OR organization = :organization OR (:strangers AND organization IS NULL)
 ORDER BY last_seen DESC, address;

-- name: add_encounter
INSERT INTO encounter (client, certificate, tls, user, sender_domain, recipient_domain, hello, sender, recipient, times,
                       accepted, last_seen)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
   SET hello = excluded.hello, sender = excluded.sender, recipient = excluded.recipient,
       times = times + excluded.times, accepted = accepted + excluded.accepted, last_seen = excluded.last_seen;

-- name: forget_encounters
DELETE FROM encounter
 WHERE (client, certificate, tls, user, sender_domain, recipient_domain) IN (
    SELECT client, certificate, tls, user, sender_domain, recipient_domain FROM encounter
     ORDER BY accepted > 0, last_seen LIMIT max(0, (SELECT count(*) FROM encounter) - :most));

-- name: forget_old_encounters
DELETE FROM encounter WHERE last_seen < :before;

-- name: encounters
SELECT client, certificate, tls, user, sender_domain, recipient_domain, hello, sender, recipient, times, accepted,
       last_seen
  FROM encounter WHERE last_seen >= :since ORDER BY last_seen DESC LIMIT :limit;

-- name: add_traffic
INSERT INTO traffic (hour, organization, accepted, delivered, deferred, failed, refused) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
   SET accepted = accepted + excluded.accepted, delivered = delivered + excluded.delivered,
       deferred = deferred + excluded.deferred, failed = failed + excluded.failed, refused = refused + excluded.refused;

-- name: forget_traffic
DELETE FROM traffic WHERE hour < :before;

-- name: traffic
SELECT hour, sum(accepted), sum(delivered), sum(deferred), sum(failed), sum(refused) FROM traffic
 WHERE hour >= :since AND (:organization IS NULL OR organization = :organization)
 GROUP BY hour ORDER BY hour;

-- name: add_usage
INSERT INTO usage (outbound, organization, connector, day, messages, last_used) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, last_used = max(last_used, excluded.last_used);

-- name: forget_usage
-- The last day of each connector stays: when it was last used is asked for years later.
DELETE FROM usage
 WHERE day < :before
   AND EXISTS (SELECT 1 FROM usage AS later
                WHERE later.outbound = usage.outbound AND later.organization = usage.organization
                  AND later.connector = usage.connector AND later.day > usage.day);

-- name: carry_usage
-- What one connector has carried counts for the name that it has now.
INSERT INTO usage (outbound, organization, connector, day, messages, last_used)
SELECT outbound, organization, :now, day, messages, last_used FROM usage
 WHERE outbound = :outbound AND organization = :organization AND connector = :before
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, last_used = max(last_used, excluded.last_used);

-- name: drop_usage
DELETE FROM usage WHERE outbound = :outbound AND organization = :organization AND connector = :before;

-- name: usage
SELECT outbound, organization, connector, max(last_used), sum(iif(day >= :today, messages, 0)),
       sum(iif(day >= :since, messages, 0))
  FROM usage WHERE :organization IS NULL OR organization = :organization
 GROUP BY outbound, organization, connector;

-- name: event_near
SELECT id, at FROM event WHERE id >= :id ORDER BY id LIMIT 1;

-- name: last_event
SELECT coalesce(max(id), 0) FROM event;

-- name: sent_by_way
-- Recipients that were handed over, by way and hour.
SELECT json_extract(event.detail, '$.way') AS way, CAST(event.at / 3600 AS INTEGER) AS hour, count(*)
  FROM event, json_each(event.detail, '$.results') AS result
 WHERE event.id >= :first AND event.kind = 'attempt' AND event.at >= :since
   AND json_extract(result.value, '$.outcome') = 'delivered' AND way IS NOT NULL
 GROUP BY way, hour;
