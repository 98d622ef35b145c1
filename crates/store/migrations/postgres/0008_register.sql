-- The same table stands in ../sqlite/0008_register.sql; only types differ.

-- Mail domains and telephone numbers of authorities, sealed; where each stands is told by the
-- events of the authority's stream. Equal ones are found by a keyed hash.
CREATE TABLE authority_contact (
    contact_id UUID PRIMARY KEY,
    authority_id UUID NOT NULL REFERENCES authority (authority_id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('mail_domain', 'telephone')),
    value_mac BYTEA NOT NULL,
    sealed_value BYTEA NOT NULL,
    -- Where exactly it was found, or how it came to be known as bad.
    sealed_note BYTEA NOT NULL
);
CREATE INDEX authority_contact_value ON authority_contact (value_mac);
CREATE INDEX authority_contact_authority ON authority_contact (authority_id);
