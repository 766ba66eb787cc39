/* test_trace.c - what became of messages, as far as the server remembers; and that a look stays in the audit
 * log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/core_internal.h"
#include "tests/support/administer.h"
#include "tests/support/check.h"

static struct world world;
static struct peer *alice, *bob;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 61);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static struct answer look(const char *msg, const char *from, const char *to)
{
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.msg = msg;
    op.trace_from = from;
    op.trace_to = to;
    return administer(world.owner, &op);
}

static void check_steps(const struct answer *answer, const char *const *codes)
{
    CHECK_EQ(answer->status, OIM_OK);
    for (size_t i = 0; codes[i] != NULL; i++) {
        CHECK(i < answer->rows.row_count);
        CHECK_TEXT(answer_field(answer, i, "code"), codes[i]);
        CHECK(codes[i + 1] != NULL || answer->rows.row_count == i + 1);
    }
}

static void check_steps_of(const char *from, const char *to, const char *const *codes)
{
    struct answer answer = look("", from, to);
    check_steps(&answer, codes);
}

static void trace__follows_a_message__from_its_verdict_to_its_device(void **state)
{
    (void)state;
    static const char *const steps[] = {"held", "sent", "taken", NULL};
    peer_cut(bob);
    (void)peer_send(alice, "bob", "one");
    peer_sign_in(bob);
    struct answer answer = look("", "alice", "bob");
    check_steps(&answer, steps);
    CHECK_TEXT(answer_field(&answer, 0, "from"), "alice");
    CHECK_TEXT(answer_field(&answer, 1, "to"), "bob");
    CHECK(answer_field(&answer, 2, "device")[0] != '\0');

    char prefix[6];
    (void)snprintf(prefix, sizeof(prefix), "%s", answer_field(&answer, 0, "id"));
    answer = look(prefix, "", "");
    check_steps(&answer, steps);
    CHECK_EQ(look("", "bob", "alice").rows.row_count, 0);
}

static void trace__tells_refusals_with_their_reason__and_what_was_live(void **state)
{
    (void)state;
    static const char *const refused[] = {"refused", NULL};
    static const char *const live[] = {"refused", "live", "taken", NULL};
    world_set_policy(&world, "bob", "AcceptOfflineIm", "False");
    peer_cut(bob);
    (void)peer_send(alice, "bob", "nobody there");
    struct answer answer = look("", "alice", "bob");
    check_steps(&answer, refused);
    CHECK_TEXT(answer_field(&answer, 0, "reason"), "recipient_offline_off");
    peer_sign_in(bob);
    (void)peer_send(alice, "bob", "live");
    answer = look("", "alice", "bob");
    check_steps(&answer, live);
}

/*
 * Goal:   "expired" is said once, and of what is gone.
 * Method: the store refuses the first removal as out of date, so the core asks again.
 */
static void trace__tells_what_expired__once_it_is_gone(void **state)
{
    (void)state;
    static const char *const steps[] = {"held", "expired", NULL};
    peer_cut(bob);
    (void)peer_send_for(alice, "bob", "for an hour", 3600);
    world.fail_op = STORE_EXPIRE;
    world.fail_result = STORE_STALE;
    world_run_ms(&world, 3600000 + 180000);
    peer_cut(world.owner);
    peer_sign_in(world.owner);
    struct answer answer = look("", "alice", "bob");
    check_steps(&answer, steps);
}

static void trace__is_in_the_audit_log__whoever_looks(void **state)
{
    (void)state;
    struct peer *auditor = administer_join(&world, "audrey", ROLE_AUDITOR);
    struct peer *user = administer_join(&world, "una", ROLE_USER);
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.trace_from = "alice";
    op.trace_to = "bob";
    CHECK_EQ(administer(user, &op).status, OIM_ERR_DENIED);
    CHECK_EQ(administer(auditor, &op).status, OIM_OK);
    struct admin_op read = admin_op_of(ADMIN_AUDIT_READ);
    struct answer log = administer(world.owner, &read);
    size_t last = log.rows.row_count - 1;
    CHECK_TEXT(answer_field(&log, last, "login"), "audrey");
    CHECK_TEXT(answer_field(&log, last, "op"), "trace");
    CHECK_TEXT(answer_field(&log, last, "new"), "msg= from=alice to=bob");
}

