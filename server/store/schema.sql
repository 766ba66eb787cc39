-- schema.sql - what oimd.db holds (BLUEPRINT C). Forward only: migrate.c.
--
-- Per connection: journal_mode=WAL synchronous=FULL wal_autocheckpoint=1000 secure_delete=ON trusted_schema=OFF
-- recursive_triggers=ON foreign_keys=OFF temp_store=MEMORY cache_size=-65536; DBCONFIG_DEFENSIVE.
-- The writer's memory index is what decides; these tables are what it is rebuilt from.

CREATE TABLE meta (               -- policy_version, id_high
  k TEXT PRIMARY KEY, v ANY NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE log (                -- the truth; append only, deleted when nobody is owed it. Never indexed further.
  id         INTEGER PRIMARY KEY, -- the writer's counter, > meta.id_high, never reused
  kind       INTEGER NOT NULL,    -- 1 message  2 notice  3 marker (send_no used up: refused or live; uid = seq = 0)
  uid        INTEGER NOT NULL,    -- mailbox owner
  seq        INTEGER NOT NULL,    -- dense per uid, assigned in the appending transaction
  src_dev    INTEGER NOT NULL,    -- sending device; notices: the device of the peer they count about, or 0
  send_no    INTEGER NOT NULL,    -- src_dev's number, the same in the recipient's and the own row; notices: the count
  cls        INTEGER NOT NULL,
  flags      INTEGER NOT NULL,    -- 1 quiet  2 own copy; markers: the reason behind code
  code       INTEGER NOT NULL,    -- outcome, so that a repeat gets the same answer
  server_ms  INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,    -- 0: never
  size       INTEGER NOT NULL,    -- what quota counts
  body_id    INTEGER,             -- reserved for groups
  msg_id     BLOB,                -- 16; NULL in markers and notices
  env        BLOB                 -- last, so that the scan at start does not follow overflow pages
) STRICT;

CREATE TABLE mbox (               -- what the log no longer shows; written in the trimming transaction
  uid       INTEGER PRIMARY KEY,
  head      INTEGER NOT NULL,
  base      INTEGER NOT NULL,
  announced INTEGER NOT NULL      -- -1: as far as any device has acknowledged; else it stands still here (invisible)
) STRICT;

CREATE TABLE dev (                -- at start: hw = max(hw, max(log.send_no))
  dev     INTEGER PRIMARY KEY,
  uid     INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  hw      INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  start   INTEGER NOT NULL,       -- head when the device was added: it took what lies above start, up to cursor
  cursor  INTEGER NOT NULL,
  owed    INTEGER NOT NULL        -- 0: revoked or stale, not counted by trim
) STRICT;

CREATE TABLE rec (                -- the core's keyed records: people, devices, invites, policies, grants, contacts
  ns INTEGER NOT NULL, k BLOB NOT NULL, ver INTEGER NOT NULL, v BLOB NOT NULL,
  PRIMARY KEY (ns, k)) STRICT, WITHOUT ROWID;

CREATE TABLE chain (              -- organisation log, audit: hash-linked, never changed
  chain INTEGER NOT NULL, n INTEGER NOT NULL, hash BLOB NOT NULL, entry BLOB NOT NULL,
  PRIMARY KEY (chain, n)) STRICT, WITHOUT ROWID;
CREATE TRIGGER chain_no_update BEFORE UPDATE ON chain BEGIN SELECT RAISE(ABORT, 'chain is append-only'); END;
CREATE TRIGGER chain_no_delete BEFORE DELETE ON chain BEGIN SELECT RAISE(ABORT, 'chain is append-only'); END;
