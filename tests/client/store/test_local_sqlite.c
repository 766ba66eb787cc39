/*
 * test_local_sqlite.c - what the profile's store promises: one transaction a batch, a msg_id once, states
 * forward.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "client/store/local_store.h"
#include "tests/client/store/schema_1.h"
#include "tests/support/check.h"

static struct oim_id id_of(uint8_t letter)
{
    struct oim_id id;
    memset(id.bytes, letter, sizeof(id.bytes));
    return id;
}

static struct local_store *open_store(const char *path)
{
    struct local_store *store = NULL;
    struct oim_error err;
    CHECK_OK_ERR(local_store_open(&store, path, &err), &err);
    return store;
}

static struct message message_of(uint8_t letter, bool own)
{
    return (struct message){.msg_id = id_of(letter),
                            .peer = id_of('p'),
                            .own = own,
                            .state = own ? MESSAGE_QUEUED : MESSAGE_RECEIVED,
                            .detail = {"", "", "", 0, 0},
                            .text = "text",
                            .sent_ms = 1,
                            .server_ms = 2,
                            .arrived_ms = 3,
                            .once = ""};
}

static void commit(struct local_store *store, struct change *changes, size_t change_count)
{
    struct oim_error err;
    CHECK_OK_ERR(local_store_commit(store, changes, change_count, &err), &err);
}

static void add(struct local_store *store, const struct message *message)
{
    struct change change = {.kind = CHANGE_MESSAGE_ADD, .u.message = message};
    commit(store, &change, 1);
}

static struct message load(struct local_store *store, uint8_t letter)
{
    static uint8_t memory[65536];
    struct oim_arena arena;
    struct message message = {0};
    struct oim_id id = id_of(letter);
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK(local_store_message(store, &id, &arena, &message));
    return message;
}

static bool set_state_at(struct local_store *store, uint8_t letter, enum message_state state, bool back,
                         uint64_t at_ms)
{
    struct change_state row = {.msg_id = id_of(letter),
                               .peer = id_of('p'),
                               .state = state,
                               .at_ms = at_ms,
                               .detail = {"", "", "", 0, 0},
                               .back = back};
    struct change change = {.kind = CHANGE_MESSAGE_STATE, .u.state = &row};
    commit(store, &change, 1);
    return change.applied;
}

static bool set_state(struct local_store *store, uint8_t letter, enum message_state state, bool back)
{
    return set_state_at(store, letter, state, back, 8);
}

static void local_store__keeps_nothing_of_a_batch__when_one_change_fails(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct message message = message_of('m', true);
    struct outbox_row one = {.msg_id = id_of('1'), .to_user = id_of('p'), .cls = CLS_CHAT, .send_no = 5};
    struct outbox_row two = {.msg_id = id_of('2'), .to_user = id_of('p'), .cls = CLS_CHAT, .send_no = 5};
    struct change changes[] = {{.kind = CHANGE_MESSAGE_ADD, .u.message = &message},
                               {.kind = CHANGE_OUTBOX_PUT, .u.outbox = &one},
                               {.kind = CHANGE_OUTBOX_PUT, .u.outbox = &two}}; /* one number, two messages */
    struct oim_error err;
    CHECK_STATUS(local_store_commit(store, changes, 3, &err), OIM_ERR_STORAGE);
    uint8_t memory[65536];
    struct oim_arena arena;
    struct message found;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_STATUS(local_store_message(store, &message.msg_id, &arena, &found), OIM_ERR_NOT_FOUND);
    local_store_close(store);
}

static void local_store__applies_a_message_once__by_its_id(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct message message = message_of('m', false);
    struct change change = {.kind = CHANGE_MESSAGE_ADD, .u.message = &message};
    commit(store, &change, 1);
    CHECK(change.applied);
    message.text = "something else under the same id";
    commit(store, &change, 1);
    CHECK(!change.applied);
    CHECK_TEXT(load(store, 'm').text, "text");
    local_store_close(store);
}

