/*
 * local_sqlite.c - local_store.h over SQLite.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/store/local_sqlite.h"
#include "client/store/schema.h"
#include "common/bug.h"

#define APPLICATION_ID 0x4F494D6C /* "OIMl" */
#define SCHEMA_VERSION 8

static enum oim_status fail_sqlite(struct local_store *store, struct oim_error *err, const char *what)
{
    return oim_fail(err, OIM_ERR_STORAGE, "%s: %s", what, sqlite3_errmsg(store->db));
}

static enum oim_status execute(struct local_store *store, const char *sql, struct oim_error *err)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return fail_sqlite(store, err, "the profile's store");
    }
    return OIM_OK;
}

static int64_t pragma_number(struct local_store *store, const char *sql)
{
    STATEMENT statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        return -1;
    }
    return sqlite3_column_int64(statement, 0);
}

/* What makes a store of version index + 1 one of the next: schema.sql is what comes out. */
static const char *const upgrades[] = {
    "DELETE FROM policy;" /* the server tells it again, with what it says now */
    "DROP TABLE policy_source;"
    "CREATE TABLE policy_source (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, via TEXT NOT "
    "NULL,"
    " may_leave INTEGER NOT NULL, rule TEXT NOT NULL) STRICT;"
    "PRAGMA user_version=2",
    "ALTER TABLE message ADD COLUMN held_until_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE message ADD COLUMN held_policy TEXT NOT NULL DEFAULT '';"
    "PRAGMA user_version=3",
    "ALTER TABLE message ADD COLUMN stay INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version=4",
    "CREATE INDEX IF NOT EXISTS message_to_resend ON message (n) WHERE own = 1 AND state = 10 AND reason = "
    "21;"
    "PRAGMA user_version=5",
    "ALTER TABLE gap ADD COLUMN id BLOB NOT NULL DEFAULT x'';"
    "UPDATE gap SET id = randomblob(16) WHERE told = 0;"
    "CREATE TABLE notice (n INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL, what INTEGER NOT NULL,"
    " peer BLOB NOT NULL, count INTEGER NOT NULL, at_ms INTEGER NOT NULL, UNIQUE (what, peer)) STRICT;"
    "PRAGMA user_version=6",
    "ALTER TABLE policy_source ADD COLUMN told_ms INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version=7",
    "ALTER TABLE message ADD COLUMN state_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE message ADD COLUMN erased_ms INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version=8",
};
_Static_assert(OIM_COUNT(upgrades) == SCHEMA_VERSION - 1, "from every version there is a way to this one");

static enum oim_status upgrade(struct local_store *store, int64_t version, struct oim_error *err)
{
    enum oim_status status = OIM_OK;
    for (; version < SCHEMA_VERSION && status == OIM_OK; version++) {
        status = execute(store, "BEGIN IMMEDIATE", err);
        if (status == OIM_OK) {
            status = execute(store, upgrades[version - 1], err);
        }
        if (status == OIM_OK) {
            status = execute(store, "COMMIT", err);
        }
    }
    return status;
}

static enum oim_status prepare_schema(struct local_store *store, struct oim_error *err)
{
    int64_t application_id = pragma_number(store, "PRAGMA application_id");
    int64_t version = pragma_number(store, "PRAGMA user_version");
    int64_t tables = pragma_number(store, "SELECT count(*) FROM sqlite_schema");
    if (application_id < 0 || tables < 0) {
        return fail_sqlite(store, err, "the profile's store cannot be read");
    }
    if (tables > 0 && (application_id != APPLICATION_ID || version < 1)) {
        return oim_fail(err, OIM_ERR_STORAGE, "the profile's store is not an oim store");
    }
    if (version > SCHEMA_VERSION) {
        return oim_fail(err, OIM_ERR_STORAGE,
                        "the profile's store was written by a newer oim (version %lld, this one knows %d)",
                        (long long)version, SCHEMA_VERSION);
    }
    enum oim_status status = execute(store,
                                     "PRAGMA journal_mode=WAL;"
                                     "PRAGMA secure_delete=ON; PRAGMA trusted_schema=OFF;"
                                     "PRAGMA temp_store=MEMORY;",
                                     err);
    if (status == OIM_OK) {
        status = execute(
            store, BUG(STORE_DOES_NOT_SYNC) ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=FULL", err);
    }
    if (status != OIM_OK || tables > 0) {
        return status == OIM_OK ? upgrade(store, version, err) : status;
    }
    status = execute(store, "BEGIN IMMEDIATE", err);
    if (status == OIM_OK) {
        status = execute(store, schema_sql, err);
    }
    if (status == OIM_OK) {
        status = execute(store, "PRAGMA application_id=1330204012; PRAGMA user_version=8; COMMIT", err);
    }
    return status;
}
_Static_assert(APPLICATION_ID == 1330204012, "the pragma names the same number");

enum oim_status local_store_open(struct local_store **out, const char *path, struct oim_error *err)
{
    struct local_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "out of memory");
    }
    mode_t mask = umask(077);
    int rc = sqlite3_open_v2(path, &store->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    enum oim_status status = rc == SQLITE_OK ? OIM_OK : fail_sqlite(store, err, "the profile's store");
    if (status == OIM_OK) {
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        status = prepare_schema(store, err);
    }
    umask(mask);
    if (status != OIM_OK) {
        local_store_close(store);
        return status;
    }
    *out = store;
    return OIM_OK;
}

