-- Version 5 of queue.db: why a recipient has not got its message.

ALTER TABLE recipient ADD COLUMN cause TEXT;  -- one of mail.Cause, of the last attempt that did not succeed

PRAGMA user_version = 5;