static void local_store__moves_a_state_forward_only__unless_told_so(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct message message = message_of('m', true);
    add(store, &message);
    CHECK(set_state(store, 'm', MESSAGE_HELD, false));
    CHECK(set_state(store, 'm', MESSAGE_NOT_DELIVERED, false));
    CHECK(set_state(store, 'm', MESSAGE_DELIVERED, false)); /* a late ack upgrades it */
    CHECK(!set_state(store, 'm', MESSAGE_EXPIRED, false));
    CHECK_EQ(load(store, 'm').state, MESSAGE_DELIVERED);
    CHECK(set_state(store, 'm', MESSAGE_QUEUED, true));
    message = message_of('n', false);
    add(store, &message);
    CHECK(!set_state(store, 'n', MESSAGE_READ, false)); /* not ours to be read by others */
    local_store_close(store);
}

/* Goal: since when a message waits or is refused is known, however often that is said; and so is an erasing.
 */
static void local_store__knows__since_when_a_message_is_in_its_state(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct message message = message_of('m', true);
    add(store, &message);
    CHECK(set_state_at(store, 'm', MESSAGE_QUEUED_NOT_JOINED, false, 20));
    CHECK(set_state_at(store, 'm', MESSAGE_QUEUED_NOT_JOINED, false, 30));
    CHECK_EQ(load(store, 'm').state_ms, 20);
    CHECK_EQ(load(store, 'm').erased_ms, 0);
    CHECK(set_state_at(store, 'm', MESSAGE_ERASED, false, 40));
    CHECK(set_state_at(store, 'm', MESSAGE_QUEUED_NOT_JOINED, true, 50));
    CHECK_EQ(load(store, 'm').state_ms, 50);
    CHECK_EQ(load(store, 'm').erased_ms, 40);
    local_store_close(store);
}

/* Goal: until when, and by whose policy, a message was held is still known once it is delivered. */
static void local_store__keeps_what_was_said_of_held__whatever_comes_after(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct message message = message_of('m', true);
    add(store, &message);
    CHECK_TEXT(load(store, 'm').held_policy, "");
    struct change_state held = {.msg_id = id_of('m'),
                                .peer = id_of('p'),
                                .state = MESSAGE_HELD,
                                .detail = {"", "", "", 0, 0},
                                .until_ms = 99,
                                .held_policy = "Tag:Short"};
    struct change change = {.kind = CHANGE_MESSAGE_STATE, .u.state = &held};
    commit(store, &change, 1);
    CHECK(set_state(store, 'm', MESSAGE_DELIVERED, false));
    CHECK_EQ(load(store, 'm').until_ms, 0);
    CHECK_EQ(load(store, 'm').held_until_ms, 99);
    CHECK_TEXT(load(store, 'm').held_policy, "Tag:Short");
    local_store_close(store);
}

static void local_store__frees_a_once_key__by_refusal_and_by_age(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    uint8_t memory[65536];
    struct oim_arena arena;
    struct message found;
    struct message message = message_of('m', true);
    message.once = "backup";
    message.once_until_ms = 100;
    add(store, &message);
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK(local_store_once(store, "backup", &message.peer, 100, &arena, &found));
    CHECK(oim_id_equal(&found.msg_id, &message.msg_id));
    CHECK_STATUS(local_store_once(store, "backup", &message.peer, 101, &arena, &found), OIM_ERR_NOT_FOUND);
    struct oim_id other = id_of('q');
    CHECK_STATUS(local_store_once(store, "backup", &other, 50, &arena, &found), OIM_ERR_NOT_FOUND);
    CHECK(set_state(store, 'm', MESSAGE_REFUSED, false));
    CHECK_STATUS(local_store_once(store, "backup", &message.peer, 50, &arena, &found), OIM_ERR_NOT_FOUND);
    message.msg_id = id_of('n');
    add(store, &message);
    message.msg_id = id_of('o');
    message.arrived_ms = 101; /* the old one has run out */
    add(store, &message);
    CHECK_OK(local_store_once(store, "backup", &message.peer, 100, &arena, &found));
    CHECK(oim_id_equal(&found.msg_id, &message.msg_id));
    local_store_close(store);
}

