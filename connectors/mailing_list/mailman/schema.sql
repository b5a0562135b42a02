-- What the connector must remember and Mailman can't: SQLite, beside Mailman and not in it.

-- Who is never to be subscribed again: an HMAC of the address under the key in settings, never the address.
CREATE TABLE suppressions (
    email_hash TEXT PRIMARY KEY,
    task_id    TEXT NOT NULL,
    noted_at   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    erased     INTEGER NOT NULL DEFAULT 0 -- 1: is not to be in Mailman at all
) WITHOUT ROWID;

-- What is restricted, and the delivery status that was set before (NULL: none was). While a restriction is being
-- lifted, `others` are the other preferences, as JSON: Mailman can't forget one of them without forgetting all.
CREATE TABLE restrictions (
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    before  TEXT,
    others  TEXT,
    task_id TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

-- What an unfinished task has begun: each change is announced here before it is made.
CREATE TABLE steps (
    task_id TEXT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    verb    TEXT NOT NULL,
    PRIMARY KEY (task_id, kind, key, verb)
) WITHOUT ROWID;

CREATE TABLE applied_tasks (
    task_id TEXT PRIMARY KEY,
    effects TEXT NOT NULL
) WITHOUT ROWID;

-- Who was on which list at the last look, as keyed hashes: who is on none at the next one has left.
CREATE TABLE members_seen (
    list_id    TEXT NOT NULL,
    email_hash BLOB NOT NULL,
    PRIMARY KEY (list_id, email_hash)
) WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

INSERT INTO settings (name, value) VALUES ('key', randomblob(32));
