-- What governance cannot rebuild from the log: which keys it is written with, by
-- their digests. Under another key of pseudonyms every member would be a stranger;
-- without the key of ballots nobody could open what is sealed in the log.

CREATE TABLE IF NOT EXISTS pseudonyms_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    sha256   text NOT NULL
);

CREATE TABLE IF NOT EXISTS ballots_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    sha256   text NOT NULL
);

-- Who it is that acts in sight of a group under this pseudonym: shown to its
-- members alone, and gone when the member is erased.
CREATE TABLE IF NOT EXISTS known_elector (
    elector   uuid PRIMARY KEY,
    group_id  uuid NOT NULL,
    member_id uuid NOT NULL
);
CREATE INDEX IF NOT EXISTS known_elector_of ON known_elector (member_id);

-- What members said of proposals. The log holds sha256(salt + words), so a
-- row is shown only while the log says that it is the one that counts, and
-- the log says nothing once it is gone.
CREATE TABLE IF NOT EXISTS statement_words (
    statement_id uuid NOT NULL,
    sha256       text NOT NULL,
    salt         bytea NOT NULL,
    words        text NOT NULL,
    member_id    uuid NOT NULL,
    PRIMARY KEY (statement_id, sha256)
);
CREATE INDEX IF NOT EXISTS statement_words_of ON statement_words (member_id);

-- Statements whose words are gone, for the log to say so.
CREATE TABLE IF NOT EXISTS wordless_statement (
    statement_id uuid PRIMARY KEY
);
