-- The same tables stand in ../sqlite/0011_means.sql; only types differ.

-- What a person signs in with in place of a password: found by the keyed hash of its id. What is
-- known of it, the public key and the counter among it, is sealed, and so is its name. Who has
-- passkeys alone has an empty password sealed in `person`, and -1 for the step of their last code.
CREATE TABLE passkey (
    passkey_id UUID PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person (person_id),
    credential_mac BYTEA NOT NULL UNIQUE,
    sealed_name BYTEA NOT NULL,
    sealed_credential BYTEA NOT NULL,
    added_on TEXT COLLATE "C" NOT NULL,
    last_used_on TEXT COLLATE "C"
);
CREATE INDEX passkey_person ON passkey (person_id);

-- Challenges that were answered: none is taken twice. Forgotten once they are too old anyway.
CREATE TABLE used_challenge (
    challenge_sha256 BYTEA PRIMARY KEY,
    expires_at_micros BIGINT NOT NULL
);
CREATE INDEX used_challenge_expires ON used_challenge (expires_at_micros);

-- What a program comes in with, known by its hash. `scopes` has a bit for each scope. A revoked one
-- keeps its row, so that its person sees that it was there.
CREATE TABLE api_token (
    token_id UUID PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person (person_id),
    token_sha256 BYTEA NOT NULL UNIQUE,
    sealed_name BYTEA NOT NULL,
    scopes BIGINT NOT NULL CHECK (scopes > 0),
    made_on TEXT COLLATE "C" NOT NULL,
    expires_on TEXT COLLATE "C" NOT NULL CHECK (expires_on >= made_on),
    last_used_on TEXT COLLATE "C",
    revoked_on TEXT COLLATE "C"
);
CREATE INDEX api_token_person ON api_token (person_id);