void local_store_close(struct local_store *store)
{
    if (store == NULL) {
        return;
    }
    sqlite3_close(store->db);
    free(store);
}

/* ---- binding and running one statement ---- */

struct binder {
    sqlite3_stmt *statement;
    int position;
    int rc;
};

static void put_number(struct binder *binder, uint64_t value)
{
    binder->rc |= sqlite3_bind_int64(binder->statement, ++binder->position, (sqlite3_int64)value);
}

static void put_text(struct binder *binder, const char *text)
{
    binder->rc |= sqlite3_bind_text(binder->statement, ++binder->position, text, -1, SQLITE_STATIC);
}

static void put_bytes(struct binder *binder, const void *data, size_t size)
{
    binder->rc |=
        sqlite3_bind_blob64(binder->statement, ++binder->position, size > 0 ? data : "", size, SQLITE_STATIC);
}

static void put_id(struct binder *binder, const struct oim_id *id)
{
    put_bytes(binder, id->bytes, sizeof(id->bytes));
}

static enum oim_status begin(struct local_store *store, const char *sql, struct binder *out,
                             struct oim_error *err)
{
    *out = (struct binder){0};
    if (sqlite3_prepare_v2(store->db, sql, -1, &out->statement, NULL) != SQLITE_OK) {
        return fail_sqlite(store, err, "the profile's store");
    }
    return OIM_OK;
}

/* Run a statement that returns no rows and close it. */
static enum oim_status run(struct local_store *store, struct binder *binder, struct oim_error *err)
{
    int rc = binder->rc == SQLITE_OK ? sqlite3_step(binder->statement) : binder->rc;
    enum oim_status status = rc == SQLITE_DONE ? OIM_OK : fail_sqlite(store, err, "cannot write the profile");
    sqlite3_finalize(binder->statement);
    return status;
}

static bool changed_any(struct local_store *store)
{
    return sqlite3_changes(store->db) > 0;
}

/* ---- changes ---- */

