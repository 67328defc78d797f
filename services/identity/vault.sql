-- What people may take back: what they are called, how they prove it, where
-- they are signed in. The log knows none of it.

CREATE TABLE IF NOT EXISTS person (
    member_id     uuid PRIMARY KEY,
    handle        text NOT NULL,
    skeleton      text NOT NULL UNIQUE,     -- what all handles have in common that look like this one
    password_hash text NOT NULL,            -- argon2id, with its parameters
    command_id    uuid NOT NULL,            -- of the sign-up, so that sending it twice is signing up once
    attempt       uuid NOT NULL,            -- which of several tries at it holds the handle
    reserved_at   timestamptz NOT NULL,
    confirmed_at  timestamptz               -- null until the log is known to have MemberSignedUp
);

CREATE TABLE IF NOT EXISTS session (
    session_id      uuid PRIMARY KEY,
    member_id       uuid NOT NULL REFERENCES person ON DELETE CASCADE,
    label           text,                   -- the device, in its owner's words
    family_sha256   bytea NOT NULL,         -- of what all its refresh tokens have in common
    token_sha256    bytea NOT NULL,         -- of the newest refresh token
    previous_sha256 bytea,                  -- of the one before
    rotated_at      timestamptz NOT NULL,   -- when the one before was used
    created_at      timestamptz NOT NULL,
    used_at         timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS session_of_member ON session (member_id, used_at);

CREATE TABLE IF NOT EXISTS token_key (
    kid     text PRIMARY KEY,               -- the thumbprint (RFC 7638)
    x       text NOT NULL,                  -- the public half of the Ed25519 key, as a JWK has it
    used_at timestamptz NOT NULL            -- when identity started with it last; the newest one counts
);
