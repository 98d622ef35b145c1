-- The same changes stand in ../postgres/0025_references.sql; only types differ.

-- A mark is a keyed hash of the reference alone, so that one look-up finds it whichever authority
-- it is from. Earlier ones had the authority in them; the program makes these anew.
ALTER TABLE instrument_mark ADD COLUMN has_authority INTEGER NOT NULL DEFAULT 1
    CHECK (has_authority IN (0, 1));
CREATE INDEX instrument_mark_earlier ON instrument_mark (request_id) WHERE has_authority = 1;
