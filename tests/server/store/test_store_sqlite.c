/*
 * test_store_sqlite.c - what only SQLite has: a file to refuse, triggers, a disk that fills up, a log to
 * trim.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/store/migrate.h"
#include "server/store/store_writer.h"
#include "tests/server/store/store_rig.h"

static struct rig *rig_of(void **state)
{
    return *state;
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    rig_open(rig, RIG_SQLITE, true);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_close(*state);
    free(*state);
    return 0;
}

/* Runs SQL on the store's file while the store is closed; returns SQLite's code. */
static int tamper(struct rig *rig, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/oimd.db", rig->dir);
    CHECK_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, rig->config.vfs), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA recursive_triggers=ON", NULL, NULL, NULL);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

static void close_for_tampering(struct rig *rig)
{
    rig->store->ops->release(rig->store, rig->kept, rig->kept_count);
    rig->kept_count = 0;
    rig->store->ops->close(rig->store, true);
}

static void check_refused(struct rig *rig, const char *words)
{
    struct store *store = NULL;
    struct oim_error err = {0};
    CHECK_STATUS(store_sqlite_open(&store, &rig->config, &rig->env, &err), OIM_ERR_STORAGE);
    CHECK(store == NULL);
    CHECK(strstr(err.text, words) != NULL);
}

static void reopen_after_tampering(struct rig *rig)
{
    struct oim_error err = {0};
    CHECK_OK_ERR(store_sqlite_open(&rig->store, &rig->config, &rig->env, &err), &err);
}

static void open__refuses_a_newer_database__and_says_so(void **state)
{
    struct rig *rig = rig_of(state);
    close_for_tampering(rig);
    CHECK_EQ(tamper(rig, "PRAGMA user_version=3"), SQLITE_OK);
    check_refused(rig, "newer oimd");
    CHECK_EQ(tamper(rig, "PRAGMA user_version=2"), SQLITE_OK);
    reopen_after_tampering(rig);
}

/* Goal: what yesterday's oimd wrote is read on, and yesterday's oimd is told that it is too old for it from
 * now on. */
static void open__upgrades_the_former_schema__and_keeps_what_is_there(void **state)
{
    struct rig *rig = rig_of(state);
    char path[300];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    close_for_tampering(rig);
    CHECK_EQ(tamper(rig, "PRAGMA user_version=1"), SQLITE_OK);
    reopen_after_tampering(rig);
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.count, 1);
    close_for_tampering(rig);
    snprintf(path, sizeof(path), "%s/oimd.db", rig->dir);
    CHECK_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, rig->config.vfs), SQLITE_OK);
    CHECK_EQ(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_step(statement), SQLITE_ROW);
    CHECK_EQ(sqlite3_column_int(statement, 0), STORE_SCHEMA_VERSION);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    CHECK_EQ(tamper(rig, "PRAGMA user_version=0"), SQLITE_OK);
    check_refused(rig, "never existed");
    CHECK_EQ(tamper(rig, "PRAGMA user_version=2"), SQLITE_OK);
    reopen_after_tampering(rig);
}

static void open__refuses_somebody_elses_database(void **state)
{
    struct rig *rig = rig_of(state);
    close_for_tampering(rig);
    CHECK_EQ(tamper(rig, "PRAGMA application_id=7"), SQLITE_OK);
    check_refused(rig, "not a database of oimd");
    CHECK_EQ(tamper(rig, "PRAGMA application_id=0x4F494D64"), SQLITE_OK);
    reopen_after_tampering(rig);
}

static void open__refuses_a_log_that_contradicts_itself(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    rig_ok(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "text"));
    close_for_tampering(rig);
    CHECK_EQ(tamper(rig, "UPDATE log SET seq=7-seq"), SQLITE_OK);
    check_refused(rig, "contradicts itself");
    CHECK_EQ(tamper(rig, "UPDATE log SET seq=7-seq"), SQLITE_OK);
    reopen_after_tampering(rig);
}

