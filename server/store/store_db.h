/*
 * store_db.h - one SQLite connection with its settings and prepared statements.
 *
 * SQLite's result codes become an enum oim_status on the line where they appear: OIM_ERR_LIMIT is a full
 * disk, OIM_ERR_STORAGE all the rest; the sentence is kept in store_db.error. What to do about it is
 * store_writer.c's.
 */
#ifndef OIM_SERVER_STORE_STORE_DB_H
#define OIM_SERVER_STORE_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/bytes.h"
#include "common/error.h"
#include "server/store/store.h"

enum db_statement {
    DB_BEGIN = 0,
    DB_BEGIN_READ,
    DB_COMMIT,
    DB_LOG_INSERT,
    DB_LOG_ANSWER, /* the rows of one send_no, from a row id on */
    DB_LOG_DUE,    /* what DUE tells of a row */
    DB_LOG_FETCH,  /* a whole row, for a page */
    DB_LOG_DELETE, /* a range of ids */
    DB_LOG_SCAN,
    DB_DEV_PUT,
    DB_DEV_SCAN,
    DB_MBOX_PUT,
    DB_MBOX_SCAN,
    DB_META_PUT,
    DB_META_GET,
    DB_REC_GET,
    DB_REC_PUT,
    DB_REC_DELETE,
    DB_REC_SCAN,
    DB_CHAIN_LENGTH,
    DB_CHAIN_GET,
    DB_CHAIN_APPEND,
    DB_CHAIN_SCAN,
    DB_STATEMENT_COUNT
};

/* What to do about a database that is damaged: there is no way back but a copy of the whole folder. */
#define DB_PUT_COPY_BACK                                                            \
    "keep the data folder elsewhere, and put a copy of it that was made while oimd " \
    "was stopped in its place"

enum db_mode { DB_WRITER, DB_READER };

struct store_db {
    sqlite3 *db;
    sqlite3_stmt *statements[DB_STATEMENT_COUNT];
    bool in_transaction;
    struct oim_error error; /* the last failure */
};

/**
 * Open the connection and apply its settings; the statements are prepared by store_db_prepare, because a new
 * database has no tables yet.
 * Errors: OIM_ERR_STORAGE with a sentence that says what to do.
 */
OIM_MUST_CHECK enum oim_status store_db_open(struct store_db *db, const char *path, const char *vfs,
                                             enum db_mode mode, struct oim_error *err);
OIM_MUST_CHECK enum oim_status store_db_prepare(struct store_db *db, struct oim_error *err);
void store_db_close(struct store_db *db); /* accepts all-zero */

/** Run SQL text that yields no rows. */
OIM_MUST_CHECK enum oim_status store_db_execute(struct store_db *db, const char *sql);
/** BEGIN IMMEDIATE, unless a transaction is open already. Needs store_db_prepare. */
OIM_MUST_CHECK enum oim_status store_db_begin(struct store_db *db);
/** A transaction that only reads: one snapshot, and one taking of locks, for all statements until its end. */
OIM_MUST_CHECK enum oim_status store_db_begin_read(struct store_db *db);
void store_db_end_read(struct store_db *db);
/** COMMIT what store_db_begin began. After a failure it is not known whether that was applied. */
OIM_MUST_CHECK enum oim_status store_db_commit(struct store_db *db);

/** Copy the whole WAL into the database and start an empty one. Errors: OIM_AGAIN, unless it waits: a reader needs
 * the WAL as it is. */
OIM_MUST_CHECK enum oim_status store_db_empty_wal(struct store_db *db, bool waits);

/** The statement, reset and ready for values. Finish with store_db_done, or step it with store_db_step. */
sqlite3_stmt *store_db_use(struct store_db *db, enum db_statement which);
/** Run to the end a statement that yields no rows. */
OIM_MUST_CHECK enum oim_status store_db_done(struct store_db *db, sqlite3_stmt *statement);
/** OIM_OK: a row is there. OIM_ERR_NOT_FOUND: no further row. */
OIM_MUST_CHECK enum oim_status store_db_step(struct store_db *db, sqlite3_stmt *statement);

/** Keep what SQLite says now as db->error; returns the status it means. */
enum oim_status store_db_fail(struct store_db *db, const char *what);

void store_db_bind_u64(sqlite3_stmt *statement, int position, uint64_t value);
void store_db_bind_slice(sqlite3_stmt *statement, int position,
                         struct oim_slice value); /* borrowed until reset */
uint64_t store_db_u64(sqlite3_stmt *statement, int column);
struct oim_slice store_db_slice(sqlite3_stmt *statement, int column); /* valid until the next step */

#endif
