/* local_sqlite.h - what local_sqlite.c, local_read.c and local_news.c share. */
#ifndef OIM_CLIENT_STORE_LOCAL_SQLITE_H
#define OIM_CLIENT_STORE_LOCAL_SQLITE_H

#include <sqlite3.h>

#include "client/store/local_store.h"

struct local_store {
    sqlite3 *db;
};

static inline void local_statement_finish(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define STATEMENT OIM_CLEANUP(local_statement_finish) sqlite3_stmt *

/* A statement for once; *out is the caller's (a STATEMENT). Errors: OIM_ERR_STORAGE. */
OIM_MUST_CHECK enum oim_status local_prepare(struct local_store *store, const char *sql, sqlite3_stmt **out,
                                             struct oim_error *err);

/* Within a transaction. Errors: OIM_ERR_STORAGE. */
OIM_MUST_CHECK enum oim_status local_news_add_gap(struct local_store *store, const struct change_gap *gap,
                                                  bool *out_applied, struct oim_error *err);
OIM_MUST_CHECK enum oim_status local_news_add_notice(struct local_store *store,
                                                     const struct change_notice *notice,
                                                     struct oim_error *err);
OIM_MUST_CHECK enum oim_status local_news_add_quiet(struct local_store *store,
                                                    const struct change_quiet *quiet, bool *out_applied,
                                                    struct oim_error *err);

#endif
