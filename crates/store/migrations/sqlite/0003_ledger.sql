-- The same tables stand in ../postgres/0003_ledger.sql; only types differ.

-- The log's name, its size, and the roots of the perfect subtrees that its leaves fill; the hash
-- chain over all events up to `position`.
ALTER TABLE log_head ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE log_head ADD COLUMN tree_size INTEGER NOT NULL DEFAULT 0 CHECK (tree_size >= 0);
ALTER TABLE log_head ADD COLUMN tree_frontier BLOB NOT NULL DEFAULT x'';
ALTER TABLE log_head ADD COLUMN event_chain BLOB NOT NULL
    DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';

-- Every leaf of the log. `position` is the event that called for it, `parent` the submission's or
-- request's leaf that it refers to. `salt` opens its seal, under the submission's key where there
-- is one; `code` is what its commitment holds.
CREATE TABLE leaf (
    leaf_index INTEGER PRIMARY KEY CHECK (leaf_index >= 0),
    entry BLOB NOT NULL,
    position INTEGER NOT NULL,
    parent INTEGER,
    submission_id BLOB,
    salt BLOB,
    code INTEGER
) STRICT;
CREATE INDEX leaf_parent ON leaf (parent) WHERE parent IS NOT NULL;
CREATE INDEX leaf_of_company ON leaf (leaf_index) WHERE submission_id IS NULL;
CREATE TRIGGER leaf_is_never_changed BEFORE UPDATE OF leaf_index, entry, position, parent ON leaf
BEGIN
    SELECT RAISE(ABORT, 'leaves are append-only');
END;
CREATE TRIGGER leaf_is_never_deleted BEFORE DELETE ON leaf
BEGIN
    SELECT RAISE(ABORT, 'leaves are append-only');
END;

-- The hashes in tiles of level 1 and above; those of level 0 follow from the leaves.
CREATE TABLE tree_node (
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 7),
    node_index INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, node_index)
) STRICT, WITHOUT ROWID;

-- The leaf that a request has in the log, and how many more refer to it.
ALTER TABLE stream ADD COLUMN leaf_index INTEGER;
ALTER TABLE stream ADD COLUMN decisions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN reclassifications INTEGER NOT NULL DEFAULT 0;

-- A submission's leaf, and how many requests were found in it; a sealed one without any is
-- unresolved. What only keeps texts has no leaf.
ALTER TABLE submission ADD COLUMN leaf_index INTEGER;
ALTER TABLE submission ADD COLUMN received_on TEXT;
ALTER TABLE submission ADD COLUMN requests INTEGER NOT NULL DEFAULT 0;
CREATE INDEX submission_unresolved ON submission (received_on)
    WHERE leaf_index IS NOT NULL AND requests = 0;

-- The key of a half-year, wrapped by the master key. Without it no commitment of it opens.
CREATE TABLE period_key (
    half_year INTEGER PRIMARY KEY,
    wrapped_key BLOB
) STRICT;

-- Signed checkpoints. Those that an edition went out with are kept.
CREATE TABLE checkpoint (
    tree_size INTEGER PRIMARY KEY,
    note TEXT NOT NULL,
    is_of_edition INTEGER NOT NULL CHECK (is_of_edition IN (0, 1))
) STRICT;

-- Other files of the published log: codebooks, the policy.
CREATE TABLE log_file (
    path TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;
