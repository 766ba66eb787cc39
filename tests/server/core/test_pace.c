/* test_pace.c - people who are much too fast or much too slow, while others work beside them. */
#include <stdio.h>

#include "server/core/core_internal.h"
#include "tests/support/check.h"
#include "tests/support/world.h"

static struct world world;
static struct peer *alice, *bob, *mallory;

static int setup(void **state)
{
    (void)state;
    world_init(&world, 21);
    alice = world_join(&world, "alice");
    bob = world_join(&world, "bob");
    mallory = world_join(&world, "mallory");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

/* ---- a sender at 100 times its rate -------------------------------------------------------------------- */

#define RATE_PER_S 20u
#define BURST 20u
#define TIMES 100u
#define FLOOD_S 3u
#define FLOOD_COUNT 120u /* more than burst and rate let through meanwhile */

struct flood {
    uint64_t accepted_no; /* everything up to it */
    uint64_t at_no;       /* said last */
    uint32_t wait_ms;     /* of the last answer that said to wait */
    size_t rate_count;
};

static const char *number(const char *prefix, uint64_t no)
{
    static char text[32];
    (void)snprintf(text, sizeof(text), "%s %u", prefix, (unsigned)no);
    return text;
}

/* 360 of them are several outboxes full. */
static const char *long_number(uint64_t no)
{
    static char text[601];
    (void)snprintf(text, sizeof(text), "%-600u", (unsigned)no);
    return text;
}

static void limit_rate(void)
{
    struct core_config config = world.config;
    config.limits.submit_rate_per_s = RATE_PER_S;
    config.limits.submit_burst = BURST;
    core_configure(world.core, &config);
    const struct peer *senders[] = {alice, mallory};
    for (size_t i = 0; i < OIM_COUNT(senders); i++) {
        struct device *device = registry_device_by_id(&world.core->registry, &senders[i]->device_id);
        device->rate = (struct rate_bucket){0};
    }
    world_run_ms(&world, 10000); /* both may say BURST at once, now */
}

/* Says a number, and takes its answer, which must be one of the three that are right. */
static void flood_say(struct flood *flood, uint64_t no)
{
    struct frame frame;
    struct key_slot slots[SLOT_COUNT_MAX];
    peer_forget(mallory);
    peer_submit_fill(mallory, "bob", number("flood", no), no, CLS_CHAT, &frame, slots);
    peer_say(mallory, &frame);
    const struct frame_submit_result *result = peer_result(mallory, no);
    CHECK(result != NULL);
    switch (result->outcome) {
    case OUTCOME_STORED_PUSHED:
        CHECK_EQ(no, flood->accepted_no + 1);
        flood->accepted_no = no;
        break;
    case OUTCOME_GAP:
        CHECK(no > flood->accepted_no + 1);
        break;
    default:
        CHECK_EQ(result->outcome, OUTCOME_RETRY);
        CHECK_EQ(result->reason, REASON_RATE);
        CHECK(result->retry_after_ms > 0 && result->retry_after_ms <= 1000 / RATE_PER_S);
        flood->wait_ms = result->retry_after_ms;
        flood->rate_count++;
        break;
    }
    flood->at_no = no;
}

/* Without regard to the answers: half the time the first that is not accepted, else one behind another. */
static void flood_one(struct flood *flood, unsigned turn)
{
    uint64_t first = flood->accepted_no + 1;
    if (first > FLOOD_COUNT) {
        fail_msg("all of the flood was accepted: it was not held to its rate");
    }
    bool again = turn % 2 == 0 || flood->at_no < first || flood->at_no >= FLOOD_COUNT;
    flood_say(flood, again ? first : flood->at_no + 1);
}

/*
 * Goal:   who sends at 100 times their rate is told to wait each time, gets their rate and no more, and takes
 *         nothing from anybody; what was refused as too fast goes through when repeated after the time it was
 * told. Method: Mallory floods for seconds; Alice, within her own rate, writes meanwhile and looks at each
 * answer. Then Mallory keeps to the answers.
 */
static void handle_submit__holds_to_the_rate__who_sends_at_a_hundred_times_of_it(void **state)
{
    (void)state;
    struct flood flood = {0};
    uint64_t alice_count = 0;
    limit_rate();
    for (unsigned ms = 0; ms < FLOOD_S * 1000; ms++) {
        for (unsigned i = 0; i < RATE_PER_S * TIMES / 1000; i++) {
            flood_one(&flood, i);
        }
        if (ms % (2 * 1000 / RATE_PER_S) == 0) {
            uint64_t no = peer_send(alice, "bob", number("alice", ++alice_count));
            CHECK_EQ(peer_result(alice, no)->outcome, OUTCOME_STORED_PUSHED);
            CHECK_EQ(peer_text_count(bob, number("alice", alice_count)), 1);
        }
        CHECK(flood.accepted_no <= BURST + RATE_PER_S * ms / 1000);
        world_run_ms(&world, 1);
    }
    CHECK(mallory->conn != 0);
    CHECK(flood.accepted_no >= BURST);
    CHECK(flood.rate_count > (size_t)FLOOD_S * RATE_PER_S * (TIMES - 10));

    size_t told_count = flood.rate_count;
    while (flood.accepted_no < FLOOD_COUNT) {
        world_run_ms(&world, flood.wait_ms);
        uint64_t before = flood.accepted_no;
        flood_say(&flood, before + 1);
        CHECK_EQ(flood.accepted_no, before + 1);
        flood.wait_ms = 1000 / RATE_PER_S;
    }
    CHECK_EQ(flood.rate_count, told_count);
    uint64_t seq = 0;
    for (uint64_t no = 1; no <= FLOOD_COUNT; no++) {
        CHECK_EQ(peer_text_count(bob, number("flood", no)), 1);
        for (size_t i = 0; i < bob->frame_count; i++) {
            const struct frame_deliver *deliver = &bob->frames[i].u.deliver;
            if (bob->frames[i].kind == FRAME_DELIVER &&
                oim_slice_equal(deliver->payload.ct, oim_slice_text(number("flood", no)))) {
                CHECK(deliver->seq > seq);
                seq = deliver->seq;
            }
        }
    }
    CHECK_EQ(peer_count(bob, FRAME_DELIVER), FLOOD_COUNT + alice_count);
}

/* ---- a reader of a byte a second ----------------------------------------------------------------------- */

#define SLOW_S 7200u
#define WRITE_EVERY_S 20u
#define SLOW_COUNT (SLOW_S / WRITE_EVERY_S)

/* Bob's socket: what the core has written and he has not read, which the shell holds; he reads a byte a
 * second. */
struct slow {
    struct oim_buf written;
    size_t told_size, read_size;
    uint64_t shown_count; /* messages read whole, each once and in order */
};

static void slow_show(struct slow *slow)
{
    for (size_t i = 0; i < bob->frame_count; i++) {
        const struct frame_deliver *deliver = &bob->frames[i].u.deliver;
        if (bob->frames[i].kind == FRAME_DELIVER && deliver->seq > bob->cursor) {
            bob->cursor = deliver->seq;
            slow->shown_count++;
            CHECK(oim_slice_equal(deliver->payload.ct, oim_slice_text(long_number(slow->shown_count))));
        }
    }
    peer_forget(bob);
}

/* A write does not leave at once: the core hears so, as of the shell. */
static void slow_tell(struct slow *slow)
{
    if (slow->written.size > slow->told_size) {
        slow->told_size = slow->written.size;
        world_event(&world, &(struct core_event){.kind = CORE_BLOCKED, .conn = bob->conn});
    }
}

static void slow_read_byte(struct slow *slow)
{
    slow_tell(slow);
    if (slow->read_size == slow->written.size) {
        return;
    }
    slow->read_size++;
    if (slow->read_size == slow->written.size) {
        slow_show(slow);
        world_event(&world, &(struct core_event){.kind = CORE_WRITABLE, .conn = bob->conn});
        slow_tell(slow);
        peer_ack(bob, bob->cursor);
        slow_tell(slow);
    }
}

static void slow_begin(struct slow *slow)
{
    *slow = (struct slow){.written = {.size_max = (size_t)1024 * 1024}};
    peer_forget(bob);
    bob->auto_ack = false;
    bob->tap = &slow->written;
}

static void slow_end(struct slow *slow)
{
    bob->tap = NULL;
    oim_buf_finish(&slow->written);
}

static void write_to_slow(uint64_t no, enum outcome outcome)
{
    uint64_t send_no = peer_send(alice, "bob", long_number(no));
    CHECK_EQ(peer_result(alice, send_no)->outcome, outcome);
    peer_forget(alice);
}

/*
 * Goal:   who reads a byte a second, and lives, costs a bounded amount of memory and nobody's time, and gets
 * all. Method: two hours of it, Alice writing to him and being answered at once; what waits for him in memory
 * is looked at each second. Then he reads as others do.
 */
static void outbox__stays_bounded__for_a_reader_of_a_byte_a_second(void **state)
{
    (void)state;
    struct slow slow;
    slow_begin(&slow);
    uint64_t conn = bob->conn;
    uint64_t written_count = 0;
    for (unsigned s = 0; s < SLOW_S; s++) {
        if (s % WRITE_EVERY_S == 0) {
            write_to_slow(++written_count, OUTCOME_STORED_PUSHED);
            peer_say(bob, &(struct frame){.kind = FRAME_PONG});
        }
        slow_read_byte(&slow);
        CHECK_EQ(bob->conn, conn);
        CHECK(session_find(world.core, conn)->outbox_size <= OUTBOX_SIZE_MAX);
        CHECK(world.core->pool.used_size <= OUTBOX_SIZE_MAX + FRAME_SIZE_MAX);
        world_run_ms(&world, 1000);
    }
    CHECK(slow.shown_count > 0 && slow.shown_count < SLOW_COUNT / 2); /* he did read, and did lag behind */
    while (slow.read_size < slow.written.size) {
        slow_read_byte(&slow);
    }
    CHECK_EQ(slow.shown_count, SLOW_COUNT);
    slow_end(&slow);
}

/*
 * Goal:   who reads a byte a second and says nothing is found dead after the lease, by the right code, and
 * gets all when they come back. Method: the same; the Ping waits behind what he has not read.
 */
static void session__ends__for_a_reader_of_a_byte_a_second_who_never_answers(void **state)
{
    (void)state;
    struct slow slow;
    slow_begin(&slow);
    uint64_t written_count = 0;
    for (unsigned s = 0; s < 2 * LEASE_MS / 1000; s++) {
        write_to_slow(++written_count, s * 1000 < LEASE_MS ? OUTCOME_STORED_PUSHED : OUTCOME_HELD);
        if (bob->conn != 0) {
            slow_read_byte(&slow);
        }
        world_run_ms(&world, 1000);
        CHECK_EQ(bob->conn == 0, (s + 1) * 1000 >= LEASE_MS);
    }
    CHECK_EQ(bob->close_code, 1013);
    slow_end(&slow);
    peer_forget(bob);
    peer_sign_in(bob);
    slow_show(&slow);
    CHECK_EQ(slow.shown_count, written_count);
}

/*
 * Goal:   who asks on and on without reading the answers is closed once these would need more than is
 * allowed, and nobody else; their mail waits. Method: Bob, blocked, asks for the organisation log until he is
 * closed.
 */
static void outbox__gives_up__who_asks_and_does_not_read(void **state)
{
    (void)state;
    uint64_t conn = bob->conn;
    world_event(&world, &(struct core_event){.kind = CORE_BLOCKED, .conn = conn});
    unsigned asked_count = 0;
    while (bob->conn != 0 && asked_count < 10000) {
        peer_say(bob, &(struct frame){.kind = FRAME_LOG_GET, .u.log_get.from_seq = 1});
        CHECK(world.core->pool.used_size <= 2 * POOL_BLOCK_SIZE_MAX);
        asked_count++;
    }
    CHECK_EQ(bob->conn, 0);
    CHECK_EQ(bob->close_code, 1013);
    CHECK(asked_count > 10);
    CHECK_EQ(world.core->pool.used_size, 0);
    uint64_t no = peer_send(alice, "bob", "when you read again");
    CHECK_EQ(peer_result(alice, no)->outcome, OUTCOME_HELD);
    peer_sign_in(bob);
    CHECK_EQ(peer_text_count(bob, "when you read again"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handle_submit__holds_to_the_rate__who_sends_at_a_hundred_times_of_it),
        TEST(outbox__stays_bounded__for_a_reader_of_a_byte_a_second),
        TEST(session__ends__for_a_reader_of_a_byte_a_second_who_never_answers),
        TEST(outbox__gives_up__who_asks_and_does_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
