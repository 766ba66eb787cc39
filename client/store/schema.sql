-- schema.sql - a profile's own store. Invariants: client/core/record.h.
-- The one row of `account` and the rows of `outbox` decide what may be said next; everything else is history.

CREATE TABLE account (
  id            INTEGER PRIMARY KEY CHECK (id = 1),
  org_id        BLOB NOT NULL,
  server_key    BLOB NOT NULL,    -- pinned
  server_epoch  BLOB NOT NULL,
  user_id       BLOB NOT NULL,
  device_id     BLOB NOT NULL,
  login         TEXT NOT NULL,
  display       TEXT NOT NULL,
  label         TEXT NOT NULL,
  role          INTEGER NOT NULL,
  ways_version  INTEGER NOT NULL,
  log_seq       INTEGER NOT NULL, -- highest signed head ever seen
  log_head      BLOB NOT NULL,
  conn_counter  INTEGER NOT NULL, -- the five counters never go back, except by a restored server
  last_send_no  INTEGER NOT NULL,
  cursor        INTEGER NOT NULL,
  admin_no      INTEGER NOT NULL,
  presence      INTEGER NOT NULL,
  note          TEXT NOT NULL,
  presence_until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE way (
  position  INTEGER PRIMARY KEY,
  host_port TEXT NOT NULL,
  mode      INTEGER NOT NULL,
  spki      BLOB                  -- 32, or NULL
) STRICT;

CREATE TABLE message (
  n          INTEGER PRIMARY KEY AUTOINCREMENT, -- order of arrival here
  msg_id     BLOB NOT NULL UNIQUE,              -- a duplicate is invisible
  peer       BLOB NOT NULL,
  own        INTEGER NOT NULL,
  state      INTEGER NOT NULL,
  reason     INTEGER NOT NULL,
  who        INTEGER NOT NULL,
  reason_policy TEXT NOT NULL, reason_version TEXT NOT NULL, reason_text TEXT NOT NULL,
  reason_at_ms INTEGER NOT NULL, reason_limit INTEGER NOT NULL,
  text       TEXT NOT NULL,         -- '' when it is gone
  sent_ms    INTEGER NOT NULL,
  server_ms  INTEGER NOT NULL,
  arrived_ms INTEGER NOT NULL,
  shown_ms   INTEGER NOT NULL,
  read_ms    INTEGER NOT NULL,
  until_ms   INTEGER NOT NULL,
  k INTEGER NOT NULL, n_devices INTEGER NOT NULL,
  quiet      INTEGER NOT NULL,
  live       INTEGER NOT NULL,
  once       TEXT,                -- NULL: none, or freed by a refusal
  once_until_ms INTEGER NOT NULL,
  held_until_ms INTEGER NOT NULL DEFAULT 0, -- as it was said when it was held
  held_policy   TEXT NOT NULL DEFAULT '',
  stay       INTEGER NOT NULL DEFAULT 0, -- of the text: 0 it stays, 1 it goes once shown or delivered, 2 gone
  state_ms   INTEGER NOT NULL DEFAULT 0, -- own: since when it is in this state
  erased_ms  INTEGER NOT NULL DEFAULT 0  -- when it was last erased, whatever came after
) STRICT;
CREATE INDEX message_by_peer ON message (peer, n);
CREATE UNIQUE INDEX message_by_once ON message (once, peer) WHERE once IS NOT NULL;
CREATE INDEX message_to_resend ON message (n) WHERE own = 1 AND state = 10 AND reason = 21;
CREATE INDEX message_unread ON message (peer) WHERE own = 0 AND read_ms = 0;

CREATE TABLE outbox (
  n          INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were made
  msg_id     BLOB NOT NULL UNIQUE,
  to_user    BLOB NOT NULL,
  cls        INTEGER NOT NULL,
  send_no    INTEGER NOT NULL,    -- 0: not yet handed to a connection
  waits_join INTEGER NOT NULL,
  made_ms    INTEGER NOT NULL,
  ct         BLOB NOT NULL        -- packed Inner
) STRICT;
CREATE UNIQUE INDEX outbox_by_no ON outbox (send_no) WHERE send_no <> 0;

CREATE TABLE person (
  user_id    BLOB PRIMARY KEY,
  login TEXT NOT NULL, display TEXT NOT NULL, team TEXT NOT NULL, say TEXT NOT NULL,
  role INTEGER NOT NULL, state INTEGER NOT NULL,
  offline_ok INTEGER NOT NULL, why INTEGER NOT NULL, who INTEGER NOT NULL,
  invited_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL,
  user_seq INTEGER NOT NULL, user_prev BLOB NOT NULL,
  devices BLOB NOT NULL,          -- 16 bytes each
  contact INTEGER NOT NULL, blocked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, origin TEXT NOT NULL
) STRICT;

CREATE TABLE policy_source (      -- one row: which policy applies, and why that one
  id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, via TEXT NOT NULL,
  may_leave INTEGER NOT NULL, rule TEXT NOT NULL,
  told_ms INTEGER NOT NULL DEFAULT 0 -- when the server said so
) STRICT;

CREATE TABLE gap (                -- holes in the mailbox, as the server stated them
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, why INTEGER NOT NULL, count INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, told INTEGER NOT NULL DEFAULT 0,
  id BLOB NOT NULL DEFAULT x''    -- what a face names when it has shown it
) STRICT;

CREATE TABLE notice (             -- what is to be told and no message shows; gone once a face has shown it; what 1000:
                                  -- since when the own state is Do Not Disturb or Presenting (at_ms, server's)
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL, what INTEGER NOT NULL, peer BLOB NOT NULL, count INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  UNIQUE (what, peer)
) STRICT;
