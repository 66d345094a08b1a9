-- Version 5 of queue.db: mail that is held from the start, and why a recipient has not got its message.

ALTER TABLE recipient ADD COLUMN rule TEXT;  -- the transport rule that holds it; NULL: an operator, or the spool itself
ALTER TABLE recipient ADD COLUMN sandbox INTEGER NOT NULL DEFAULT 0;  -- held for good, and dropped when its days are over
ALTER TABLE recipient ADD COLUMN cause TEXT;  -- one of mail.Cause, of the last attempt that did not succeed

-- So that what is held is counted without a look at the messages.
CREATE INDEX recipient_held_by ON recipient (organization, rule, sandbox) WHERE state = 'held';

PRAGMA user_version = 5;
