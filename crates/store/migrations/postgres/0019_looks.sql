-- The same changes stand in ../sqlite/0019_looks.sql; only types differ.

-- Whoever opens an authority's page, or the list of what is due to be erased, has looked at people
-- and cases.
ALTER TABLE viewing DROP CONSTRAINT viewing_what_check;
ALTER TABLE viewing ADD CONSTRAINT viewing_what_check
    CHECK (what IN ('request', 'submission', 'file', 'trail', 'all_events', 'access_log', 'due_list',
        'authority'));
