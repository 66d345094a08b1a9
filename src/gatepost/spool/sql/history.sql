-- What readers ask, and what the sweep takes away.

-- name: message
SELECT id, received_at, sender, octets, client, organization, connector, subject, message_id, extras, file, finished_at,
       story
  FROM message WHERE id = :id;

-- name: recipients
SELECT address, destination, state, attempts, due, warned, crashes, last_reply, rule, sandbox, cause
  FROM recipient WHERE id BETWEEN :id AND :id + 4095 ORDER BY id;

-- name: events
SELECT at, kind, detail FROM event WHERE message = :id ORDER BY id;

-- name: body
SELECT octets FROM body WHERE message = :id;

-- name: earliest
-- The first due time of each of these destinations that has one.
SELECT wanted.value,
       (SELECT min(due) FROM recipient WHERE state = 'waiting' AND destination = wanted.value) AS first
  FROM json_each(:destinations) AS wanted
 WHERE first IS NOT NULL;

-- name: oldest
-- When the oldest message of each of these destinations came, of the thousand recipients that are due first.
SELECT wanted.value,
       (SELECT message.received_at FROM message WHERE message.id = (
           SELECT min(due_first.id) & ~4095 FROM (
               SELECT id FROM recipient
                WHERE state = 'waiting' AND destination = wanted.value
                  AND (:organization IS NULL OR organization = :organization)
                ORDER BY due, id LIMIT 1000) AS due_first)) AS oldest
  FROM json_each(:destinations) AS wanted
 WHERE oldest IS NOT NULL;

-- name: queue_waiting
SELECT recipient.id, message.sender, address, destination, state, attempts, due, received_at, octets, subject,
       message.organization, connector, last_reply, rule, sandbox
  FROM recipient JOIN message ON message.id = recipient.id & ~4095
 WHERE state = 'waiting' AND (destination, due, recipient.id) > (:destination, :due, :id)
 ORDER BY destination, due, recipient.id LIMIT :limit;

-- name: queue_waiting_one
SELECT recipient.id, message.sender, address, destination, state, attempts, due, received_at, octets, subject,
       message.organization, connector, last_reply, rule, sandbox
  FROM recipient JOIN message ON message.id = recipient.id & ~4095
 WHERE state = 'waiting' AND destination = :only AND (due, recipient.id) > (:due, :id)
 ORDER BY due, recipient.id LIMIT :limit;

-- name: queue_waiting_of
-- The same two of one organization.
SELECT recipient.id, message.sender, address, destination, state, attempts, due, received_at, octets, subject,
       message.organization, connector, last_reply, rule, sandbox
  FROM recipient INDEXED BY recipient_waiting_of JOIN message ON message.id = recipient.id & ~4095
 WHERE state = 'waiting' AND recipient.organization = :organization
   AND (destination, due, recipient.id) > (:destination, :due, :id)
 ORDER BY destination, due, recipient.id LIMIT :limit;

-- name: queue_waiting_one_of
SELECT recipient.id, message.sender, address, destination, state, attempts, due, received_at, octets, subject,
       message.organization, connector, last_reply, rule, sandbox
  FROM recipient INDEXED BY recipient_waiting_of JOIN message ON message.id = recipient.id & ~4095
 WHERE state = 'waiting' AND recipient.organization = :organization AND destination = :only
   AND (due, recipient.id) > (:due, :id)
 ORDER BY due, recipient.id LIMIT :limit;

-- name: queue_sending
SELECT recipient.id, message.sender, address, destination, state, attempts, due, received_at, octets, subject,
       message.organization, connector, last_reply, rule, sandbox
  FROM recipient INDEXED BY recipient_sending JOIN message ON message.id = recipient.id & ~4095
 WHERE state = 'sending' AND recipient.id > :id AND (:only IS NULL OR destination = :only)
   AND (:organization IS NULL OR recipient.organization = :organization)
 ORDER BY recipient.id LIMIT :limit;

