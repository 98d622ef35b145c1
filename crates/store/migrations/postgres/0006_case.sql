-- The same tables stand in ../sqlite/0006_case.sql; only types differ.

-- The number by which people know a submission, counted in each year of receipt: 2026-0147. What
-- an import brought has none.
ALTER TABLE submission ADD COLUMN year BIGINT;
ALTER TABLE submission ADD COLUMN number BIGINT;
UPDATE submission SET year = numbered.year, number = numbered.number
FROM (
    SELECT
        submission_id,
        CAST(substr(received_on, 1, 4) AS BIGINT) AS year,
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
    submission_id UUID NOT NULL REFERENCES submission (submission_id),
    sha256 BYTEA NOT NULL,
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    sealed_name BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (submission_id, sha256)
);

-- A request that candor handles, as its events say, for lists. History has no row.
CREATE TABLE handled_request (
    request_id UUID PRIMARY KEY,
    submission_id UUID NOT NULL REFERENCES submission (submission_id),
    ordinal BIGINT NOT NULL CHECK (ordinal >= 1),
    received_on TEXT COLLATE "C" NOT NULL,
    due_on TEXT COLLATE "C",
    country TEXT COLLATE "C" NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('user_data', 'technical_expertise')),
    urgency TEXT NOT NULL CHECK (urgency IN ('ordinary', 'emergency')),
    demands BIGINT NOT NULL CHECK (demands > 0),
    authority_id UUID NOT NULL,
    officer_id UUID NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    standing TEXT NOT NULL,
    is_finished BIGINT NOT NULL CHECK (is_finished IN (0, 1)),
    assigned_to UUID,
    -- What somebody of the company does next. Whoever may not is named, or, after `!`, whoever alone
    -- may.
    next_step TEXT,
    barred TEXT NOT NULL DEFAULT '',
    UNIQUE (submission_id, ordinal)
);
CREATE INDEX handled_request_open ON handled_request (due_on, received_on) WHERE is_finished = 0;
CREATE INDEX handled_request_authority ON handled_request (authority_id);

-- Bodies that send requests, and the people who act for them. Names are sealed; equal ones are
-- found by a keyed hash.
CREATE TABLE authority (
    authority_id UUID PRIMARY KEY,
    country TEXT COLLATE "C" NOT NULL,
    name_mac BYTEA NOT NULL UNIQUE,
    sealed_name BYTEA NOT NULL
);
CREATE TABLE officer (
    officer_id UUID PRIMARY KEY,
    authority_id UUID NOT NULL REFERENCES authority (authority_id),
    name_mac BYTEA NOT NULL UNIQUE,
    sealed_name BYTEA NOT NULL,
    sealed_contact BYTEA NOT NULL
);

-- By which an instrument is known when it comes again: a keyed hash of authority and reference.
CREATE TABLE instrument_mark (
    mark_mac BYTEA NOT NULL,
    request_id UUID NOT NULL REFERENCES handled_request (request_id),
    PRIMARY KEY (mark_mac, request_id)
);

-- What the company says about its data, sealed; the event at `position` says which kinds it holds.
CREATE TABLE data_inventory (
    position BIGINT PRIMARY KEY,
    sealed BYTEA NOT NULL
);
CREATE INDEX event_of_company ON event (kind, position)
    WHERE kind IN ('rules_confirmed', 'data_inventory_declared');

-- What is to be done at a time, once the transaction that called for it has committed. There is
-- one of a kind for a subject.
CREATE TABLE job (
    kind TEXT COLLATE "C" NOT NULL,
    subject UUID NOT NULL,
    due_at_micros BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    claimed_until_micros BIGINT,
    trouble TEXT,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX job_due ON job (due_at_micros);
