-- The same tables stand in ../postgres/0013_batches.sql; only types differ.

-- Sealed mode: leaves get their place in batches of one shape, filled with pads.
ALTER TABLE log_head ADD COLUMN is_padded INTEGER NOT NULL DEFAULT 0
    CHECK (is_padded IN (0, 1));

-- The shape of a batch, and when the last one was due, in seconds since 1970.
CREATE TABLE padding (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    every_seconds INTEGER NOT NULL CHECK (every_seconds > 0),
    submissions INTEGER NOT NULL CHECK (submissions > 0),
    requests INTEGER NOT NULL CHECK (requests > 0),
    decisions INTEGER NOT NULL CHECK (decisions > 0),
    reclassifications INTEGER NOT NULL CHECK (reclassifications > 0),
    batch_due INTEGER NOT NULL
) STRICT;

-- Leaves that were made and have no place in the log yet. `position` is the event that called for
-- one, `body` the leaf with 0 in place of the one that it refers to.
CREATE TABLE leaf_waiting (
    position INTEGER NOT NULL,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    stream_id BLOB NOT NULL,
    submission_id BLOB NOT NULL,
    body BLOB NOT NULL,
    salt BLOB NOT NULL,
    code INTEGER,
    PRIMARY KEY (position, kind)
) STRICT;
CREATE INDEX leaf_waiting_kind ON leaf_waiting (kind, position);
CREATE INDEX leaf_waiting_stream ON leaf_waiting (stream_id, kind, position);
CREATE INDEX leaf_waiting_submission ON leaf_waiting (submission_id, kind, position);
CREATE TRIGGER leaf_waiting_is_never_changed BEFORE UPDATE ON leaf_waiting
BEGIN
    SELECT RAISE(ABORT, 'a leaf that waits is never changed');
END;

-- Pads that others refer to: submissions (1) and requests (2), with the number of requests or
-- decisions that refer to each.
CREATE TABLE pad (
    leaf_index INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
    half_year INTEGER NOT NULL,
    children INTEGER NOT NULL CHECK (children >= 0),
    reclassifications INTEGER NOT NULL CHECK (reclassifications >= 0)
) STRICT;
CREATE INDEX pad_kind ON pad (kind, half_year, leaf_index);
CREATE INDEX pad_open ON pad (kind, half_year, leaf_index) WHERE children = 0;

-- A submission that was sealed is told by its day, since its leaf may wait for its place.
DROP INDEX submission_unresolved;
CREATE INDEX submission_unresolved ON submission (received_on)
    WHERE received_on IS NOT NULL AND requests = 0;
