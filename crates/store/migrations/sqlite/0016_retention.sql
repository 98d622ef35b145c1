-- The same changes stand in ../postgres/0016_retention.sql; only types differ.

-- What was said of each period after which submissions are erased: where it comes from. Beside the
-- event that declares them.
CREATE TABLE retention_rules (
    position INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_retention ON event (position) WHERE kind = 'retention_rules_declared';

-- The legal holds that stand: while one does, its submission is not erased.
CREATE TABLE legal_hold (
    hold_id BLOB PRIMARY KEY,
    submission_id BLOB NOT NULL REFERENCES submission (submission_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX legal_hold_submission ON legal_hold (submission_id);

-- Whoever takes the trail of a case, all events or the access log with them has looked at these.
-- What belongs to no one case has the subject nil.
CREATE TABLE viewing_anew (
    viewing_id BLOB PRIMARY KEY,
    day TEXT NOT NULL,
    at_micros INTEGER NOT NULL,
    person_id BLOB NOT NULL,
    what TEXT NOT NULL
        CHECK (what IN ('request', 'submission', 'file', 'trail', 'all_events', 'access_log')),
    -- The request or the submission.
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
