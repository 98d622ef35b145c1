-- The same changes stand in ../sqlite/0010_deadline.sql; only types and the reading of JSON differ.

-- The moment at which an answer is due, where the law counts in hours; under which instrument a
-- request came; and, once it is approved or rejected, after how many days.
ALTER TABLE handled_request ADD COLUMN due_at_micros BIGINT;
ALTER TABLE handled_request ADD COLUMN instrument TEXT COLLATE "C" NOT NULL DEFAULT 'none';
ALTER TABLE handled_request ADD COLUMN decided_in_days BIGINT CHECK (decided_in_days >= 0);
UPDATE handled_request SET instrument = event.body::jsonb #>> '{registration,instrument}'
FROM event
WHERE event.stream_id = handled_request.request_id AND event.kind = 'request_registered';
UPDATE handled_request SET decided_in_days = request_fact.days
FROM request_fact
WHERE request_fact.request_id = handled_request.request_id
    AND request_fact.valid_to = 9223372036854775807
    AND request_fact.standing NOT IN ('open', 'withdrawn');
-- Holds every column that the statistics of a span read.
CREATE INDEX handled_request_received ON handled_request (
    received_on, request_id, category, country, instrument, stage, standing, decided_in_days,
    due_on, due_at_micros, submission_id
);

-- What is owed about a request, and until when, one of each kind. Where it is owed until a day is
-- over, `due_at_micros` is the greatest number there is, so that it comes after every hour of it.
CREATE TABLE deadline (
    request_id UUID NOT NULL,
    owed TEXT COLLATE "C" NOT NULL
        CHECK (owed IN ('answer', 'clarification', 'paperwork', 'preservation')),
    due_on TEXT COLLATE "C" NOT NULL,
    due_at_micros BIGINT NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('user_data', 'technical_expertise')),
    submission_id UUID NOT NULL,
    assigned_to UUID,
    PRIMARY KEY (request_id, owed)
);
CREATE INDEX deadline_due ON deadline (
    owed, due_on, due_at_micros, request_id, category, submission_id
);
CREATE INDEX deadline_of_person ON deadline (
    assigned_to, owed, due_on, due_at_micros, request_id, category, submission_id
) WHERE assigned_to IS NOT NULL;

INSERT INTO deadline
SELECT request_id, 'answer', due_on, 9223372036854775807, category, submission_id, assigned_to
FROM handled_request
WHERE due_on IS NOT NULL AND stage IN (
    'received', 'in_verification', 'verified', 'proposed', 'decided', 'prepared', 'challenged'
);
-- A question is out since the last event that asked one.
INSERT INTO deadline
SELECT
    request_id, 'clarification', event.body::jsonb #>> '{answer_due_on}', 9223372036854775807, category,
    submission_id, assigned_to
FROM handled_request
JOIN event ON event.stream_id = handled_request.request_id
WHERE stage = 'clarification_asked' AND event.version = (
    SELECT MAX(asked.version) FROM event AS asked
    WHERE asked.stream_id = handled_request.request_id AND asked.kind = 'clarification_asked'
);
-- Paperwork is owed where the last thing that was said of the instrument says so.
INSERT INTO deadline
SELECT
    request_id, 'paperwork', event.body::jsonb #>> '{finding,verdict,until}', 9223372036854775807, category,
    submission_id, assigned_to
FROM handled_request
JOIN event ON event.stream_id = handled_request.request_id
WHERE stage <> 'withdrawn'
    AND event.kind = 'finding_recorded'
    AND event.body::jsonb #>> '{finding,verdict,verdict}' = 'owed'
    AND NOT EXISTS (
        SELECT 1 FROM event AS later
        WHERE later.stream_id = handled_request.request_id AND later.version > event.version
            AND (
                later.kind IN (
                    'instrument_arrived', 'instrument_overdue', 'reclassified', 'appealed'
                )
                OR (
                    later.kind = 'finding_recorded'
                    AND later.body::jsonb #>> '{aspect}' = 'instrument'
                )
                OR (
                    later.kind = 'challenge_resolved' AND later.body::jsonb #>> '{result}'
                    IN ('quashed', 'withdrawn_by_authority')
                )
            )
    );
