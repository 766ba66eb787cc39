#include "server/verify.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "proto/orglog.h"
#include "server/core/admin.h"
#include "server/core/registry.h"
#include "server/server.h"

#define ENTRY_ARENA_SIZE 65536

static void db_closep(sqlite3 **db)
{
    (void)sqlite3_close(*db);
}

static void statement_finishp(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
}

static void say(const char *what, bool well, const char *text)
{
    printf("%-14s %s  %s\n", what, well ? "well " : "WRONG", text);
}

static bool verify_pages(sqlite3 *db)
{
    OIM_CLEANUP(statement_finishp) sqlite3_stmt *statement = NULL;
    const char *first = NULL;
    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        first = (const char *)sqlite3_column_text(statement, 0);
    }
    bool well = first != NULL && strcmp(first, "ok") == 0;
    say("database", well, well ? "every page and index" : first != NULL ? first : sqlite3_errmsg(db));
    return well;
}

/* The hash of an entry over the one before; false when it cannot be read. */
typedef bool link_fn(uint64_t n, const struct oim_hash *prev, struct oim_slice bytes, struct oim_hash *out);

static bool organisation_link(uint64_t n, const struct oim_hash *prev, struct oim_slice bytes,
                              struct oim_hash *out)
{
    uint8_t memory[ENTRY_ARENA_SIZE];
    struct oim_arena arena;
    struct log_entry entry;
    oim_arena_init(&arena, memory, sizeof(memory));
    if (log_entry_decode(bytes, &arena, &entry, NULL) != OIM_OK) {
        return false;
    }
    log_entry_hash(n, prev, &entry, out);
    return true;
}

static bool audit_link(uint64_t n, const struct oim_hash *prev, struct oim_slice bytes, struct oim_hash *out)
{
    audit_hash(n, prev, bytes, out);
    return true;
}

static const struct chain {
    const char *name;
    enum chain_name number;
    link_fn *link;
} chains[] = {
    {"organisation", CHAIN_ORG, organisation_link},
    {"audit log", CHAIN_AUDIT, audit_link},
};

/* The row is entry n and its hash is right; false leaves *head as it was. */
static bool follows(const struct chain *chain, uint64_t n, sqlite3_stmt *statement, struct oim_hash *head)
{
    struct oim_hash hash;
    struct oim_slice bytes =
        oim_slice(sqlite3_column_blob(statement, 2), (size_t)sqlite3_column_bytes(statement, 2));
    if ((uint64_t)sqlite3_column_int64(statement, 0) != n ||
        sqlite3_column_bytes(statement, 1) != (int)sizeof(hash.bytes) ||
        !chain->link(n, head, bytes, &hash) ||
        memcmp(hash.bytes, sqlite3_column_blob(statement, 1), sizeof(hash.bytes)) != 0) {
        return false;
    }
    *head = hash;
    return true;
}

static bool verify_chain(sqlite3 *db, const struct chain *chain)
{
    static const char sql[] = "SELECT n, hash, entry FROM chain WHERE chain = ?1 ORDER BY n";
    OIM_CLEANUP(statement_finishp) sqlite3_stmt *statement = NULL;
    struct oim_hash head = {0};
    uint64_t count = 0;
    char text[64];
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_int(statement, 1, (int)chain->number) != SQLITE_OK) {
        say(chain->name, false, sqlite3_errmsg(db));
        return false;
    }
    int rc = SQLITE_DONE;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!follows(chain, count + 1, statement, &head)) {
            (void)snprintf(text, sizeof(text), "entry %llu does not follow from those before",
                           (unsigned long long)count + 1);
            say(chain->name, false, text);
            return false;
        }
        count++;
    }
    if (rc != SQLITE_DONE) {
        say(chain->name, false, sqlite3_errmsg(db));
        return false;
    }
    (void)snprintf(text, sizeof(text), "%llu entries, each over the one before", (unsigned long long)count);
    say(chain->name, true, text);
    return true;
}

bool verify_data(const struct config *config)
{
    char path[PATH_MAX];
    OIM_CLEANUP(db_closep) sqlite3 *db = NULL;
    (void)snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX - 16, config->data_dir, SERVER_DATABASE_NAME);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
        say("database", false, db != NULL ? sqlite3_errmsg(db) : "no memory");
        return false;
    }
    bool well = verify_pages(db);
    for (size_t i = 0; i < OIM_COUNT(chains); i++) {
        well &= verify_chain(db, &chains[i]);
    }
    return well;
}
