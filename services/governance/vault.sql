-- What governance cannot rebuild from the log: which key its pseudonyms are
-- made with. Under another key every member would be a stranger.

CREATE TABLE IF NOT EXISTS pseudonyms_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    sha256   text NOT NULL
);
