-- The same table stands in ../postgres/0007_viewing.sql; only types differ.

-- Who looked at what. Each day is sealed by an event once it is over.
CREATE TABLE viewing (
    viewing_id BLOB PRIMARY KEY,
    day TEXT NOT NULL,
    at_micros INTEGER NOT NULL,
    person_id BLOB NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('request', 'submission', 'file')),
    -- The request or the submission.
    subject BLOB NOT NULL,
    -- Of a file, its hash.
    sha256 BLOB CHECK ((sha256 IS NOT NULL) = (what = 'file'))
) STRICT, WITHOUT ROWID;
CREATE INDEX viewing_day ON viewing (day, viewing_id);
CREATE INDEX viewing_subject ON viewing (subject, viewing_id);

DROP INDEX event_of_company;
CREATE INDEX event_of_company ON event (kind, position)
    WHERE kind IN ('rules_confirmed', 'data_inventory_declared', 'access_log_sealed');
