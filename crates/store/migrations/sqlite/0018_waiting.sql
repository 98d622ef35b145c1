-- The same changes stand in ../postgres/0018_waiting.sql.

-- What waits is found by an equation on its first column; by a range alone SQLite takes another
-- index, which holds everything that ever arrived.
DROP INDEX submission_waiting;
CREATE INDEX submission_waiting ON submission (requests, year, number)
    WHERE number IS NOT NULL AND requests = 0;
