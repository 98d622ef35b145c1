-- The same changes stand in ../postgres/0026_mended.sql; only types differ.

-- Which requests are counted with another one: asked before that one moves to another cell.
CREATE INDEX event_of_link ON event (position) WHERE kind = 'request_linked';

-- Whether it was said of a submission that it holds no request, and taken back: what was said has its
-- leaf in the log, and the first number among the requests of its submission, which stays taken.
ALTER TABLE submission ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0
    CHECK (taken_back IN (0, 1));
