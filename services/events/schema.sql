-- Read models of events. Every row can be rebuilt from the logs: to change a
-- table, change it here and let the service replay from position 1. A rebuild
-- also brings new rules of time zones into the column starts_at.

CREATE TABLE known_group (
    group_id uuid PRIMARY KEY               -- founded, as groups' log says
);

CREATE TABLE standing (
    group_id  uuid NOT NULL,
    member_id uuid NOT NULL,
    role      text,                         -- NULL: was a member
    PRIMARY KEY (group_id, member_id)
);

CREATE INDEX standing_former ON standing (member_id, group_id) WHERE role IS NULL;

CREATE TABLE erased (
    member_id uuid PRIMARY KEY              -- took themselves back, as identity's log says
);

CREATE TABLE gathering (
    gathering_id        uuid PRIMARY KEY,
    group_id            uuid NOT NULL,
    organiser           uuid NOT NULL,
    name                text NOT NULL,
    search_key          text NOT NULL,      -- of the name, as libs.gazetteer.keys makes it
    starts_at           timestamptz NOT NULL,
    ends_at             timestamptz NOT NULL,
    starts_wall         timestamp NOT NULL, -- what the zone's clocks show then
    ends_wall           timestamp NOT NULL,
    time_zone           text NOT NULL,
    place               jsonb,
    capacity            integer,
    description_sha256  text,
    scheduled_at        timestamptz NOT NULL,
    changed_at          timestamptz,
    moved_from          timestamptz,        -- where the hour was changed: when it would have begun before
    moved_from_wall     timestamp,
    cancelled_at        timestamptz,
    cancellation_reason text
);

CREATE INDEX gathering_of_group ON gathering (group_id, ends_at);
CREATE INDEX gathering_organiser ON gathering (organiser);

CREATE TABLE answer (
    gathering_id uuid NOT NULL REFERENCES gathering,
    member_id    uuid NOT NULL,
    answer       text NOT NULL,             -- going, waiting, maybe, not
    answered_at  timestamptz NOT NULL,
    position     bigint NOT NULL,           -- of the answer: the waiting list's order
    PRIMARY KEY (gathering_id, member_id)
);

CREATE INDEX answer_in_order ON answer (gathering_id, answer, position);
CREATE INDEX answer_of_member ON answer (member_id);
