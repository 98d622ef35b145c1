-- The same changes stand in ../postgres/0019_looks.sql; only types differ.

-- Whoever opens an authority's page, or the list of what is due to be erased, has looked at people
-- and cases.
CREATE TABLE viewing_anew (
    viewing_id BLOB PRIMARY KEY,
    day TEXT NOT NULL,
    at_micros INTEGER NOT NULL,
    person_id BLOB NOT NULL,
    what TEXT NOT NULL
        CHECK (what IN ('request', 'submission', 'file', 'trail', 'all_events', 'access_log',
            'due_list', 'authority')),
    -- The request, the submission or the authority; nil for what belongs to none of them.
    subject BLOB NOT NULL,
    -- Of a file, its hash.
    sha256 BLOB CHECK ((sha256 IS NOT NULL) = (what = 'file'))
) STRICT, WITHOUT ROWID;
INSERT INTO viewing_anew (viewing_id, day, at_micros, person_id, what, subject, sha256)
    SELECT viewing_id, day, at_micros, person_id, what, subject, sha256 FROM viewing;
DROP TABLE viewing;
ALTER TABLE viewing_anew RENAME TO viewing;
CREATE INDEX viewing_day ON viewing (day, viewing_id);
CREATE INDEX viewing_subject ON viewing (subject, viewing_id);
