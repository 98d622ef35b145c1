-- The same table stands in ../sqlite/0028_access.sql; only types differ.

-- Who is still to see an event of somebody's account: that one more reads cases, say. Gone once they
-- have seen it.
CREATE TABLE access_notice (
    person_id UUID NOT NULL REFERENCES person (person_id),
    position BIGINT NOT NULL REFERENCES event (position),
    PRIMARY KEY (person_id, position)
);
