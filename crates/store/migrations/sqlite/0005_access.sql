-- The same tables stand in ../postgres/0005_access.sql; only types differ.

-- The company's own people. Name and e-mail address are sealed; the address is found again by its
-- keyed hash. `roles` has a bit for each role. Who has left keeps their row, since events name
-- them, and loses what they signed in with.
CREATE TABLE person (
    person_id BLOB PRIMARY KEY,
    account TEXT NOT NULL CHECK (account IN ('invited', 'active', 'ended')),
    roles INTEGER NOT NULL CHECK (roles > 0),
    email_mac BLOB NOT NULL,
    sealed_name BLOB NOT NULL,
    sealed_email BLOB NOT NULL,
    -- A hash of the password, and what the authenticator knows.
    sealed_password BLOB CHECK ((sealed_password IS NOT NULL) = (account = 'active')),
    sealed_totp BLOB CHECK ((sealed_totp IS NOT NULL) = (account = 'active')),
    -- The step of the last one-time code that was taken; none at or before it is.
    totp_step INTEGER CHECK ((totp_step IS NOT NULL) = (account = 'active'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX person_email ON person (email_mac) WHERE account <> 'ended';

-- A code that takes the place of a one-time code, once.
CREATE TABLE recovery_code (
    person_id BLOB NOT NULL REFERENCES person (person_id),
    code_mac BLOB NOT NULL,
    used_at_micros INTEGER,
    PRIMARY KEY (person_id, code_mac)
) STRICT, WITHOUT ROWID;

-- A link to join with, known by the hash of its token; gone once it is used. The authenticator's
-- secret waits here, sealed, until its first code has come.
CREATE TABLE invitation (
    token_sha256 BLOB PRIMARY KEY,
    person_id BLOB NOT NULL UNIQUE REFERENCES person (person_id),
    expires_at_micros INTEGER NOT NULL,
    sealed_totp BLOB
) STRICT, WITHOUT ROWID;

-- Somebody who signed in, known by the hash of the token in their cookie. The secret of a new
-- authenticator waits here, sealed, until its first code has come.
CREATE TABLE session (
    session_id BLOB PRIMARY KEY,
    token_sha256 BLOB NOT NULL UNIQUE,
    person_id BLOB NOT NULL REFERENCES person (person_id),
    started_at_micros INTEGER NOT NULL,
    last_seen_at_micros INTEGER NOT NULL,
    stepped_up_at_micros INTEGER NOT NULL,
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 200),
    sealed_totp BLOB,
    ended_at_micros INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_started ON session (started_at_micros);

-- What failed in a row about one e-mail address or person, whether there is such a one or not: the
-- keyed hash of either. Forgotten after a day.
CREATE TABLE sign_in_attempt (
    subject_mac BLOB PRIMARY KEY,
    in_a_row INTEGER NOT NULL CHECK (in_a_row > 0),
    last_at_micros INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attempt_last ON sign_in_attempt (last_at_micros);
