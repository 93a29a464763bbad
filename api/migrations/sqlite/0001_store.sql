-- People's data and the registry. Times are microseconds UTC, money is whole micro-units of the currency.

-- Facts about the store itself: its id.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Every change of master data in one order: history, and the outbox that the registry worker copies to the lake.
CREATE TABLE registry_row (
    sequence      INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    table_name    TEXT NOT NULL,
    row_key       TEXT NOT NULL,
    community_id  TEXT,
    body          TEXT NOT NULL,
    applied_at_us INTEGER NOT NULL,
    author        TEXT NOT NULL
) STRICT;

CREATE TRIGGER registry_row_is_not_edited BEFORE UPDATE ON registry_row
BEGIN SELECT RAISE(ABORT, 'registry rows are never edited: a correction is a new row'); END;

CREATE TRIGGER registry_row_is_not_deleted BEFORE DELETE ON registry_row
BEGIN SELECT RAISE(ABORT, 'registry rows are never deleted: a correction is a new row'); END;

-- The last row of each thing.
CREATE TABLE registry_current (
    table_name TEXT NOT NULL,
    row_key    TEXT NOT NULL,
    sequence   INTEGER NOT NULL REFERENCES registry_row (sequence),
    body       TEXT NOT NULL,
    PRIMARY KEY (table_name, row_key)
) STRICT;

-- What people are called. Never copied to the lake. An empty member_id is the community itself.
CREATE TABLE display_name (
    community_id TEXT NOT NULL,
    member_id    TEXT NOT NULL,
    name         TEXT NOT NULL,
    PRIMARY KEY (community_id, member_id)
) STRICT;

-- Who did what: each line's hash covers the line before it, and a salted digest of what may have to be erased.
CREATE TABLE audit (
    sequence      INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
    at_us         INTEGER NOT NULL,
    author        TEXT NOT NULL,
    action        TEXT NOT NULL,
    detail        TEXT NOT NULL,
    body_digest   TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit chain is never edited'); END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit chain is never cut'); END;

-- The personal part of an audit line. Deleting it leaves the chain whole.
CREATE TABLE audit_body (
    sequence INTEGER NOT NULL PRIMARY KEY REFERENCES audit (sequence),
    salt     TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;

-- The right to write derived tables, held by one process at a time. The epoch only grows.
CREATE TABLE lease (
    name          TEXT NOT NULL PRIMARY KEY,
    holder        TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT;

-- Work that a command hands to the process that holds the lease.
CREATE TABLE request (
    id             INTEGER NOT NULL PRIMARY KEY,
    kind           TEXT NOT NULL,
    body           TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('pending', 'taken', 'done', 'failed', 'withdrawn')),
    epoch          INTEGER,
    result         TEXT,
    created_at_us  INTEGER NOT NULL,
    finished_at_us INTEGER
) STRICT;

CREATE INDEX request_by_state ON request (state, id);
