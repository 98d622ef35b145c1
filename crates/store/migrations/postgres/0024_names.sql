-- The same tables stand in ../sqlite/0024_names.sql; only types differ.

-- Under which name of the log something was blinded is told by the event that called for it, and no
-- longer by its place: what waited in one log can have its place in the next. `until_position` is the
-- event with which another name came. Where a copy comes in, its leaves are not there yet; then the
-- names and the events with which they ended are counted.
CREATE TABLE log_named (
    until_position BIGINT PRIMARY KEY CHECK (until_position > 0),
    origin TEXT NOT NULL
);
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
ALTER TABLE leaf_waiting DROP CONSTRAINT leaf_waiting_pkey;
ALTER TABLE leaf_waiting ADD PRIMARY KEY (position, kind, stream_id);
