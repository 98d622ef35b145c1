-- The same changes stand in ../sqlite/0016_retention.sql; only types differ.

-- What was said of each period after which submissions are erased: where it comes from. Beside the
-- event that declares them.
CREATE TABLE retention_rules (
    position BIGINT PRIMARY KEY,
    sealed BYTEA NOT NULL
);
CREATE INDEX event_of_retention ON event (position) WHERE kind = 'retention_rules_declared';

-- The legal holds that stand: while one does, its submission is not erased.
CREATE TABLE legal_hold (
    hold_id UUID PRIMARY KEY,
    submission_id UUID NOT NULL REFERENCES submission (submission_id)
);
CREATE INDEX legal_hold_submission ON legal_hold (submission_id);

-- Whoever takes the trail of a case, all events or the access log with them has looked at these.
-- What belongs to no one case has the subject nil.
ALTER TABLE viewing DROP CONSTRAINT viewing_what_check;
ALTER TABLE viewing ADD CONSTRAINT viewing_what_check
    CHECK (what IN ('request', 'submission', 'file', 'trail', 'all_events', 'access_log'));
