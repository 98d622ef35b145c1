-- The same tables stand in ../postgres/0012_mail.sql; only types differ.

-- What people of the company are told by mail. A row is there if and only if what it tells is, and
-- stays for a while after it was sent, so that nothing is told twice.
CREATE TABLE mail (
    mail_id BLOB PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES person (person_id),
    kind TEXT NOT NULL,
    -- The request, or the person who is invited.
    subject BLOB NOT NULL,
    -- What makes it another one of its kind: the state of the request, a day, a link.
    occasion TEXT NOT NULL,
    -- Of an invitation: the link's token, until it is sent.
    sealed BLOB,
    enqueued_at_micros INTEGER NOT NULL,
    -- When it is tried again; while somebody sends it, when they have given up.
    next_at_micros INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    trouble TEXT,
    outcome TEXT CHECK (outcome IN ('sent', 'not_needed', 'given_up')),
    ended_at_micros INTEGER CHECK ((ended_at_micros IS NULL) = (outcome IS NULL)),
    UNIQUE (person_id, kind, subject, occasion)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_next ON mail (next_at_micros) WHERE outcome IS NULL;

-- Who wants no reminders.
CREATE TABLE no_reminders (
    person_id BLOB PRIMARY KEY REFERENCES person (person_id)
) STRICT, WITHOUT ROWID;