static void local_store__counts_as_unread__what_nobody_was_shown(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct local_talk talks[4];
    size_t count = 0;
    for (uint8_t letter = '1'; letter <= '3'; letter++) {
        struct message message = message_of(letter, false);
        message.quiet = letter == '3';
        add(store, &message);
    }
    struct oim_id id = id_of('1');
    struct change_shown shown = {.peer = id_of('p'), .msg_ids = &id, .msg_id_count = 1, .at_ms = 9};
    struct change change = {.kind = CHANGE_SHOWN, .u.shown = &shown};
    commit(store, &change, 1);
    CHECK(change.applied);
    CHECK_OK(local_store_unread(store, talks, 4, &count));
    CHECK_EQ(count, 1);
    CHECK_EQ(talks[0].count, 2);
    CHECK_EQ(talks[0].quiet, 1);
    CHECK_EQ(load(store, '1').read_ms, 0);
    shown.read = true;
    commit(store, &change, 1);
    CHECK(change.applied);
    CHECK_EQ(load(store, '1').read_ms, 9);
    commit(store, &change, 1);
    CHECK(!change.applied);
    local_store_close(store);
}

static void local_store__finds_by_prefix__or_says_why_not(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct message message = message_of('m', true);
    struct oim_id found;
    char text[OIM_ID_TEXT_SIZE];
    add(store, &message);
    message.msg_id.bytes[15] = 'x';
    add(store, &message);
    oim_id_to_text(&message.msg_id, text);
    CHECK_OK(local_store_find(store, text, &found));
    CHECK(oim_id_equal(&found, &message.msg_id));
    text[6] = '\0';
    CHECK_STATUS(local_store_find(store, text, &found), OIM_ERR_CONFLICT);
    CHECK_STATUS(local_store_find(store, "zzzz", &found), OIM_ERR_NOT_FOUND);
    local_store_close(store);
}

