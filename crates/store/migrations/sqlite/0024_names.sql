-- The same tables stand in ../postgres/0024_names.sql; only types differ.

-- Under which name of the log something was blinded is told by the event that called for it, and no
-- longer by its place: what waited in one log can have its place in the next. `until_position` is the
-- event with which another name came. Where a copy comes in, its leaves are not there yet; then the
-- names and the events with which they ended are counted.
CREATE TABLE log_named (
    until_position INTEGER PRIMARY KEY CHECK (until_position > 0),
    origin TEXT NOT NULL
) STRICT;
INSERT INTO log_named (until_position, origin)
SELECT COALESCE(
    (SELECT MIN(event.position) FROM event WHERE event.kind = 'log_succeeded'
        AND event.position > (SELECT MAX(leaf.position) FROM leaf
            WHERE leaf.leaf_index < log_before.until_leaf)),
    (SELECT event.position FROM event WHERE event.kind = 'log_succeeded'
        AND (SELECT COUNT(*) FROM event AS earlier WHERE earlier.kind = 'log_succeeded'
            AND earlier.position < event.position)
        = (SELECT COUNT(*) FROM log_before AS earlier
            WHERE earlier.until_leaf < log_before.until_leaf))
), log_before.origin FROM log_before;
DROP TABLE log_before;
ALTER TABLE log_named RENAME TO log_before;

-- A closing calls for a decision of each of its requests: such leaves wait where a log follows
-- another.
CREATE TABLE leaf_waits (
    position INTEGER NOT NULL,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    stream_id BLOB NOT NULL,
    submission_id BLOB NOT NULL,
    body BLOB NOT NULL,
    salt BLOB NOT NULL,
    code INTEGER,
    PRIMARY KEY (position, kind, stream_id)
) STRICT;
INSERT INTO leaf_waits SELECT position, kind, stream_id, submission_id, body, salt, code
    FROM leaf_waiting;
DROP TABLE leaf_waiting;
ALTER TABLE leaf_waits RENAME TO leaf_waiting;
CREATE INDEX leaf_waiting_kind ON leaf_waiting (kind, position);
CREATE INDEX leaf_waiting_stream ON leaf_waiting (stream_id, kind, position);
CREATE INDEX leaf_waiting_submission ON leaf_waiting (submission_id, kind, position);
CREATE TRIGGER leaf_waiting_is_never_changed BEFORE UPDATE ON leaf_waiting
BEGIN
    SELECT RAISE(ABORT, 'a leaf that waits is never changed');
END;
