-- Version 3 of queue.db: queue and trace by organization.

ALTER TABLE recipient ADD COLUMN organization TEXT;  -- its message's, for listings that must not read the others'

UPDATE recipient SET organization = (SELECT organization FROM message WHERE message.id = recipient.id & ~4095)
 WHERE state = 'waiting';
UPDATE recipient SET organization = (SELECT organization FROM message WHERE message.id = recipient.id & ~4095)
 WHERE state = 'sending';
UPDATE recipient SET organization = (SELECT organization FROM message WHERE message.id = recipient.id & ~4095)
 WHERE state = 'held';

CREATE INDEX recipient_waiting_of ON recipient (organization, destination, due) WHERE state = 'waiting';

-- The look-ups have a word for the organization now; what they have passed is passed again, a piece at a time.
UPDATE mark SET value = 0 WHERE name = 'trace';

PRAGMA user_version = 3;