-- name: queue_held
SELECT recipient.id, message.sender, address, destination, state, attempts, due, received_at, octets, subject,
       message.organization, connector, last_reply, rule, sandbox
  FROM recipient INDEXED BY recipient_held JOIN message ON message.id = recipient.id & ~4095
 WHERE state = 'held' AND recipient.id > :id AND (:only IS NULL OR destination = :only)
   AND (:organization IS NULL OR recipient.organization = :organization)
   AND (:rule IS NULL OR rule = :rule) AND (:sandbox IS NULL OR sandbox = :sandbox)
 ORDER BY recipient.id LIMIT :limit;

-- name: count_waiting_of
SELECT destination, count(*) FROM recipient INDEXED BY recipient_waiting_of
 WHERE state = 'waiting' AND organization = :organization GROUP BY destination;

-- name: count_sending_of
SELECT count(*) FROM recipient INDEXED BY recipient_sending WHERE state = 'sending' AND organization = :organization;

-- name: count_held_of
SELECT count(*) FROM recipient INDEXED BY recipient_held WHERE state = 'held' AND organization = :organization;

-- name: held_by
-- What is held, by what holds it: so many recipients, the oldest of which is the first.
SELECT organization, rule, sandbox, count(*), min(id) FROM recipient INDEXED BY recipient_held_by
 WHERE state = 'held' AND (:organization IS NULL OR organization = :organization)
 GROUP BY organization, rule, sandbox ORDER BY count(*) DESC;

-- name: find
-- Newest first, by reading backwards in time.
SELECT message.id, received_at, sender, recipient.address, subject, message_id, client, message.organization, connector,
       octets, state, last_reply, recipient.id, cause
  FROM message CROSS JOIN recipient ON recipient.id BETWEEN message.id AND message.id + 4095
 WHERE message.id BETWEEN :low AND :high
   AND (:sender IS NULL OR lower(sender) GLOB lower(:sender))
   AND (:recipient IS NULL OR lower(recipient.address) GLOB lower(:recipient))
   AND (:message_id IS NULL OR lower(message_id) GLOB lower(:message_id))
   AND (:subject IS NULL OR instr(lower(subject), lower(:subject)))
   AND (:organization IS NULL OR message.organization = :organization)
   AND (:connector IS NULL OR connector = :connector)
   AND (:status IS NULL OR state = :status)
   AND (:cause IS NULL OR cause = :cause)
   AND (message.id < :page OR recipient.id > :after)
   AND (:client IS NULL OR client = :client)
   AND (:host IS NULL OR EXISTS (
       SELECT 1 FROM event, json_each(event.detail, '$.results') AS result
        WHERE event.message = message.id AND event.kind = 'attempt' AND instr(event.detail, :host)
          AND json_extract(event.detail, '$.address') = :host
          AND json_extract(result.value, '$.recipient') = recipient.address))
 ORDER BY message.id DESC, recipient.id LIMIT :limit;

-- name: find_word
-- The same through the exact look-ups.
SELECT message.id, received_at, sender, recipient.address, subject, message_id, client, message.organization, connector,
       octets, state, last_reply, recipient.id, cause
  FROM word CROSS JOIN message ON message.id = word.message
            CROSS JOIN recipient ON recipient.id BETWEEN message.id AND message.id + 4095
 WHERE word.word = :kind || lower(:value) AND word.message BETWEEN :low AND :high
   AND (:sender IS NULL OR lower(sender) GLOB lower(:sender))
   AND (:recipient IS NULL OR lower(recipient.address) GLOB lower(:recipient))
   AND (:message_id IS NULL OR lower(message_id) GLOB lower(:message_id))
   AND (:subject IS NULL OR instr(lower(subject), lower(:subject)))
   AND (:organization IS NULL OR message.organization = :organization)
   AND (:connector IS NULL OR connector = :connector)
   AND (:status IS NULL OR state = :status)
   AND (:cause IS NULL OR cause = :cause)
   AND (message.id < :page OR recipient.id > :after)
   AND (:client IS NULL OR client = :client)
   AND (:host IS NULL OR EXISTS (
       SELECT 1 FROM event, json_each(event.detail, '$.results') AS result
        WHERE event.message = message.id AND event.kind = 'attempt' AND instr(event.detail, :host)
          AND json_extract(event.detail, '$.address') = :host
          AND json_extract(result.value, '$.recipient') = recipient.address))
 ORDER BY word.message DESC, recipient.id LIMIT :limit;

