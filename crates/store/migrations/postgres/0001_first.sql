-- The same tables stand in ../sqlite/0001_first.sql; only types and triggers differ.

-- One row: the position of the newest event. Its update is the lock that keeps positions gap-free.
CREATE TABLE log_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    position BIGINT NOT NULL CHECK (position >= 0),
    -- Decides which day a moment belongs to; set before the first event and never changed.
    time_zone TEXT NOT NULL
);
INSERT INTO log_head (id, position, time_zone) VALUES (1, 0, 'UTC');

-- Everything that happened, in order. `stream_id` is the request, or nil for the publication.
CREATE TABLE event (
    position BIGINT PRIMARY KEY CHECK (position >= 1),
    stream_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    kind TEXT NOT NULL,
    schema BIGINT NOT NULL,
    at_micros BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (stream_id, version)
);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only';
END $$;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The version of each stream: who writes says which one they read.
CREATE TABLE stream (
    stream_id UUID PRIMARY KEY,
    version BIGINT NOT NULL CHECK (version >= 1)
);

-- What arrived, with its own key, wrapped by the master key. Without the key its fields are gone.
CREATE TABLE submission (
    submission_id UUID PRIMARY KEY,
    wrapped_key BYTEA
);

-- Personal and free text, sealed under the key of its submission.
CREATE TABLE field (
    submission_id UUID NOT NULL REFERENCES submission (submission_id),
    name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (submission_id, name)
);

-- A request as counting sees it, from one position of the log up to, not including, another.
CREATE TABLE request_fact (
    request_id UUID NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT NOT NULL CHECK (valid_to > valid_from),
    received_on TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL CHECK (category IN ('user_data', 'technical_expertise')),
    demands BIGINT NOT NULL CHECK (demands > 0),
    urgency TEXT COLLATE "C" NOT NULL CHECK (urgency IN ('ordinary', 'emergency')),
    standing TEXT COLLATE "C" NOT NULL,
    settled_on TEXT COLLATE "C" CHECK ((settled_on IS NULL) = (standing = 'open')),
    days BIGINT CHECK (days >= 0),
    counted TEXT COLLATE "C" NOT NULL CHECK (counted IN ('in_sum', 'preservation', 'linked', 'withheld')),
    accounts_specified BIGINT CHECK (accounts_specified >= 0),
    accounts_disclosed BIGINT CHECK (accounts_disclosed >= 0),
    PRIMARY KEY (request_id, valid_from)
);
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
    reference_mac BYTEA PRIMARY KEY,
    request_id UUID NOT NULL,
    content_mac BYTEA NOT NULL
);

-- Files that were imported; the name is a field of the submission.
CREATE TABLE import_file (
    sha256 BYTEA PRIMARY KEY,
    submission_id UUID NOT NULL REFERENCES submission (submission_id),
    imported_at_micros BIGINT NOT NULL,
    imported_lines BIGINT NOT NULL
);

-- Figures published before candor; `country` is empty for all countries together.
CREATE TABLE published_figure (
    period TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    measure TEXT COLLATE "C" NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (period, country, measure)
);

-- Frozen bytes, each once.
CREATE TABLE frozen (
    sha256 BYTEA PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- What was published. `dataset` holds the numbers, for later editions to compare with.
CREATE TABLE edition (
    period TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 0),
    published_at_micros BIGINT NOT NULL,
    published_on TEXT NOT NULL,
    cutoff BIGINT NOT NULL,
    dataset TEXT NOT NULL,
    reason TEXT CHECK ((reason IS NULL) = (revision = 0)),
    PRIMARY KEY (period, revision)
);

CREATE TABLE edition_file (
    period TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    path TEXT NOT NULL,
    sha256 BYTEA NOT NULL REFERENCES frozen (sha256),
    PRIMARY KEY (period, revision, path),
    FOREIGN KEY (period, revision) REFERENCES edition (period, revision)
);
