-- What people may take back: the words and links of their pages. The log
-- holds sha256(salt + content), so a row is shown only while the log says
-- that it is the one that counts, and the log says nothing once it is gone.

CREATE TABLE IF NOT EXISTS page_content (
    page_id uuid NOT NULL,
    sha256  text NOT NULL,
    salt    bytea NOT NULL,
    words   text,
    links   jsonb NOT NULL,                 -- [{"title": …, "url": …}, …]
    PRIMARY KEY (page_id, sha256)
);