-- name: refusals
-- Newest first, as `find`.
SELECT id, at, client, hello, sender, recipient, reply, organization, connector, tls, story
  FROM refusal
 WHERE id BETWEEN :low AND :high
   AND (:sender IS NULL OR lower(sender) GLOB lower(:sender))
   AND (:recipient IS NULL OR lower(recipient) GLOB lower(:recipient))
   AND (:organization IS NULL OR organization = :organization)
   AND (:connector IS NULL OR connector = :connector)
   AND id < :page
   AND (:client IS NULL OR client = :client)
 ORDER BY id DESC LIMIT :limit;

-- name: refusal
SELECT id, at, client, hello, sender, recipient, reply, organization, connector, tls, story FROM refusal WHERE id = :id;

-- name: trace_mark
SELECT value FROM mark WHERE name = 'trace';

-- name: set_trace_mark
UPDATE mark SET value = :mark WHERE name = 'trace';

-- name: next_unindexed
-- Where a piece of `room` messages behind the mark ends.
SELECT max(id), count(*) FROM (SELECT id FROM message WHERE id > :mark AND id < :before ORDER BY id LIMIT :room);

-- name: index_words
INSERT OR IGNORE INTO word (word, message)
SELECT 's' || lower(sender), id FROM message WHERE id BETWEEN :low AND :high
UNION ALL
SELECT 'm' || lower(message_id), id FROM message WHERE id BETWEEN :low AND :high AND message_id <> ''
UNION ALL
SELECT 'o' || lower(organization), id FROM message WHERE id BETWEEN :low AND :high AND organization IS NOT NULL
UNION ALL
SELECT 'r' || lower(address), id & ~4095 FROM recipient WHERE id BETWEEN :low AND :high + 4095;

-- name: expired
SELECT id FROM message WHERE id < :before_id AND finished_at < :before ORDER BY id LIMIT :room;

-- name: forget_words
DELETE FROM word
 WHERE (word, message) IN (
    SELECT 's' || lower(sender), id FROM message WHERE id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT 'm' || lower(message_id), id FROM message WHERE id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT 'o' || lower(organization), id FROM message WHERE id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT 'r' || lower(address), wanted.value
      FROM json_each(:ids) AS wanted JOIN recipient ON recipient.id BETWEEN wanted.value AND wanted.value + 4095);

-- name: forget_bodies
DELETE FROM body WHERE message IN (SELECT value FROM json_each(:ids));

-- name: forget_events
DELETE FROM event WHERE message IN (SELECT value FROM json_each(:ids));

-- name: forget_recipients
DELETE FROM recipient
 WHERE id IN (SELECT recipient.id FROM json_each(:ids) AS wanted
                JOIN recipient ON recipient.id BETWEEN wanted.value AND wanted.value + 4095);

-- name: forget_messages
DELETE FROM message WHERE id IN (SELECT value FROM json_each(:ids));

-- name: oldest_refusal_kept
SELECT id FROM refusal INDEXED BY refusal_order ORDER BY id DESC LIMIT 1 OFFSET :kept;

-- name: forget_refusals
DELETE FROM refusal WHERE id IN (SELECT id FROM refusal WHERE id < :before_id ORDER BY id LIMIT :room);
