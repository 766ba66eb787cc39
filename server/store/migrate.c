#include "server/store/migrate.h"

#include <stdio.h>
#include <string.h>

#define CHECK_WHOLE_SIZE_MAX (64 << 20)

static const char schema_sql[] =
#include "server/store/schema.sql.inc"
    ;

static enum oim_status read_number(struct store_db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    enum oim_status status = code == SQLITE_ROW ? OIM_OK : store_db_fail(db, sql);
    if (status == OIM_OK) {
        *out = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return status;
}

static enum oim_status explain(struct store_db *db, struct oim_error *err)
{
    int code = sqlite3_errcode(db->db) & 0xff;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
        return oim_fail(err, OIM_ERR_STORAGE, "the database is damaged (%s): " DB_PUT_COPY_BACK,
                        db->error.text);
    }
    return oim_fail(err, OIM_ERR_STORAGE, "cannot read the database: %s", db->error.text);
}

static enum oim_status create_all(struct store_db *db, struct oim_error *err)
{
    char identity[96];
    snprintf(identity, sizeof(identity), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             STORE_APPLICATION_ID, STORE_SCHEMA_VERSION);
    enum oim_status status = store_db_execute(db, "BEGIN IMMEDIATE");
    if (status == OIM_OK) {
        status = store_db_execute(db, schema_sql);
    }
    if (status == OIM_OK) {
        status = store_db_execute(db, identity);
    }
    if (status == OIM_OK) {
        status = store_db_execute(db, "COMMIT");
    }
    if (status != OIM_OK) {
        return oim_fail(err, OIM_ERR_STORAGE, "cannot create the database: %s", db->error.text);
    }
    return OIM_OK;
}

/* Before anything is written that the older oimd cannot read: from now on it says so instead of guessing. */
static enum oim_status upgrade_from_1(struct store_db *db, struct oim_error *err)
{
    if (store_db_execute(db, "PRAGMA user_version=2") != OIM_OK) {
        return oim_fail(err, OIM_ERR_STORAGE, "cannot upgrade the database: %s", db->error.text);
    }
    return OIM_OK;
}

enum oim_status migrate_run(struct store_db *db, struct oim_error *err)
{
    int64_t application_id = 0;
    int64_t version = 0;
    int64_t table_count = 0;
    if (read_number(db, "PRAGMA application_id", &application_id) != OIM_OK ||
        read_number(db, "PRAGMA user_version", &version) != OIM_OK ||
        read_number(db, "SELECT count(*) FROM sqlite_schema", &table_count) != OIM_OK) {
        return explain(db, err);
    }
    if (application_id == 0 && version == 0 && table_count == 0) {
        return create_all(db, err);
    }
    if (application_id != STORE_APPLICATION_ID) {
        return oim_fail(err, OIM_ERR_STORAGE,
                        "oimd.db is not a database of oimd: move it away, or give another --data-dir");
    }
    if (version > STORE_SCHEMA_VERSION) {
        return oim_fail(
            err, OIM_ERR_STORAGE,
            "oimd.db was written by a newer oimd (schema %lld, this one knows %d): install that version "
            "again, or put a copy of the data folder from before in its place",
            (long long)version, STORE_SCHEMA_VERSION);
    }
    if (version == 1) {
        return upgrade_from_1(db, err);
    }
    if (version < STORE_SCHEMA_VERSION) {
        return oim_fail(err, OIM_ERR_STORAGE, "oimd.db is damaged: schema %lld never existed",
                        (long long)version);
    }
    return OIM_OK;
}

static enum oim_status quick_check(struct store_db *db, const char *sql, struct oim_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        store_db_fail(db, sql);
        sqlite3_finalize(statement);
        return explain(db, err);
    }
    enum oim_status status = OIM_OK;
    const char *verdict = (const char *)sqlite3_column_text(statement, 0);
    if (verdict == NULL || strcmp(verdict, "ok") != 0) {
        status = oim_fail(err, OIM_ERR_STORAGE, "the database is damaged (%.200s): " DB_PUT_COPY_BACK,
                          verdict == NULL ? "no verdict" : verdict);
    }
    sqlite3_finalize(statement);
    return status;
}

enum oim_status migrate_check(struct store_db *db, struct oim_error *err)
{
    int64_t page_count = 0;
    int64_t page_size = 0;
    if (read_number(db, "PRAGMA page_count", &page_count) != OIM_OK ||
        read_number(db, "PRAGMA page_size", &page_size) != OIM_OK) {
        return explain(db, err);
    }
    if (page_count * page_size <= CHECK_WHOLE_SIZE_MAX) {
        return quick_check(db, "PRAGMA quick_check(1)", err);
    }
    static const char *const checks[] = {"PRAGMA quick_check(meta)", "PRAGMA quick_check(mbox)",
                                         "PRAGMA quick_check(dev)", "PRAGMA quick_check(rec)",
                                         "PRAGMA quick_check(chain)"};
    for (size_t i = 0; i < OIM_COUNT(checks); i++) {
        enum oim_status status = quick_check(db, checks[i], err);
        if (status != OIM_OK) {
            return status;
        }
    }
    return OIM_OK;
}
