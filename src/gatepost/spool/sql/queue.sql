-- Everything the writer does to the queue. `:rows(?, ?)` stands for as many such groups as there are rows.

-- name: insert_messages
INSERT INTO message (id, received_at, sender, octets, client, organization, connector, subject, message_id, extras, file,
                     story)
VALUES :rows(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_bodies
INSERT INTO body (message, octets) VALUES :rows(?, ?);

-- name: insert_recipients
INSERT INTO recipient (id, address, notify, orcpt, destination, state, attempts, due, organization)
VALUES :rows(?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: give_reasons
-- Why recipients were held from the start. Apart from their rows, which nearly all are of mail that nobody holds.
WITH hold (id, rule, sandbox, words) AS (VALUES :rows(?, ?, ?, ?))
UPDATE recipient SET rule = hold.rule, sandbox = hold.sandbox, last_reply = hold.words
  FROM hold
 WHERE recipient.id = hold.id;

-- name: insert_events
INSERT INTO event (message, at, kind, detail) VALUES :rows(?, ?, ?, ?);

-- name: insert_event_once
-- Of a settlement that is written again because nobody knows whether it was.
INSERT INTO event (message, at, kind, detail)
SELECT ?1, ?2, ?3, ?4
 WHERE NOT EXISTS (SELECT 1 FROM event WHERE message = ?1 AND at = ?2 AND kind = ?3 AND detail = ?4);

-- name: read_body
SELECT octets FROM body WHERE message = ?;

-- name: messages_there
SELECT id FROM message WHERE id IN (SELECT value FROM json_each(:ids));

-- name: insert_refusals
INSERT OR IGNORE INTO refusal (id, at, client, hello, sender, recipient, reply, organization, connector, tls, story)
VALUES :rows(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: candidates
-- The oldest due recipients of one destination, with the octets each would bring into memory.
SELECT recipient.id, iif(message.file IS NULL, message.octets, 0), recipient.crashes
  FROM (SELECT id FROM recipient
         WHERE state = 'waiting' AND destination = :destination AND due <= :now
         ORDER BY due, id LIMIT :room) AS first
  JOIN recipient ON recipient.id = first.id
  JOIN message ON message.id = recipient.id & ~4095
 ORDER BY recipient.due, recipient.id;

-- name: claim
-- The caller owns them until it settles or releases them, or until the next start.
UPDATE recipient SET state = 'sending', attempts = attempts + 1
 WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'waiting'
RETURNING id, address, notify, orcpt, attempts, warned;

-- name: recall
-- For an operator: no attempt is made with them, so none is counted. Nobody hears of what is in the sandbox.
UPDATE recipient SET state = 'sending'
 WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('waiting', 'held') AND NOT sandbox
RETURNING id, address, notify, orcpt, attempts, warned;

-- name: claimed_messages
SELECT message.id, received_at, sender, message.octets, organization, connector, extras, file, body.octets,
       client
  FROM message LEFT JOIN body ON body.message = message.id
 WHERE message.id IN (SELECT value FROM json_each(:ids));

-- name: deliver
UPDATE recipient SET state = 'delivered', due = NULL, last_reply = NULL WHERE state = 'sending' AND id IN (:rows?);

-- name: settle
WITH result (id, state, due, warned, last_reply, destination, cause) AS (VALUES :rows(?, ?, ?, ?, ?, ?, ?))
UPDATE recipient
   SET state = result.state, due = result.due, warned = recipient.warned OR result.warned, crashes = 0,
       last_reply = result.last_reply, destination = coalesce(result.destination, recipient.destination),
       cause = result.cause
  FROM result
 WHERE recipient.id = result.id AND recipient.state = 'sending';

-- name: finish
-- A message is finished when none of its recipients is left.
UPDATE message SET finished_at = ?
 WHERE id IN (:rows?) AND finished_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM recipient
                    WHERE recipient.id BETWEEN message.id AND message.id + 4095
                      AND state IN ('waiting', 'sending', 'held'));

-- name: delete_bodies
DELETE FROM body
 WHERE message IN (:rows?)
   AND EXISTS (SELECT 1 FROM message WHERE message.id = body.message AND finished_at IS NOT NULL);

-- name: finished_files
SELECT file FROM message
 WHERE id IN (SELECT value FROM json_each(:ids)) AND file IS NOT NULL AND finished_at IS NOT NULL;

-- name: release_claim
-- An attempt that never began is not counted.
UPDATE recipient SET state = 'waiting', due = :due, attempts = max(attempts - 1, 0)
 WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'sending';

-- name: quarantine
UPDATE recipient SET state = 'held', due = NULL, last_reply = :why
 WHERE id BETWEEN :message AND :message + 4095 AND state IN ('waiting', 'sending');

-- name: suspects
-- There when we died for the third time in a row: not tried again without an operator.
SELECT DISTINCT id & ~4095 FROM recipient WHERE state = 'sending' AND crashes >= :crashes - 1;

-- name: suspect_sending
SELECT EXISTS (SELECT 1 FROM recipient
                WHERE state = 'sending' AND destination = :destination AND crashes >= :crashes - 1);

-- name: tell_restarted
INSERT INTO event (message, at, kind, detail)
SELECT DISTINCT id & ~4095, :now, 'restarted', :detail FROM recipient WHERE state = 'sending';

-- name: reclaim_after_crash
-- Whoever was `sending` when we died was not sent, as far as we can prove.
UPDATE recipient SET state = 'waiting', due = :now, crashes = crashes + :crashed WHERE state = 'sending';

-- name: live_files
SELECT id, file, octets FROM message WHERE file IS NOT NULL AND finished_at IS NULL;

-- name: last_id
SELECT max(id) FROM (SELECT max(id) AS id FROM message UNION ALL SELECT max(id) FROM refusal);

-- name: count_waiting
SELECT destination, count(*) FROM recipient WHERE state = 'waiting' GROUP BY destination;

-- name: count_sending
SELECT count(*) FROM recipient WHERE state = 'sending';

-- name: count_held
SELECT count(*) FROM recipient WHERE state = 'held';

-- name: probe
UPDATE mark SET value = value + 1 WHERE name = 'probe';

-- name: pick_messages
-- The recipients of these messages, as far as they are the organization's.
SELECT recipient.id, recipient.state, recipient.destination
  FROM json_each(:ids) AS wanted
  JOIN recipient ON recipient.id BETWEEN wanted.value AND wanted.value + 4095
 WHERE recipient.state IN ('waiting', 'held') AND (:organization IS NULL OR recipient.organization = :organization);

-- name: pick_waiting_page
SELECT id, due FROM recipient
 WHERE state = 'waiting' AND destination = :destination AND (due, id) > (:due, :id)
 ORDER BY due, id LIMIT :room;

-- name: pick_waiting_page_of
-- The same of one organization.
SELECT id, due FROM recipient INDEXED BY recipient_waiting_of
 WHERE state = 'waiting' AND organization = :organization AND destination = :destination AND (due, id) > (:due, :id)
 ORDER BY due, id LIMIT :room;

-- name: pick_held_page
SELECT id, destination, organization, rule, sandbox FROM recipient
 WHERE state = 'held' AND id > :id AND id < :before ORDER BY id LIMIT :room;

-- name: operate
-- Whoever is due already stays in its place; without a time nobody is due. Who waits again is held by nobody.
UPDATE recipient
   SET state = :state, due = min(coalesce(due, :due), :due), last_reply = coalesce(:words, last_reply),
       rule = iif(:state = 'waiting', NULL, rule), sandbox = iif(:state = 'waiting', 0, sandbox)
 WHERE id IN (SELECT value FROM json_each(:ids)) AND state = :from;
