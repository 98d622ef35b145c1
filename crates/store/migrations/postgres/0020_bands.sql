-- The same changes stand in ../sqlite/0020_bands.sql; only what a database can do differs.

-- What is told in bands has a code for each kind of process, and always the number of selectors.
ALTER TABLE request_fact DROP CONSTRAINT request_fact_next_counted_check;
ALTER TABLE request_fact ADD CONSTRAINT request_fact_counted_check CHECK (
    counted IN (
        'in_sum', 'preservation', 'linked', 'withheld', 'banded_national_security_letter',
        'banded_order_for_contents', 'banded_order_for_noncontents'
    )
);
ALTER TABLE request_fact ADD CONSTRAINT request_fact_selectors_check CHECK (
    counted NOT IN (
        'banded_national_security_letter', 'banded_order_for_contents',
        'banded_order_for_noncontents'
    )
    OR accounts_specified IS NOT NULL
);

ALTER TABLE handled_request DROP CONSTRAINT handled_request_publication_check;
ALTER TABLE handled_request ADD CONSTRAINT handled_request_publication_check
    CHECK (publication IN ('counted', 'withheld', 'banded'));
