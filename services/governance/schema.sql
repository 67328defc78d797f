-- Read models of governance. Every row can be rebuilt from the logs: to
-- change a table, change it here and let the service replay from position 1.
--
-- What is recorded behind a poll's close changes no row of it, so the rows
-- are what counts. There are no foreign keys: the log's order keeps them.

CREATE TABLE membership (
    group_id  uuid NOT NULL,
    member_id uuid NOT NULL,
    role      text NOT NULL,
    PRIMARY KEY (group_id, member_id)
);

CREATE TABLE elector_place (                -- which place of the gazetteer an elector said is theirs
    group_id uuid NOT NULL,
    elector  uuid NOT NULL,
    place_id integer NOT NULL,
    PRIMARY KEY (group_id, elector)
);

CREATE TABLE poll (
    poll_id           uuid PRIMARY KEY,
    group_id          uuid NOT NULL,
    question          text NOT NULL,
    explanation       text,
    method            text NOT NULL,
    options           text[] NOT NULL,
    opened_at         timestamptz NOT NULL,
    closes_at         timestamptz NOT NULL,
    may_close_early   boolean NOT NULL,
    allows_paper      boolean NOT NULL,
    voters_count      integer NOT NULL,
    parts_count       integer NOT NULL,     -- of the roll
    roll_sha256       text NOT NULL,
    terms             jsonb NOT NULL,       -- all fields of PollTerms, those with a default too
    audience          text NOT NULL,        -- of the terms: everyone, group
    replaces          uuid,                 -- of the terms: a cancelled poll
    remind_at         timestamptz,          -- of the terms
    reminded_position bigint,
    opened_by         uuid NOT NULL,        -- a member; of a vote on a text an elector, of a review a voter
    opened_position   bigint NOT NULL,
    closed_at         timestamptz,          -- closed or cancelled
    closed_position   bigint,               -- of its close or cancellation; nothing behind it changes what counts
    closed_sha256     text,                 -- of the entry's bytes: the seed of lots until there were roots
    closed_root       text,                 -- of the log's tree that ends with the close: the seed of lots
    cancelled_because text,
    declared_position bigint                -- of the result
);
CREATE INDEX ON poll (group_id, opened_position);
CREATE INDEX ON poll (closes_at, poll_id) WHERE closed_position IS NULL;
CREATE INDEX ON poll (remind_at) WHERE closed_position IS NULL AND reminded_position IS NULL;
CREATE INDEX ON poll (closed_position) WHERE closed_sha256 IS NOT NULL AND declared_position IS NULL;
CREATE INDEX ON poll (replaces) WHERE replaces IS NOT NULL;

CREATE TABLE auditor (                      -- who may read a poll of a group alone without being in the group
    poll_id    uuid NOT NULL,
    auditor_id uuid NOT NULL,
    PRIMARY KEY (poll_id, auditor_id)
);

CREATE FUNCTION may_read(asked poll, asker uuid) RETURNS boolean STABLE
RETURN asked.audience = 'everyone'
    OR EXISTS (SELECT FROM membership WHERE membership.group_id = asked.group_id AND member_id = asker)
    OR EXISTS (SELECT FROM auditor WHERE auditor.poll_id = asked.poll_id AND auditor_id = asker);

CREATE TABLE dispute (                      -- of a poll's roll
    poll_id     uuid NOT NULL,
    disputant   uuid NOT NULL,
    reason      text NOT NULL,
    disputed_at timestamptz NOT NULL,
    position    bigint NOT NULL,
    PRIMARY KEY (poll_id, disputant)
);

CREATE TABLE roll_part (
    poll_id uuid NOT NULL,
    part    integer NOT NULL,
    voters  uuid[] NOT NULL,
    PRIMARY KEY (poll_id, part)
);

