-- Read models of identity. Every row can be rebuilt from the log: to change
-- a table, change it here and let the service replay from position 1.

CREATE TABLE manifesto (
    version      int PRIMARY KEY,
    sha256       text NOT NULL,
    text         text NOT NULL,
    published_at timestamptz NOT NULL
);

CREATE TABLE member (
    member_id       uuid PRIMARY KEY,
    approved_sha256 text NOT NULL,
    signed_up_at    timestamptz NOT NULL,
    is_former       boolean NOT NULL DEFAULT false
);

-- What the log says of each member, to the byte, for their own eyes.
CREATE TABLE entry (
    position   bigint PRIMARY KEY,
    member_id  uuid NOT NULL REFERENCES member,
    name       text NOT NULL,
    decided_at timestamptz NOT NULL,
    entry      text NOT NULL
);
CREATE INDEX entry_of_member ON entry (member_id, position);