static void trace__forgets__what_is_too_old_too_much_or_before_the_start(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "old");
    CHECK_EQ(look("", "alice", "bob").rows.row_count, 2);
    fake_clock_pass(&world.clock, UINT64_C(25) * 3600000);
    peer_cut(alice);
    peer_sign_in(alice);
    peer_cut(world.owner);
    peer_sign_in(world.owner);
    check_steps_of("alice", "bob", (const char *const[]){"waiting", NULL});

    struct traces ring;
    struct oim_id id = {{1}};
    CHECK(traces_init(&ring, 4));
    traces_finish(&world.core->traces);
    world.core->traces = ring;
    for (uint32_t i = 1; i <= 10; i++) {
        traces_add(world.core, TRACE_SENT, &id, 0, i, 0, 0);
    }
    CHECK_EQ(traces_first(world.core), 6);
    CHECK_EQ(traces_at(&world.core->traces, 6)->to_uid, 7);
    CHECK_EQ(traces_at(&world.core->traces, 9)->to_uid, 10);

    traces_finish(&world.core->traces);
    CHECK(traces_init(&world.core->traces, 0));
    traces_add(world.core, TRACE_SENT, &id, 1, 1, 0, 0);
    world.core->config.trace_ms = 0;
    struct answer answer = look("", "alice", "bob");
    CHECK_TEXT(answer_note(&answer, "hours"), "0");
    check_steps_of("alice", "bob", (const char *const[]){"waiting", NULL});
    struct admin_op read = admin_op_of(ADMIN_AUDIT_READ);
    struct answer log = administer(world.owner, &read);
    CHECK_TEXT(answer_field(&log, log.rows.row_count - 1, "op"), "trace");
}

/*
 * Goal:   after a restart a message that is held is still known: it waits, for whom, since when and until
 * when. Method: so many before it that its mailbox is read in several pieces, and other mailboxes come
 * before.
 */
static void trace__finds_what_still_waits__when_nothing_is_remembered(void **state)
{
    (void)state;
    static const char *const waiting[] = {"waiting", NULL};
    char prefix[OIM_ID_SHORT_LETTERS + 1];
    peer_cut(bob);
    struct peer *carol = world_join(&world, "carol");
    for (int i = 0; i < 140; i++) {
        (void)peer_send(carol, "bob", "many");
    }
    (void)peer_send(alice, "bob", "one");
    struct answer answer = look("", "alice", "bob");
    (void)snprintf(prefix, sizeof(prefix), "%s", answer_field(&answer, 0, "id"));
    world_restart(&world);
    peer_sign_in(world.owner);
    answer = look(prefix, "", "");
    check_steps(&answer, waiting);
    CHECK_TEXT(answer_field(&answer, 0, "from"), "alice");
    CHECK_TEXT(answer_field(&answer, 0, "to"), "bob");
    CHECK(answer_field(&answer, 0, "at")[0] != '\0');
    CHECK(answer_field(&answer, 0, "until")[0] != '\0');
    check_steps_of("alice", "bob", waiting);
    answer = look("", "carol", "bob");
    CHECK_EQ(answer.rows.row_count, 32); /* the newest; that there are more is said */
    CHECK_TEXT(answer_note(&answer, "older"), answer_field(&answer, 0, "at"));
    peer_sign_in(bob);
    answer = look(prefix, "", "");
    check_steps(&answer, (const char *const[]){"sent", "taken", NULL});
    CHECK_EQ(look("zzzzzz", "", "").rows.row_count, 0);
}

static void add_event(const char *id_text, uint32_t to_uid)
{
    struct oim_id id;
    CHECK_OK(oim_id_from_text(id_text, &id));
    traces_add(world.core, TRACE_HELD, &id, 0, to_uid, 0, 0);
}