/* Goal: everything an engine starts with comes back as it was, from a file that only its owner can read. */
static void local_store__gives_back_what_it_was_given__from_disk(void **state)
{
    (void)state;
    char folder[] = "/tmp/oim-test-XXXXXX";
    char path[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/store.db", folder);
    struct local_store *store = open_store(path);
    struct account account = {.joined = true,
                              .user_id = id_of('u'),
                              .login = "ana",
                              .display = "Ana",
                              .label = "laptop",
                              .way_count = 2,
                              .conn_counter = 7,
                              .last_send_no = 8,
                              .cursor = 9,
                              .admin_no = 10,
                              .presence = PRESENCE_DND,
                              .note = "busy"};
    strcpy(account.ways[1].host_port, "b:1");
    account.ways[1].has_spki = true;
    account.ways[1].spki[31] = 5;
    struct person_row person = {.user_id = id_of('p'), .login = "bob", .device_count = 2, .contact = true};
    person.devices[1] = id_of('d');
    struct outbox_row row = {.msg_id = id_of('m'),
                             .to_user = id_of('p'),
                             .cls = CLS_RECEIPT,
                             .send_no = 8,
                             .made_ms = 4,
                             .ct = OIM_SLICE_LITERAL("inner")};
    struct change changes[] = {{.kind = CHANGE_ACCOUNT, .u.account = &account},
                               {.kind = CHANGE_PERSON, .u.person = &person},
                               {.kind = CHANGE_OUTBOX_PUT, .u.outbox = &row}};
    commit(store, changes, 3);
    local_store_close(store);

    struct stat status;
    CHECK_EQ(stat(path, &status), 0);
    CHECK_EQ(status.st_mode & 0777, 0600);
    store = open_store(path);
    static uint8_t memory[65536];
    struct oim_arena arena;
    struct local_start start;
    struct oim_error err;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(local_store_load(store, &arena, &start, &err), &err);
    CHECK(start.account.joined);
    CHECK_TEXT(start.account.login, "ana");
    CHECK_EQ(start.account.conn_counter, 7);
    CHECK_EQ(start.account.last_send_no, 8);
    CHECK_EQ(start.account.cursor, 9);
    CHECK_EQ(start.account.admin_no, 10);
    CHECK_EQ(start.account.way_count, 2);
    CHECK_EQ(start.account.ways[1].spki[31], 5);
    CHECK_EQ(start.account.presence, PRESENCE_DND);
    CHECK_EQ(start.person_count, 1);
    CHECK_EQ(start.people[0].device_count, 2);
    CHECK(oim_id_equal(&start.people[0].devices[1], &person.devices[1]));
    CHECK_EQ(start.outbox_count, 1);
    CHECK_EQ(start.outbox[0].cls, CLS_RECEIPT);
    CHECK(oim_slice_equal(start.outbox[0].ct, row.ct));
    local_store_close(store);
    unlink(path);
    rmdir(folder);
}

static const struct change_policy *load_policy(struct local_store *store)
{
    static uint8_t memory[65536];
    static struct local_start start;
    struct oim_arena arena;
    struct oim_error err;
    oim_arena_init(&arena, memory, sizeof(memory));
    CHECK_OK_ERR(local_store_load(store, &arena, &start, &err), &err);
    return &start.policy;
}

static sqlite3 *open_file(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    return db;
}

/* Every table with its columns, and every index: what a file must have to be a store. */
static void describe(const char *path, char *out, size_t out_size)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = open_file(path, "");
    CHECK_EQ(sqlite3_prepare_v2(
                 db,
                 "SELECT group_concat(line, char(10)) FROM (SELECT type || ' ' || name || ' ' ||"
                 " iif(type = 'index', ifnull(sql, ''), '') AS line FROM sqlite_schema"
                 " UNION ALL SELECT m.name || '.' || c.cid || ' ' || c.name || ' ' || c.type || ' ' ||"
                 " c.\"notnull\" || ' ' || ifnull(c.dflt_value, '-') || ' ' || c.pk"
                 " FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'"
                 " ORDER BY 1)",
                 -1, &statement, NULL),
             SQLITE_OK);
    CHECK_EQ(sqlite3_step(statement), SQLITE_ROW);
    snprintf(out, out_size, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static struct oim_id last_told;

static bool tell(void *context, const struct local_news *news)
{
    size_t *count = context;
    last_told = news->gap->id;
    (*count)++;
    return true;
}

/*
 * Goal:   a profile of the first oim opens and has all that a fresh one has; what it cannot know yet, the
 * server is asked again. Method: the schema as the first version made it, with a policy whose verdict was
 * never told.
 */
static void local_store__upgrades__the_store_of_the_first_oim(void **state)
{
    (void)state;
    char folder[] = "/tmp/oim-test-XXXXXX";
    char path[64], fresh_path[64];
    static char upgraded[16384], fresh[16384];
    const struct policy_row row = {.name = "EnableOfflineIm", .value = "False", .origin = "Tag:Quiet"};
    const struct change_policy policy = {.rows = &row,
                                         .row_count = 1,
                                         .name = "Tag:Quiet",
                                         .via = "own",
                                         .may_leave = true,
                                         .rule = "EnableOfflineIm",
                                         .told_ms = 77};
    struct change change = {.kind = CHANGE_POLICY, .u.policy = &policy};
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/store.db", folder);
    snprintf(fresh_path, sizeof(fresh_path), "%s/fresh.db", folder);
    sqlite3 *db = open_file(path, schema_sql);
    CHECK_EQ(sqlite3_exec(db,
                          "INSERT INTO policy VALUES (0, 'EnableOfflineIm', 'False', 'Tag:Quiet');"
                          "INSERT INTO policy_source VALUES (1, 'Tag:Quiet', 'own');"
                          "INSERT INTO gap (from_seq,to_seq,why,count,at_ms,told) VALUES (1,1,1,1,9,1),"
                          " (2,3,1,2,9,0);"
                          "PRAGMA application_id=1330204012; PRAGMA user_version=1",
                          NULL, NULL, NULL),
             SQLITE_OK);
    sqlite3_close(db);

    struct local_store *store = open_store(path);
    CHECK_EQ(load_policy(store)->row_count, 0);
    commit(store, &change, 1);
    local_store_close(store);
    store = open_store(path);
    CHECK_TEXT(load_policy(store)->rule, "EnableOfflineIm");
    CHECK_EQ(load_policy(store)->row_count, 1);
    CHECK_EQ(load_policy(store)->told_ms, 77);
    struct local_news_mark mark = {0};
    size_t told_count = 0;
    CHECK_OK(local_store_news(store, &mark, tell, &told_count));
    CHECK_EQ(told_count, 1);
    told_count = 0;
    mark = (struct local_news_mark){0};
    CHECK_OK(local_store_told(store, &last_told));
    CHECK_OK(local_store_news(store, &mark, tell, &told_count));
    CHECK_EQ(told_count, 0);
    local_store_close(store);
    local_store_close(open_store(fresh_path));
    describe(path, upgraded, sizeof(upgraded));
    describe(fresh_path, fresh, sizeof(fresh));
    CHECK_TEXT(upgraded, fresh);
    unlink(path);
    unlink(fresh_path);
    rmdir(folder);
}

/*
 * Goal:   a text that goes is gone from the file; what an earlier oim stored stays.
 * Method: a store as version 3 made it, then a text that goes.
 */
static void local_store__lets_a_text_go__but_none_of_before(void **state)
{
    (void)state;
    char folder[] = "/tmp/oim-test-XXXXXX";
    char path[64];
    sqlite3 *db = NULL;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/store.db", folder);
    struct local_store *store = open_store(path);
    struct message old = message_of('o', false);
    add(store, &old);
    local_store_close(store);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db,
                          "ALTER TABLE message DROP COLUMN stay; ALTER TABLE message DROP COLUMN state_ms;"
                          "ALTER TABLE message DROP COLUMN erased_ms; ALTER TABLE gap DROP COLUMN id;"
                          "ALTER TABLE policy_source DROP COLUMN told_ms; DROP TABLE notice;"
                          "PRAGMA user_version=3",
                          NULL, NULL, NULL),
             SQLITE_OK);
    sqlite3_close(db);

    store = open_store(path);
    CHECK_TEXT(load(store, 'o').text, "text");
    CHECK_EQ(load(store, 'o').stay, TEXT_STAYS);
    struct message passing = message_of('m', false);
    passing.stay = TEXT_GOES;
    passing.text = "a text that is nowhere else";
    add(store, &passing);
    const struct oim_id ids[] = {id_of('o'), id_of('m')};
    struct change_shown shown = {.msg_ids = ids, .msg_id_count = 2, .at_ms = 9};
    struct change change = {.kind = CHANGE_SHOWN, .u.shown = &shown};
    commit(store, &change, 1);
    CHECK_TEXT(load(store, 'o').text, "text");
    CHECK_TEXT(load(store, 'm').text, "");
    CHECK_EQ(load(store, 'm').stay, TEXT_GONE);
    local_store_close(store);

    char command[160];
    snprintf(command, sizeof(command), "! grep -q 'nowhere else' %s/*", folder);
    CHECK_EQ(system(command), 0);
    unlink(path);
    rmdir(folder);
}

