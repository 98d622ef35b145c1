-- The same changes stand in ../postgres/0020_bands.sql; only what a database can do differs.

-- What is told in bands has a code for each kind of process, and always the number of selectors.
-- A constraint is changed by writing the table anew.
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
    counted TEXT NOT NULL CHECK (
        counted IN (
            'in_sum', 'preservation', 'linked', 'withheld', 'banded_national_security_letter',
            'banded_order_for_contents', 'banded_order_for_noncontents'
        )
    ),
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
    PRIMARY KEY (request_id, valid_from),
    CHECK (
        counted NOT IN (
            'banded_national_security_letter', 'banded_order_for_contents',
            'banded_order_for_noncontents'
        )
        OR accounts_specified IS NOT NULL
    )
) STRICT, WITHOUT ROWID;
INSERT INTO request_fact_next
SELECT
    request_id, valid_from, valid_to, received_on, country, category, demands, urgency, standing,
    settled_on, days, counted, accounts_specified, accounts_disclosed, cell
FROM request_fact;
DROP TABLE request_fact;
ALTER TABLE request_fact_next RENAME TO request_fact;
CREATE INDEX request_fact_received ON request_fact (
    received_on, valid_to, valid_from, counted, category, cell, demands, days, accounts_specified,
    accounts_disclosed
);
CREATE INDEX request_fact_settled ON request_fact (
    settled_on, received_on, valid_to, valid_from, counted
);
CREATE INDEX request_fact_carried ON request_fact (
    settled_on, received_on, valid_to, valid_from, counted
) WHERE (
    substr(settled_on, 1, 4) <> substr(received_on, 1, 4)
    OR (substr(settled_on, 6, 2) < '07') <> (substr(received_on, 6, 2) < '07')
) OR settled_on IS NULL;

-- Other tables refer to this one, so it is not written anew: the column moves to the end.
ALTER TABLE handled_request ADD COLUMN publication_next TEXT NOT NULL DEFAULT 'counted'
    CHECK (publication_next IN ('counted', 'withheld', 'banded'));
UPDATE handled_request SET publication_next = publication WHERE publication <> 'counted';
ALTER TABLE handled_request DROP COLUMN publication;
ALTER TABLE handled_request RENAME COLUMN publication_next TO publication;
