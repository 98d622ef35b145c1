-- The same table stands in ../postgres/0008_register.sql; only types differ.

-- Mail domains and telephone numbers of authorities, sealed; where each stands is told by the
-- events of the authority's stream. Equal ones are found by a keyed hash.
CREATE TABLE authority_contact (
    contact_id BLOB PRIMARY KEY,
    authority_id BLOB NOT NULL REFERENCES authority (authority_id),
    kind TEXT NOT NULL CHECK (kind IN ('mail_domain', 'telephone')),
    value_mac BLOB NOT NULL,
    sealed_value BLOB NOT NULL,
    -- Where exactly it was found, or how it came to be known as bad.
    sealed_note BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX authority_contact_value ON authority_contact (value_mac);
CREATE INDEX authority_contact_authority ON authority_contact (authority_id);
