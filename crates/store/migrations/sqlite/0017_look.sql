-- The same table stands in ../postgres/0017_look.sql; only types differ.

-- What each file was found to be, and what a scanner says of it. None of it is an event: it is what
-- programs read off a file that is there, and a later program, or later signatures, may read it
-- otherwise.
CREATE TABLE attachment_look (
    submission_id BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    -- Under the submission's key; NULL until somebody has looked.
    sealed_look BLOB,
    look_waits INTEGER NOT NULL CHECK (look_waits IN (0, 1)),
    scan_waits INTEGER NOT NULL CHECK (scan_waits IN (0, 1)),
    -- Stands in `sealed_scan` too, which is believed; here it is counted.
    verdict TEXT CHECK (verdict IN ('clean', 'found')),
    scanned_at_micros INTEGER CHECK ((scanned_at_micros IS NULL) = (verdict IS NULL)),
    -- Under the submission's key: verdict, finding, and who scanned it with which signatures.
    sealed_scan BLOB CHECK ((sealed_scan IS NULL) = (verdict IS NULL)),
    -- When it is tried again; while somebody looks at it, when they have given up.
    next_at_micros INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    trouble TEXT,
    PRIMARY KEY (submission_id, sha256),
    FOREIGN KEY (submission_id, sha256) REFERENCES attachment (submission_id, sha256)
        ON UPDATE CASCADE ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_look_next ON attachment_look (next_at_micros) WHERE look_waits = 1;
CREATE INDEX attachment_look_or_scan_next ON attachment_look (next_at_micros)
    WHERE (look_waits = 1 OR scan_waits = 1);

-- Files that are there already are looked at like those that arrive.
INSERT INTO attachment_look (submission_id, sha256, look_waits, scan_waits, next_at_micros)
SELECT submission_id, sha256, 1, 1, 0 FROM attachment;
