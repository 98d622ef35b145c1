-- The same tables stand in ../sqlite/0013_batches.sql; only types differ.

-- Sealed mode: leaves get their place in batches of one shape, filled with pads.
ALTER TABLE log_head ADD COLUMN is_padded BIGINT NOT NULL DEFAULT 0
    CHECK (is_padded IN (0, 1));

-- The shape of a batch, and when the last one was due, in seconds since 1970.
CREATE TABLE padding (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    every_seconds BIGINT NOT NULL CHECK (every_seconds > 0),
    submissions BIGINT NOT NULL CHECK (submissions > 0),
    requests BIGINT NOT NULL CHECK (requests > 0),
    decisions BIGINT NOT NULL CHECK (decisions > 0),
    reclassifications BIGINT NOT NULL CHECK (reclassifications > 0),
    batch_due BIGINT NOT NULL
);

-- Leaves that were made and have no place in the log yet. `position` is the event that called for
-- one, `body` the leaf with 0 in place of the one that it refers to.
CREATE TABLE leaf_waiting (
    position BIGINT NOT NULL,
    kind BIGINT NOT NULL CHECK (kind BETWEEN 1 AND 4),
    stream_id UUID NOT NULL,
    submission_id UUID NOT NULL,
    body BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    code BIGINT,
    PRIMARY KEY (position, kind)
);
CREATE INDEX leaf_waiting_kind ON leaf_waiting (kind, position);
CREATE INDEX leaf_waiting_stream ON leaf_waiting (stream_id, kind, position);
CREATE INDEX leaf_waiting_submission ON leaf_waiting (submission_id, kind, position);
CREATE FUNCTION refuse_change_of_waiting_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a leaf that waits is never changed';
END $$;
CREATE TRIGGER leaf_waiting_is_never_changed BEFORE UPDATE ON leaf_waiting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_waiting_leaf();

-- Pads that others refer to: submissions (1) and requests (2), with the number of requests or
-- decisions that refer to each.
CREATE TABLE pad (
    leaf_index BIGINT PRIMARY KEY,
    kind BIGINT NOT NULL CHECK (kind IN (1, 2)),
    half_year BIGINT NOT NULL,
    children BIGINT NOT NULL CHECK (children >= 0),
    reclassifications BIGINT NOT NULL CHECK (reclassifications >= 0)
);
CREATE INDEX pad_kind ON pad (kind, half_year, leaf_index);
CREATE INDEX pad_open ON pad (kind, half_year, leaf_index) WHERE children = 0;

-- A submission that was sealed is told by its day, since its leaf may wait for its place.
DROP INDEX submission_unresolved;
CREATE INDEX submission_unresolved ON submission (received_on)
    WHERE received_on IS NOT NULL AND requests = 0;
