/*
 * local_news.c - holes in the mailbox and notices, until a face has shown them: see local_store.h.
 *
 * A hole stays after it was told, so that the server may state it twice. A notice does not; the same again of
 * the same person takes the place of one that nobody has seen yet, so that there are never many.
 * Among them is since when the own state has kept things quiet, until the summary of that was told.
 */
#include <string.h>

#include "client/store/local_sqlite.h"

#define WHAT_QUIET 1000 /* not one of enum notice_what, which the wire numbers */

static enum oim_status run(struct local_store *store, sqlite3_stmt *statement, struct oim_error *err)
{
    if (sqlite3_step(statement) != SQLITE_DONE) {
        return oim_fail(err, OIM_ERR_STORAGE, "cannot write the profile: %s", sqlite3_errmsg(store->db));
    }
    return OIM_OK;
}

static void bind_id(sqlite3_stmt *statement, int position, const struct oim_id *id)
{
    sqlite3_bind_blob(statement, position, id->bytes, sizeof(id->bytes), SQLITE_STATIC);
}

static struct oim_id id_at(sqlite3_stmt *row, int column)
{
    struct oim_id id = {{0}};
    if (sqlite3_column_bytes(row, column) == (int)sizeof(id.bytes)) {
        memcpy(id.bytes, sqlite3_column_blob(row, column), sizeof(id.bytes));
    }
    return id;
}

enum oim_status local_news_add_gap(struct local_store *store, const struct change_gap *gap, bool *out_applied,
                                   struct oim_error *err)
{
    STATEMENT statement = NULL;
    enum oim_status status = local_prepare(
        store,
        "INSERT INTO gap (from_seq,to_seq,why,count,at_ms,id) SELECT ?1,?2,?3,?4,?5,?6 WHERE NOT"
        " EXISTS (SELECT 1 FROM gap WHERE from_seq=?1 AND to_seq=?2 AND why=?3 AND count=?4)",
        &statement, err);
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)gap->from_seq);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)gap->to_seq);
    sqlite3_bind_int64(statement, 3, gap->why);
    sqlite3_bind_int64(statement, 4, gap->count);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)gap->at_ms);
    bind_id(statement, 6, &gap->id);
    status = run(store, statement, err);
    *out_applied = status == OIM_OK && sqlite3_changes(store->db) > 0;
    return status;
}

/* What expired or was erased adds up; of the rest the last one says it all. */
enum oim_status local_news_add_notice(struct local_store *store, const struct change_notice *notice,
                                      struct oim_error *err)
{
    bool adds_up = notice->what == NOTICE_EXPIRED_HERE || notice->what == NOTICE_ERASED_HERE;
    STATEMENT statement = NULL;
    enum oim_status status =
        local_prepare(store,
                      "REPLACE INTO notice (id,what,peer,count,at_ms) VALUES (?1,?2,?3,"
                      "?4 + iif(?6, ifnull((SELECT count FROM notice WHERE what=?2 AND peer=?3), 0), 0),?5)",
                      &statement, err);
    if (status != OIM_OK) {
        return status;
    }
    bind_id(statement, 1, &notice->id);
    sqlite3_bind_int64(statement, 2, notice->what);
    bind_id(statement, 3, &notice->peer);
    sqlite3_bind_int64(statement, 4, notice->count);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)notice->at_ms);
    sqlite3_bind_int(statement, 6, adds_up);
    return run(store, statement, err);
}

/* The first of its kind stays: a second time of quiet belongs to the same summary. */
enum oim_status local_news_add_quiet(struct local_store *store, const struct change_quiet *quiet,
                                     bool *out_applied, struct oim_error *err)
{
    STATEMENT statement = NULL;
    enum oim_status status = local_prepare(
        store, "INSERT OR IGNORE INTO notice (id,what,peer,count,at_ms) VALUES (?1,?2,zeroblob(16),0,?3)",
        &statement, err);
    if (status != OIM_OK) {
        return status;
    }
    bind_id(statement, 1, &quiet->id);
    sqlite3_bind_int64(statement, 2, WHAT_QUIET);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)quiet->since_ms);
    status = run(store, statement, err);
    *out_applied = status == OIM_OK && sqlite3_changes(store->db) > 0;
    return status;
}

