-- The same table stands in ../sqlite/0007_viewing.sql; only types differ.

-- Who looked at what. Each day is sealed by an event once it is over.
CREATE TABLE viewing (
    viewing_id UUID PRIMARY KEY,
    day TEXT COLLATE "C" NOT NULL,
    at_micros BIGINT NOT NULL,
    person_id UUID NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('request', 'submission', 'file')),
    -- The request or the submission.
    subject UUID NOT NULL,
    -- Of a file, its hash.
    sha256 BYTEA CHECK ((sha256 IS NOT NULL) = (what = 'file'))
);
CREATE INDEX viewing_day ON viewing (day, viewing_id);
CREATE INDEX viewing_subject ON viewing (subject, viewing_id);

DROP INDEX event_of_company;
CREATE INDEX event_of_company ON event (kind, position)
    WHERE kind IN ('rules_confirmed', 'data_inventory_declared', 'access_log_sealed');