/* Goal: a beginning that several messages share names them, the newest first, and tells nothing further. */
static void trace__names_the_candidates__when_several_begin_so(void **state)
{
    (void)state;
    add_event("0ab1wkcp24e2vfgc9sdj171x8w", 1);
    add_event("0ab1wkcp24e2vfgc9sdj171x8w", 1); /* the same one */
    add_event("0ab1xkcp24e2vfgc9sdj171x8w", 2);
    struct answer answer = look("OABL", "", ""); /* as people read 0ab1 aloud */
    CHECK_EQ(answer.status, OIM_OK);
    CHECK_TEXT(answer_note(&answer, "ambiguous"), "OABL");
    CHECK_EQ(answer.rows.row_count, 2);
    CHECK_TEXT(answer_field(&answer, 0, "id"), "0ab1xkcp24e2vfgc9sdj171x8w");
    CHECK_TEXT(answer_field(&answer, 1, "id"), "0ab1wkcp24e2vfgc9sdj171x8w");
    answer = look("oabiw", "", "");
    CHECK(answer_note(&answer, "ambiguous") == NULL);
    CHECK_EQ(answer.rows.row_count, 2);
    for (unsigned i = 0; i < 20; i++) {
        struct oim_id id = {{0xff, 0xff, 0xff, (uint8_t)i}};
        traces_add(world.core, TRACE_HELD, &id, 0, 1, 0, 0);
    }
    answer = look("zzzz", "", "");
    CHECK_EQ(answer.rows.row_count, 16);
    CHECK_TEXT(answer_note(&answer, "more_match"), "16");
}

/* Goal: what does not fit is said, only then, and can be had: what was before the oldest shown. */
static void trace__says_that_there_is_more__and_until_when(void **state)
{
    (void)state;
    struct oim_id id = {{7}};
    char text[OIM_ID_TEXT_SIZE];
    oim_id_to_text(&id, text);
    for (uint32_t i = 0; i < 64; i++) {
        traces_add(world.core, TRACE_SENT, &id, 0, i + 1, 0, 0);
        world.core->wall_ms++;
    }
    struct answer answer = look(text, "", "");
    CHECK_EQ(answer.rows.row_count, 64);
    CHECK(answer_note(&answer, "older") == NULL);
    traces_add(world.core, TRACE_SENT, &id, 0, 65, 0, 0);
    answer = look(text, "", "");
    CHECK_EQ(answer.rows.row_count, 64);
    CHECK_TEXT(answer_note(&answer, "older"), answer_field(&answer, 0, "at"));
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.msg = text;
    op.until_ms = strtoull(answer_note(&answer, "older"), NULL, 10);
    answer = administer(world.owner, &op);
    CHECK_EQ(answer.rows.row_count, 2); /* the one that was the oldest shown, and the one before it */
    CHECK(answer_note(&answer, "older") == NULL);
}

/*
 * Goal:   of each message that is shown it is said that it waits, however many do, and all can be had.
 * Method: more than fit, a moment apart; page by page back in time.
 */
static void trace__says_of_each_shown_message_that_it_waits__page_by_page(void **state)
{
    (void)state;
    enum { COUNT = 70 };
    size_t seen = 0;
    size_t page_count = 0;
    peer_cut(bob);
    for (int i = 0; i < COUNT; i++) {
        (void)peer_send(alice, "bob", "one of many");
        world_run_ms(&world, 5);
    }
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.trace_from = "alice";
    op.trace_to = "bob";
    do {
        struct answer answer = administer(world.owner, &op);
        size_t held_count = 0;
        for (size_t i = 0; i < answer.rows.row_count; i++) {
            bool waits = false;
            for (size_t j = i + 1; j < answer.rows.row_count; j++) {
                waits =
                    waits || (strcmp(answer_field(&answer, j, "code"), "waiting") == 0 &&
                              strcmp(answer_field(&answer, j, "id"), answer_field(&answer, i, "id")) == 0);
            }
            CHECK(waits || strcmp(answer_field(&answer, i, "code"), "held") != 0);
            held_count += strcmp(answer_field(&answer, i, "code"), "held") == 0 ? 1 : 0;
        }
        seen += held_count - (page_count > 0 ? 1 : 0); /* the bound itself comes again */
        page_count++;
        op.until_ms =
            answer_note(&answer, "older") == NULL ? 0 : strtoull(answer_note(&answer, "older"), NULL, 10);
    } while (op.until_ms != 0 && page_count < COUNT);
    CHECK_EQ(seen, COUNT);
    CHECK_EQ(page_count, 3);
}

