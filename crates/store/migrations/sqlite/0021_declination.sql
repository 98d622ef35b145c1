-- The same stands in ../postgres/0021_declination.sql.

-- Before a prohibited demand that is declined is closed, counsel signs the text that declines it. Who
-- may close may sign.
UPDATE handled_request SET next_step = 'sign'
WHERE next_step = 'close' AND stage = 'decided' AND standing = 'rejected_prohibited';