/* Method: real files, because the damage is to the bytes. */
static void open__refuses_a_damaged_file__with_what_to_do(void **state)
{
    (void)state;
    struct rig *rig = calloc(1, sizeof(*rig));
    CHECK(rig != NULL);
    rig_open(rig, RIG_SQLITE_THREADED, false);
    rig_people(rig);
    close_for_tampering(rig);
    char path[128];
    snprintf(path, sizeof(path), "%s/oimd.db", rig->dir);
    FILE *file = fopen(path, "r+b");
    CHECK(file != NULL);
    uint8_t first[512];
    CHECK_EQ(fread(first, 1, sizeof(first), file), sizeof(first));
    uint8_t noise[512];
    memset(noise, 0xa5, sizeof(noise));
    fseek(file, 0, SEEK_SET);
    CHECK_EQ(fwrite(noise, 1, sizeof(noise), file), sizeof(noise));
    fflush(file);
    check_refused(rig, "put a copy of it that was made while oimd was stopped in its place");
    fseek(file, 0, SEEK_SET);
    CHECK_EQ(fwrite(first, 1, sizeof(first), file), sizeof(first));
    fclose(file);
    reopen_after_tampering(rig);
    rig_close(rig);
    free(rig);
}

/* Method: a new disk, and each of the operations that make a database fails once. Open says no, or it is in
 * WAL mode. */
static void open__never_leaves_rollback_mode__when_making_the_database_fails(void **state)
{
    struct rig *rig = rig_of(state);
    close_for_tampering(rig);
    for (uint64_t tick = 1; tick <= 20; tick++) {
        disk_sim_format(rig->disk, tick);
        disk_sim_fail_at(rig->disk, tick, DISK_SIM_IO_ERROR, false);
        struct store *store = NULL;
        struct oim_error err = {0};
        if (store_sqlite_open(&store, &rig->config, &rig->env, &err) == OIM_OK) {
            store->ops->close(store, true);
            char path[128];
            sqlite3 *db = NULL;
            snprintf(path, sizeof(path), "%s/oimd.db", rig->dir);
            CHECK_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, rig->config.vfs), SQLITE_OK);
            sqlite3_stmt *statement = NULL;
            CHECK_EQ(sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &statement, NULL), SQLITE_OK);
            CHECK_EQ(sqlite3_step(statement), SQLITE_ROW);
            CHECK_TEXT((const char *)sqlite3_column_text(statement, 0), "wal");
            sqlite3_finalize(statement);
            sqlite3_close(db);
        }
    }
    disk_sim_fail_at(rig->disk, 0, DISK_SIM_NO_FAULT, false);
    reopen_after_tampering(rig);
}

static void chain__cannot_be_changed__not_even_by_replacing(void **state)
{
    struct rig *rig = rig_of(state);
    struct store_change change = {.kind = STORE_CHAIN_APPEND, .ns = 2, .value = OIM_SLICE_LITERAL("entry")};
    rig_ok(rig, (struct store_req){.op = STORE_CAS, .u.cas = {.changes = &change, .change_count = 1}});
    close_for_tampering(rig);
    CHECK_EQ(tamper(rig, "UPDATE chain SET entry=x'00'"), SQLITE_CONSTRAINT);
    CHECK_EQ(tamper(rig, "DELETE FROM chain"), SQLITE_CONSTRAINT);
    CHECK_EQ(tamper(rig, "INSERT OR REPLACE INTO chain VALUES(2,1,x'00',x'00')"), SQLITE_CONSTRAINT);
    reopen_after_tampering(rig);
}

static uint64_t id_high_of(struct rig *rig)
{
    char path[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof(path), "%s/oimd.db", rig->dir);
    CHECK_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, rig->config.vfs), SQLITE_OK);
    CHECK_EQ(sqlite3_prepare_v2(db, "SELECT max(id) FROM log", -1, &statement, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_step(statement), SQLITE_ROW);
    uint64_t id = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return id;
}

/* Goal: a row id is never used again, or a reader holding the old one would be shown another person's mail
 * (B20). */
static void row_ids__are_never_used_again__after_the_last_row_was_trimmed(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    uint64_t id = id_high_of(rig);
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    rig_ok(rig, (struct store_req){.op = STORE_TRIM});
    CHECK_EQ(id_high_of(rig), 0);
    rig_reopen(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 2, RIG_BOB, "text"));
    CHECK(id_high_of(rig) > id);
}

static void trimming__happens_in_idle_time__without_being_asked(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    rig_ok(rig, rig_cursor(rig, RIG_B1, 1));
    CHECK(id_high_of(rig) > 0);
    uint64_t wake_at_ms = 0;
    struct pollfd fd;
    struct store_reply reply;
    rig->store->ops->poll(rig->store, &fd, 1, &wake_at_ms);
    CHECK_EQ(wake_at_ms, rig->clock.now_ms + STORE_TRIM_IDLE_MS);
    CHECK_EQ(rig->store->ops->reap(rig->store, &reply, 1), 0);
    CHECK(id_high_of(rig) > 0);
    fake_clock_pass(&rig->clock, STORE_TRIM_IDLE_MS);
    CHECK_EQ(rig->store->ops->reap(rig->store, &reply, 1), 0);
    CHECK_EQ(id_high_of(rig), 0);
    rig->store->ops->poll(rig->store, &fd, 1, &wake_at_ms);
    CHECK_EQ(wake_at_ms, UINT64_MAX);
}

