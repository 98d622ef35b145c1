-- The same changes stand in ../sqlite/0015_pages.sql; only types differ.

-- By which a submission is known when it comes again: keyed hashes of its sender's reference and of
-- each file. What arrived before has none until the program has made them, which `is_marked` says.
CREATE TABLE submission_mark (
    mark_mac BYTEA NOT NULL,
    submission_id UUID NOT NULL REFERENCES submission (submission_id),
    PRIMARY KEY (mark_mac, submission_id)
);
CREATE INDEX submission_mark_submission ON submission_mark (submission_id);
ALTER TABLE submission ADD COLUMN is_marked BIGINT NOT NULL DEFAULT 0 CHECK (is_marked IN (0, 1));
CREATE INDEX submission_unmarked ON submission (submission_id)
    WHERE is_marked = 0 AND number IS NOT NULL;

-- What arrived, in the order in which it is listed: what waits, and what does not. It is counted
-- from the same indexes, so they hold what is asked for.
CREATE INDEX submission_waiting ON submission (year, number, requests)
    WHERE number IS NOT NULL AND requests = 0;
CREATE INDEX submission_resolved ON submission (year, number)
    WHERE number IS NOT NULL AND requests > 0;

-- The statistics are counted from memory, and the queue is ordered there. What has no date is listed
-- by the database.
DROP INDEX handled_request_received;
DROP INDEX handled_request_open;
CREATE INDEX handled_request_undated ON handled_request (received_on, request_id)
    WHERE is_finished = 0 AND due_on IS NULL;