static void local_store__refuses__a_newer_or_foreign_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/oim-test-XXXXXX";
    char path[64];
    sqlite3 *db = NULL;
    struct local_store *store = NULL;
    struct oim_error err;
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/store.db", folder);
    local_store_close(open_store(path));
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    CHECK_STATUS(local_store_open(&store, path, &err), OIM_ERR_STORAGE);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, "PRAGMA user_version=0", NULL, NULL, NULL), SQLITE_OK); /* no version's */
    sqlite3_close(db);
    CHECK_STATUS(local_store_open(&store, path, &err), OIM_ERR_STORAGE);
    unlink(path);
    CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, "CREATE TABLE somebody_elses (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    CHECK_STATUS(local_store_open(&store, path, &err), OIM_ERR_STORAGE);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_store__keeps_nothing_of_a_batch__when_one_change_fails),
        cmocka_unit_test(local_store__applies_a_message_once__by_its_id),
        cmocka_unit_test(local_store__moves_a_state_forward_only__unless_told_so),
        cmocka_unit_test(local_store__knows__since_when_a_message_is_in_its_state),
        cmocka_unit_test(local_store__keeps_what_was_said_of_held__whatever_comes_after),
        cmocka_unit_test(local_store__frees_a_once_key__by_refusal_and_by_age),
        cmocka_unit_test(local_store__counts_as_unread__what_nobody_was_shown),
        cmocka_unit_test(local_store__finds_by_prefix__or_says_why_not),
        cmocka_unit_test(local_store__gives_back_what_it_was_given__from_disk),
        cmocka_unit_test(local_store__upgrades__the_store_of_the_first_oim),
        cmocka_unit_test(local_store__lets_a_text_go__but_none_of_before),
        cmocka_unit_test(local_store__refuses__a_newer_or_foreign_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
