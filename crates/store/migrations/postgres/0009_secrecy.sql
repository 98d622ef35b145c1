-- The same changes stand in ../sqlite/0009_secrecy.sql; only types differ.

-- Who sees a submission that lies in a compartment, with its requests, texts and files. One that
-- has no row here lies in none, and everybody sees it who may read submissions.
CREATE TABLE compartment (
    submission_id UUID NOT NULL REFERENCES submission (submission_id),
    person_id UUID NOT NULL,
    PRIMARY KEY (submission_id, person_id)
);
CREATE INDEX compartment_person ON compartment (person_id);

-- Whether a request stands in the sum that is published.
ALTER TABLE handled_request ADD COLUMN publication TEXT NOT NULL DEFAULT 'counted'
    CHECK (publication IN ('counted', 'withheld'));
