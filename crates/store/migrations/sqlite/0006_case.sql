-- The same tables stand in ../postgres/0006_case.sql; only types differ.

-- The number by which people know a submission, counted in each year of receipt: 2026-0147. What
-- an import brought has none.
ALTER TABLE submission ADD COLUMN year INTEGER;
ALTER TABLE submission ADD COLUMN number INTEGER;
UPDATE submission SET year = numbered.year, number = numbered.number
FROM (
    SELECT
        submission_id,
        CAST(substr(received_on, 1, 4) AS INTEGER) AS year,
        ROW_NUMBER() OVER (PARTITION BY substr(received_on, 1, 4) ORDER BY leaf_index) AS number
    FROM submission
    WHERE EXISTS (
        SELECT 1 FROM event
        WHERE event.stream_id = submission.submission_id AND event.kind = 'submission_received'
    )
) AS numbered
WHERE numbered.submission_id = submission.submission_id;
CREATE UNIQUE INDEX submission_number ON submission (year, number) WHERE number IS NOT NULL;

-- Files as they arrived, sealed under the submission's key, as are their names.
CREATE TABLE attachment (
    submission_id BLOB NOT NULL REFERENCES submission (submission_id),
    sha256 BLOB NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sealed_name BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (submission_id, sha256)
) STRICT;

-- A request that candor handles, as its events say, for lists. History has no row.
CREATE TABLE handled_request (
    request_id BLOB PRIMARY KEY,
    submission_id BLOB NOT NULL REFERENCES submission (submission_id),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 1),
    received_on TEXT NOT NULL,
    due_on TEXT,
    country TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('user_data', 'technical_expertise')),
    urgency TEXT NOT NULL CHECK (urgency IN ('ordinary', 'emergency')),
    demands INTEGER NOT NULL CHECK (demands > 0),
    authority_id BLOB NOT NULL,
    officer_id BLOB NOT NULL,
    stage TEXT NOT NULL,
    standing TEXT NOT NULL,
    is_finished INTEGER NOT NULL CHECK (is_finished IN (0, 1)),
    assigned_to BLOB,
    -- What somebody of the company does next. Whoever may not is named, or, after `!`, whoever alone
    -- may.
    next_step TEXT,
    barred TEXT NOT NULL DEFAULT '',
    UNIQUE (submission_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX handled_request_open ON handled_request (due_on, received_on) WHERE is_finished = 0;
CREATE INDEX handled_request_authority ON handled_request (authority_id);

-- Bodies that send requests, and the people who act for them. Names are sealed; equal ones are
-- found by a keyed hash.
CREATE TABLE authority (
    authority_id BLOB PRIMARY KEY,
    country TEXT NOT NULL,
    name_mac BLOB NOT NULL UNIQUE,
    sealed_name BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE officer (
    officer_id BLOB PRIMARY KEY,
    authority_id BLOB NOT NULL REFERENCES authority (authority_id),
    name_mac BLOB NOT NULL UNIQUE,
    sealed_name BLOB NOT NULL,
    sealed_contact BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- By which an instrument is known when it comes again: a keyed hash of authority and reference.
CREATE TABLE instrument_mark (
    mark_mac BLOB NOT NULL,
    request_id BLOB NOT NULL REFERENCES handled_request (request_id),
    PRIMARY KEY (mark_mac, request_id)
) STRICT, WITHOUT ROWID;

-- What the company says about its data, sealed; the event at `position` says which kinds it holds.
CREATE TABLE data_inventory (
    position INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_company ON event (kind, position)
    WHERE kind IN ('rules_confirmed', 'data_inventory_declared');

-- What is to be done at a time, once the transaction that called for it has committed. There is
-- one of a kind for a subject.
CREATE TABLE job (
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    due_at_micros INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    claimed_until_micros INTEGER,
    trouble TEXT,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_due ON job (due_at_micros);