static enum oim_status save_account(struct local_store *store, const struct account *account,
                                    struct oim_error *err)
{
    struct binder b;
    enum oim_status status =
        begin(store, "REPLACE INTO account VALUES (1,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_id(&b, &account->org_id);
    put_bytes(&b, account->server_key.bytes, sizeof(account->server_key.bytes));
    put_id(&b, &account->server_epoch);
    put_id(&b, &account->user_id);
    put_id(&b, &account->device_id);
    put_text(&b, account->login);
    put_text(&b, account->display);
    put_text(&b, account->label);
    put_number(&b, account->role);
    put_number(&b, account->ways_version);
    put_number(&b, account->log_seq);
    put_bytes(&b, account->log_head.bytes, sizeof(account->log_head.bytes));
    put_number(&b, account->conn_counter);
    put_number(&b, account->last_send_no);
    put_number(&b, account->cursor);
    put_number(&b, account->admin_no);
    put_number(&b, account->presence);
    put_text(&b, account->note);
    put_number(&b, account->presence_until_ms);
    status = run(store, &b, err);
    for (size_t i = 0; status == OIM_OK && i < account->way_count; i++) {
        const struct known_way *way = &account->ways[i];
        status = begin(store, "REPLACE INTO way VALUES (?,?,?,?)", &b, err);
        if (status == OIM_OK) {
            put_number(&b, i);
            put_text(&b, way->host_port);
            put_number(&b, way->mode);
            if (way->has_spki) {
                put_bytes(&b, way->spki, sizeof(way->spki));
            }
            status = run(store, &b, err);
        }
    }
    if (status == OIM_OK &&
        (status = begin(store, "DELETE FROM way WHERE position >= ?", &b, err)) == OIM_OK) {
        put_number(&b, account->way_count);
        status = run(store, &b, err);
    }
    return status;
}

/* A key that has run out, or whose message was refused, is free again. */
static enum oim_status free_once(struct local_store *store, const struct message *message,
                                 struct oim_error *err)
{
    struct binder b;
    enum oim_status status = begin(
        store, "UPDATE message SET once = NULL WHERE once = ? AND peer = ? AND once_until_ms < ?", &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_text(&b, message->once);
    put_id(&b, &message->peer);
    put_number(&b, message->arrived_ms);
    return run(store, &b, err);
}

static enum oim_status add_message(struct local_store *store, const struct message *message,
                                   bool *out_applied, struct oim_error *err)
{
    struct binder b;
    enum oim_status status = message->once[0] != '\0' ? free_once(store, message, err) : OIM_OK;
    if (status == OIM_OK) {
        status = begin(
            store,
            "INSERT INTO message (msg_id,peer,own,state,reason,who,reason_policy,reason_version,"
            "reason_text,reason_at_ms,reason_limit,text,sent_ms,server_ms,arrived_ms,shown_ms,read_ms,"
            "until_ms,k,n_devices,quiet,live,once_until_ms,stay,once) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (msg_id) DO NOTHING",
            &b, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    put_id(&b, &message->msg_id);
    put_id(&b, &message->peer);
    put_number(&b, message->own);
    put_number(&b, message->state);
    put_number(&b, message->reason);
    put_number(&b, message->who);
    put_text(&b, message->detail.policy);
    put_text(&b, message->detail.min_version);
    put_text(&b, message->detail.text);
    put_number(&b, message->detail.at_ms);
    put_number(&b, message->detail.limit);
    put_text(&b, message->text);
    put_number(&b, message->sent_ms);
    put_number(&b, message->server_ms);
    put_number(&b, message->arrived_ms);
    put_number(&b, message->shown_ms);
    put_number(&b, message->read_ms);
    put_number(&b, message->until_ms);
    put_number(&b, message->k);
    put_number(&b, message->n);
    put_number(&b, message->quiet);
    put_number(&b, message->live);
    put_number(&b, message->once_until_ms);
    put_number(&b, message->stay);
    if (message->once[0] != '\0') {
        put_text(&b, message->once);
    }
    status = run(store, &b, err);
    *out_applied = changed_any(store);
    return status;
}

/* Whether the state may move is decided on the row as it is: message_state_rank. */
static enum oim_status set_state(struct local_store *store, const struct change_state *state,
                                 bool *out_applied, struct oim_error *err)
{
    struct binder b;
    enum oim_status status = begin(store, "SELECT state, own, peer FROM message WHERE msg_id = ?", &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_id(&b, &state->msg_id);
    bool moves = false;
    if (sqlite3_step(b.statement) == SQLITE_ROW) {
        int old = sqlite3_column_int(b.statement, 0);
        bool own = sqlite3_column_int(b.statement, 1) != 0;
        struct oim_id peer;
        bool peer_ok = sqlite3_column_bytes(b.statement, 2) == OIM_ID_SIZE;
        if (peer_ok) {
            memcpy(peer.bytes, sqlite3_column_blob(b.statement, 2), OIM_ID_SIZE);
            peer_ok = oim_id_is_zero(&state->peer) || oim_id_equal(&state->peer, &peer);
        }
        moves = own && peer_ok && old >= 0 && old < MESSAGE_STATE_COUNT &&
                message_state_moves((enum message_state)old, state);
    }
    sqlite3_finalize(b.statement);
    *out_applied = moves;
    if (!moves) {
        return OIM_OK;
    }
    status = begin(store,
                   "UPDATE message SET state=?1, reason=?2, who=?3, reason_policy=?4, reason_version=?5,"
                   " reason_text=?6, reason_at_ms=?7, reason_limit=?8, until_ms=?9,"
                   " server_ms=iif(?10 > 0, ?10, server_ms), k=max(k, ?11), n_devices=max(n_devices, ?12),"
                   " live=max(live, ?13), once=iif(?1 = 7, NULL, once),"
                   " held_until_ms=iif(?15 IS NULL, held_until_ms, ?9), held_policy=ifnull(?15, held_policy),"
                   " state_ms=iif(state = ?1 AND state_ms > 0, state_ms, ?16),"
                   " erased_ms=iif(?1 = 10, ?16, erased_ms),"
                   " text=iif(?1 IN (4, 5, 6) AND stay = 1, '', text),"
                   " stay=iif(?1 IN (4, 5, 6) AND stay = 1, 2, stay)"
                   " WHERE msg_id=?14",
                   &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_number(&b, state->state);
    put_number(&b, state->reason);
    put_number(&b, state->who);
    put_text(&b, state->detail.policy);
    put_text(&b, state->detail.min_version);
    put_text(&b, state->detail.text);
    put_number(&b, state->detail.at_ms);
    put_number(&b, state->detail.limit);
    put_number(&b, state->until_ms);
    put_number(&b, state->server_ms);
    put_number(&b, state->k);
    put_number(&b, state->n);
    put_number(&b, state->live);
    put_id(&b, &state->msg_id);
    put_text(&b, state->held_policy);
    put_number(&b, state->at_ms);
    return run(store, &b, err);
}
_Static_assert(MESSAGE_REFUSED == 7 && MESSAGE_ERASED == 10,
               "a refusal frees the key, an erasing is remembered: the numbers stand in the statement above");
_Static_assert(MESSAGE_DELIVERED == 4 && MESSAGE_DELIVERED_QUIET == 5 && MESSAGE_READ == 6 &&
                   TEXT_GOES == 1 && TEXT_GONE == 2,
               "what was delivered need not stay: so do these");

static enum oim_status put_outbox(struct local_store *store, const struct outbox_row *row,
                                  struct oim_error *err)
{
    struct binder b;
    enum oim_status status =
        begin(store,
              "INSERT INTO outbox (msg_id,to_user,cls,send_no,waits_join,made_ms,ct) VALUES (?,?,?,?,?,?,?) "
              "ON CONFLICT (msg_id) DO UPDATE SET send_no=excluded.send_no, waits_join=excluded.waits_join",
              &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_id(&b, &row->msg_id);
    put_id(&b, &row->to_user);
    put_number(&b, row->cls);
    put_number(&b, row->send_no);
    put_number(&b, row->waits_join);
    put_number(&b, row->made_ms);
    put_bytes(&b, row->ct.data, row->ct.size);
    return run(store, &b, err);
}

static enum oim_status drop(struct local_store *store, const char *sql, const struct oim_id *msg_id,
                            bool *out_applied, struct oim_error *err)
{
    struct binder b;
    enum oim_status status = begin(store, sql, &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_id(&b, msg_id);
    status = run(store, &b, err);
    *out_applied = changed_any(store);
    return status;
}

static enum oim_status set_shown(struct local_store *store, const struct change_shown *shown,
                                 bool *out_applied, struct oim_error *err)
{
    *out_applied = false;
    for (size_t i = 0; i < shown->msg_id_count; i++) {
        struct binder b;
        enum oim_status status = begin(store,
                                       "UPDATE message SET shown_ms = iif(shown_ms = 0, ?1, shown_ms),"
                                       " read_ms = iif(?2 AND read_ms = 0, ?1, read_ms),"
                                       " text = iif(stay = 1, '', text), stay = iif(stay = 1, 2, stay)"
                                       " WHERE msg_id = ?3 AND own = 0 AND (?4 OR peer = ?5)"
                                       " AND (shown_ms = 0 OR (?2 AND read_ms = 0))",
                                       &b, err);
        if (status != OIM_OK) {
            return status;
        }
        put_number(&b, shown->at_ms);
        put_number(&b, shown->read);
        put_id(&b, &shown->msg_ids[i]);
        put_number(&b, oim_id_is_zero(&shown->peer));
        put_id(&b, &shown->peer);
        status = run(store, &b, err);
        if (status != OIM_OK) {
            return status;
        }
        *out_applied = *out_applied || changed_any(store);
    }
    return OIM_OK;
}

static enum oim_status put_person(struct local_store *store, const struct person_row *person,
                                  struct oim_error *err)
{
    struct binder b;
    enum oim_status status =
        begin(store, "REPLACE INTO person VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &b, err);
    if (status != OIM_OK) {
        return status;
    }
    put_id(&b, &person->user_id);
    put_text(&b, person->login);
    put_text(&b, person->display);
    put_text(&b, person->team);
    put_text(&b, person->say);
    put_number(&b, person->role);
    put_number(&b, person->state);
    put_number(&b, person->offline_ok);
    put_number(&b, person->why);
    put_number(&b, person->who);
    put_number(&b, person->invited_ms);
    put_number(&b, person->closed_ms);
    put_number(&b, person->user_seq);
    put_bytes(&b, person->user_prev.bytes, sizeof(person->user_prev.bytes));
    put_bytes(&b, person->devices, person->device_count * sizeof(person->devices[0]));
    put_number(&b, person->contact);
    put_number(&b, person->blocked);
    return run(store, &b, err);
}

static enum oim_status put_policy(struct local_store *store, const struct change_policy *policy,
                                  struct oim_error *err)
{
    enum oim_status status = execute(store, "DELETE FROM policy", err);
    for (size_t i = 0; status == OIM_OK && i < policy->row_count; i++) {
        struct binder b;
        status = begin(store, "INSERT INTO policy VALUES (?,?,?,?)", &b, err);
        if (status != OIM_OK) {
            return status;
        }
        put_number(&b, i);
        put_text(&b, policy->rows[i].name);
        put_text(&b, policy->rows[i].value);
        put_text(&b, policy->rows[i].origin);
        status = run(store, &b, err);
    }
    struct binder b;
    if (status == OIM_OK) {
        status = begin(store, "INSERT OR REPLACE INTO policy_source VALUES (1,?,?,?,?,?)", &b, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    put_text(&b, policy->name);
    put_text(&b, policy->via);
    put_number(&b, policy->may_leave);
    put_text(&b, policy->rule);
    put_number(&b, policy->told_ms);
    return run(store, &b, err);
}

static enum oim_status apply(struct local_store *store, struct change *change, struct oim_error *err)
{
    change->applied = true;
    switch (change->kind) {
    case CHANGE_ACCOUNT:
        return save_account(store, change->u.account, err);
    case CHANGE_MESSAGE_ADD:
        return add_message(store, change->u.message, &change->applied, err);
    case CHANGE_MESSAGE_STATE:
        return set_state(store, change->u.state, &change->applied, err);
    case CHANGE_OUTBOX_PUT:
        return put_outbox(store, change->u.outbox, err);
    case CHANGE_OUTBOX_DROP:
        return drop(store, "DELETE FROM outbox WHERE msg_id = ?", &change->u.msg_id, &change->applied, err);
    case CHANGE_MESSAGE_DROP:
        return drop(store, "DELETE FROM message WHERE msg_id = ? AND own = 1", &change->u.msg_id,
                    &change->applied, err);
    case CHANGE_SHOWN:
        return set_shown(store, change->u.shown, &change->applied, err);
    case CHANGE_PERSON:
        return put_person(store, change->u.person, err);
    case CHANGE_POLICY:
        return put_policy(store, change->u.policy, err);
    case CHANGE_GAP:
        return local_news_add_gap(store, change->u.gap, &change->applied, err);
    case CHANGE_NOTICE:
        return local_news_add_notice(store, change->u.notice, err);
    case CHANGE_QUIET:
        return local_news_add_quiet(store, change->u.quiet, &change->applied, err);
    }
    return oim_fail(err, OIM_ERR_STORAGE, "a change of a kind this store does not know");
}

enum oim_status local_store_commit(struct local_store *store, struct change *changes, size_t change_count,
                                   struct oim_error *err)
{
    enum oim_status status = execute(store, "BEGIN IMMEDIATE", err);
    for (size_t i = 0; status == OIM_OK && i < change_count; i++) {
        status = apply(store, &changes[i], err);
    }
    if (status == OIM_OK) {
        status = execute(store, "COMMIT", err);
    }
    if (status != OIM_OK) {
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}
