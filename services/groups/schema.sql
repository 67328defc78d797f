-- Read models of groups. Every row can be rebuilt from the logs: to change a
-- table, change it here and let the service replay from position 1.

CREATE TABLE known_group (                  -- "group" is SQL's own word
    group_id       uuid PRIMARY KEY,
    parent_id      uuid,                    -- the group that it is a sub-group of
    name           text NOT NULL,
    purpose        text NOT NULL,
    search_key     text NOT NULL,           -- of both, as libs.gazetteer.keys makes it
    place          jsonb,
    admission      text NOT NULL,           -- open, approval
    charter_keys   text[] NOT NULL,
    threshold      integer NOT NULL,
    charter_sha256 text NOT NULL,           -- of the exact bytes of the founding entry
    founded_at     timestamptz NOT NULL,
    position       bigint NOT NULL,         -- of the founding: the directory's order
    members_count  integer NOT NULL,
    stewards_count integer NOT NULL,
    stood_down     bigint                   -- position of the last time that a steward stood down
);

CREATE INDEX known_group_newest ON known_group (position DESC) WHERE members_count > 0;
CREATE INDEX known_group_below ON known_group (parent_id, position DESC) WHERE members_count > 0;
CREATE INDEX known_group_orphaned ON known_group (group_id) WHERE members_count > 0 AND stewards_count = 0;

CREATE TABLE membership (
    group_id  uuid NOT NULL,
    member_id uuid NOT NULL,
    role      text,                         -- member, steward; NULL: has asked to join
    since     timestamptz NOT NULL,
    position  bigint NOT NULL,              -- of the joining or asking: who was there first
    PRIMARY KEY (group_id, member_id)
);

CREATE INDEX membership_in_order ON membership (group_id, role DESC, position);
CREATE INDEX membership_newest ON membership (group_id, position DESC) WHERE role IS NOT NULL;
CREATE INDEX membership_of_member ON membership (member_id);

CREATE TABLE erased (
    member_id uuid PRIMARY KEY              -- took themselves back, as identity's log says
);

CREATE TABLE page (
    page_id         uuid PRIMARY KEY,
    owner_kind      text NOT NULL,          -- member, group
    owner           uuid NOT NULL,
    name            text NOT NULL,
    search_key      text NOT NULL,          -- of the name
    kind            text NOT NULL,
    place           jsonb,
    content_sha256  text,                   -- of the vault's row that is shown
    opened_at       timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    position        bigint NOT NULL,        -- of the opening: the lists' order
    followers_count integer NOT NULL DEFAULT 0
);

CREATE INDEX page_newest ON page (position DESC);
CREATE INDEX page_of_owner ON page (owner, position DESC);

CREATE TABLE follow (
    page_id   uuid NOT NULL REFERENCES page ON DELETE CASCADE,
    member_id uuid NOT NULL,
    since     timestamptz NOT NULL,
    position  bigint NOT NULL,              -- of the following
    PRIMARY KEY (page_id, member_id)
);

CREATE INDEX follow_of_member ON follow (member_id);
