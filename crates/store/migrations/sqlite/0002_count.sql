-- The same changes stand in ../postgres/0002_count.sql; only types differ.

-- What a table tells apart, as one short text: SQLite groups by one column faster than
-- by four, and the index below is half as long. The constraint keeps it what the others say.
CREATE TABLE request_fact_next (
    request_id BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER NOT NULL CHECK (valid_to > valid_from),
    received_on TEXT NOT NULL,
    country TEXT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('user_data', 'technical_expertise')),
    demands INTEGER NOT NULL CHECK (demands > 0),
    urgency TEXT NOT NULL CHECK (urgency IN ('ordinary', 'emergency')),
    standing TEXT NOT NULL,
    settled_on TEXT CHECK ((settled_on IS NULL) = (standing = 'open')),
    days INTEGER CHECK (days >= 0),
    counted TEXT NOT NULL CHECK (counted IN ('in_sum', 'preservation', 'linked', 'withheld')),
    accounts_specified INTEGER CHECK (accounts_specified >= 0),
    accounts_disclosed INTEGER CHECK (accounts_disclosed >= 0),
    cell TEXT NOT NULL CHECK (
        cell = country
        || CASE category WHEN 'user_data' THEN 'u' WHEN 'technical_expertise' THEN 't' END
        || CASE urgency WHEN 'ordinary' THEN 'o' WHEN 'emergency' THEN 'e' END
        || CASE standing
            WHEN 'open' THEN 'o'
            WHEN 'approved' THEN 'a'
            WHEN 'approved_in_part' THEN 'p'
            WHEN 'rejected_no_data' THEN 'd'
            WHEN 'rejected_legal_requirements' THEN 'l'
            WHEN 'rejected_prohibited' THEN 'x'
            WHEN 'rejected_not_stated' THEN 'n'
            WHEN 'withdrawn' THEN 'w'
        END
    ),
    PRIMARY KEY (request_id, valid_from)
) STRICT, WITHOUT ROWID;
INSERT INTO request_fact_next
SELECT
    request_id, valid_from, valid_to, received_on, country, category, demands, urgency, standing,
    settled_on, days, counted, accounts_specified, accounts_disclosed,
    country
    || CASE category WHEN 'user_data' THEN 'u' WHEN 'technical_expertise' THEN 't' END
    || CASE urgency WHEN 'ordinary' THEN 'o' WHEN 'emergency' THEN 'e' END
    || CASE standing
        WHEN 'open' THEN 'o'
        WHEN 'approved' THEN 'a'
        WHEN 'approved_in_part' THEN 'p'
        WHEN 'rejected_no_data' THEN 'd'
        WHEN 'rejected_legal_requirements' THEN 'l'
        WHEN 'rejected_prohibited' THEN 'x'
        WHEN 'rejected_not_stated' THEN 'n'
        WHEN 'withdrawn' THEN 'w'
    END
FROM request_fact;
DROP TABLE request_fact;
ALTER TABLE request_fact_next RENAME TO request_fact;

-- Holds every column that a count of a period reads. The category stands beside the cell, so that
-- demands and days are counted without it.
CREATE INDEX request_fact_received ON request_fact (
    received_on, valid_to, valid_from, counted, category, cell, demands, days, accounts_specified,
    accounts_disclosed
);
CREATE INDEX request_fact_settled ON request_fact (
    settled_on, received_on, valid_to, valid_from, counted
);
-- What is open on the first day of a half-year: few, however many were received before it.
CREATE INDEX request_fact_carried ON request_fact (
    settled_on, received_on, valid_to, valid_from, counted
) WHERE (
    substr(settled_on, 1, 4) <> substr(received_on, 1, 4)
    OR (substr(settled_on, 6, 2) < '07') <> (substr(received_on, 6, 2) < '07')
) OR settled_on IS NULL;

-- Which facts come from no import, without reading a million events for it.
CREATE INDEX event_not_imported ON event (position) WHERE kind <> 'historic_request_imported';
