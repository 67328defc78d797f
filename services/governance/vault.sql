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
