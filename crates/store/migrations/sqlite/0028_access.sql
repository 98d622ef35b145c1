-- The same table stands in ../postgres/0028_access.sql; only types differ.

-- Who is still to see an event of somebody's account: that one more reads cases, say. Gone once they
-- have seen it.
CREATE TABLE access_notice (
    person_id BLOB NOT NULL REFERENCES person (person_id),
    position INTEGER NOT NULL REFERENCES event (position),
    PRIMARY KEY (person_id, position)
) STRICT, WITHOUT ROWID;
