-- The same tables stand in ../sqlite/0003_ledger.sql; only types and triggers differ.

-- The log's name, its size, and the roots of the perfect subtrees that its leaves fill; the hash
-- chain over all events up to `position`.
ALTER TABLE log_head ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE log_head ADD COLUMN tree_size BIGINT NOT NULL DEFAULT 0 CHECK (tree_size >= 0);
ALTER TABLE log_head ADD COLUMN tree_frontier BYTEA NOT NULL DEFAULT '';
ALTER TABLE log_head ADD COLUMN event_chain BYTEA NOT NULL
    DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000';

-- Every leaf of the log. `position` is the event that called for it, `parent` the submission's or
-- request's leaf that it refers to. `salt` opens its seal, under the submission's key where there
-- is one; `code` is what its commitment holds.
CREATE TABLE leaf (
    leaf_index BIGINT PRIMARY KEY CHECK (leaf_index >= 0),
    entry BYTEA NOT NULL,
    position BIGINT NOT NULL,
    parent BIGINT,
    submission_id UUID,
    salt BYTEA,
    code BIGINT
);
CREATE INDEX leaf_parent ON leaf (parent) WHERE parent IS NOT NULL;
CREATE INDEX leaf_of_company ON leaf (leaf_index) WHERE submission_id IS NULL;
CREATE FUNCTION refuse_change_of_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'leaves are append-only';
END $$;
CREATE TRIGGER leaf_is_never_changed BEFORE UPDATE OF leaf_index, entry, position, parent ON leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_leaf();
CREATE TRIGGER leaf_is_never_deleted BEFORE DELETE OR TRUNCATE ON leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_leaf();

-- The hashes in tiles of level 1 and above; those of level 0 follow from the leaves.
CREATE TABLE tree_node (
    level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 7),
    node_index BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, node_index)
);

-- The leaf that a request has in the log, and how many more refer to it.
ALTER TABLE stream ADD COLUMN leaf_index BIGINT;
ALTER TABLE stream ADD COLUMN decisions BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN reclassifications BIGINT NOT NULL DEFAULT 0;

-- A submission's leaf, and how many requests were found in it; a sealed one without any is
-- unresolved. What only keeps texts has no leaf.
ALTER TABLE submission ADD COLUMN leaf_index BIGINT;
ALTER TABLE submission ADD COLUMN received_on TEXT COLLATE "C";
ALTER TABLE submission ADD COLUMN requests BIGINT NOT NULL DEFAULT 0;
CREATE INDEX submission_unresolved ON submission (received_on)
    WHERE leaf_index IS NOT NULL AND requests = 0;

-- The key of a half-year, wrapped by the master key. Without it no commitment of it opens.
CREATE TABLE period_key (
    half_year BIGINT PRIMARY KEY,
    wrapped_key BYTEA
);

-- Signed checkpoints. Those that an edition went out with are kept.
CREATE TABLE checkpoint (
    tree_size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    is_of_edition BIGINT NOT NULL CHECK (is_of_edition IN (0, 1))
);

-- Other files of the published log: codebooks, the policy.
CREATE TABLE log_file (
    path TEXT COLLATE "C" PRIMARY KEY,
    bytes BYTEA NOT NULL
);
