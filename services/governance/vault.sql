-- What governance cannot rebuild from the log: which key its pseudonyms are
-- made with. Under another key every member would be a stranger.

CREATE TABLE IF NOT EXISTS pseudonyms_key (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    sha256   text NOT NULL
);

-- The public half of the key in this service's secrets that the log is sealed with.
CREATE TABLE IF NOT EXISTS log_key (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    public_key bytea NOT NULL               -- Ed25519, 32 bytes
);