/* Goal: what one client sent in one go, so in one moment, ends no look back in time, and lacks no line. */
static void trace__goes_on_behind_a_moment__that_is_more_than_fits(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "before");
    world_run_ms(&world, 5);
    for (int i = 0; i < 50; i++) {
        (void)peer_send(alice, "bob", "all at once");
    }
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.trace_from = "alice";
    op.trace_to = "bob";
    struct answer answer = administer(world.owner, &op);
    CHECK_EQ(answer.rows.row_count, 64); /* 32 messages, each with its line that it waits */
    CHECK(answer_note(&answer, "same_moment") == NULL);
    uint64_t moment_ms = strtoull(answer_note(&answer, "older"), NULL, 10);
    op.until_ms = moment_ms;
    answer = administer(world.owner, &op);
    CHECK_EQ(answer.rows.row_count, 64);
    CHECK_EQ(strtoull(answer_note(&answer, "same_moment"), NULL, 10), moment_ms);
    op.until_ms = strtoull(answer_note(&answer, "older"), NULL, 10);
    CHECK_EQ(op.until_ms, moment_ms - 1);
    answer = administer(world.owner, &op);
    check_steps(&answer, (const char *const[]){"held", "waiting", NULL});
    CHECK(answer_note(&answer, "older") == NULL);
}

static void trace__shows_nothing__without_an_entry_in_the_audit_log(void **state)
{
    (void)state;
    peer_cut(bob);
    (void)peer_send(alice, "bob", "old");
    struct admin_op op = admin_op_of(ADMIN_TRACE);
    op.trace_from = "alice";
    op.trace_to = "bob";
    op.dry_run = true;
    CHECK_EQ(administer_raw(world.owner, &op, 0, NULL).rows.row_count, 0);
    op.dry_run = false;
    op.what_if = true;
    CHECK_EQ(administer_raw(world.owner, &op, 0, NULL).rows.row_count, 0);
}

static void trace__wants_to_know_which__before_it_looks(void **state)
{
    (void)state;
    CHECK_EQ(look("", "", "").status, OIM_ERR_USAGE);
    CHECK_EQ(look("", "alice", "").status, OIM_ERR_USAGE);
    CHECK_EQ(look("abc", "", "").status, OIM_ERR_USAGE);
    CHECK_EQ(look("0ab1wkcp24e2vfgc9sdj171x8wz", "", "").status, OIM_ERR_USAGE);
    CHECK_EQ(look("", "nobody", "bob").status, OIM_ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(trace__follows_a_message__from_its_verdict_to_its_device),
        TEST(trace__tells_refusals_with_their_reason__and_what_was_live),
        TEST(trace__tells_what_expired__once_it_is_gone),
        TEST(trace__is_in_the_audit_log__whoever_looks),
        TEST(trace__forgets__what_is_too_old_too_much_or_before_the_start),
        TEST(trace__finds_what_still_waits__when_nothing_is_remembered),
        TEST(trace__names_the_candidates__when_several_begin_so),
        TEST(trace__says_that_there_is_more__and_until_when),
        TEST(trace__says_of_each_shown_message_that_it_waits__page_by_page),
        TEST(trace__goes_on_behind_a_moment__that_is_more_than_fits),
        TEST(trace__shows_nothing__without_an_entry_in_the_audit_log),
        TEST(trace__wants_to_know_which__before_it_looks),
    };
    return cmocka_run_group_tests_name("server/core/trace", tests, NULL, NULL);
}
