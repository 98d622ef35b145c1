-- The same changes stand in ../postgres/0022_heads.sql.

-- What the head of an e-mail says is read by whoever looks into a file from now on, so files that
-- were looked into before are looked into again: those that wait for another scan with it.
UPDATE attachment_look
    SET look_waits = 1,
        next_at_micros = CASE WHEN scan_waits = 1 THEN next_at_micros ELSE 0 END
    WHERE look_waits = 0;

-- Whether somebody sees an officer is asked by the requests in which they were met.
CREATE INDEX handled_request_officer ON handled_request (officer_id);
