-- The same tables stand in ../postgres/0001_first.sql; only types and triggers differ.

-- One row: the position of the newest event. Its update is the lock that keeps positions gap-free.
CREATE TABLE log_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL CHECK (position >= 0),
    -- Decides which day a moment belongs to; set before the first event and never changed.
    time_zone TEXT NOT NULL
) STRICT;
INSERT INTO log_head (id, position, time_zone) VALUES (1, 0, 'UTC');

-- Everything that happened, in order. `stream_id` is the request, or nil for the publication.
CREATE TABLE event (
    position INTEGER PRIMARY KEY CHECK (position >= 1),
    stream_id BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    kind TEXT NOT NULL,
    schema INTEGER NOT NULL,
    at_micros INTEGER NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (stream_id, version)
) STRICT;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are append-only');
END;

-- The version of each stream: who writes says which one they read.
CREATE TABLE stream (
    stream_id BLOB PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1)
) STRICT, WITHOUT ROWID;

-- What arrived, with its own key, wrapped by the master key. Without the key its fields are gone.
CREATE TABLE submission (
    submission_id BLOB PRIMARY KEY,
    wrapped_key BLOB
) STRICT, WITHOUT ROWID;

-- Personal and free text, sealed under the key of its submission.
CREATE TABLE field (
    submission_id BLOB NOT NULL REFERENCES submission (submission_id),
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (submission_id, name)
) STRICT, WITHOUT ROWID;

-- A request as counting sees it, from one position of the log up to, not including, another.
CREATE TABLE request_fact (
    request_id BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER NOT NULL CHECK (valid_to > valid_from),
    received_on TEXT NOT NULL,
    country TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('user_data', 'technical_expertise')),
    demands INTEGER NOT NULL CHECK (demands > 0),
    urgency TEXT NOT NULL CHECK (urgency IN ('ordinary', 'emergency')),
    standing TEXT NOT NULL,
    settled_on TEXT CHECK ((settled_on IS NULL) = (standing = 'open')),
    days INTEGER CHECK (days >= 0),
    counted TEXT NOT NULL CHECK (counted IN ('in_sum', 'preservation', 'linked', 'withheld')),
    accounts_specified INTEGER CHECK (accounts_specified >= 0),
    accounts_disclosed INTEGER CHECK (accounts_disclosed >= 0),
    PRIMARY KEY (request_id, valid_from)
) STRICT, WITHOUT ROWID;
-- Holds every column that a count of a period reads.
CREATE INDEX request_fact_received ON request_fact (
    received_on, valid_to, valid_from, counted, country, category, standing, urgency, demands, days,
    accounts_specified, accounts_disclosed
);
CREATE INDEX request_fact_settled ON request_fact (
    settled_on, received_on, valid_to, valid_from, counted
);

-- Where a reference that an authority or a spreadsheet gave is known, without storing it.
CREATE TABLE request_reference (
    reference_mac BLOB PRIMARY KEY,
    request_id BLOB NOT NULL,
    content_mac BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Files that were imported; the name is a field of the submission.
CREATE TABLE import_file (
    sha256 BLOB PRIMARY KEY,
    submission_id BLOB NOT NULL REFERENCES submission (submission_id),
    imported_at_micros INTEGER NOT NULL,
    imported_lines INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Figures published before candor; `country` is empty for all countries together.
CREATE TABLE published_figure (
    period TEXT NOT NULL,
    country TEXT NOT NULL,
    measure TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (period, country, measure)
) STRICT, WITHOUT ROWID;

-- Frozen bytes, each once.
CREATE TABLE frozen (
    sha256 BLOB PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- What was published. `dataset` holds the numbers, for later editions to compare with.
CREATE TABLE edition (
    period TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 0),
    published_at_micros INTEGER NOT NULL,
    published_on TEXT NOT NULL,
    cutoff INTEGER NOT NULL,
    dataset TEXT NOT NULL,
    reason TEXT CHECK ((reason IS NULL) = (revision = 0)),
    PRIMARY KEY (period, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE edition_file (
    period TEXT NOT NULL,
    revision INTEGER NOT NULL,
    path TEXT NOT NULL,
    sha256 BLOB NOT NULL REFERENCES frozen (sha256),
    PRIMARY KEY (period, revision, path),
    FOREIGN KEY (period, revision) REFERENCES edition (period, revision)
) STRICT, WITHOUT ROWID;
