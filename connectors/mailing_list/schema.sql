-- The embedded list server: enough of one to hold what GNU Mailman holds about people. SQLite.

CREATE TABLE lists (
    list_id     TEXT PRIMARY KEY,
    name        TEXT NOT NULL
);

CREATE TABLE subscribers (
    id           INTEGER PRIMARY KEY,
    display_name TEXT,
    name_key     TEXT -- for looking up: without case, spaces collapsed
);

CREATE TABLE addresses (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
    email         TEXT NOT NULL, -- as written
    email_key     TEXT NOT NULL UNIQUE, -- as compared
    registered_on TEXT,
    restricted    INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE memberships (
    id              INTEGER PRIMARY KEY,
    list_id         TEXT NOT NULL REFERENCES lists (list_id),
    address_id      INTEGER NOT NULL REFERENCES addresses (id),
    role            TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'owner', 'moderator', 'nonmember')),
    delivery        TEXT NOT NULL DEFAULT 'enabled' CHECK (delivery IN ('enabled', 'disabled')),
    delivery_before TEXT CHECK (delivery_before IN ('enabled', 'disabled')), -- what a restriction put aside
    digest          INTEGER NOT NULL DEFAULT 0,
    subscribed_on   TEXT,
    restricted      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (list_id, address_id, role)
);

CREATE TABLE held_messages (
    id         INTEGER PRIMARY KEY,
    list_id    TEXT NOT NULL REFERENCES lists (list_id),
    email_key  TEXT, -- of the sender
    sender     TEXT,
    subject    TEXT,
    text       TEXT,
    held_at    TEXT NOT NULL,
    restricted INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE bans (
    id         INTEGER PRIMARY KEY,
    list_id    TEXT REFERENCES lists (list_id), -- NULL: every list
    email_key  TEXT NOT NULL,
    restricted INTEGER NOT NULL DEFAULT 0
);

-- Who is never to be written to again: an HMAC of the address under the key in settings, never the address.
CREATE TABLE suppressions (
    email_hash BLOB PRIMARY KEY,
    task_id    TEXT NOT NULL,
    erased     INTEGER NOT NULL DEFAULT 0 -- 1: is not to be here at all
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

INSERT INTO settings (name, value) VALUES ('suppression_key', randomblob(32));

CREATE INDEX subscribers_name ON subscribers (name_key);
CREATE INDEX addresses_subscriber ON addresses (subscriber_id);
CREATE INDEX memberships_address ON memberships (address_id);
CREATE INDEX held_messages_email ON held_messages (email_key);
CREATE INDEX bans_email ON bans (email_key);

-- Whom a posting goes to: nobody who is restricted.
CREATE VIEW recipients AS
SELECT memberships.list_id, addresses.email, memberships.digest
FROM memberships
JOIN addresses ON addresses.id = memberships.address_id
WHERE memberships.role = 'member'
  AND memberships.delivery = 'enabled'
  AND NOT memberships.restricted
  AND NOT addresses.restricted;
