-- The same tables stand in ../sqlite/0012_mail.sql; only types differ.

-- What people of the company are told by mail. A row is there if and only if what it tells is, and
-- stays for a while after it was sent, so that nothing is told twice.
CREATE TABLE mail (
    mail_id UUID PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES person (person_id),
    kind TEXT COLLATE "C" NOT NULL,
    -- The request, or the person who is invited.
    subject UUID NOT NULL,
    -- What makes it another one of its kind: the state of the request, a day, a link.
    occasion TEXT COLLATE "C" NOT NULL,
    -- Of an invitation: the link's token, until it is sent.
    sealed BYTEA,
    enqueued_at_micros BIGINT NOT NULL,
    -- When it is tried again; while somebody sends it, when they have given up.
    next_at_micros BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    trouble TEXT,
    outcome TEXT CHECK (outcome IN ('sent', 'not_needed', 'given_up')),
    ended_at_micros BIGINT CHECK ((ended_at_micros IS NULL) = (outcome IS NULL)),
    UNIQUE (person_id, kind, subject, occasion)
);
CREATE INDEX mail_next ON mail (next_at_micros) WHERE outcome IS NULL;

-- Who wants no reminders.
CREATE TABLE no_reminders (
    person_id UUID PRIMARY KEY REFERENCES person (person_id)
);
