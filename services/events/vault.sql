-- What people may take back: the descriptions of their gatherings. The log
-- holds sha256(salt + words), so a description is shown only while the log
-- says that it is the one that counts, and says nothing once its row is gone.

CREATE TABLE IF NOT EXISTS description (
    gathering_id uuid NOT NULL,
    command_id   uuid NOT NULL,             -- that brought it: sent again, it finds its own salt
    sha256       text NOT NULL,
    salt         bytea NOT NULL,
    words        text NOT NULL,
    author       uuid NOT NULL,
    PRIMARY KEY (gathering_id, command_id)
);

CREATE INDEX IF NOT EXISTS description_author ON description (author);