enum oim_status local_store_quiet(struct local_store *store, struct change_quiet *out)
{
    STATEMENT row = NULL;
    enum oim_status status = local_prepare(store, "SELECT id,at_ms FROM notice WHERE what = ?", &row, NULL);
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_bind_int64(row, 1, WHAT_QUIET);
    int rc = sqlite3_step(row);
    if (rc == SQLITE_ROW) {
        *out = (struct change_quiet){.id = id_at(row, 0), .since_ms = (uint64_t)sqlite3_column_int64(row, 1)};
    }
    return rc == SQLITE_ROW ? OIM_OK : rc == SQLITE_DONE ? OIM_ERR_NOT_FOUND : OIM_ERR_STORAGE;
}

static bool take_gap(sqlite3_stmt *row, local_store_news_fn *fn, void *context)
{
    struct change_gap gap = {.id = id_at(row, 1),
                             .from_seq = (uint64_t)sqlite3_column_int64(row, 2),
                             .to_seq = (uint64_t)sqlite3_column_int64(row, 3),
                             .why = (enum gap_why)sqlite3_column_int(row, 4),
                             .count = (uint32_t)sqlite3_column_int64(row, 5),
                             .at_ms = (uint64_t)sqlite3_column_int64(row, 6)};
    return fn(context, &(struct local_news){.gap = &gap});
}

static bool take_notice(sqlite3_stmt *row, local_store_news_fn *fn, void *context)
{
    struct change_notice notice = {.id = id_at(row, 1),
                                   .what = (enum notice_what)sqlite3_column_int(row, 2),
                                   .peer = id_at(row, 3),
                                   .count = (uint32_t)sqlite3_column_int64(row, 4),
                                   .at_ms = (uint64_t)sqlite3_column_int64(row, 5)};
    return fn(context, &(struct local_news){.notice = &notice});
}

/* The first column is the row's number. */
static enum oim_status take_all(struct local_store *store, const char *sql, int64_t *mark,
                                bool (*take)(sqlite3_stmt *, local_store_news_fn *, void *),
                                local_store_news_fn *fn, void *context)
{
    STATEMENT row = NULL;
    int rc;
    enum oim_status status = local_prepare(store, sql, &row, NULL);
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_bind_int64(row, 1, *mark);
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        if (!take(row, fn, context)) {
            return OIM_OK;
        }
        *mark = sqlite3_column_int64(row, 0);
    }
    return rc == SQLITE_DONE ? OIM_OK : OIM_ERR_STORAGE;
}

_Static_assert(WHAT_QUIET == 1000, "the number stands in the statement below");
enum oim_status local_store_news(struct local_store *store, struct local_news_mark *mark,
                                 local_store_news_fn *fn, void *context)
{
    enum oim_status status = take_all(
        store, "SELECT n,id,from_seq,to_seq,why,count,at_ms FROM gap WHERE told = 0 AND n > ? ORDER BY n",
        &mark->gap_n, take_gap, fn, context);
    if (status == OIM_OK) {
        status = take_all(
            store, "SELECT n,id,what,peer,count,at_ms FROM notice WHERE n > ? AND what <> 1000 ORDER BY n",
            &mark->notice_n, take_notice, fn, context);
    }
    return status;
}

enum oim_status local_store_told(struct local_store *store, const struct oim_id *id)
{
    static const char *const statements[] = {"UPDATE gap SET told = 1 WHERE told = 0 AND id = ?",
                                             "DELETE FROM notice WHERE id = ?"};
    enum oim_status status = OIM_OK;
    for (size_t i = 0; status == OIM_OK && i < OIM_COUNT(statements); i++) {
        STATEMENT statement = NULL;
        status = local_prepare(store, statements[i], &statement, NULL);
        if (status == OIM_OK) {
            bind_id(statement, 1, id);
            status = run(store, statement, NULL);
        }
    }
    return status;
}
