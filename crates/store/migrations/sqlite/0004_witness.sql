-- The same tables stand in ../postgres/0004_witness.sql; only types differ.

-- Whether as many witnesses have signed as the policy asks for: only then the public sees it.
ALTER TABLE checkpoint ADD COLUMN has_quorum INTEGER NOT NULL DEFAULT 1
    CHECK (has_quorum IN (0, 1));

-- How far each witness has followed the log, and what it said when it last refused. `public_key` is
-- its key as the settings write it.
CREATE TABLE witness (
    public_key TEXT PRIMARY KEY,
    tree_size INTEGER NOT NULL CHECK (tree_size >= 0),
    trouble TEXT
) STRICT, WITHOUT ROWID;