/*
 * Goal:   on a full disk appends are refused, cursors and trimming go on, and nothing that was acknowledged
 * is lost. Method: fill the simulated disk; giving up the ballast is 1 MiB more of it; a second later there
 * is room again.
 */
static void full_disk__refuses_appends__and_nothing_else(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    static char body[4000];
    memset(body, 'b', sizeof(body) - 1);
    disk_sim_set_size_max(rig->disk, disk_sim_size(rig->disk) + 100000);
    uint64_t no = 0;
    enum store_result result = STORE_OK;
    while (result == STORE_OK) {
        struct store_req req = rig_message(rig, RIG_A1, ++no, RIG_BOB, body);
        result = rig_ask(rig, &req).result;
    }
    CHECK(result == STORE_UNKNOWN || result == STORE_DISK_FULL);
    disk_sim_set_size_max(rig->disk, disk_sim_size(rig->disk) + (1u << 20));
    CHECK_EQ(rig_attach(rig, RIG_A1).u.attach.hw, no - 1);
    CHECK_EQ(rig_expect(rig, rig_message(rig, RIG_A1, no, RIG_BOB, body), STORE_DISK_FULL).u.append.hw,
             no - 1);
    rig_expect(rig, rig_marker(rig, RIG_A1, no, 1, 1), STORE_DISK_FULL);
    rig_expect(rig, rig_message(rig, RIG_A1, no - 1, RIG_BOB, body), STORE_DUP);
    rig_ok(rig, rig_cursor(rig, RIG_B1, no - 1));
    rig_ok(rig, (struct store_req){.op = STORE_TRIM});
    CHECK_EQ(rig_ok(rig, rig_count(RIG_BOB)).u.count.row_count, 0);
    disk_sim_set_size_max(rig->disk, 0);
    fake_clock_pass(&rig->clock, 1000);
    rig_ok(rig, rig_message(rig, RIG_A1, no, RIG_BOB, body));
    rig_reopen(rig);
    CHECK_EQ(rig_attach(rig, RIG_A1).u.attach.hw, no);
}

static void ballast__is_beside_the_database__unless_it_is_not_wanted(void **state)
{
    (void)state;
    struct rig *rig = calloc(1, sizeof(*rig));
    CHECK(rig != NULL);
    rig_open(rig, RIG_SQLITE_THREADED, false);
    char path[128];
    snprintf(path, sizeof(path), "%s/oimd.ballast", rig->dir);
    CHECK(access(path, F_OK) != 0);
    close_for_tampering(rig);
    rig->config.without_ballast = false;
    reopen_after_tampering(rig);
    CHECK_EQ(access(path, F_OK), 0);
    rig_close(rig);
    free(rig);
}

/*
 * Goal:   what giving up the ballast has freed is not taken for a disk with room again: the next commit would
 * fail once more, and so on for ever, and nobody could sign in. Method: no file may grow further than the
 * ballast and a little.
 */
static void ballast__is_not_taken__when_it_would_leave_next_to_nothing(void **state)
{
    (void)state;
    struct store_ballast ballast;
    struct rlimit limit, before;
    char dir[] = "/tmp/oim-test-XXXXXX";
    char path[64];
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof(path), "%s/oimd.ballast", dir);
    store_ballast_init(&ballast, dir);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = STORE_BALLAST_SIZE + 65536;
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    CHECK(!store_ballast_take(&ballast));
    CHECK(access(path, F_OK) != 0);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    CHECK(store_ballast_take(&ballast));
    struct stat file;
    CHECK_EQ(stat(path, &file), 0);
    CHECK_EQ(file.st_size, STORE_BALLAST_SIZE);
    store_ballast_give_up(&ballast);
    CHECK_EQ(rmdir(dir), 0);
}

static atomic_size_t sleep_count;

static int count_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    atomic_fetch_add(&sleep_count, 1);
    return us;
}

/*
 * Goal:   who asks for the store's own log to be emptied while somebody reads is told so, and nobody else's
 * commit waits for that.
 * Method: hold a read transaction of another connection open; count how often SQLite goes to sleep.
 */
