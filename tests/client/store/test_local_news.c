/*
 * test_local_news.c - holes and notices are told once, and none is lost before.
 */
#include "client/store/local_store.h"
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

static void commit(struct local_store *store, struct change *changes, size_t change_count)
{
    struct oim_error err;
    CHECK_OK_ERR(local_store_commit(store, changes, change_count, &err), &err);
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

static void add(struct local_store *store, const struct message *message)
{
    struct change change = {.kind = CHANGE_MESSAGE_ADD, .u.message = message};
    commit(store, &change, 1);
}

struct news_seen {
    struct oim_id ids[256];
    size_t count, enough;
    uint32_t number; /* of the last one */
};

static bool see_news(void *context, const struct local_news *news)
{
    struct news_seen *seen = context;
    if (seen->count == seen->enough) {
        return false;
    }
    seen->ids[seen->count++] = news->gap != NULL ? news->gap->id : news->notice->id;
    seen->number = news->gap != NULL ? news->gap->count : news->notice->count;
    return true;
}

static struct news_seen look_at_news(struct local_store *store, size_t enough, struct local_news_mark *mark)
{
    struct news_seen seen = {.enough = enough};
    CHECK_OK(local_store_news(store, mark, see_news, &seen));
    return seen;
}

static void add_notice(struct local_store *store, uint8_t letter, enum notice_what what, uint32_t count)
{
    struct change_notice notice = {.id = id_of(letter), .what = what, .peer = id_of('p'), .count = count};
    struct change change = {.kind = CHANGE_NOTICE, .u.notice = &notice};
    commit(store, &change, 1);
}

/*
 * Goal:   a hole and a notice are news until a face has shown them, however many there are.
 * Method: more of them than anybody takes at once, in portions; some are told.
 */
static void local_news__stays__until_each_was_told(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    for (uint8_t i = 0; i < 100; i++) {
        struct change_gap gap = {.id = id_of(i + 1), .from_seq = i, .to_seq = i, .count = 1};
        struct change change = {.kind = CHANGE_GAP, .u.gap = &gap};
        commit(store, &change, 1);
    }
    add_notice(store, 'R' + 100, NOTICE_ROOM_AGAIN, 0);
    struct local_news_mark mark = {0}, none = {0};
    CHECK_EQ(look_at_news(store, 60, &mark).count, 60);
    CHECK_EQ(look_at_news(store, 60, &mark).count, 41);
    CHECK_EQ(look_at_news(store, 60, &mark).count, 0);
    struct news_seen all = look_at_news(store, 256, &none);
    CHECK_EQ(all.count, 101);
    CHECK_OK(local_store_told(store, &all.ids[0]));
    CHECK_OK(local_store_told(store, &all.ids[100]));
    CHECK_OK(local_store_told(store, &all.ids[100]));
    none = (struct local_news_mark){0};
    all = look_at_news(store, 256, &none);
    CHECK_EQ(all.count, 99);
    CHECK_EQ(all.ids[0].bytes[0], 2);
    local_store_close(store);
}

static void local_news__keeps_one_notice__of_a_kind_and_person(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    struct local_news_mark mark = {0};
    add_notice(store, 'a', NOTICE_EXPIRED_HERE, 2);
    CHECK_EQ(look_at_news(store, 9, &mark).count, 1);
    add_notice(store, 'b', NOTICE_EXPIRED_HERE, 3);
    struct news_seen seen = look_at_news(store, 9, &mark); /* it is news again */
    CHECK_EQ(seen.count, 1);
    CHECK_EQ(seen.number, 5);
    CHECK_OK(local_store_told(store, &(struct oim_id){{'a'}}));
    add_notice(store, 'c', NOTICE_FILLING, 80);
    add_notice(store, 'd', NOTICE_FILLING, 95);
    mark = (struct local_news_mark){0};
    seen = look_at_news(store, 9, &mark);
    CHECK_EQ(seen.count, 2);
    CHECK_EQ(seen.number, 95);
    local_store_close(store);
}

/*
 * Goal:   what came without alert is summed up from when the state began, also what was shown; and is no
 *         notice. The first of several times stays until it was told.
 */
static void local_news__sums_up__what_came_without_alert(void **state)
{
    (void)state;
    struct local_store *store = open_store(":memory:");
    for (uint8_t i = 0; i < 6; i++) {
        struct message message = message_of((uint8_t)('a' + i), false);
        message.server_ms = 10u * i;
        message.quiet = i % 2 == 0;
        add(store, &message);
    }
    struct oim_id shown_id = id_of('e');
    struct change_shown shown = {.msg_ids = &shown_id, .msg_id_count = 1, .at_ms = 1, .read = true};
    struct change_quiet first = {.id = id_of('1'), .since_ms = 20};
    struct change_quiet second = {.id = id_of('2'), .since_ms = 30};
    struct change changes[] = {{.kind = CHANGE_SHOWN, .u.shown = &shown},
                               {.kind = CHANGE_QUIET, .u.quiet = &first},
                               {.kind = CHANGE_QUIET, .u.quiet = &second}};
    struct change_quiet due;
    CHECK_EQ(local_store_quiet(store, &due), OIM_ERR_NOT_FOUND);
    commit(store, changes, OIM_COUNT(changes));
    CHECK(changes[1].applied);
    CHECK(!changes[2].applied);
    CHECK_OK(local_store_quiet(store, &due));
    CHECK(oim_id_equal(&due.id, &first.id));
    CHECK_EQ(due.since_ms, 20);
    struct local_news_mark mark = {0};
    CHECK_EQ(look_at_news(store, 9, &mark).count, 0);

    struct local_talk talk;
    size_t talk_count = 0;
    CHECK_OK(local_store_missed(store, false, due.since_ms, &talk, 1, &talk_count));
    CHECK_EQ(talk_count, 1);
    CHECK_EQ(talk.count, 2); /* c, and e that was shown; a came before */
    CHECK_EQ(talk.quiet, 2);
    CHECK_EQ(talk.first_ms, 20);
    CHECK_OK(local_store_missed(store, true, due.since_ms, &talk, 1, &talk_count));
    CHECK_EQ(talk.count, 6); /* nobody was shown the other five */
    CHECK_OK(local_store_told(store, &first.id));
    CHECK_EQ(local_store_quiet(store, &due), OIM_ERR_NOT_FOUND);
    local_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_news__stays__until_each_was_told),
        cmocka_unit_test(local_news__keeps_one_notice__of_a_kind_and_person),
        cmocka_unit_test(local_news__sums_up__what_came_without_alert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