CREATE TABLE ballot (
    ballot_id uuid PRIMARY KEY,
    poll_id   uuid NOT NULL,
    voter     uuid NOT NULL,
    choices   text[],                       -- NULL while it is withdrawn or sealed
    marks     bigint[],                     -- one for each of the choices, or none
    reason    text,                         -- of a block
    sealed    text,                         -- the entry, in place of what it says, until hidden results are opened
    position  bigint NOT NULL               -- of the event that set the choices
);
CREATE INDEX ON ballot (poll_id);

CREATE TABLE replaced_ballot (              -- what ballots said before; the columns are those of ballot
    ballot_id uuid NOT NULL,
    choices   text[],
    marks     bigint[],
    reason    text,
    sealed    text,
    position  bigint NOT NULL,
    PRIMARY KEY (ballot_id, position)
);

CREATE TABLE paper_ballot (
    batch_id uuid NOT NULL,
    choices  text[],                        -- NULL while it is sealed
    marks    bigint[],
    sealed   text,                          -- the entry of a whole part, until hidden results are opened
    times    integer NOT NULL               -- so many ballots of a part of the batch say this
);
CREATE INDEX ON paper_ballot (batch_id);

CREATE TABLE paper_batch (
    batch_id       uuid PRIMARY KEY,
    poll_id        uuid NOT NULL,
    ballots_count  integer NOT NULL,
    entered_at     timestamptz NOT NULL,
    entered_by     uuid NOT NULL,
    position       bigint NOT NULL,
    struck_because text
);
CREATE INDEX ON paper_batch (poll_id, position);

CREATE VIEW counted_ballot AS               -- all that a count takes, alike ballots together where they came together
    SELECT poll_id, choices, marks, 1 AS times, false AS is_paper
    FROM ballot
    WHERE choices IS NOT NULL OR sealed IS NOT NULL
    UNION ALL
    SELECT poll_id, choices, marks, times, true
    FROM paper_ballot JOIN paper_batch USING (batch_id)
    WHERE struck_because IS NULL;

CREATE TABLE result_part (
    poll_id uuid NOT NULL,
    part    integer NOT NULL,
    rounds  jsonb NOT NULL,
    PRIMARY KEY (poll_id, part)
);

CREATE TABLE result (
    poll_id             uuid PRIMARY KEY,
    method              text NOT NULL,
    closed_position     bigint NOT NULL,
    declared_position   bigint NOT NULL,
    declared_at         timestamptz NOT NULL,
    seed                text NOT NULL,
    voters_count        integer NOT NULL,
    ballots_count       integer NOT NULL,
    paper_ballots_count integer NOT NULL,
    blank_count         integer NOT NULL,
    delegated_count     integer NOT NULL,
    winners             text[] NOT NULL,
    unit                integer NOT NULL,
    quota               bigint,
    ranking             jsonb NOT NULL,
    verdict             jsonb,
    rounds_count        integer NOT NULL,
    outcome_sha256      text NOT NULL,
    ballots_sha256      text NOT NULL
);

CREATE TABLE customs (
    group_id       uuid PRIMARY KEY,
    audience       text NOT NULL,
    delegations    text NOT NULL,
    carry_max      integer,                 -- NULL: any number
    objection_days integer NOT NULL,
    position       bigint NOT NULL
);

CREATE TABLE template (                     -- gone when it is dropped
    template_id   uuid PRIMARY KEY,
    group_id      uuid NOT NULL,
    name          text NOT NULL,
    terms         jsonb NOT NULL,
    made_position bigint NOT NULL
);
CREATE INDEX ON template (group_id, made_position);

CREATE TABLE tree (                         -- the Merkle tree over this log as far as it is read, so that it can grow
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    size     bigint NOT NULL,
    hashes   bytea[] NOT NULL               -- the roots of its full subtrees, largest first
);
INSERT INTO tree (size, hashes) VALUES (0, '{}');

