-- What an auditor has to remember of the log while reading on. UUIDs are their 16 bytes; a `poll` is its number here;
-- what a ballot says is JSON, as in its entry.

CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value                                  -- origin, position, the policy, and the checkpoint that was seen last
) WITHOUT ROWID;

-- The partial tiles of the tree over all entries that were read.
CREATE TABLE edge (
    level  INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL
);

-- Two signed notes that cannot both be of one log that only grows.
CREATE TABLE evidence (
    seen_at TEXT NOT NULL,
    rule    TEXT NOT NULL,
    kept    BLOB NOT NULL,
    shown   BLOB
);

CREATE TABLE entry (
    id       BLOB PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE version (
    aggregate TEXT NOT NULL,
    id        BLOB NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (aggregate, id)
) WITHOUT ROWID;

CREATE TABLE elector (
    electorate BLOB NOT NULL,
    elector    BLOB NOT NULL,
    PRIMARY KEY (electorate, elector)
) WITHOUT ROWID;

-- Entries that mean something only together with a later one; removed when that comes.
CREATE TABLE part (
    kind     TEXT NOT NULL,                -- of what: a roll, a paper batch, a result
    whole    BLOB NOT NULL,
    position INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    poll_id  BLOB NOT NULL,
    size     INTEGER NOT NULL,             -- voters, ballots, rounds
    body     TEXT,                         -- the ballots or rounds; voters go to the roll at once
    PRIMARY KEY (kind, whole, position)
) WITHOUT ROWID;

-- A poll has a row from the first part of its roll on.
CREATE TABLE poll (
    poll                INTEGER PRIMARY KEY,
    poll_id             BLOB NOT NULL UNIQUE,
    opened_position     INTEGER,
    opening             BLOB,              -- the entry
    closed_position     INTEGER,
    declared_position   INTEGER,
    seed                TEXT,
    ballots_count       INTEGER NOT NULL DEFAULT 0,
    paper_ballots_count INTEGER NOT NULL DEFAULT 0,
    ballots_sha256      TEXT,
    outcome             TEXT,
    notes               TEXT NOT NULL DEFAULT '[]'
);

-- Voters in parts of a roll whose poll is not opened yet.
CREATE TABLE roll_part (
    poll  INTEGER NOT NULL,
    voter BLOB NOT NULL,
    part  INTEGER NOT NULL,
    PRIMARY KEY (poll, voter)
) WITHOUT ROWID;

-- Who may vote. A voter's name is one for this poll alone, so it comes first.
CREATE TABLE roll (
    voter    BLOB NOT NULL,
    poll     INTEGER NOT NULL,
    position INTEGER,                      -- of the newest entry of the voter's ballot
    version  INTEGER,
    PRIMARY KEY (voter, poll)
) WITHOUT ROWID;

CREATE TABLE ballot (
    poll          INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    voter         BLOB NOT NULL,
    choices       TEXT,                    -- NULL: taken back
    marks         TEXT,
    reason        TEXT,
    standing      TEXT NOT NULL,           -- counts, invalid, replaced, withdrawn (what was taken back), withdrawal
    is_after_time INTEGER NOT NULL,
    PRIMARY KEY (poll, position)
) WITHOUT ROWID;

CREATE TABLE batch (
    batch_id        BLOB PRIMARY KEY,
    poll            INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    actor           TEXT NOT NULL,
    ballots_count   INTEGER NOT NULL,      -- of those that can be counted
    is_after_time   INTEGER NOT NULL,
    struck_position INTEGER
) WITHOUT ROWID;

CREATE INDEX batch_of_poll ON batch (poll, position);

CREATE TABLE paper_ballot (
    poll     INTEGER NOT NULL,
    batch_id BLOB NOT NULL,
    number   INTEGER NOT NULL,             -- in the batch, from 1
    choices  TEXT NOT NULL,
    marks    TEXT,
    PRIMARY KEY (poll, batch_id, number)
) WITHOUT ROWID;

-- What came behind its poll's close.
CREATE TABLE late (
    poll     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (poll, position)
) WITHOUT ROWID;

CREATE TABLE difference (
    position INTEGER NOT NULL,
    poll_id  BLOB,
    rule     TEXT NOT NULL,
    text     TEXT NOT NULL
);

CREATE INDEX difference_at_position ON difference (position);
