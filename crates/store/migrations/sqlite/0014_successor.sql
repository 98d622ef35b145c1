-- The same table stands in ../postgres/0014_successor.sql; only types differ.

-- A log that follows others holds their leaves first, and what these commit to was blinded under the
-- name of the log in which they were sealed: each leaf before `until_leaf` and not before an earlier
-- row's.
CREATE TABLE log_before (
    until_leaf INTEGER PRIMARY KEY CHECK (until_leaf > 0),
    origin TEXT NOT NULL
) STRICT;
