#include "server/store/store_db.h"

#include <assert.h>
#include <string.h>

#define BUSY_TIMEOUT_MS 10000 /* nobody but our own reader and oimd verify ever opens the file */

static const char *const statement_sql[DB_STATEMENT_COUNT] = {
    [DB_BEGIN] = "BEGIN IMMEDIATE",
    [DB_BEGIN_READ] = "BEGIN",
    [DB_COMMIT] = "COMMIT",
    [DB_LOG_INSERT] =
        "INSERT INTO log(id,kind,uid,seq,src_dev,send_no,cls,flags,code,server_ms,expires_ms,size,"
        "msg_id,env) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [DB_LOG_ANSWER] = "SELECT kind,uid,seq,flags,code,expires_ms,msg_id FROM log "
                      "WHERE id BETWEEN ?1 AND ?1+1 AND src_dev=?2 AND send_no=?3 AND kind<>2 ORDER BY id",
    [DB_LOG_DUE] = "SELECT send_no,msg_id,src_dev FROM log WHERE id=?",
    [DB_LOG_FETCH] = "SELECT uid,seq,kind,src_dev,send_no,cls,flags,code,server_ms,expires_ms,msg_id,env "
                     "FROM log WHERE id=?",
    [DB_LOG_DELETE] = "DELETE FROM log WHERE id BETWEEN ? AND ?",
    [DB_LOG_SCAN] = "SELECT id,kind,uid,seq,src_dev,send_no,cls,flags,server_ms,expires_ms,size "
                    "FROM log ORDER BY id",
    [DB_DEV_PUT] =
        "INSERT INTO dev(dev,uid,epoch,hw,settled,start,cursor,owed) VALUES(?,?,?,?,?,?,?,?) "
        "ON CONFLICT(dev) DO UPDATE SET epoch=excluded.epoch,hw=excluded.hw,settled=excluded.settled,"
        "cursor=excluded.cursor,owed=excluded.owed",
    [DB_DEV_SCAN] = "SELECT dev,uid,epoch,hw,settled,start,cursor,owed FROM dev ORDER BY dev",
    [DB_MBOX_PUT] =
        "INSERT INTO mbox(uid,head,base,announced) VALUES(?,?,?,?) ON CONFLICT(uid) DO UPDATE SET "
        "head=excluded.head,base=excluded.base,announced=excluded.announced",
    [DB_MBOX_SCAN] = "SELECT uid,head,announced FROM mbox ORDER BY uid",
    [DB_META_PUT] = "INSERT INTO meta(k,v) VALUES(?,?) ON CONFLICT(k) DO UPDATE SET v=excluded.v",
    [DB_META_GET] = "SELECT v FROM meta WHERE k=?",
    [DB_REC_GET] = "SELECT ver,v FROM rec WHERE ns=? AND k=?",
    [DB_REC_PUT] = "INSERT INTO rec(ns,k,ver,v) VALUES(?,?,?,?) ON CONFLICT(ns,k) DO UPDATE SET "
                   "ver=excluded.ver,v=excluded.v",
    [DB_REC_DELETE] = "DELETE FROM rec WHERE ns=? AND k=?",
    [DB_REC_SCAN] = "SELECT k,ver,v FROM rec WHERE ns=? AND k>? ORDER BY k",
    [DB_CHAIN_LENGTH] = "SELECT coalesce(max(n),0) FROM chain WHERE chain=?",
    [DB_CHAIN_GET] = "SELECT hash,entry FROM chain WHERE chain=? AND n=?",
    [DB_CHAIN_APPEND] = "INSERT INTO chain(chain,n,hash,entry) VALUES(?,?,?,?)",
    [DB_CHAIN_SCAN] = "SELECT n,hash,entry FROM chain WHERE chain=? AND n>=? ORDER BY n",
};

enum oim_status store_db_fail(struct store_db *db, const char *what)
{
    int code = sqlite3_errcode(db->db) & 0xff;
    enum oim_status status = code == SQLITE_FULL ? OIM_ERR_LIMIT : OIM_ERR_STORAGE;
    return oim_fail(&db->error, status, "%s: %s (%d)", what, sqlite3_errmsg(db->db),
                    sqlite3_extended_errcode(db->db));
}

enum oim_status store_db_execute(struct store_db *db, const char *sql)
{
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? OIM_OK : store_db_fail(db, sql);
}

/*
 * WAL, or an error. The pragma's row says "wal" before the change is committed: only running it to its end
 * and asking again tells. Found by test_power_cut: a sync that failed here left a store in rollback mode,
 * where an acknowledgement can be lost with the power.
 */
static enum oim_status set_wal(struct store_db *db)
{
    enum oim_status status = store_db_execute(db, "PRAGMA journal_mode=WAL");
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_stmt *statement = NULL;
    bool is_wal = sqlite3_prepare_v2(db->db, "PRAGMA journal_mode", -1, &statement, NULL) == SQLITE_OK &&
                  sqlite3_step(statement) == SQLITE_ROW &&
                  strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    status = is_wal ? OIM_OK : store_db_fail(db, "journal_mode=WAL");
    sqlite3_finalize(statement);
    return status;
}