CREATE TABLE delegation (                   -- who lets whom vote, from one entry of the log until another
    delegation_id  uuid NOT NULL,
    group_id       uuid NOT NULL,
    scope          text NOT NULL,
    poll_id        uuid,
    topic          text,
    delegator      uuid NOT NULL,           -- a voter of the poll, or an elector of the group
    delegate       uuid NOT NULL,           -- the same
    is_for_group   boolean NOT NULL,        -- sealed with the group's key: not for strangers
    from_position  bigint NOT NULL,
    until_position bigint,
    PRIMARY KEY (delegation_id, from_position)
);
CREATE INDEX ON delegation (group_id, poll_id);
CREATE INDEX ON delegation (delegator);

CREATE VIEW delegation_in_poll AS           -- those that may speak in a poll: as they stand, or stood at its close
    SELECT poll.poll_id, scope, delegator, delegate, from_position, is_for_group
    FROM poll JOIN delegation ON delegation.group_id = poll.group_id AND (
        delegation.poll_id = poll.poll_id
        OR delegation.poll_id IS NULL AND (topic IS NULL OR topic = terms ->> 'topic')
    )
    WHERE (terms ->> 'takes_delegations')::boolean
        AND (closed_position IS NULL OR from_position < closed_position)
        AND (until_position IS NULL OR until_position > closed_position);

CREATE TABLE carried_vote (                 -- what became of a vote that was delegated and not cast
    poll_id      uuid NOT NULL,
    part         integer NOT NULL,
    place        integer NOT NULL,
    delegator    uuid NOT NULL,
    carrier      uuid,
    lost         text,
    is_for_group boolean NOT NULL,
    PRIMARY KEY (poll_id, part, place)
);

CREATE TABLE proposal (
    proposal_id         uuid PRIMARY KEY,
    group_id            uuid NOT NULL,
    author              uuid NOT NULL,      -- as all who act here: a pseudonym in the group
    title               text NOT NULL,
    text                text NOT NULL,
    text_sha256         text NOT NULL,
    version_number      integer NOT NULL DEFAULT 1,
    topic               text,
    template_id         uuid,
    terms               jsonb NOT NULL,
    audience            text NOT NULL,
    made_at             timestamptz NOT NULL,
    discussion_until    timestamptz NOT NULL,
    support_needed      integer NOT NULL,
    supporters_count    integer NOT NULL DEFAULT 0,
    has_met_support     boolean NOT NULL,   -- stays so, also when supporters leave it again
    support_reached_at  timestamptz,
    poll_id             uuid,               -- the newest vote on it, perhaps cancelled
    put_to_vote_at      timestamptz,
    decided_in          uuid,
    decided_at          timestamptz,
    is_adopted          boolean,
    taken_back_at       timestamptz,
    taken_back_because  text,
    made_position       bigint NOT NULL,
    position            bigint NOT NULL     -- of the newest entry of the proposal
);
CREATE INDEX ON proposal (group_id, made_position);
CREATE INDEX ON proposal (proposal_id) WHERE has_met_support AND support_reached_at IS NULL AND support_needed > 0;
CREATE INDEX ON proposal (poll_id) WHERE decided_in IS NULL;
CREATE INDEX ON proposal (decided_in);

CREATE TABLE proposal_version (
    proposal_id    uuid NOT NULL,
    version_number integer NOT NULL,
    title          text NOT NULL,
    text           text NOT NULL,
    text_sha256    text NOT NULL,
    amendment_id   uuid,                    -- that it took in
    made_at        timestamptz NOT NULL,
    position       bigint NOT NULL,
    PRIMARY KEY (proposal_id, version_number)
);

CREATE TABLE support (
    support_id  uuid PRIMARY KEY,
    proposal_id uuid NOT NULL,
    supporter   uuid NOT NULL,
    is_given    boolean NOT NULL
);

CREATE TABLE statement (                    -- the words stand in the vault
    statement_id  uuid PRIMARY KEY,
    proposal_id   uuid NOT NULL,
    author        uuid NOT NULL,
    side          text NOT NULL,
    text_sha256   text NOT NULL,
    made_at       timestamptz NOT NULL,
    is_taken_back boolean NOT NULL DEFAULT false,
    position      bigint NOT NULL
);
CREATE INDEX ON statement (proposal_id, position);

