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
    joined_at  REAL NOT NULL,              -- in seconds since 1970
    place_id   INTEGER,
    PRIMARY KEY (electorate, elector)
) WITHOUT ROWID;

-- Who is in a sub-group; not all of them are in the group.
CREATE TABLE in_subgroup (
    electorate BLOB NOT NULL,
    subgroup   BLOB NOT NULL,
    elector    BLOB NOT NULL,
    PRIMARY KEY (electorate, subgroup, elector)
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
    notes               TEXT NOT NULL DEFAULT '[]',
    cancelled_position  INTEGER,
    is_sealed           INTEGER NOT NULL DEFAULT FALSE   -- opened, and not for our eyes
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

-- Each row is a delegation from one entry to the next of the same address.
CREATE TABLE delegation (
    delegation_id BLOB NOT NULL,
    since         INTEGER NOT NULL,        -- the position that gave it to this delegate
    until         INTEGER,
    group_id      BLOB NOT NULL,
    scope         TEXT NOT NULL,
    poll_id       BLOB,
    topic         TEXT,
    delegator     BLOB NOT NULL,
    delegate      BLOB NOT NULL,
    PRIMARY KEY (delegation_id, since)
) WITHOUT ROWID;

CREATE INDEX delegation_in_group ON delegation (group_id, since);

-- What became of the votes of those who delegated and cast no ballot.
CREATE TABLE carried (
    poll    INTEGER NOT NULL,
    voter   BLOB NOT NULL,
    carrier BLOB,
    lost    TEXT,
    PRIMARY KEY (poll, voter)
) WITHOUT ROWID;

-- Versions of proposals, from 1, and amendments, of version 0.
CREATE TABLE text (
    text_id        BLOB NOT NULL,
    version_number INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    title          TEXT NOT NULL,
    text           TEXT NOT NULL,
    text_sha256    TEXT NOT NULL,
    PRIMARY KEY (text_id, version_number)
) WITHOUT ROWID;

-- Proposals on their way to a vote; an author is who may act, in text.
CREATE TABLE proposal (
    proposal_id     BLOB PRIMARY KEY,
    group_id        BLOB NOT NULL,
    author          TEXT NOT NULL,
    support_needed  INTEGER NOT NULL,
    supports_count  INTEGER NOT NULL DEFAULT 0,
    supports_max    INTEGER NOT NULL DEFAULT 0,   -- so many stood at once
    is_supported    INTEGER NOT NULL,
    is_taken_back   INTEGER NOT NULL DEFAULT FALSE,
    poll_id         BLOB,
    held_by_poll_id BLOB,                  -- the vote on an amendment
    decided_in      BLOB
) WITHOUT ROWID;

CREATE TABLE amendment (
    amendment_id BLOB PRIMARY KEY,
    proposal_id  BLOB NOT NULL,
    author       TEXT NOT NULL,
    of_version   INTEGER NOT NULL,
    poll_id      BLOB,
    is_settled   INTEGER NOT NULL DEFAULT FALSE
) WITHOUT ROWID;

-- Supports and statements: what a member said of a proposal, and may take back.
CREATE TABLE saying (
    saying_id   BLOB PRIMARY KEY,
    proposal_id BLOB NOT NULL,
    author      TEXT NOT NULL,
    is_standing INTEGER NOT NULL DEFAULT TRUE
) WITHOUT ROWID;

CREATE TABLE declared (
    poll           INTEGER PRIMARY KEY,
    outcome_sha256 TEXT NOT NULL,
    ballots_sha256 TEXT NOT NULL,
    declared_at    REAL NOT NULL,          -- in seconds since 1970
    reviewed_by    BLOB                    -- the newest poll in which the group votes on it again
);

-- For how many days a result may be objected to, from a time on.
CREATE TABLE customs (
    group_id       BLOB NOT NULL,
    since          REAL NOT NULL,
    objection_days INTEGER NOT NULL,
    PRIMARY KEY (group_id, since)
) WITHOUT ROWID;

-- What is sealed with a key that is not known (yet), by what it is about; and the entries that a close will open.
CREATE TABLE hidden_aggregate (
    aggregate_id BLOB NOT NULL,
    aggregate    TEXT NOT NULL,
    key_id       BLOB NOT NULL,
    PRIMARY KEY (aggregate_id, aggregate)
) WITHOUT ROWID;

CREATE INDEX hidden_by_key ON hidden_aggregate (key_id);

CREATE TABLE hidden_entry (
    key_id   BLOB NOT NULL,
    position INTEGER NOT NULL,
    entry    BLOB NOT NULL,
    PRIMARY KEY (key_id, position)
) WITHOUT ROWID;

CREATE TABLE objection (
    objection_id BLOB PRIMARY KEY,
    poll_id      BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE reminded (
    poll INTEGER PRIMARY KEY
);

CREATE TABLE published_key (
    key_id BLOB PRIMARY KEY,
    key    BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE difference (
    position INTEGER NOT NULL,
    poll_id  BLOB,
    rule     TEXT NOT NULL,
    text     TEXT NOT NULL
);

CREATE INDEX difference_at_position ON difference (position);