static enum oim_status configure(struct store_db *db, enum db_mode mode)
{
    sqlite3_busy_timeout(db->db, BUSY_TIMEOUT_MS);
    sqlite3_extended_result_codes(db->db, 1);
    sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    enum oim_status status = store_db_execute(db, "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
                                                  "PRAGMA foreign_keys=OFF; PRAGMA recursive_triggers=ON;");
    if (status != OIM_OK) {
        return status;
    }
    if (mode == DB_READER) {
        return store_db_execute(db, "PRAGMA query_only=ON; PRAGMA cache_size=-8192;");
    }
    status = set_wal(db);
    if (status != OIM_OK) {
        return status;
    }
    /* FULL: in WAL mode NORMAL may lose the last commits with the power, and we have acked those. */
    return store_db_execute(db, "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000;"
                                "PRAGMA secure_delete=ON; PRAGMA cache_size=-65536;");
}

enum oim_status store_db_open(struct store_db *db, const char *path, const char *vfs, enum db_mode mode,
                              struct oim_error *err)
{
    *db = (struct store_db){0};
    int flags = mode == DB_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(path, &db->db, flags | SQLITE_OPEN_NOMUTEX, vfs);
    enum oim_status status = code == SQLITE_OK ? configure(db, mode) : store_db_fail(db, "open");
    if (status == OIM_OK) {
        return OIM_OK;
    }
    code = sqlite3_errcode(db->db) & 0xff;
    bool is_damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    status = oim_fail(err, OIM_ERR_STORAGE,
                      is_damaged ? "'%s' is damaged (%s): " DB_PUT_COPY_BACK
                                 : "cannot use '%s': %s: check the folder's owner, rights and free space",
                      path, db->error.text);
    store_db_close(db);
    return status;
}

enum oim_status store_db_prepare(struct store_db *db, struct oim_error *err)
{
    for (size_t i = 0; i < DB_STATEMENT_COUNT; i++) {
        int code = sqlite3_prepare_v3(db->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &db->statements[i], NULL);
        if (code != SQLITE_OK) {
            store_db_fail(db, "prepare");
            return oim_fail(err, OIM_ERR_STORAGE, "%s", db->error.text);
        }
    }
    return OIM_OK;
}

void store_db_close(struct store_db *db)
{
    for (size_t i = 0; i < DB_STATEMENT_COUNT; i++) {
        sqlite3_finalize(db->statements[i]);
        db->statements[i] = NULL;
    }
    int code = sqlite3_close(db->db);
    assert(code == SQLITE_OK);
    db->db = NULL;
    db->in_transaction = false;
}

enum oim_status store_db_begin(struct store_db *db)
{
    if (db->in_transaction) {
        return OIM_OK;
    }
    enum oim_status status = store_db_done(db, store_db_use(db, DB_BEGIN));
    db->in_transaction = status == OIM_OK;
    return status;
}

enum oim_status store_db_commit(struct store_db *db)
{
    enum oim_status status = store_db_done(db, store_db_use(db, DB_COMMIT));
    if (status == OIM_OK) {
        db->in_transaction = false;
    }
    return status;
}

enum oim_status store_db_begin_read(struct store_db *db)
{
    assert(!db->in_transaction);
    enum oim_status status = store_db_done(db, store_db_use(db, DB_BEGIN_READ));
    db->in_transaction = status == OIM_OK;
    return status;
}

void store_db_end_read(struct store_db *db)
{
    /* An error inside may have ended the transaction already; nothing was written that could be lost. */
    if (db->in_transaction && sqlite3_get_autocommit(db->db) == 0) {
        (void)!store_db_done(db, store_db_use(db, DB_COMMIT));
    }
    db->in_transaction = false;
}

enum oim_status store_db_empty_wal(struct store_db *db, bool waits)
{
    sqlite3_busy_timeout(db->db, waits ? BUSY_TIMEOUT_MS : 0);
    int code = sqlite3_wal_checkpoint_v2(db->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    enum oim_status status = code == SQLITE_OK                        ? OIM_OK
                             : (code & 0xff) == SQLITE_BUSY && !waits ? OIM_AGAIN
                                                                      : store_db_fail(db, "wal_checkpoint");
    sqlite3_busy_timeout(db->db, BUSY_TIMEOUT_MS);
    return status;
}

sqlite3_stmt *store_db_use(struct store_db *db, enum db_statement which)
{
    sqlite3_stmt *statement = db->statements[which];
    sqlite3_reset(statement);
    return statement;
}

enum oim_status store_db_done(struct store_db *db, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    enum oim_status status = code == SQLITE_DONE ? OIM_OK : store_db_fail(db, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return status;
}

enum oim_status store_db_step(struct store_db *db, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        return OIM_OK;
    }
    enum oim_status status =
        code == SQLITE_DONE ? OIM_ERR_NOT_FOUND : store_db_fail(db, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return status;
}

void store_db_bind_u64(sqlite3_stmt *statement, int position, uint64_t value)
{
    sqlite3_bind_int64(statement, position, (sqlite3_int64)value);
}

void store_db_bind_slice(sqlite3_stmt *statement, int position, struct oim_slice value)
{
    /* A NULL pointer would bind SQL NULL; empty bytes are not that. */
    sqlite3_bind_blob64(statement, position, value.size == 0 ? (const void *)"" : value.data, value.size,
                        SQLITE_STATIC);
}

uint64_t store_db_u64(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}

struct oim_slice store_db_slice(sqlite3_stmt *statement, int column)
{
    const void *data = sqlite3_column_blob(statement, column);
    return (struct oim_slice){.data = data, .size = (size_t)sqlite3_column_bytes(statement, column)};
}
