-- The same changes stand in ../postgres/0023_paperwork.sql.

-- What became of the paperwork of an emergency that was answered before it was there. NULL for what
-- is no emergency; for one it is NULL until it was read off the events, which is done when candor
-- next opens the database.
ALTER TABLE request_fact ADD COLUMN paperwork TEXT CHECK (
    paperwork IS NULL
    OR paperwork IN (
        'not_owed', 'owed', 'came_in_time', 'came_late', 'missing', 'not_recorded'
    ) AND urgency = 'emergency'
);
CREATE INDEX request_fact_paperwork ON request_fact (
    received_on, valid_to, valid_from, counted, category, paperwork
) WHERE urgency = 'emergency';
-- Whether there is one that was not read yet is asked at each start.
CREATE INDEX request_fact_paperwork_unread ON request_fact (request_id, valid_from)
    WHERE urgency = 'emergency' AND paperwork IS NULL;