static void scrub__does_not_wait__for_a_reader(void **state)
{
    (void)state;
    struct rig *rig = calloc(1, sizeof(*rig));
    char path[128];
    sqlite3 *reader = NULL;
    sqlite3_vfs vfs = *sqlite3_vfs_find(NULL);
    vfs.zName = "counts-sleep";
    vfs.xSleep = count_sleep;
    CHECK_EQ(sqlite3_vfs_register(&vfs, 0), SQLITE_OK);
    rig_open(rig, RIG_SQLITE_THREADED, false);
    rig->config.vfs = vfs.zName;
    rig_reopen(rig);
    rig_people(rig);
    snprintf(path, sizeof(path), "%s/oimd.db", rig->dir);
    CHECK_EQ(sqlite3_open_v2(path, &reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM log", NULL, NULL, NULL), SQLITE_OK);
    struct store_req scrub = {.op = STORE_TRIM, .u.trim.scrub = true};
    atomic_store(&sleep_count, 0);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    rig_expect(rig, scrub, STORE_RETRY);
    CHECK_EQ(atomic_load(&sleep_count), 0);
    CHECK_EQ(sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    rig_ok(rig, scrub);
    sqlite3_close(reader);
    rig_close(rig);
    free(rig);
    sqlite3_vfs_unregister(&vfs);
}

/* A scrub that fails for good is no busy reader: the store begins anew, or is finished. */
static void scrub__is_fatal__when_the_disk_is_broken(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    rig_ok(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"));
    struct store_req scrub = {.op = STORE_TRIM, .u.trim.scrub = true};
    disk_sim_fail_at(rig->disk, disk_sim_tick(rig->disk) + 1, DISK_SIM_IO_ERROR, true);
    rig_expect(rig, scrub, STORE_RETRY);
    rig_expect(rig, scrub, STORE_FATAL);
}

/* A disk that never recovers: FATAL, and only that, from then on. */
static void broken_disk__is_fatal__when_the_database_cannot_be_opened_again(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    disk_sim_fail_at(rig->disk, disk_sim_tick(rig->disk) + 1, DISK_SIM_IO_ERROR, true);
    rig_expect(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"), STORE_UNKNOWN);
    rig_expect(rig, rig_message(rig, RIG_A1, 1, RIG_BOB, "text"), STORE_FATAL);
    rig_expect(rig, rig_page(RIG_BOB, 0), STORE_FATAL);
    rig_reopen(rig);
    CHECK_EQ(rig_attach(rig, RIG_A1).u.attach.hw, 0);
}

static void stats__count_commits_and_rows(void **state)
{
    struct rig *rig = rig_of(state);
    rig_people(rig);
    struct store_req reqs[8];
    struct store_reply replies[8];
    for (size_t i = 0; i < 8; i++) {
        reqs[i] = rig_message(rig, RIG_A1, i + 1, RIG_BOB, "text");
    }
    struct store_stats before;
    struct store_stats after;
    rig->store->ops->stats(rig->store, &before);
    rig_ask_all(rig, reqs, 8, replies);
    rig->store->ops->stats(rig->store, &after);
    CHECK_EQ(after.commit_count, before.commit_count + 1);
    CHECK_EQ(after.append_count, before.append_count + 8);
    CHECK_EQ(after.batch_histogram[3], before.batch_histogram[3] + 1);
}

#define SQLITE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SQLITE_TEST(open__refuses_a_newer_database__and_says_so),
        SQLITE_TEST(open__upgrades_the_former_schema__and_keeps_what_is_there),
        SQLITE_TEST(open__refuses_somebody_elses_database),
        SQLITE_TEST(open__refuses_a_log_that_contradicts_itself),
        cmocka_unit_test(open__refuses_a_damaged_file__with_what_to_do),
        SQLITE_TEST(open__never_leaves_rollback_mode__when_making_the_database_fails),
        SQLITE_TEST(chain__cannot_be_changed__not_even_by_replacing),
        SQLITE_TEST(row_ids__are_never_used_again__after_the_last_row_was_trimmed),
        SQLITE_TEST(trimming__happens_in_idle_time__without_being_asked),
        SQLITE_TEST(full_disk__refuses_appends__and_nothing_else),
        cmocka_unit_test(ballast__is_beside_the_database__unless_it_is_not_wanted),
        cmocka_unit_test(ballast__is_not_taken__when_it_would_leave_next_to_nothing),
        SQLITE_TEST(broken_disk__is_fatal__when_the_database_cannot_be_opened_again),
        cmocka_unit_test(scrub__does_not_wait__for_a_reader),
        SQLITE_TEST(scrub__is_fatal__when_the_disk_is_broken),
        SQLITE_TEST(stats__count_commits_and_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