CREATE TABLE amendment (
    amendment_id   uuid PRIMARY KEY,
    proposal_id    uuid NOT NULL,
    author         uuid NOT NULL,
    of_version     integer NOT NULL,
    title          text NOT NULL,
    text           text NOT NULL,
    text_sha256    text NOT NULL,
    why            text,
    state          text NOT NULL DEFAULT 'open',  -- open, refused, taken in, taken back; a vote shows in poll_id
    is_settled     boolean NOT NULL DEFAULT false,
    reason         text,
    poll_id        uuid,                    -- the newest vote on it, perhaps cancelled
    version_number integer,                 -- that it became
    made_at        timestamptz NOT NULL,
    position       bigint NOT NULL          -- of its making
);
CREATE INDEX ON amendment (proposal_id, position);
CREATE INDEX ON amendment (poll_id) WHERE NOT is_settled;

CREATE TABLE erased (                       -- who left the node
    member_id uuid PRIMARY KEY
);

CREATE FUNCTION may_see(asked proposal, asker uuid) RETURNS boolean STABLE
RETURN asked.audience = 'everyone'
    OR EXISTS (SELECT FROM membership WHERE membership.group_id = asked.group_id AND member_id = asker);

-- Who it is that acts under a pseudonym: a member of the group today, and shown to members alone.
CREATE FUNCTION member_seen(in_group uuid, pseudonym uuid, asker uuid) RETURNS uuid STABLE RETURN (
    SELECT known_elector.member_id
    FROM vault.known_elector
        JOIN membership AS acts ON acts.group_id = in_group AND acts.member_id = known_elector.member_id
        JOIN membership AS asks ON asks.group_id = in_group AND asks.member_id = asker
    WHERE elector = pseudonym
);

-- Who opened a poll: likewise a member of the group today, and shown to members alone.
CREATE FUNCTION opener_seen(asked poll, asker uuid) RETURNS uuid STABLE RETURN coalesce(
    member_seen(asked.group_id, asked.opened_by, asker),
    (
        SELECT acts.member_id
        FROM membership AS acts
            JOIN membership AS asks ON asks.group_id = acts.group_id AND asks.member_id = asker
        WHERE acts.group_id = asked.group_id AND acts.member_id = asked.opened_by
    )
);

CREATE TABLE task (                         -- something that follows from a result
    task_id   uuid PRIMARY KEY,
    poll_id   uuid NOT NULL,
    group_id  uuid NOT NULL,
    what      text NOT NULL,
    elector   uuid,                         -- who does it
    due_on    date,
    state     text NOT NULL DEFAULT 'open',
    note      text,
    agreed_at timestamptz NOT NULL,
    moved_at  timestamptz NOT NULL,
    position  bigint NOT NULL               -- of its being agreed
);
CREATE INDEX ON task (poll_id, position);
CREATE INDEX ON task (group_id, position);

CREATE TABLE review (                       -- when a group looks again at what it decided
    result_id   uuid PRIMARY KEY,           -- uuid5(poll_id, "result")
    review_on   date NOT NULL,
    fell_due_at timestamptz
);
CREATE INDEX ON review (review_on) WHERE fell_due_at IS NULL;

CREATE TABLE objection (
    objection_id   uuid PRIMARY KEY,
    poll_id        uuid NOT NULL,
    objector       uuid NOT NULL,           -- as voter in that poll
    reason         text NOT NULL,
    remedy         text NOT NULL,
    raised_at      timestamptz NOT NULL,
    agrees         boolean,                 -- NULL while nothing is counted again
    outcome_sha256 text,
    ballots_sha256 text,
    recounted_at   timestamptz,
    review_poll_id uuid,
    position       bigint NOT NULL
);
CREATE INDEX ON objection (poll_id, position);
CREATE INDEX ON objection (review_poll_id);
CREATE INDEX ON objection (position) WHERE remedy = 'recount' AND recounted_at IS NULL;
